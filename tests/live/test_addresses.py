"""Every address is known to move something, and then has its rival posts, or nothing."""

from __future__ import annotations

import pytest

from tests.hostile.world import NAMELESS, named
from tests.live import (
    addresses,
    test_rival_bookings,
    test_rival_changes,
    test_rival_classes,
    test_rival_desk,
    test_rival_files,
    test_rival_points,
    test_rival_rewards,
    test_rival_till,
)

RIVALS = (
    test_rival_bookings,
    test_rival_changes,
    test_rival_classes,
    test_rival_desk,
    test_rival_files,
    test_rival_points,
    test_rival_rewards,
    test_rival_till,
)


def test_every_address_is_known_to_move_something_or_nothing() -> None:
    found = {name for name in set(named()) - NAMELESS if not addresses.is_login(name)}

    assert sorted(found - addresses.MOVES.keys() - addresses.MOVES_NOTHING) == []
    assert sorted((addresses.MOVES.keys() | addresses.MOVES_NOTHING) - found) == []
    assert addresses.MOVES.keys() & addresses.MOVES_NOTHING == set()


@pytest.mark.parametrize("name", sorted(addresses.MOVES))
def test_every_address_that_moves_something_has_its_rivals(name: str) -> None:
    assert addresses.MOVES[name]
    for test in addresses.MOVES[name]:
        assert any(callable(getattr(each, test, None)) for each in RIVALS)
