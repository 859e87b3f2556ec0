"""Taking a mark back the same day, by role; and deleting, which hides what it cancels."""

from __future__ import annotations

import datetime as dt

import pytest
from django.contrib.auth.models import Group

from bookings.changes import mark_to_undo
from bookings.errors import (
    AlreadyBooked,
    SessionFull,
    SessionOver,
    SlotTaken,
    VisitUnknown,
    WrongStatus,
)
from bookings.models import (
    Booking,
    BookingChange,
    BookingStatus,
    ChangeKind,
    ClassSession,
    Occupation,
    ResourceOccupation,
    Source,
    Visit,
)
from bookings.visits import find_visit, visits_of
from catalogue.models import Resource, ResourceKind, Service, ServiceResource
from clients.models import Client
from foundation.audit import load_checks
from foundation.errors import NotAllowed
from foundation.form_tokens import new_form_token
from foundation.models import User
from loyalty.models import Award, AwardState, DropReason
from loyalty.points import balance_of
from loyalty.sweep import credit_due_awards
from notifications.models import Message
from sales.errors import TooEarlyToMark, TooLateToUndo
from sales.marking import (
    mark_arrived,
    mark_completed,
    mark_no_show,
    mark_started,
    undo_mark,
    undoable_mark,
)
from sales.models import SaleState
from sales.moving import move_visit
from sales.visits import book_place, cancel_visit, delete_visit
from tests.conftest import Clock
from tests.factories import UserFactory, book, give_card

pytestmark = pytest.mark.django_db

HOUR = dt.timedelta(hours=1)
DAY = dt.timedelta(days=1)


@pytest.fixture
def booking(alice: Client, massage: Service, tomorrow_ten: dt.datetime, clock: Clock) -> Booking:
    """Alice's massage, paid in part with a card of 50.00, at the minute when it begins."""
    visit = book(alice, massage, tomorrow_ten, card_ids=(give_card(alice, 5000).pk,))
    clock.move_to(tomorrow_ten)
    return visit.bookings.get()


def undo(booking: Booking, actor: User) -> Booking:
    mark = mark_to_undo(Booking.objects.get(pk=booking.pk))
    assert mark is not None
    return undo_mark(booking=booking, mark=mark, actor=actor)


def violations() -> list[str]:
    return [line for run in load_checks().values() for line in run().violations]


def test_every_mark_is_written_down_and_taken_back_in_turn(booking: Booking, daisy: User) -> None:
    for mark in (mark_arrived, mark_started, mark_completed):
        mark(booking=booking, actor=daisy)

    seen = [undo(booking, daisy).status for _ in range(3)]

    assert seen == [BookingStatus.STARTED, BookingStatus.ARRIVED, BookingStatus.BOOKED]
    changes = BookingChange.objects.order_by("pk")
    assert [(each.kind, each.status_before, each.status_after) for each in changes] == [
        ("marked", "booked", "arrived"),
        ("marked", "arrived", "started"),
        ("marked", "started", "completed"),
        ("undone", "completed", "started"),
        ("undone", "started", "arrived"),
        ("undone", "arrived", "booked"),
    ]
    assert {each.actor for each in changes} == {daisy}
    assert mark_to_undo(Booking.objects.get()) is None


def test_started_can_be_marked_on_its_day(booking: Booking, clock: Clock) -> None:
    clock.move_to(booking.starts_at - DAY)
    with pytest.raises(TooEarlyToMark):
        mark_started(booking=booking, actor=None)
    clock.move_to(booking.starts_at - HOUR)

    assert mark_started(booking=booking, actor=None).status == BookingStatus.STARTED


def test_undo_sent_twice_takes_back_one_mark(booking: Booking, daisy: User) -> None:
    mark_arrived(booking=booking, actor=daisy)
    completed = mark_completed(booking=booking, actor=daisy)
    mark = mark_to_undo(completed)
    assert mark is not None

    for _ in range(2):
        assert undo_mark(booking=booking, mark=mark, actor=daisy).status == BookingStatus.ARRIVED


def test_undo_of_what_was_marked_otherwise_meanwhile_is_refused(
    booking: Booking, daisy: User
) -> None:
    mark = mark_to_undo(mark_arrived(booking=booking, actor=daisy))
    assert mark is not None
    mark_completed(booking=booking, actor=daisy)

    with pytest.raises(WrongStatus):
        undo_mark(booking=booking, mark=mark, actor=daisy)

    assert Booking.objects.get().status == BookingStatus.COMPLETED


