from __future__ import annotations

import pytest

from giftcards.models import GiftCardType
from tests.factories import RewardFactory, turn_on
from tests.loyalty.conftest import massage, promise  # noqa: F401 — fixtures
from tests.notifications.conftest import mette, news, notice, registered  # noqa: F401


@pytest.fixture
def fifty(db: None) -> GiftCardType:
    """A card of 50.00 for 500 points; loyalty is on."""
    turn_on("loyalty")
    return RewardFactory(points=500).gift_card_type
