"""A draft as its last pages show it: every line with its time, its person and its price."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from bookings.lines import kept_lines
from bookings.models import Hold
from bookings.placing import outline
from catalogue.models import AddOn, Service
from website.draft_rewards import chosen_rewards


@dataclass(frozen=True)
class DraftLine:
    """``price_minor`` is what the service itself costs, nothing where points pay it; its add-ons
    cost what they cost."""

    service: Service
    person: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    price_minor: int
    by_points: bool
    add_ons: tuple[AddOn, ...]

    @property
    def minutes(self) -> int:
        return int((self.ends_at - self.starts_at).total_seconds() // 60)

    @property
    def total_minor(self) -> int:
        return self.price_minor + sum(add_on.price_minor for add_on in self.add_ons)


def draft_lines(hold: Hold) -> list[DraftLine]:
    """The lines of an appointment's draft, at the prices of now. Raises NotOffered."""
    chosen = chosen_rewards(hold)
    kept = [
        replace(line, by_points=number in chosen) for number, line in enumerate(kept_lines(hold))
    ]
    people = {line.provider.pk: line.provider.name for line in kept if line.provider is not None}
    return [
        DraftLine(
            service=placed.line.service,
            person=people[placed.provider_id],
            starts_at=placed.starts_at,
            ends_at=placed.ends_at,
            price_minor=placed.price_minor
            - sum(add_on.price_minor for add_on in placed.line.add_ons),
            by_points=placed.line.by_points,
            add_ons=placed.line.add_ons,
        )
        for placed in outline(lines=kept, starts_at=hold.starts_at)
    ]
