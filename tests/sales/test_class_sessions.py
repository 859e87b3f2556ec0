"""Cancelling a class session, giving it another time, and changing a weekly class."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from bookings.errors import (
    NotADayOfTheRule,
    PlacesTaken,
    SessionOver,
    SlotTaken,
    WrongStatus,
)
from bookings.models import (
    Booking,
    BookingChange,
    BookingStatus,
    ClassSession,
    Occupation,
    SessionRule,
    Visit,
    WaitingPlace,
)
from bookings.session_rules import create_rule
from bookings.sessions import create_session
from clients.models import Client
from foundation.audit import load_checks
from foundation.form_tokens import new_form_token
from foundation.models import User
from giftcards.models import GiftCard
from loyalty.models import Award
from loyalty.points import balance_of
from loyalty.sweep import credit_due_awards
from notifications.models import Message
from sales.class_sessions import (
    cancel_session,
    change_rule_from,
    change_session,
    session_effects,
    stop_rule,
)
from sales.marking import mark_no_show
from sales.models import Payment, Sale
from sales.visits import cancel_visit
from sales.waiting import wait_for_session
from tests.conftest import Clock
from tests.factories import ProviderFactory, give_card
from tests.sales.test_visits import GUEST, place

pytestmark = pytest.mark.django_db

WEEK = dt.timedelta(weeks=1)


def violations() -> list[str]:
    return [f"{name}: {line}" for name, run in load_checks().items() for line in run().violations]


def told(kind: str) -> list[str]:
    mails = Message.objects.filter(kind=kind, client__isnull=False).order_by("pk")
    return [str(mail.client) for mail in mails]


# --- cancelling -----------------------------------------------------------------------------------


def test_cancel_session_gives_everything_back_and_tells_everybody(
    alice: Client, bob: Client, yoga: ClassSession, daisy: User
) -> None:
    card = give_card(alice, 1000)
    first = place(alice, yoga, card_ids=(card.pk,))
    second = place(bob, yoga)
    waiting = wait_for_session(
        client=None, guest=GUEST, session=yoga, form_token=new_form_token(), actor=None
    )
    effects = session_effects(yoga)

    cancelled = cancel_session(session=yoga, actor=daisy)

    assert (effects.points_dropped, effects.points_withdrawn) == (60, 0)
    assert effects.card_returns == [(card.last_four, 1000)]
    assert cancelled.cancelled_at is not None
    assert (cancelled.booked_places, cancelled.offered_places) == (0, 0)
    assert not Occupation.objects.filter(session=yoga).exists()
    assert {(b.status, b.cancelled_by_client) for b in Booking.objects.all()} == {
        (BookingStatus.CANCELLED, False)
    }
    assert {(a.state, a.reason) for a in Award.objects.all()} == {("dropped", "cancelled")}
    assert GiftCard.objects.get(pk=card.pk).balance == 1000
    assert set(Sale.objects.values_list("state", "paid_minor")) == {("cancelled", 0)}
    assert told("session_cancelled") == [str(alice), str(bob)]
    assert told("visit_cancelled") == []
    waiting.refresh_from_db()
    assert waiting.state == "over"
    assert told("waiting_over") == ["Greta Guest"]
    assert {Visit.objects.get(pk=v.pk).calendar_sequence for v in (first, second)} == {1}
    assert violations() == []


def test_cancel_session_again_changes_nothing(alice: Client, yoga: ClassSession) -> None:
    place(alice, yoga, card_ids=(give_card(alice, 1000).pk,))
    once = cancel_session(session=yoga, actor=None)
    counts = (Message.objects.count(), Payment.objects.count(), BookingChange.objects.count())

    again = cancel_session(session=yoga, actor=None)

    assert again.cancelled_at == once.cancelled_at
    assert counts == (
        Message.objects.count(),
        Payment.objects.count(),
        BookingChange.objects.count(),
    )


def test_cancel_session_takes_credited_points_back(
    alice: Client, yoga: ClassSession, clock: Clock
) -> None:
    """The teacher did not come, and nobody noticed until the points had arrived."""
    place(alice, yoga)
    clock.move_to(yoga.ends_at + dt.timedelta(hours=4))
    credit_due_awards()
    assert balance_of(alice) == 30

    assert session_effects(yoga).points_withdrawn == 30
    cancel_session(session=yoga, actor=None)

    assert balance_of(alice) == 0
    assert violations() == []


def test_cancel_session_leaves_what_was_cancelled_before(
    alice: Client, bob: Client, yoga: ClassSession
) -> None:
    before = place(alice, yoga)
    cancel_visit(visit=before, actor=None, by_client=True)
    place(bob, yoga)

    cancel_session(session=yoga, actor=None)

    assert before.bookings.get().cancelled_by_client
    assert told("session_cancelled") == [str(bob)]


def test_a_class_that_somebody_missed_took_place(
    alice: Client, yoga: ClassSession, clock: Clock
) -> None:
    visit = place(alice, yoga)
    clock.move_to(yoga.ends_at)
    mark_no_show(booking=visit.bookings.get(), actor=None)
    with pytest.raises(WrongStatus):
        cancel_session(session=yoga, actor=None)


def test_the_database_keeps_nobody_in_a_cancelled_session(
    alice: Client, yoga: ClassSession
) -> None:
    place(alice, yoga)
    rows = ClassSession.objects.filter(pk=yoga.pk)
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(cancelled_at=yoga.starts_at)
    cancel_session(session=yoga, actor=None)
    for column in ("booked_places", "offered_places"):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**{column: 1})


def test_a_cancelled_session_books_nobody(alice: Client, yoga: ClassSession) -> None:
    cancel_session(session=yoga, actor=None)
    with pytest.raises(SessionOver):
        place(alice, yoga)


# --- one session --------------------------------------------------------------------------------


def test_change_session_moves_everybody_and_tells_them(
    alice: Client, bob: Client, yoga: ClassSession, daisy: User
) -> None:
    visits = [place(alice, yoga), place(bob, yoga)]
    gone = place_and_cancel(yoga)
    ville, later = ProviderFactory(name="Ville"), yoga.starts_at + dt.timedelta(hours=2)

    moved = change_session(session=yoga, starts_at=later, provider=ville, places=5, actor=daisy)

    assert (moved.starts_at, moved.provider, moved.places) == (later, ville, 5)
    for visit in visits:
        visit.refresh_from_db()
        booking = visit.bookings.get()
        ends = later + dt.timedelta(hours=1)
        assert (visit.starts_at, visit.ends_at, visit.calendar_sequence) == (later, ends, 1)
        assert (booking.starts_at, booking.ends_at, booking.provider) == (later, ends, ville)
        assert Award.objects.get(booking=booking).due_at == ends + dt.timedelta(hours=3)
        change = booking.changes.get()
        assert (change.kind, change.actor, change.starts_before, change.provider_before) == (
            "moved",
            daisy,
            yoga.starts_at,
            yoga.provider,
        )
    assert told("visit_moved") == [str(alice), str(bob)]
    assert gone.bookings.get().starts_at == yoga.starts_at
    assert violations() == []


def place_and_cancel(session: ClassSession) -> Visit:
    ClassSession.objects.filter(pk=session.pk).update(places=9)
    visit = place(None, session, guest=GUEST)
    return cancel_visit(visit=visit, actor=None)


def test_change_session_of_the_places_alone_tells_nobody(alice: Client, yoga: ClassSession) -> None:
    place(alice, yoga)
    assert change_session(session=yoga, places=9, actor=None).places == 9
    assert told("visit_moved") == []


def test_change_session_is_all_or_nothing(alice: Client, yoga: ClassSession) -> None:
    place(alice, yoga, places=2)
    ville = ProviderFactory()
    create_session(service=yoga.service, provider=ville, starts_at=yoga.starts_at, actor=None)
    with pytest.raises(SlotTaken):
        change_session(session=yoga, provider=ville, places=9, actor=None)
    with pytest.raises(PlacesTaken):
        change_session(session=yoga, places=1, actor=None)
    yoga.refresh_from_db()
    assert (yoga.places, yoga.provider.name) == (2, "Freja")


def test_who_is_in_line_moves_along(alice: Client, yoga: ClassSession) -> None:
    place(alice, yoga, places=2)
    waiting = wait_for_session(
        client=None, guest=GUEST, session=yoga, form_token=new_form_token(), actor=None
    )
    day = waiting.day
    change_session(session=yoga, starts_at=yoga.starts_at + dt.timedelta(days=1), actor=None)
    waiting.refresh_from_db()
    assert waiting.day == day + dt.timedelta(days=1)
    assert violations() == []


# --- a weekly class -----------------------------------------------------------------------------


@pytest.fixture
def weekly(yoga: ClassSession) -> SessionRule:
    """Yoga on Fridays at 17:30, four times, three places."""
    first = dt.date(2025, 11, 7)
    return create_rule(
        service=yoga.service,
        provider=yoga.provider,
        starts=dt.time(17, 30),
        first_day=first,
        last_day=first + 3 * WEEK,
        places=3,
        actor=None,
    )


def sessions_of(rule: SessionRule) -> list[ClassSession]:
    return list(rule.sessions.order_by("rule_day"))


def change(rule: SessionRule, **fields: object) -> object:
    first = rule.first_day + WEEK
    return change_rule_from(
        **{
            "rule": rule,
            "from_day": first,
            "new_first_day": first - dt.timedelta(days=1),
            "starts": dt.time(18),
            "provider": rule.provider,
            "places": 1,
            "move_booked": False,
            "actor": None,
            **fields,
        }
    )


def times(rule: SessionRule) -> list[str]:
    return [f"{each.starts_at:%a %d %H:%M}" for each in sessions_of(rule)]


def test_from_here_on_moves_what_nobody_booked_and_leaves_the_rest(
    alice: Client, weekly: SessionRule
) -> None:
    booked = sessions_of(weekly)[2]
    place(alice, booked, places=2)

    changed = change(weekly)

    assert times(weekly) == ["Fri 07 15:30"]
    assert times(changed.rule) == ["Thu 13 16:00", "Fri 21 15:30", "Thu 27 16:00"]
    assert (changed.moved, changed.stayed, changed.in_the_way) == (2, [booked], [])
    assert [each.places for each in sessions_of(changed.rule)] == [1, 3, 1]
    assert told("visit_moved") == []
    assert violations() == []


def test_from_here_on_moves_what_is_booked_by_choice(alice: Client, weekly: SessionRule) -> None:
    place(alice, sessions_of(weekly)[2], places=2)

    changed = change(weekly, move_booked=True)

    assert times(changed.rule) == ["Thu 13 16:00", "Thu 20 16:00", "Thu 27 16:00"]
    assert [each.places for each in sessions_of(changed.rule)] == [1, 2, 1]
    assert told("visit_moved") == [str(alice)]
    assert violations() == []


def test_from_here_on_says_what_is_in_the_way(weekly: SessionRule) -> None:
    thursday = dt.datetime(2025, 11, 20, 16, 30, tzinfo=dt.UTC)
    create_session(service=weekly.service, provider=weekly.provider, starts_at=thursday, actor=None)

    changed = change(weekly)

    assert times(changed.rule) == ["Thu 13 16:00", "Fri 21 15:30", "Thu 27 16:00"]
    assert [f"{each.starts_at:%a %d}" for each in changed.in_the_way] == ["Fri 21"]


def test_from_here_on_leaves_a_cancelled_week_cancelled(weekly: SessionRule) -> None:
    cancel_session(session=sessions_of(weekly)[2], actor=None)
    changed = change(weekly)
    assert [each.cancelled_at is None for each in sessions_of(changed.rule)] == [True, False, True]


def test_from_here_on_needs_a_date_of_the_class(weekly: SessionRule) -> None:
    with pytest.raises(NotADayOfTheRule):
        change(weekly, from_day=weekly.first_day + dt.timedelta(days=1))


def test_stop_rule_cancels_what_nobody_booked(alice: Client, weekly: SessionRule) -> None:
    _first, _second, third, fourth = sessions_of(weekly)
    place(alice, third)

    stay = stop_rule(rule=weekly, last_day=weekly.first_day + WEEK, actor=None)

    assert stay == [third]
    assert [each.cancelled_at is None for each in sessions_of(weekly)] == [True, True, True, False]
    assert not WaitingPlace.objects.exists()
    assert violations() == []
    assert fourth.pk
