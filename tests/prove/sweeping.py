"""Two sweeps and a sender over thousands of due awards, killed again and again."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from typing import Any

from django.db.models import Count, Sum

from clients.models import Client
from loyalty.models import Award, AwardState, PointAccount, PointEntry, PointKind
from loyalty.sweep import credit_due_awards
from notifications.models import Message
from tests.faults.backlog import POINTS
from tests.prove.apart import take_sweep_apart
from tests.prove.ground import Ground, Task, due_left, violations
from tests.prove.pack import Role, Work
from tests.prove.postman import Letter, Postman
from tests.prove.roles import let_loose, sender

CHUNKS = (20, 60, 180)
LOW, BATCH = 400, 800


def run(task: Task, postman: Postman) -> dict[str, Any]:
    rng = random.Random(task.seed)
    ground = Ground(postman, rng)
    if task.apart:
        take_sweep_apart()
    seconds_of = ground.seconds_of_chunks(CHUNKS)

    def next_sweep() -> Work:
        if due_left() < LOW:
            ground.make_due(BATCH)
        chunk = rng.choice(CHUNKS)
        seconds = seconds_of[chunk]
        # What is taken apart has no inside: the harm lies between its small transactions.
        inside = 0 if task.apart else seconds
        return Work(lambda: sweep(chunk), ground.overhead + seconds, inside=inside)

    roles = [
        Role("first sweep", next_sweep, share=4),
        Role("second sweep", next_sweep, share=4),
        sender(ground),
    ]
    children = let_loose(task, roles, rng, harm=lambda: what_became_of_the_awards()["doubles"])
    ground.clock.advance(minutes=11)
    if task.ends_in_peace:
        ground.finish_in_peace()
    return {
        **children,
        **what_became_of_the_awards(),
        **what_was_told(postman.letters()),
        "audit": violations(),
    }


def sweep(chunk: int) -> int:
    """Two chunks of what fell due first, and the next child goes on; how many were credited."""
    oldest = Award.objects.filter(state=AwardState.PROMISED).order_by("due_at", "pk")
    hours = list(oldest.values_list("due_at", flat=True)[: 2 * chunk])
    return credit_due_awards(at=hours[-1], chunk=chunk).credited if hours else 0


def what_became_of_the_awards() -> dict[str, Any]:
    """Counted from the ledger's rows: every award once, and every balance the sum of them."""
    earned = PointEntry.objects.filter(kind=PointKind.EARN)
    by_booking = dict(
        earned.values_list("booking_id")
        .annotate(many=Count("pk"))
        .values_list("booking_id", "many")
    )
    awards = Award.objects.values_list("booking_id", "state")
    owed = dict(
        Award.objects.values_list("account_id")
        .annotate(sum=Sum("points"))
        .values_list("account_id", "sum")
    )
    balances = dict(PointAccount.objects.values_list("pk", "balance"))
    return {
        "things": len(awards),
        "doubles": sum(many - 1 for many in by_booking.values()),
        "lost": sum(booking not in by_booking or state != "credited" for booking, state in awards),
        "sums_off": sum(balances[account] != points for account, points in owed.items()),
    }


def what_was_told(letters: list[Letter]) -> dict[str, Any]:
    """Compared by what the mail server took: each award of a client who agreed in one letter.

    ``undecided`` are messages whose sender was killed while it handed the letter over, and whose
    letter did not arrive: marketing is not repeated then (F14). Nothing else may be missing.
    """
    agreed = set(Client.objects.filter(consent_records__granted=True).values_list("pk", flat=True))
    rows = list(Message.objects.filter(kind="points_added"))
    by_mail: dict[str, list[Message]] = defaultdict(list)
    for row in rows:
        by_mail[row.message_id].append(row)
    copies = Counter(letter.id for letter in letters)
    points = {letter.id: letter.points for letter in letters}
    told = Counter(
        row.subjects["award"] for mail, its in by_mail.items() if mail in copies for row in its
    )
    undecided = [
        row for row in rows if row.reason == "outcome_unknown" and row.message_id not in copies
    ]
    wanted = set(Award.objects.filter(account__client__in=agreed).values_list("pk", flat=True))
    excused = {row.subjects["award"] for row in undecided}
    return {
        "letters": len(letters),
        "told_twice": sum(many - 1 for many in copies.values())
        + sum(many - 1 for many in told.values()),
        "told_wrong": sum(points[mail] != POINTS * len(by_mail[mail]) for mail in points),
        "untold": len(wanted - set(told) - excused),
        "told_without_consent": len(set(told) - wanted),
        "undecided": len({row.message_id for row in undecided}),
    }
