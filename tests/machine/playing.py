"""The machine without its rules: an example's savepoint, a step, a look at the database.

Every example runs in a savepoint of its own on a salon that was built once, and ends with the
whole audit. What the product refuses, the model must have refused by the same name; what it does,
the model must have done (``world.observe``).
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable
from copy import deepcopy
from typing import Any, ClassVar

from django.db import connection, transaction
from hypothesis.stateful import RuleBasedStateMachine

from bookings.models import Booking, ClassSession, Visit
from foundation.audit import load_checks
from foundation.errors import DomainError
from foundation.form_tokens import new_form_token
from tests.machine import model
from tests.machine.world import World, expect, observe

ROWS = ("awards", "cards", "bookings", "classes")


class Playing(RuleBasedStateMachine):
    """``world`` is set by who runs it; the counters tell what a run has seen."""

    world: ClassVar[World]
    furnished: ClassVar[model.Salon]
    steps: ClassVar[Counter[str]]
    histories: ClassVar[int]
    looked_at: ClassVar[Counter[str]]

    def __init__(self) -> None:
        super().__init__()
        self.atom = transaction.atomic()
        self.atom.__enter__()
        self.world.clock.move_to(self.world.start)
        self.salon = deepcopy(self.furnished)
        self.compare()
        self.sent: tuple[Callable[..., int], int] | None = None
        self.sound = True

    def teardown(self) -> None:
        try:
            if self.sound:
                self._audit()
        finally:
            transaction.set_rollback(True)
            self.atom.__exit__(None, None, None)

    def _audit(self) -> None:
        connection.check_constraints()  # what COMMIT would judge
        for name, check in load_checks().items():
            found = check()
            assert not found.violations, (name, found.violations)
            self.looked_at[name] += found.rows
        type(self).histories += 1

    # --- how a step is played -----------------------------------------------------------------

    def play(self, told: Callable[[], object], done: Callable[[], Any]) -> Any:
        """The model first, then the product; both do it, or both refuse with one name."""
        self.sound = False
        expected, refused, result = "", "", None
        try:
            told()
        except model.Refused as refusal:
            expected = str(refusal)
        try:
            result = done()
        except DomainError as error:
            refused = type(error).__name__
        assert refused == expected, f"the product says {refused!r}, the model {expected!r}"
        self.compare()
        self.steps[refused or "done"] += 1
        self.sound = True
        return None if refused else result

    def compare(self) -> None:
        seen = observe()
        self.ids = {name: [row[0] for row in seen[name]] for name in ROWS}
        ours = (self.salon.awards, self.salon.cards, self.salon.bookings, self.salon.sessions)
        for name, rows in zip(ROWS, ours, strict=True):
            assert len(self.ids[name]) == len(rows), name
        wanted = expect(self.salon, self.world, self.ids)
        for name, state in wanted.items():
            assert seen[name] == state, name

    def send(self, told: Callable[[], object], command: Callable[..., Any]) -> None:
        """A form with a one-time token: what it made is kept, to be sent again."""
        token = new_form_token()

        def done(**changes: Any) -> int:
            return command(token, **changes).pk

        pk = self.play(told, done)
        if pk is not None:
            self.sent = done, pk

    def pick(self, rows: list[Any], number: int) -> int:
        """An index, counted from the newest row."""
        return len(rows) - 1 - number % len(rows)

    def visit(self, number: int) -> tuple[model.Visit, Visit]:
        ours = self.salon.visits[self.pick(self.salon.visits, number)]
        return ours, Visit.objects.get(bookings=self._id(ours.bookings[0]))

    def booking(self, among: list[model.Booking], number: int) -> tuple[model.Booking, Booking]:
        ours = among[self.pick(among, number)]
        return ours, Booking.objects.select_related("visit").get(pk=self._id(ours))

    def _id(self, booking: model.Booking) -> int:
        return self.ids["bookings"][self.salon.bookings.index(booking)]

    def session(self, number: int) -> tuple[model.Time, ClassSession]:
        at = self.pick(self.salon.sessions, number)
        return self.salon.sessions[at], ClassSession.objects.get(pk=self.ids["classes"][at])

    def hour(self, day: int, slot: int) -> dt.datetime:
        """A slot on the salon's clock ``day`` days from today, in UTC; weekends are left out."""
        local = self.salon.now.astimezone(model.ZONE).replace(hour=9, minute=0, second=0)
        local += day * model.DAY
        while local.weekday() > 4:
            local += model.DAY
        return (local + slot * model.MINUTE * 30).astimezone(dt.UTC)

    def purse(self, numbers: list[int]) -> tuple[list[model.Card], list[int]]:
        places = [self.pick(self.salon.cards, each) for each in numbers if self.salon.cards]
        return [self.salon.cards[at] for at in places], [self.ids["cards"][at] for at in places]
