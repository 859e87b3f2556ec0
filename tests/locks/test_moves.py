"""Locks of the commands that move a visit, take a mark back, or join a guest's records.

Where two locks protect the same rows, what is shown is their order: the command waits for the
first before it holds the second, which the rival then takes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.db.models import Model

from bookings.changes import mark_to_undo
from bookings.errors import SessionFull, WrongStatus
from bookings.models import Booking, BookingStatus, ClassSession, Source, Visit, WaitingPlace
from bookings.scheduling import set_status
from bookings.sessions import create_session
from bookings.undoing import revive_visit, take_back_mark
from business.features import lock_to_switch
from business.profile import get_business
from catalogue.feeds import renew_feed
from catalogue.models import Provider, Service, ServiceProvider
from clients.models import Client
from clients.people import erase_personal_data
from foundation.form_tokens import new_form_token
from foundation.locks import lock_one
from foundation.models import User
from giftcards.models import GiftCard
from loyalty.awards import move_award, undo_award
from loyalty.models import Award, DropReason, PointAccount
from loyalty.points import balance_of, open_account
from sales.asked_consents import confirm_consent, make_consent_token
from sales.errors import BadConsentLink
from sales.joining import join_guest_records
from sales.marking import mark_arrived, undo_mark
from sales.merging import merge_clients
from sales.moving import move_place, move_visit
from sales.visits import book_place, cancel_visit
from sales.waiting import wait_for_session
from tests.conftest import Clock
from tests.factories import (
    ClassServiceFactory,
    ClientFactory,
    ProviderFactory,
    UserFactory,
    book,
    give_card,
    give_points,
)
from tests.locks.rival import after_rival

pytestmark = [pytest.mark.postgres_only, pytest.mark.usefixtures("db", "clock")]

FRIDAY = dt.datetime(2025, 11, 7, 9, tzinfo=dt.UTC)
AN_HOUR, A_DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


def hold(row: Model) -> Any:
    return lock_one(type(row)._default_manager.all(), row.pk)


def goes_on(rival: Callable[[], object], command: Callable[[], object], second: Model) -> bool:
    """Whether ``command`` waits for ``rival`` without holding ``second``, and is done after."""
    outcome = after_rival(rival, command, then=lambda: hold(second))
    return outcome.waited and not isinstance(outcome.result, BaseException)


# --- moving -----------------------------------------------------------------------------------


@pytest.fixture
def visit(alice: Client, massage: Service, clock: Clock) -> Visit:
    """Alice's massage of 72.00, paid with two cards, the one made first used last."""
    last, first = give_card(alice, 4000), give_card(alice, 5000)
    return book(alice, massage, FRIDAY, card_ids=(first.pk, last.pk))


@pytest.fixture
def cheap(massage: Service) -> Provider:
    provider = ProviderFactory()
    ServiceProvider.objects.create(service=massage, provider=provider, price_minor=3000)
    return provider


def move(visit: Visit, provider: Provider | None = None) -> Visit:
    return move_visit(
        visit=visit,
        starts_at=FRIDAY + AN_HOUR,
        provider=provider,
        form_token=new_form_token(),
        actor=None,
    )


def test_moving_waits_for_a_switch_before_it_holds_the_sale(visit: Visit) -> None:
    assert goes_on(lock_to_switch, lambda: move(visit), visit.sale)


def test_moving_waits_for_the_sale_before_it_holds_a_booking(visit: Visit) -> None:
    assert goes_on(lambda: hold(visit.sale), lambda: move(visit), visit.bookings.get())


def test_moving_waits_for_an_award_before_it_holds_a_card(visit: Visit, cheap: Provider) -> None:
    card = GiftCard.objects.order_by("pk")[0]

    assert goes_on(lambda: hold(Award.objects.get()), lambda: move(visit, cheap), card)


def test_moving_takes_the_cards_by_id(alice: Client, massage: Service, cheap: Provider) -> None:
    """The one used last, from which money goes back first, was made last."""
    low, high = give_card(alice, 4000), give_card(alice, 3200)
    visit = book(alice, massage, FRIDAY, card_ids=(low.pk, high.pk))

    assert goes_on(lambda: hold(low), lambda: move(visit, cheap), high)


def test_an_award_dropped_meanwhile_does_not_move(visit: Visit) -> None:
    booking = visit.bookings.get()

    outcome = after_rival(
        lambda: undo_award(booking=booking, reason=DropReason.CANCELLED, actor=None),
        lambda: move_award(booking=booking, business=get_business(), actor=None),
    )

    assert outcome.result is None


# --- places in a class ------------------------------------------------------------------------


@pytest.fixture
def session(db: None) -> ClassSession:
    provider = ProviderFactory()
    yoga = ClassServiceFactory(providers=[provider], places=2)
    return create_session(service=yoga, provider=provider, starts_at=FRIDAY, actor=None)


def come(session: ClassSession, client: Client, places: int = 1) -> Visit:
    return book_place(
        client=client,
        guest=None,
        session=session,
        places=places,
        source=Source.DESK,
        form_token=new_form_token(),
        actor=None,
    )


def test_a_place_moves_from_where_its_booking_stands(alice: Client, session: ClassSession) -> None:
    booking = come(session, alice).bookings.get()
    later = create_session(
        service=session.service,
        provider=session.provider,
        starts_at=FRIDAY + A_DAY,
        actor=None,
    )

    def miss() -> None:
        hold(booking)
        Booking.objects.filter(pk=booking.pk).update(status="no_show")

    outcome = after_rival(
        miss,
        lambda: move_place(
            visit=booking.visit, session=later, form_token=new_form_token(), actor=None
        ),
    )

    assert isinstance(outcome.result, WrongStatus)


