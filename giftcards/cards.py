"""Gift cards: issuing, spending, returning and voiding, each one entry of the card's ledger.

The card row is the lock. Spending, returning and voiding take it first, look their key up, decide
on the fresh row and post; two checkouts with one card therefore follow each other, and should one
slip past the lock, the unique sequence refuses it (reliability F24). Nothing here asks whether
gift cards are switched on but ``issue_card``: money already on a card stays the holder's.

Amounts are whole minor units of the business's currency. A card is valid through the end of its
last day on the salon's calendar.
"""

from __future__ import annotations

import calendar
import datetime as dt

from django.db import IntegrityError, models, transaction

from business.features import lock_features, require_feature
from business.models import Business
from business.profile import get_business, local_day_bounds, local_today
from clients.models import Client
from foundation import clock
from foundation.crypto import decrypt, encrypt
from foundation.locks import lock_one, violated_constraint
from foundation.models import User
from foundation.money import BadAmount
from giftcards.codes import group_code, hash_code, new_code
from giftcards.errors import AlreadyReturned, CardNotUsable, CardShort
from giftcards.lookup import find_usable_card
from giftcards.models import CardEntry, CardKind, CardOrigin, GiftCard, GiftCardType
from giftcards.terms import Reason, is_usable, why_not_usable
from ledger.posting import find_entry, post

__all__ = [
    "cards_of",
    "find_usable_card",
    "is_usable",
    "issue_card",
    "return_to_card",
    "reveal_code",
    "spend_again",
    "spend_card",
    "spendable_cards_of",
    "void_card",
]

_CODE_TRIES = 3


def issue_card(
    *,
    card_type: GiftCardType,
    owner: Client | None,
    origin: CardOrigin,
    key: str,
    actor: User | None,
    description: str = "",
) -> GiftCard:
    """A new card of ``card_type`` with its whole value on it, valid from now.

    ``key`` names the fact behind it and becomes the key of the issue entry: the same key returns
    the card it made. Raises FeatureOff while gift cards are switched off.
    """
    with transaction.atomic():
        features = lock_features()
        made = find_entry(CardEntry, key)
        if made is not None:
            return made.card
        require_feature(features, "gift_cards")
        try:
            # A savepoint: somebody else may record the same fact between the look and the insert.
            with transaction.atomic():
                card = _new_card(card_type=card_type, owner=owner, origin=origin)
                post(
                    CardEntry,
                    card,
                    account_field="card",
                    amount=card_type.value_minor,
                    key=key,
                    kind=CardKind.ISSUE,
                    actor=actor,
                    description=description,
                )
        except IntegrityError:
            made = find_entry(CardEntry, key)
            if made is None:
                raise
            return made.card
    return card


def _new_card(*, card_type: GiftCardType, owner: Client | None, origin: CardOrigin) -> GiftCard:
    """The row of an empty card. A code that exists already (it never will) is drawn again."""
    business = get_business()
    now = clock.now()
    for tries_left in reversed(range(_CODE_TRIES)):
        folded = new_code().replace("-", "")
        card = GiftCard(
            type=card_type,
            owner=owner,
            code_hash=hash_code(folded),
            code_encrypted=encrypt(folded),
            last_four=folded[-4:],
            origin=origin,
            value_minor=card_type.value_minor,
            issued_at=now,
            active_from=now,
            expires_at=_last_second(business, card_type.validity_months),
        )
        try:
            with transaction.atomic():
                card.save(force_insert=True)
        except IntegrityError as error:
            if tries_left == 0 or "code_hash" not in violated_constraint(error):
                raise
        else:
            break
    return card


def _last_second(business: Business, months: int) -> dt.datetime:
    """The last second of the day ``months`` from today, on the salon's calendar."""
    today = local_today(business)
    years, month = divmod(today.month - 1 + months, 12)
    year, month = today.year + years, month + 1
    day = min(today.day, calendar.monthrange(year, month)[1])
    _, after = local_day_bounds(business, dt.date(year, month, day))
    return after - dt.timedelta(seconds=1)


