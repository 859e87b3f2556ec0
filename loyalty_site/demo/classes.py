"""The classes of the demo: weekly rules for what is to come, single sessions behind them, and two
classes with a waiting list, from which one place is on offer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from django.db.models import F

from bookings.errors import AlreadyBooked, SessionFull
from bookings.models import ClassSession, Source, Visit
from bookings.session_rules import create_rule, create_sessions_of
from bookings.sessions import create_session
from bookings.time_off import add_time_off
from catalogue.models import DateHours, Provider, Service
from clients.models import Client
from foundation import clock
from loyalty_site.demo.offer import CLASSES
from loyalty_site.demo.pace import LIVELY_WEEKS
from sales.offers import serve_waiting_lists
from sales.visits import book_place, cancel_visit
from sales.waiting import wait_for_day, wait_for_session

if TYPE_CHECKING:
    from loyalty_site.demo.half_year import HalfYear

A_DAY, AN_HOUR = dt.timedelta(days=1), dt.timedelta(hours=1)
RULED_BEFORE = dt.timedelta(days=21)


class Classes:
    """Part of the half year: puts its events into the queue of ``story``."""

    def __init__(self, story: HalfYear, *, days_ahead: int) -> None:
        self.story, self.days_ahead = story, days_ahead

    def plan(self) -> None:
        story = self.story
        for offered in CLASSES:
            service = story.salon.classes[offered.slug]
            provider = story.salon.providers[offered.who[0]]
            for weekday, time in offered.runs:
                day = story.first_day + dt.timedelta(days=(weekday - story.first_day.weekday()) % 7)
                while day <= story.today:
                    if self._takes_place(provider, day):
                        self._plan_single(service, provider, story.local(day, time))
                    day += 7 * A_DAY
                at = max(story.start, story.now - RULED_BEFORE)
                story.at(at, self._rule(service, provider, day, time))
        story.at(story.now - 26 * AN_HOUR, self._fill_and_wait)
        story.at(story.now, serve_waiting_lists)

    def _takes_place(self, provider: Provider, day: dt.date) -> bool:
        """Oliver's today is kept for the visit that just ended."""
        is_kept = provider.name == "Oliver" and day == self.story.today
        return not is_kept and day not in self.story.special_days

    def _plan_single(self, service: Service, provider: Provider, starts_at: dt.datetime) -> None:
        def put_on_the_timetable() -> None:
            session = create_session(
                service=service, provider=provider, starts_at=starts_at, actor=None
            )
            self._plan_guests(session)

        self.story.at(self.story.start, put_on_the_timetable)

    def _rule(
        self, service: Service, provider: Provider, first_day: dt.date, time: dt.time
    ) -> Callable[[], None]:
        def rule() -> None:
            made = create_rule(
                service=service, provider=provider, starts=time, first_day=first_day, actor=None
            )
            last = self.story.now + self.days_ahead * A_DAY
            soon = ClassSession.objects.filter(rule=made, starts_at__lt=last)
            for session in soon.select_related("service").order_by("starts_at"):
                self._plan_guests(session)
            self.story.at(self.story.now, lambda: _ignore(create_sessions_of(rule=made)))

        return rule

    def _plan_guests(self, session: ClassSession) -> None:
        chance, now = self.story.chance, self.story.now
        soon = session.starts_at - now < 8 * A_DAY
        is_old = session.starts_at < now - LIVELY_WEEKS * 7 * A_DAY
        many = chance.randrange(1, 4) if soon and not is_old else chance.randrange(2)
        if soon and session.starts_at > now and chance.random() < 0.15:
            many = session.places
        guests = chance.sample(self.story.salon.clients, many)
        fates = [chance.random() for _ in guests]
        leads = sorted(self.story.lead(session.starts_at) for _ in guests)
        for client, fate, at in zip(guests, fates, leads, strict=True):
            self.story.at(max(at, clock.now()), self._booker(client, session, fate))

    def _booker(self, client: Client, session: ClassSession, fate: float) -> Callable[[], None]:
        def book() -> None:
            visit = self._book(client, session)
            if visit is not None:
                self.story.follow(visit, fate)

        return book

    def _book(self, client: Client, session: ClassSession) -> Visit | None:
        try:
            return book_place(
                client=client,
                guest=None,
                session=session,
                source=Source.ONLINE,
                form_token=self.story.token(),
                actor=None,
            )
        except (AlreadyBooked, SessionFull):
            return None

    def _fill_and_wait(self) -> None:
        """Two classes that are full: Mette is first in one line and second in the other. In the
        first a place becomes free shortly before now, and is offered to her."""
        story, salon = self.story, self.story.salon
        mette, low = salon.mette, salon.low
        assert mette is not None and low is not None  # noqa: S101, PT018 (made by set_up)
        others = iter(story.chance.sample(salon.clients, min(len(salon.clients), 80)))
        first, second = self._full_classes()
        booked = self._fill(first, others)
        self._fill(second, others)
        self._wait(first, iter([mette]))
        self._wait(first, others)
        self._wait(first, others)
        self._wait(second, others)
        self._wait(second, iter([mette]))
        sanna, day = salon.providers["Sanna"], min(story.days_off)
        self._be_away(sanna, day)
        wait_for_day(
            client=low,
            guest=None,
            service=next(each for each in salon.services if each.slug == "manicure"),
            provider=sanna,
            day=day,
            form_token=story.token(),
            actor=None,
        )
        story.at(
            story.now - AN_HOUR / 4,
            lambda: _ignore(cancel_visit(visit=booked, actor=None, by_client=True)),
        )

    def _be_away(self, provider: Provider, day: dt.date) -> None:
        """Their day off becomes a day at a course: who waits for them hopes that it is called
        off."""
        starts, ends = dt.time(10), dt.time(16)
        DateHours.objects.filter(provider=provider, day=day).update(starts=starts, ends=ends)
        add_time_off(
            whose=provider,
            starts_at=self.story.local(day, starts),
            ends_at=self.story.local(day, ends),
            reason="Course",
            form_token=self.story.token(),
            actor=None,
        )

    def _full_classes(self) -> tuple[ClassSession, ClassSession]:
        """The next two of different classes that are more than a day ahead and have room."""
        coming = ClassSession.objects.filter(
            starts_at__gt=self.story.now + 30 * AN_HOUR,
            cancelled_at__isnull=True,
            booked_places__lt=F("places"),
        )
        sessions = list(coming.select_related("service", "provider").order_by("starts_at", "pk"))
        first = sessions[0]
        return first, next(each for each in sessions if each.service_id != first.service_id)

    def _fill(self, session: ClassSession, others: Iterator[Client]) -> Visit:
        """Book what is left of it, and at least one place: the last visit."""
        while True:
            visit = self._book(next(others), session)
            session.refresh_from_db()
            if visit is not None and session.places_left < 1:
                return visit

    def _wait(self, session: ClassSession, who: Iterator[Client]) -> None:
        """The first of ``who`` that has not booked joins the line."""
        for client in who:
            try:
                wait_for_session(
                    client=client,
                    guest=None,
                    session=session,
                    form_token=self.story.token(),
                    actor=None,
                )
            except AlreadyBooked:
                continue
            return


def _ignore(_result: object) -> None:
    """An event's outcome is in the database; nothing is done with what the command returns."""
