"""What the salon promises, in plain Python: no database, no Django, no code of the product.

A command changes the model or raises ``Refused`` with the name of the error that the product must
answer. Rows stand in the order in which they were made. UTC instants, money in minor units."""

from __future__ import annotations

import datetime as dt
from calendar import monthrange
from collections import namedtuple
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Helsinki")
HOUR, DAY, MINUTE = dt.timedelta(hours=1), dt.timedelta(days=1), dt.timedelta(minutes=1)
DELAY, NOTICE, CANCEL_NOTICE, RETRY, KEPT = 3 * HOUR, HOUR, 24 * HOUR, HOUR, 30 * DAY
TRIES, DESK_LIMIT, MOST_POINTS = 5, 500, 1_000_000
NEEDS = {"loyalty": ("payments", "client_login", "coupons", "gift_cards")}
EXCLUDES = {"loyalty": "clean_history", "clean_history": "loyalty"}
PROVIDER, DESK, MANAGER, OWNER = range(4)  # roles: each may what the one before may
WAITING = ("promised", "quarantined")
STATUSES = ("booked", "arrived", "completed", "cancelled", "no_show")
Service = namedtuple("Service", "minutes after price points")  # minutes kept free after it
CardType = namedtuple("CardType", "value months price")  # the price in points, 0: not to be had


class Refused(Exception):
    """``str()`` is the name of the product's error class."""


def need(holds: object, otherwise: str) -> None:
    if not holds:
        raise Refused(otherwise)


@dataclass(kw_only=True, eq=False)
class Ledger:
    balance: int = 0
    entries: list[tuple[str, int, int]] = field(default_factory=list)

    def post(self, kind: str, amount: int) -> None:
        self.balance += amount
        self.entries.append((kind, amount, self.balance))


@dataclass(kw_only=True, eq=False)
class Client(Ledger):
    agrees: bool
    email: bool
    login: bool
    erased: bool = False
    told: list[str] = field(default_factory=list)


@dataclass
class Award:
    client: Client
    points: int
    due: dt.datetime
    state: str = "promised"
    reason: str = ""
    attempts: int = 0
    next_try: dt.datetime | None = None
    spoilt: bool = False  # the database refuses its entry

    def drop(self, reason: str) -> None:
        self.state, self.reason = "dropped", reason


@dataclass(kw_only=True, eq=False)
class Card(Ledger):
    owner: Client | None
    expires: dt.datetime
    value: int
    points: int  # what it was chosen for; 0 when issued by hand
    voided: bool = False


@dataclass
class Time:
    provider: int
    starts: dt.datetime
    service: Service
    places: int = 0  # of a class; 0 is an appointment's time
    booked: int = 0

    def __post_init__(self) -> None:
        self.ends = self.starts + self.service.minutes * MINUTE
        self.blocked_to = self.ends + self.service.after * MINUTE


@dataclass
class Booking:
    client: Client | None  # nobody, once Clean history stripped it
    time: Time
    award: Award | None
    places: int
    price: int
    payments: list[tuple[Card, int]]
    status: str = "booked"


