"""One day of the calendar (ux S2): a column for each person who works or is booked.

Read in the same number of queries whatever is booked. What it says of the day is plain values, so
that its fingerprint tells whether anything has changed since somebody looked.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from backoffice.calendar_frame import Frame, frame_of
from backoffice.calendar_items import Item, booking_item, class_item, off_item
from backoffice.waiting_tray import Line, read_lines
from bookings.models import (
    STANDING,
    Booking,
    BookingKind,
    BookingStatus,
    ClassSession,
    Occupation,
    OccupationKind,
)
from bookings.rota import rota_of
from bookings.visits import visits_before
from bookings.wall_clock import Interval, to_instant, whole_seconds
from business.models import Business, SpecialDayKind
from business.profile import local_day_bounds
from catalogue.models import Provider
from foundation.models import User
from foundation.writing import write_clock
from loyalty.rewards import gift_card_rewards

# No visit and no class lasts longer: what began before that is over.
_LONGEST = dt.timedelta(days=1)


@dataclass(frozen=True)
class Column:
    """One person's day. ``open`` and ``buffers`` are where the background is drawn."""

    pk: int
    name: str
    hours: str
    booked_minutes: int
    open: tuple[str, ...]
    buffers: tuple[str, ...]
    items: tuple[Item, ...]

    @property
    def booked(self) -> str:
        hours, minutes = divmod(self.booked_minutes, 60)
        if not hours:
            return _("%(minutes)s min booked") % {"minutes": minutes}
        if not minutes:
            return _("%(hours)s h booked") % {"hours": hours}
        return _("%(hours)s h %(minutes)s min booked") % {"hours": hours, "minutes": minutes}


@dataclass(frozen=True)
class Day:
    """``closed`` is the name of the special day on which the business is closed, or None;
    ``people`` are all who can be chosen, with whether their column is shown."""

    day: dt.date
    frame: Frame
    columns: tuple[Column, ...]
    people: tuple[tuple[int, str, bool], ...]
    closed: str | None
    works: bool = field(default=False)
    waiting: tuple[Line, ...] = ()

    @property
    def items(self) -> list[Item]:
        """Everything in the order of the day, for the agenda."""
        rows = [item for column in self.columns for item in column.items]
        return sorted(rows, key=lambda item: (item.starts_at, item.provider, item.pk))

    @property
    def booked(self) -> int:
        return sum(item.kind == "booking" for item in self.items)

    @property
    def waits(self) -> int:
        return sum(len(line.waiters) for line in self.waiting)

    @property
    def fingerprint(self) -> str:
        text = f"{get_language()} {self!r}"
        return hashlib.blake2b(text.encode(), digest_size=12).hexdigest()


def read_day(
    user: User, business: Business, day: dt.date, *, who: Sequence[int], zoom: str, may_book: bool
) -> Day:
    """The day as ``user`` may see it, for the people ``who`` or everybody with something to do."""
    low, high = local_day_bounds(business, day)
    mine = Q() if user.has_perm("bookings.see_all_bookings") else Q(provider__user=user)
    bookings = list(_bookings(low, high).filter(mine))
    sessions = list(_sessions(low, high).filter(mine))
    off = list(
        Occupation.objects.touching(low, high)
        .filter(mine, kind=OccupationKind.TIME_OFF)
        .select_related("provider")
    )
    busy: list[Booking | ClassSession] = [*bookings, *sessions]
    people = _people(user, {each.provider_id for each in busy}, everybody=not mine)
    rota, special = rota_of(business, day, [person.pk for person in people])
    frame = frame_of(business, day, _within(rota.values(), bookings, sessions))

    needed = gift_card_rewards()
    enough = min(needed.values()) if needed else None
    items: dict[int, list[Item]] = defaultdict(list)
    buffers: dict[int, list[str]] = defaultdict(list)
    for booking in bookings:
        item = booking_item(
            booking,
            frame.place(booking.starts_at.timestamp(), booking.ends_at.timestamp()),
            business=business,
            enough=enough,
            may_move=may_book,
        )
        items[booking.provider_id].append(item)
        buffers[booking.provider_id] += _buffers(frame, booking)
    for session in sessions:
        place = frame.place(session.starts_at.timestamp(), session.ends_at.timestamp())
        items[session.provider_id].append(class_item(session, place))
    for each in off:
        span = (each.starts_at.timestamp(), each.ends_at.timestamp())
        if frame.holds(*span):
            items[each.provider_id].append(off_item(each, frame.place(*span)))

    # Somebody asked for who is not here: everybody, rather than an empty day.
    chosen = {person.pk for person in people} & set(who)
    columns, shown = [], set()
    for person in people:
        if (person.pk in chosen) if chosen else (rota[person.pk] or items[person.pk]):
            shown.add(person.pk)
            drawn = [item.at_zoom(zoom) for item in items[person.pk]]
            columns.append(
                _column(business, frame, person, rota[person.pk], drawn, buffers[person.pk])
            )
    is_closed = special is not None and special.kind == SpecialDayKind.CLOSED
    return Day(
        day=day,
        frame=frame,
        columns=tuple(columns),
        people=tuple((person.pk, person.name, person.pk in shown) for person in people),
        closed=special.name if special is not None and is_closed else None,
        works=any(rota[column.pk] for column in columns),
        waiting=read_lines(day, mine, may_book=may_book),
    )


