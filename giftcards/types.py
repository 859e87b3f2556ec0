"""Taking a gift card type off offer: archived, never deleted, so that issued cards keep it."""

from __future__ import annotations

from foundation import clock
from foundation.models import User
from giftcards.models import GiftCardType


def archive_card_type(*, card_type: GiftCardType, actor: User | None) -> None:
    """No new card of it from now on; issued cards stay. Harmless to repeat."""
    if card_type.archived_at is None:
        card_type.archived_at = clock.now()
        card_type.save(update_fields=["archived_at"])


def restore_card_type(*, card_type: GiftCardType, actor: User | None) -> None:
    card_type.archived_at = None
    card_type.save(update_fields=["archived_at"])
