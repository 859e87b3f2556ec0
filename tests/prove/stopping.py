"""Sweeps, exchanges, bookings, mail and pages on a database server that is stopped again and again
as by a power cut. Whoever loses the connection repeats the same key until it is answered."""

from __future__ import annotations

import datetime as dt
import json
import os
import random
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.core.management import call_command
from django.db import DatabaseError, InterfaceError, connection, connections
from django.db.models import Sum
from django.test import Client as Browser

from bookings.lines import Line
from bookings.models import Booking, Source, Visit
from catalogue.models import Provider
from foundation.form_tokens import new_form_token
from foundation.models import FormUse
from foundation.outages import is_outage
from giftcards.models import GiftCard
from loyalty.models import Award, PointEntry, PointKind
from sales.visits import book_visit
from tests.factories import ProviderFactory, RewardFactory, ServiceFactory
from tests.prove.buying import (
    AT_ONCE,
    PRICE,
    Forms,
    serve,
    what_became_of_the_forms,
)
from tests.prove.cluster import Cluster
from tests.prove.ground import Ground, Task, due_left, violations
from tests.prove.pack import Pack, Role, Work
from tests.prove.phases import IN_TRANSACTION, Board, Phase
from tests.prove.postman import Postman
from tests.prove.roles import send
from tests.prove.sweeping import sweep, what_became_of_the_awards, what_was_told

CHUNK, LOW, BATCH = 40, 400, 800
FREE_TIMES = 40  # bookings prepared for each stop
LOAD_SECONDS = 1.0  # at most, of work that goes on before the server is stopped
PATIENCE = 60.0  # seconds until all children have found the server again
PAUSE = 0.05  # seconds between two tries to connect


