"""Valid rows for tests, and shorthands that call the commands.

A factory makes configuration and people; it never writes a ledger entry, a booking or a card.
``give_points``, ``give_card`` and ``book`` call the commands that do.
"""

from tests.factories.commands import (
    PASSWORD,
    ask_for_points,
    book,
    fill_the_day,
    give_card,
    give_points,
    turn_off,
    turn_on,
)
from tests.factories.rows import (
    AddOnFactory,
    CategoryFactory,
    ClassServiceFactory,
    ClientFactory,
    EarningRuleFactory,
    GiftCardTypeFactory,
    ProductFactory,
    ProviderFactory,
    ResourceFactory,
    ResourceKindFactory,
    RewardFactory,
    ServiceFactory,
    ServiceRewardFactory,
    UserFactory,
)

__all__ = [
    "PASSWORD",
    "AddOnFactory",
    "CategoryFactory",
    "ClassServiceFactory",
    "ClientFactory",
    "EarningRuleFactory",
    "GiftCardTypeFactory",
    "ProductFactory",
    "ProviderFactory",
    "ResourceFactory",
    "ResourceKindFactory",
    "RewardFactory",
    "ServiceFactory",
    "ServiceRewardFactory",
    "UserFactory",
    "ask_for_points",
    "book",
    "fill_the_day",
    "give_card",
    "give_points",
    "turn_off",
    "turn_on",
]
