"""Half a year in the salon, told in order: every event at its own hour, through the commands."""

from __future__ import annotations

import datetime as dt
import heapq
import random
from collections.abc import Callable, Iterator
from itertools import count
from zoneinfo import ZoneInfo

from backoffice.roles import FRONT_DESK, MANAGER
from bookings.availability import first_free_slot, free_slots
from bookings.errors import OutsideRules, SlotTaken
from bookings.lines import Line
from bookings.models import Booking, Source, Visit
from bookings.time_off import TimeInUse, add_time_off
from catalogue.models import AddOn, Provider, Service
from clients.models import Client
from foundation import clock
from giftcards.cards import spendable_cards_of
from giftcards.models import GiftCardType
from loyalty.points import adjust_points, balance_of
from loyalty.sweep import credit_due_awards
from loyalty_site.demo.classes import Classes
from loyalty_site.demo.house import THEN, add_ons_by_service, mark_special_days, take_days_off
from loyalty_site.demo.offer import PROVIDERS
from loyalty_site.demo.pace import REGULARS, busy_after
from loyalty_site.demo.setting_up import Salon
from sales.exchange import exchange_points_for_card
from sales.issuing import issue_card_by_hand, void_card_by_hand
from sales.marking import mark_arrived, mark_completed, mark_no_show
from sales.reminders import queue_reminders
from sales.visits import book_visit, cancel_visit

ZONE = ZoneInfo("Europe/Helsinki")
DAYS_BACK, DAYS_AHEAD, CLASS_DAYS_AHEAD = 182, 14, 28
SWEEP_STEP = dt.timedelta(hours=2)
# Amount and what the client reads.
CORRECTIONS = (
    (50, "Sorry that you had to wait"),
    (30, "Undskyld ventetiden"),
    (40, "Kiitos palautteesta"),
    (100, "Won the spring raffle"),
    (-20, "Counted twice on your last visit"),
    (60, "Visit before the points programme began"),
)


