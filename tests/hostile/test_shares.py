from __future__ import annotations

from tests.hostile.shares import ALL_TOGETHER, AT_LEAST


def test_all_parts_together_are_fifteen_thousand() -> None:
    """Each part counts what it sent and fails below its share (``shares.enough``)."""
    assert sum(AT_LEAST.values()) >= ALL_TOGETHER
