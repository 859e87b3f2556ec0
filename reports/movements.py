"""The loyalty points report: which movements, their figures, and each of them as a line.

Read from the ledger as it stands. Rows are found by the ids of account, service and reward and
walked in the order of time; the count stops at 10,000.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db.models import Count, F, Q, QuerySet, Sum
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from business.models import Business
from catalogue.models import Service
from clients.models import Client
from clients.people import search_clients
from foundation.names import fold
from foundation.writing import grouped
from loyalty.history import RELATIONS, expected_at, explain, what
from loyalty.models import Award, AwardState, PointAccount, PointEntry, PointKind, Reward
from reports.filters import PointsQuestion, write_period
from reports.folding import Folded

COUNTED = 10_000


@dataclass(frozen=True)
class Line:
    """One movement and what explains it."""

    entry: PointEntry
    what: str
    why: str
    by: str

    @property
    def client(self) -> Client:
        return self.entry.account.client

    @property
    def gift_card_id(self) -> int | None:
        """The card that the points bought."""
        line = getattr(self.entry, "sale_line", None)
        return line.gift_card_id if line else None


@dataclass(frozen=True)
class AwardLine:
    """Points on the way, with the hour that the client is told."""

    award: Award
    expected_at: dt.datetime
    what: str

    @property
    def client(self) -> Client:
        return self.award.account.client


@dataclass(frozen=True)
class Figures:
    """Points. The first five are of the movements asked for, the others of now."""

    earned: int
    taken_back: int
    spent: int
    returned: int
    net: int
    on_the_way: int
    visits_on_the_way: int
    outstanding: int


def movements(asked: PointsQuestion, business: Business) -> QuerySet[PointEntry]:
    """The movements asked for, in no order."""
    rows = PointEntry.objects.all()
    start, end = asked.period.instants(business)
    if start:
        rows = rows.filter(created_at__gte=start)
    if end:
        rows = rows.filter(created_at__lt=end)
    if asked.kind:
        rows = rows.filter(kind=asked.kind)
    if asked.service_id:
        rows = rows.filter(service_id=asked.service_id)
    if asked.reward_id:
        rows = rows.filter(reward_id=asked.reward_id)
    accounts = _accounts(asked)
    if accounts is not None:
        rows = rows.filter(account__in=accounts)
    return _with_text(rows, asked.text)


def awards_on_the_way(asked: PointsQuestion, business: Business) -> QuerySet[Award]:
    """The promised awards of the same clients and services, due on the days asked for."""
    rows = _promised(asked)
    start, end = asked.period.instants(business)
    if start:
        rows = rows.filter(due_at__gte=start)
    return rows.filter(due_at__lt=end) if end else rows


def with_parts(rows: QuerySet[PointEntry]) -> QuerySet[PointEntry]:
    """With all that a line shows: one query for any number of rows."""
    return rows.select_related(*RELATIONS, "account__client", "sale_line")


def with_award_parts(rows: QuerySet[Award]) -> QuerySet[Award]:
    return rows.select_related("account__client", "booking")


def lines_of(entries: Iterable[PointEntry], business: Business) -> Iterator[Line]:
    for entry in entries:
        yield Line(
            entry=entry,
            what=what(entry),
            why=explain(entry, business),
            by=str(entry.actor) if entry.actor else _("The system"),
        )


def award_lines_of(awards: Iterable[Award], business: Business) -> Iterator[AwardLine]:
    for award in awards:
        yield AwardLine(award, expected_at(award, business), award.booking.service_name)


def capped_count(rows: QuerySet[PointEntry] | QuerySet[Award]) -> int:
    """Rows, or ``COUNTED`` + 1 for more: counting a ledger of millions reads all of it."""
    return rows.order_by()[: COUNTED + 1].count()


def figures(rows: QuerySet[PointEntry], asked: PointsQuestion) -> Figures:
    """Of ``rows``, the movements asked for, and of now."""
    amount = F("amount")
    sums = rows.order_by().aggregate(
        earned=Sum(amount, filter=Q(kind=PointKind.EARN), default=0),
        taken_back=-Sum(amount, filter=Q(kind=PointKind.WITHDRAW), default=0),
        spent=-Sum(amount, filter=Q(kind=PointKind.SPEND), default=0),
        returned=Sum(amount, filter=Q(kind=PointKind.RETURN), default=0),
        net=Sum(amount, default=0),
    )
    coming = _promised(asked).aggregate(
        on_the_way=Sum("points", default=0), visits_on_the_way=Count("pk")
    )
    outstanding = PointAccount.objects.aggregate(outstanding=Sum("balance", default=0))
    return Figures(**sums, **coming, **outstanding)


def in_words(asked: PointsQuestion) -> str:
    """The filter for the table's caption: one name and value after the other."""
    chips = [f"{chip.label}: {chip.value}" for chip in asked.chips()]
    if asked.period.preset:
        chips.insert(0, write_period(asked.period))
    return " · ".join(chips)


