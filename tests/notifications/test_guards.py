"""Guards of sending that a rival or a hand outside the commands meets."""

from __future__ import annotations

import datetime as dt
import uuid
from email.utils import parseaddr

import pytest

from business.profile import get_business
from clients.consents import record_consent
from clients.models import Client
from clients.people import erase_personal_data
from foundation import clock
from notifications.models import Message
from notifications.outbox import queue_message
from notifications.outcomes import BACK_OFF, GIVE_UP_AFTER, SendResult, record_delay, record_end
from notifications.sending import _claim, send_due_messages
from notifications.writing import sender_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def message(alice: Client) -> Message:
    return queue_message(
        kind="points_added", client=alice, subjects={"award": 1}, dedupe_key="award:1:told"
    )


def test_a_message_that_somebody_sends_is_not_claimed(message: Message) -> None:
    assert _claim(message.pk, None, clock.now())

    assert _claim(message.pk, None, clock.now()) == []


def test_an_outcome_is_not_written_over_another_run_s(message: Message) -> None:
    (mine,) = _claim(message.pk, None, clock.now())
    Message.objects.update(claim=uuid.uuid4())

    record_end([mine], Message.State.FAILED, Message.Reason.GAVE_UP, "", SendResult())

    message.refresh_from_db()
    assert message.state == Message.State.SENDING


def test_an_erased_client_gets_no_mail_to_an_address_of_before(alice: Client, mailoutbox) -> None:
    queue_message(
        kind="points_added",
        client=alice,
        to_email="alice@example.test",
        subjects={"award": 1},
        dedupe_key="award:1:told",
    )
    erase_personal_data(client=alice, actor=None)

    send_due_messages(at=clock.now() + dt.timedelta(minutes=1))

    assert Message.objects.get().reason == Message.Reason.NO_ADDRESS


def test_the_sender_s_name_is_one_line() -> None:
    business = get_business()
    business.name = "Salon\r\nBcc: everybody@example.test"

    name, _address = parseaddr(sender_of(business))

    assert name == "Salon Bcc: everybody@example.test"


def test_an_address_that_was_refused_is_not_tried_again(alice: Client, message: Message) -> None:
    record_consent(client=alice, granted=True, language="en", source="account", actor=None)
    Client.objects.update(mail_refused_at=clock.now())

    send_due_messages(at=clock.now() + dt.timedelta(minutes=1))

    message.refresh_from_db()
    assert message.reason == Message.Reason.ADDRESS_REFUSED


def test_a_message_that_ends_unsent_loses_its_secret(alice: Client) -> None:
    secret = queue_message(
        kind="gift_card_delivery", client=alice, dedupe_key="card:1", secret="a code"
    )
    claimed = _claim(secret.pk, None, clock.now())

    record_end(claimed, Message.State.FAILED, Message.Reason.GAVE_UP, "", SendResult())

    secret.refresh_from_db()
    assert (secret.state, secret.secret) == (Message.State.FAILED, "")


def test_a_message_is_given_up_three_days_after_its_first_try(message: Message) -> None:
    Message.objects.update(first_tried_at=clock.now() - GIVE_UP_AFTER, attempts=len(BACK_OFF))
    claimed = _claim(message.pk, None, clock.now())

    record_delay(claimed, clock.now(), "the server does not answer", SendResult())

    message.refresh_from_db()
    assert message.state == Message.State.FAILED


def test_a_message_that_cannot_be_written_holds_up_no_other(alice: Client, mailoutbox) -> None:
    record_consent(client=alice, granted=True, language="en", source="account", actor=None)
    queue_message(kind="gift_card_delivery", client=alice, dedupe_key="card:none", subjects={})

    result = send_due_messages(at=clock.now() + dt.timedelta(minutes=1))

    assert result.retried == 1
