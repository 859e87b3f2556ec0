"""What the scenarios have in common: who sends the mail, and how a pack is let loose."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

from notifications.sending import send_due_messages
from tests.prove.ground import Ground, Task
from tests.prove.pack import Pack, Role, Work

SENDER_SECONDS = 0.3


def sender(ground: Ground) -> Role:
    """The rows of one that died are settled by the next after ten minutes."""
    return Role(
        "sender",
        lambda: Work(send, ground.overhead + SENDER_SECONDS),
        after_kill=lambda: ground.clock.advance(minutes=11),
    )


def send() -> None:
    send_due_messages()


def let_loose(
    task: Task, roles: list[Role], rng: random.Random, *, harm: Callable[[], int]
) -> dict[str, Any]:
    """Kill as often as was asked; what came of the children.

    A control has one role only: rivals alone do harm once locks and keys are off, and then nobody
    could tell what the kills did. It is killed until ``harm`` shows, or not killed at all.
    """
    with Pack(roles[:1] if task.apart else roles, rng) as pack:
        if task.kills:
            pack.kill_in_rounds(task.kills, enough=lambda: not task.apart or harm())
        else:
            pack.leave_alone()
        return {
            "killed": {phase.name.lower(): many for phase, many in pack.killed.items()},
            "killed_by_role": dict(pack.killed_by_role),
            "ended": pack.ended,
            "failed": pack.failed,
        }
