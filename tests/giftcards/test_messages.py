"""The mail that brings a gift card: the code is in it, and nowhere else."""

import datetime as dt
from typing import Any

import pytest

from business.models import Business
from clients.models import Client
from giftcards.cards import reveal_code, void_card
from giftcards.models import GiftCard
from notifications.models import Message
from notifications.outbox import queue_message
from notifications.sending import send_due_messages
from tests.conftest import Clock
from tests.factories import ClientFactory, give_card


@pytest.fixture
def mette(db: None) -> Client:
    Business.objects.update(name="Birch & Berry", timezone="Europe/Helsinki")
    return ClientFactory(first_name="Mette", email="mette@example.test")


@pytest.fixture
def card(mette: Client) -> GiftCard:
    return give_card(mette, 50_00)


def deliver(card: GiftCard, client: Client) -> Message:
    return queue_message(
        kind="gift_card_delivery",
        client=client,
        subjects={"card": card.pk},
        dedupe_key=f"card:{card.pk}:delivery",
    )


def test_the_mail_carries_code_amount_and_last_day(
    mette: Client, card: GiftCard, mailoutbox: list[Any]
) -> None:
    deliver(card, mette)
    send_due_messages()
    (mail,) = mailoutbox
    code = reveal_code(card)
    assert mail.subject == "Your gift card from Birch & Berry: €50.00"
    assert f"\n{code}\n" in mail.body
    assert f"<strong>{code}</strong>" in mail.alternatives[0].content
    assert "valid until 4 November 2028" in mail.body
    assert f"http://testserver/g/{card.token}/" in mail.body
    assert "List-Unsubscribe" not in mail.extra_headers


def test_the_outbox_never_holds_the_code(
    mette: Client, card: GiftCard, mailoutbox: list[Any]
) -> None:
    deliver(card, mette)
    send_due_messages()
    row = Message.objects.values().get()
    code = reveal_code(card)
    assert not any(part in str(row) for part in (code, code.replace("-", "")))


@pytest.mark.parametrize(
    ("language", "amount", "last_day"),
    [("da", "50,00", "4. november 2028"), ("fi", "50,00", "4. marraskuuta 2028")],
)
def test_the_mail_in_the_owner_s_language(
    mette: Client,
    card: GiftCard,
    mailoutbox: list[Any],
    language: str,
    amount: str,
    last_day: str,
) -> None:
    Client.objects.update(language=language)
    mette.refresh_from_db()
    deliver(card, mette)
    send_due_messages()
    assert amount in mailoutbox[0].subject
    assert last_day in mailoutbox[0].body
    assert f"/{language}/g/" in mailoutbox[0].body


def test_a_voided_card_is_not_delivered(
    mette: Client, card: GiftCard, mailoutbox: list[Any]
) -> None:
    message = deliver(card, mette)
    void_card(card_id=card.pk, key="x:void", actor=None, description="Mistake")
    send_due_messages()
    message.refresh_from_db()
    assert (message.state, message.reason) == ("dropped", "subject_gone")


def test_an_expired_card_is_not_delivered(
    mette: Client, card: GiftCard, mailoutbox: list[Any], clock: Clock
) -> None:
    message = deliver(card, mette)
    clock.move_to(card.expires_at + dt.timedelta(seconds=1))
    send_due_messages()
    message.refresh_from_db()
    assert (message.state, message.reason) == ("dropped", "subject_gone")