def test_a_cancelled_place_is_taken_again_from_what_is_left(
    alice: Client, bob: Client, session: ClassSession
) -> None:
    visit = come(session, alice)
    cancel_visit(visit=visit, actor=None)

    outcome = after_rival(
        lambda: come(session, bob, places=2), lambda: revive_visit(visit=visit, actor=None)
    )

    assert isinstance(outcome.result, SessionFull)
    assert outcome.result.params["left"] == 0


# --- taking a mark back -----------------------------------------------------------------------


@pytest.fixture
def booking(alice: Client, massage: Service, clock: Clock) -> Booking:
    """Alice's massage, which has begun; she has come."""
    visit = book(alice, massage, clock.now + AN_HOUR)
    clock.advance(hours=1, minutes=10)
    return mark_arrived(booking=visit.bookings.get(), actor=None)


def undo(booking: Booking) -> Booking:
    mark = mark_to_undo(booking)
    assert mark is not None
    return undo_mark(booking=booking, mark=mark, actor=UserFactory(is_superuser=True))


def test_undoing_waits_for_a_switch_before_it_holds_the_sale(booking: Booking) -> None:
    assert goes_on(lock_to_switch, lambda: undo(booking), booking.visit.sale)


def test_undoing_waits_for_the_sale_before_it_holds_a_booking(booking: Booking) -> None:
    assert goes_on(lambda: hold(booking.visit.sale), lambda: undo(booking), booking)


def test_a_mark_is_taken_back_from_where_the_booking_stands(booking: Booking) -> None:
    mark = mark_to_undo(booking)
    assert mark is not None

    outcome = after_rival(
        lambda: set_status(booking=booking, status=BookingStatus.COMPLETED, actor=None),
        lambda: take_back_mark(booking=booking, mark=mark, actor=None),
    )

    assert isinstance(outcome.result, WrongStatus)


def test_reviving_waits_for_who_holds_the_provider(visit: Visit) -> None:
    cancel_visit(visit=visit, actor=None)
    provider = visit.bookings.get().provider

    assert goes_on(
        lambda: hold(provider), lambda: revive_visit(visit=visit, actor=None), visit.bookings.get()
    )


def test_a_visit_revived_twice_at_once_is_revived_once(visit: Visit) -> None:
    cancel_visit(visit=visit, actor=None)

    outcome = after_rival(
        lambda: revive_visit(visit=visit, actor=None), lambda: revive_visit(visit=visit, actor=None)
    )

    assert isinstance(outcome.result, WrongStatus)


# --- guests and feeds -------------------------------------------------------------------------


@pytest.fixture
def guests(alice: Client, massage: Service) -> list[Client]:
    """Two records under the address that Alice proved."""
    assert alice.user is not None
    EmailAddress.objects.create(user=alice.user, email=alice.email, verified=True, primary=True)
    return [ClientFactory(email=alice.email), ClientFactory(email=alice.email)]


def join(alice: Client, guests: list[Client]) -> int:
    assert alice.user is not None
    return join_guest_records(user=alice.user, public_ids=[each.public_id for each in guests])


def test_joining_waits_for_a_switch_before_it_holds_a_client(
    alice: Client, guests: list[Client]
) -> None:
    assert goes_on(lock_to_switch, lambda: join(alice, guests), guests[0])


def test_merging_waits_for_a_switch_before_it_holds_a_client(
    alice: Client, guests: list[Client], maria: User
) -> None:
    token = new_form_token()

    assert goes_on(
        lock_to_switch,
        lambda: merge_clients(source=guests[0], target=alice, form_token=token, actor=maria),
        guests[0],
    )


def test_joining_takes_the_accounts_by_id(alice: Client, guests: list[Client]) -> None:
    """The account that was opened first is of the record that joins last."""
    first, last = guests
    accounts = [open_account(each) for each in (last, first)]
    for each in guests:
        give_points(each, 100)

    assert goes_on(lambda: hold(accounts[0]), lambda: join(alice, guests), accounts[1])
    assert balance_of(alice) == 200
    assert PointAccount.objects.count() == 3


def test_a_place_in_line_left_meanwhile_does_not_replace_the_account_s(
    alice: Client, guests: list[Client], session: ClassSession
) -> None:
    come(session, ClientFactory(), places=2)
    theirs, mine = [
        wait_for_session(
            client=client, guest=None, session=session, form_token=new_form_token(), actor=None
        )
        for client in (guests[0], alice)
    ]

    def leave() -> None:
        hold(theirs)
        WaitingPlace.objects.filter(pk=theirs.pk).update(state="left")

    outcome = after_rival(leave, lambda: join(alice, guests))

    assert outcome.result == 2
    assert WaitingPlace.objects.get(pk=mine.pk).state == "waiting"


def test_who_is_being_erased_consents_to_nothing(alice: Client, clock: Clock) -> None:
    token = make_consent_token(alice, clock.now + A_DAY)

    outcome = after_rival(
        lambda: erase_personal_data(client=alice, actor=None),
        lambda: confirm_consent(token=token, language="en"),
    )

    assert isinstance(outcome.result, BadConsentLink)


def test_two_new_addresses_of_a_feed_at_once_are_two(db: None) -> None:
    provider, boss = ProviderFactory(), UserFactory(is_superuser=True)
    version = provider.feed_version

    after_rival(
        lambda: renew_feed(provider=provider, actor=boss),
        lambda: renew_feed(provider=Provider.objects.get(pk=provider.pk), actor=boss),
    )

    provider.refresh_from_db()
    assert provider.feed_version == version + 2
