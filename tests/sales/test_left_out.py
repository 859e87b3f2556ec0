"""A client who is left out of the programme: earns nothing, spends nothing, and is told nothing."""

from __future__ import annotations

import datetime as dt

import pytest

from catalogue.models import Service
from clients.consents import record_consent
from clients.errors import NotInProgramme
from clients.models import Client
from clients.programme import leave_out, take_in
from foundation.form_tokens import new_form_token
from foundation.models import User
from giftcards.models import GiftCard
from loyalty.models import Award, AwardState, Reward
from loyalty.points import balance_of, spend_points
from loyalty.sweep import credit_due_awards
from notifications.models import Message
from notifications.sending import send_due_messages
from sales.exchange import exchange_points_for_card
from sales.marking import mark_no_show, undo_mark, undoable_mark
from tests.conftest import Clock
from tests.factories import RewardFactory, give_points
from tests.sales.test_visits import book

pytestmark = pytest.mark.django_db


def out(client: Client, actor: User) -> None:
    leave_out(client=client, reason="Is staff", actor=actor)


def test_a_booking_of_who_is_left_out_promises_nothing(
    alice: Client, massage: Service, tomorrow_ten: dt.datetime, maria: User
) -> None:
    # As the command was handed it: from before, and not in its last state.
    before = Client.objects.get(pk=alice.pk)
    out(alice, maria)

    visit = book(before, massage, tomorrow_ten)

    assert not Award.objects.exists()
    assert visit.sale.lines.get().award is None


def test_who_is_taken_in_again_earns_with_the_next_booking(
    alice: Client, massage: Service, tomorrow_ten: dt.datetime, maria: User
) -> None:
    out(alice, maria)
    book(alice, massage, tomorrow_ten)
    take_in(client=alice, actor=maria)

    book(alice, massage, tomorrow_ten + dt.timedelta(hours=2))

    assert Award.objects.get().points == 60


def test_what_was_promised_before_arrives_without_a_message(
    alice: Client, massage: Service, tomorrow_ten: dt.datetime, maria: User, clock: Clock
) -> None:
    record_consent(client=alice, granted=True, language="en", source="account", actor=None)
    book(alice, massage, tomorrow_ten)
    out(alice, maria)
    clock.advance(days=2)

    credit_due_awards()
    credit_due_awards()
    send_due_messages()

    assert Award.objects.get().state == AwardState.CREDITED
    assert balance_of(alice) == 60
    assert not Message.objects.filter(kind="points_added", sent_at__isnull=False).exists()


def test_points_cannot_be_spent_and_stay(alice: Client, massage: Service, maria: User) -> None:
    give_points(alice, 600)
    reward = RewardFactory(points=500)
    out(alice, maria)

    with pytest.raises(NotInProgramme):
        exchange_points_for_card(
            client=alice,
            card_type=reward.gift_card_type,
            form_token=new_form_token(),
            actor=alice.user,
        )

    assert balance_of(alice) == 600
    assert not GiftCard.objects.exists()


def test_a_repeat_of_what_was_spent_before_returns_it(
    alice: Client, massage: Service, maria: User
) -> None:
    give_points(alice, 600)
    reward: Reward = RewardFactory(points=500)
    spent = spend_points(client=alice, reward=reward, points=500, key="once", actor=None)
    out(alice, maria)

    again = spend_points(client=alice, reward=reward, points=500, key="once", actor=None)

    assert again == spent
    assert balance_of(alice) == 100


def test_a_no_show_taken_back_promises_what_was_told(
    alice: Client, massage: Service, tomorrow_ten: dt.datetime, maria: User, clock: Clock
) -> None:
    booking = book(alice, massage, tomorrow_ten).bookings.get()
    out(alice, maria)
    clock.move_to(booking.starts_at + dt.timedelta(hours=1))
    booking = mark_no_show(booking=booking, actor=maria)
    mark = undoable_mark(booking, maria)
    assert mark is not None

    undo_mark(booking=booking, mark=mark, actor=maria)

    assert Award.objects.get(state=AwardState.PROMISED).points == 60
