"""Addresses, times and words that the tests of bookings in the panel share."""

from __future__ import annotations

import datetime as dt
from typing import Any

from bookings.models import Booking

LIST = "/admin/bookings/"
# In Helsinki; the clock of the tests stands at 11:00 there.
TODAY = "2025-11-04"


def at(hour: int, *, day: int = 4) -> dt.datetime:
    """A full hour of November 2025 on Helsinki's wall clock."""
    return dt.datetime(2025, 11, day, hour - 2, tzinfo=dt.UTC)


def page(booking: Booking, act: str = "") -> str:
    return f"{LIST}{booking.pk}/{act}"


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())
