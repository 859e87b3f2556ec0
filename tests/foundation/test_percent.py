"""Rates as people type and read them."""

from __future__ import annotations

import pytest
from django.utils import translation

from foundation.percent import BadPercent, format_percent, parse_percent


@pytest.mark.parametrize(
    ("typed", "hundredths"),
    [("25.5", 2550), ("25,5", 2550), ("24", 2400), (" 13,50 % ", 1350), ("0", 0), ("100", 10_000)],
)
def test_parse_percent_takes_comma_and_point(typed: str, hundredths: int) -> None:
    assert parse_percent(typed) == hundredths


@pytest.mark.parametrize("typed", ["", "x", "-1", "25.555", "100.01", "1000", "٢٥", "NaN", "1e1"])
def test_parse_percent_refuses_what_is_no_rate(typed: str) -> None:
    with pytest.raises(BadPercent):
        parse_percent(typed)


@pytest.mark.parametrize(
    ("language", "shown"),
    [("en", "25.5%"), ("da", "25,5\N{NO-BREAK SPACE}%"), ("fi", "25,5\N{NO-BREAK SPACE}%")],
)
def test_format_percent_as_the_language_writes_it(language: str, shown: str) -> None:
    with translation.override(language):
        assert format_percent(2550) == shown


def test_format_percent_without_the_sign_is_typed_again() -> None:
    assert [format_percent(each, sign=False) for each in (2400, 1350, 5)] == ["24", "13.5", "0.05"]
