"""Free times: working hours minus what is occupied, on the business's raster.

A slot is computed, never stored, and nothing here takes a lock: who books a slot finds out from the
database whether it is still free (``occupying.py``). Whatever the number of days and providers,
there are at most four queries: the business, the clock, the hours, the occupations.
"""

from __future__ import annotations

import datetime as dt
import math
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from django.db.models import Count, Q

from bookings.errors import (
    InThePast,
    NotOffered,
    OutsideHours,
    SlotTaken,
    TooFar,
    TooSoon,
)
from bookings.models import Hold, Occupation, OccupationKind
from bookings.wall_clock import (
    Interval,
    Piece,
    day_pieces,
    is_on_raster,
    raster,
    to_instant,
    wall_seconds,
    whole_seconds,
    worked,
)
from business.models import Business
from business.profile import get_business, local_day_bounds
from catalogue.models import Provider, Service, WorkingHours
from foundation import clock

# How far around a lost slot others are looked for.
_LOOK_BACK_DAYS, _LOOK_AHEAD_DAYS = 2, 14


@dataclass(frozen=True, slots=True)
class Slot:
    """A free time (UTC instants) and everybody who could take it, in the business's order."""

    starts_at: dt.datetime
    ends_at: dt.datetime
    provider_ids: tuple[int, ...]


@dataclass
class _Calendar:
    """What decides about free times between two days, read once."""

    business: Business
    now: dt.datetime
    service: Service
    for_staff: bool
    pieces: dict[dt.date, list[Piece]]
    hours: dict[int, dict[int, list[Interval]]] = field(default_factory=dict)
    busy: dict[int, list[Interval]] = field(default_factory=dict)

    @property
    def today(self) -> dt.date:
        return self.now.astimezone(self.business.zone).date()

    @property
    def last_online_day(self) -> dt.date:
        return self.today + dt.timedelta(days=self.business.horizon_days)

    @property
    def earliest(self) -> float:
        """A slot may not begin before this. Staff may still book what is not over."""
        if self.for_staff:
            return math.floor(self.now.timestamp()) - self.service.minutes * 60 + 1
        return self.now.timestamp() + self.business.notice_minutes * 60

    def is_offered(self) -> bool:
        service = self.service
        if service.is_class or service.archived_at is not None:
            return False
        return service.online or self.for_staff

    def blocked(self, starts: int) -> Interval:
        """What a visit that begins at ``starts`` takes of its provider, buffers included."""
        service = self.service
        return (
            starts - service.buffer_before * 60,
            starts + (service.minutes + service.buffer_after) * 60,
        )

    def worked_on(self, provider_id: int, day: dt.date) -> list[Interval]:
        hours = self.hours.get(provider_id, {}).get(day.weekday(), [])
        return worked(self.pieces[day], hours)

    def works(self, provider_id: int, day: dt.date, starts: int) -> bool:
        ends = starts + self.service.minutes * 60
        return any(low <= starts and ends <= high for low, high in self.worked_on(provider_id, day))

    def is_free(self, provider_id: int, starts: int) -> bool:
        busy = self.busy.get(provider_id, [])
        low, high = self.blocked(starts)
        position = bisect_right(busy, low, key=lambda interval: interval[1])
        return position == len(busy) or busy[position][0] >= high


def _read(
    business: Business,
    *,
    service: Service,
    provider: Provider | None,
    days: Iterable[dt.date],
    ignoring: Hold | None,
    for_staff: bool,
) -> _Calendar:
    zone = business.zone
    calendar = _Calendar(
        business=business,
        now=clock.now(),
        service=service,
        for_staff=for_staff,
        pieces={day: day_pieces(zone, day) for day in days},
    )
    hours = WorkingHours.objects.filter(
        provider__provides__service=service, provider__archived_at__isnull=True
    )
    if provider is not None:
        hours = hours.filter(provider=provider)
    for provider_id, weekday, opens, closes in hours.order_by(
        "provider__position", "provider_id", "starts"
    ).values_list("provider_id", "weekday", "starts", "ends"):
        week = calendar.hours.setdefault(provider_id, defaultdict(list))
        week[weekday].append((wall_seconds(opens), wall_seconds(closes)))
    wanted = set(calendar.hours) if provider is None else {provider.pk}
    if calendar.pieces and wanted:
        calendar.busy = _busy(calendar, wanted, ignoring)
    return calendar