def test_undo_of_a_no_show_promises_the_points_anew(
    booking: Booking, alice: Client, daisy: User, clock: Clock
) -> None:
    """By a new award; the one that was dropped stays dropped. The card paid all along."""
    mark_no_show(booking=booking, actor=daisy)

    restored = undo(booking, daisy)

    dropped, again = Award.objects.order_by("pk")
    assert restored.status == BookingStatus.BOOKED
    assert (dropped.state, dropped.reason) == (AwardState.DROPPED, DropReason.NO_SHOW)
    assert (again.state, again.points, again.due_at) == (AwardState.PROMISED, 60, dropped.due_at)
    assert booking.visit.sale.lines.get().award == again
    assert booking.visit.sale.paid_minor == 5000
    assert violations() == []
    clock.move_to(again.due_at)
    credit_due_awards()
    assert balance_of(alice) == 60


def test_undo_of_a_no_show_gives_points_back_that_were_taken(
    booking: Booking, alice: Client, daisy: User, clock: Clock
) -> None:
    clock.advance(hours=5)
    credit_due_awards()
    mark_no_show(booking=booking, actor=daisy)
    assert balance_of(alice) == 0

    undo(booking, daisy)
    credit_due_awards()

    assert [each.state for each in Award.objects.order_by("pk")] == ["withdrawn", "credited"]
    assert balance_of(alice) == 60
    assert violations() == []


def test_undo_opens_no_award_that_something_else_had_ended(booking: Booking, daisy: User) -> None:
    Award.objects.update(state=AwardState.DROPPED, reason=DropReason.LOYALTY_OFF)
    mark_no_show(booking=booking, actor=daisy)

    undo(booking, daisy)

    assert Award.objects.get().reason == DropReason.LOYALTY_OFF


def test_undo_of_a_cancellation_takes_the_time_again_and_no_money(
    booking: Booking, alice: Client, daisy: User, clock: Clock
) -> None:
    clock.move_to(booking.starts_at - HOUR)
    cancel_visit(visit=booking.visit, actor=daisy)

    restored = undo(booking, daisy)

    visit = Visit.objects.get()
    assert (restored.status, restored.cancelled_by_client) == (BookingStatus.BOOKED, False)
    occupation = Occupation.objects.get()
    assert (occupation.booking, occupation.starts_at) == (booking, booking.blocked_from)
    # Owed again in full: what returned to the card stays there.
    assert (visit.sale.state, visit.sale.left_to_pay_minor) == (SaleState.OPEN, 7200)
    assert alice.gift_cards.get().balance == 5000
    assert [each.state for each in Award.objects.order_by("pk")] == ["dropped", "promised"]
    assert visit.calendar_sequence == 2
    assert violations() == []


def test_undo_of_a_cancellation_tells_the_client_that_it_stands(
    booking: Booking, daisy: User, clock: Clock
) -> None:
    clock.move_to(booking.starts_at - HOUR)
    for _ in range(2):
        cancel_visit(visit=booking.visit, actor=daisy)
        undo(booking, daisy)

    told = Message.objects.order_by("pk").values_list("kind", flat=True)
    assert list(told) == ["visit_booked", *["visit_cancelled", "visit_booked"] * 2]


def test_a_cancellation_after_an_undo_is_told_again(booking: Booking, daisy: User) -> None:
    """By the visit's number as it is, whatever the page had read."""
    read_before = Visit.objects.get(pk=booking.visit_id)
    cancel_visit(visit=Visit.objects.get(pk=booking.visit_id), actor=daisy)
    booking.refresh_from_db()
    undo(booking, daisy)

    cancel_visit(visit=read_before, actor=daisy)

    assert Message.objects.filter(kind="visit_cancelled").count() == 2


def test_undo_of_a_cancellation_of_what_is_over_tells_nobody(
    booking: Booking, daisy: User, clock: Clock
) -> None:
    clock.advance(hours=2)
    mark_completed(booking=booking, actor=daisy)
    cancel_visit(visit=booking.visit, actor=daisy)

    assert undo(booking, daisy).status == BookingStatus.COMPLETED

    assert Message.objects.filter(kind="visit_booked").count() == 1


