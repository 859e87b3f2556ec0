"""Rows in the form of what they belong to, added in two tabs."""

from __future__ import annotations

import pytest
from django.forms import inlineformset_factory
from django.test import Client as Browser

from backoffice.admin.catalogue import ProviderTermsForm
from catalogue.models import AddOn, AddOnService, Service, ServiceProvider
from foundation.models import User
from tests.factories import AddOnFactory, ProviderFactory, ServiceFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def service() -> Service:
    return ServiceFactory(providers=[ProviderFactory(name="Aino")])


def rows(prefix: str, **fields: object) -> dict[str, object]:
    """One new row, as a page sends it that was opened before the other tab added the same."""
    counts = {"TOTAL_FORMS": 1, "INITIAL_FORMS": 0, "MIN_NUM_FORMS": 0, "MAX_NUM_FORMS": 1000}
    return {f"{prefix}-{name}": value for name, value in counts.items()} | {
        f"{prefix}-0-{name}": value for name, value in fields.items()
    }


def test_a_service_that_another_tab_added_to_an_add_on_is_refused(
    client: Browser, olga: User, service: Service
) -> None:
    add_on: AddOn = AddOnFactory()
    AddOnService.objects.get_or_create(add_on=add_on, service=service)
    own = {"name_en": "Oil", "minutes": 5, "price_minor": "3.00", "position": 0}
    client.force_login(olga)

    refused = client.post(
        f"/admin/catalogue/addon/{add_on.pk}/change/",
        own | rows("goes_with", id="", add_on=add_on.pk, service=service.pk),
    )

    assert "already exists" in refused.content.decode()
    assert AddOnService.objects.filter(add_on=add_on).count() == 1
    add_on.refresh_from_db()
    assert add_on.name_en != "Oil"


def test_a_provider_that_another_tab_added_to_a_service_is_refused(service: Service) -> None:
    provider = service.providers.get()
    make = inlineformset_factory(Service, ServiceProvider, form=ProviderTermsForm, fields="__all__")
    sent = rows("providers", provider=provider.pk, service=service.pk)
    found = make(sent, instance=service, prefix="providers")

    assert not found.is_valid()
    assert "already exists" in str(found.errors)
