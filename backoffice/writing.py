"""Instants, dates and amounts as the panel's lists write them, on the salon's clock."""

from __future__ import annotations

import datetime as dt

from babel import dates

from business.models import Business
from foundation.money import format_money, locale_for
from foundation.writing import MINUS, local, write_clock


def write_date(value: dt.datetime, business: Business) -> str:
    """With its year: ``4 Nov 2025``."""
    day = local(value, business.zone).date()
    text: str = dates.format_date(day, "medium", locale=locale_for())
    return text


def write_instant(value: dt.datetime, business: Business) -> str:
    return f"{write_date(value, business)} {write_clock(value, business.zone)}"


def write_amount(minor: int, business: Business) -> str:
    """A movement with its sign: ``+€50.00``, ``−€12.00``."""
    sign = MINUS if minor < 0 else "+"
    return sign + format_money(abs(minor), currency=business.currency)
