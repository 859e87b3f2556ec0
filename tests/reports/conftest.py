"""A ledger with something of every kind, and readers at the panel."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.test import Client as Browser

from catalogue.models import Provider, Service
from clients.models import Client
from foundation.form_tokens import new_form_token
from foundation.models import User
from giftcards.models import GiftCardType
from loyalty.models import Reward
from loyalty.sweep import credit_due_awards
from sales.exchange import exchange_points_for_card
from sales.marking import mark_no_show
from tests.conftest import Clock
from tests.factories import (
    EarningRuleFactory,
    GiftCardTypeFactory,
    ProviderFactory,
    RewardFactory,
    ServiceFactory,
    book,
    give_points,
    turn_on,
)


@dataclass(frozen=True)
class House:
    """Alice earned 60 on 4 November and spent 500 the day after; Bob's 60 were taken back."""

    alice: Client
    bob: Client
    massage: Service
    provider: Provider
    reward: Reward

    @property
    def card_type(self) -> GiftCardType:
        return self.reward.gift_card_type


@pytest.fixture
def loyalty(db: None) -> None:
    turn_on("loyalty")


@pytest.fixture
def house(loyalty: None, alice: Client, bob: Client, clock: Clock) -> House:
    """On 6 November, 12:00 in Helsinki. Movements, the oldest first: Alice +1000 by hand, Bob +700
    by hand, Alice and Bob +60 for a massage, Bob −60 taken back, Alice −500 for a card, Bob −20
    by hand. Alice has 60 more on the way."""
    provider = ProviderFactory()
    massage = ServiceFactory(name_en="Deep tissue massage", providers=[provider])
    EarningRuleFactory(service=massage, points=60)
    reward = RewardFactory(
        gift_card_type=GiftCardTypeFactory(name_en="Big present", name_da="Stor gave"), points=500
    )
    give_points(alice, 1000, description="Sorry about the RÄKSMÖRGÅS")
    clock.advance(minutes=1)
    give_points(bob, 700, description="Welcome")
    noon = dt.datetime(2025, 11, 4, 10, 0, tzinfo=dt.UTC)
    book(alice, massage, noon, provider=provider)
    missed = book(bob, massage, noon + dt.timedelta(hours=1), provider=provider)
    clock.move_to(noon + dt.timedelta(hours=6))
    credit_due_awards()
    clock.advance(minutes=10)
    mark_no_show(booking=missed.bookings.get(), actor=None)
    clock.advance(days=1)
    exchange_points_for_card(
        client=alice, card_type=reward.gift_card_type, form_token=new_form_token(), actor=alice.user
    )
    clock.move_to(dt.datetime(2025, 11, 6, 10, 0, tzinfo=dt.UTC))
    give_points(bob, -20, description="=1+1 by mistake")
    book(alice, massage, clock.now + dt.timedelta(days=1), provider=provider)
    return House(alice, bob, massage, provider, reward)


def _at_the_panel(user: User) -> Browser:
    browser = Browser()
    browser.force_login(user)
    return browser


@pytest.fixture
def desk(daisy: User) -> Browser:
    return _at_the_panel(daisy)


@pytest.fixture
def manager(maria: User) -> Browser:
    return _at_the_panel(maria)


@pytest.fixture(autouse=True)
def _own_folder_of_files(settings: Any, tmp_path: Path) -> None:
    settings.EXPORT_DIR = str(tmp_path / "exports")
