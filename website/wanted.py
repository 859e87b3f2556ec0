"""What the address of a booking asks for: a service with add-ons, and services that follow it.

``?with=<person>&extra=<add-on>&extra=…&then=<service>&with2=<person>&extra2=<add-on>&then=…``: a
page that is shared, reloaded or gone Back to asks for the same. Who follows is numbered from 2;
where a line names nobody, whoever is free takes it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlencode

from django.http import QueryDict

from bookings.lines import MOST_LINES, Line
from catalogue.models import (
    AddOn,
    AddOnService,
    Provider,
    Service,
    ServiceKind,
    ServiceProvider,
)
from catalogue.terms import Terms, terms_by_provider

EXTRA, THEN, WITH = "extra", "then", "with"
Carried = list[tuple[str, int]]


@dataclass(frozen=True)
class WantedLine:
    """One line for showing: ``minutes`` and ``price_minor`` are the least that anybody takes, and
    ``varies`` says whether others take more. ``person`` is who does it, if it can only be one."""

    number: int
    service: Service
    add_ons: tuple[AddOn, ...]
    minutes: int
    price_minor: int
    varies: bool
    person: Provider | None
    can_choose: bool
    without: str
    """The query string of the same without this line; for those that follow."""


@dataclass(frozen=True)
class Following:
    """What can be chosen for a service that follows."""

    providers: list[Provider]
    add_ons: list[AddOn]


@dataclass(frozen=True)
class Wanted:
    """``rest`` are the lines that follow, and ``choices`` what each of their services offers."""

    service: Service
    provider: Provider | None
    add_ons: tuple[AddOn, ...]
    rest: tuple[Line, ...]
    choices: dict[int, Following]

    @property
    def lines(self) -> list[Line]:
        return [Line(self.service, self.provider, self.add_ons), *self.rest]

    @property
    def carried(self) -> Carried:
        """The part of the query string beside the first person, the day and the draft."""
        return _carried(self.add_ons, self.rest)

    @property
    def query(self) -> str:
        return urlencode(self.carried)

    @property
    def has_room(self) -> bool:
        return len(self.rest) < MOST_LINES - 1

    @cached_property
    def shown(self) -> list[WantedLine]:
        """One query for each line."""
        return [self._shown(number, line) for number, line in enumerate(self.lines, start=1)]

    @property
    def minutes(self) -> int:
        return sum(line.minutes for line in self.shown)

    @property
    def price_minor(self) -> int:
        return sum(line.price_minor for line in self.shown)

    @property
    def varies(self) -> bool:
        return any(line.varies for line in self.shown)

    def beside(self, number: int) -> Carried:
        """What is carried beside the choices of line ``number``: its person and add-ons."""
        own = {_named(WITH, number), _named(EXTRA, number)}
        return [pair for pair in self.carried if pair[0] not in own]

    def _shown(self, number: int, line: Line) -> WantedLine:
        found = terms_by_provider(line.service, line.add_ons)
        if line.provider is not None:
            found = {pk: terms for pk, terms in found.items() if pk == line.provider.pk}
        terms = list(found.values()) or [Terms(line.service.minutes, line.service.price_minor)]
        others = [each for index, each in enumerate(self.rest, start=2) if index != number]
        following = self.choices.get(line.service.pk, Following([], []))
        people = following.providers if number > 1 else []
        return WantedLine(
            number=number,
            service=line.service,
            add_ons=line.add_ons,
            minutes=min(each.minutes for each in terms),
            price_minor=min(each.price_minor for each in terms),
            varies=len(set(terms)) > 1,
            person=people[0] if len(people) == 1 else line.provider,
            can_choose=len(people) > 1 or (number > 1 and bool(following.add_ons)),
            without=urlencode(_carried(self.add_ons, others)),
        )


def _named(name: str, number: int) -> str:
    """``with`` and ``extra`` of the first line, ``with2`` of the second …"""
    return name if number == 1 else f"{name}{number}"


def _carried(add_ons: Iterable[AddOn], rest: Iterable[Line]) -> Carried:
    carried = [(EXTRA, each.pk) for each in add_ons]
    for number, line in enumerate(rest, start=2):
        carried.append((THEN, line.service.pk))
        if line.provider is not None:
            carried.append((_named(WITH, number), line.provider.pk))
        carried += [(_named(EXTRA, number), each.pk) for each in line.add_ons]
    return carried


def add_ons_of(service: Service) -> list[AddOn]:
    """What can go on top of a service."""
    return list(service.add_ons.filter(archived_at__isnull=True))


def also_bookable() -> list[Service]:
    """What can follow a service in one visit, in the order of the price list."""
    return list(Service.objects.offered_online().of_kind(ServiceKind.APPOINTMENT))


def read_wanted(
    service: Service,
    provider: Provider | None,
    query: QueryDict,
    *,
    offered: Sequence[AddOn],
    bookable: Sequence[Service],
) -> Wanted:
    """What ``query`` asks for, of what there is; the rest of it is left out."""
    extra, then = _ids(query, EXTRA), _ids(query, THEN)
    by_id = {each.pk: each for each in bookable}
    asked = [(number, by_id[pk]) for number, pk in enumerate(then, start=2) if pk in by_id]
    asked = asked[: MOST_LINES - 1]
    choices = _choices([service for _number, service in asked])
    return Wanted(
        service=service,
        provider=provider,
        add_ons=tuple(each for each in offered if each.pk in extra),
        rest=tuple(_line(query, number, each, choices[each.pk]) for number, each in asked),
        choices=choices,
    )


def _line(query: QueryDict, number: int, service: Service, offered: Following) -> Line:
    people, extra = _ids(query, _named(WITH, number)), _ids(query, _named(EXTRA, number))
    return Line(
        service,
        next((each for each in offered.providers if each.pk in people), None),
        tuple(each for each in offered.add_ons if each.pk in extra),
    )


def _choices(services: Sequence[Service]) -> dict[int, Following]:
    """Who does each of ``services``, and what goes on top of it; two queries."""
    found = {service.pk: Following([], []) for service in services}
    if not found:
        return found
    does = ServiceProvider.objects.filter(service__in=found, provider__archived_at__isnull=True)
    for each in does.select_related("provider").order_by("provider__position", "provider_id"):
        found[each.service_id].providers.append(each.provider)
    tops = AddOnService.objects.filter(service__in=found, add_on__archived_at__isnull=True)
    for top in tops.select_related("add_on").order_by("add_on__position", "add_on_id"):
        found[top.service_id].add_ons.append(top.add_on)
    return found


def carried_by(lines: Sequence[Line]) -> Carried:
    """How the address of a draft's time step asks for its lines again."""
    return _carried(lines[0].add_ons, lines[1:])


def _ids(query: QueryDict, name: str) -> list[int]:
    values = query.getlist(name)[:20]
    return [int(value) for value in values if value.isascii() and value.isdecimal()
            and len(value) < 10]  # fmt: skip
