"""Turning a custom feature on or off, with what follows for points."""

from __future__ import annotations

from django.db import transaction

from business.features import lock_to_switch, set_feature
from business.models import Features
from foundation.errors import NotAllowed
from foundation.models import User
from loyalty.switching import drop_what_fell_due


def switch_feature(
    *, code: str, on: bool, with_others: bool = False, actor: User | None
) -> Features:
    """Turn a switch; turning loyalty on first ends, in the same transaction, what fell due
    while it was off (F38).

    Raises NotAllowed, UnknownFeature, FeatureNeedsOthers, FeatureIsNeeded, FeatureExcluded.
    """
    if actor is not None and not actor.has_perm("business.switch_features"):
        raise NotAllowed
    with transaction.atomic():
        before = lock_to_switch()
        features = set_feature(code=code, on=on, with_others=with_others, actor=actor)
        if features.loyalty and not before.loyalty:
            drop_what_fell_due(before.loyalty_off_since)
    return features
