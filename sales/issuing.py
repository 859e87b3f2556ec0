"""Gift cards by the hand of staff: issuing one, and voiding one that nobody used."""

from __future__ import annotations

from django.db import transaction

from business.features import lock_features
from clients.models import Client
from clients.people import lock_client
from foundation.errors import NotAllowed
from foundation.form_tokens import once
from foundation.locks import lock_one
from foundation.models import User
from giftcards.cards import issue_card, void_card
from giftcards.models import CardOrigin, GiftCard, GiftCardType
from loyalty.errors import DescriptionMissing
from loyalty.points import return_points
from notifications.outbox import nudge_sending, queue_message
from sales.errors import CardTypeGone, CardUsed
from sales.models import SaleLine


def issue_card_by_hand(
    *,
    card_type: GiftCardType,
    owner: Client | None,
    form_token: str,
    description: str,
    actor: User,
) -> GiftCard:
    """Issue a card at the desk; an owner with an address gets it by mail as well.

    The form's token names the fact. Raises NotAllowed, DescriptionMissing, FeatureOff,
    CardTypeGone, ClientGone, FormAlreadyUsed.
    """
    if not actor.has_perm("giftcards.issue_cards"):
        raise NotAllowed
    if not description.strip():
        raise DescriptionMissing
    with transaction.atomic():
        lock_features()
        content = [card_type.pk, owner and owner.pk, description]
        with once(token=form_token, purpose="issue-card", content=content) as use:
            if use.result:
                return GiftCard.objects.get(pk=int(use.result))
            if GiftCardType.objects.get(pk=card_type.pk).archived_at is not None:
                raise CardTypeGone
            if owner is not None:
                owner = lock_client(owner.pk)
            card = issue_card(
                card_type=card_type,
                owner=owner,
                origin=CardOrigin.DESK,
                key=f"form:{form_token}:issue",
                actor=actor,
                description=description.strip()[:200],
            )
            if owner is not None and owner.email:
                queue_message(
                    kind="gift_card_delivery",
                    client=owner,
                    subjects={"card": card.pk},
                    dedupe_key=f"card:{card.pk}:delivery",
                )
            use.result = str(card.pk)
        nudge_sending()
    return card


def void_card_by_hand(
    *, card: GiftCard, form_token: str, description: str, actor: User
) -> GiftCard:
    """Void an untouched card; one that was chosen by points gives the points back (F35).

    Both happen in one transaction. A partly used card is refused: that is a decision of a
    person, not an automatic path. Raises NotAllowed, DescriptionMissing, CardUsed.
    """
    if not actor.has_perm("giftcards.change_giftcard"):
        raise NotAllowed
    if not description.strip():
        raise DescriptionMissing
    with transaction.atomic():
        locked = lock_one(GiftCard.objects.all(), card.pk)
        with once(token=form_token, purpose="void-card", content=[card.pk, description]) as use:
            if use.result or locked.voided_at is not None:
                return locked
            if locked.balance != locked.value_minor:
                raise CardUsed
            voided = void_card(
                card_id=locked.pk,
                key=f"card:{locked.pk}:void",
                actor=actor,
                description=description.strip()[:200],
            )
            line = SaleLine.objects.filter(gift_card=locked).select_related("spend_entry").first()
            if line is not None and line.spend_entry is not None:
                return_points(entry=line.spend_entry, description="", actor=actor)
            use.result = str(locked.pk)
    return voided
