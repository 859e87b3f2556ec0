"""What a correction would do: the live line under the amount, and the words on the button."""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from clients.models import Client
from foundation.models import User
from foundation.writing import grouped
from loyalty.correcting_limits import check_limits, limits_of
from loyalty.errors import AboveDayLimit, AboveLimit, BelowZero
from loyalty.models import MOST_POINTS
from loyalty.points import balance_of

_GROUPED = re.compile(r"([+\-])?([0-9]{1,3}(?:[ .,'][0-9]{3})+|[0-9]{1,12})")
_MINUS = str.maketrans({"−": "-", "–": "-", "\u2010": "-", "\u2011": "-", "’": "'"})
_SPACE = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2009": " "})


def read_points(text: str) -> int:
    """A whole number as people write it: any minus, thousands apart or not. Raises ValueError."""
    plain = text.translate(_MINUS).translate(_SPACE).strip()
    match = _GROUPED.fullmatch(re.sub(r"^([+\-]) +", r"\1", plain))
    if match is None:
        raise ValueError(text)
    number = int(re.sub(r"[ .,']", "", match.group(2)))
    return -number if match.group(1) == "-" else number


@dataclass(frozen=True)
class Change:
    """The live line. ``after`` is None while no amount can be read, or none that fits; ``waits``
    says why a second person has to approve it."""

    balance: int
    amount: int | None
    refusal: str = ""
    waits: str = ""

    @property
    def after(self) -> int | None:
        return None if self.amount is None else self.balance + self.amount


def too_many() -> str:
    return _("Enter at most %(most)s points") % {"most": grouped(MOST_POINTS)}


def change_of(client: Client | None, amount: str, person: User) -> Change | None:
    """Refused in the order in which the form and the command refuse."""
    if client is None:
        return None
    balance = balance_of(client)
    try:
        points = read_points(amount)
    except ValueError:
        return Change(balance, None)
    if not points:
        return Change(balance, None)
    if abs(points) > MOST_POINTS:
        return Change(balance, None, too_many())
    if points < 0 and balance + points < 0:
        return Change(balance, points, str(BelowZero(name=client.first_name, balance=balance)))
    return Change(balance, points, waits=waits_because(person, points))


def waits_because(person: User, points: int) -> str:
    """Which limit of ``person`` an amount is above, in words; "" where it is within them."""
    try:
        check_limits(person=person, amount=points)
    except (AboveLimit, AboveDayLimit) as above:
        return str(above)
    return ""


def limits_in_words(person: User) -> str:
    """What ``person`` may move alone, for the hint under the amount; "" without a limit."""
    limits = limits_of(person)
    if limits.per_entry is None and limits.per_day is None:
        return ""
    if limits.per_day is None:
        words = _("More than %(at_once)s at once waits for a second person.")
    elif limits.per_entry is None:
        words = _("More than %(a_day)s a day waits for a second person.")
    else:
        words = _("More than %(at_once)s at once or %(a_day)s a day waits for a second person.")
    return words % {
        "at_once": grouped(limits.per_entry or 0),
        "a_day": grouped(limits.per_day or 0),
    }


def label_of(change: Change | None) -> str:
    """What the button does, in its own words."""
    points = change.amount if change else None
    if change is None or not points:
        return _("Add points")
    params = {"points": grouped(abs(points))}
    if change.waits and points < 0:
        text = ngettext(
            "Ask to deduct %(points)s point", "Ask to deduct %(points)s points", -points
        )
    elif change.waits:
        text = ngettext("Ask to add %(points)s point", "Ask to add %(points)s points", points)
    elif points < 0:
        text = ngettext("Deduct %(points)s point", "Deduct %(points)s points", -points)
    else:
        text = ngettext("Add %(points)s point", "Add %(points)s points", points)
    return text % params
