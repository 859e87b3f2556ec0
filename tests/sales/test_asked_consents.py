"""A guest's tick counts once the mail that follows is confirmed."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.utils.translation import override

from bookings.models import Visit
from catalogue.models import Service
from clients.consents import MARKETING_WORDING, has_consent
from clients.models import Client, ConsentRecord
from clients.people import create_client, erase_personal_data, update_client
from notifications.models import Message
from notifications.sending import send_due_messages
from sales.asked_consents import ask_for_consent, confirm_consent, find_asked, make_consent_token
from sales.errors import BadConsentLink
from sales.joining import join_guest_records
from sales.visits import Guest
from tests.conftest import Clock
from tests.factories import UserFactory
from tests.sales.test_visits import book

pytestmark = pytest.mark.django_db

GUEST = Guest("Greta", "Guest", "greta@example.test", "+358401234567", "en", wants_news=True)
A_WEEK = dt.timedelta(days=7)


@pytest.fixture
def visit(massage: Service, tomorrow_ten: dt.datetime) -> Visit:
    return book(None, massage, tomorrow_ten, guest=GUEST)


def guest_of(visit: Visit) -> Client:
    return Client.objects.get(pk=visit.client_id)


def asked(mailoutbox: list[Any]) -> str:
    """The token in the mail that asks."""
    send_due_messages()
    (mail,) = [mail for mail in mailoutbox if mail.subject.startswith("Confirm")]
    found = re.search(r"http://testserver/c/([^/\s]+)/", mail.body)
    assert found is not None
    return found[1]


def test_a_tick_alone_is_no_consent(visit: Visit) -> None:
    guest = guest_of(visit)

    assert not ConsentRecord.objects.exists()
    assert not has_consent(guest.pk)
    kinds = Message.objects.order_by("pk").values_list("kind", flat=True)
    assert set(kinds) == {"visit_booked", "consent_asked"}


def test_no_tick_no_question(massage: Service, tomorrow_ten: dt.datetime) -> None:
    book(None, massage, tomorrow_ten, guest=Guest("G", "G", "g@example.test", "", "en"))

    assert not Message.objects.filter(kind="consent_asked").exists()


def test_confirming_records_the_wording_shown_once(visit: Visit, mailoutbox: list[Any]) -> None:
    token = asked(mailoutbox)

    confirm_consent(token=token, language="da")
    confirm_consent(token=token, language="da")

    (record,) = ConsentRecord.objects.all()
    assert (record.client, record.granted, record.source) == (guest_of(visit), True, "booking")
    with override("da"):
        assert (record.wording, record.language) == (str(MARKETING_WORDING), "da")
    assert has_consent(guest_of(visit).pk)


def test_the_link_says_nothing_of_other_records(
    visit: Visit, alice: Client, mailoutbox: list[Any]
) -> None:
    """Alice has the address too: her record stays as it is."""
    update_client(client=alice, actor=None, email="greta@example.test")

    confirm_consent(token=asked(mailoutbox), language="en")

    assert not has_consent(alice.pk)


def test_the_link_works_for_a_week(visit: Visit, mailoutbox: list[Any], clock: Clock) -> None:
    token = asked(mailoutbox)
    clock.advance(days=6, hours=23)
    assert find_asked(token) == guest_of(visit)

    clock.advance(hours=1)
    with pytest.raises(BadConsentLink):
        confirm_consent(token=token, language="en")
    assert not ConsentRecord.objects.exists()


def test_a_question_that_could_not_be_sent_for_a_week_is_not_sent(
    visit: Visit, mailoutbox: list[Any], clock: Clock
) -> None:
    clock.advance(days=7)

    send_due_messages()

    assert Message.objects.get(kind="consent_asked").reason == "expired"


@pytest.mark.parametrize("spoilt", ["x", "", "W10:abc", "a" * 300])
def test_a_forged_link_is_refused(db: None, spoilt: str) -> None:
    with pytest.raises(BadConsentLink):
        find_asked(spoilt)


def test_the_link_is_of_the_address_that_it_went_to(visit: Visit, mailoutbox: list[Any]) -> None:
    token = asked(mailoutbox)
    update_client(client=guest_of(visit), actor=None, email="other@example.test")

    with pytest.raises(BadConsentLink):
        confirm_consent(token=token, language="en")


def test_an_erased_record_consents_to_nothing(visit: Visit, mailoutbox: list[Any]) -> None:
    token = asked(mailoutbox)
    erase_personal_data(client=guest_of(visit), actor=None)

    with pytest.raises(BadConsentLink):
        confirm_consent(token=token, language="en")


def test_an_erased_record_without_an_address_consents_to_nothing(
    visit: Visit, clock: Clock
) -> None:
    """Even by a link that would fit a record without an address."""
    guest = erase_personal_data(client=guest_of(visit), actor=None)

    with pytest.raises(BadConsentLink):
        confirm_consent(token=make_consent_token(guest, clock.now + A_WEEK), language="en")


def test_the_link_leads_to_the_account_that_the_guest_joined(
    visit: Visit, mailoutbox: list[Any]
) -> None:
    token = asked(mailoutbox)
    user = UserFactory(email="greta@example.test")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    join_guest_records(user=user, public_ids=[guest_of(visit).public_id])

    confirm_consent(token=token, language="en")

    assert has_consent(Client.objects.get(user=user).pk)


def test_a_record_without_an_address_is_not_asked(db: None, clock: Clock) -> None:
    client = create_client(first_name="Nobody", actor=None)

    assert ask_for_consent(client) is None
    assert make_consent_token(client, clock.now + A_WEEK)
