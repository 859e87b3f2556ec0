"""Guards of client records, each met alone."""

from __future__ import annotations

import pytest

from clients.consents import has_consent, record_consent
from clients.errors import PhoneUnknown
from clients.models import Client
from clients.people import create_client, erase_personal_data, record_mail_refused
from foundation import clock

pytestmark = pytest.mark.django_db


def test_a_number_that_is_no_phone_s_is_refused() -> None:
    with pytest.raises(PhoneUnknown):
        create_client(first_name="Greta", phone="+45123", actor=None)


def test_consent_ends_with_erasure(alice: Client) -> None:
    record_consent(client=alice, granted=True, language="en", source="account", actor=None)

    erase_personal_data(client=alice, actor=None)

    assert not has_consent(alice.pk)


def test_a_refusal_of_an_address_that_changed_does_not_count(alice: Client) -> None:
    record_mail_refused(client_id=alice.pk, email="old@example.test", at=clock.now())

    alice.refresh_from_db()
    assert alice.mail_refused_at is None
