"""The loyalty card in the booking screen: what the client's points buy now (ux S4, S5)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.http import QueryDict
from django.utils.translation import gettext as _

from bookings.lines import MOST_LINES
from business.features import get_features
from business.models import Business
from clients.models import Client
from foundation.keyset import LARGEST_ID
from foundation.writing import local, write_points
from loyalty.history import entries_of, explain, on_the_way
from loyalty.models import Reward
from loyalty.points import balance_of
from loyalty.rewards import (
    in_the_way,
    missing_points,
    product_rewards,
    service_rewards,
    services_had,
)
from sales.rewards import Wanted

if TYPE_CHECKING:
    from backoffice.new_booking_lines import Row

MOVEMENTS = 3


@dataclass(frozen=True)
class Offered:
    """A reward for this client, at the day and with the person that are chosen so far."""

    reward: Reward
    points: int
    missing: int
    left_after: int
    reason: str = ""


@dataclass(frozen=True)
class LoyaltyCard:
    """What stands behind the button. ``taken``: points of the rewards in the form already."""

    balance: int
    taken: int
    coming: int
    movements: list[tuple[int, str]]
    can: list[Offered]
    almost: list[Offered]
    blocked: list[Offered]

    @property
    def left(self) -> int:
        return self.balance - self.taken


def rewards_by_id() -> dict[int, Reward]:
    return {reward.pk: reward for reward in service_rewards()}


def read_reward(text: str, rewards: dict[int, Reward], service_id: int) -> Wanted | None:
    """``17:400``: the reward and its points as they were shown. None where it is not one of this
    service, or is given no more."""
    number, _colon, points = text.partition(":")
    if not (_is_number(number) and _is_number(points)):
        return None
    reward = rewards.get(int(number))
    if reward is None or reward.service_id != service_id:
        return None
    return Wanted(reward, int(points))


def add_reward(data: QueryDict, text: str, rewards: dict[int, Reward]) -> None:
    """Put the reward that was pressed into the form: on the line of its service, on an empty one,
    or on one more."""
    reward = rewards.get(int(text)) if _is_number(text) else None
    if reward is None:
        return
    sent = data.get("lines", "")
    many = min(int(sent) if _is_number(sent) and len(sent) < 3 else 1, MOST_LINES)
    service = str(reward.service_id)
    free = [number for number in range(many) if not data.get(f"line-{number}-reward")]
    same = [number for number in free if data.get(f"line-{number}-service") == service]
    empty = [number for number in free if not data.get(f"line-{number}-service")]
    if not (same or empty) and many == MOST_LINES:
        return
    number = (same or empty or [many])[0]
    data["lines"] = str(max(many, number + 1))
    data[f"line-{number}-service"] = service
    data[f"line-{number}-reward"] = f"{reward.pk}:{reward.points}"


def loyalty_card(
    client: Client | None,
    rows: Sequence[Row],
    rewards: dict[int, Reward],
    starts_at: dt.datetime | None,
    business: Business,
) -> LoyaltyCard | None:
    """None without a client, for one who is left out of the programme, and while loyalty is off."""
    if client is None or client.left_out_at is not None or not get_features().loyalty:
        return None
    balance = balance_of(client)
    taken = sum(row.reward.points for row in rows if row.reward is not None)
    day = local(starts_at, business.zone).date() if starts_at else None
    had = services_had(client)
    people = {row.service.pk: row.who for row in rows if row.service is not None}
    found: dict[str, list[Offered]] = {"can": [], "almost": [], "blocked": []}
    for reward in rewards.values():
        who = people.get(reward.service_id or 0)
        reason = in_the_way(reward, day=day, provider_id=who.pk if who else None, had=had)
        points = reward.points or 0
        offered = Offered(
            reward=reward,
            points=points,
            missing=missing_points(needed=points, balance=balance - taken),
            left_after=balance - taken - points,
            reason=reason,
        )
        kind = "blocked" if reason else "almost" if offered.missing else "can"
        found[kind].append(offered)
    for reward in product_rewards():
        points = reward.points or 0
        missing = missing_points(needed=points, balance=balance - taken)
        left = balance - taken - points
        reason = "" if missing else _("At checkout")
        offered = Offered(reward, points, missing, left, reason)
        found["almost" if missing else "blocked"].append(offered)
    return LoyaltyCard(
        balance=balance,
        taken=taken,
        coming=sum(award.points for award in on_the_way(client)),
        movements=[(one.amount, explain(one, business)) for one in entries_of(client)[:MOVEMENTS]],
        **found,
    )


def taken_and_left(rows: Sequence[Row], client: Client | None) -> str:
    """What is said after the booking; "" where no points were taken."""
    taken = sum(row.reward.points for row in rows if row.reward is not None)
    if not taken or client is None:
        return ""
    return _("%(taken)s taken, %(left)s left.") % {
        "taken": write_points(taken),
        "left": write_points(balance_of(client)),
    }


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 19 and int(text) <= LARGEST_ID
