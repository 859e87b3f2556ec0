from __future__ import annotations

import pytest

from catalogue.archive import archive_provider, archive_service, restore_service
from catalogue.models import Service
from tests.factories import ProviderFactory, ServiceFactory

pytestmark = pytest.mark.django_db


def test_an_archived_service_is_off_offer_and_keeps_its_first_date(clock, maria):
    service = ServiceFactory()
    archived_at = clock.now

    archive_service(service=service, actor=maria)
    clock.advance(days=1)
    archive_service(service=service, actor=maria)

    service.refresh_from_db()
    assert service.archived_at == archived_at
    assert not Service.objects.offered_online().exists()


def test_a_restored_service_is_on_offer_again(maria):
    service = ServiceFactory()
    archive_service(service=service, actor=maria)
    restore_service(service=service, actor=maria)
    assert Service.objects.offered_online().get() == service


def test_an_archived_provider_keeps_its_first_date(clock, maria):
    provider = ProviderFactory()
    archived_at = clock.now
    archive_provider(provider=provider, actor=maria)
    clock.advance(days=1)
    archive_provider(provider=provider, actor=maria)
    provider.refresh_from_db()
    assert provider.archived_at == archived_at


def test_what_changed_is_kept(maria):
    service = ServiceFactory()
    archive_service(service=service, actor=maria)
    assert [row.archived_at is None for row in service.history.order_by("history_id")] == [
        *[True, False]
    ]
