"""Which corrections of a list were taken back, and which still can be."""

from __future__ import annotations

from collections.abc import Iterable

from loyalty.correcting_undo import is_correction, undone_by
from loyalty.models import PointEntry


def taken_back(entries: Iterable[PointEntry]) -> dict[int, int]:
    """The ids of those that were taken back, each with the points that were missing."""
    rows = list(entries)
    amounts = {entry.pk: abs(entry.amount) for entry in rows}
    return {pk: amounts[pk] - abs(undone.amount) for pk, undone in undone_by(rows).items()}


def can_take_back(entries: Iterable[PointEntry], taken: dict[int, int]) -> set[int]:
    """The ids of those that nobody has taken back."""
    return {each.pk for each in entries if is_correction(each) and each.pk not in taken}
