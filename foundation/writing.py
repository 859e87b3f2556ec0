"""Numbers and times as people of each language write them (ux 2.0.8).

Times are the business's: its zone is passed in, never the browser's.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from babel import dates, numbers
from django.utils.translation import get_language, ngettext

from foundation.money import locale_for

MINUS = "\N{MINUS SIGN}"
NARROW = {"en": "HH:mm", "da": "HH.mm", "fi": "H.mm"}
DAY = {"en": "EEE d MMM", "da": "EEE d. MMM", "fi": "ccc d.M."}
DATED_DAY = {"en": "EEE d MMM y", "da": "EEE d. MMM y", "fi": "ccc d.M.y"}
LONG_DAY = {"en": "EEEE d MMMM", "da": "EEEE d. MMMM", "fi": "cccc d. MMMM"}


def _language() -> str:
    return (get_language() or "en").split("-")[0]


def grouped(number: int) -> str:
    """A whole number with the language's thousands separator and a real minus sign."""
    text = numbers.format_decimal(abs(number), locale=locale_for())
    return f"{MINUS}{text}" if number < 0 else text


def write_points(value: int) -> str:
    """``340 points``, ``1 piste``."""
    return ngettext("%(number)s point", "%(number)s points", abs(value)) % {
        "number": grouped(value)
    }


def write_signed(value: int) -> str:
    return grouped(value) if value < 0 else f"+{grouped(value)}"


def local(value: dt.datetime, zone: dt.tzinfo) -> dt.datetime:
    return value.astimezone(zone)


def write_clock(value: dt.datetime, zone: dt.tzinfo) -> str:
    """``17:30`` in English, ``17.30`` in Danish and Finnish, on the business's wall clock."""
    return dates.format_datetime(local(value, zone), NARROW[_language()], locale=locale_for())


def write_wall_time(value: dt.time) -> str:
    """A time of day as it stands on the wall, of no date."""
    return dates.format_time(value, NARROW[_language()], locale=locale_for())


def write_day(value: dt.date, *, long: bool = False) -> str:
    """``Tue 4 Nov``, ``tir. 4. nov.``, ``ti 4.11.``"""
    pattern = (LONG_DAY if long else DAY)[_language()]
    return dates.format_date(value, pattern, locale=locale_for())


def write_day_time(value: dt.datetime, zone: dt.tzinfo) -> str:
    return f"{write_day(local(value, zone).date())} {write_clock(value, zone)}"


def write_full_date(value: dt.date) -> str:
    """A date with its year, for history: ``4 Nov 2025``."""
    return dates.format_date(value, "medium", locale=locale_for())


def write_weekdays(numbers: Iterable[int]) -> str:
    """Short names of weekdays, Monday as 0: ``Mon, Tue``, ``man., tirs.``, ``ma, ti``."""
    names = dates.get_day_names("abbreviated", locale=locale_for())
    return ", ".join(names[number] for number in numbers)


def write_dated_day(value: dt.date) -> str:
    """Weekday and date with its year, for what somebody decided: ``Tue 4 Nov 2025``."""
    return dates.format_date(value, DATED_DAY[_language()], locale=locale_for())
