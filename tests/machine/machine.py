"""The stateful machine: random commands on the product and on the model, compared after each."""

from __future__ import annotations

from django.db import connection
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

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
from tests.machine import model
from tests.machine.bookings import Bookings, mostly, people, picks, providers, roles
from tests.machine.world import CARD_TYPES

kinds = st.integers(0, len(CARD_TYPES) - 1)
worded = st.sampled_from(["Thanks", "Sorry", "Moved"] * 4 + ["  "])


class Machine(Bookings):
    @rule(minutes=st.sampled_from([20, 60, 180, 200, 300, 600, 1440, 1441, 2880, 46_000]))
    def move_the_clock(self, minutes: int) -> None:
        self.salon.now = self.world.clock.advance(minutes=minutes)
        self.steps["clock"] += 1

    @rule(who=people, by=providers)
    def come_and_earn(self, who: int, by: int) -> None:
        self.walk_in(who, [(0, by)], [])
        if self.salon.awards and self.salon.awards[-1].due > self.salon.now:
            self.salon.now = self.world.clock.move_to(self.salon.awards[-1].due)
            self.play(self.salon.sweep, credit_due_awards)

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
        ours, row = self.booking(asked, number)
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
