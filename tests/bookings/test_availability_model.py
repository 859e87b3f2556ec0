"""Free slots of random schedules against a slow and obvious model, around the clock changes."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bookings.availability import free_slots
from bookings.models import Occupation, OccupationKind
from business.models import Business
from catalogue.models import Provider, Service
from foundation import clock
from tests.factories import ProviderFactory, ServiceFactory

pytestmark = pytest.mark.django_db

MINUTE = dt.timedelta(minutes=1)

# A zone and the first of two days, the second of which is mostly that of a change.
PLACES = [
    ("Europe/Copenhagen", dt.date(2025, 10, 25)),
    ("Europe/Copenhagen", dt.date(2026, 3, 28)),
    ("Europe/Helsinki", dt.date(2025, 10, 25)),
    ("Europe/Helsinki", dt.date(2026, 3, 28)),
    ("Europe/London", dt.date(2025, 10, 25)),
    ("America/New_York", dt.date(2026, 3, 7)),
    ("Australia/Lord_Howe", dt.date(2026, 4, 4)),
    ("Asia/Kathmandu", dt.date(2025, 11, 5)),
]

quarters = st.integers(0, 95)
stretch = st.tuples(quarters, quarters).filter(lambda pair: pair[0] < pair[1])
# Minutes after the first midnight, and how long: in fives, so that many touch a slot exactly.
taken = st.tuples(
    st.integers(-12, 600).map(lambda n: n * 5), st.integers(1, 48).map(lambda n: n * 5)
)


def _time(quarter: int) -> dt.time:
    return dt.time(quarter // 4, quarter % 4 * 15)


def _obvious(
    *,
    zone: ZoneInfo,
    days: list[dt.date],
    service: Service,
    slot_minutes: int,
    not_before: dt.datetime,
    hours: list[tuple[int, dt.time, dt.time]],
    occupied: list[tuple[dt.datetime, dt.datetime]],
) -> list[dt.datetime]:
    """Try every minute of the days; look at every minute that the visit would take."""

    def is_worked(minute: dt.datetime, day: dt.date) -> bool:
        local = minute.astimezone(zone)
        return local.date() == day and any(
            weekday == day.weekday() and opens <= local.time() < closes
            for weekday, opens, closes in hours
        )

    def is_free(minute: dt.datetime) -> bool:
        return not any(start < minute + MINUTE and minute < end for start, end in occupied)

    def fits(start: dt.datetime, day: dt.date) -> bool:
        before, after = -service.buffer_before, service.minutes + service.buffer_after
        return all(is_worked(start + n * MINUTE, day) for n in range(service.minutes)) and all(
            is_free(start + n * MINUTE) for n in range(before, after)
        )

    found = []
    minute = dt.datetime.combine(days[0], dt.time(0), tzinfo=dt.UTC) - dt.timedelta(days=1)
    for _ in range((len(days) + 2) * 1440):
        minute += MINUTE
        local = minute.astimezone(zone)
        on_raster = (local.hour * 60 + local.minute) % slot_minutes == 0
        wanted = local.date() in days and on_raster and minute >= not_before
        if wanted and fits(minute, local.date()):
            found.append(minute)
    return found


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_free_slots_agree_with_the_obvious_model(data: Any):
    zone_name, first_day = data.draw(st.sampled_from(PLACES))
    days = [first_day, first_day + dt.timedelta(days=1)]
    minutes = data.draw(st.sampled_from([5, 20, 45, 60, 90, 200]))
    before, after = data.draw(st.tuples(st.sampled_from([0, 10, 30]), st.sampled_from([0, 15])))
    slot_minutes = data.draw(st.sampled_from([15, 20, 30, 45, 60]))
    notice = data.draw(st.sampled_from([0, 60, 1500]))
    start_of_day = dt.datetime.combine(first_day, dt.time(0), tzinfo=dt.UTC)
    now = start_of_day - data.draw(st.integers(-600, 600)) * MINUTE

    with transaction.atomic(), clock.fixed(now):
        Business.objects.update(
            timezone=zone_name, slot_minutes=slot_minutes, notice_minutes=notice
        )
        service = ServiceFactory(minutes=minutes, buffer_before=before, buffer_after=after)
        expected: dict[dt.datetime, list[int]] = {}
        for position in range(2):
            week = {
                (day.weekday(), _time(low)): (day.weekday(), _time(low), _time(high))
                for day in days
                for low, high in data.draw(st.lists(stretch, max_size=3))
            }
            hours = list(week.values())
            provider = ProviderFactory(services=[service], hours=hours, position=position)
            occupied = _occupy(provider, start_of_day, data.draw(st.lists(taken, max_size=6)))
            for start in _obvious(
                zone=ZoneInfo(zone_name),
                days=days,
                service=service,
                slot_minutes=slot_minutes,
                not_before=now + notice * MINUTE,
                hours=hours,
                occupied=occupied,
            ):
                if (
                    start.astimezone(ZoneInfo(zone_name)).date()
                    >= now.astimezone(ZoneInfo(zone_name)).date()
                ):
                    expected.setdefault(start, []).append(provider.pk)

        slots = free_slots(service=service, provider=None, first_day=days[0], last_day=days[1])

        got = {slot.starts_at: list(slot.provider_ids) for day in days for slot in slots[day]}
        assert got == expected
        ordered = [slot.starts_at for day in days for slot in slots[day]]
        assert ordered == sorted(ordered)
        transaction.set_rollback(True)


def _occupy(
    provider: Provider, origin: dt.datetime, wanted: list[tuple[int, int]]
) -> list[tuple[dt.datetime, dt.datetime]]:
    """Occupations that do not overlap, written and returned."""
    free_from, occupied = None, []
    for offset, length in sorted(wanted):
        start = origin + offset * MINUTE
        if free_from is not None and start < free_from:
            continue
        free_from = start + length * MINUTE
        occupied.append((start, free_from))
        Occupation.objects.create(
            provider=provider, kind=OccupationKind.TIME_OFF, starts_at=start, ends_at=free_from
        )
    return occupied