def spend_card(
    *, card_id: int, amount_minor: int, key: str, actor: User | None, description: str = ""
) -> CardEntry:
    """Take ``amount_minor`` off a card. Locks the card; the same key returns the entry it made.

    Raises BadAmount below 1, CardNotUsable for a card that is voided, expired or not active yet,
    CardShort when it holds less.
    """
    return _spend(card_id, amount_minor, key, actor, description, (Reason.USED_UP,))


def spend_again(
    *, entry: CardEntry, amount_minor: int, key: str, actor: User | None, description: str = ""
) -> CardEntry:
    """Take part of what ``entry`` spent once more, after it was returned: the price fell, and the
    rest is still owed.

    It was paid while the card was valid, so an expiry meanwhile does not matter. Locks and repeats
    as ``spend_card``. Raises BadAmount for more than was spent and for what was not returned, and
    what ``spend_card`` raises.
    """
    if amount_minor > -entry.amount or not CardEntry.objects.filter(reverses=entry).exists():
        raise BadAmount
    harmless = (Reason.USED_UP, Reason.EXPIRED)
    return _spend(entry.card_id, amount_minor, key, actor, description, harmless)


def _spend(
    card_id: int,
    amount_minor: int,
    key: str,
    actor: User | None,
    description: str,
    harmless: tuple[Reason, ...],
) -> CardEntry:
    if amount_minor < 1:
        raise BadAmount
    with transaction.atomic():
        card = lock_one(GiftCard.objects.all(), card_id)
        made = find_entry(CardEntry, key)
        if made is not None:
            return made
        if why_not_usable(card, clock.now()) not in (None, *harmless):
            raise CardNotUsable
        if card.balance < amount_minor:
            raise CardShort(left_minor=card.balance)
        return post(
            CardEntry,
            card,
            account_field="card",
            amount=-amount_minor,
            key=key,
            kind=CardKind.SPEND,
            actor=actor,
            description=description,
        )


def return_to_card(
    *, entry: CardEntry, key: str, actor: User | None, description: str = ""
) -> CardEntry:
    """Put back what ``entry`` spent, once and in full, on the card that paid.

    An expired card gets its balance back and stays expired. Locks the card; the same key returns
    the entry it made. Raises CardNotUsable for a voided card (staff issue a new one),
    AlreadyReturned under another key, BadAmount for an entry that is no spending.
    """
    if entry.kind != CardKind.SPEND:
        raise BadAmount
    with transaction.atomic():
        card = lock_one(GiftCard.objects.all(), entry.card_id)
        made = find_entry(CardEntry, key)
        if made is not None:
            return made
        if CardEntry.objects.filter(reverses=entry).exists():
            raise AlreadyReturned
        if card.voided_at is not None:
            raise CardNotUsable
        return post(
            CardEntry,
            card,
            account_field="card",
            amount=-entry.amount,
            key=key,
            kind=CardKind.RETURN,
            actor=actor,
            description=description,
            reverses=entry,
        )


def void_card(*, card_id: int, key: str, actor: User | None, description: str) -> GiftCard:
    """Close a card for good; what is left on it is written off by one entry.

    Locks the card. Voiding a voided card changes nothing.
    """
    with transaction.atomic():
        card = lock_one(GiftCard.objects.all(), card_id)
        if card.voided_at is not None:
            return card
        if card.balance:
            post(
                CardEntry,
                card,
                account_field="card",
                amount=-card.balance,
                key=key,
                kind=CardKind.VOID,
                actor=actor,
                description=description,
            )
        card.voided_at = clock.now()
        card.save(update_fields=["voided_at"])
        return card


def reveal_code(card: GiftCard) -> str:
    """The code in four groups. Whoever shows it checks the right to see it and logs it (T05).

    Raises UnreadableSecret when no configured key opens it.
    """
    return group_code(decrypt(card.code_encrypted))


def cards_of(client: Client) -> models.QuerySet[GiftCard]:
    """Every card that belongs to ``client``, newest first, with its type."""
    return (
        GiftCard.objects.filter(owner=client).select_related("type").order_by("-issued_at", "-pk")
    )


def spendable_cards_of(client: Client) -> list[GiftCard]:
    """The client's cards that pay now, those that expire first in front."""
    now = clock.now()
    usable = [card for card in cards_of(client).filter(balance__gt=0) if is_usable(card, now)]
    return sorted(usable, key=lambda card: (card.expires_at, card.pk))
