"""Money is a whole number of minor units (øre, cent) of the business's one currency.

SQLite adds decimals as floats, so no amount is ever a Decimal in the database. Digits per
currency and the way an amount is written come from CLDR through Babel.
"""

from __future__ import annotations

import re
from decimal import Decimal

from babel import numbers
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from foundation.errors import BadInput

MAX_MINOR = 10_000_000_00

# Babel's plain "en" writes dollars the American way; the product's English is European.
_LOCALES = {"en": "en_GB", "da": "da_DK", "fi": "fi_FI"}


class BadAmount(BadInput):
    code = "bad-amount"
    message = _("Enter an amount of money, like 45.00")


def locale_for(language: str | None = None) -> str:
    """Babel's locale for one of the product's languages, the active one by default."""
    code = (language or get_language() or "en").split("-")[0]
    return _LOCALES.get(code, "en_GB")


def minor_digits(currency: str) -> int:
    """Digits after the comma: 2 for EUR, 0 for JPY, 3 for KWD (CLDR)."""
    return numbers.get_currency_precision(currency)


def to_decimal(minor: int, *, currency: str) -> Decimal:
    return Decimal(minor).scaleb(-minor_digits(currency))


def format_money(
    minor: int, *, currency: str, language: str | None = None, symbol: bool = True
) -> str:
    """``minor`` units as people write them: ``€72.00``, ``72,00 €``, ``540,00 kr.``."""
    amount = to_decimal(minor, currency=currency)
    locale = locale_for(language)
    if symbol:
        return _real_minus(numbers.format_currency(amount, currency, locale=locale))
    digits = minor_digits(currency)
    pattern = "#,##0." + "0" * digits if digits else "#,##0"
    return _real_minus(numbers.format_decimal(amount, format=pattern, locale=locale))


def _real_minus(text: str) -> str:
    """Babel writes a hyphen; people read a minus sign (ux 2.0.8)."""
    return text.replace("-", "\N{MINUS SIGN}")


_AMOUNT = re.compile(r"^(\d{1,9})(?:[.,](\d{1,3}))?$")


def parse_money(text: str, *, currency: str) -> int:
    """Minor units from what a person typed; comma or point, spaces and the symbol allowed.

    Raises BadAmount for anything else, for more decimals than the currency has, and above
    the largest amount the product handles (ten million).
    """
    stripped = re.sub(r"[\s\u00a0\u202f€$£]|kr\.?|" + re.escape(currency), "", text, flags=re.I)
    match = _AMOUNT.match(stripped)
    if match is None:
        raise BadAmount
    whole, part = match.group(1), match.group(2) or ""
    digits = minor_digits(currency)
    if len(part) > digits:
        raise BadAmount
    minor = int(whole) * 10**digits + int((part or "0").ljust(digits, "0") or "0")
    if minor > MAX_MINOR:
        raise BadAmount
    return minor
