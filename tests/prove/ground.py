"""What every run stands on: the task it was given, a salon with loyalty on, the shared clock, a
mail server, and the end in which everything that is left is done in peace."""

from __future__ import annotations

import datetime as dt
import os
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import connection, connections

from catalogue.models import Service
from clients.models import Client
from foundation.audit import run_checks
from foundation.guards import missing_guards
from loyalty.models import Award, AwardState
from loyalty.sweep import credit_due_awards
from notifications.models import Message
from notifications.sending import send_due_messages
from tests.factories import EarningRuleFactory, ProviderFactory, ServiceFactory, turn_on
from tests.faults.backlog import make_backlog, make_people
from tests.prove.postman import Postman
from tests.prove.shared_clock import START, SharedClock

CLIENTS, AGREED = 30, 24
ROUNDS = 200  # of the quiet end; each moves the clock by more than any pause of the outbox


@dataclass(frozen=True)
class Task:
    """What the parent process asks for."""

    scenario: str
    database: dict[str, Any]
    folder: str
    kills: int
    seed: int
    apart: bool = False
    programs: str = ""
    stops: int = 0

    @property
    def ends_in_peace(self) -> bool:
        """What kills leave half-done in a control cannot be gone on with."""
        return not (self.apart and self.kills)


@dataclass
class Ground:
    postman: Postman
    rng: random.Random
    clock: SharedClock = field(default_factory=SharedClock)

    def __post_init__(self) -> None:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", self.postman.port
        turn_on("loyalty")
        self.people: list[Client] = make_people(CLIENTS, AGREED, START)
        self.service: Service = ServiceFactory(providers=[ProviderFactory()])
        EarningRuleFactory(service=self.service)
        self._next_visit = START
        self.overhead = timed(lambda: fork_and_wait(connection.ensure_connection))

    def make_due(self, many: int) -> None:
        """``many`` more awards, all due."""
        self._next_visit = make_backlog(self.people, self.service, many, self._next_visit)
        self.clock.move_to(self._next_visit + dt.timedelta(hours=4))

    def seconds_of_chunks(self, chunks: tuple[int, ...]) -> dict[int, float]:
        """How long one chunk of each size takes when nobody disturbs it."""
        self.make_due(sum(chunks))
        seconds = {}
        for chunk in chunks:
            hours = Award.objects.filter(state=AwardState.PROMISED).order_by("due_at")
            last = hours.values_list("due_at", flat=True)[chunk - 1]
            seconds[chunk] = timed(lambda at=last: credit_due_awards(at=at))
        return seconds

    def finish_in_peace(self) -> None:
        """What beat does when nobody kills anybody any more."""
        for _ in range(ROUNDS):
            credit_due_awards()
            result = send_due_messages()
            waiting = Message.objects.filter(state__in=["pending", "sending"]).exists()
            if not (waiting or Award.objects.filter(state=AwardState.PROMISED).exists()):
                return
            if not result.sent:
                self.clock.advance(hours=2)

    def deliver_in_peace(self) -> None:
        """As above for the mail alone: what is promised stays on the way."""
        for _ in range(ROUNDS):
            if not send_due_messages().sent:
                if not Message.objects.filter(state__in=["pending", "sending"]).exists():
                    return
                self.clock.advance(minutes=11)


def due_left() -> int:
    return Award.objects.filter(state=AwardState.PROMISED).count()


def violations() -> list[str]:
    """What the audit finds, its line about the guards included."""
    found = [f"guard missing: {name}" for name in missing_guards()]
    for result in run_checks():
        found += [f"{result.name}: {line}" for line in result.violations]
    return found


def timed(command: Callable[[], object]) -> float:
    started = time.perf_counter()
    command()
    return time.perf_counter() - started


def fork_and_wait(job: Callable[[], object]) -> None:
    connections.close_all()
    pid = os.fork()
    if not pid:
        try:
            job()
        finally:
            os._exit(0)
    os.waitpid(pid, 0)
