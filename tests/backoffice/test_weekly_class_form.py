"""The page of a weekly class changes nothing: its commands do; and what its form asks for."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client as Browser

from bookings.models import SessionRule
from bookings.session_rules import create_rule
from foundation.models import User
from tests.factories import ClassServiceFactory, ProviderFactory

pytestmark = pytest.mark.django_db


def test_a_weekly_class_is_not_changed_by_its_form(client: Browser, maria: User) -> None:
    provider = ProviderFactory()
    service = ClassServiceFactory(providers=[provider], places=2)
    rule = create_rule(
        service=service,
        provider=provider,
        starts=dt.time(18),
        first_day=dt.date(2025, 11, 7),
        actor=None,
    )
    client.force_login(maria)
    path = f"/admin/bookings/sessionrule/{rule.pk}/change/"

    assert 'name="_save"' not in client.get(path).content.decode()
    answer = client.post(path, {"service": service.pk, "provider": provider.pk, "places": 9})

    assert answer.status_code == 403
    assert SessionRule.objects.get().places == 2
    assert "7 Nov 2025 – …" in client.get("/admin/bookings/sessionrule/").content.decode()


@pytest.mark.parametrize("model", ["sessionrule", "classsession"])
def test_a_form_without_a_class_asks_for_a_class(client: Browser, maria: User, model: str) -> None:
    client.force_login(maria)
    page = client.post(f"/admin/bookings/{model}/add/", {}).content.decode()
    assert "Choose a class" in page
    assert "Choose a service" not in page


def test_a_holiday_is_entered_once(client: Browser, maria: User) -> None:
    client.force_login(maria)
    address = "/admin/business/specialday/add/"
    sent = {"day": "2025-12-06", "kind": "closed"}
    assert client.post(address, sent).status_code == 302
    assert "This day is in the list already" in client.post(address, sent).content.decode()
