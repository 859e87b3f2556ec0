"""How money, points and times are written on every page (ux 2.0.8).

Times are the business's: its zone comes from the template's ``business``, never the browser.
"""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from pathlib import Path
from typing import Any

from babel import dates
from django import template
from django.conf import settings
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, ngettext

from foundation.money import format_money, locale_for

register = template.Library()

MINUS = "\N{MINUS SIGN}"
NARROW = {"en": "HH:mm", "da": "HH.mm", "fi": "H.mm"}
DAY = {"en": "EEE d MMM", "da": "EEE d. MMM", "fi": "ccc d.M."}
LONG_DAY = {"en": "EEEE d MMMM", "da": "EEEE d. MMMM", "fi": "cccc d. MMMM"}


def _language() -> str:
    return (get_language() or "en").split("-")[0]


def grouped(number: int) -> str:
    """A whole number with the language's thousands separator and a real minus sign."""
    from babel import numbers

    text = numbers.format_decimal(abs(number), locale=locale_for())
    return f"{MINUS}{text}" if number < 0 else text


@register.filter
def number(value: int) -> str:
    return grouped(value)


@register.filter
def points(value: int) -> str:
    """``340 points``, ``1 piste``."""
    return ngettext("%(number)s point", "%(number)s points", abs(value)) % {
        "number": grouped(value)
    }


@register.filter
def signed(value: int) -> str:
    return grouped(value) if value < 0 else f"+{grouped(value)}"


@register.simple_tag(takes_context=True)
def money(context: template.Context, minor: int, *, symbol: bool = True) -> str:
    """``{% money 7200 %}`` in the business's currency and the active language."""
    return format_money(minor, currency=context["business"].currency, symbol=symbol)


def local(value: dt.datetime, zone: dt.tzinfo) -> dt.datetime:
    return value.astimezone(zone)


def write_clock(value: dt.datetime, zone: dt.tzinfo) -> str:
    """``17:30`` in English, ``17.30`` in Danish and Finnish, on the business's wall clock."""
    return dates.format_datetime(local(value, zone), NARROW[_language()], locale=locale_for())


def write_day(value: dt.date, *, long: bool = False) -> str:
    """``Tue 4 Nov``, ``tir. 4. nov.``, ``ti 4.11.``; with the year when it is not near."""
    pattern = (LONG_DAY if long else DAY)[_language()]
    return dates.format_date(value, pattern, locale=locale_for())


def write_day_time(value: dt.datetime, zone: dt.tzinfo) -> str:
    return f"{write_day(local(value, zone).date())} {write_clock(value, zone)}"


@register.simple_tag(takes_context=True)
def clock_time(context: template.Context, value: dt.datetime) -> str:
    return write_clock(value, context["business"].zone)


@register.simple_tag(takes_context=True)
def day(context: template.Context, value: dt.datetime | dt.date, *, long: bool = False) -> str:
    if isinstance(value, dt.datetime):
        value = local(value, context["business"].zone).date()
    return write_day(value, long=long)


@register.simple_tag(takes_context=True)
def day_time(context: template.Context, value: dt.datetime) -> str:
    return write_day_time(value, context["business"].zone)


@register.simple_tag(takes_context=True)
def full_date(context: template.Context, value: dt.datetime | dt.date) -> str:
    """A date with its year, for history: ``4 Nov 2025``."""
    if isinstance(value, dt.datetime):
        value = local(value, context["business"].zone).date()
    return dates.format_date(value, "medium", locale=locale_for())


@register.simple_tag(takes_context=True)
def iso(context: template.Context, value: dt.datetime) -> str:
    """The machine's value for ``<time datetime>``, in the business's zone."""
    return local(value, context["business"].zone).isoformat(timespec="minutes")


@lru_cache(maxsize=256)
def _svg(name: str) -> str:
    path = Path(settings.BASE_DIR) / "static" / "icons" / f"{name}.svg"
    return path.read_text(encoding="utf-8")


@register.simple_tag
def icon(name: str, *, size: int = 20) -> SafeString:
    """One of our own outline icons, inline and hidden from screen readers: text stands beside it."""
    svg = _svg(name).split("<svg", 1)[1].split(">", 1)[1].rsplit("</svg>", 1)[0]
    return format_html(
        '<svg class="icon" width="{0}" height="{0}" viewBox="0 0 24 24" fill="none" '
        'stroke="currentColor" stroke-width="1.75" stroke-linecap="round" '
        'stroke-linejoin="round" aria-hidden="true" focusable="false">{1}</svg>',
        size,
        # Files of our own in static/icons, never data.
        mark_safe(svg),  # noqa: S308
    )


@register.simple_tag(takes_context=True)
def query(context: template.Context, **changes: Any) -> str:
    """The present query string with ``changes`` (None removes a key), beginning with ``?``."""
    params = context["request"].GET.copy()
    for key, value in changes.items():
        if value is None:
            params.pop(key, None)
        else:
            params[key] = value
    return f"?{params.urlencode()}" if params else "?"
