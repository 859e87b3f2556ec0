"""Where things stand in a day, over both changes of the clock in six zones."""

from __future__ import annotations

import datetime as dt
import re
from zoneinfo import ZoneInfo

import pytest

from backoffice.calendar_frame import STEP, frame_of
from business.models import Business

pytestmark = pytest.mark.once

# The days on which the clocks change, and an ordinary one.
DAYS = {
    "Europe/Copenhagen": ("2026-03-29", "2026-10-25", "2026-06-10"),
    "Europe/Helsinki": ("2026-03-29", "2026-10-25", "2026-06-10"),
    "Europe/London": ("2026-03-29", "2026-10-25", "2026-06-10"),
    "America/New_York": ("2026-03-08", "2026-11-01", "2026-06-10"),
    "Australia/Lord_Howe": ("2026-10-04", "2026-04-05", "2026-06-10"),
    "Asia/Kathmandu": ("2026-06-10",),
}
CASES = [(zone, dt.date.fromisoformat(day)) for zone, days in DAYS.items() for day in days]
HOUR = 3600


def bounds(zone: str, day: dt.date) -> tuple[int, int]:
    midnights = (
        dt.datetime.combine(each, dt.time.min, tzinfo=ZoneInfo(zone))
        for each in (day, day + dt.timedelta(days=1))
    )
    low, high = (int(each.timestamp()) for each in midnights)
    return low, high


def steps(place: str) -> tuple[int, int]:
    """Steps from the top and steps long, read back from the classes."""
    h, m, lh, lm = (int(number) for number in re.findall(r"\d+", place))
    return h * 12 + m, lh * 12 + lm


@pytest.mark.parametrize(("zone", "day"), CASES)
def test_every_five_minutes_of_the_day_have_a_place_of_their_own(zone: str, day: dt.date) -> None:
    low, high = bounds(zone, day)
    frame = frame_of(Business(timezone=zone), day, [(low, high)])

    assert (frame.first, frame.last) == (low, high)
    instants = range(low, high, STEP)
    assert [steps(frame.place(at, at + STEP)) for at in instants] == [
        (number, 1) for number in range(len(instants))
    ]


@pytest.mark.parametrize(("zone", "day"), CASES)
def test_the_frame_begins_and_ends_on_full_hours_of_the_wall(zone: str, day: dt.date) -> None:
    low, high = bounds(zone, day)
    for starts in range(low, high - 2 * HOUR, 25 * 60):
        within = (starts, starts + 70 * 60)
        frame = frame_of(Business(timezone=zone), day, [within])

        assert low <= frame.first <= within[0]
        assert within[1] <= frame.last <= high
        for edge in {frame.first, frame.last} - {low, high}:
            # On Lord Howe the clocks change by half an hour: there an hour is cut in two.
            minute = dt.datetime.fromtimestamp(edge, ZoneInfo(zone)).minute
            assert minute == 0 or (zone, minute) == ("Australia/Lord_Howe", 30)


@pytest.mark.parametrize(
    ("zone", "day", "text"),
    [
        ("Europe/Helsinki", "2026-10-25", "03:00"),
        ("Europe/Copenhagen", "2026-10-25", "02:00"),
        ("Europe/London", "2026-10-25", "01:00"),
        ("America/New_York", "2026-11-01", "01:00"),
    ],
)
def test_the_hour_that_comes_twice_is_marked_twice(zone: str, day: str, text: str) -> None:
    date = dt.date.fromisoformat(day)
    frame = frame_of(Business(timezone=zone), date, [bounds(zone, date)])

    assert [(mark.text, mark.again) for mark in frame.marks if mark.again] == [(text, 1), (text, 2)]
    assert len(frame.marks) == 25


def test_what_lies_beyond_the_frame_is_cut_off() -> None:
    day = dt.date(2026, 6, 10)
    low, _ = bounds("Europe/Helsinki", day)
    frame = frame_of(Business(timezone="Europe/Helsinki"), day, [(low + 9 * HOUR, low + 17 * HOUR)])

    assert steps(frame.place(low, low + 10 * HOUR)) == (0, 12)
    assert steps(frame.place(low + 16 * HOUR, low + 30 * HOUR)) == (7 * 12, 12)
    assert not frame.holds(low, low + 9 * HOUR)


def test_a_day_of_nothing_shows_the_usual_hours() -> None:
    frame = frame_of(Business(timezone="Europe/Helsinki"), dt.date(2026, 6, 10), [])

    assert [mark.text for mark in frame.marks] == [f"{hour:02}:00" for hour in range(9, 17)]