class Salon:
    def __init__(self, now: dt.datetime, clients: list[Client]) -> None:
        self.now, self.began, self.clients = now, now, clients
        self.features = dict.fromkeys([*NEEDS["loyalty"], *NEEDS], True) | {"clean_history": False}
        self.off_since: dt.datetime | None = None
        self.bookings: list[Booking] = []
        self.sessions: list[Time] = []
        self.awards: list[Award] = []
        self.cards: list[Card] = []

    def claim(self, time: Time) -> None:
        standing = [b.time for b in self.bookings if b.status != "cancelled" and not b.time.places]
        for other in (*standing, *self.sessions):
            apart = other.blocked_to <= time.starts or time.blocked_to <= other.starts
            need(other.provider != time.provider or apart, "SlotTaken")

    def book(
        self, client: Client, time: Time, places: int, desk: bool, cards: list[Card], shown: int
    ) -> None:
        need(not client.erased, "ClientGone")
        if time.places:
            need((time.ends if desk else time.starts) > self.now, "SessionOver")
            mine = [b.status for b in self.bookings if b.time is time and b.client is client]
            need({*mine} <= {"cancelled", "no_show"}, "AlreadyBooked")
            need(1 <= places <= time.places - time.booked, "SessionFull")
        else:
            need(time.ends > self.now if desk else time.starts >= self.now, "InThePast")
            need(desk or time.starts >= self.now + NOTICE, "TooSoon")
            self.claim(time)
        price = places * time.service.price
        points = places * time.service.points * self.features["loyalty"]
        plan = self.plan(price, cards)
        need(shown == sum(pays for _card, pays in plan), "CardBalanceChanged")
        award = Award(client, points, time.ends + DELAY) if points else None
        self.awards += [award] if award else []
        for card, pays in plan:
            card.post("spend", -pays)
        self.bookings.append(Booking(client, time, award, places, price, plan))
        time.booked += places
        client.told.append("visit_booked")

    def plan(self, price: int, cards: list[Card]) -> list[tuple[Card, int]]:
        found = []
        for card in dict.fromkeys(cards):
            pays = min(card.balance, price)
            if pays > 0 and self.now <= card.expires:
                found.append((card, pays))
                price -= pays
        return found

    def cancel(self, booking: Booking, *, by_client: bool) -> None:
        if booking.status == "cancelled":
            return
        stands = booking.status == "booked" if by_client else booking.status != "no_show"
        need(stands, "WrongStatus")
        need(not by_client or self.now <= booking.time.starts - CANCEL_NOTICE, "TooLateToCancel")
        for card, paid in booking.payments:
            card.post("return", paid)
        booking.status, booking.payments = "cancelled", []
        booking.time.booked -= booking.places
        self._undo(booking.award, "cancelled")
        if booking.client is not None:
            booking.client.told.append("visit_cancelled")

    def mark(self, booking: Booking, status: str) -> None:
        starts = booking.time.starts
        day = starts.astimezone(ZONE).replace(hour=0, minute=0)
        need(self.now >= (day if status == "arrived" else starts), "TooEarlyToMark")
        later = STATUSES[STATUSES.index(booking.status) :]
        settled = booking.status in ("cancelled", "no_show")
        need(status in (later[:1] if settled else later), "WrongStatus")
        booking.status = status
        if status == "no_show":
            self._undo(booking.award, "no_show")

    def _undo(self, award: Award | None, reason: str) -> None:
        if award and award.state in WAITING:
            award.drop(reason)
        elif award and award.state == "credited":
            award.state, award.reason = "withdrawn", reason
            award.client.post("withdraw", -award.points)

    def sweep(self) -> None:
        waiting = [award for award in self.awards if award.state == "promised"]
        due = [a for a in waiting if a.due <= self.now and (a.next_try or a.due) <= self.now]
        for award in sorted(due, key=lambda award: award.due):
            if award.client.erased:
                award.drop("anonymised")
            elif not self.features["loyalty"] and award.due >= (self.off_since or self.began):
                award.drop("loyalty_off")
            elif award.spoilt:
                award.attempts, award.next_try = award.attempts + 1, self.now + RETRY
                award.state = "quarantined" if award.attempts >= TRIES else "promised"
            else:
                award.state = "credited"
                award.client.post("earn", award.points)
                award.client.told += ["points_added"] if award.client.agrees else []

    def decide(self, booking: Booking, *, retry: bool, by: int) -> None:
        award = booking.award
        need(award and award.state == "quarantined", "WrongAwardState")
        need(by >= MANAGER, "NotAllowed")
        if retry:
            award.state, award.attempts, award.next_try = "promised", 0, None
        else:
            award.drop("given_up")

    def adjust(self, client: Client, amount: int, words: str, *, tell: bool, by: int) -> None:
        need(by >= DESK, "NotAllowed")
        need(0 < abs(amount) <= MOST_POINTS, "NothingToAdjust")
        need(words.strip(), "DescriptionMissing")
        need(by >= MANAGER or abs(amount) <= DESK_LIMIT, "AboveLimit")
        need(self.features["loyalty"], "FeatureOff")
        need(not client.erased, "ClientGone")
        need(amount > 0 or client.balance + amount >= 0, "BelowZero")
        client.post("adjust", amount)
        client.told += ["points_adjusted"] if tell and client.agrees else []

    def transfer(self, source: Client, target: Client, points: int | None, words: str) -> None:
        need(source is not target, "BadInput")
        need(words.strip(), "DescriptionMissing")
        need(points is None or points > 0, "NothingToAdjust")
        need(not source.erased and not target.erased, "ClientGone")
        need(points is None or points <= source.balance, "BelowZero")
        if amount := source.balance if points is None else points:
            source.post("transfer", -amount)
            target.post("transfer", amount)

    def redeem(self, client: Client, kind: CardType, shown: int) -> None:
        need(self.features["loyalty"] and self.features["gift_cards"], "FeatureOff")
        need(not client.erased, "ClientGone")
        need(kind.price and shown == kind.price, "RewardGone")
        need(client.balance >= kind.price, "InsufficientPoints")
        client.post("spend", -kind.price)
        self._issue(kind, client, kind.price, tell=True)

    def issue(self, kind: CardType, owner: Client | None, words: str, *, by: int) -> None:
        need(by >= DESK, "NotAllowed")
        need(words.strip(), "DescriptionMissing")
        need(owner is None or not owner.erased, "ClientGone")
        need(self.features["gift_cards"], "FeatureOff")
        self._issue(kind, owner, 0, tell=bool(owner and owner.email))

    def _issue(self, kind: CardType, owner: Client | None, points: int, *, tell: bool) -> None:
        local = self.now.astimezone(ZONE).replace(hour=23, minute=59, second=59)
        months = local.year * 12 + local.month - 1 + kind.months
        year, month = months // 12, months % 12 + 1
        expires = local.replace(year, month, min(local.day, monthrange(year, month)[1]))
        self.cards.append(Card(owner=owner, expires=expires, value=kind.value, points=points))
        self.cards[-1].post("issue", kind.value)
        if tell:
            owner.told.append("gift_card_delivery")

    def void(self, card: Card, words: str, *, by: int) -> None:
        need(by >= MANAGER, "NotAllowed")
        need(words.strip(), "DescriptionMissing")
        if not card.voided:
            need(card.balance == card.value, "CardUsed")
            card.voided = True
            card.post("void", -card.balance)
            if card.points and card.owner is not None:
                card.owner.post("return", card.points)

    def erase(self, client: Client) -> None:
        client.erased, client.agrees, client.login, client.email = True, False, False, False

    def switch(self, code: str, *, on: bool, with_others: bool, by: int) -> None:
        need(by >= OWNER, "NotAllowed")
        need(code in self.features, "UnknownFeature")
        if self.features[code] == on:
            return
        need(not on or not self.features.get(EXCLUDES.get(code, "")), "FeatureExcluded")
        tied = NEEDS.get(code, ()) if on else [c for c in NEEDS if code in NEEDS[c]]
        others = [other for other in tied if self.features[other] != on]
        need(with_others or not others, "FeatureNeedsOthers" if on else "FeatureIsNeeded")
        before = self.features["loyalty"]
        self.features.update(dict.fromkeys((code, *others), on))
        if self.features["loyalty"] and not before:
            for award in self.awards:
                fell_due = (self.off_since or award.due) <= award.due <= self.now
                if award.state in WAITING and fell_due:
                    award.drop("loyalty_off")
        if self.features["loyalty"] != before:
            self.off_since = self.now if before else None

    def clean_history(self) -> None:
        limit = self.now - KEPT
        for booking in self.bookings if self.features["clean_history"] else ():
            award = booking.award
            if booking.time.ends < limit and not (award and award.state == "promised"):
                booking.client = None
                if award and award.state in WAITING:
                    award.drop("anonymised")
        kept = {b.client for b in self.bookings} | {c.owner for c in self.cards if c.balance}
        for client in self.clients if self.features["clean_history"] and self.began < limit else ():
            if not (client.login or client.balance or client in kept):
                self.erase(client)