class Worker:
    """One child's loop: work, and on a lost connection try the same thing again."""

    def __init__(self, board: Board, slot: int, book: Path) -> None:
        self._board, self._slot, self._book = board, slot, book

    def until_stopped(self, step: Callable[[], object]) -> None:
        while self._board.order != Board.STOP:
            if self._board.order == Board.PARK:
                connection.close()
                self._board.enter(self._slot, Phase.PARKED)
                time.sleep(PAUSE)
                continue
            try:
                step()
            except (DatabaseError, InterfaceError) as error:
                if not (is_outage(error) or isinstance(error, InterfaceError)):
                    raise
                connections.close_all()
                self._board.enter(self._slot, Phase.OUTSIDE)
                self.note(lost=type(error).__name__)
                time.sleep(PAUSE)

    def note(self, **what: Any) -> None:
        book = os.open(self._book, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(book, (json.dumps(what) + "\n").encode())
        os.close(book)


class Diary:
    """Times that are free, one form each, and the visits that were answered.

    Both are files: a worker that was forked before new times were opened sees them all the same.
    """

    def __init__(self, ground: Ground, folder: Path) -> None:
        self._ground = ground
        self.service = ServiceFactory()
        self.plan = folder / "times.jsonl"
        self.plan.touch()
        self.book = folder / "visits.jsonl"
        self.book.touch()

    def open(self, many: int) -> None:
        provider: Provider = ProviderFactory(services=[self.service])
        day = self._ground.clock.now().replace(hour=8, minute=0, second=0, microsecond=0)
        day += dt.timedelta(days=21)  # the clock of a run moves by days
        lines = []
        while many:
            if day.weekday() < 5:
                for hour in range(min(7, many)):
                    at = day + dt.timedelta(hours=hour)
                    lines.append(json.dumps([new_form_token(), provider.pk, at.isoformat()]))
                    many -= 1
            day += dt.timedelta(days=1)
        with self.plan.open("a") as plan:
            plan.write("".join(f"{line}\n" for line in lines))

    def times(self) -> dict[str, tuple[int, dt.datetime]]:
        """Form token to provider and time, in the order in which they were opened."""
        rows = [json.loads(line) for line in self.plan.read_text().splitlines()]
        return {token: (pk, dt.datetime.fromisoformat(at)) for token, pk, at in rows}

    def left(self) -> int:
        return len(self.times()) - len(self.answers())

    def answers(self) -> dict[str, set[int]]:
        found: dict[str, set[int]] = {}
        for line in self.book.read_text().splitlines():
            answer = json.loads(line)
            if "token" in answer:
                found.setdefault(answer["token"], set()).add(answer["visit"])
        return found

    def found_done(self) -> int:
        """Forms whose outcome was unknown and that had been committed: the repeat told so."""
        lines = self.book.read_text().splitlines()
        return sum(json.loads(line).get("was_done", False) for line in lines)

    def write_one(self, worker: Worker) -> None:
        """The first time without an answer is booked with its own form."""
        answered, times = self.answers(), self.times()
        token = next((each for each in times if each not in answered), None)
        if token is None:
            time.sleep(PAUSE)
            return
        provider, at = times[token]
        before = FormUse.objects.filter(token=token).exists()
        visit = book_visit(
            client=self._ground.people[hash(token) % len(self._ground.people)],
            guest=None,
            lines=[Line(self.service, Provider.objects.get(pk=provider))],
            starts_at=at,
            source=Source.DESK,
            form_token=token,
            actor=None,
        )
        worker.note(token=token, visit=visit.pk, was_done=before)


def run(task: Task, postman: Postman) -> dict[str, Any]:
    rng = random.Random(task.seed)
    folder = Path(task.folder)
    with Cluster(folder, Path(task.programs)) as cluster:
        connections["default"].settings_dict.update(cluster.database)
        call_command("migrate", verbosity=0)
        try:
            return Stopping(task, postman, rng, cluster, folder).run()
        finally:
            connections.close_all()


class Stopping:
    def __init__(
        self, task: Task, postman: Postman, rng: random.Random, cluster: Cluster, folder: Path
    ) -> None:
        self.task, self.postman, self.rng, self.cluster = task, postman, rng, cluster
        self.ground = Ground(postman, rng)
        self.card_type = RewardFactory(points=PRICE).gift_card_type
        self.forms = Forms(folder)
        self.diary = Diary(self.ground, folder)
        self.events = folder / "events.jsonl"
        self.events.touch()
        self.lies: list[str] = []
        self.stopped: Counter[Phase] = Counter()

    def run(self) -> dict[str, Any]:
        self.stock_up()
        with Pack([], self.rng) as pack:
            pack.roles = self.roles(pack.board)
            pack.fill()
            for _ in range(self.task.stops):
                self.wait_for_work()
                # The stop is for the workers; who looks must not be cut off with them.
                connections.close_all()
                # The random moment itself.
                time.sleep(self.rng.uniform(0, LOAD_SECONDS))
                self.stop_and_look(pack)
            pack.board.give(Board.STOP)
            pack.wait_for_all(PATIENCE)
            failed = pack.failed
        self.ground.clock.advance(minutes=11)
        serve(self.forms, self.card_type, self.forms.unanswered())
        self.ground.finish_in_peace()
        return {"failed": failed, **self.result()}

    def roles(self, board: Board) -> list[Role]:
        steps: list[tuple[str, Callable[[Worker], object]]] = [
            ("first sweep", lambda worker: worker.note(credited=sweep(CHUNK))),
            ("second sweep", lambda worker: worker.note(credited=sweep(CHUNK))),
            ("first desk", lambda worker: self.serve_one()),
            ("second desk", lambda worker: self.serve_one()),
            ("diary", self.diary.write_one),
            ("sender", lambda worker: send()),
            ("pages", self.look_at_pages),
        ]
        return [
            Role(name, lambda slot=slot, name=name, step=step: self.job(board, slot, name, step))
            for slot, (name, step) in enumerate(steps)
        ]

    def job(self, board: Board, slot: int, name: str, step: Callable[[Worker], object]) -> Work:
        book = self.diary.book if name == "diary" else self.events
        worker = Worker(board, slot, book)
        return Work(lambda: worker.until_stopped(lambda: step(worker)), 0.0)

    def serve_one(self) -> None:
        waiting = self.forms.unanswered()
        if not waiting:
            time.sleep(PAUSE)
            return
        serve(self.forms, self.card_type, [waiting[os.getpid() % len(waiting)]])

    def look_at_pages(self, worker: Worker) -> None:
        """Pages answer, or say "in a moment"; nothing else."""
        browser = Browser(raise_request_exception=False)
        for address in ("/services/", "/admin/login/"):
            answer = browser.get(address)
            worker.note(page=answer.status_code, retry=answer.headers.get("Retry-After"))
        time.sleep(PAUSE)

    def stock_up(self) -> None:
        if due_left() < LOW:
            self.ground.make_due(BATCH)
        if len(self.forms.unanswered()) < LOW // 10:
            self.forms.hand_out(self.rng.sample(self.ground.people, AT_ONCE))
        if self.diary.left() < FREE_TIMES // 2:
            self.diary.open(FREE_TIMES)

    def wait_for_work(self) -> None:
        """Until sweeps, exchanges and bookings have each answered something since the last stop."""
        before, end = self.answered(), time.monotonic() + PATIENCE
        while any(now <= then for now, then in zip(self.answered(), before, strict=True)):
            if time.monotonic() > end:
                raise TimeoutError(f"no work is done: {before} {self.answered()}")
            self.stock_up()  # quick hands may be through with it before they are looked at
            time.sleep(PAUSE)

    def answered(self) -> tuple[int, int, int]:
        return len(self.forms.answers()), len(self.diary.answers()), self.credited()

    def stop_and_look(self, pack: Pack) -> None:
        pack.reap()
        phases = pack.phases()
        self.cluster.stop_immediately()
        self.stopped.update(phases)
        answered = self.forms.answers(), self.diary.answers(), self.credited()
        # Down for a moment, so that pages and workers meet a server that is not there.
        time.sleep(self.rng.uniform(0.2, 0.6))
        self.cluster.start()
        pack.board.give(Board.PARK)
        end = time.monotonic() + PATIENCE
        while set(pack.phases()) != {Phase.PARKED}:
            pack.reap()
            if time.monotonic() > end:
                raise TimeoutError(f"not all came back: {pack.phases()} {pack.failed}")
            time.sleep(PAUSE)
        self.look(*answered)
        # A sender that lost its connection left rows that the next run may settle.
        self.ground.clock.advance(minutes=11)
        self.stock_up()
        connections.close_all()
        pack.board.give(Board.GO)

    def credited(self) -> int:
        """What sweeps answered that they had credited."""
        return sum(event.get("credited", 0) for event in self.told())

    def told(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.events.read_text().splitlines()]

    def look(
        self,
        forms: dict[str, set[int | None]],
        visits: dict[str, set[int]],
        credited: int,
    ) -> None:
        """Whatever was answered as done before the stop is there after it; the audit is clean."""
        cards = {card for its in forms.values() for card in its if card is not None}
        if GiftCard.objects.filter(pk__in=cards).count() != len(cards):
            self.lies.append("a card that was answered is gone")
        booked = {visit for its in visits.values() for visit in its}
        if Visit.objects.filter(pk__in=booked).count() != len(booked):
            self.lies.append("a visit that was answered is gone")
        earned = PointEntry.objects.filter(kind=PointKind.EARN).count()
        settled = Award.objects.filter(state="credited").count()
        if earned < credited:
            self.lies.append(f"{credited} awards were answered as credited, {earned} are")
        if earned != settled:
            self.lies.append(f"{earned} entries for {settled} credited awards")
        self.lies += violations()

    def result(self) -> dict[str, Any]:
        events = self.told()
        pages = Counter(event["page"] for event in events if "page" in event)
        visits = self.diary.answers()
        awards = what_became_of_the_awards()
        earned = Award.objects.filter(state="credited").values_list("account__client")
        forms = what_became_of_the_forms(
            self.forms,
            dict(earned.annotate(sum=Sum("points")).values_list("account__client", "sum")),
        )
        letters = self.postman.letters()
        told = what_was_told([each for each in letters if "point" in each.subject])
        return {
            "stops": self.task.stops,
            "stopped": {phase.name.lower(): many for phase, many in self.stopped.items()},
            "inside": sum(self.stopped[phase] for phase in IN_TRANSACTION),
            "lies": self.lies,
            "things": awards["things"],
            "cards": forms["things"],
            "visits": len(visits),
            "doubles": awards["doubles"]
            + forms["doubles"]
            + sum(len(its) - 1 for its in visits.values())
            + Booking.objects.filter(service=self.diary.service).count()
            - len(self.booked()),
            "lost": awards["lost"] + forms["lost"] + len(set(visits) - self.booked()),
            "sums_off": forms["sums_off"],
            **told,
            "repeated_after_commit": self.diary.found_done(),
            "lost_connections": sum("lost" in event for event in events),
            "pages": {str(status): many for status, many in pages.items()},
            "pages_without_retry": sum(
                event.get("page") == 503 and event["retry"] is None for event in events
            ),
            "audit": violations(),
        }

    def booked(self) -> set[str]:
        """The forms that booked, by what the database remembers of them."""
        done = FormUse.objects.filter(token__in=self.diary.times()).exclude(result="")
        return set(done.values_list("token", flat=True))
