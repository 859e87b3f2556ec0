"""The database's whole seconds are those of ``wall_clock.whole_seconds``."""

from __future__ import annotations

import datetime as dt

import pytest

from bookings.models import Occupation, OccupationKind
from bookings.sql import taken_rows
from bookings.wall_clock import whole_seconds
from tests.factories import ProviderFactory

START = dt.datetime(2025, 11, 5, 8, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)


@pytest.mark.parametrize("fraction", [0, 1, 499_999, 500_000, 999_999])
def test_instants_are_rounded_outwards(db: None, fraction: int) -> None:
    provider = ProviderFactory()
    starts_at = START + dt.timedelta(microseconds=fraction)
    ends_at = starts_at + HOUR
    Occupation.objects.create(
        provider=provider,
        kind=OccupationKind.TIME_OFF,
        starts_at=starts_at,
        ends_at=ends_at,
    )

    (found,) = taken_rows("provider", [provider.pk], low=START - HOUR, high=START + HOUR, now=START)

    assert found == (provider.pk, *whole_seconds(starts_at, ends_at))
