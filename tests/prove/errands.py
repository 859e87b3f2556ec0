"""What clients want of the desk, step by step: book, move, cancel, take back. Whoever serves an
errand writes down the answer to each step; whoever dies before that is followed by somebody who
takes the same step again."""

from __future__ import annotations

import datetime as dt
import json
import os
import random
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bookings.changes import mark_to_undo
from bookings.lines import Line
from bookings.models import BookingChange, ClassSession, Source, Visit
from bookings.sessions import create_session
from catalogue.models import Provider, Service
from clients.models import Client
from foundation.errors import DomainError
from foundation.form_tokens import new_form_token
from foundation.models import User
from giftcards.models import GiftCard
from sales.marking import undo_mark
from sales.moving import move_place, move_visit
from sales.visits import book_place, book_visit, cancel_visit
from tests.factories import (
    ClassServiceFactory,
    EarningRuleFactory,
    ProviderFactory,
    ServiceFactory,
    UserFactory,
    give_card,
)
from tests.prove.ground import Ground

LIVES = (
    ("book",),
    ("book", "move"),
    ("book", "cancel"),
    ("book", "move", "move"),
    ("book", "cancel", "undo"),
    ("book", "move", "cancel", "undo"),
    ("book", "cancel", "undo", "move", "cancel"),
)
# A day has room for about two thirds of a batch, so that somebody is always too late.
AT_ONCE, HOURS, PLACES = 12, (7, 9, 11, 13), 2
PRICE, PLENTY = 7_200, 1_000_000


@dataclass(frozen=True)
class Step:
    """``at`` and ``provider`` of an appointment, ``session`` of a place: ids, UTC instants."""

    what: str
    token: str
    at: dt.datetime | None = None
    provider: int = 0
    session: int = 0


@dataclass(frozen=True)
class Errand:
    number: int
    client: int
    lines: int  # services in a row; 0 is a place in a class
    card: int | None
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Answer:
    """To one step: the visit, or the code of the refusal; ``mark`` is what can be taken back."""

    visit: int | None
    refused: str = ""
    mark: int | None = None


