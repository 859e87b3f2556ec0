"""How money, points and times are written on every page (ux 2.0.8).

Times are the business's: its zone comes from the template's ``business``, never the browser.
"""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from pathlib import Path
from typing import Any

from django import template
from django.conf import settings
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from foundation.money import format_money
from foundation.qr import draw_qr
from foundation.writing import (
    grouped,
    local,
    write_clock,
    write_dated_day,
    write_day,
    write_day_time,
    write_full_date,
    write_points,
    write_signed,
)

register = template.Library()


@register.filter
def number(value: int) -> str:
    return grouped(value)


@register.filter
def points(value: int) -> str:
    return write_points(value)


@register.filter
def signed(value: int) -> str:
    return write_signed(value)


@register.simple_tag(takes_context=True)
def money(context: template.Context, minor: int, *, symbol: bool = True) -> str:
    """``{% money 7200 %}`` in the business's currency and the active language."""
    return format_money(minor, currency=context["business"].currency, symbol=symbol)


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
    return write_full_date(value)


@register.simple_tag(takes_context=True)
def dated_day(context: template.Context, value: dt.datetime, *, clock: bool = False) -> str:
    """Weekday and date with its year: ``Tue 4 Nov 2025``, and the hour too with ``clock``."""
    zone = context["business"].zone
    date = write_dated_day(local(value, zone).date())
    return f"{date} {write_clock(value, zone)}" if clock else date


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
    """One of our own outline icons, inline and hidden from screen readers."""
    svg = _svg(name).split("<svg", 1)[1].split(">", 1)[1].rsplit("</svg>", 1)[0]
    return format_html(
        '<svg class="icon" width="{0}" height="{0}" viewBox="0 0 24 24" fill="none" '
        'stroke="currentColor" stroke-width="1.75" stroke-linecap="round" '
        'stroke-linejoin="round" aria-hidden="true" focusable="false">{1}</svg>',
        size,
        # Files of our own in static/icons, never data.
        mark_safe(svg),  # noqa: S308
    )


@register.simple_tag
def qr(text: str, *, label: str) -> SafeString:
    """``text`` as a QR code, dark on white whatever the page's colours; ``label`` names it."""
    picture = draw_qr(text)
    return format_html(
        '<svg class="qr" viewBox="0 0 {0} {0}" role="img" aria-label="{1}" '
        'shape-rendering="crispEdges"><path fill="#fff" d="M0 0h{0}v{0}H0z"/>'
        '<path fill="#000" d="{2}"/></svg>',
        picture.size,
        label,
        picture.path,
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
