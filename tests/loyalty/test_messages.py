"""The two loyalty messages: what they say, to whom, and how many of them."""

import datetime as dt
from typing import Any

import pytest
from django.utils.translation import override

from business.models import Business
from clients.consents import record_consent
from clients.models import Client
from foundation.form_tokens import new_form_token
from foundation.models import User
from loyalty.awards import undo_award
from loyalty.messages import _line
from loyalty.models import Award, DropReason
from loyalty.points import adjust_points
from loyalty.sweep import credit_due_awards
from notifications.models import Message
from notifications.sending import send_due_messages
from tests.conftest import Clock
from tests.factories import (
    ClientFactory,
    EarningRuleFactory,
    GiftCardTypeFactory,
    ProviderFactory,
    RewardFactory,
    ServiceFactory,
    book,
    give_points,
    turn_on,
)

WEDNESDAY = dt.datetime(2025, 11, 5, 9, 0, tzinfo=dt.UTC)


def agree(client: Client, *, granted: bool = True) -> None:
    record_consent(client=client, granted=granted, language="en", source="account", actor=None)


@pytest.fixture
def mette(db: None) -> Client:
    """A client who agreed; loyalty is on, in a salon in Copenhagen."""
    turn_on("loyalty")
    Business.objects.update(name="Birch & Berry", timezone="Europe/Copenhagen")
    client = ClientFactory(first_name="Mette", email="mette@example.test")
    agree(client)
    return client


@pytest.fixture
def massage(db: None) -> Any:
    service = ServiceFactory(
        name_en="Deep tissue massage", name_da="Dyb massage", name_fi="Syvähieronta"
    )
    EarningRuleFactory(service=service, points=60)
    ProviderFactory(services=[service])
    return service


def adjust(client: Client, amount: int, description: str, actor: User) -> None:
    adjust_points(
        client=client,
        amount=amount,
        description=description,
        form_token=new_form_token(),
        actor=actor,
        tell_client=True,
    )


@pytest.fixture
def boss(db: None) -> User:
    return User.objects.create_superuser("boss@salon.test", "x", name="Boss")


def test_points_that_came_by_themselves(
    mette: Client, massage: Any, mailoutbox: list[Any], clock: Clock
) -> None:
    RewardFactory(gift_card_type=GiftCardTypeFactory(name_en="Gift card €50"), points=500)
    book(mette, massage, WEDNESDAY)
    Message.objects.all().delete()
    clock.move_to(WEDNESDAY + dt.timedelta(hours=5))
    credit_due_awards()
    send_due_messages()
    (mail,) = mailoutbox
    assert mail.subject == "60 points added at Birch & Berry"
    text, footer = mail.body.split("\nYou get this mail because")
    assert text == (
        "Hi Mette,\n\n"
        "You earned 60 points:\n\n"
        "+60 points: Deep tissue massage, Wed 5 Nov 10:00\n\n"
        "Your balance is now 60 points.\n\n"
        "Gift card €50: 440 points to go.\n\n"
        "See your points: http://testserver/account/points/\n"
    )
    assert "Stop these messages: http://testserver/m/" in footer
    assert mail.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


@pytest.mark.parametrize(
    ("language", "word", "line"),
    [
        ("da", "tilføjet hos Birch & Berry", "Dyb massage, ons. 5. nov. 10.00"),
        ("fi", "lisätty", "Syvähieronta, ke 5.11. 10.00"),
    ],
)
def test_points_in_the_client_s_language(
    mette: Client,
    massage: Any,
    mailoutbox: list[Any],
    clock: Clock,
    language: str,
    word: str,
    line: str,
) -> None:
    Client.objects.update(language=language)
    book(mette, massage, WEDNESDAY)
    Message.objects.all().delete()
    clock.move_to(WEDNESDAY + dt.timedelta(hours=5))
    credit_due_awards()
    with override("en"):
        send_due_messages()
    assert word in mailoutbox[0].subject
    assert line in mailoutbox[0].body
    assert f'<html lang="{language}">' in mailoutbox[0].alternatives[0].content