def _bookings(low: dt.datetime, high: dt.datetime) -> QuerySet[Booking]:
    earlier = visits_before(OuterRef("visit__client"), OuterRef("visit__starts_at"))
    rows = Booking.objects.filter(
        kind=BookingKind.APPOINTMENT,
        status__in=(*STANDING, BookingStatus.NO_SHOW),
        visit__hidden_at__isnull=True,
        starts_at__gt=low - _LONGEST,
        starts_at__lt=high,
        ends_at__gt=low,
    )
    return (
        rows.annotate(is_first_visit=~Exists(earlier))
        .select_related("provider", "visit__client__point_account", "visit__sale")
        .order_by("starts_at", "pk")
    )


def _sessions(low: dt.datetime, high: dt.datetime) -> QuerySet[ClassSession]:
    rows = ClassSession.objects.filter(
        cancelled_at__isnull=True,
        starts_at__gt=low - _LONGEST,
        starts_at__lt=high,
        ends_at__gt=low,
    )
    return rows.select_related("provider", "service")


def _people(user: User, busy: set[int], *, everybody: bool) -> list[Provider]:
    """Who is on offer, and who is not any more but still has something on this day."""
    rows = Provider.objects.filter(Q(archived_at__isnull=True) | Q(pk__in=busy))
    return list(rows if everybody else rows.filter(user=user))


def _within(
    rota: Iterable[list[Interval]], bookings: list[Booking], sessions: list[ClassSession]
) -> list[Interval]:
    """Everything that must be seen; time off is only seen where somebody works."""
    worked = [stretch for stretches in rota for stretch in stretches]
    booked = [whole_seconds(each.blocked_from, each.blocked_to) for each in bookings]
    return worked + booked + [whole_seconds(each.starts_at, each.ends_at) for each in sessions]


def _buffers(frame: Frame, booking: Booking) -> list[str]:
    spans = ((booking.blocked_from, booking.starts_at), (booking.ends_at, booking.blocked_to))
    return [
        frame.place(low.timestamp(), high.timestamp())
        for low, high in spans
        if low < high and frame.holds(low.timestamp(), high.timestamp())
    ]


def _column(
    business: Business,
    frame: Frame,
    person: Provider,
    worked: list[Interval],
    items: list[Item],
    buffers: list[str],
) -> Column:
    hours = ", ".join(
        f"{write_clock(to_instant(low), business.zone)}"
        f"\N{EN DASH}{write_clock(to_instant(high), business.zone)}"
        for low, high in worked
    )
    return Column(
        pk=person.pk,
        name=person.name,
        hours=hours,
        booked_minutes=sum(item.minutes for item in items if item.is_work),
        open=tuple(frame.place(low, high) for low, high in worked),
        buffers=tuple(buffers),
        items=tuple(sorted(items, key=lambda item: (item.starts_at, item.pk))),
    )
