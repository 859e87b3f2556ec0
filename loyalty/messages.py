"""The two loyalty messages: points that came by themselves, and a balance changed by hand.

Both need consent (product A14), which is looked at when they are sent. Several of one client
become one mail, and a client for whom the sweep still has due awards waits for the rest: after
days of standstill each client hears once (reliability F05).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from django.db.models import Q
from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from bookings.models import BookingStatus
from business.features import get_features
from business.models import Business
from business.profile import get_business
from foundation.writing import (
    local,
    write_day,
    write_day_time,
    write_points,
    write_signed,
)
from loyalty.models import Award, AwardState, PointEntry, PointKind
from loyalty.rewards import next_goal, offered_card_types
from notifications.errors import SubjectGone
from notifications.kinds import Context, MessageKind, Placeholder, Text, register
from notifications.links import site_url
from notifications.models import Message

POINTS_PAGE = "/account/points/"
MOST_LINES = 20


def write_change(amount: int) -> str:
    """``+60 points``, ``−1 point``."""
    return ngettext("%(number)s point", "%(number)s points", abs(amount)) % {
        "number": write_signed(amount)
    }


_points = lazy(write_points, str)
_change = lazy(write_change, str)
_date = lazy(lambda: write_day(dt.date(2025, 11, 4)), str)

PLACEHOLDERS = {
    "points": Placeholder(gettext_lazy("Points added or deducted, without sign"), _points(60)),
    "change": Placeholder(gettext_lazy("The change, with its sign"), _change(60)),
    "balance": Placeholder(gettext_lazy("The new balance"), _points(340)),
    "what_for": Placeholder(
        gettext_lazy("What it was for, one line each"),
        gettext_lazy("+60 points: Deep tissue massage, Tue 4 Nov 14:30"),
        multiline=True,
    ),
    "description": Placeholder(
        gettext_lazy("The description that staff wrote"), gettext_lazy("Thank you for your help")
    ),
    "date": Placeholder(gettext_lazy("The day of the change"), _date()),
    "next_goal": Placeholder(
        gettext_lazy("What the points will buy next, as a sentence"),
        gettext_lazy("Gift card €50: 160 points to go."),
    ),
    "missing_points": Placeholder(gettext_lazy("Points missing for it"), _points(160)),
    "points_link": Placeholder(
        gettext_lazy("Link to the points page"), "https://example.com/account/points/", link=True
    ),
}

BY_HAND = PLACEHOLDERS | {
    "what_for": Placeholder(
        gettext_lazy("What it was for, one line each"),
        gettext_lazy("+60 points: Thank you for your help"),
        multiline=True,
    ),
}


def _build(messages: Sequence[Message]) -> Context:
    """One mail about everything that ``messages`` tell of and that still stands."""
    entries = _standing_entries(messages)
    # Looked at when it is sent, as consent is: who was left out meanwhile hears nothing either.
    if not entries or entries[-1].account.client.left_out_at is not None:
        raise SubjectGone
    business = get_business()
    account = entries[-1].account
    change = sum(entry.amount for entry in entries)
    goal, missing = _goal(account.balance)
    return Context(
        {
            "points": write_points(abs(change)),
            "change": write_change(change),
            "balance": write_points(account.balance),
            "what_for": _what_for(entries, business),
            "description": ", ".join(entry.description for entry in entries if entry.description),
            "date": write_day(local(entries[-1].created_at, business.zone).date()),
            "next_goal": goal,
            "missing_points": missing,
            "points_link": site_url(POINTS_PAGE, messages[0].language),
        }
    )


def _standing_entries(messages: Sequence[Message]) -> list[PointEntry]:
    """The movements told of, oldest first, without those of awards taken back since."""
    awards = [message.subjects["award"] for message in messages if "award" in message.subjects]
    named = [message.subjects["entry"] for message in messages if "entry" in message.subjects]
    entries = PointEntry.objects.filter(Q(pk__in=named) | Q(award__pk__in=awards))
    standing = entries.exclude(award__state=AwardState.WITHDRAWN)
    return list(standing.select_related("account__client", "booking").order_by("sequence"))


def _what_for(entries: Sequence[PointEntry], business: Business) -> str:
    lines = [_line(entry, business) for entry in entries[:MOST_LINES]]
    if len(entries) > MOST_LINES:
        more = len(entries) - MOST_LINES
        lines.append(ngettext("and %(count)d more", "and %(count)d more", more) % {"count": more})
    return "\n".join(lines)


def _line(entry: PointEntry, business: Business) -> str:
    change = write_change(entry.amount)
    if entry.kind != PointKind.ADJUST and entry.booking is not None:
        return _("%(change)s: %(service)s, %(when)s") % {
            "change": change,
            "service": entry.booking.service_name,
            "when": write_day_time(entry.booking.starts_at, business.zone),
        }
    if not entry.description:
        return change
    return _("%(change)s: %(description)s") % {
        "change": change,
        "description": entry.description,
    }


def _goal(balance: int) -> tuple[str, str]:
    """What the balance is good for, as a sentence, and the points missing for more."""
    features = get_features()
    offered = offered_card_types(features)
    if not offered:
        return "", ""
    goal = next_goal(balance, features)
    if goal is not None:
        missing = write_points(goal.missing)
        sentence = _("%(card)s: %(points)s to go.") % {
            "card": goal.card_type.name,
            "points": missing,
        }
        return sentence, missing
    best = list(offered)[-1]
    return _("You have enough points for this: %(card)s.") % {"card": best.name}, ""


def _more_is_coming(client_ids: Iterable[int], at: dt.datetime) -> set[int]:
    """Clients with awards that are due and not credited yet. One that waits for somebody to mark
    the visit may wait for days; nothing waits for it."""
    due = Award.objects.filter(
        Q(next_try_at__isnull=True) | Q(next_try_at__lte=at),
        account__client_id__in=list(client_ids),
        state=AwardState.PROMISED,
        due_at__lte=at,
    )
    if get_business().attendance_must_be_marked:
        due = due.exclude(booking__status=BookingStatus.BOOKED)
    return set(due.values_list("account__client_id", flat=True))


POINTS_ADDED = MessageKind(
    code="points_added",
    label=gettext_lazy("Points added automatically"),
    consent_class="marketing",
    own_placeholders=PLACEHOLDERS,
    merges=True,
    wait_for=_more_is_coming,
    build=_build,
    texts={
        "en": Text(
            "{points} added at {business_name}",
            "Hi {client_name},\n\n"
            "You earned **{points}**:\n\n"
            "{what_for}\n\n"
            "Your balance is now **{balance}**.\n\n"
            "{next_goal}\n\n"
            "[See your points]({points_link})\n\n"
            "You get this mail because you agreed to messages about points. "
            "[Stop these messages]({stop_link})",
        ),
        "da": Text(
            "{points} tilføjet hos {business_name}",
            "Hej {client_name}\n\n"
            "Du har optjent **{points}**:\n\n"
            "{what_for}\n\n"
            "Din saldo er nu **{balance}**.\n\n"
            "{next_goal}\n\n"
            "[Se dine point]({points_link})\n\n"
            "Du får denne mail, fordi du har sagt ja til beskeder om point. "
            "[Stop disse beskeder]({stop_link})",
        ),
        "fi": Text(
            "{business_name}: {points} lisätty",
            "Hei {client_name}\n\n"
            "Sinulle kertyi **{points}**:\n\n"
            "{what_for}\n\n"
            "Saldosi on nyt **{balance}**.\n\n"
            "{next_goal}\n\n"
            "[Katso pisteesi]({points_link})\n\n"
            "Saat tämän viestin, koska olet hyväksynyt pisteviestit. "
            "[Lopeta nämä viestit]({stop_link})",
        ),
    },
)

POINTS_ADJUSTED = MessageKind(
    code="points_adjusted",
    label=gettext_lazy("Points changed by hand"),
    consent_class="marketing",
    own_placeholders=BY_HAND,
    merges=True,
    build=_build,
    texts={
        "en": Text(
            "Your points at {business_name}: {change}",
            "Hi {client_name},\n\n"
            "We changed your points:\n\n"
            "{what_for}\n\n"
            "Your balance is now **{balance}**.\n\n"
            "{next_goal}\n\n"
            "[See your points]({points_link})\n\n"
            "You get this mail because you agreed to messages about points. "
            "[Stop these messages]({stop_link})",
        ),
        "da": Text(
            "Dine point hos {business_name}: {change}",
            "Hej {client_name}\n\n"
            "Vi har ændret dine point:\n\n"
            "{what_for}\n\n"
            "Din saldo er nu **{balance}**.\n\n"
            "{next_goal}\n\n"
            "[Se dine point]({points_link})\n\n"
            "Du får denne mail, fordi du har sagt ja til beskeder om point. "
            "[Stop disse beskeder]({stop_link})",
        ),
        "fi": Text(
            "Pisteesi, {business_name}: {change}",
            "Hei {client_name}\n\n"
            "Muutimme pisteitäsi:\n\n"
            "{what_for}\n\n"
            "Saldosi on nyt **{balance}**.\n\n"
            "{next_goal}\n\n"
            "[Katso pisteesi]({points_link})\n\n"
            "Saat tämän viestin, koska olet hyväksynyt pisteviestit. "
            "[Lopeta nämä viestit]({stop_link})",
        ),
    },
)


def register_kinds() -> None:
    register(POINTS_ADDED)
    register(POINTS_ADJUSTED)
