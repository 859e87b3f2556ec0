"""Half of the machine's rules: what happens to a visit, from booking to taking back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from bookings.changes import mark_to_undo
from bookings.lines import Line
from bookings.models import Booking, ClassSession, Source
from bookings.sessions import create_session
from sales.marking import (
    mark_arrived,
    mark_completed,
    mark_no_show,
    mark_started,
    return_no_show_points,
    undo_mark,
)
from sales.moving import move_place, move_visit
from sales.rewards import Wanted
from sales.visits import book_place, book_visit, cancel_visit, delete_visit
from tests.machine import model
from tests.machine.playing import Playing
from tests.machine.world import PEOPLE, SERVICES, YOGA

people = st.integers(0, len(PEOPLE) - 1)
picks = st.integers(0, 30)
providers = st.integers(0, 1)
# One or two services in a row, each with whom.
wishes = st.sampled_from(
    [[(0, 0)], [(0, 1)], [(1, 0)], [(1, 1)], [(0, 0), (1, 0)], [(1, 1), (0, 0)], [(0, 1), (0, 1)]]
)
days = st.sampled_from([0, 0, 1, 1, 1, 2, 3, -1])
slots = st.integers(0, 13)  # half hours from 09:00 on the salon's clock
roles = st.sampled_from([model.OWNER, model.MANAGER, model.MANAGER, model.DESK] * 2 + [0])
mostly = st.sampled_from([True] * 9 + [False])
purses = st.sampled_from([[], [0], [1], [2, 0], [0, 1, 0], [3]])
# The numbers of the lines that points pay.
by_points = st.sampled_from([(), (), (0,), (1,), (0, 1)])
MARKS = {
    "arrived": mark_arrived,
    "started": mark_started,
    "completed": mark_completed,
    "no_show": mark_no_show,
}

Wish = list[tuple[int, int]]
Numbers = tuple[int, ...]


class Bookings(Playing):
    @rule(
        who=people, wish=wishes, day=days, slot=slots, desk=st.booleans(), purse=purses,
        honest=mostly, by_points=by_points,
    )  # fmt: skip
    def book(
        self, who: int, wish: Wish, day: int, slot: int, desk: bool, purse: list[int],
        honest: bool, by_points: Numbers,
    ) -> None:  # fmt: skip
        self._book_visit(who, wish, self.hour(day, slot), desk, purse, honest, by_points)

    @rule(who=people, wish=wishes, purse=purses, by_points=by_points)
    def walk_in(self, who: int, wish: Wish, purse: list[int], by_points: Numbers = ()) -> None:
        """Appointments at the desk that begin now."""
        self._book_visit(who, wish, self.salon.now, True, purse, True, by_points)

    def _book_visit(
        self, who: int, wish: Wish, starts: dt.datetime, desk: bool, purse: list[int],
        honest: bool, by_points: Numbers,
    ) -> None:  # fmt: skip
        times = model.in_a_row(starts, [(by, SERVICES[what]) for what, by in wish])
        lines = [Line(self.world.services[what], self.world.providers[by]) for what, by in wish]
        # Shown one point too cheap, now and then.
        points = {n: times[n].service.reward - (not honest) for n in by_points if n < len(times)}
        rewards = {n: Wanted(self.world.rewards[wish[n][0]], shown) for n, shown in points.items()}
        self._book(
            who, times, 1, desk, purse, honest, points,
            lambda **common: book_visit(lines=lines, starts_at=starts, rewards=rewards, **common),
        )  # fmt: skip

    @rule(who=people, what=providers, day=days, slot=slots, undone=st.booleans())
    def book_a_reward_for_nothing(
        self, who: int, what: int, day: int, slot: int, undone: bool
    ) -> None:
        """Booked and cancelled, also twice in a row: nobody has a point more than before."""
        booked = len(self.salon.visits)
        before = self.salon.clients[who].balance
        self._book_visit(who, [(what, 0)], self.hour(day, slot), True, [], True, (0,))
        if len(self.salon.visits) > booked:
            self.cancel(0, False)
            if undone:
                self.undo(0, model.OWNER)
                self.cancel(0, False)
            assert self.salon.clients[who].balance == before

    @precondition(lambda self: self.salon.sessions)
    @rule(
        who=people, number=picks, places=st.sampled_from([1, 1, 1, 2, 3, 0]), desk=st.booleans(),
        purse=purses, honest=mostly,
    )  # fmt: skip
    def book_place(
        self, who: int, number: int, places: int, desk: bool, purse: list[int], honest: bool
    ) -> None:
        ours, session = self.session(number)
        self._book(
            who, [ours], places, desk, purse, honest, {},
            lambda **common: book_place(session=session, places=places, **common),
        )  # fmt: skip

    def _book(
        self, who: int, times: list[model.Time], places: int, desk: bool, purse: list[int],
        honest: bool, points: dict[int, int], command: Callable[..., Any],
    ) -> None:  # fmt: skip
        cards, card_ids = self.purse(purse)
        plan = self.salon.plan(self.salon.price(times, places, points), cards)
        shown = sum(pays for _card, pays in plan) + (not honest)
        self.send(
            lambda: self.salon.book(
                self.salon.clients[who], times, places, desk, cards, shown, points
            ),
            lambda token, words="": command(
                client=self.world.clients[who],
                guest=None,
                source=Source.DESK if desk else Source.ONLINE,
                form_token=token,
                actor=self.world.staff[model.DESK] if desk else None,
                note=words,
                card_ids=card_ids,
                expected_card_minor=shown,
            ),
        )

    @rule(by=providers, day=days, slot=slots)
    def open_class(self, by: int, day: int, slot: int) -> None:
        time = model.Time(by, self.hour(day, slot), YOGA, places=3)

        def told() -> None:
            self.salon.claim([time])
            self.salon.sessions.append(time)

        self.play(
            told,
            lambda: create_session(
                service=self.world.yoga,
                provider=self.world.providers[by],
                starts_at=time.starts,
                places=time.places,
                actor=None,
            ),
        )

    # --- moving -------------------------------------------------------------------------------

    @precondition(lambda self: self.salon.visits)
    @rule(
        number=picks, to=st.none() | providers, day=days, slot=slots,
        by_client=st.sampled_from([True, False, False]),
    )  # fmt: skip
    def move(self, number: int, to: int | None, day: int, slot: int, by_client: bool) -> None:
        self._move(number, self.hour(day, slot), to, by_client)

    @precondition(lambda self: self.salon.visits)
    @rule(number=picks, minutes=st.sampled_from([-300, -30, 0, 15, 60, 240]), to=providers)
    def move_by_a_little(self, number: int, minutes: int, to: int) -> None:
        """Also onto its own time, and for what was credited to where it is due again."""
        starts = self.salon.visits[self.pick(self.salon.visits, number)].starts
        self._move(number, starts + minutes * model.MINUTE, to, False)

    @precondition(lambda self: any(a.state == "credited" for a in self.salon.awards))
    @rule(number=picks, day=days, slot=slots)
    def move_what_was_credited(self, number: int, day: int, slot: int) -> None:
        credited = [b for b in self.salon.bookings if b.award and b.award.state == "credited"]
        visit = credited[self.pick(credited, number)].visit
        back = len(self.salon.visits) - 1 - self.salon.visits.index(visit)
        self._move(back, self.hour(day, slot), None, False)

    def _move(self, number: int, starts: dt.datetime, to: int | None, by_client: bool) -> None:
        ours, row = self.visit(number)
        provider = None if to is None else self.world.providers[to]
        self.send(
            lambda: self.salon.move(ours, starts, to, by_client=by_client),
            lambda token, words="": move_visit(
                visit=row,
                starts_at=starts,
                provider=provider,
                form_token=token,
                actor=None,
                by_client=by_client,
                expected_total_minor=len(words) or None,
            ),
        )

    @precondition(lambda self: self.salon.visits and self.salon.sessions)
    @rule(number=picks, session=picks, by_client=st.booleans(), place=mostly)
    def move_place(self, number: int, session: int, by_client: bool, place: bool) -> None:
        places = [v for v in self.salon.visits if v.bookings[0].time.places]
        if places and place:
            visit = places[self.pick(places, number)]
            number = len(self.salon.visits) - 1 - self.salon.visits.index(visit)
        ours, row = self.visit(number)
        target, session_row = self.session(session)
        other = ClassSession.objects.exclude(pk=session_row.pk).first()
        self.send(
            lambda: self.salon.move_place(ours, target, by_client=by_client),
            lambda token, words="": move_place(
                visit=row,
                session=other if words else session_row,
                form_token=token,
                actor=None,
                by_client=by_client,
            ),
        )

    # --- cancelling, marking, taking back -----------------------------------------------------

    @precondition(lambda self: self.salon.visits)
    @rule(number=picks, by_client=st.booleans())
    def cancel(self, number: int, by_client: bool) -> None:
        ours, row = self.visit(number)
        self.play(
            lambda: self.salon.cancel(ours, by_client=by_client),
            lambda: cancel_visit(visit=row, actor=None, by_client=by_client),
        )

    @precondition(lambda self: self.salon.visits)
    @rule(number=picks)
    def delete(self, number: int) -> None:
        ours, row = self.visit(number)
        self.play(
            lambda: self.salon.delete(ours),
            lambda: delete_visit(visit=row, actor=self.world.staff[model.DESK]),
        )

    @precondition(lambda self: any(a.state == "credited" for a in self.salon.awards))
    @rule(number=picks)
    def take_back_what_was_credited(self, number: int) -> None:
        credited = [b for b in self.salon.bookings if b.award and b.award.state == "credited"]
        visit = credited[self.pick(credited, number)].visit
        self.cancel(len(self.salon.visits) - 1 - self.salon.visits.index(visit), False)

    @precondition(lambda self: self.salon.bookings)
    @rule(number=picks, status=st.sampled_from(sorted(MARKS)))
    def mark(self, number: int, status: str) -> None:
        ours, row = self.booking(self.salon.bookings, number)
        self.play(
            lambda: self.salon.mark(ours, status),
            lambda: MARKS[status](booking=row, actor=self.world.staff[model.DESK]),
        )

    @precondition(lambda self: any(b.debit for b in self.salon.bookings))
    @rule(number=picks)
    def miss_a_reward(self, number: int) -> None:
        """Its hour comes, its client does not."""
        rewards = [b for b in self.salon.bookings if b.debit]
        booking = rewards[self.pick(rewards, number)]
        if booking.time.starts > self.salon.now:
            self.salon.now = self.world.clock.move_to(booking.time.starts)
        self.mark(self._newest(booking), "no_show")

    def _newest(self, booking: model.Booking) -> int:
        return len(self.salon.bookings) - 1 - self.salon.bookings.index(booking)

    @precondition(lambda self: any(b.debit for b in self.salon.bookings))
    @rule(number=picks)
    def return_points(self, number: int) -> None:
        """Those of a no-show; of another booking, refused. Twice they return once."""
        missed = [b for b in self.salon.bookings if b.debit and b.status == "no_show"]
        ours, row = self.booking(missed or self.salon.bookings, number)
        for _ in range(2):
            self.play(
                lambda: self.salon.return_points(ours),
                lambda: return_no_show_points(booking=row, actor=self.world.staff[model.DESK]),
            )

    @precondition(lambda self: any(b.marks for b in self.salon.bookings))
    @rule(number=picks, role=roles)
    def undo(self, number: int, role: int) -> None:
        """The last mark is taken back; sent again, it changes nothing."""
        ours, row = self.booking([b for b in self.salon.bookings if b.marks], number)
        mark = mark_to_undo(row)
        assert mark is not None

        def done() -> Booking:
            return undo_mark(booking=row, mark=mark, actor=self.world.staff[role])

        if self.play(lambda: self.salon.undo(ours, by=role), done) is not None:
            self.play(lambda: None, done)
