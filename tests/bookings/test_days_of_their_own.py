"""Holidays, opening exceptions, and a provider's hours on a date."""

from __future__ import annotations

import datetime as dt

import pytest

from bookings.availability import find_slot, free_slots
from bookings.errors import OutsideHours
from bookings.lines import Line
from business.models import SpecialDay
from catalogue.models import DateHours, Provider
from tests.bookings.conftest import HELSINKI, SUNDAY, WEDNESDAY, at

pytestmark = pytest.mark.django_db


def span(line: Line, day: dt.date = WEDNESDAY) -> tuple[str, str] | None:
    """The first and the last time on offer."""
    slots = free_slots(lines=[line], first_day=day, last_day=day)[day]
    walls = [f"{slot.starts_at.astimezone(HELSINKI):%H:%M}" for slot in slots]
    return (walls[0], walls[-1]) if walls else None


def special(kind: str, opens: int | None = None, closes: int | None = None, day=WEDNESDAY) -> None:
    SpecialDay.objects.create(
        day=day,
        kind=kind,
        opens=None if opens is None else dt.time(opens),
        closes=None if closes is None else dt.time(closes),
    )


def own(provider: Provider, starts: int | None = None, ends: int | None = None, day=WEDNESDAY):
    DateHours.objects.create(
        provider=provider,
        day=day,
        starts=None if starts is None else dt.time(starts),
        ends=None if ends is None else dt.time(ends),
    )


def test_nothing_is_free_on_a_holiday(haircut, freja):
    special("closed")

    assert span(Line(haircut)) is None
    assert span(Line(haircut), WEDNESDAY + dt.timedelta(days=1)) == ("09:00", "16:00")
    with pytest.raises(OutsideHours):
        find_slot(lines=[Line(haircut)], starts_at=at(10))


def test_staff_may_book_somebody_on_a_holiday(haircut, freja):
    special("closed")
    assert find_slot(lines=[Line(haircut, freja)], starts_at=at(10), for_staff=True)


def test_a_shorter_day_cuts_everybodys_hours(massage, freja, ville):
    special("shorter", 11, 20)
    assert span(Line(massage)) == ("11:00", "16:00")


def test_a_shorter_day_opens_for_nobody_who_does_not_work(haircut, freja):
    special("shorter", 10, 12, day=SUNDAY)
    assert span(Line(haircut), SUNDAY) is None


def test_an_extra_day_is_worked_by_everybody(massage, freja, ville):
    special("extra", 12, 15, day=SUNDAY)

    assert span(Line(massage), SUNDAY) == ("12:00", "14:00")
    assert span(Line(massage, ville), SUNDAY) == ("12:00", "14:00")


def test_an_extra_day_stands_instead_of_the_week(haircut, freja):
    special("extra", 18, 20)
    assert span(Line(haircut)) == ("18:00", "19:00")


def test_hours_on_a_date_stand_instead_of_the_week(massage, freja, ville):
    own(freja, 7, 9)
    own(freja, 19, 20)

    slots = free_slots(lines=[Line(massage, freja)], first_day=WEDNESDAY, last_day=WEDNESDAY)
    walls = [f"{slot.starts_at.astimezone(HELSINKI):%H:%M}" for slot in slots[WEDNESDAY]]
    assert walls == ["07:00", "07:15", "07:30", "07:45", "08:00", "19:00"]
    assert span(Line(massage, ville)) == ("09:00", "16:00")


def test_a_day_off(massage, freja, ville):
    own(freja)

    assert span(Line(massage, freja)) is None
    assert span(Line(massage)) == ("09:00", "16:00")


def test_a_day_off_goes_before_hours_on_the_same_date(haircut, freja):
    own(freja, 10, 12)
    own(freja)
    assert span(Line(haircut)) is None


@pytest.mark.parametrize("kind", ["closed", "shorter", "extra"])
def test_an_own_date_goes_before_the_business(haircut, freja, kind):
    special(kind, *(() if kind == "closed" else (12, 13)))
    own(freja, 9, 11)
    assert span(Line(haircut)) == ("09:00", "10:00")