def test_undo_of_a_cancellation_is_refused_when_the_time_has_gone(
    booking: Booking, bob: Client, massage: Service, daisy: User, clock: Clock
) -> None:
    clock.move_to(booking.starts_at - HOUR)
    cancel_visit(visit=booking.visit, actor=daisy)
    book(bob, massage, booking.starts_at)

    with pytest.raises(SlotTaken):
        undo(booking, daisy)

    assert Booking.objects.get(pk=booking.pk).status == BookingStatus.CANCELLED
    assert violations() == []


def test_undo_of_a_cancellation_takes_a_room_again(
    alice: Client, massage: Service, tomorrow_ten: dt.datetime, daisy: User
) -> None:
    kind = ResourceKind.objects.create(name="Room")
    rooms = [Resource.objects.create(kind=kind, name=name) for name in ("One", "Two")]
    ServiceResource.objects.create(service=massage, kind=kind)
    visit = book(alice, massage, tomorrow_ten)
    cancel_visit(visit=visit, actor=daisy)
    assert not ResourceOccupation.objects.exists()
    ends_at = tomorrow_ten + HOUR
    ResourceOccupation.objects.create(resource=rooms[0], starts_at=tomorrow_ten, ends_at=ends_at)

    undo(visit.bookings.get(), daisy)

    assert ResourceOccupation.objects.get(booking__visit=visit).resource == rooms[1]
    cancel_visit(visit=visit, actor=daisy)
    ResourceOccupation.objects.create(resource=rooms[1], starts_at=tomorrow_ten, ends_at=ends_at)
    with pytest.raises(SlotTaken):
        undo(visit.bookings.get(), daisy)


# --- places in a class ------------------------------------------------------------------------


def take_places(client: Client, session: ClassSession, places: int) -> Booking:
    visit = book_place(
        client=client,
        guest=None,
        session=session,
        places=places,
        source=Source.DESK,
        form_token=new_form_token(),
        actor=None,
    )
    return visit.bookings.get()


def test_undo_of_a_cancelled_place_takes_it_again(
    alice: Client, yoga: ClassSession, daisy: User
) -> None:
    booking = take_places(alice, yoga, 2)
    cancel_visit(visit=booking.visit, actor=daisy)

    undo(booking, daisy)

    yoga.refresh_from_db()
    assert yoga.booked_places == 2
    assert violations() == []


def test_undo_of_a_cancelled_place_is_refused_when_the_class_is_full(
    alice: Client, bob: Client, yoga: ClassSession, daisy: User
) -> None:
    booking = take_places(alice, yoga, 2)
    cancel_visit(visit=booking.visit, actor=daisy)
    take_places(bob, yoga, 1)

    with pytest.raises(SessionFull) as refused:
        undo(booking, daisy)

    assert refused.value.params["left"] == 1


def test_undo_of_a_cancelled_place_does_not_join_a_newer_one(
    alice: Client, yoga: ClassSession, daisy: User
) -> None:
    booking = take_places(alice, yoga, 1)
    cancel_visit(visit=booking.visit, actor=daisy)
    take_places(alice, yoga, 1)

    with pytest.raises(AlreadyBooked):
        undo(booking, daisy)


def test_undo_of_a_cancelled_place_follows_the_class(
    alice: Client, yoga: ClassSession, daisy: User
) -> None:
    booking = take_places(alice, yoga, 1)
    cancel_visit(visit=booking.visit, actor=daisy)
    ClassSession.objects.update(starts_at=yoga.starts_at + HOUR, ends_at=yoga.ends_at + HOUR)
    Occupation.objects.update(starts_at=yoga.starts_at + HOUR, ends_at=yoga.ends_at + HOUR)

    restored = undo(booking, daisy)

    assert restored.starts_at == Visit.objects.get().starts_at == yoga.starts_at + HOUR
    assert violations() == []


def test_undo_does_not_revive_a_place_in_a_cancelled_class(
    alice: Client, yoga: ClassSession, daisy: User, clock: Clock
) -> None:
    booking = take_places(alice, yoga, 1)
    cancel_visit(visit=booking.visit, actor=daisy)
    ClassSession.objects.update(cancelled_at=clock.now)

    with pytest.raises(SessionOver):
        undo(booking, daisy)


# --- until when, and by whom ------------------------------------------------------------------


