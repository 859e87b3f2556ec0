"""Valid rows for tests, and shorthands that call the commands.

A factory makes configuration and people; it never writes a ledger entry, a booking or a card.
``give_points``, ``give_card`` and ``book`` call the commands that do.
"""

from tests.factories.commands import PASSWORD, book, give_card, give_points, turn_off, turn_on
from tests.factories.rows import (
    CategoryFactory,
    ClassServiceFactory,
    ClientFactory,
    EarningRuleFactory,
    GiftCardTypeFactory,
    ProviderFactory,
    RewardFactory,
    ServiceFactory,
    UserFactory,
)

__all__ = [
    "PASSWORD",
    "CategoryFactory",
    "ClassServiceFactory",
    "ClientFactory",
    "EarningRuleFactory",
    "GiftCardTypeFactory",
    "ProviderFactory",
    "RewardFactory",
    "ServiceFactory",
    "UserFactory",
    "book",
    "give_card",
    "give_points",
    "turn_off",
    "turn_on",
]
