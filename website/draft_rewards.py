"""Rewards in a draft: services of it that the client books by points (ux C7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bookings.lines import wanted_lines
from bookings.models import Hold
from business.models import Business, Features
from clients.models import Client
from foundation.writing import local
from loyalty.points import balance_of
from loyalty.rewards import in_the_way, missing_points, service_rewards, services_had
from sales.rewards import Wanted


@dataclass(frozen=True)
class OfferedReward:
    """A line of the draft that points could pay. ``missing`` points and ``reason`` say why not."""

    number: int
    name: str
    points: int
    is_chosen: bool
    left_after: int
    missing: int
    reason: str


def chosen_rewards(hold: Hold) -> dict[int, Wanted]:
    """What the client chose, by the number of the line; nothing that its line is no longer, and
    nothing that is not given any more."""
    sent = hold.details.get("rewards")
    if not sent or hold.session_id is not None:
        return {}
    lines = wanted_lines(hold)
    rewards = {reward.pk: reward for reward in service_rewards(online=True)}
    return {
        number: Wanted(rewards[reward_id], points)
        for number, reward_id, points in sent
        if reward_id in rewards
        and number < len(lines)
        and rewards[reward_id].service_id == lines[number].service.pk
    }


def offered_rewards(
    hold: Hold, client: Client | None, business: Business, features: Features
) -> list[OfferedReward]:
    """Lines of the draft that are rewards on the website, for who has points to spend."""
    if client is None or client.left_out_at is not None or hold.session_id is not None:
        return []
    by_service = {
        reward.service_id: reward
        for reward in (service_rewards(online=True) if features.loyalty else [])
    }
    lines = wanted_lines(hold)
    if not any(line.service.pk in by_service for line in lines):
        return []
    chosen = chosen_rewards(hold)
    balance = balance_of(client)
    taken = sum(one.points for one in chosen.values())
    had = services_had(client)
    day = local(hold.starts_at, business.zone).date()
    found = []
    for number, line in enumerate(lines):
        reward = by_service.get(line.service.pk)
        if reward is None:
            continue
        points = reward.points or 0
        left = balance - taken if number in chosen else balance - taken - points
        who = line.provider.pk if line.provider else None
        found.append(
            OfferedReward(
                number=number,
                name=reward.name,
                points=points,
                is_chosen=number in chosen,
                left_after=left,
                missing=missing_points(needed=0, balance=left),
                reason=in_the_way(reward, day=day, provider_id=who, had=had),
            )
        )
    return found


def packed_rewards(hold: Hold, numbers: Sequence[str]) -> list[list[int]]:
    """The lines with these numbers as rewards, as a draft keeps them: number, reward, points."""
    by_service = {reward.service_id: reward for reward in service_rewards(online=True)}
    return [
        [number, by_service[line.service.pk].pk, by_service[line.service.pk].points or 0]
        for number, line in enumerate(wanted_lines(hold))
        if str(number) in numbers and line.service.pk in by_service
    ]
