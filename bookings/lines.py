"""What is wanted in one visit: services one after another, each with its add-ons.

A hold keeps its lines as ids, with who was found for each. A plain line, one service without
add-ons, is kept by the hold's own columns alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bookings.errors import NotOffered
from bookings.models import Hold
from catalogue.models import AddOn, Provider, Service
from foundation import clock

MOST_LINES = 5
BOOKED = "booked_visit"
"""In the details of a hold that became a visit: the visit's reference."""


@dataclass(frozen=True)
class Line:
    """One service with its add-ons, with ``provider`` or, where None, with anybody. ``by_points``:
    the service itself is a reward, and costs nothing."""

    service: Service
    provider: Provider | None = None
    add_ons: tuple[AddOn, ...] = ()
    by_points: bool = False

    @property
    def ids(self) -> list[Any]:
        """The line in plain values, for telling whether a form asks for the same again."""
        return [
            self.service.pk,
            self.provider and self.provider.pk,
            sorted({add_on.pk for add_on in self.add_ons}),
            *(["by points"] if self.by_points else []),
        ]


def fresh_lines(lines: Sequence[Line]) -> list[Line]:
    """The lines with services, providers and add-ons as they are now; an add-on counts once.
    At most three queries. Raises NotOffered for none at all and for more than anybody books."""
    if not 1 <= len(lines) <= MOST_LINES:
        raise NotOffered
    services = Service.objects.in_bulk({line.service.pk for line in lines})
    wanted = {add_on.pk for line in lines for add_on in line.add_ons}
    add_ons = AddOn.objects.in_bulk(wanted) if wanted else {}
    named = {line.provider.pk for line in lines if line.provider is not None}
    providers = Provider.objects.in_bulk(named) if named else {}
    return [
        replace(
            line,
            service=services[line.service.pk],
            provider=providers[line.provider.pk] if line.provider is not None else None,
            add_ons=tuple(add_ons[pk] for pk in dict.fromkeys(a.pk for a in line.add_ons)),
        )
        for line in lines
    ]


def price_of(line: Line, price_minor: int) -> int:
    """What the line costs, in minor units, where it is ``price_minor`` for money: of a reward its
    add-ons alone."""
    if not line.by_points:
        return price_minor
    return sum(add_on.price_minor for add_on in line.add_ons)


def is_plain(lines: Sequence[Line]) -> bool:
    return len(lines) == 1 and not lines[0].add_ons


def pack_lines(lines: Sequence[Line], provider_ids: Iterable[int]) -> list[dict[str, Any]]:
    """The lines for ``Hold.lines``, with who was found for each; nothing for a plain one."""
    if is_plain(lines):
        return []
    return [
        {
            "service": line.service.pk,
            "provider": provider_id,
            "any": line.provider is None,
            "add_ons": [add_on.pk for add_on in line.add_ons],
        }
        for line, provider_id in zip(lines, provider_ids, strict=True)
    ]


def is_keeping(hold: Hold) -> bool:
    """Whether the hold keeps its time now: it has not run out, nor become a visit."""
    return hold.expires_at > clock.now() and not hold.details.get(BOOKED)


def wanted_lines(hold: Hold) -> list[Line]:
    """What the visitor asked for: nobody named where anybody would do."""
    if not hold.lines:
        return [Line(hold.service, None if hold.any_provider else hold.provider)]
    return [
        replace(line, provider=None) if packed["any"] else line
        for line, packed in zip(kept_lines(hold), hold.lines, strict=True)
    ]


def kept_lines(hold: Hold) -> list[Line]:
    """The hold's lines, each with whom it is kept. At most three queries. Raises NotOffered when
    something of it exists no more."""
    if not hold.lines:
        return [Line(hold.service, hold.provider)]
    services = Service.objects.in_bulk({packed["service"] for packed in hold.lines})
    providers = Provider.objects.in_bulk({packed["provider"] for packed in hold.lines})
    wanted = {pk for packed in hold.lines for pk in packed["add_ons"]}
    add_ons = AddOn.objects.in_bulk(wanted) if wanted else {}
    try:
        return [
            Line(
                services[packed["service"]],
                providers[packed["provider"]],
                tuple(add_ons[pk] for pk in packed["add_ons"]),
            )
            for packed in hold.lines
        ]
    except KeyError:
        raise NotOffered from None
