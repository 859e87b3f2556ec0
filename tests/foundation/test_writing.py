"""Dates as people of each language write them."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils.translation import override

from foundation.writing import write_dated_day


@pytest.mark.parametrize(
    ("language", "text"),
    [("en", "Sun 22 Nov 2026"), ("da", "søn. 22. nov. 2026"), ("fi", "su 22.11.2026")],
)
def test_a_day_with_its_weekday_and_year(language: str, text: str) -> None:
    with override(language):
        assert write_dated_day(dt.date(2026, 11, 22)) == text
