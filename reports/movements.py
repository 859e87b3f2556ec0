"""The loyalty points report: which movements, their figures, and each of them as a line.

Read from the ledger as it stands. Rows are found by the ids of account, service and reward and
walked in the order of time; the count stops at 10,000. A text is looked for in parts, each with
an index of its own. The figures are daily totals wherever nothing but days and kind is asked.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import and_, or_
from typing import TypeVar

from django.db.models import Count, Q, QuerySet, Sum
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from business.models import Business
from catalogue.models import Service
from clients.models import Client
from clients.people import search_clients
from foundation.names import fold, has_word
from foundation.writing import grouped
from loyalty import totals
from loyalty.history import expected_at, explain, explain_award, what
from loyalty.models import Award, AwardState, PointAccount, PointEntry, PointKind, Reward
from loyalty.rewards import ITEM_FIELDS, ITEMS
from reports.among import Among
from reports.filters import PointsQuestion, write_period
from reports.folding import Folded

COUNTED = 10_000
# Accounts that are told to the database by their ids.
NAMED = 10_000

Row = TypeVar("Row", PointEntry, Award)


@dataclass(frozen=True)
class Line:
    """One movement and what explains it. ``missing`` is None unless it was taken back; then it is
    how many points were not there any more."""

    entry: PointEntry
    what: str
    why: str
    by: str
    missing: int | None = None

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
    why: str

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
    rows, sources = _without_text(asked, business), _sources(asked.text)
    return rows if sources is None else _folded(rows).filter(reduce(or_, sources))


def parts(asked: PointsQuestion, business: Business) -> list[QuerySet[PointEntry]]:
    """The same movements as querysets that have none in common, for a page and its count.

    Asked "in the words or of such a service" at once, the database reads all movements of a kind
    to find that none fits; asked one after the other, each has an index.
    """
    rows, sources = _without_text(asked, business), _sources(asked.text)
    if sources is None:
        return [rows]
    rows, found = _folded(rows), []
    for number, source in enumerate(sources):
        apart = reduce(lambda left, other: left & ~other, sources[1:number], Q())
        if number:
            # Nothing written is no text to look in: neither found nor not found.
            apart &= Q(description="") | ~sources[0]
        found.append(rows.filter(source).filter(apart))
    return found


def _without_text(asked: PointsQuestion, business: Business) -> QuerySet[PointEntry]:
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
    return _of_accounts(rows, asked)


def awards_on_the_way(asked: PointsQuestion, business: Business) -> QuerySet[Award]:
    """The promised awards of the same clients and services, due on the days asked for."""
    rows = _promised(asked)
    start, end = asked.period.instants(business)
    if start:
        rows = rows.filter(due_at__gte=start)
    return rows.filter(due_at__lt=end) if end else rows


def with_parts(rows: QuerySet[PointEntry]) -> QuerySet[PointEntry]:
    """With all that a line shows: one query for any number of rows."""
    return rows.select_related("booking", *ITEMS, "actor", "account__client", "sale_line")


def with_award_parts(rows: QuerySet[Award]) -> QuerySet[Award]:
    return rows.select_related("account__client", "booking")


def lines_of(
    entries: Iterable[PointEntry], business: Business, *, taken: Mapping[int, int] | None = None
) -> Iterator[Line]:
    """``taken`` are those that were taken back (``reports.undone``)."""
    for entry in entries:
        yield Line(
            entry=entry,
            what=what(entry),
            why=explain(entry, business),
            by=str(entry.actor) if entry.actor else _("The system"),
            missing=(taken or {}).get(entry.pk),
        )


def award_lines_of(awards: Iterable[Award], business: Business) -> Iterator[AwardLine]:
    for award in awards:
        yield AwardLine(
            award=award,
            expected_at=expected_at(award, business),
            what=award.booking.service_name,
            why=explain_award(award, business),
        )


def capped_count(rows: Sequence[QuerySet[PointEntry]] | Sequence[QuerySet[Award]]) -> int:
    """Rows of all querysets together, or ``COUNTED`` + 1 for more: counting a ledger of millions
    reads all of it."""
    count = 0
    for part in rows:
        count += part.order_by()[: COUNTED + 1 - count].count()
        if count > COUNTED:
            break
    return count


def figures(asked: PointsQuestion, business: Business) -> Figures:
    """Of the movements asked for, and of now."""
    if asked.client or asked.who or asked.what or asked.text:
        found = totals.sums_of(parts(asked, business))
    else:
        found = totals.sums(*asked.period.instants(business), kind=asked.kind)
    points = {kind: found.get(kind, totals.Total()).points for kind in PointKind}
    coming = _promised(asked).aggregate(
        on_the_way=Sum("points", default=0), visits_on_the_way=Count("pk")
    )
    outstanding = PointAccount.objects.aggregate(outstanding=Sum("balance", default=0))
    return Figures(
        earned=points[PointKind.EARN],
        taken_back=-points[PointKind.WITHDRAW],
        spent=-points[PointKind.SPEND],
        returned=points[PointKind.RETURN],
        net=sum(points.values()),
        **coming,
        **outstanding,
    )


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
    return _of_accounts(rows, asked)


def _of_accounts(rows: QuerySet[Row], asked: PointsQuestion) -> QuerySet[Row]:
    """Those of ``rows`` that are of the clients asked for."""
    if asked.client:
        accounts = PointAccount.objects.filter(client=asked.client)
    elif asked.who:
        found = search_clients(asked.who).order_by().values("pk")
        accounts = PointAccount.objects.filter(client__in=found)
    else:
        return rows
    # The ids themselves: a hot client through a join takes twenty times as long.
    ids = list(accounts.values_list("pk", flat=True)[: NAMED + 1])
    if not ids:
        return rows.none()
    if len(ids) == 1:
        # Walked in the order of time by the account's index.
        return rows.filter(account=ids[0])
    if len(ids) <= NAMED:
        return rows.filter(Among("account", ids))
    # Of a name that many have, some were here lately: the newest movements are walked.
    return rows.filter(account__in=accounts)


def _folded(rows: QuerySet[PointEntry]) -> QuerySet[PointEntry]:
    return rows.alias(folded=Folded("description"))


def _sources(text: str) -> list[Q] | None:
    """Where every word of ``text`` may stand: in what staff wrote, or in the name of the service
    or the gift card, in any language. None without a text."""
    words = fold(text).split()
    if not words:
        return None
    written = reduce(and_, (has_word("folded", word) for word in words))
    sources = [written]
    for field, things in (
        ("service_id__in", _folded_names(Service.objects.order_by(), "name")),
        *(
            ("reward_id__in", _folded_names(_rewards_of(item), f"{item}__name"))
            for item in ITEM_FIELDS
        ),
    ):
        if ids := [pk for pk, names in things if all(word in names for word in words)]:
            sources.append(Q(**{field: ids}))
    return sources


def _rewards_of(item: str) -> QuerySet[Reward]:
    return Reward.objects.filter(**{f"{item}__isnull": False}).order_by()


def _folded_names(rows: QuerySet[Service] | QuerySet[Reward], name: str) -> list[tuple[int, str]]:
    """The names of some dozens of things, in every language."""
    columns = rows.values_list("pk", *(f"{name}_{code}" for code in ("en", "da", "fi")))
    return [(pk, fold(" ".join(names))) for pk, *names in columns]
