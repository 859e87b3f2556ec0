"""Moving a visit: what it has stays with it, and only a difference is paid or returned."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from bookings.errors import (
    AlreadyBooked,
    InThePast,
    NotOffered,
    OutsideHours,
    SessionFull,
    SessionOver,
    SlotTaken,
    TooLateToMove,
    TooSoon,
    WrongStatus,
)
from bookings.models import (
    Booking,
    BookingChange,
    BookingStatus,
    ChangeKind,
    ClassSession,
    Occupation,
    Source,
    Visit,
)
from bookings.sessions import create_session
from catalogue.models import Provider, Service, ServiceProvider
from clients.models import Client
from foundation.audit import load_checks
from foundation.errors import FormAlreadyUsed
from foundation.form_tokens import new_form_token
from foundation.models import User
from giftcards.models import GiftCard
from loyalty.models import Award, AwardState, DropReason
from loyalty.points import balance_of
from loyalty.sweep import credit_due_awards
from notifications.models import Message
from sales.errors import PriceChanged
from sales.marking import mark_arrived, mark_no_show
from sales.models import Payment
from sales.moving import move_effects, move_place, move_visit
from sales.visits import book_place, cancel_visit
from tests.conftest import Clock
from tests.factories import ProviderFactory, book, give_card

pytestmark = pytest.mark.django_db

HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)


@pytest.fixture
def visit(alice: Client, massage: Service, tomorrow_ten: dt.datetime) -> Visit:
    """Alice's massage tomorrow at ten: 72.00 and 60 points."""
    return book(alice, massage, tomorrow_ten)


@pytest.fixture
def jonas(massage: Service) -> Provider:
    """Gives the massage for 80.00 where Aino takes 72.00."""
    jonas = ProviderFactory(name="Jonas")
    ServiceProvider.objects.create(service=massage, provider=jonas, price_minor=8000)
    return jonas


def move(visit: Visit, starts_at: dt.datetime, **changes: Any) -> Visit:
    return move_visit(
        **{
            "visit": visit,
            "starts_at": starts_at,
            "form_token": new_form_token(),
            "actor": None,
            **changes,
        }
    )


def violations() -> list[str]:
    return [line for run in load_checks().values() for line in run().violations]


def test_move_takes_the_new_time_and_frees_the_old(
    alice: Client, bob: Client, massage: Service, visit: Visit, tomorrow_ten: dt.datetime
) -> None:
    moved = move(visit, tomorrow_ten + 2 * HOUR)

    booking = moved.bookings.get()
    assert (moved.pk, moved.ref) == (visit.pk, visit.ref)
    assert moved.starts_at == booking.starts_at == tomorrow_ten + 2 * HOUR
    assert moved.ends_at == booking.ends_at == tomorrow_ten + 3 * HOUR
    assert moved.calendar_sequence == 1
    assert Occupation.objects.get().starts_at == booking.blocked_from
    book(bob, massage, tomorrow_ten)
    assert violations() == []


def test_move_keeps_the_award_and_moves_its_hour(visit: Visit, tomorrow_ten: dt.datetime) -> None:
    award = Award.objects.get()

    move(visit, tomorrow_ten + DAY)

    moved = Award.objects.get()
    assert (moved.pk, moved.points, moved.state) == (award.pk, 60, AwardState.PROMISED)
    assert moved.due_at == award.due_at + DAY


def test_move_moves_the_hour_of_points_that_need_attention(
    visit: Visit, tomorrow_ten: dt.datetime
) -> None:
    Award.objects.update(state=AwardState.QUARANTINED, attempts=5)

    move(visit, tomorrow_ten + DAY)

    award = Award.objects.get()
    assert (award.state, award.due_at) == (AwardState.QUARANTINED, tomorrow_ten + DAY + 4 * HOUR)


def test_move_tells_the_client_once_each_time(visit: Visit, tomorrow_ten: dt.datetime) -> None:
    move(visit, tomorrow_ten + 2 * HOUR)
    move(visit, tomorrow_ten + 3 * HOUR)

    told = Message.objects.filter(kind="visit_moved").order_by("pk")
    assert [message.dedupe_key for message in told] == [
        f"visit:{visit.pk}:moved:1",
        f"visit:{visit.pk}:moved:2",
    ]


