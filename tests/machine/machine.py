"""The stateful machine: random commands on the product and on the model, compared after each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import connection
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from bookings.models import Booking, ClassSession, Source
from bookings.sessions import create_session
from clients.consents import record_consent
from clients.people import erase_personal_data
from foundation.errors import FormAlreadyUsed
from foundation.form_tokens import new_form_token
from giftcards.models import GiftCard
from loyalty.points import adjust_points
from loyalty.sweep import credit_due_awards
from loyalty.totals import total_days
from loyalty.transfers import transfer_points
from sales.exchange import exchange_points_for_card
from sales.features import switch_feature
from sales.issuing import issue_card_by_hand, void_card_by_hand
from sales.privacy import clean_history
from sales.quarantine import give_up_points, retry_points
from sales.visits import (
    book_place,
    book_visit,
    cancel_visit,
    mark_arrived,
    mark_completed,
    mark_no_show,
)
from tests.machine import model
from tests.machine.playing import Playing
from tests.machine.world import CARD_TYPES, PEOPLE, SERVICES, YOGA

people = st.integers(0, len(PEOPLE) - 1)
picks = st.integers(0, 30)
kinds = st.integers(0, len(CARD_TYPES) - 1)
providers = st.integers(0, 1)
days = st.sampled_from([0, 0, 1, 1, 1, 2, 3, -1])
slots = st.integers(0, 13)  # half hours from 09:00 on the salon's clock
roles = st.sampled_from([model.OWNER, model.MANAGER, model.MANAGER, model.DESK] * 2 + [0])
mostly = st.sampled_from([True] * 9 + [False])
worded = st.sampled_from(["Thanks", "Sorry", "Moved"] * 4 + ["  "])
purses = st.sampled_from([[], [0], [1], [2, 0], [0, 1, 0], [3]])
MARKS = {"arrived": mark_arrived, "completed": mark_completed, "no_show": mark_no_show}


class Machine(Playing):
    @rule(minutes=st.sampled_from([20, 60, 180, 200, 300, 600, 1440, 1441, 2880, 46_000]))
    def move_the_clock(self, minutes: int) -> None:
        self.salon.now = self.world.clock.advance(minutes=minutes)
        self.steps["clock"] += 1

    @rule(
        who=people, what=st.integers(0, 1), by=providers, day=days, slot=slots, desk=st.booleans(),
        purse=purses, honest=mostly,
    )  # fmt: skip
    def book(
        self, who: int, what: int, by: int, day: int, slot: int, desk: bool, purse: list[int],
        honest: bool,
    ) -> None:  # fmt: skip
        time = model.Time(by, self.hour(day, slot), SERVICES[what])
        self._book(who, time, 1, desk, purse, honest, lambda **common: book_visit(
            service=self.world.services[what], provider=self.world.providers[by],
            starts_at=time.starts, **common,
        ))  # fmt: skip

    @rule(who=people, what=st.integers(0, 1), by=providers, purse=purses)
    def walk_in(self, who: int, what: int, by: int, purse: list[int]) -> None:
        """An appointment at the desk that begins now."""
        time = model.Time(by, self.salon.now, SERVICES[what])
        self._book(who, time, 1, True, purse, True, lambda **common: book_visit(
            service=self.world.services[what], provider=self.world.providers[by],
            starts_at=time.starts, **common,
        ))  # fmt: skip

    @rule(who=people, by=providers)
    def come_and_earn(self, who: int, by: int) -> None:
        self.walk_in(who, 0, by, [])
        if self.salon.awards and self.salon.awards[-1].due > self.salon.now:
            self.salon.now = self.world.clock.move_to(self.salon.awards[-1].due)
            self.play(self.salon.sweep, credit_due_awards)

    @precondition(lambda self: self.salon.sessions)
    @rule(
        who=people, number=picks, places=st.sampled_from([1, 1, 1, 2, 3, 0]), desk=st.booleans(),
        purse=purses, honest=mostly,
    )  # fmt: skip
    def book_place(
        self, who: int, number: int, places: int, desk: bool, purse: list[int], honest: bool
    ) -> None:
        at = self.pick(self.salon.sessions, number)
        session = ClassSession.objects.get(pk=self.ids["classes"][at])
        self._book(
            who, self.salon.sessions[at], places, desk, purse, honest,
            lambda **common: book_place(session=session, places=places, **common),
        )  # fmt: skip

    def _book(
        self, who: int, time: model.Time, places: int, desk: bool, purse: list[int], honest: bool,
        command: Callable[..., Any],
    ) -> None:  # fmt: skip
        cards, card_ids = self.purse(purse)
        plan = self.salon.plan(places * time.service.price, cards)
        shown = sum(pays for _card, pays in plan) + (not honest)
        self.send(
            lambda: self.salon.book(self.salon.clients[who], time, places, desk, cards, shown),
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
            self.salon.claim(time)
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

    @precondition(lambda self: self.salon.bookings)
    @rule(number=picks, by_client=st.booleans())
    def cancel(self, number: int, by_client: bool) -> None:
        ours, row = self.booking(number)
        self.play(
            lambda: self.salon.cancel(ours, by_client=by_client),
            lambda: cancel_visit(visit=row.visit, actor=None, by_client=by_client),
        )

    @precondition(lambda self: any(a.state == "credited" for a in self.salon.awards))
    @rule(number=picks)
    def take_back_what_was_credited(self, number: int) -> None:
        credited = [b for b in self.salon.bookings if b.award and b.award.state == "credited"]
        ours = credited[self.pick(credited, number)]
        self.cancel(len(self.salon.bookings) - 1 - self.salon.bookings.index(ours), False)

    @precondition(lambda self: self.salon.bookings)
    @rule(number=picks, status=st.sampled_from(sorted(MARKS)))
    def mark(self, number: int, status: str) -> None:
        ours, row = self.booking(number)
        self.play(
            lambda: self.salon.mark(ours, status),
            lambda: MARKS[status](booking=row, actor=self.world.staff[model.DESK]),
        )

    @rule(chunk=st.sampled_from([None, 1, 2, 3]))
    def sweep(self, chunk: int | None) -> None:
        self.play(self.salon.sweep, lambda: credit_due_awards(chunk=chunk))

    @precondition(lambda self: any(a.due > self.salon.now for a in self.salon.awards))
    @rule(swept=st.booleans())
    def let_the_next_points_fall_due(self, swept: bool) -> None:
        due = min(award.due for award in self.salon.awards if award.due > self.salon.now)
        self.salon.now = self.world.clock.move_to(due)
        self.steps["clock"] += 1
        if swept:
            self.play(self.salon.sweep, credit_due_awards)

    @precondition(lambda self: self.salon.awards)
    @rule(number=picks, spoilt=st.booleans())
    def spoil_or_mend(self, number: int, spoilt: bool) -> None:
        """The database begins, or stops, to refuse the entry of one award (F46)."""
        at = self.pick(self.salon.awards, number)
        self.salon.awards[at].spoilt = spoilt
        key = f"award:{self.ids['awards'][at]}:earn"
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM machine_spoilt WHERE key = %s", [key])
            if spoilt:
                cursor.execute("INSERT INTO machine_spoilt VALUES (%s)", [key])
        self.steps["spoilt"] += 1

    @precondition(lambda self: any(a.state == "promised" and a.spoilt for a in self.salon.awards))
    @rule()
    def sweep_until_it_gives_up(self) -> None:
        for _ in range(model.TRIES):
            self.salon.now = self.world.clock.advance(minutes=61)
            self.play(self.salon.sweep, credit_due_awards)

    @precondition(lambda self: any(b.award for b in self.salon.bookings))
    @rule(number=picks, retry=st.booleans(), role=roles)
    def decide(self, number: int, retry: bool, role: int) -> None:
        stuck = [b for b in self.salon.bookings if b.award and b.award.state == "quarantined"]
        asked = stuck or self.salon.bookings
        ours = asked[self.pick(asked, number)]
        row = Booking.objects.get(pk=self.ids["bookings"][self.salon.bookings.index(ours)])
        command = retry_points if retry else give_up_points
        self.play(
            lambda: self.salon.decide(ours, retry=retry, by=role),
            lambda: command(booking=row, actor=self.world.staff[role]),
        )

    @rule(
        who=people, role=roles, tell=st.booleans(), words=worded,
        amount=st.sampled_from([50, 120, 300, 500, 60, 501, 3000, -30, -200, -1000, 0, 1_000_001]),
    )  # fmt: skip
    def adjust(self, who: int, amount: int, tell: bool, role: int, words: str) -> None:
        self.send(
            lambda: self.salon.adjust(self.salon.clients[who], amount, words, tell=tell, by=role),
            lambda token, words=words: adjust_points(
                client=self.world.clients[who],
                amount=amount,
                description=words,
                form_token=token,
                actor=self.world.staff[role],
                tell_client=tell,
            ),
        )

    @rule(
        giver=people, taker=people, words=worded,
        points=st.sampled_from([None, None, 10, 60, 2000, 0]),
    )  # fmt: skip
    def transfer(self, giver: int, taker: int, points: int | None, words: str) -> None:
        ours, rows = self.salon.clients, self.world.clients
        self.play(
            lambda: self.salon.transfer(ours[giver], ours[taker], points, words),
            lambda: transfer_points(
                source=rows[giver],
                target=rows[taker],
                key=f"form:{new_form_token()}:transfer",
                description=words,
                actor=None,
                points=points,
            ),
        )

    @rule(who=people, kind=kinds, honest=mostly)
    def redeem(self, who: int, kind: int, honest: bool) -> None:
        shown = CARD_TYPES[kind].price + (not honest)
        self.send(
            lambda: self.salon.redeem(self.salon.clients[who], CARD_TYPES[kind], shown),
            lambda token, words="": exchange_points_for_card(
                client=self.world.clients[who],
                card_type=self.world.card_types[kind],
                form_token=token,
                actor=None,
                expected_points=shown + len(words),
            ),
        )

    @rule(kind=kinds, owner=st.none() | people, words=worded, role=roles)
    def issue(self, kind: int, owner: int | None, words: str, role: int) -> None:
        ours = None if owner is None else self.salon.clients[owner]
        row = None if owner is None else self.world.clients[owner]
        self.send(
            lambda: self.salon.issue(CARD_TYPES[kind], ours, words, by=role),
            lambda token, words=words: issue_card_by_hand(
                card_type=self.world.card_types[kind],
                owner=row,
                form_token=token,
                description=words,
                actor=self.world.staff[role],
            ),
        )

    @precondition(lambda self: self.salon.cards)
    @rule(number=picks, words=worded, role=roles)
    def void(self, number: int, words: str, role: int) -> None:
        at = self.pick(self.salon.cards, number)
        card = GiftCard.objects.get(pk=self.ids["cards"][at])
        self.send(
            lambda: self.salon.void(self.salon.cards[at], words, by=role),
            lambda token, words=words: void_card_by_hand(
                card=card, form_token=token, description=words, actor=self.world.staff[role]
            ),
        )

    @precondition(lambda self: self.sent)
    @rule()
    def send_the_form_again(self) -> None:
        done, pk = self.sent
        assert self.play(lambda: None, done) == pk

    @precondition(lambda self: self.sent)
    @rule()
    def send_the_form_changed(self) -> None:
        done, _pk = self.sent

        def told() -> None:
            raise model.Refused(FormAlreadyUsed.__name__)

        self.play(told, lambda: done(words="Something else"))

    @rule(who=people, what=st.sampled_from(["agree", "agree", "refuse", "refuse", "erase"]))
    def consent_or_erase(self, who: int, what: str) -> None:
        ours, row = self.salon.clients[who], self.world.clients[who]
        if what == "erase":
            self.play(
                lambda: self.salon.erase(ours), lambda: erase_personal_data(client=row, actor=None)
            )
        elif not ours.erased:
            ours.agrees = what == "agree"
            record_consent(
                client=row, granted=ours.agrees, language="en", source="desk", actor=None
            )
            self.steps["consent"] += 1

    @rule(on=st.sampled_from([True, True, True, False]))
    def turn_loyalty(self, on: bool) -> None:
        self.switch("loyalty", on, True, model.OWNER)

    @rule(
        code=st.sampled_from(
            ["loyalty", "loyalty", "clean_history", "gift_cards", "payments", "coupons", "no such"]
        ),
        on=st.sampled_from([True, True, False]), with_others=mostly,
        role=st.sampled_from([model.OWNER] * 9 + [model.MANAGER]),
    )  # fmt: skip
    def switch(self, code: str, on: bool, with_others: bool, role: int) -> None:
        self.play(
            lambda: self.salon.switch(code, on=on, with_others=with_others, by=role),
            lambda: switch_feature(
                code=code, on=on, with_others=with_others, actor=self.world.staff[role]
            ),
        )

    @rule()
    def total_the_days(self) -> None:
        self.play(lambda: None, total_days)

    @precondition(lambda self: self.salon.features["clean_history"])
    @rule()
    def clean_history(self) -> None:
        self.play(self.salon.clean_history, clean_history)