class Diary:
    """The salon's services, the errands, and the book of answers."""

    def __init__(self, ground: Ground, folder: Path) -> None:
        self._ground = ground
        self.errands: dict[int, Errand] = {}
        self.team: list[Provider] = [ProviderFactory() for _ in range(2)]
        self.services: list[Service] = [
            ServiceFactory(providers=self.team, price_minor=PRICE, minutes=50, buffer_after=10)
            for _ in range(2)
        ]
        self.teacher: Provider = ProviderFactory()
        self.yoga: Service = ClassServiceFactory(providers=[self.teacher], price_minor=PRICE)
        for service in (*self.services, self.yoga):
            EarningRuleFactory(service=service, points=60)
        self.owner: User = UserFactory(is_staff=True, is_superuser=True)
        self.cards: dict[int, GiftCard] = {
            person.pk: give_card(person, PLENTY) for person in ground.people
        }
        # The clock of a run moves by hours: nothing of it is ever over.
        self._day = ground.clock.now().replace(hour=0, minute=0) + dt.timedelta(days=28)
        self._book = folder / "visits.jsonl"
        self._book.touch()

    def open(self, rng: random.Random) -> None:
        """One more day, and a batch of errands that want its times."""
        self._day += dt.timedelta(days=3 if self._day.weekday() == 4 else 1)
        sessions = [
            create_session(
                service=self.yoga,
                provider=self.teacher,
                starts_at=self._day + dt.timedelta(hours=hour),
                places=PLACES,
                actor=None,
            ).pk
            for hour in HOURS[:2]
        ]
        for person in rng.sample(self._ground.people, AT_ONCE):
            lines = rng.choice((0, 1, 1, 2))
            steps = tuple(
                self._step(what, rng, sessions if lines == 0 else []) for what in rng.choice(LIVES)
            )
            number = len(self.errands)
            card = self.cards[person.pk].pk if rng.random() < 0.5 else None
            self.errands[number] = Errand(number, person.pk, lines, card, steps)

    def _step(self, what: str, rng: random.Random, sessions: list[int]) -> Step:
        token = new_form_token()
        if what not in ("book", "move"):
            return Step(what, token)
        if sessions:
            return Step(what, token, session=rng.choice(sessions))
        at = self._day + dt.timedelta(hours=rng.choice(HOURS))
        return Step(what, token, at=at, provider=rng.choice(self.team).pk)

    # --- the book -----------------------------------------------------------------------------

    def note(self, errand: Errand, step: int, answer: Answer) -> None:
        """In one write, which is whole or not there."""
        line = json.dumps({"errand": errand.number, "step": step, **vars(answer)}) + "\n"
        book = os.open(self._book, os.O_WRONLY | os.O_APPEND)
        os.write(book, line.encode())
        os.close(book)

    def answers(self) -> dict[int, list[Answer]]:
        """By errand, step by step."""
        found: dict[int, list[Answer]] = defaultdict(list)
        for line in self._book.read_text().splitlines():
            told: dict[str, Any] = json.loads(line)
            errand, step = told.pop("errand"), told.pop("step")
            assert step == len(found[errand]), "a step was answered twice"
            found[errand].append(Answer(**told))
        return found

    def unfinished(self) -> list[Errand]:
        """Who was refused a first time has nothing to move or to cancel."""
        answers = self.answers()
        return [
            errand
            for errand in self.errands.values()
            if errand.number not in answers
            or (answers[errand.number][0].visit and len(answers[errand.number]) < len(errand.steps))
        ]

    # --- serving ------------------------------------------------------------------------------

    def serve(self, errands: list[Errand]) -> None:
        """Go on with each from its first step without an answer."""
        known = self.answers()
        for errand in errands:
            answers = list(known[errand.number])
            while len(answers) < len(errand.steps) and (not answers or answers[0].visit):
                step = errand.steps[len(answers)]
                try:
                    answer = self._take(errand, step, answers)
                except DomainError as refusal:
                    answer = Answer(None, refused=refusal.code)
                self.note(errand, len(answers), answer)
                answers.append(answer)

    def _take(self, errand: Errand, step: Step, answers: list[Answer]) -> Answer:
        if step.what == "book":
            return Answer(self._book_it(errand, step).pk)
        visit = Visit.objects.get(pk=answers[0].visit)
        if step.what == "move":
            if step.session:
                session = ClassSession.objects.get(pk=step.session)
                move_place(visit=visit, session=session, form_token=step.token, actor=None)
            else:
                assert step.at is not None
                move_visit(
                    visit=visit,
                    starts_at=step.at,
                    provider=Provider.objects.get(pk=step.provider),
                    form_token=step.token,
                    actor=None,
                )
        elif step.what == "cancel":
            cancel_visit(visit=visit, actor=None)
            mark = mark_to_undo(visit.bookings.earliest("pk"))
            assert mark is not None
            return Answer(visit.pk, mark=mark.pk)
        else:
            cancelled = BookingChange.objects.get(pk=answers[-1].mark)
            undo_mark(booking=cancelled.booking, mark=cancelled, actor=self.owner)
        return Answer(visit.pk)

    def _book_it(self, errand: Errand, step: Step) -> Visit:
        common: dict[str, Any] = {
            "client": Client.objects.get(pk=errand.client),
            "guest": None,
            "source": Source.DESK,
            "form_token": step.token,
            "actor": None,
            "card_ids": (errand.card,) if errand.card else (),
        }
        if step.session:
            session = ClassSession.objects.get(pk=step.session)
            return book_place(session=session, **common)
        assert step.at is not None
        who = Provider.objects.get(pk=step.provider)
        lines = [Line(service, who) for service in self.services[: errand.lines]]
        return book_visit(lines=lines, starts_at=step.at, **common)