class HalfYear:
    """A queue of events in order of time; an event may put later ones into the queue."""

    def __init__(self, chance: random.Random, now: dt.datetime) -> None:
        self.chance, self.now = chance, now
        self.salon = Salon()
        self.today = now.astimezone(ZONE).date()
        self.first_day = self.today - dt.timedelta(days=DAYS_BACK)
        self.start = self.local(self.first_day, dt.time(7))
        # Holidays and the like, and when Sanna is off: nothing is planned then.
        self.special_days: set[dt.date] = set()
        self.days_off: set[dt.date] = set()
        self.add_ons: dict[int, list[AddOn]] = {}
        self.tokens = count()
        self._order = count()
        self._events: list[tuple[dt.datetime, int, Callable[[], None]]] = []
        self._sweeps: set[dt.datetime] = set()

    def tell(self) -> Iterator[float]:
        """Play everything up to now; yields how far it is, 0 to 1."""
        self._plan()
        span = (self.now - self.start).total_seconds()
        while self._events:
            at, _order, event = heapq.heappop(self._events)
            with clock.fixed(at):
                event()
            yield min(max((at - self.start).total_seconds() / span, 0), 1)

    def at(self, instant: dt.datetime, event: Callable[[], None]) -> None:
        """Put an event into the queue, unless it lies ahead of now."""
        if instant <= self.now:
            heapq.heappush(self._events, (instant, next(self._order), event))

    def _sweep_after(self, ends_at: dt.datetime) -> None:
        """The sweep that credits a visit: due three hours after its end, run at the next step."""
        due = ends_at + dt.timedelta(hours=3)
        midnight = due.replace(hour=0, minute=0, second=0, microsecond=0)
        at = midnight + -(-(due - midnight) // SWEEP_STEP) * SWEEP_STEP
        if at not in self._sweeps:
            self._sweeps.add(at)
            self.at(at, lambda: _ignore(credit_due_awards()))

    def token(self) -> str:
        return f"demo-form-{next(self.tokens):012d}"

    def local(self, day: dt.date, time: dt.time) -> dt.datetime:
        return dt.datetime.combine(day, time, tzinfo=ZONE).astimezone(dt.UTC)

    def _plan(self) -> None:
        last = self.today + dt.timedelta(days=60)
        self.special_days = mark_special_days(self.first_day, self.today, last)
        sanna = self.salon.providers["Sanna"]
        self.days_off = take_days_off(sanna, self.today)
        self.add_ons = add_ons_by_service()
        for offset in range(DAYS_BACK + DAYS_AHEAD):
            day = self.first_day + dt.timedelta(days=offset)
            self._plan_day(day, busy_after(offset, of=DAYS_BACK))
        Classes(self, days_ahead=CLASS_DAYS_AHEAD).plan()
        self._plan_cards_and_corrections()
        self._plan_regulars()

    def _plan_day(self, day: dt.date, busy: float) -> None:
        taken: set[int] = set()
        for each in PROVIDERS:
            if each.name == "Oliver" and day == self.today:
                continue  # kept for the visit that just ended
            if day in self.special_days or (each.name == "Sanna" and day in self.days_off):
                continue
            provider = self.salon.providers[each.name]
            offered = self.salon.offered_by[each.name]
            for starts, ends in each.week.get(day.weekday(), ()):
                at, end = self.local(day, starts), self.local(day, ends)
                while True:
                    service = self.chance.choice(offered)
                    length = dt.timedelta(minutes=service.minutes + service.buffer_after)
                    if at + length > end:
                        break
                    if self.chance.random() < busy:
                        client = self._somebody(taken)
                        self._plan_visit(client, service, provider, at)
                        at += dt.timedelta(minutes=-(-length // dt.timedelta(minutes=15)) * 15)
                    else:
                        at += dt.timedelta(minutes=self.chance.choice((30, 45, 60)))

    def _somebody(self, taken: set[int]) -> Client:
        """A client who is not here yet today; the regulars come more often."""
        while True:
            often = self.chance.random() < 0.5
            client = self.chance.choice(self.salon.clients[: REGULARS if often else None])
            if client.pk not in taken:
                taken.add(client.pk)
                return client

    def lead(self, starts_at: dt.datetime) -> dt.datetime:
        """When it was booked: some hours to some weeks before, in waking hours, before now."""
        before = starts_at - dt.timedelta(hours=self.chance.choice((5, 28, 50, 75, 150, 300)))
        earliest = self.start + dt.timedelta(minutes=self.chance.randrange(600))
        latest = min(self.now, starts_at) - dt.timedelta(minutes=self.chance.randrange(5, 600))
        return max(min(before, latest), earliest)

    def _plan_visit(
        self, client: Client, service: Service, provider: Provider, starts_at: dt.datetime
    ) -> None:
        fate = self.chance.random()
        online = self.chance.random() < 0.6
        with_card = self.chance.random() < 0.5
        wanted = self._lines(service, provider)

        def book() -> None:
            cards = [card.pk for card in spendable_cards_of(client)] if with_card else []
            for lines in wanted:
                try:
                    visit = book_visit(
                        client=client,
                        guest=None,
                        lines=lines,
                        starts_at=starts_at,
                        source=Source.DESK,
                        form_token=self.token(),
                        actor=None if online else self.salon.staff[FRONT_DESK],
                        card_ids=cards[:2],
                    )
                except (SlotTaken, OutsideRules):
                    continue
                self.follow(visit, fate)
                return

        self.at(self.lead(starts_at), book)

    def _lines(self, service: Service, provider: Provider) -> list[list[Line]]:
        """What somebody would like best, some with more than the one service, and then that
        alone."""
        plain = Line(service, provider)
        offered = self.add_ons.get(service.pk, [])
        if offered and self.chance.random() < 0.2:
            return [[Line(service, provider, (self.chance.choice(offered),))], [plain]]
        then = THEN.get(service.slug)
        if then is not None and self.chance.random() < 0.15:
            following = next(each for each in self.salon.services if each.slug == then)
            return [[plain, Line(following)], [plain]]
        return [[plain]]

    def follow(self, visit: Visit, fate: float) -> None:
        """What becomes of a visit: cancelled, missed, or attended and mostly ticked off."""
        desk = self.salon.staff[FRONT_DESK]
        booked, starts, ends = clock.now(), visit.starts_at, visit.ends_at

        def marking(mark: Callable[..., Booking]) -> Callable[[], None]:
            return lambda: _ignore(
                [mark(booking=booking, actor=desk) for booking in visit.bookings.order_by("pk")]
            )

        if fate < 0.08:
            window = max((starts - booked) * 0.5, dt.timedelta(minutes=5))
            self.at(booked + window, lambda: _ignore(cancel_visit(visit=visit, actor=desk)))
            return
        if fate < 0.12:
            # Of several things the last is missed once all of them are over.
            late = starts + dt.timedelta(minutes=20) if visit.bookings.count() == 1 else ends
            self.at(late, marking(mark_no_show))
            return
        if fate < 0.35:
            self.at(starts, marking(mark_arrived))
        if fate < 0.8:
            self.at(ends, marking(mark_completed))
        self._sweep_after(ends)

    def _plan_cards_and_corrections(self) -> None:
        chance, manager = self.chance, self.salon.staff[MANAGER]
        types = list(self.salon.card_types.values())
        # Two that ran out: issued three years and a month ago.
        for client in self.salon.clients[:2]:
            self._issue(client, types[1], self.start - dt.timedelta(days=1000), "Old paper card")
        for week in range(DAYS_BACK // 7):
            at = self.start + dt.timedelta(days=7 * week, hours=chance.randrange(3, 10))
            for client in chance.sample(self.salon.clients, 2):
                self._issue(client, chance.choice(types), at, "Paid at the desk")
            self._correct(
                chance.choice(self.salon.clients[:REGULARS]), *chance.choice(CORRECTIONS), at
            )
            for _ in range(3):
                self._exchange(chance.randrange(REGULARS), at + dt.timedelta(hours=30))
        owner_of_void = self.salon.clients[5]

        def issue_and_void() -> None:
            card = issue_card_by_hand(
                card_type=types[0],
                owner=owner_of_void,
                form_token=self.token(),
                description="Paid at the desk",
                actor=manager,
            )
            void_card_by_hand(
                card=card,
                form_token=self.token(),
                description="Wrong amount",
                actor=manager,
            )

        self.at(self.start + dt.timedelta(days=60), issue_and_void)

    def _issue(
        self, client: Client | None, card_type: GiftCardType, at: dt.datetime, why: str
    ) -> None:
        desk = self.salon.staff[FRONT_DESK]
        self.at(
            at,
            lambda: _ignore(
                issue_card_by_hand(
                    card_type=card_type,
                    owner=client,
                    form_token=self.token(),
                    description=why,
                    actor=desk,
                )
            ),
        )

    def _correct(self, client: Client, amount: int, why: str, at: dt.datetime) -> None:
        def correct() -> None:
            if balance_of(client) + amount >= 0:
                adjust_points(
                    client=client,
                    amount=amount,
                    description=why,
                    form_token=self.token(),
                    actor=self.salon.staff[MANAGER],
                    tell_client=True,
                )

        self.at(at, correct)

    def _exchange(self, number: int, at: dt.datetime) -> None:
        """Somebody among the regulars takes the dearest card that their points reach."""
        client = self.salon.clients[number]

        def exchange() -> None:
            balance = balance_of(client)
            for slug, points in (("gift-card-50", 500), ("gift-card-20", 200)):
                if balance >= points:
                    exchange_points_for_card(
                        client=client,
                        card_type=self.salon.card_types[slug],
                        form_token=self.token(),
                        actor=None,
                    )
                    return

        self.at(at, exchange)

    def _plan_regulars(self) -> None:
        mette, low = self.salon.mette, self.salon.low
        assert mette is not None and low is not None  # noqa: S101, PT018 (made by set_up)
        for client, slugs in (
            (mette, ("deep-tissue-massage", "facial", "deep-tissue-massage", "cut", "facial")),
            (low, ("cut", "manicure")),
        ):
            for index, slug in enumerate(slugs):
                self._plan_free_visit(client, slug, weeks_ago=len(slugs) * 4 - index * 4)
        self._plan_just_ended(mette)
        for client, wanted in ((mette, 820), (low, 340)):
            self.at(self.now - dt.timedelta(minutes=1), self._rounder(client, wanted))
        self.at(self.now, lambda: self._book_first_free(mette, "hot-stone-massage", days=3))
        self.at(self.now, lambda: self._book_first_free(low, "cut", days=6))
        self.at(self.now, lambda: _ignore(queue_reminders()))
        self.at(self.now, self._take_time_off)

    def _plan_free_visit(self, client: Client, slug: str, *, weeks_ago: int) -> None:
        """A visit in the past at the first time that its providers had left that day."""
        service = next(s for s in self.salon.services if s.slug == slug)

        def book() -> None:
            slot = first_free_slot(lines=[Line(service)])
            if slot is not None:
                provider = Provider.objects.get(pk=slot.provider_ids[0])
                self._plan_visit_now(client, service, provider, slot.starts_at)

        self.at(self.now - dt.timedelta(weeks=weeks_ago), book)

    def _plan_visit_now(
        self, client: Client, service: Service, provider: Provider | None, starts_at: dt.datetime
    ) -> None:
        visit = book_visit(
            client=client,
            guest=None,
            lines=[Line(service, provider)],
            starts_at=starts_at,
            source=Source.DESK,
            form_token=self.token(),
            actor=client.user,
        )
        self.follow(visit, 0.5)

    def _plan_just_ended(self, client: Client) -> None:
        """A visit that ended an hour ago, whatever the hour is: its points are on the way."""
        service = next(s for s in self.salon.services if s.slug == "personal-training")
        ended = self.now.replace(minute=0, second=0, microsecond=0) - dt.timedelta(hours=1)
        starts_at = ended - dt.timedelta(minutes=service.minutes)
        self.at(
            starts_at - dt.timedelta(days=2),
            lambda: self._plan_visit_now(
                client, service, self.salon.providers["Oliver"], starts_at
            ),
        )

    def _rounder(self, client: Client, wanted: int) -> Callable[[], None]:
        def round_up() -> None:
            amount = wanted - balance_of(client)
            if amount:
                adjust_points(
                    client=client,
                    amount=amount,
                    description="Points from your old stamp card",
                    form_token=self.token(),
                    actor=self.salon.staff[MANAGER],
                    tell_client=False,
                )

        return round_up

    def _book_first_free(self, client: Client, slug: str, *, days: int) -> None:
        service = next(s for s in self.salon.services if s.slug == slug)
        first = self.today + dt.timedelta(days=days)
        found = free_slots(
            lines=[Line(service)], first_day=first, last_day=first + dt.timedelta(days=7)
        )
        slot = next((slots[len(slots) // 2] for slots in found.values() if slots), None)
        if slot is not None:
            self._plan_visit_now(client, service, None, slot.starts_at)

    def _take_time_off(self) -> None:
        """An hour and a half at the dentist's, on the first afternoon that has room for it."""
        for days in range(1, DAYS_AHEAD):
            starts_at = self.local(self.today + dt.timedelta(days=days), dt.time(15))
            try:
                add_time_off(
                    whose=self.salon.providers["Aino"],
                    starts_at=starts_at,
                    ends_at=starts_at + dt.timedelta(minutes=90),
                    reason="Dentist",
                    form_token=self.token(),
                    actor=self.salon.staff[MANAGER],
                )
            except TimeInUse:
                continue
            return


def _ignore(_result: object) -> None:
    """An event's outcome is in the database; nothing is done with what the command returns."""
