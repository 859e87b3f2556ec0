"""Visits booked, moved, cancelled and taken back by desks that are killed again and again, and
what must be there of each visit afterwards: everything, and everything once."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from bookings.models import Booking, BookingChange, ClassSession, Occupation, Visit
from giftcards.models import GiftCard
from loyalty.models import LIVE, Award
from notifications.models import Message
from sales.models import Sale, SaleLine
from tests.prove.apart import take_visits_apart
from tests.prove.buying import what_was_delivered
from tests.prove.errands import PLENTY, PRICE, Answer, Diary, Errand
from tests.prove.ground import Ground, Task, timed, violations
from tests.prove.pack import Role, Work
from tests.prove.postman import Postman
from tests.prove.roles import let_loose, sender

DESKS = 3
LOW = 5

Thing = tuple[int, str]
"""A visit, and what it has or had done to it."""


def run(task: Task, postman: Postman) -> dict[str, Any]:
    rng = random.Random(task.seed)
    ground = Ground(postman, rng)
    diary = Diary(ground, Path(task.folder))
    if task.apart:
        take_visits_apart()
    diary.open(rng)
    first = list(diary.errands.values())[:3]
    seconds_each = timed(lambda: diary.serve(first)) / sum(len(each.steps) for each in first)
    desks = 1 if task.apart else DESKS

    def next_desk(number: int) -> Work:
        """A desk has errands of its own: two at once would be two people with one wish."""
        while len(mine := [it for it in diary.unfinished() if it.number % desks == number]) < LOW:
            diary.open(rng)
        rng.shuffle(mine)
        seconds = ground.overhead + 3 * seconds_each
        # What is taken apart has no inside: the harm lies between its many small transactions.
        inside = 0 if task.apart else seconds_each
        return Work(lambda: diary.serve(mine), seconds, inside=inside)

    roles = [
        Role(f"desk {number}", lambda number=number: next_desk(number), share=3)  # type: ignore[misc]
        for number in range(desks)
    ]
    children = let_loose(
        task,
        [*roles, sender(ground)],
        rng,
        harm=lambda: harm_of(what_became_of_the_visits(diary)),
    )
    if task.ends_in_peace:
        diary.serve(diary.unfinished())
        ground.clock.advance(minutes=11)
        ground.deliver_in_peace()
    about_visits = Message.objects.filter(kind__startswith="visit_")
    return {
        **children,
        **what_became_of_the_visits(diary),
        **what_was_delivered(postman.letters(), about_visits),
        "audit": violations(),
    }


def harm_of(became: dict[str, Any]) -> int:
    return int(became["doubles"] + became["halves"])


@dataclass
class Fate:
    """Of one visit, as its answers tell it."""

    errand: Errand
    place: tuple[Any, int]  # when and with whom, or the session
    stands: bool = True
    paid: bool = False
    moves: int = 0
    cancels: int = 0
    undone: int = 0

    def follow(self, answers: list[Answer]) -> None:
        for step, answer in zip(self.errand.steps[1:], answers[1:], strict=False):
            if answer.visit is None:
                continue
            if step.what == "move":
                place = (step.at or step.session, step.provider)
                self.moves += place != self.place
                self.place = place
            elif step.what == "cancel":
                self.cancels += self.stands
                self.stands, self.paid = False, False
            else:
                self.undone += not self.stands
                self.stands = True

    def things(self, visit: int) -> Counter[Thing]:
        """What a visit with this fate has: rows of the database by their kind."""
        bookings = max(1, self.errand.lines)
        times = bookings if self.errand.lines else 0
        return Counter(
            {
                (visit, "booking"): bookings,
                (visit, "occupation"): times * self.stands,
                (visit, "sale"): 1,
                (visit, "sale line"): bookings,
                (visit, "award"): bookings * (1 + self.undone),
                (visit, "award that counts"): bookings * self.stands,
                (visit, "moved"): bookings * self.moves,
                (visit, "cancelled"): bookings * self.cancels,
                (visit, "undone"): bookings * self.undone,
                (visit, "visit_booked"): 1 + self.undone,
                (visit, "visit_moved"): self.moves,
                (visit, "visit_cancelled"): self.cancels,
            }
        )


def what_became_of_the_visits(diary: Diary) -> dict[str, Any]:
    """Counted from the rows, against what was answered. An errand whose last step has no answer
    yet is left out: nobody knows whether that was done."""
    fates, refused = _fates(diary)
    open_errands = {errand.number for errand in diary.unfinished()}
    known = {visit for visit, fate in fates.items() if fate.errand.number not in open_errands}
    expected: Counter[Thing] = Counter()
    for visit in known:
        expected += fates[visit].things(visit)
    found = Counter({thing: many for thing, many in _rows().items() if thing[0] in known})
    # While errands are open, a visit may be booked whose answer is still to come.
    strangers = 0 if open_errands else Visit.objects.exclude(pk__in=fates).count()
    lost = (expected - found).total() + _elsewhere(fates, known)
    return {
        "things": len(known),
        "refused": refused,
        "steps": sum(len(answers) for answers in diary.answers().values()),
        "doubles": (found - expected).total() + strangers + _overlaps(),
        "lost": lost,
        "halves": lost,
        "sums_off": 0 if open_errands else _sums_off(diary, fates.values()),
    }


def _fates(diary: Diary) -> tuple[dict[int, Fate], int]:
    """By visit; and how many errands got no visit."""
    fates: dict[int, Fate] = {}
    refused = 0
    for number, answers in diary.answers().items():
        errand, visit = diary.errands[number], answers[0].visit
        if visit is None:
            refused += 1
            continue
        step = errand.steps[0]
        place = (step.at or step.session, step.provider)
        fates[visit] = Fate(errand, place, paid=errand.card is not None)
        fates[visit].follow(answers)
    return fates, refused


def _rows() -> Counter[Thing]:
    counted: Counter[Thing] = Counter()
    for name, visits in (
        ("booking", Booking.objects.values_list("visit", flat=True)),
        ("occupation", Occupation.objects.values_list("booking__visit", flat=True)),
        ("sale", Sale.objects.values_list("visit", flat=True)),
        ("sale line", SaleLine.objects.values_list("booking__visit", flat=True)),
        ("award", Award.objects.values_list("booking__visit", flat=True)),
        (
            "award that counts",
            Award.objects.filter(state__in=LIVE).values_list("booking__visit", flat=True),
        ),
    ):
        counted.update((visit, name) for visit in visits if visit is not None)
    changes = BookingChange.objects.values_list("booking__visit", "kind")
    counted.update((visit, kind) for visit, kind in changes)
    told = Message.objects.filter(kind__startswith="visit_").values_list("subjects", "kind")
    counted.update((subjects["visit"], kind) for subjects, kind in told)
    return counted


def _overlaps() -> int:
    """Times of one provider that run into each other."""
    taken = Occupation.objects.order_by("provider", "starts_at", "ends_at")
    rows = taken.values_list("provider", "starts_at", "ends_at")
    return sum(one[0] == other[0] and other[1] < one[2] for one, other in pairwise(rows.iterator()))


def _elsewhere(fates: dict[int, Fate], known: set[int]) -> int:
    """Visits that do not stand where the last answer said."""
    wrong = 0
    for booking in Booking.objects.filter(visit__in=known).order_by("visit", "-starts_at"):
        fate = fates[booking.visit_id]
        if fate.errand.lines:
            first = Visit.objects.get(pk=booking.visit_id).starts_at
            wrong += (first, booking.provider_id) != fate.place
        else:
            wrong += booking.session_id != fate.place[0]
        wrong += (booking.status != "cancelled") != fate.stands
    return wrong


def _sums_off(diary: Diary, fates: Iterable[Fate]) -> int:
    """Gift cards that hold another sum than what was paid by them and came back leaves, and class
    sessions that count other places than those who come."""
    fates = list(fates)
    owed: Counter[int] = Counter()
    coming: Counter[int] = Counter()
    for fate in fates:
        if fate.paid and fate.errand.card is not None:
            owed[fate.errand.card] += PRICE * max(1, fate.errand.lines)
        if not fate.errand.lines:
            coming[fate.place[0]] += fate.stands
    cards = GiftCard.objects.filter(pk__in=[card.pk for card in diary.cards.values()])
    sessions = ClassSession.objects.values_list("pk", "booked_places")
    return sum(card.balance != PLENTY - owed[card.pk] for card in cards) + sum(
        many != coming[session] for session, many in sessions
    )
