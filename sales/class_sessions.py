"""Changing and cancelling class sessions: what is booked in them goes along.

Locks, in the project's order: feature row, sales, class session, its waiting places, provider,
bookings, awards, gift cards by id, point accounts by id, outbox. A session is booked by people who
hold its lock alone, so that the sales of its visits are locked first and looked at again after:
where somebody booked in between, the locks are let go and taken anew.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import F

from bookings.changes import record_change
from bookings.errors import SlotTaken, WrongStatus
from bookings.models import (
    STANDING,
    Booking,
    BookingStatus,
    ChangeKind,
    ClassSession,
    SessionRule,
    Visit,
    WaitingState,
)
from bookings.places import OF_THE_SESSION, follow_session
from bookings.scheduling import set_status
from bookings.session_rules import create_sessions_of, end_rule, instant_on, split_rule
from bookings.sessions import close_session, lock_session, reschedule_session, set_places
from bookings.waiting import line_of_session, lock_line, settle
from business.features import lock_features
from business.profile import get_business
from catalogue.models import Provider
from foundation import clock
from foundation.locks import lock_in_order
from foundation.models import User
from giftcards.models import GiftCard
from loyalty.awards import lock_awards, move_award, undo_award
from loyalty.models import Award, AwardState, DropReason, PointAccount
from notifications.outbox import nudge_sending, queue_message
from sales.models import Payment, Sale, SaleState
from sales.nudging import nudge_waiting
from sales.payments import refund_all
from sales.quotes import Effects, effects_of
from sales.telling import tell_waiting_over


class _SomebodyBooked(Exception):
    """Between locking the sales and locking the session."""


def cancel_session(*, session: ClassSession, actor: User | None, reason: str = "") -> ClassSession:
    """The class does not take place: every booking that stands is cancelled as by staff.

    Points on the way are dropped, credited ones taken back, gift card amounts return, everybody
    is told, with ``reason`` if there is one, and whoever was in line is told that there is nothing
    to wait for. The history of the bookings keeps the reason. All or nothing, in one transaction;
    repeating it changes nothing. Raises WrongStatus where somebody is marked as a no-show: a class
    that somebody missed took place.
    """
    with transaction.atomic():
        lock_features()
        locked, sales = _lock_with_sales(session.pk)
        if locked.cancelled_at is not None:
            return locked
        missed = Booking.objects.filter(session=locked, status=BookingStatus.NO_SHOW)
        if missed.exists():
            raise WrongStatus(status=BookingStatus.NO_SHOW.label)
        line = lock_line(line_of_session(locked.pk))
        bookings = _lock_standing(locked)
        _lock_what_returns(bookings, sales)
        for place in line:
            settle(place, WaitingState.OVER, session=locked)
            tell_waiting_over(place)
        for booking in bookings:
            set_status(
                booking=booking,
                status=BookingStatus.CANCELLED,
                actor=actor,
                reason=reason.strip(),
            )
        for sale in sales.values():
            refund_all(sale=sale, actor=actor)
        Sale.objects.filter(pk__in=sales).update(state=SaleState.CANCELLED)
        for booking in bookings:
            undo_award(booking=booking, reason=DropReason.CANCELLED, actor=actor)
        visits = _visits_of(bookings)
        Visit.objects.filter(pk__in=[visit.pk for visit in visits]).update(
            calendar_sequence=F("calendar_sequence") + 1
        )
        for visit in visits:
            key = cancellation_key(visit.pk)
            _tell(visit, "session_cancelled", key, reason=reason.strip())
        locked.refresh_from_db(fields=["booked_places", "offered_places"])
        close_session(session=locked)
        nudge_sending()
        nudge_waiting()  # its provider is free for who waits for a time of that day
    return locked


def cancellation_key(visit_id: int) -> str:
    """What names the message to who was booked in a class that was cancelled."""
    return f"visit:{visit_id}:session-cancelled"


def session_effects(session: ClassSession) -> Effects:
    """What cancelling the session would do to points and gift cards, for all who come."""
    return effects_of(Booking.objects.filter(session=session, status__in=STANDING))


def change_session(
    *,
    session: ClassSession,
    starts_at: dt.datetime | None = None,
    provider: Provider | None = None,
    places: int | None = None,
    actor: User | None,
) -> ClassSession:
    """Give one session another time, provider or number of places; what is not given stays.

    Everybody who has booked moves along and is told; their points are due by the new end. The
    session keeps the date of its weekly rule. Raises SlotTaken, PlacesTaken, SessionOver.
    """
    with transaction.atomic():
        locked = lock_session(session.pk)
        line = lock_line(line_of_session(locked.pk))
        if places is not None and places != locked.places:
            locked = set_places(session=locked, places=places, actor=actor)
        starts_at, provider = starts_at or locked.starts_at, provider or locked.provider
        if (starts_at, provider.pk) != (locked.starts_at, locked.provider_id):
            before = locked
            locked = reschedule_session(session=locked, starts_at=starts_at, provider=provider)
            day = locked.starts_at.astimezone(get_business().zone).date()
            for place in line:
                place.day, place.provider = day, locked.provider
                place.save(update_fields=["day", "provider"])
            _move_bookings(locked, before, actor)
        nudge_sending()
        nudge_waiting()
    return locked


@dataclass
class ChangedRule:
    """What a change from here on came to. ``stayed`` kept their time because somebody has booked;
    ``in_the_way`` kept it because the new time is taken or does not exist."""

    rule: SessionRule
    moved: int = 0
    stayed: list[ClassSession] = field(default_factory=list)
    in_the_way: list[ClassSession] = field(default_factory=list)


def change_rule_from(
    *,
    rule: SessionRule,
    from_day: dt.date,
    new_first_day: dt.date,
    starts: dt.time,
    provider: Provider,
    places: int,
    move_booked: bool,
    actor: User | None,
) -> ChangedRule:
    """Change a weekly class from one of its dates on: the rule ends before, a new one begins.

    Sessions in which nobody has booked get the new time, provider and places. Those with bookings
    stay as they are, or with ``move_booked`` move as well and everybody is told; a session keeps
    at least the places that are taken. Cancelled ones stay cancelled. Raises NotADayOfTheRule.
    """
    with transaction.atomic():
        new = split_rule(
            rule=rule,
            from_day=from_day,
            new_first_day=new_first_day,
            starts=starts,
            provider=provider,
            places=places,
        )
        zone = get_business().zone
        coming = ClassSession.objects.filter(
            rule=new, cancelled_at__isnull=True, starts_at__gt=clock.now()
        )
        changed = ChangedRule(new)
        sessions = lock_in_order(ClassSession.objects.all(), coming.values_list("pk", flat=True))
        for session in sessions.values():
            taken = session.booked_places + session.offered_places
            if taken and not move_booked:
                changed.stayed.append(session)
                continue
            assert session.rule_day is not None  # noqa: S101 (a CHECK: its rule is not null)
            starts_at = instant_on(session.rule_day, starts, zone)
            try:
                if starts_at is None:
                    raise SlotTaken
                change_session(
                    session=session,
                    starts_at=starts_at,
                    provider=provider,
                    places=max(places, taken),
                    actor=actor,
                )
            except SlotTaken:
                changed.in_the_way.append(session)
            else:
                changed.moved += 1
        create_sessions_of(rule=new)
    return changed


def stop_rule(*, rule: SessionRule, last_day: dt.date, actor: User | None) -> list[ClassSession]:
    """End a weekly class after ``last_day``: later sessions that nobody has booked are cancelled.

    Returns those that stay because somebody has booked or waits; each is the staff's to cancel.
    Raises NotADayOfTheRule.
    """
    with transaction.atomic():
        lock_features()
        ended = end_rule(rule=rule, last_day=last_day, actor=actor)
        later = ClassSession.objects.filter(
            rule=ended,
            rule_day__gt=last_day,
            cancelled_at__isnull=True,
            starts_at__gt=clock.now(),
        )
        stay: list[ClassSession] = []
        sessions = lock_in_order(ClassSession.objects.all(), later.values_list("pk", flat=True))
        for session in sessions.values():
            if session.booked_places or line_of_session(session.pk).exists():
                stay.append(session)
            else:
                cancel_session(session=session, actor=actor)
    return stay


def _lock_with_sales(session_id: int) -> tuple[ClassSession, dict[int, Sale]]:
    """The session and the sales of the bookings that stand in it, locked, sales first."""
    while True:
        try:
            with transaction.atomic():
                sales = lock_in_order(Sale.objects.all(), _sale_ids(session_id))
                locked = lock_session(session_id)
                if not _sale_ids(session_id) <= set(sales):
                    raise _SomebodyBooked
        except _SomebodyBooked:
            continue
        still = _sale_ids(session_id)
        return locked, {pk: sale for pk, sale in sales.items() if pk in still}


def _sale_ids(session_id: int) -> set[int]:
    sales = Sale.objects.filter(
        visit__bookings__session=session_id, visit__bookings__status__in=STANDING
    )
    return set(sales.values_list("pk", flat=True))


def _lock_standing(session: ClassSession) -> list[Booking]:
    ids = Booking.objects.filter(session=session, status__in=STANDING).values_list("pk", flat=True)
    locked = lock_in_order(Booking.objects.select_related("visit__client"), ids)
    return [booking for booking in locked.values() if booking.is_standing]


def _lock_what_returns(bookings: Sequence[Booking], sales: dict[int, Sale]) -> None:
    """Awards, then cards, then accounts, each by id: what follows takes them visit by visit."""
    lock_awards(bookings)
    cards = Payment.objects.filter(sale__in=sales, card_entry__isnull=False)
    lock_in_order(GiftCard.objects.all(), cards.values_list("card_entry__card_id", flat=True))
    credited = Award.objects.filter(booking__in=bookings, state=AwardState.CREDITED)
    lock_in_order(PointAccount.objects.all(), credited.values_list("account_id", flat=True))


def _visits_of(bookings: Sequence[Booking]) -> list[Visit]:
    return list({booking.visit_id: booking.visit for booking in bookings}.values())


def _move_bookings(session: ClassSession, before: ClassSession, actor: User | None) -> None:
    business = get_business()
    for booking in _lock_standing(session):
        follow_session(booking, session)
        booking.save(update_fields=OF_THE_SESSION)
        record_change(
            booking=booking,
            kind=ChangeKind.MOVED,
            actor=actor,
            starts_before=before.starts_at,
            provider_before_id=before.provider_id,
        )
        visit = booking.visit
        visit.starts_at, visit.ends_at = session.starts_at, session.ends_at
        visit.calendar_sequence += 1
        visit.save(update_fields=["starts_at", "ends_at", "calendar_sequence"])
        move_award(booking=booking, business=business, actor=actor)
        _tell(visit, "visit_moved", f"visit:{visit.pk}:moved:{visit.calendar_sequence}")


def _tell(visit: Visit, kind: str, key: str, *, reason: str = "") -> None:
    if visit.client_id is not None:
        queue_message(
            kind=kind,
            client=visit.client,
            subjects={"visit": visit.pk},
            dedupe_key=key,
            secret=reason,
        )
