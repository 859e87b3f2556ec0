"""Booking, moving, cancelling, marking and taking back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from tests.machine.model.rows import (
    CANCEL_NOTICE,
    DELAY,
    MANAGER,
    MARKS,
    NEEDS,
    NOTICE,
    Award,
    Booking,
    Card,
    Client,
    Debit,
    Time,
    Visit,
    in_a_row,
    local_day,
    need,
)


class Visits:
    def __init__(self, now: dt.datetime, clients: list[Client]) -> None:
        self.now, self.began, self.clients = now, now, clients
        self.features = dict.fromkeys([*NEEDS["loyalty"], *NEEDS], True) | {"clean_history": False}
        self.off_since: dt.datetime | None = None
        self.visits: list[Visit] = []
        self.sessions: list[Time] = []
        self.awards: list[Award] = []
        self.cards: list[Card] = []

    @property
    def bookings(self) -> list[Booking]:
        return [booking for visit in self.visits for booking in visit.bookings]

    # --- time and places ----------------------------------------------------------------------

    def claim(self, times: list[Time], moving: Visit | None = None) -> None:
        taken = [b.time for b in self.bookings if b.takes_time and b.visit is not moving]
        for time in times:
            for other in (*taken, *self.sessions):
                apart = other.blocked_to <= time.starts or time.blocked_to <= other.starts
                need(other.provider != time.provider or apart, "SlotTaken")

    def ask_online(self, times: list[Time]) -> None:
        need(times[0].starts >= self.now, "InThePast")
        need(times[0].starts >= self.now + NOTICE, "TooSoon")
        need(all(time.is_in_hours() for time in times), "OutsideHours")

    def ask_places(self, session: Time, client: Client | None, places: int) -> None:
        there = [b for b in self.bookings if b.time is session and b.visit.client is client]
        come = {b.status for b in there} - {"cancelled", "no_show"}
        need(client is None or not come, "AlreadyBooked")
        need(1 <= places <= session.places - session.booked, "SessionFull")

    # --- booking ------------------------------------------------------------------------------

    def book(
        self, client: Client, times: list[Time], places: int, desk: bool, cards: list[Card],
        shown: int, rewards: dict[int, int],
    ) -> None:  # fmt: skip
        """``times`` of appointments one after another, or one class session. ``rewards``: those
        that points pay, by their numbers, and the points that were shown."""
        need(not client.erased, "ClientGone")
        first = times[0]
        if first.places:
            need((first.ends if desk else first.starts) > self.now, "SessionOver")
            self.ask_places(first, client, places)
        elif desk:
            need(first.ends > self.now, "InThePast")
            self.claim(times)
        else:
            self.ask_online(times)
            self.claim(times)
        debits = {number: Debit(client, times[number].service.reward) for number in rewards}
        need(not debits or self.features["loyalty"], "FeatureOff")
        need(all(debits[n].points == points for n, points in rewards.items()), "RewardNotNow")
        plan = self.plan(self.price(times, places, rewards), cards)
        need(shown == sum(pays for _card, pays in plan), "CardBalanceChanged")
        self.ask_points([*debits.values()])
        first.booked += places
        visit = Visit(client, plan)
        for number, time in enumerate(times):
            debit = debits.get(number)
            points = 0 if debit else places * time.service.points * self.features["loyalty"]
            award = Award(client, points, time.ends + DELAY) if points else None
            self.awards += [award] if award else []
            price = 0 if debit else places * time.price
            visit.bookings.append(Booking(visit, time, places, price, award, debit))
        for card, pays in plan:
            card.post("spend", -pays)
        for debit in debits.values():
            debit.take()
        self.visits.append(visit)
        visit.tell("visit_booked")

    def plan(self, price: int, cards: list[Card]) -> list[tuple[Card, int]]:
        found = []
        for card in dict.fromkeys(cards):
            pays = min(card.balance, price)
            if pays > 0 and self.now <= card.expires:
                found.append((card, pays))
                price -= pays
        return found

    def price(self, times: list[Time], places: int, rewards: Iterable[int]) -> int:
        return sum(places * time.price for n, time in enumerate(times) if n not in rewards)

    def ask_points(self, debits: list[Debit]) -> None:
        need(not debits or self.features["loyalty"], "FeatureOff")
        points = sum(debit.points for debit in debits)
        need(not debits or debits[0].client.balance >= points, "InsufficientPoints")

    # --- cancelling, marking, taking back -----------------------------------------------------

    def cancel(self, visit: Visit, *, by_client: bool) -> None:
        standing = [b for b in visit.bookings if b.status != "cancelled"]
        if not standing:
            return
        if by_client:
            need(all(b.status == "booked" for b in standing), "WrongStatus")
            need(self.now <= visit.starts - CANCEL_NOTICE, "TooLateToCancel")
        need(all(b.status != "no_show" for b in standing), "WrongStatus")
        for card, paid in visit.payments:
            card.post("return", paid)
        visit.payments, visit.cancelled = [], True
        for booking in standing:
            booking.turn("cancelled", self.now)
            booking.time.booked -= booking.places
            if booking.award:
                booking.award.undo("cancelled")
        for booking in standing:
            if booking.debit:
                booking.debit.give_back()
        visit.tell("visit_cancelled")

    def delete(self, visit: Visit) -> None:
        self.cancel(visit, by_client=False)
        visit.hidden = True

    def mark(self, booking: Booking, status: str) -> None:
        need(self.now >= self._markable(booking.time, status), "TooEarlyToMark")
        if booking.status == status:
            return
        need(status in MARKS[booking.status], "WrongStatus")
        booking.turn(status, self.now)
        if status == "no_show" and booking.award:
            booking.award.undo("no_show")

    def return_points(self, booking: Booking) -> None:
        """Staff are kind to one who did not come."""
        need(booking.status == "no_show", "WrongStatus")
        if booking.debit:
            booking.debit.give_back()

    def _markable(self, time: Time, status: str) -> dt.datetime:
        return local_day(time.starts) if status in ("arrived", "started") else time.starts

    def undo(self, booking: Booking, *, by: int) -> None:
        _before, when = booking.marks[-1]
        today = local_day(self.now).date()
        on_the_day = by >= MANAGER and today == local_day(booking.time.starts).date()
        need(on_the_day or today == local_day(when).date(), "TooLateToUndo")
        visit = booking.visit
        if booking.status != "cancelled":
            self._restore([booking])
            return
        if booking.time.places:
            self.ask_places(booking.time, visit.client, booking.places)
            booking.time.booked += booking.places
        else:
            self.claim([each.time for each in visit.bookings])
        self._restore(visit.bookings)
        visit.cancelled, visit.hidden = False, False
        if visit.ends > self.now:
            visit.tell("visit_booked")

    def _restore(self, bookings: list[Booking]) -> None:
        """What came back of their points is taken again: all of it, or nothing is restored."""
        debits = [b.debit for b in bookings if b.debit and b.debit.is_back and b.visit.client]
        self.ask_points(debits)
        for booking in bookings:
            was, (booking.status, _when) = booking.status, booking.marks.pop()
            last = booking.award
            if was in ("cancelled", "no_show") and last and last.reason in ("cancelled", "no_show"):
                self._promise_again(booking, last)
        for debit in debits:
            debit.take()

    def _promise_again(self, booking: Booking, last: Award) -> None:
        booking.award = Award(last.client, last.points, booking.time.ends + DELAY)
        self.awards.append(booking.award)

    # --- moving -------------------------------------------------------------------------------

    def move(
        self, visit: Visit, starts: dt.datetime, provider: int | None, *, by_client: bool
    ) -> None:
        bookings = visit.in_order
        need(not bookings[0].time.places, "NotOffered")
        there = provider is None or {b.time.provider for b in bookings} == {provider}
        if bookings[0].time.starts == starts and there:
            return
        lines = [
            (b.time.provider if provider is None else provider, b.time.service) for b in bookings
        ]
        times = in_a_row(starts, lines)
        if by_client:
            self.ask_online(times)
        self.claim(times, moving=visit)
        self._ask_to_move(visit, by_client)
        for booking, time in zip(bookings, times, strict=True):
            self._ask_mark(booking, time)
        for booking, time in zip(bookings, times, strict=True):
            if not booking.debit:
                booking.price = max(0, booking.price + time.price - booking.time.price)
            booking.time = time
        self._bring_along(visit)

    def move_place(self, visit: Visit, session: Time, *, by_client: bool) -> None:
        booking = visit.bookings[0]
        if booking.time is session:
            return
        self._ask_to_move(visit, by_client)
        need(booking.time.places, "NotOffered")
        need((session.starts if by_client else session.ends) > self.now, "SessionOver")
        self._ask_mark(booking, session)
        self.ask_places(session, visit.client, booking.places)
        booking.time.booked -= booking.places
        session.booked += booking.places
        booking.time = session
        self._bring_along(visit)

    def _ask_to_move(self, visit: Visit, by_client: bool) -> None:
        if by_client:
            need(all(b.status == "booked" for b in visit.bookings), "WrongStatus")
            need(self.now <= visit.starts - CANCEL_NOTICE, "TooLateToMove")
        need(all(b.status not in ("cancelled", "no_show") for b in visit.bookings), "WrongStatus")

    def _ask_mark(self, booking: Booking, time: Time) -> None:
        """What was marked has happened: it does not go to where the mark was too early."""
        early = booking.status != "booked" and self.now < self._markable(time, booking.status)
        need(not early, "WrongStatus")

    def _bring_along(self, visit: Visit) -> None:
        """What is paid too much goes back, the last payment first, and each of them whole."""
        excess = visit.paid - visit.price
        for payment in reversed(visit.payments.copy()):
            card, paid = payment
            goes = min(paid, excess)
            if goes > 0:
                excess -= goes
                card.post("return", paid)
                visit.payments.remove(payment)
                if goes < paid:
                    card.post("spend", goes - paid)
                    visit.payments.append((card, paid - goes))
        for booking in visit.in_order:
            award, due = booking.award, booking.time.ends + DELAY
            if award and award.state in ("promised", "quarantined"):
                award.due = due
            elif award and award.state == "credited" and due > self.now:
                award.undo("moved")
                self._promise_again(booking, award)
        visit.tell("visit_moved")
