"""What the page of custom features shows: rows, the chosen feature, questions before a switch."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from django import forms
from django.db.models import Count
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from business.features import (
    CATEGORIES,
    FEATURES,
    Feature,
    blockers_of,
    dependants_of,
    names_of,
    needed_for,
)
from business.models import Features
from foundation.names import fold
from loyalty.models import EarningRule, Reward
from notifications.kinds import get_kind
from notifications.models import LANGUAGE_CHOICES
from notifications.texts import texts_overview

ICONS = {
    "client_login": "log-in",
    "payments": "credit-card",
    "coupons": "ticket",
    "gift_cards": "gift",
    "loyalty": "star",
    "clean_history": "history",
}
# The two messages that belong to the loyalty system (product A2).
LOYALTY_KINDS = ("points_added", "points_adjusted")
CHANGES_SHOWN = 10
# Whole phrases: no sentence is built from pieces. The longest is Loyalty with its four.
TURN_ON_ALL = {
    1: _("Turn on"),
    2: _("Turn on both"),
    3: _("Turn on all three"),
    4: _("Turn on all four"),
    5: _("Turn on all five"),
}
TURN_OFF_ALL = {1: _("Turn off"), 2: _("Turn off both")}


class FilterForm(forms.Form):
    """What of the page is asked for; parsed by a form so that no query string breaks it."""

    q = forms.CharField(label=_("Search"), required=False, max_length=60)
    category = forms.ChoiceField(required=False, choices=list(CATEGORIES.items()))
    on_only = forms.BooleanField(label=_("On only"), required=False)


@dataclass(frozen=True)
class Row:
    """One feature as it stands. ``blockers`` are on and keep it from being turned on."""

    feature: Feature
    icon: str
    is_on: bool
    needs: str
    excludes: str
    blockers: list[Feature]
    error: str = ""


@dataclass(frozen=True)
class Group:
    name: str | Promise
    rows: list[Row]


@dataclass(frozen=True)
class Question:
    """What turning a switch does to others, and the words on the two buttons."""

    feature: Feature
    on: bool
    others: list[str]
    names: str
    yes: str | Promise
    no: str | Promise


@dataclass(frozen=True)
class Change:
    when: dt.datetime
    who: str
    on: bool


@dataclass(frozen=True)
class MessageLine:
    """One of a feature's messages: which languages have the business's own words."""

    code: str
    label: str | Promise
    languages: list[dict[str, Any]]


def groups_of(
    features: Features, asked: dict[str, Any], *, failed: str = "", error: str = ""
) -> list[Group]:
    """The rows that ``asked`` leaves, by category. ``error`` stands under the row ``failed``."""
    words = fold(asked.get("q") or "").split()
    groups = []
    for category, name in CATEGORIES.items():
        if asked.get("category") not in ("", None, category):
            continue
        rows = [
            _row(feature, features, error if feature.code == failed else "")
            for feature in FEATURES.values()
            if feature.category == category
            and (getattr(features, feature.code) or not asked.get("on_only"))
            and _matches(feature, words)
        ]
        if rows:
            groups.append(Group(name, rows))
    return groups


def _matches(feature: Feature, words: Iterable[str]) -> bool:
    text = fold(f"{feature.name} {feature.sentence}")
    return all(word in text for word in words)


def _row(feature: Feature, features: Features, error: str) -> Row:
    is_on = getattr(features, feature.code)
    blockers = [] if is_on else [FEATURES[code] for code in blockers_of(feature.code, features)]
    return Row(
        feature=feature,
        icon=ICONS[feature.code],
        is_on=is_on,
        needs=names_of(feature.needs),
        excludes=names_of(feature.excludes),
        blockers=blockers,
        error=error,
    )


def question_about(code: str, *, on: bool, features: Features) -> Question:
    others = needed_for(code, features) if on else dependants_of(code, features)
    labels = TURN_ON_ALL if on else TURN_OFF_ALL
    return Question(
        feature=FEATURES[code],
        on=on,
        others=others,
        names=names_of(others),
        yes=labels[len(others) + 1],
        no=_("Not now") if on else _("Keep on"),
    )


def changes_of(code: str) -> list[Change]:
    """The last times this one switch was turned, the newest first."""
    versions = Features.history.select_related("history_user").order_by(
        "-history_date", "-history_id"
    )[:200]
    rows = list(versions)
    turned = [
        Change(row.history_date, str(row.history_user or _("The system")), getattr(row, code))
        for row, older in pairwise(rows)
        if getattr(row, code) != getattr(older, code)
    ]
    return turned[:CHANGES_SHOWN]


def loyalty_facts() -> dict[str, Any]:
    """What the panel of the loyalty system counts, and its messages."""
    counts = EarningRule.objects.filter(enabled=True, service__archived_at__isnull=True)
    by_kind = dict(counts.values_list("service__kind").annotate(n=Count("pk")))
    return {
        "earning_services": by_kind.get("appointment", 0),
        "earning_classes": by_kind.get("class", 0),
        "card_rewards": Reward.objects.filter(
            enabled=True, gift_card_type__archived_at__isnull=True
        ).count(),
        "kinds": message_lines(),
    }


def message_lines() -> list[MessageLine]:
    found = {each.kind.code: each for each in texts_overview()}
    return [
        MessageLine(
            code=code,
            label=get_kind(code).label,
            languages=[
                {
                    "code": language,
                    "name": name,
                    "is_own": language in found[code].own_languages,
                    "is_broken": language in found[code].broken_languages,
                }
                for language, name in LANGUAGE_CHOICES
            ],
        )
        for code in LOYALTY_KINDS
    ]