def test_consent_withdrawn_between_credit_and_sending(
    mette: Client, massage: Any, mailoutbox: list[Any], clock: Clock
) -> None:
    book(mette, massage, WEDNESDAY)
    Message.objects.all().delete()
    clock.move_to(WEDNESDAY + dt.timedelta(hours=5))
    credit_due_awards()
    agree(mette, granted=False)
    send_due_messages()
    message = Message.objects.get()
    assert (message.kind, message.state, message.reason) == (
        "points_added",
        "dropped",
        "no_consent",
    )
    assert mailoutbox == []


def test_a_catch_up_sends_one_summary(
    mette: Client, massage: Any, mailoutbox: list[Any], clock: Clock
) -> None:
    for day in range(3):
        book(mette, massage, WEDNESDAY + dt.timedelta(days=day * 7))
    Message.objects.all().delete()
    clock.move_to(WEDNESDAY + dt.timedelta(days=30))
    credit_due_awards()
    assert send_due_messages().sent == 1
    (mail,) = mailoutbox
    assert mail.subject == "180 points added at Birch & Berry"
    assert mail.body.count("+60 points: Deep tissue massage") == 3
    assert set(Message.objects.values_list("state", flat=True)) == {"sent"}


def test_a_summary_waits_while_more_of_it_is_due(
    mette: Client, massage: Any, mailoutbox: list[Any], clock: Clock
) -> None:
    for day in range(2):
        book(mette, massage, WEDNESDAY + dt.timedelta(days=day))
    Message.objects.all().delete()
    clock.move_to(WEDNESDAY + dt.timedelta(days=3))
    credit_due_awards(at=WEDNESDAY + dt.timedelta(hours=5))
    assert send_due_messages().sent == 0
    credit_due_awards()
    assert send_due_messages().sent == 1
    assert mailoutbox[0].subject == "120 points added at Birch & Berry"


def test_points_taken_back_before_the_mail_left_are_not_told(
    mette: Client, massage: Any, mailoutbox: list[Any], clock: Clock
) -> None:
    visit = book(mette, massage, WEDNESDAY)
    Message.objects.all().delete()
    clock.move_to(WEDNESDAY + dt.timedelta(hours=5))
    credit_due_awards()
    undo_award(booking=visit.bookings.get(), reason=DropReason.NO_SHOW, actor=None)
    assert Award.objects.get().state == "withdrawn"
    send_due_messages()
    assert (Message.objects.get().state, Message.objects.get().reason) == (
        "dropped",
        "subject_gone",
    )


def test_a_balance_changed_by_hand(mette: Client, boss: User, mailoutbox: list[Any]) -> None:
    give_points(mette, 340)
    adjust(mette, -50, "Wrong visit <b>counted</b>", boss)
    send_due_messages()
    (mail,) = mailoutbox
    assert mail.subject == "Your points at Birch & Berry: −50 points"
    assert "\n−50 points: Wrong visit <b>counted</b>\n" in mail.body
    assert "Your balance is now 290 points." in mail.body
    assert "Wrong visit &lt;b&gt;counted&lt;/b&gt;" in mail.alternatives[0].content


def test_one_point_is_one_point(mette: Client, boss: User, mailoutbox: list[Any]) -> None:
    adjust(mette, 1, "A present", boss)
    send_due_messages()
    assert "Your balance is now 1 point." in mailoutbox[0].body


def test_a_blanked_description_leaves_no_colon(mette: Client) -> None:
    entry = give_points(mette, 20, description="A present")
    entry.description = ""
    assert _line(entry, Business.objects.get()) == "+20 points"


def test_enough_points_are_said_to_be_enough(
    mette: Client, boss: User, mailoutbox: list[Any]
) -> None:
    RewardFactory(gift_card_type=GiftCardTypeFactory(name_en="Gift card €50"), points=100)
    adjust(mette, 150, "A present", boss)
    send_due_messages()
    assert "You have enough points for this: Gift card €50." in mailoutbox[0].body


def test_a_long_list_is_cut(mette: Client, boss: User, mailoutbox: list[Any]) -> None:
    for number in range(25):
        adjust(mette, 10, f"Present {number}", boss)
    send_due_messages()
    assert mailoutbox[0].subject.endswith("+250 points")
    assert "Present 19\nand 5 more\n" in mailoutbox[0].body


def test_the_client_who_never_agreed_hears_nothing(
    mette: Client, boss: User, mailoutbox: list[Any]
) -> None:
    other = ClientFactory(first_name="Bob")
    adjust(other, 10, "A present", boss)
    send_due_messages()
    assert mailoutbox == []
