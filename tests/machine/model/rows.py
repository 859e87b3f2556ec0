"""The salon's rows, and the numbers of its rules."""

from __future__ import annotations

import datetime as dt
from collections import namedtuple
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

ZONE = ZoneInfo("Europe/Helsinki")
HOUR, DAY, MINUTE = dt.timedelta(hours=1), dt.timedelta(days=1), dt.timedelta(minutes=1)
DELAY, NOTICE, CANCEL_NOTICE, RETRY, KEPT = 3 * HOUR, HOUR, 24 * HOUR, HOUR, 30 * DAY
OPENS, CLOSES = dt.time(9), dt.time(17)  # Monday to Friday
TRIES, DESK_LIMIT, MOST_POINTS = 5, 500, 1_000_000
NEEDS = {"loyalty": ("payments", "client_login", "coupons", "gift_cards")}
EXCLUDES = {"loyalty": "clean_history", "clean_history": "loyalty"}
PROVIDER, DESK, MANAGER, OWNER = range(4)  # roles: each may what the one before may
WAITING = ("promised", "quarantined")
# What a booking may be marked as; a cancelled one and a no-show are settled.
MARKS = {
    "booked": ("arrived", "started", "completed", "no_show"),
    "arrived": ("started", "completed", "no_show"),
    "started": ("completed",),
    "completed": ("no_show",),
    "cancelled": (),
    "no_show": (),
}
# Minutes kept free after it; what the second provider costs more or less; as a reward, in points.
Service = namedtuple("Service", "minutes after price points dearer reward")
CardType = namedtuple("CardType", "value months price")  # the price in points, 0: not to be had


class Refused(Exception):
    """``str()`` is the name of the product's error class."""


def need(holds: object, otherwise: str) -> None:
    if not holds:
        raise Refused(otherwise)


def local_day(instant: dt.datetime) -> dt.datetime:
    return instant.astimezone(ZONE).replace(hour=0, minute=0, second=0)


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


@dataclass(kw_only=True, eq=False)
class Card(Ledger):
    owner: Client | None
    expires: dt.datetime
    value: int
    points: int  # what it was chosen for; 0 when issued by hand
    voided: bool = False


@dataclass(eq=False)
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

    def undo(self, reason: str) -> None:
        """What it was for did not happen, or not yet."""
        if self.state in WAITING:
            self.drop(reason)
        elif self.state == "credited":
            self.state, self.reason = "withdrawn", reason
            self.client.post("withdraw", -self.points)


@dataclass(eq=False)
class Time:
    """Of a provider; with ``places`` it is a class session."""

    provider: int
    starts: dt.datetime
    service: Service
    places: int = 0
    booked: int = 0

    def __post_init__(self) -> None:
        self.ends = self.starts + self.service.minutes * MINUTE
        self.blocked_to = self.ends + self.service.after * MINUTE

    @property
    def price(self) -> int:
        return self.service.price + self.service.dearer * (self.provider == 1)

    def is_in_hours(self) -> bool:
        starts, ends = self.starts.astimezone(ZONE), self.ends.astimezone(ZONE)
        one_day = starts.date() == ends.date() and starts.weekday() < 5
        return one_day and starts.time() >= OPENS and ends.time() <= CLOSES


def in_a_row(starts: dt.datetime, lines: list[tuple[int, Service]]) -> list[Time]:
    """One after another; who goes on alone keeps what is kept free in between."""
    times: list[Time] = []
    for provider, service in lines:
        if times:
            before = times[-1]
            starts = before.blocked_to if before.provider == provider else before.ends
        times.append(Time(provider, starts, service))
    return times


@dataclass(eq=False)
class Debit:
    """What a reward cost, and whose account paid."""

    client: Client
    points: int
    is_back: bool = True  # not taken yet, or returned

    def take(self) -> None:
        self.is_back = False
        self.client.post("spend", -self.points)

    def give_back(self) -> None:
        if not self.is_back:
            self.is_back = True
            self.client.post("return", self.points)


@dataclass(eq=False)
class Booking:
    visit: Visit
    time: Time
    places: int
    price: int
    award: Award | None
    debit: Debit | None = None  # of a reward
    status: str = "booked"
    marks: list[tuple[str, dt.datetime]] = field(default_factory=list)  # what it was, until when

    def turn(self, status: str, now: dt.datetime) -> None:
        self.marks.append((self.status, now))
        self.status = status

    @property
    def takes_time(self) -> bool:
        return self.status != "cancelled" and not self.time.places


@dataclass(eq=False)
class Visit:
    client: Client | None  # nobody, once Clean history stripped it
    payments: list[tuple[Card, int]]
    bookings: list[Booking] = field(default_factory=list)
    cancelled: bool = False
    hidden: bool = False

    @property
    def in_order(self) -> list[Booking]:
        return sorted(self.bookings, key=lambda booking: booking.time.starts)

    @property
    def starts(self) -> dt.datetime:
        return min(booking.time.starts for booking in self.bookings)

    @property
    def ends(self) -> dt.datetime:
        return max(booking.time.ends for booking in self.bookings)

    @property
    def price(self) -> int:
        return sum(booking.price for booking in self.bookings)

    @property
    def paid(self) -> int:
        return sum(paid for _card, paid in self.payments)

    def tell(self, kind: str) -> None:
        if self.client is not None:
            self.client.told.append(kind)