def test_move_is_written_down(visit: Visit, tomorrow_ten: dt.datetime, daisy: User) -> None:
    booking = visit.bookings.get()

    move(visit, tomorrow_ten + 2 * HOUR, actor=daisy)

    change = BookingChange.objects.get()
    assert (change.booking, change.kind, change.by_client, change.actor) == (
        booking,
        ChangeKind.MOVED,
        False,
        daisy,
    )
    assert (change.starts_before, change.starts_after) == (tomorrow_ten, tomorrow_ten + 2 * HOUR)
    assert change.provider_before == change.provider_after == booking.provider


def test_move_by_a_client_names_no_login(visit: Visit, alice: Client, clock: Clock) -> None:
    visit = move(visit, visit.starts_at + 2 * DAY)

    move(visit, visit.starts_at - DAY, actor=alice.user, by_client=True)

    change = BookingChange.objects.latest("pk")
    assert (change.by_client, change.actor) == (True, None)


def test_move_repeated_with_the_same_form_moves_once(
    visit: Visit, tomorrow_ten: dt.datetime
) -> None:
    token = new_form_token()
    for _ in range(2):
        move(visit, tomorrow_ten + 2 * HOUR, form_token=token)

    assert BookingChange.objects.count() == 1
    with pytest.raises(FormAlreadyUsed):
        move(visit, tomorrow_ten + 3 * HOUR, form_token=token)


def test_move_sent_again_after_another_move_moves_nothing(
    visit: Visit, tomorrow_ten: dt.datetime
) -> None:
    """Back and Send again, while the desk has moved it on."""
    token = new_form_token()
    move(visit, tomorrow_ten + 2 * HOUR, form_token=token)
    move(visit, tomorrow_ten + 3 * HOUR)

    again = move(visit, tomorrow_ten + 2 * HOUR, form_token=token)

    assert again.starts_at == tomorrow_ten + 3 * HOUR


def test_move_to_where_it_is_changes_nothing(visit: Visit, tomorrow_ten: dt.datetime) -> None:
    moved = move(visit, tomorrow_ten)

    assert moved.calendar_sequence == visit.calendar_sequence
    assert not BookingChange.objects.exists()
    assert not Message.objects.filter(kind="visit_moved").exists()


def test_move_may_overlap_its_own_old_time(visit: Visit, tomorrow_ten: dt.datetime) -> None:
    assert move(visit, tomorrow_ten + HOUR / 2).starts_at == tomorrow_ten + HOUR / 2


def test_move_onto_somebody_else_offers_the_nearest_times_and_keeps_the_old(
    bob: Client, massage: Service, visit: Visit, tomorrow_ten: dt.datetime
) -> None:
    book(bob, massage, tomorrow_ten + 2 * HOUR)

    with pytest.raises(SlotTaken) as refused:
        move(visit, tomorrow_ten + 2 * HOUR)

    assert refused.value.nearest
    assert visit.bookings.get().starts_at == tomorrow_ten
    assert Occupation.objects.filter(booking__visit=visit, starts_at=tomorrow_ten).exists()
    assert violations() == []


# --- gift cards and the price -----------------------------------------------------------------


def test_move_keeps_the_price_and_what_was_paid(
    alice: Client, massage: Service, tomorrow_ten: dt.datetime, clock: Clock
) -> None:
    """Also when the price list and the card's validity have changed meanwhile."""
    card = give_card(alice, 5000)
    visit = book(alice, massage, tomorrow_ten, card_ids=(card.pk,))
    Service.objects.update(price_minor=9900)
    GiftCard.objects.update(expires_at=clock.now - HOUR)

    moved = move(visit, tomorrow_ten + DAY)

    assert (moved.sale.total_minor, moved.sale.paid_minor) == (7200, 5000)
    assert Payment.objects.count() == 1
    assert GiftCard.objects.get().balance == 0