def test_the_desk_undoes_on_the_local_day_of_the_mark(
    booking: Booking, daisy: User, clock: Clock
) -> None:
    mark_completed(booking=booking, actor=daisy)
    clock.move_to(dt.datetime(2025, 11, 5, 21, 59, tzinfo=dt.UTC))  # 23:59 in Helsinki
    assert undoable_mark(booking_now(), daisy) is not None
    clock.advance(minutes=1)

    assert undoable_mark(booking_now(), daisy) is None
    with pytest.raises(TooLateToUndo):
        undo(booking, daisy)


def test_the_manager_undoes_all_through_the_day_of_the_visit(
    booking: Booking, daisy: User, maria: User, clock: Clock
) -> None:
    clock.move_to(booking.starts_at - DAY)
    cancel_visit(visit=booking.visit, actor=daisy)
    clock.move_to(booking.starts_at + 2 * HOUR)

    with pytest.raises(TooLateToUndo):
        undo(booking, daisy)
    assert undo(booking, maria).status == BookingStatus.BOOKED


def test_a_manager_too_is_late_the_day_after(booking: Booking, maria: User, clock: Clock) -> None:
    mark_completed(booking=booking, actor=maria)
    clock.advance(days=1)

    with pytest.raises(TooLateToUndo):
        undo(booking, maria)


@pytest.mark.parametrize(("right", "end"), [("mark", cancel_visit), ("cancel", mark_completed)])
def test_who_may_not_do_it_may_not_undo_it(
    booking: Booking, right: str, end: object, daisy: User
) -> None:
    """Marks are taken back by who may mark, cancellations by who may cancel."""
    from django.contrib.auth.models import Permission

    somebody = UserFactory(is_staff=True)
    somebody.user_permissions.add(Permission.objects.get(codename=f"{right}_bookings"))
    if end is cancel_visit:
        cancel_visit(visit=booking.visit, actor=daisy)
    else:
        mark_completed(booking=booking, actor=daisy)

    assert undoable_mark(booking_now(), somebody) is None
    with pytest.raises(NotAllowed):
        undo(booking, somebody)


def test_a_provider_undoes_what_was_marked_today(booking: Booking) -> None:
    provider = UserFactory(is_staff=True)
    provider.groups.add(Group.objects.get(name="Provider"))
    mark_arrived(booking=booking, actor=provider)

    assert undo(booking, provider).status == BookingStatus.BOOKED


def booking_now() -> Booking:
    return Booking.objects.get()


# --- deleting ---------------------------------------------------------------------------------


def test_delete_cancels_and_hides(booking: Booking, alice: Client, daisy: User) -> None:
    for _ in range(2):
        delete_visit(visit=booking.visit, actor=daisy)

    visit = Visit.objects.get()
    assert visit.hidden_at is not None
    assert visit.bookings.get().status == BookingStatus.CANCELLED
    assert visit.sale.paid_minor == 0
    assert not visits_of(alice).exists()
    with pytest.raises(VisitUnknown):
        find_visit(visit.ref)
    assert violations() == []


def test_delete_hides_what_is_cancelled_already(booking: Booking, daisy: User) -> None:
    cancel_visit(visit=booking.visit, actor=None)

    delete_visit(visit=booking.visit, actor=daisy)

    assert Visit.objects.get().hidden_at is not None
    assert BookingChange.objects.filter(kind=ChangeKind.CANCELLED).count() == 1


def test_delete_keeps_a_no_show(booking: Booking, daisy: User) -> None:
    mark_no_show(booking=booking, actor=daisy)

    with pytest.raises(WrongStatus):
        delete_visit(visit=booking.visit, actor=daisy)

    assert Visit.objects.get().hidden_at is None


def test_undo_shows_a_deleted_visit_again(booking: Booking, alice: Client, daisy: User) -> None:
    delete_visit(visit=booking.visit, actor=daisy)

    undo(booking, daisy)

    assert Visit.objects.get().hidden_at is None
    assert visits_of(alice).count() == 1


def test_a_revived_visit_moves_like_any_other(booking: Booking, daisy: User, clock: Clock) -> None:
    clock.move_to(booking.starts_at - HOUR)
    cancel_visit(visit=booking.visit, actor=daisy)
    undo(booking, daisy)

    move_visit(
        visit=booking.visit,
        starts_at=booking.starts_at + DAY,
        form_token=new_form_token(),
        actor=daisy,
    )

    assert Award.objects.get(state=AwardState.PROMISED).due_at == booking.ends_at + DAY + 3 * HOUR
    assert violations() == []
