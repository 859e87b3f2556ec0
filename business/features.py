"""Custom features: what each switch means, needs and excludes, and the one way to turn it.

The rules stand a second time as CHECKs on the table, which also hold when two people save at
once (reliability F39).
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db import IntegrityError, connection, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from business.errors import (
    FeatureExcluded,
    FeatureIsNeeded,
    FeatureNeedsOthers,
    FeatureOff,
    UnknownFeature,
)
from business.models import Features
from foundation import clock
from foundation.models import User


@dataclass(frozen=True)
class Feature:
    """One switch. ``code`` is the column's name."""

    code: str
    category: str
    name: str | Promise
    sentence: str | Promise
    when_off: str | Promise
    needs: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()


CATEGORIES: dict[str, str | Promise] = {
    "booking": _("Booking"),
    "payments": _("Payments"),
    "marketing": _("Marketing"),
    "business": _("Business enhancements"),
    "communication": _("Communication"),
}

FEATURES: dict[str, Feature] = {
    feature.code: feature
    for feature in (
        Feature(
            code="client_login",
            category="booking",
            name=_("Client login"),
            sentence=_("Clients sign in to see their bookings, points and gift cards."),
            when_off=_(
                "Sign-in and account pages are gone from the website. Guests can still book."
            ),
        ),
        Feature(
            code="payments",
            category="payments",
            name=_("Accept payments"),
            sentence=_("The website takes money for bookings and gift cards."),
            when_off=_(
                "The website takes no new money and says that clients pay at the salon. "
                "Open gift cards still pay."
            ),
        ),
        Feature(
            code="coupons",
            category="marketing",
            name=_("Coupons"),
            sentence=_("Codes that lower a price."),
            when_off=_("No code lowers a price any more."),
        ),
        Feature(
            code="gift_cards",
            category="marketing",
            name=_("Gift cards"),
            sentence=_("Sell gift cards, issue them by hand and take them as payment."),
            when_off=_("The gift card shop is closed. Cards with money on them still pay."),
        ),
        Feature(
            code="loyalty",
            category="business",
            name=_("Loyalty system"),
            sentence=_("Clients earn points with their visits and choose gift cards by points."),
            when_off=_(
                "Balances are kept and shown as frozen. Nothing is earned or spent. "
                "Points that fall due while it is off are not added."
            ),
            needs=("payments", "client_login", "coupons", "gift_cards"),
            excludes=("clean_history",),
        ),
        Feature(
            code="clean_history",
            category="business",
            name=_("Clean history"),
            sentence=_("Every night, old visits are stripped of personal data."),
            when_off=_("Visits keep their personal data."),
            excludes=("loyalty",),
        ),
    )
}


def names_of(codes: tuple[str, ...] | list[str]) -> str:
    """The features' names in the active language, with commas."""
    return ", ".join(str(FEATURES[code].name) for code in codes)


def get_features() -> Features:
    """The switches as they stand, without a lock: for pages."""
    return Features.objects.get(pk=1)


# Of this lock alone. Row locks are not handed out in turn: newcomers who share one walk past a
# switch that waits for it, and in a busy hour it waits until its time-out (seen: 5.6 s behind
# eight bookings at once). Advisory locks queue, so who comes after a switch waits for it.
_TURN = 7_305_601


def lock_features() -> Features:
    """The switches under a shared lock: whoever earns or spends holds them still meanwhile.

    FOR SHARE lets many bookings go on at once, while saving a switch (``lock_to_switch``) waits.
    Django has no FOR SHARE, hence the raw SQL.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                "WITH turn AS MATERIALIZED (SELECT pg_advisory_xact_lock_shared(%s))"
                " SELECT 1 FROM turn, business_features f WHERE f.id = 1 FOR SHARE OF f",
                [_TURN],
            )
    return Features.objects.get(pk=1)


def lock_to_switch() -> Features:
    """The switches, locked and fresh, for whoever turns one: alone, and after who holds them."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_TURN])
    return Features.objects.select_for_update(no_key=True).get(pk=1)


def require_feature(features: Features, code: str) -> None:
    """Raise FeatureOff unless the switch ``code`` is on."""
    if not getattr(features, code):
        raise FeatureOff(feature=FEATURES[code].name)


def needed_for(code: str, features: Features) -> list[str]:
    """Features that are off and that ``code`` needs."""
    return [need for need in FEATURES[code].needs if not getattr(features, need)]


def dependants_of(code: str, features: Features) -> list[str]:
    """Features that are on and need ``code``."""
    return [
        feature.code
        for feature in FEATURES.values()
        if code in feature.needs and getattr(features, feature.code)
    ]


def blockers_of(code: str, features: Features) -> list[str]:
    """Features that are on and cannot be on together with ``code``."""
    return [other for other in FEATURES[code].excludes if getattr(features, other)]


def set_feature(*, code: str, on: bool, with_others: bool = False, actor: User | None) -> Features:
    """Turn one switch, and with ``with_others`` those that must go with it.

    Locks the row. Repeating it changes nothing. Raises FeatureNeedsOthers or FeatureIsNeeded
    unless ``with_others``, FeatureExcluded always.
    """
    if code not in FEATURES:
        raise UnknownFeature
    with transaction.atomic():
        features = lock_to_switch()
        if getattr(features, code) == on:
            return features
        changed = [code]
        if on:
            for other in blockers_of(code, features):
                raise FeatureExcluded(feature=FEATURES[code].name, other=FEATURES[other].name)
            needed = needed_for(code, features)
            if needed and not with_others:
                raise FeatureNeedsOthers(needed=needed, names=names_of(needed))
            changed += needed
        else:
            dependants = dependants_of(code, features)
            if dependants and not with_others:
                raise FeatureIsNeeded(dependants=dependants, names=names_of(dependants))
            changed += dependants
        for name in changed:
            setattr(features, name, on)
        if "loyalty" in changed:
            features.loyalty_off_since = None if on else clock.now()
        features.changed_by = actor
        try:
            with transaction.atomic():
                features.save()
        except IntegrityError as error:
            raise FeatureExcluded(
                feature=FEATURES[code].name, other=_("another feature")
            ) from error
        return features
