"""A draft as its last pages show it: every line with its time, its person and its price."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from bookings.lines import kept_lines
from bookings.models import Hold
from bookings.placing import outline
from catalogue.models import AddOn, Service


@dataclass(frozen=True)
class DraftLine:
    """``price_minor`` is what the service itself costs; its add-ons cost what they cost."""

    service: Service
    person: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    price_minor: int
    add_ons: tuple[AddOn, ...]

    @property
    def minutes(self) -> int:
        return int((self.ends_at - self.starts_at).total_seconds() // 60)

    @property
    def total_minor(self) -> int:
        return self.price_minor + sum(add_on.price_minor for add_on in self.add_ons)


def draft_lines(hold: Hold) -> list[DraftLine]:
    """The lines of an appointment's draft, at the prices of now. Raises NotOffered."""
    kept = kept_lines(hold)
    people = {line.provider.pk: line.provider.name for line in kept if line.provider is not None}
    return [
        DraftLine(
            service=placed.line.service,
            person=people[placed.provider_id],
            starts_at=placed.starts_at,
            ends_at=placed.ends_at,
            price_minor=placed.price_minor
            - sum(add_on.price_minor for add_on in placed.line.add_ons),
            add_ons=placed.line.add_ons,
        )
        for placed in outline(lines=kept, starts_at=hold.starts_at)
    ]
