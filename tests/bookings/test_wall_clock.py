"""Wall-clock hours as real instants, over both changes of the clocks (reliability F08)."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookings.wall_clock import (
    day_pieces,
    is_on_raster,
    merge,
    raster,
    to_instant,
    wall_seconds,
    whole_seconds,
    worked,
)

HALF_HOUR = 1800
NIGHT = [(0, 6 * 3600)]

# Zone, the day of the change, hours on that day.
CHANGES = [
    ("Europe/Copenhagen", dt.date(2026, 3, 29), 23),
    ("Europe/Copenhagen", dt.date(2025, 10, 26), 25),
    ("Europe/Helsinki", dt.date(2026, 3, 29), 23),
    ("Europe/Helsinki", dt.date(2025, 10, 26), 25),
    ("Europe/London", dt.date(2026, 3, 29), 23),
    ("America/New_York", dt.date(2025, 11, 2), 25),
    ("America/Havana", dt.date(2025, 11, 2), 25),  # midnight itself comes twice
    ("Africa/Cairo", dt.date(2026, 4, 24), 23),  # midnight itself is missing
    ("Australia/Lord_Howe", dt.date(2026, 4, 5), 24.5),
    ("Australia/Lord_Howe", dt.date(2025, 10, 5), 23.5),
    ("Asia/Kathmandu", dt.date(2025, 10, 26), 24),
]


def offered(zone: str, day: dt.date, hours: list[tuple[int, int]] = NIGHT) -> list[str]:
    """Half-hourly starts within ``hours``, as the wall shows them, with the offset."""
    pieces = day_pieces(ZoneInfo(zone), day)
    return [
        f"{to_instant(start).astimezone(ZoneInfo(zone)):%H:%M%z}"
        for stretch in worked(pieces, hours)
        for start in raster(pieces, within=stretch, step=HALF_HOUR)
    ]


def test_the_missing_hour_of_spring_is_not_offered_in_helsinki():
    assert offered("Europe/Helsinki", dt.date(2026, 3, 29)) == [
        *["00:00+0200", "00:30+0200", "01:00+0200", "01:30+0200", "02:00+0200", "02:30+0200"],
        *["04:00+0300", "04:30+0300", "05:00+0300", "05:30+0300"],
    ]


def test_the_doubled_hour_of_autumn_is_offered_twice_in_helsinki():
    assert offered("Europe/Helsinki", dt.date(2025, 10, 26)) == [
        *["00:00+0300", "00:30+0300", "01:00+0300", "01:30+0300", "02:00+0300", "02:30+0300"],
        *["03:00+0300", "03:30+0300", "03:00+0200", "03:30+0200"],
        *["04:00+0200", "04:30+0200", "05:00+0200", "05:30+0200"],
    ]


def test_the_missing_hour_of_spring_is_not_offered_in_copenhagen():
    times = offered("Europe/Copenhagen", dt.date(2026, 3, 29))
    assert times[3:6] == ["01:30+0100", "03:00+0200", "03:30+0200"]
    assert len(times) == 10


def test_the_doubled_hour_of_autumn_is_offered_twice_in_copenhagen():
    times = offered("Europe/Copenhagen", dt.date(2025, 10, 26))
    assert times[4:8] == ["02:00+0200", "02:30+0200", "02:00+0100", "02:30+0100"]
    assert len(times) == 14


def test_hours_that_end_inside_the_doubled_hour_are_worked_twice():
    """Whoever works until 02:30 by the wall clock works both times it shows 02:15."""
    pieces = day_pieces(ZoneInfo("Europe/Copenhagen"), dt.date(2025, 10, 26))
    stretches = worked(pieces, [(0, 2 * 3600 + HALF_HOUR)])
    assert [end - start for start, end in stretches] == [2 * 3600 + HALF_HOUR, HALF_HOUR]


def test_hours_inside_the_missing_hour_are_not_worked():
    pieces = day_pieces(ZoneInfo("Europe/Copenhagen"), dt.date(2026, 3, 29))
    assert worked(pieces, [(2 * 3600, 3 * 3600)]) == []


@pytest.mark.parametrize(("zone", "day", "hours"), CHANGES)
def test_a_day_is_as_long_as_it_is(zone: str, day: dt.date, hours: float):
    pieces = day_pieces(ZoneInfo(zone), day)
    assert sum(piece.ends - piece.starts for piece in pieces) == hours * 3600


@pytest.mark.parametrize(("zone", "day", "hours"), CHANGES)
def test_every_second_of_a_piece_shows_its_wall_time_on_that_day(
    zone: str, day: dt.date, hours: float
):
    for piece in day_pieces(ZoneInfo(zone), day):
        for instant in (piece.starts, (piece.starts + piece.ends) // 2, piece.ends - 1):
            local = to_instant(instant).astimezone(ZoneInfo(zone))
            assert local.date() == day
            assert wall_seconds(local.time()) == instant + piece.shift


@given(
    zone=st.sampled_from(sorted({zone for zone, _day, _hours in CHANGES})),
    day=st.dates(dt.date(2024, 1, 1), dt.date(2029, 12, 31)),
)
def test_days_follow_each_other_without_gap_or_overlap(zone: str, day: dt.date):
    today = day_pieces(ZoneInfo(zone), day)
    tomorrow = day_pieces(ZoneInfo(zone), day + dt.timedelta(days=1))
    assert today[-1].ends == tomorrow[0].starts
    assert all(piece.starts < piece.ends for piece in today)


def test_touching_and_overlapping_stretches_are_one():
    assert merge([(5, 7), (1, 3), (3, 5), (9, 9), (10, 12), (11, 15)]) == [(1, 7), (10, 15)]


def test_what_is_taken_is_rounded_outwards():
    start = dt.datetime(2025, 11, 4, 9, 0, 0, 500_000, tzinfo=dt.UTC)
    low, high = whole_seconds(start, start + dt.timedelta(seconds=1))
    assert (to_instant(low).microsecond, high - low) == (0, 2)


def test_is_on_raster_follows_the_wall_clock():
    """Kathmandu is 5 h 45 min ahead: a quarter past in UTC is a full hour there."""
    pieces = day_pieces(ZoneInfo("Asia/Kathmandu"), dt.date(2025, 11, 4))
    quarter_past = int(dt.datetime(2025, 11, 4, 3, 15, tzinfo=dt.UTC).timestamp())
    assert is_on_raster(pieces, quarter_past, 3600)
    assert not is_on_raster(pieces, quarter_past + 60, 3600)
    assert not is_on_raster(pieces, quarter_past + 86400, 3600)
