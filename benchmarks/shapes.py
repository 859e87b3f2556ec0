"""Salons for asking about free times: providers who work every day, and bookings ahead of them.

The same rows each time. The guards stay on, so no shape books anybody twice.
"""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass
from typing import Any

from django.db import connection

from business.models import Business
from business.profile import get_business
from catalogue.models import Category, Provider, Service, ServiceProvider, WorkingHours

OPENS, CLOSES, STEP = 9, 19, 15
QUARTERS = (CLOSES - OPENS) * 60 // STEP
LENGTH = 3  # quarters that a booking takes
MINUTES = 60  # of the service that is asked for
OLD_DAYS, OLD_A_DAY = 1_600, 13


@dataclass(frozen=True)
class Shape:
    """``providers`` from ``first_day`` for ``days``, with ``bookings`` spread over all of it. In a
    ``full`` salon no gap takes an hour until the last day, which the last provider has free."""

    providers: int
    days: int
    bookings: int
    first_day: dt.date
    full: bool = False

    @property
    def last_day(self) -> dt.date:
        return self.first_day + dt.timedelta(days=self.days - 1)

    def booked(self) -> list[tuple[int, dt.date, int]]:
        """Provider by number, day, quarter since opening."""
        chance = random.Random(self.providers * self.days)
        all_days = self.days * self.providers
        rows = []
        for each in range(all_days - self.full):
            day, number = divmod(each, self.providers)
            many = (each + 1) * self.bookings // all_days - each * self.bookings // all_days
            at = 0
            for gap in self._gaps(chance, many)[:many]:
                at += gap
                rows.append((number, self.first_day + dt.timedelta(days=day), at))
                at += LENGTH
        return rows

    def _gaps(self, chance: random.Random, many: int) -> list[int]:
        gaps = [0] * (many + 1)
        most = MINUTES // STEP - 1 if self.full else QUARTERS
        for _quarter in range(QUARTERS - LENGTH * many):
            gaps[chance.choice([at for at, gap in enumerate(gaps) if gap < most])] += 1
        return gaps


@dataclass(frozen=True)
class Salon:
    shape: Shape
    service: Service
    short_service: Service
    providers: list[Provider]

    @property
    def booked(self) -> int:
        return len(self.shape.booked())


def build(shape: Shape) -> Salon:
    """``shape`` in the database that Django is pointed at, beside what is there."""
    Business.objects.filter(pk=1).update(horizon_days=365, notice_minutes=0, slot_minutes=STEP)
    category = Category.objects.create(name_en="Free times")
    providers = [
        Provider.objects.create(name=f"Free {n}", position=100 + n) for n in range(shape.providers)
    ]
    WorkingHours.objects.bulk_create(
        WorkingHours(provider=provider, weekday=day, starts=dt.time(OPENS), ends=dt.time(CLOSES))
        for provider in providers
        for day in range(7)
    )
    services = [
        Service.objects.create(
            category=category,
            slug=f"free-{providers[0].pk}-{minutes}",
            name_en=f"{minutes} minutes",
            minutes=minutes,
            price_minor=7_200,
        )
        for minutes in (MINUTES, STEP)
    ]
    ServiceProvider.objects.bulk_create(
        ServiceProvider(service=service, provider=provider)
        for service in services
        for provider in providers
    )
    salon = Salon(shape, services[0], services[1], providers)
    zone = get_business().zone
    opening = [
        (
            providers[number].pk,
            dt.datetime.combine(day, dt.time(OPENS), tzinfo=zone).astimezone(dt.UTC)
            + dt.timedelta(minutes=STEP * quarter),
        )
        for number, day, quarter in shape.booked()
    ]
    _fill(salon, opening)
    return salon


def add_history(salon: Salon, many: int) -> None:
    """``many`` more bookings, all of them over."""
    zone = get_business().zone
    rows = []
    for back in range(2, OLD_DAYS):
        day = salon.shape.first_day - dt.timedelta(days=back)
        opens = dt.datetime.combine(day, dt.time(OPENS), tzinfo=zone).astimezone(dt.UTC)
        for provider in salon.providers:
            for number in range(OLD_A_DAY):
                rows.append((provider.pk, opens + dt.timedelta(minutes=STEP * LENGTH * number)))
                if len(rows) == many:
                    _fill(salon, rows)
                    return
    raise ValueError(f"there is no room for {many} bookings in the past")


def _fill(salon: Salon, rows: list[tuple[int, dt.datetime]]) -> None:
    """A visit, a booking and an occupation for each of ``rows``, set-based."""
    numbers: dict[str, Any] = {"service": salon.service.pk, "minutes": STEP * LENGTH}
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE wanted (provider_id bigint, starts_at timestamptz,"
            " visit_id bigint DEFAULT nextval(pg_get_serial_sequence('bookings_visit', 'id')),"
            " booking_id bigint DEFAULT nextval(pg_get_serial_sequence('bookings_booking', 'id')))"
        )
        with cursor.copy("COPY wanted (provider_id, starts_at) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        for statement in _ROWS:
            cursor.execute(statement, numbers)
        cursor.execute("DROP TABLE wanted")
        cursor.execute("VACUUM (ANALYZE) bookings_occupation, bookings_booking, bookings_visit")


_ROWS = (
    """
    INSERT INTO bookings_visit (id, ref, source, note, starts_at, ends_at, calendar_sequence,
      created_at, client_id)
    SELECT visit_id, 'F' || visit_id, 'online', '', starts_at,
      starts_at + make_interval(mins => %(minutes)s), 0, starts_at - interval '1 day', 1
    FROM wanted ORDER BY visit_id""",
    """
    INSERT INTO bookings_booking (id, kind, service_name_en, service_name_da, service_name_fi,
      places, price_minor, starts_at, ends_at, blocked_from, blocked_to, status,
      status_changed_at, cancelled_by_client, by_points, provider_id, service_id, visit_id)
    SELECT booking_id, 'appointment', 'Free', '', '', 1, 7200, starts_at, ends_at, starts_at,
      ends_at, 'booked', starts_at - interval '1 day', false, false, provider_id, %(service)s,
      visit_id
    FROM (SELECT *, starts_at + make_interval(mins => %(minutes)s) AS ends_at FROM wanted) w
    ORDER BY booking_id""",
    """
    INSERT INTO bookings_occupation (kind, starts_at, ends_at, reason, booking_id, provider_id)
    SELECT 'booking', starts_at, starts_at + make_interval(mins => %(minutes)s), '', booking_id,
      provider_id
    FROM wanted ORDER BY booking_id""",
)
