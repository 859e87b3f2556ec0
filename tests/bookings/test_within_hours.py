"""What is listed as free for staff is within the hours; what they name outside can be booked."""

from __future__ import annotations

import pytest

from bookings.availability import find_chain, find_slot, free_slots
from bookings.lines import Line
from catalogue.models import Provider, Service
from tests.bookings.conftest import HELSINKI, WEDNESDAY, at

pytestmark = pytest.mark.django_db


def test_free_times_for_staff_keep_every_line_within_the_hours(
    haircut: Service, massage: Service, freja: Provider, ville: Provider
) -> None:
    """Both work until 17:00: two hours begin at 15:00 at the latest."""
    lines = [Line(haircut, freja), Line(massage, ville)]

    listed = free_slots(lines=lines, first_day=WEDNESDAY, last_day=WEDNESDAY, for_staff=True)

    last = listed[WEDNESDAY][-1]
    assert f"{last.starts_at.astimezone(HELSINKI):%H:%M}" == "15:00"


def test_staff_still_book_a_named_time_outside(
    haircut: Service, massage: Service, freja: Provider, ville: Provider
) -> None:
    lines = [Line(haircut, freja), Line(massage, ville)]

    assert find_slot(lines=lines, starts_at=at(16), for_staff=True).ends_at == at(18)
    assert find_chain(lines=lines, starts_at=at(16), for_staff=True)[1]
