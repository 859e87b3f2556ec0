"""When a card pays."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

from giftcards.models import GiftCard


class Reason(StrEnum):
    """Why a card does not pay: for the log and for commands, never for who typed a code."""

    VOIDED = "voided"
    NOT_YET = "not active yet"
    EXPIRED = "expired"
    USED_UP = "used up"


def why_not_usable(card: GiftCard, at: dt.datetime) -> Reason | None:
    """The reason why the card does not pay at ``at``; None when it does."""
    if card.voided_at is not None:
        return Reason.VOIDED
    if at < card.active_from:
        return Reason.NOT_YET
    if at > card.expires_at:
        return Reason.EXPIRED
    if card.balance <= 0:
        return Reason.USED_UP
    return None


def is_usable(card: GiftCard, at: dt.datetime) -> bool:
    """Whether the card pays at ``at``: not voided, within its term, with money on it."""
    return why_not_usable(card, at) is None
