"""Points by hand that somebody should look at: four patterns, each found in the ledgers alone.

None of them is a wrong in itself. They are read by managers, over the days that they choose.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeVar

from django.db.models import Count, F, QuerySet, Sum
from django.db.models.functions import Abs, TruncDate
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from business.models import Business
from business.profile import local_day_bounds
from foundation.models import User
from foundation.money import format_money
from foundation.writing import grouped, write_signed
from giftcards.models import CardEntry, CardKind
from loyalty.correcting_undo import undo_entries, undone_id
from loyalty.models import CorrectionRequest, PointAccount, PointEntry, PointKind, RequestState
from reports.periods import Period

# Of each pattern; what is older is found by other days.
SHOWN = 200
# Of what was taken back, to find what was taken back soon.
LOOKED_AT = 2_000
SOON = dt.timedelta(hours=1)
MANY = 3

Row = TypeVar("Row", PointEntry, CorrectionRequest, CardEntry)

OWN, UNDONE, MANY_A_DAY, CARDS = "own", "undone", "many", "cards"
PATTERNS: dict[str, str | Promise] = {
    OWN: gettext_lazy("Corrections on one’s own account"),
    UNDONE: gettext_lazy("Taken back within an hour"),
    MANY_A_DAY: gettext_lazy("More than three corrections a day for one client"),
    CARDS: gettext_lazy("Gift cards issued and used by one person"),
}
NONE: dict[str, str | Promise] = {
    OWN: gettext_lazy("Nobody has corrected the points of their own account."),
    UNDONE: gettext_lazy("No correction was taken back within an hour."),
    MANY_A_DAY: gettext_lazy("No client had more than three corrections on one day."),
    CARDS: gettext_lazy("No gift card was issued and used by the same person."),
}


@dataclass(frozen=True)
class Odd:
    """One thing to look at. ``amount`` is points or money in words, ``link`` leads to it."""

    at: dt.datetime
    who: str
    about: str
    amount: str
    words: str
    link: str


def odd_things(period: Period, business: Business) -> dict[str, list[Odd]]:
    """The newest of each pattern in ``period``, the newest first."""
    start, end = period.instants(business)
    found = {
        OWN: _on_own_account(start, end),
        UNDONE: _taken_back_soon(start, end),
        MANY_A_DAY: _many_a_day(start, end, business),
        CARDS: _issued_and_used(start, end, business),
    }
    return {name: list(things) for name, things in found.items()}


def _within(
    rows: QuerySet[Row], column: str, start: dt.datetime | None, end: dt.datetime | None
) -> QuerySet[Row]:
    if start:
        rows = rows.filter(**{f"{column}__gte": start})
    return rows.filter(**{f"{column}__lt": end}) if end else rows


def _corrections(start: dt.datetime | None, end: dt.datetime | None) -> QuerySet[PointEntry]:
    return _within(PointEntry.objects.filter(kind=PointKind.ADJUST), "created_at", start, end)


def _on_own_account(start: dt.datetime | None, end: dt.datetime | None) -> Iterator[Odd]:
    """By whoever holds the account, or asked for by them and approved by somebody else."""
    rows = _corrections(start, end).select_related("account__client", "actor")
    mine = rows.filter(actor=F("account__client__user")).order_by("-created_at", "-pk")[:SHOWN]
    things = [_of_entry(entry) for entry in mine]
    approved = CorrectionRequest.objects.filter(
        state=RequestState.APPROVED, asked_by=F("account__client__user")
    )
    asked = _within(approved, "decided_at", start, end)
    asked = asked.select_related("account__client", "asked_by").order_by("-pk")[:SHOWN]
    things += [_of_request(each) for each in asked]
    yield from sorted(things, key=lambda odd: odd.at, reverse=True)[:SHOWN]


def _taken_back_soon(start: dt.datetime | None, end: dt.datetime | None) -> Iterator[Odd]:
    rows = _within(undo_entries(), "created_at", start, end)
    rows = rows.select_related("account__client", "actor").order_by("-created_at", "-pk")
    newest = list(rows[:LOOKED_AT])
    firsts = PointEntry.objects.in_bulk({undone_id(each) for each in newest})
    soon = [each for each in newest if each.created_at - firsts[undone_id(each)].created_at <= SOON]
    yield from (_of_entry(each) for each in soon[:SHOWN])


def _many_a_day(
    start: dt.datetime | None, end: dt.datetime | None, business: Business
) -> Iterator[Odd]:
    """Days of the salon's calendar."""
    rows = (
        _corrections(start, end)
        .annotate(day=TruncDate("created_at", tzinfo=business.zone))
        .values("account", "day")
        .annotate(many=Count("pk"), points=Sum(Abs("amount")))
        .filter(many__gt=MANY)
        .order_by("-day", "account")
    )
    found = list(rows[:SHOWN])
    accounts = PointAccount.objects.select_related("client").in_bulk(
        {row["account"] for row in found}
    )
    for row in found:
        client, day = accounts[row["account"]].client, row["day"]
        asked = f"?client={client.pk}&kind=adjust&first={day}&last={day}"
        yield Odd(
            at=local_day_bounds(business, day)[0],
            who="",
            about=str(client),
            amount=_("%(many)s corrections, %(points)s points in all")
            % {"many": grouped(row["many"]), "points": grouped(row["points"])},
            words="",
            link=reverse("reports:loyalty") + asked,
        )


def _issued_and_used(
    start: dt.datetime | None, end: dt.datetime | None, business: Business
) -> Iterator[Odd]:
    """By staff: clients buy cards and use them, which is what they are for."""
    staff = User.objects.filter(is_staff=True).values("pk")
    used = CardEntry.objects.filter(kind=CardKind.SPEND, actor__in=staff)
    used = _within(used, "created_at", start, end).filter(
        card__entries__kind=CardKind.ISSUE, card__entries__actor=F("actor")
    )
    rows = used.select_related("card__type", "actor").order_by("-created_at", "-pk")
    for entry in rows[:SHOWN]:
        yield Odd(
            at=entry.created_at,
            who=str(entry.actor),
            about=f"{entry.card.type} {entry.card}",
            amount=format_money(-entry.amount, currency=business.currency),
            words=entry.description,
            link=reverse("admin:giftcards_giftcard_change", args=[entry.card_id]),
        )


def _of_entry(entry: PointEntry) -> Odd:
    client = entry.account.client
    return Odd(
        at=entry.created_at,
        who=str(entry.actor),
        about=str(client),
        amount=write_signed(entry.amount),
        words=entry.description,
        link=f"{reverse('reports:loyalty')}?client={client.pk}&kind=adjust&range=all",
    )


def _of_request(asked: CorrectionRequest) -> Odd:
    return Odd(
        at=asked.decided_at or asked.asked_at,
        who=str(asked.asked_by),
        about=str(asked.account.client),
        amount=write_signed(asked.amount),
        words=asked.description,
        link=reverse("reports:request", args=[asked.pk]),
    )