def test_move_to_a_dearer_provider_owes_the_difference(
    visit: Visit, jonas: Provider, tomorrow_ten: dt.datetime
) -> None:
    Service.objects.update(price_minor=7200)
    moved = move(visit, tomorrow_ten + DAY, provider=jonas)

    booking = moved.bookings.get()
    assert (booking.provider, booking.price_minor) == (jonas, 8000)
    assert (moved.sale.total_minor, moved.sale.left_to_pay_minor) == (8000, 8000)
    assert moved.sale.lines.get().amount_minor == 8000
    assert violations() == []


def test_move_adds_only_what_the_new_provider_costs_more(
    visit: Visit, jonas: Provider, tomorrow_ten: dt.datetime
) -> None:
    """What was agreed stays agreed, although the massage has become dearer for everybody."""
    Service.objects.update(price_minor=7500)

    moved = move(visit, tomorrow_ten + DAY, provider=jonas)

    assert moved.sale.total_minor == 7200 + (8000 - 7500)


def test_move_to_a_cheaper_provider_returns_the_difference_last_card_first(
    alice: Client, massage: Service, jonas: Provider, tomorrow_ten: dt.datetime, clock: Clock
) -> None:
    first, last = give_card(alice, 4000), give_card(alice, 5000)
    visit = book(alice, massage, tomorrow_ten, card_ids=(first.pk, last.pk))
    ServiceProvider.objects.filter(provider=jonas).update(price_minor=6000)
    GiftCard.objects.update(expires_at=clock.now - HOUR)

    moved = move(visit, tomorrow_ten + DAY, provider=jonas)

    assert (moved.sale.total_minor, moved.sale.paid_minor) == (6000, 6000)
    cards = {card.pk: card.balance for card in GiftCard.objects.all()}
    assert cards == {first.pk: 0, last.pk: 1800 + 1200}
    kinds = [(entry.kind, entry.amount) for entry in last.entries.order_by("sequence")]
    assert kinds == [("issue", 5000), ("spend", -3200), ("return", 3200), ("spend", -2000)]
    assert violations() == []


def test_move_to_somebody_much_cheaper_empties_the_last_payment_and_part_of_the_one_before(
    alice: Client, massage: Service, jonas: Provider, tomorrow_ten: dt.datetime
) -> None:
    first, last = give_card(alice, 4000), give_card(alice, 5000)
    visit = book(alice, massage, tomorrow_ten, card_ids=(first.pk, last.pk))
    ServiceProvider.objects.filter(provider=jonas).update(price_minor=3000)

    moved = move(visit, tomorrow_ten + DAY, provider=jonas)
    cancel_visit(visit=moved, actor=None)

    cards = {card.pk: card.balance for card in GiftCard.objects.all()}
    assert cards == {first.pk: 4000, last.pk: 5000}
    assert violations() == []


def test_move_refuses_a_price_that_nobody_was_shown(
    visit: Visit, jonas: Provider, tomorrow_ten: dt.datetime
) -> None:
    with pytest.raises(PriceChanged):
        move(visit, tomorrow_ten + DAY, provider=jonas, expected_total_minor=7200)

    assert visit.bookings.get().starts_at == tomorrow_ten


def test_effects_say_what_moving_will_do(
    alice: Client, massage: Service, jonas: Provider, tomorrow_ten: dt.datetime
) -> None:
    card = give_card(alice, 5000)
    visit = book(alice, massage, tomorrow_ten, card_ids=(card.pk,))
    ServiceProvider.objects.filter(provider=jonas).update(price_minor=4500)

    effects = move_effects(visit, ends_at=tomorrow_ten + DAY + HOUR, provider=jonas)

    assert (effects.total_before_minor, effects.total_minor, effects.left_minor) == (7200, 4500, 0)
    assert effects.card_returns == [(card.last_four, 500)]
    assert (effects.points, effects.points_withdrawn) == (60, 0)
    assert effects.due_at == tomorrow_ten + DAY + 4 * HOUR
    moved = move(visit, tomorrow_ten + DAY, provider=jonas)
    assert (moved.sale.total_minor, moved.sale.left_to_pay_minor) == (4500, 0)


# --- by whom and until when -------------------------------------------------------------------


