"""Cards bought by points, by clients who repeat the same form until it succeeds, while whoever
serves them is killed again and again."""

from __future__ import annotations

import json
import os
import random
from collections import Counter, defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.db.models import QuerySet

from clients.models import Client
from foundation.form_tokens import new_form_token
from giftcards.models import CardEntry, CardKind, GiftCardType
from loyalty.errors import InsufficientPoints
from loyalty.models import PointAccount, PointEntry, PointKind
from notifications.models import Message
from sales.exchange import exchange_points_for_card
from sales.models import SaleLine
from tests.factories import RewardFactory, give_points
from tests.prove.apart import take_exchange_apart
from tests.prove.ground import Ground, Task, timed, violations
from tests.prove.pack import Role, Work
from tests.prove.postman import Letter, Postman
from tests.prove.roles import let_loose, sender

PRICE = 500
# Of six forms of a client five can be paid: the sixth must leave nothing behind.
FORMS, PAID, AT_ONCE = 6, 5, 10
LOW = 30


class Forms:
    """Forms that clients were shown, and the answers that they got.

    Both are files: a worker that was forked before new forms were shown sees them all the same.
    """

    def __init__(self, folder: Path) -> None:
        self._shown = folder / "forms.jsonl"
        self._shown.touch()
        self.given: Counter[int] = Counter()
        self._book = folder / "answers.jsonl"
        self._book.touch()

    def hand_out(self, people: list[Client]) -> None:
        shown = []
        for person in people:
            give_points(person, PRICE * PAID)
            self.given[person.pk] += PRICE * PAID
            shown += [json.dumps([new_form_token(), person.pk]) for _ in range(FORMS)]
        with self._shown.open("a") as book:
            book.write("".join(f"{line}\n" for line in shown))

    def client_of(self) -> dict[str, int]:
        """Form token to client, in the order in which they were shown."""
        return dict(json.loads(line) for line in self._shown.read_text().splitlines())

    def note(self, token: str, card: int | None) -> None:
        """In one write, which is whole or not there."""
        line = json.dumps({"token": token, "card": card}) + "\n"
        book = os.open(self._book, os.O_WRONLY | os.O_APPEND)
        os.write(book, line.encode())
        os.close(book)

    def answers(self) -> dict[str, set[int | None]]:
        """Every answer to each form: a card's id, or None for "not enough points"."""
        found: dict[str, set[int | None]] = defaultdict(set)
        for line in self._book.read_text().splitlines():
            answer = json.loads(line)
            found[answer["token"]].add(answer["card"])
        return found

    def unanswered(self) -> list[str]:
        answered = self.answers()
        return [token for token in self.client_of() if token not in answered]


def run(task: Task, postman: Postman) -> dict[str, Any]:
    rng = random.Random(task.seed)
    ground = Ground(postman, rng)
    card_type = RewardFactory(points=PRICE).gift_card_type
    forms = Forms(Path(task.folder))
    if task.apart:
        take_exchange_apart()
    forms.hand_out(ground.people[:AT_ONCE])
    seconds_each = timed(lambda: serve(forms, card_type, forms.unanswered()[:3])) / 3

    def next_desk() -> Work:
        if len(forms.unanswered()) < LOW:
            forms.hand_out(rng.sample(ground.people, AT_ONCE))
        mine = forms.unanswered()
        rng.shuffle(mine)
        seconds = ground.overhead + 2 * seconds_each
        return Work(lambda: serve(forms, card_type, mine), seconds, inside=seconds_each)

    desks = [Role(f"desk {number}", next_desk, share=3) for number in range(3)]
    children = let_loose(
        task,
        [*desks, sender(ground)],
        rng,
        harm=lambda: what_became_of_the_forms(forms)["doubles"],
    )
    ground.clock.advance(minutes=11)
    serve(forms, card_type, forms.unanswered())
    if task.ends_in_peace:
        ground.finish_in_peace()
    about_cards = Message.objects.filter(kind="gift_card_delivery")
    return {
        **children,
        **what_became_of_the_forms(forms),
        **what_was_delivered(postman.letters(), about_cards),
        "audit": violations(),
    }


def serve(forms: Forms, card_type: GiftCardType, tokens: list[str]) -> None:
    """Answer each form; whoever dies before the answer is asked again with the same one."""
    client_of = forms.client_of()
    clients = Client.objects.in_bulk(set(client_of.values()))
    for token in tokens:
        try:
            card = exchange_points_for_card(
                client=clients[client_of[token]],
                card_type=card_type,
                form_token=token,
                actor=None,
                expected_points=PRICE,
            )
        except InsufficientPoints:
            forms.note(token, None)
        else:
            forms.note(token, card.pk)


def what_became_of_the_forms(
    forms: Forms, earned: Mapping[int, int] | None = None
) -> dict[str, Any]:
    """Counted from the rows: each form that was answered with a card has one debit, one card and
    one sale line; each that was refused has nothing. Each client holds what they were given and
    ``earned`` (points by client), less what their cards cost."""
    spent = Counter(
        key.split(":")[1]
        for key in PointEntry.objects.filter(kind=PointKind.SPEND).values_list("key", flat=True)
    )
    issued = Counter(
        key.split(":")[1]
        for key in CardEntry.objects.filter(kind=CardKind.ISSUE).values_list("key", flat=True)
    )
    answers = forms.answers()
    paid = {token for token, cards in answers.items() if cards != {None}}
    client_of = forms.client_of()
    cards_of: Counter[int] = Counter(client_of[token] for token in issued.elements())
    owed = Counter(forms.given) + Counter(earned or {})
    return {
        "things": len(paid),
        "refused": len(answers) - len(paid),
        "doubles": sum(many - 1 for many in (*spent.values(), *issued.values()))
        # Refused first and paid later is no double: the client was given points in between.
        + sum(max(len(cards - {None}) - 1, 0) for cards in answers.values()),
        "lost": len(paid ^ set(spent))
        + len(paid ^ set(issued))
        + len(forms.unanswered())
        + abs(SaleLine.objects.filter(gift_card__isnull=False).count() - len(paid)),
        "sums_off": sum(
            balance != owed[client] - PRICE * cards_of[client] or balance < 0
            for client, balance in PointAccount.objects.values_list("client_id", "balance")
        ),
    }


def what_was_delivered(letters: list[Letter], messages: QuerySet[Message]) -> dict[str, Any]:
    """Each of ``messages`` in one letter, unless there was nothing left to tell. A sender that was
    killed while it handed one over may repeat it once under the same id (F14); killed twice over
    one letter, it leaves it to a person."""
    rows = list(messages.exclude(reason=Message.Reason.SUBJECT_GONE))
    copies = Counter(letter.id for letter in letters)
    unsure = {row.message_id for row in rows if row.unknown_outcomes}
    given_up = {row.message_id for row in rows if row.reason == "outcome_unknown"}
    return {
        "letters": len(letters),
        "told_twice": sum(many - 1 - (mail in unsure) for mail, many in copies.items() if many > 1),
        "told_wrong": len(set(copies) - {row.message_id for row in rows}),
        "untold": len({row.pk for row in rows if row.message_id not in copies | Counter(given_up)}),
        "told_without_consent": 0,
        "undecided": len(given_up - set(copies)),
        "repeated": sum(many > 1 for many in copies.values()),
    }
