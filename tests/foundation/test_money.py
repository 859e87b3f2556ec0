from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.money import (
    MAX_MINOR,
    BadAmount,
    format_money,
    minor_digits,
    parse_money,
    to_decimal,
)

CURRENCIES = {"EUR": 2, "DKK": 2, "JPY": 0, "KWD": 3}
NBSP = "\N{NO-BREAK SPACE}"


@pytest.mark.parametrize(("currency", "digits"), CURRENCIES.items())
def test_minor_digits(currency, digits):
    assert minor_digits(currency) == digits


@pytest.mark.parametrize(
    ("minor", "currency", "language", "written"),
    [
        (7200, "EUR", "en", "€72.00"),
        (7200, "EUR", "da", f"72,00{NBSP}€"),
        (7200, "EUR", "fi", f"72,00{NBSP}€"),
        (123450, "DKK", "da", f"1.234,50{NBSP}kr."),
        (123450, "EUR", "fi", f"1{NBSP}234,50{NBSP}€"),
        (7200, "JPY", "en", "JP¥7,200"),
        (7200, "KWD", "en", "KWD7.200"),
        (5, "EUR", "en", "€0.05"),
        (0, "EUR", "en", "€0.00"),
        (-2700, "EUR", "en", "−€27.00"),
    ],
)
def test_format_money_in_three_languages(minor, currency, language, written):
    assert format_money(minor, currency=currency, language=language) == written


@pytest.mark.parametrize(
    ("currency", "language", "written"),
    [
        ("EUR", "en", "1,234.50"),
        ("EUR", "da", "1.234,50"),
        ("EUR", "fi", f"1{NBSP}234,50"),
        ("JPY", "en", "123,450"),
        ("KWD", "da", "123,450"),
    ],
)
def test_format_money_without_the_symbol(currency, language, written):
    assert format_money(123450, currency=currency, language=language, symbol=False) == written


@pytest.mark.parametrize(
    ("typed", "currency", "minor"),
    [
        ("45", "EUR", 4500),
        ("45.00", "EUR", 4500),
        ("45,5", "EUR", 4550),
        (" €45.00 ", "EUR", 4500),
        ("45,00 kr.", "DKK", 4500),
        ("45 dkk", "DKK", 4500),
        (f"1{NBSP}234,50", "EUR", 123450),
        ("0", "EUR", 0),
        ("45", "JPY", 45),
        ("1.234", "KWD", 1234),
        ("10000000", "EUR", MAX_MINOR),
    ],
)
def test_parse_money_reads_what_people_type(typed, currency, minor):
    assert parse_money(typed, currency=currency) == minor


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "€",
        "-5",
        "−5",
        "5-",
        "1e5",
        "NaN",
        "inf",
        "1.2.3",
        "1,234.50",
        "45.005",
        "0x10",
        "9" * 500,
        "10000000.01",
        "45\x00",
        "\ud800",
        "4 5 €€ x",
        "=1+1",
    ],
)
def test_parse_money_refuses_the_rest(typed):
    """F44: huge numbers, NaN, NUL and lone surrogates are a form error, never a crash."""
    with pytest.raises(BadAmount) as refused:
        parse_money(typed, currency="EUR")

    assert (refused.value.status, refused.value.code) == (422, "bad-amount")


def test_parse_money_refuses_decimals_that_the_currency_has_not():
    with pytest.raises(BadAmount):
        parse_money("45.5", currency="JPY")


@given(
    minor=st.integers(0, MAX_MINOR),
    currency=st.sampled_from(sorted(CURRENCIES)),
    language=st.sampled_from(["da", "fi"]),
)
def test_parse_money_reads_back_what_was_written(minor, currency, language):
    """With the thousands mark left out: a point before three digits may mean either."""
    written = format_money(minor, currency=currency, language=language, symbol=False)
    plain = written.replace(".", "") if language == "da" else written
    limit = MAX_MINOR if CURRENCIES[currency] >= 2 else 999_999_999

    if minor <= limit:
        assert parse_money(plain, currency=currency) == minor


@given(st.text(max_size=60))
def test_parse_money_never_fails_otherwise(text):
    try:
        assert 0 <= parse_money(text, currency="EUR") <= MAX_MINOR
    except BadAmount:
        pass


def test_to_decimal_is_exact():
    assert to_decimal(6762657, currency="EUR") == Decimal("67626.57")
    assert to_decimal(45, currency="JPY") == Decimal(45)
