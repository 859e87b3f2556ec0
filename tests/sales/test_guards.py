"""Each guard of what is sold, given back and cleaned, with nothing else in the way."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from typing import Any
from unittest import mock

import pytest
from django.db import models, transaction

from bookings.errors import WrongStatus
from business.errors import FeatureOff
from catalogue.models import Service
from clients.errors import ClientGone
from clients.models import Client
from clients.people import erase_personal_data
from foundation import clock as project_clock
from foundation.errors import NotAllowed
from foundation.form_tokens import new_form_token
from foundation.models import User
from giftcards.models import CardEntry, GiftCard, GiftCardType
from loyalty.errors import DescriptionMissing, RewardGone
from loyalty.models import Reward
from loyalty.points import balance_of
from sales import privacy
from sales.errors import CardTypeGone, CardUsed
from sales.exchange import exchange_points_for_card
from sales.issuing import issue_card_by_hand, void_card_by_hand
from sales.marking import mark_arrived
from sales.payments import refund_all, usable_in_order
from sales.privacy import clean_history
from sales.visits import cancel_visit
from tests.conftest import Clock
from tests.factories import (
    ClientFactory,
    GiftCardTypeFactory,
    RewardFactory,
    UserFactory,
    book,
    give_card,
    give_points,
    turn_off,
    turn_on,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def fifty(alice: Client) -> GiftCardType:
    """A card of 50.00 for 500 points, of which Alice has 1,000."""
    turn_on("loyalty")
    give_points(alice, 1000)
    return RewardFactory(points=500).gift_card_type


def choose(client: Client, card_type: GiftCardType, expected: int | None = None) -> GiftCard:
    return exchange_points_for_card(
        client=client,
        card_type=card_type,
        form_token=new_form_token(),
        actor=None,
        expected_points=expected,
    )


@pytest.mark.parametrize("feature", ["loyalty", "gift_cards"])
def test_no_card_for_points_while_off(alice: Client, fifty: GiftCardType, feature: str) -> None:
    turn_off(feature)

    with pytest.raises(FeatureOff):
        choose(alice, fifty)


def test_no_card_for_points_for_an_erased_client(alice: Client, fifty: GiftCardType) -> None:
    erase_personal_data(client=alice, actor=None)

    with pytest.raises(ClientGone):
        choose(alice, fifty)


@pytest.mark.parametrize(
    "withdraw",
    [
        lambda: Reward.objects.update(enabled=False),
        lambda: GiftCardType.objects.update(archived_at=project_clock.now()),
        lambda: GiftCardType.objects.update(shown_online=False),
        lambda: Reward.objects.update(points=400),
    ],
    ids=["off", "archived", "not-shown", "price"],
)
def test_no_card_for_points_that_is_no_longer_offered_so(
    alice: Client, fifty: GiftCardType, withdraw: Callable[[], object]
) -> None:
    withdraw()

    with pytest.raises(RewardGone):
        choose(alice, fifty, expected=500)

    assert balance_of(alice) == 1000


# --- by hand ----------------------------------------------------------------------------------


def issue(actor: User, owner: Client | None, **fields: Any) -> GiftCard:
    asked = {"description": "A present", "form_token": new_form_token(), **fields}
    card_type = asked.pop("card_type", None) or GiftCardTypeFactory()
    return issue_card_by_hand(card_type=card_type, owner=owner, actor=actor, **asked)


def void(actor: User, card: GiftCard, **fields: Any) -> GiftCard:
    asked = {"description": "Lost", "form_token": new_form_token(), **fields}
    return void_card_by_hand(card=card, actor=actor, **asked)


def test_issuing_needs_the_right(alice: Client, pavel: User) -> None:
    with pytest.raises(NotAllowed):
        issue(pavel, alice)


def test_issuing_needs_words(alice: Client, maria: User) -> None:
    with pytest.raises(DescriptionMissing):
        issue(maria, alice, description=" ")


def test_issuing_by_one_form_issues_once(alice: Client, maria: User) -> None:
    token, card_type = new_form_token(), GiftCardTypeFactory()

    first = issue(maria, alice, form_token=token, card_type=card_type)
    card_type.archived_at = project_clock.now()
    card_type.save()

    assert issue(maria, alice, form_token=token, card_type=card_type) == first


def test_issuing_of_an_archived_type_is_refused(alice: Client, maria: User) -> None:
    with pytest.raises(CardTypeGone):
        issue(maria, alice, card_type=GiftCardTypeFactory(archived_at=project_clock.now()))


def test_issuing_to_an_erased_client_is_refused(alice: Client, maria: User) -> None:
    erase_personal_data(client=alice, actor=None)

    with pytest.raises(ClientGone):
        issue(maria, alice)


def test_voiding_needs_the_right(alice: Client, daisy: User) -> None:
    with pytest.raises(NotAllowed):
        void(daisy, give_card(alice))


def test_voiding_needs_words(alice: Client, maria: User) -> None:
    with pytest.raises(DescriptionMissing):
        void(maria, give_card(alice), description=" ")


def test_voiding_twice_gives_the_points_back_once(
    alice: Client, maria: User, fifty: GiftCardType
) -> None:
    card = choose(alice, fifty)

    first = void(maria, card)
    again = void(maria, card)

    assert (first.voided_at, balance_of(alice)) == (again.voided_at, 1000)


def test_voiding_a_used_card_is_refused(alice: Client, maria: User, massage: Service) -> None:
    card = give_card(alice, 10000)
    book(alice, massage, project_clock.now() + dt.timedelta(days=1), card_ids=(card.pk,))

    with pytest.raises(CardUsed):
        void(maria, card)


# --- visits -----------------------------------------------------------------------------------


def test_an_erased_client_is_not_booked_for(
    alice: Client, massage: Service, tomorrow_ten: dt.datetime
) -> None:
    erase_personal_data(client=alice, actor=None)

    with pytest.raises(ClientGone):
        book(alice, massage, tomorrow_ten)


def test_a_client_does_not_cancel_a_visit_that_was_marked(
    alice: Client, massage: Service, tomorrow_ten: dt.datetime, clock: Clock
) -> None:
    visit = book(alice, massage, tomorrow_ten)
    with mock.patch("sales.marking.earliest_mark", return_value=clock.now):
        mark_arrived(booking=visit.bookings.get(), actor=None)

    with pytest.raises(WrongStatus):
        cancel_visit(visit=visit, actor=None, by_client=True)


def test_an_expired_card_is_not_among_those_that_pay(alice: Client, clock: Clock) -> None:
    card = give_card(alice)
    clock.move_to(card.expires_at + dt.timedelta(seconds=1))

    assert usable_in_order({card.pk: card}, [card.pk]) == []


def test_refunding_again_gives_back_nothing(
    alice: Client, massage: Service, tomorrow_ten: dt.datetime
) -> None:
    visit = book(alice, massage, tomorrow_ten, card_ids=(give_card(alice, 5000).pk,))

    with transaction.atomic():
        refund_all(sale=visit.sale, actor=None)
        refund_all(sale=visit.sale, actor=None)

    assert CardEntry.objects.filter(kind="return").count() == 1


# --- Clean history ----------------------------------------------------------------------------


@pytest.fixture
def cleaning(db: None) -> None:
    turn_on("clean_history")


def old_client(**fields: Any) -> Client:
    client = ClientFactory(**fields)
    Client.objects.update(created_at=project_clock.now() - dt.timedelta(days=4000))
    return client


def test_a_client_with_money_on_a_card_keeps_the_name(cleaning: None) -> None:
    give_card(old_client())

    assert clean_history().clients == 0


def test_a_client_with_a_visit_to_come_keeps_the_name(
    massage: Service, tomorrow_ten: dt.datetime
) -> None:
    book(old_client(), massage, tomorrow_ten)
    turn_off("loyalty")
    turn_on("clean_history")

    assert clean_history().clients == 0


def test_a_client_with_points_keeps_the_name(db: None) -> None:
    client = old_client()
    turn_on("loyalty")
    give_points(client, 10)
    turn_off("loyalty")
    turn_on("clean_history")

    assert clean_history().clients == 0


def test_a_client_with_a_login_keeps_the_name(cleaning: None) -> None:
    old_client(user=UserFactory())

    assert clean_history().clients == 0


def test_who_books_while_it_is_cleaned_keeps_the_name(cleaning: None) -> None:
    client = old_client()
    plain = privacy.lock_in_order

    def meanwhile(rows: models.QuerySet[Any], ids: Iterable[int]) -> Any:
        found = list(ids)
        give_card(client)
        return plain(rows, found)

    with mock.patch.object(privacy, "lock_in_order", meanwhile):
        assert clean_history().clients == 0


def test_a_visit_with_points_on_the_way_is_not_cleaned(
    alice: Client, massage: Service, tomorrow_ten: dt.datetime, clock: Clock
) -> None:
    book(alice, massage, tomorrow_ten)
    turn_off("loyalty")
    turn_on("clean_history")
    clock.advance(days=4000)

    assert clean_history().visits == 0