def test_a_client_moves_until_the_hour_of_free_cancelling(
    visit: Visit, alice: Client, tomorrow_ten: dt.datetime, clock: Clock
) -> None:
    clock.move_to(tomorrow_ten - 24 * HOUR)
    move(visit, tomorrow_ten + 2 * DAY, actor=alice.user, by_client=True)

    clock.move_to(tomorrow_ten + DAY + dt.timedelta(seconds=1))
    with pytest.raises(TooLateToMove):
        move(visit, tomorrow_ten + 5 * DAY, actor=alice.user, by_client=True)


def test_a_client_moves_only_to_what_is_on_offer(
    visit: Visit, alice: Client, tomorrow_ten: dt.datetime, clock: Clock
) -> None:
    visit = move(visit, tomorrow_ten + 2 * DAY)
    soon = clock.now + HOUR / 2
    for starts_at, refusal in (
        (soon, TooSoon),
        (tomorrow_ten + DAY + dt.timedelta(minutes=5), OutsideHours),
        (tomorrow_ten + DAY + 10 * HOUR, OutsideHours),
    ):
        with pytest.raises(refusal):
            move(visit, starts_at, actor=alice.user, by_client=True)
    assert visit.bookings.get().starts_at == tomorrow_ten + 2 * DAY


def test_a_client_does_not_move_a_visit_that_was_marked(
    visit: Visit, alice: Client, tomorrow_ten: dt.datetime
) -> None:
    visit = move(visit, tomorrow_ten + 2 * DAY)
    Booking.objects.update(status=BookingStatus.ARRIVED)

    with pytest.raises(WrongStatus):
        move(visit, tomorrow_ten + DAY, actor=alice.user, by_client=True)


def test_staff_move_too_late_and_outside_the_hours(
    visit: Visit, tomorrow_ten: dt.datetime, clock: Clock
) -> None:
    clock.move_to(tomorrow_ten - HOUR)

    assert move(visit, tomorrow_ten + 9 * HOUR).starts_at == tomorrow_ten + 9 * HOUR


@pytest.mark.parametrize("end", [cancel_visit, None])
def test_what_is_cancelled_or_missed_does_not_move(
    visit: Visit, tomorrow_ten: dt.datetime, clock: Clock, end: Any
) -> None:
    if end is None:
        clock.move_to(tomorrow_ten)
        mark_no_show(booking=visit.bookings.get(), actor=None)
    else:
        end(visit=visit, actor=None)

    with pytest.raises(WrongStatus):
        move(visit, tomorrow_ten + DAY)

    assert violations() == []


def test_what_was_marked_moves_only_to_where_the_mark_could_have_been_made(
    visit: Visit, tomorrow_ten: dt.datetime, clock: Clock
) -> None:
    clock.move_to(tomorrow_ten + 2 * HOUR)
    booking = visit.bookings.get()
    mark_arrived(booking=booking, actor=None)
    assert move(visit, tomorrow_ten + 3 * HOUR).starts_at == tomorrow_ten + 3 * HOUR
    with pytest.raises(WrongStatus):
        move(visit, tomorrow_ten + DAY)

    assert visit.bookings.get().status == BookingStatus.ARRIVED


# --- points that were credited ----------------------------------------------------------------


def test_move_within_the_past_leaves_credited_points(
    visit: Visit, alice: Client, tomorrow_ten: dt.datetime, clock: Clock
) -> None:
    clock.move_to(tomorrow_ten + 8 * HOUR)
    credit_due_awards()

    moved = move(visit, tomorrow_ten + HOUR)

    assert moved.starts_at == tomorrow_ten + HOUR
    assert balance_of(alice) == 60
    assert Award.objects.get().state == AwardState.CREDITED
    assert violations() == []


def test_move_to_an_hour_still_to_come_promises_credited_points_anew(
    visit: Visit, alice: Client, tomorrow_ten: dt.datetime, clock: Clock
) -> None:
    clock.move_to(tomorrow_ten + 8 * HOUR)
    credit_due_awards()
    effects = move_effects(visit, ends_at=tomorrow_ten + DAY + HOUR)
    assert (effects.points, effects.points_withdrawn) == (60, 60)

    moved = move(visit, tomorrow_ten + DAY)

    taken, again = Award.objects.order_by("pk")
    assert (taken.state, taken.reason) == (AwardState.WITHDRAWN, DropReason.MOVED)
    assert (again.state, again.points) == (AwardState.PROMISED, 60)
    assert again.due_at == tomorrow_ten + DAY + 4 * HOUR
    assert moved.sale.lines.get().award == again
    assert balance_of(alice) == 0
    clock.move_to(again.due_at)
    credit_due_awards()
    assert balance_of(alice) == 60
    assert violations() == []


