"""Rewards in a visit: the points leave with the booking in one act, and come back with it.

A spending is a fact of the line that it pays, so a repeat takes nothing twice; a return is one of
the spending. Where a cancelled visit is taken up again, its points are taken again, as a fact of
that return: nothing is flipped back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from bookings.lines import Line
from bookings.models import Booking, Source
from business.features import lock_features, require_feature
from business.models import Business, Features
from clients.models import Client
from foundation.models import User
from foundation.writing import local
from loyalty.models import Reward
from loyalty.points import return_points, spend_points
from loyalty.rewards import in_the_way, services_had
from sales.errors import RewardNotNow
from sales.models import SaleLine, SaleState
from sales.payments import staff_only


@dataclass(frozen=True)
class Wanted:
    """A reward as it was shown: which, and for how many points."""

    reward: Reward
    points: int

    @property
    def ids(self) -> list[int]:
        return [self.reward.pk, self.points]


NO_REWARDS: Mapping[int, Wanted] = MappingProxyType({})


def as_rewards(lines: Sequence[Line], wanted: Mapping[int, Wanted]) -> list[Line]:
    """``lines``, those with a number of ``wanted`` as rewards. Raises RewardNotNow for a reward
    of something else."""
    found = []
    for number, line in enumerate(lines):
        if number in wanted and wanted[number].reward.service_id != line.service.pk:
            raise RewardNotNow
        found.append(replace(line, by_points=number in wanted))
    if wanted.keys() - set(range(len(lines))):
        raise RewardNotNow
    return found


def check_rewards(
    *,
    client: Client,
    bookings: Sequence[Booking],
    wanted: Mapping[int, Wanted],
    business: Business,
    features: Features,
    source: str,
) -> None:
    """Whether the lines of a visit, in their order, may be had as the rewards that were shown.

    Runs under the client's lock, so "first time only" is true when it is written. Raises
    FeatureOff, RewardNotNow.
    """
    if not wanted:
        return
    require_feature(features, "loyalty")
    had = services_had(client, besides_visit=bookings[0].visit_id)
    fresh = Reward.objects.prefetch_related("providers").select_related("service")
    rewards = fresh.in_bulk([one.reward.pk for one in wanted.values()])
    for number, booking in enumerate(bookings):
        if number not in wanted:
            continue
        reward = rewards[wanted[number].reward.pk]
        day = local(booking.starts_at, business.zone).date()
        reason = in_the_way(reward, day=day, provider_id=booking.provider_id, had=had)
        is_there = reward.points == wanted[number].points
        if reason or not is_there or (source == Source.ONLINE and not reward.online):
            raise RewardNotNow(reason=reason)
        had.add(booking.service_id)


def take_points(
    *, bookings: Sequence[Booking], wanted: Mapping[int, Wanted], client: Client, actor: User | None
) -> None:
    """Pay the lines of a new visit that are rewards. Cards are locked before: the project's order.
    Raises InsufficientPoints."""
    for number, one in sorted(wanted.items()):
        line = SaleLine.objects.get(booking=bookings[number])
        entry = spend_points(
            client=client,
            reward=one.reward,
            points=one.points,
            key=f"sale-line:{line.pk}:spend",
            actor=staff_only(actor),
            booking=bookings[number],
        )
        SaleLine.objects.filter(pk=line.pk).update(spend_entry=entry)


def products_had(client_id: int) -> set[int]:
    """Ids of the products that the client took away and did not give back."""
    sold = SaleLine.objects.filter(
        sale__client=client_id,
        sale__state=SaleState.COMPLETED,
        product__isnull=False,
        refunded_at__isnull=True,
    )
    return {pk for pk in sold.values_list("product_id", flat=True).distinct() if pk}


def paying_lines(bookings: Iterable[Booking]) -> list[SaleLine]:
    """The lines of these bookings for which points are taken and not returned."""
    lines = SaleLine.objects.filter(booking__in=bookings, spend_entry__isnull=False)
    paying = lines.filter(spend_entry__reversed_by__isnull=True)
    return list(paying.select_related("spend_entry__account").order_by("pk"))


def points_taken(bookings: Iterable[Booking]) -> int:
    """Points that rewards of these bookings cost and that have not come back."""
    return -sum(line.spend_entry.amount for line in paying_lines(bookings) if line.spend_entry)


def return_rewards(*, bookings: Iterable[Booking], actor: User | None) -> int:
    """Give the points of these bookings back to the accounts that paid, each exactly once, and
    also while loyalty is off; how many came back."""
    came_back = 0
    for line in paying_lines(bookings):
        assert line.spend_entry is not None  # noqa: S101 (asked for)
        came_back += return_points(
            entry=line.spend_entry, description="", actor=staff_only(actor)
        ).amount
    return came_back


def take_again(*, bookings: Iterable[Booking], actor: User | None) -> None:
    """These bookings stand again: what came back of their points is taken again.

    Raises InsufficientPoints, and FeatureOff while loyalty is off.
    """
    lines = SaleLine.objects.filter(booking__in=bookings, spend_entry__reversed_by__isnull=False)
    related = ("spend_entry__reward", "spend_entry__reversed_by", "booking__visit__client")
    for line in lines.select_related(*related).order_by("pk"):
        entry, booking = line.spend_entry, line.booking
        # What was stripped of its client is long over, and no spending is without a reward.
        if entry is None or entry.reward is None or booking is None or not booking.visit.client:
            continue
        require_feature(lock_features(), "loyalty")
        again = spend_points(
            client=booking.visit.client,
            reward=entry.reward,
            points=-entry.amount,
            key=f"entry:{entry.reversed_by.pk}:spend",
            actor=staff_only(actor),
            booking=booking,
        )
        SaleLine.objects.filter(pk=line.pk).update(spend_entry=again)