def file_days(asked: PointsQuestion) -> str:
    """The days for the name of a file: ``2025-11-01_2025-11-30``."""
    first, last = asked.period.first, asked.period.last
    if first and last:
        return f"{first.isoformat()}_{last.isoformat()}"
    if first:
        return f"from_{first.isoformat()}"
    return f"until_{last.isoformat()}" if last else "all"


def said_of(entry: PointEntry) -> str:
    """What is told after a correction: ``50 points deducted. Balance 290``."""
    params = {"points": grouped(abs(entry.amount)), "balance": grouped(entry.balance_after)}
    if entry.amount < 0:
        text = ngettext(
            "%(points)s point deducted. Balance %(balance)s",
            "%(points)s points deducted. Balance %(balance)s",
            -entry.amount,
        )
    else:
        text = ngettext(
            "%(points)s point added. Balance %(balance)s",
            "%(points)s points added. Balance %(balance)s",
            entry.amount,
        )
    return text % params


def _promised(asked: PointsQuestion) -> QuerySet[Award]:
    """Due on any day: they lie ahead of the days that movements are asked for."""
    rows = Award.objects.filter(state=AwardState.PROMISED)
    if asked.service_id:
        rows = rows.filter(booking__service_id=asked.service_id)
    accounts = _accounts(asked)
    return rows if accounts is None else rows.filter(account__in=accounts)


def _accounts(asked: PointsQuestion) -> list[int] | QuerySet[PointAccount] | None:
    """The accounts of the clients asked for, None for all of them."""
    if asked.client:
        # The id itself: a hot client through a join takes twenty times as long.
        found = PointAccount.objects.filter(client=asked.client).values_list("pk", flat=True)
        return list(found)
    if asked.who:
        clients = search_clients(asked.who).order_by().values("pk")
        return PointAccount.objects.filter(client__in=clients)
    return None


def _with_text(rows: QuerySet[PointEntry], text: str) -> QuerySet[PointEntry]:
    """Those that have every word in what staff wrote or in the name of what they are about."""
    words = fold(text).split()
    if not words:
        return rows
    services = _folded_names(Service.objects.order_by(), "name")
    rewards = _folded_names(Reward.objects.order_by(), "gift_card_type__name")
    rows = rows.alias(folded=Folded("description"))
    for word in words:
        rows = rows.filter(
            Q(folded__contains=word)
            | Q(service_id__in=[pk for pk, names in services if word in names])
            | Q(reward_id__in=[pk for pk, names in rewards if word in names])
        )
    return rows


def _folded_names(rows: QuerySet[Service] | QuerySet[Reward], name: str) -> list[tuple[int, str]]:
    """The names of some dozens of things, in every language."""
    columns = rows.values_list("pk", *(f"{name}_{code}" for code in ("en", "da", "fi")))
    return [(pk, fold(" ".join(names))) for pk, *names in columns]
