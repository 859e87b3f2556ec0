"""Rates per hundred are kept in hundredths of a per cent, as whole numbers: 25.5 % is 2550."""

from __future__ import annotations

import re

from babel import numbers
from django.utils.translation import gettext_lazy as _

from foundation.errors import BadInput
from foundation.money import locale_for

WHOLE = 10_000

_RATE = re.compile(r"^([0-9]{1,3})(?:[.,]([0-9]{1,2}))?$")


class BadPercent(BadInput):
    code = "bad-percent"
    message = _("Enter a rate from 0 to 100, like 25.5")


def parse_percent(text: str) -> int:
    """Hundredths from what a person typed; comma or point, spaces and the sign allowed.

    Raises BadPercent for anything else, for more than two decimals, and above 100.
    """
    match = _RATE.match(re.sub(r"[\s\u00a0\u202f%]", "", text))
    if match is None:
        raise BadPercent
    hundredths = int(match.group(1)) * 100 + int((match.group(2) or "").ljust(2, "0"))
    if hundredths > WHOLE:
        raise BadPercent
    return hundredths


def format_percent(hundredths: int, *, sign: bool = True) -> str:
    """``25.5%``, ``25,5 %``, in the active language; without ``sign`` as people type it."""
    locale = locale_for()
    whole, part = divmod(hundredths, 100)
    decimals = f"{part:02d}".rstrip("0")
    number = f"{whole}{numbers.get_decimal_symbol(locale)}{decimals}" if decimals else str(whole)
    if not sign:
        return number
    # English joins the sign, Danish and Finnish keep it apart.
    return f"{number}%" if locale == "en_GB" else f"{number}\u00a0%"
