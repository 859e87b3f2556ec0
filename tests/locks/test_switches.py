"""Who reads a switch holds it still: each command, while somebody else is turning one.

What must be held still is shown where it matters: the rival has turned the switch and not yet
committed, and the command may not act on what it saw before.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest

from business.errors import FeatureOff
from business.features import lock_to_switch, set_feature
from business.profile import get_business
from catalogue.models import Service
from clients.models import Client
from foundation.form_tokens import new_form_token
from foundation.locks import lock_one
from giftcards.cards import issue_card
from giftcards.models import CardOrigin, GiftCard
from loyalty.awards import promise_award
from loyalty.models import Award, AwardState, DropReason, Reward
from loyalty.points import balance_of
from loyalty.sweep import credit_due_awards
from sales.exchange import exchange_points_for_card
from sales.features import switch_feature
from sales.issuing import issue_card_by_hand
from sales.privacy import clean_history
from sales.visits import cancel_visit
from tests.conftest import Clock
from tests.factories import (
    ClientFactory,
    GiftCardTypeFactory,
    UserFactory,
    book,
    give_points,
    turn_off,
    turn_on,
)
from tests.locks.rival import after_rival

pytestmark = [pytest.mark.postgres_only, pytest.mark.usefixtures("db")]

AN_HOUR = dt.timedelta(hours=1)


def turning_off(code: str) -> Callable[[], object]:
    return lambda: set_feature(code=code, on=False, actor=None)


def test_crediting_does_not_go_on_after_loyalty_was_switched_off(
    alice: Client, massage: Service, clock: Clock
) -> None:
    """Due while the switch is being turned: dropped, as everything that falls due while off."""
    book(alice, massage, clock.now + AN_HOUR)
    award = Award.objects.get()
    clock.move_to(award.due_at - dt.timedelta(seconds=30))

    def turn() -> None:
        set_feature(code="loyalty", on=False, actor=None)
        clock.move_to(award.due_at)

    outcome = after_rival(turn, credit_due_awards)

    award.refresh_from_db()
    assert (outcome.result.credited, outcome.result.dropped) == (0, 1)
    assert (award.state, award.reason) == (AwardState.DROPPED, DropReason.LOYALTY_OFF)
    assert balance_of(alice) == 0


def test_no_points_are_promised_while_loyalty_is_being_switched_off(
    alice: Client, massage: Service, clock: Clock
) -> None:
    outcome = after_rival(turning_off("loyalty"), lambda: book(alice, massage, clock.now + AN_HOUR))

    assert outcome.waited
    assert outcome.result.bookings.count() == 1
    assert not Award.objects.exists()


def test_nothing_is_spent_while_loyalty_is_being_switched_off(
    alice: Client, reward: Reward
) -> None:
    give_points(alice, 500)

    outcome = after_rival(
        turning_off("loyalty"),
        lambda: exchange_points_for_card(
            client=alice,
            card_type=reward.gift_card_type,
            form_token=new_form_token(),
            actor=None,
        ),
    )

    assert isinstance(outcome.result, FeatureOff)
    assert balance_of(alice) == 500


def test_no_card_is_issued_while_gift_cards_are_being_switched_off(alice: Client) -> None:
    turn_on("gift_cards")
    card_type = GiftCardTypeFactory()

    outcome = after_rival(
        turning_off("gift_cards"),
        lambda: issue_card(
            card_type=card_type, owner=alice, origin=CardOrigin.DESK, key="form:x", actor=None
        ),
    )

    assert isinstance(outcome.result, FeatureOff)
    assert not GiftCard.objects.exists()


def test_nothing_is_cleaned_while_clean_history_is_being_switched_off(clock: Clock) -> None:
    turn_on("clean_history")
    client = ClientFactory(first_name="Greta")
    Client.objects.update(created_at=clock.now - dt.timedelta(days=4000))

    outcome = after_rival(turning_off("clean_history"), clean_history)

    assert outcome.result.clients == 0
    client.refresh_from_db()
    assert client.first_name == "Greta"


def test_who_books_while_history_is_cleaned_is_not_erased(massage: Service, clock: Clock) -> None:
    turn_off("loyalty")
    turn_on("clean_history")
    client = ClientFactory(first_name="Greta")
    Client.objects.update(created_at=clock.now - dt.timedelta(days=4000))

    outcome = after_rival(lambda: book(client, massage, clock.now + AN_HOUR), clean_history)

    assert outcome.result.clients == 0
    client.refresh_from_db()
    assert client.first_name == "Greta"


def test_turning_loyalty_on_sees_since_when_it_was_off(
    alice: Client, massage: Service, clock: Clock
) -> None:
    """Or what fell due in between would be paid after all (F38)."""
    book(alice, massage, clock.now + AN_HOUR)
    award = Award.objects.get()

    def turn_off_and_wait() -> None:
        switch_feature(code="loyalty", on=False, actor=None)
        clock.move_to(award.due_at)

    after_rival(turn_off_and_wait, lambda: switch_feature(code="loyalty", on=True, actor=None))

    award.refresh_from_db()
    assert (award.state, award.reason) == (AwardState.DROPPED, DropReason.LOYALTY_OFF)


# --- the switches come first in the order of locks --------------------------------------------


def test_issuing_waits_for_a_switch_before_it_holds_a_client(alice: Client) -> None:
    turn_on("gift_cards")
    card_type, owner = GiftCardTypeFactory(), UserFactory(is_superuser=True)

    outcome = after_rival(
        lock_to_switch,
        lambda: issue_card_by_hand(
            card_type=card_type,
            owner=alice,
            form_token=new_form_token(),
            description="A present",
            actor=owner,
        ),
        then=lambda: lock_one(Client.objects.all(), alice.pk),
    )

    assert outcome.waited
    assert isinstance(outcome.result, GiftCard)


def test_cancelling_waits_for_a_switch_before_it_holds_an_award(
    alice: Client, massage: Service, clock: Clock
) -> None:
    """Turning loyalty on drops what fell due, in no order: of a visit with two awards it may hold
    the second and want the first."""
    visit = book(alice, massage, clock.now + AN_HOUR)
    second = visit.bookings.get()
    second.pk = None
    second.save(force_insert=True)
    first = Award.objects.get()
    other = promise_award(booking=second, client=alice, business=get_business())
    assert other is not None

    def turn() -> None:
        lock_to_switch()
        lock_one(Award.objects.all(), other.pk)

    outcome = after_rival(
        turn,
        lambda: cancel_visit(visit=visit, actor=None),
        then=lambda: lock_one(Award.objects.all(), first.pk),
    )

    assert outcome.waited
    assert outcome.result == visit
    assert not Award.objects.filter(state=AwardState.PROMISED).exists()