# --- places in a class ------------------------------------------------------------------------


@pytest.fixture
def later(yoga: ClassSession) -> ClassSession:
    return create_session(
        service=yoga.service,
        provider=ProviderFactory(),
        starts_at=yoga.starts_at + DAY,
        places=2,
        actor=None,
    )


@pytest.fixture
def places(alice: Client, yoga: ClassSession) -> Visit:
    """Alice's two places: 36.00 and 60 points."""
    return place(alice, yoga, 2)


def place(client: Client, session: ClassSession, places: int = 1) -> Visit:
    return book_place(
        client=client,
        guest=None,
        session=session,
        places=places,
        source=Source.ONLINE,
        form_token=new_form_token(),
        actor=None,
    )


def to_session(visit: Visit, session: ClassSession, **changes: Any) -> Visit:
    return move_place(
        **{
            "visit": visit,
            "session": session,
            "form_token": new_form_token(),
            "actor": None,
            **changes,
        }
    )


def counts(*sessions: ClassSession) -> list[int]:
    return [ClassSession.objects.get(pk=each.pk).booked_places for each in sessions]


def test_places_move_to_another_session(
    places: Visit, yoga: ClassSession, later: ClassSession, alice: Client
) -> None:
    moved = to_session(places, later, actor=alice.user, by_client=True)

    booking = moved.bookings.get()
    assert (booking.session, booking.provider) == (later, later.provider)
    assert moved.starts_at == booking.starts_at == later.starts_at
    assert counts(yoga, later) == [0, 2]
    assert Award.objects.get().due_at == later.ends_at + 3 * HOUR
    assert (moved.sale.total_minor, booking.price_minor) == (3600, 3600)
    assert violations() == []


def test_places_move_only_where_there_is_room(
    places: Visit, yoga: ClassSession, later: ClassSession, bob: Client
) -> None:
    place(bob, later)

    with pytest.raises(SessionFull) as refused:
        to_session(places, later)

    assert refused.value.params["left"] == 1
    assert counts(yoga, later) == [2, 1]
    assert violations() == []


def test_places_stay_in_their_class(
    places: Visit, later: ClassSession, yoga: ClassSession, clock: Clock
) -> None:
    other = create_session(
        service=Service.objects.create(
            kind="class",
            category=yoga.service.category,
            slug="pilates",
            name_en="Pilates",
            minutes=60,
            price_minor=1800,
            places=5,
        ),
        provider=ProviderFactory(),
        starts_at=later.starts_at,
        actor=None,
    )
    with pytest.raises(NotOffered):
        to_session(places, other)
    with pytest.raises(NotOffered):
        move(places, later.starts_at)
    ClassSession.objects.filter(pk=later.pk).update(cancelled_at=clock.now)
    with pytest.raises(SessionOver):
        to_session(places, later)


def test_an_appointment_does_not_move_into_a_class(visit: Visit, later: ClassSession) -> None:
    with pytest.raises(NotOffered):
        to_session(visit, later)


def test_places_do_not_join_others_of_the_same_client(
    places: Visit, later: ClassSession, alice: Client
) -> None:
    place(alice, later, 1)
    ClassSession.objects.filter(pk=later.pk).update(places=5)

    with pytest.raises(AlreadyBooked):
        to_session(places, later)


def test_places_moved_to_where_they_are_stay(places: Visit, yoga: ClassSession) -> None:
    to_session(places, yoga)

    assert counts(yoga) == [2]
    assert not BookingChange.objects.exists()


def test_nobody_books_into_the_past_by_booking_and_moving(
    alice: Client, massage: Service, visit: Visit, clock: Clock
) -> None:
    """Booking refuses what is over; only what was booked can be moved there, by staff."""
    with pytest.raises(InThePast):
        book(alice, massage, clock.now - DAY)
    with pytest.raises(InThePast):
        move(move(visit, clock.now + 3 * DAY), clock.now - DAY, by_client=True)
