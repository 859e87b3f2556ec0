"""A pack of children, forked from a parent that has Django loaded, and killed at random moments.

Forking costs milliseconds where a Python of its own costs seconds, so hundreds of kills fit into
a minute. The parent closes its connections before it forks; a child never returns.
"""

from __future__ import annotations

import os
import random
import signal
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

from django.db import connections

from tests.prove.phases import IN_TRANSACTION, Board, Phase, tell_phases

Job = Callable[[], object]

# Of the kills of a child that has transactions: how many wait until it is inside one. The others
# come at any moment, so that nothing is left out because nobody thought of it.
AIMED = 0.85
MOST_ROUNDS = 8
# Generations of children that nobody kills.
UNKILLED = 3
PATIENCE = 120.0  # seconds, for the last children to end by themselves
LOOK = 0.0002  # seconds between two looks at what the victim is doing


class Work(NamedTuple):
    """A job, the seconds it takes when nobody kills it (the kills are spread over them), and of
    those the seconds of one transaction; 0 where the kills are not to be aimed at one."""

    job: Job
    seconds: float
    inside: float = 0.0


@dataclass
class Child:
    pid: int
    slot: int
    work: Work


@dataclass
class Role:
    """A place in the pack. ``prepare`` is called in the parent and returns the next child's work.
    ``share`` of the kills: one with 3 is killed three times as often as one with 1."""

    name: str
    prepare: Callable[[], Work]
    after_kill: Callable[[], None] = lambda: None
    share: int = 1


@dataclass
class Pack:
    """Use as a context manager: nobody of it outlives the block."""

    roles: list[Role]
    rng: random.Random
    board: Board = field(default_factory=Board)
    killed: Counter[Phase] = field(default_factory=Counter)
    killed_by_role: Counter[str] = field(default_factory=Counter)
    ended: int = 0
    failed: list[str] = field(default_factory=list)
    _living: dict[str, Child] = field(default_factory=dict)

    def __enter__(self) -> Pack:
        return self

    def __exit__(self, *exc: object) -> None:
        for child in self._living.values():
            os.kill(child.pid, signal.SIGKILL)
            os.waitpid(child.pid, 0)
        self._living.clear()

    def kill_again_and_again(self, kills: int) -> None:
        """Until ``kills`` children died by SIGKILL; whoever ended or died is replaced at once."""
        while sum(self.killed.values()) < kills:
            self.fill()
            # Whoever was killed least: a role that ends early would seldom be met otherwise.
            role = min(
                self.roles,
                key=lambda it: (self.killed_by_role[it.name] / it.share, self.rng.random()),
            )
            victim = self._living[role.name]
            self._wait_for_the_moment(victim)
            self.reap()
            if self._living.get(role.name) is victim:
                self._kill(role, victim)

    def kill_in_rounds(self, kills: int, *, enough: Callable[[], object]) -> None:
        """Rounds of ``kills``, each to the peaceful end of whoever lives, until ``enough``.

        A control goes on until it has shown the harm: few of a dozen moments lie in between.
        """
        for times in range(1, MOST_ROUNDS + 1):
            self.kill_again_and_again(kills * times)
            self.wait_for_all(PATIENCE)
            if enough():
                break

    def leave_alone(self) -> None:
        """Some generations, each to its own end."""
        for _ in range(UNKILLED):
            self.fill()
            self.wait_for_all(PATIENCE)

    def _wait_for_the_moment(self, victim: Child) -> None:
        """A random one; mostly in the middle of a transaction, where there is one."""
        work = victim.work
        if not work.inside or self.rng.random() > AIMED:
            time.sleep(self.rng.uniform(0, work.seconds))
            return
        while victim in self._living.values():
            if self.board.phase(victim.slot) in IN_TRANSACTION:
                time.sleep(self.rng.uniform(0, work.inside / 2))
                if self.board.phase(victim.slot) in IN_TRANSACTION:
                    return
            time.sleep(LOOK)
            self.reap()

    def fill(self) -> None:
        """Fork whoever is missing."""
        for slot, role in enumerate(self.roles):
            if role.name not in self._living:
                work = role.prepare()
                pid = self._fork(slot, work.job)
                self._living[role.name] = Child(pid, slot, work)

    def reap(self) -> None:
        """Note who ended by itself."""
        for name, child in list(self._living.items()):
            pid, status = os.waitpid(child.pid, os.WNOHANG)
            if pid:
                self._note_end(name, status)

    def wait_for_all(self, seconds: float) -> None:
        """Until all have ended by themselves. Raises TimeoutError."""
        end = time.monotonic() + seconds
        while self._living:
            self.reap()
            if time.monotonic() > end:
                raise TimeoutError(f"still there: {sorted(self._living)}")
            time.sleep(0.01)

    def phases(self) -> list[Phase]:
        return [self.board.phase(child.slot) for child in self._living.values()]

    def _kill(self, role: Role, victim: Child) -> None:
        os.kill(victim.pid, signal.SIGKILL)
        _pid, status = os.waitpid(victim.pid, 0)
        if not os.WIFSIGNALED(status):  # it ended between the look and the kill
            self._note_end(role.name, status)
            return
        del self._living[role.name]
        self.killed[self.board.phase(victim.slot)] += 1
        self.killed_by_role[role.name] += 1
        role.after_kill()

    def _note_end(self, name: str, status: int) -> None:
        del self._living[name]
        self.ended += not status
        if status:
            self.failed.append(f"{name}: status {status}")

    def _fork(self, slot: int, job: Job) -> int:
        connections.close_all()
        self.board.enter(slot, Phase.OUTSIDE)
        pid = os.fork()
        if pid:
            return pid
        code = 1
        try:
            tell_phases(self.board, slot)
            job()
            connections.close_all()
            code = 0
        except BaseException:  # noqa: BLE001 — a child must not return into its parent's frames
            traceback.print_exc()
        finally:
            os._exit(code)