def _busy(
    calendar: _Calendar, provider_ids: set[int], ignoring: Hold | None
) -> dict[int, list[Interval]]:
    """What is taken, by provider, in order. The database keeps one provider's apart."""
    first, last = min(calendar.pieces), max(calendar.pieces)
    low, _high = calendar.blocked(calendar.pieces[first][0].starts)
    _low, high = calendar.blocked(calendar.pieces[last][-1].ends)
    taken = (
        Occupation.objects.touching(to_instant(low), to_instant(high))
        .filter(provider_id__in=provider_ids)
        .filter(Q(hold__isnull=True) | Q(hold__expires_at__gt=calendar.now))
    )
    if ignoring is not None:
        taken = taken.exclude(hold_id=ignoring.pk)
    busy: dict[int, list[Interval]] = defaultdict(list)
    for provider_id, starts_at, ends_at in taken.order_by("provider_id", "starts_at").values_list(
        "provider_id", "starts_at", "ends_at"
    ):
        busy[provider_id].append(whole_seconds(starts_at, ends_at))
    return busy


def _free_starts(calendar: _Calendar, provider_id: int, day: dt.date) -> Iterator[int]:
    pieces = calendar.pieces[day]
    busy = calendar.busy.get(provider_id, [])
    before, length = calendar.service.buffer_before * 60, calendar.service.minutes * 60
    after, step = calendar.service.buffer_after * 60, calendar.business.slot_minutes * 60
    earliest = calendar.earliest
    # Both the busy times and the candidates ascend: one walk over each.
    position = bisect_right(busy, pieces[0].starts - before, key=lambda interval: interval[1])
    for low, high in calendar.worked_on(provider_id, day):
        for starts in raster(pieces, within=(low, high), step=step):
            ends = starts + length
            if starts < earliest:
                continue
            if ends > high:
                break
            while position < len(busy) and busy[position][1] <= starts - before:
                position += 1
            if position == len(busy) or busy[position][0] >= ends + after:
                yield starts


def _slots_of_day(calendar: _Calendar, day: dt.date) -> list[Slot]:
    if not calendar.for_staff and not calendar.today <= day <= calendar.last_online_day:
        return []
    takers: dict[int, list[int]] = defaultdict(list)
    for provider_id in calendar.hours:
        for starts in _free_starts(calendar, provider_id, day):
            takers[starts].append(provider_id)
    length = calendar.service.minutes * 60
    return [
        Slot(to_instant(starts), to_instant(starts + length), tuple(takers[starts]))
        for starts in sorted(takers)
    ]


def _days(first_day: dt.date, last_day: dt.date) -> list[dt.date]:
    return [first_day + dt.timedelta(days=n) for n in range((last_day - first_day).days + 1)]


def free_slots(
    *,
    service: Service,
    provider: Provider | None,
    first_day: dt.date,
    last_day: dt.date,
    ignoring: Hold | None = None,
    for_staff: bool = False,
) -> dict[dt.date, list[Slot]]:
    """Free times of an appointment service on each local day from ``first_day`` to ``last_day``.

    Every day of the range is a key. Without ``provider``, a slot is free when anyone is. The hold
    ``ignoring`` counts as free time: it belongs to who asks. The website's notice and horizon do
    not bind staff, who are offered all that is not over. At most four queries.
    """
    days = _days(first_day, last_day)
    calendar = _read(
        get_business(),
        service=service,
        provider=provider,
        days=days,
        ignoring=ignoring,
        for_staff=for_staff,
    )
    if not calendar.is_offered():
        return {day: [] for day in days}
    return {day: _slots_of_day(calendar, day) for day in days}


def first_free_slot(
    *, service: Service, provider: Provider | None, within_days: int = 14
) -> Slot | None:
    """The earliest slot that the website offers from today on, or None."""
    today = clock.now().astimezone(get_business().zone).date()
    days = free_slots(
        service=service,
        provider=provider,
        first_day=today,
        last_day=today + dt.timedelta(days=within_days - 1),
    )
    return next((slots[0] for slots in days.values() if slots), None)


def nearest_slots(
    *,
    service: Service,
    provider: Provider | None,
    around: dt.datetime,
    count: int = 3,
    for_staff: bool = False,
) -> list[Slot]:
    """Up to ``count`` free slots closest to ``around``, earliest first: for who lost that time."""
    day = around.astimezone(get_business().zone).date()
    by_day = free_slots(
        service=service,
        provider=provider,
        first_day=day - dt.timedelta(days=_LOOK_BACK_DAYS),
        last_day=day + dt.timedelta(days=_LOOK_AHEAD_DAYS),
        for_staff=for_staff,
    )
    slots = [slot for slots in by_day.values() for slot in slots]
    slots.sort(key=lambda slot: (abs(slot.starts_at - around), slot.starts_at))
    return sorted(slots[:count], key=lambda slot: slot.starts_at)


def find_slot(
    *,
    service: Service,
    provider: Provider | None,
    starts_at: dt.datetime,
    ignoring: Hold | None = None,
    for_staff: bool = False,
) -> Slot:
    """The slot at ``starts_at``, if it is free and allowed now.

    Raises SlotTaken with the nearest free slots, or the OutsideRules that names the rule. Staff who
    name a provider may book outside the raster, the hours and what the provider usually does; the
    face warns them first. Nobody may book over something else.
    """
    business = get_business()
    day, starts = starts_at.astimezone(business.zone).date(), int(starts_at.timestamp())
    calendar = _read(
        business,
        service=service,
        provider=provider,
        days=[day],
        ignoring=ignoring,
        for_staff=for_staff,
    )
    if not calendar.is_offered() or (provider is not None and provider.archived_at is not None):
        raise NotOffered
    if not for_staff:
        _check_online(calendar, day, starts_at)
    elif starts < calendar.earliest:
        raise InThePast
    if for_staff and provider is not None:
        working = [provider.pk]
    else:
        working = [pk for pk in calendar.hours if calendar.works(pk, day, starts)]
    if not working:
        raise OutsideHours
    free = [pk for pk in working if calendar.is_free(pk, starts)]
    if not free:
        raise SlotTaken(
            nearest=nearest_slots(
                service=service, provider=provider, around=starts_at, for_staff=for_staff
            )
        )
    return Slot(starts_at, starts_at + dt.timedelta(minutes=service.minutes), tuple(free))


def _check_online(calendar: _Calendar, day: dt.date, starts_at: dt.datetime) -> None:
    business = calendar.business
    if starts_at < calendar.now:
        raise InThePast
    if starts_at < calendar.now + dt.timedelta(minutes=business.notice_minutes):
        raise TooSoon(minutes=business.notice_minutes)
    if day > calendar.last_online_day:
        raise TooFar(days=business.horizon_days)
    on_raster = starts_at.microsecond == 0 and is_on_raster(
        calendar.pieces[day], int(starts_at.timestamp()), business.slot_minutes * 60
    )
    if not on_raster:
        raise OutsideHours


def fairest_first(*, slot: Slot) -> list[int]:
    """Ids of the slot's providers: who has the fewest bookings and classes on its day first.

    Ties keep the business's order, so the same question gets the same answer.
    """
    if len(slot.provider_ids) < 2:
        return list(slot.provider_ids)
    business = get_business()
    low, high = local_day_bounds(business, slot.starts_at.astimezone(business.zone).date())
    load = dict(
        Occupation.objects.touching(low, high)
        .filter(
            provider_id__in=slot.provider_ids,
            kind__in=[OccupationKind.BOOKING, OccupationKind.SESSION],
        )
        .values_list("provider_id")
        .annotate(many=Count("id"))
    )
    return sorted(slot.provider_ids, key=lambda pk: load.get(pk, 0))


def choose_provider(*, slot: Slot, service: Service) -> Provider:
    """Who takes the slot when the client does not mind: the fewest bookings that day."""
    return service.providers.get(pk=fairest_first(slot=slot)[0])
