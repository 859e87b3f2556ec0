"""A salon that is open now: people, services, cards and points for the live server."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from itertools import count

from django.contrib.auth.models import Group

from bookings.lines import Line
from bookings.models import Booking, ClassSession, Source, Visit
from bookings.sessions import create_session
from business.profile import get_business
from catalogue.models import Service
from clients.models import Client
from foundation import clock as project_clock
from foundation.form_tokens import new_form_token
from foundation.models import User
from giftcards.models import GiftCard, GiftCardType
from sales.exchange import exchange_points_for_card
from sales.visits import book_visit
from tests.factories import (
    ClassServiceFactory,
    ClientFactory,
    EarningRuleFactory,
    ProviderFactory,
    RewardFactory,
    ServiceFactory,
    UserFactory,
    give_points,
    turn_on,
)
from tests.live.server import Site, Visitor

_numbers = count(1)
DAYS_AGO, DAYS_AHEAD = -14, 7


def to_now() -> dt.datetime:
    """Move the tests' clock to the server's: what is arranged was written before what it writes."""
    now = dt.datetime.now(dt.UTC)
    project_clock.set_fixed(now)
    return now


def workday(days: int, hour: int = 10) -> dt.datetime:
    """A full hour on the salon's clock, of the first workday from so many days from now on."""
    zone = get_business().zone
    day = (dt.datetime.now(dt.UTC) + dt.timedelta(days=days)).astimezone(zone).date()
    while day.weekday() > 4:
        day += dt.timedelta(days=1)
    return dt.datetime.combine(day, dt.time(hour), zone).astimezone(dt.UTC)


@dataclass
class Salon:
    """The site, and the owner, who may do everything in the panel."""

    site: Site
    owner: User

    def desk(self) -> Visitor:
        return self.site.visitor(self.owner)

    def client(self, points: int = 0) -> Client:
        """A new client with a login; loyalty is on."""
        to_now()
        turn_on("loyalty")
        name = f"Alice{next(_numbers)}"
        login = UserFactory(email=f"{name.lower()}@example.test", name=f"{name} Andersen")
        client = ClientFactory(first_name=name, email=login.email, user=login)
        if points:
            give_points(client, points)
        return client

    def visitor(self, client: Client) -> Visitor:
        assert client.user is not None
        return self.site.visitor(client.user)

    def guests(self, many: int) -> list[Visitor]:
        """Each with a session and an address of their own."""
        visitors = [self.site.visitor() for _ in range(many)]
        for number, visitor in enumerate(visitors):
            visitor.address = f"198.51.100.{number + 1}"
        return visitors

    def massage(self) -> Service:
        """An hour for 72.00 and 60 points, by one person."""
        turn_on("loyalty")
        service = ServiceFactory(providers=[ProviderFactory()])
        EarningRuleFactory(service=service, points=60)
        return service

    def last_place(self) -> ClassSession:
        """A class session next week with one place."""
        yoga = ClassServiceFactory(providers=[ProviderFactory()], places=1)
        to_now()
        return create_session(
            service=yoga, provider=yoga.providers.get(), starts_at=workday(DAYS_AHEAD), actor=None
        )

    def visit(self, client: Client, *, days: int, cards: tuple[int, ...] = ()) -> Visit:
        """A booked massage; one in the past was booked the day before."""
        starts_at, now = workday(days), to_now()
        if starts_at < now:
            project_clock.set_fixed(starts_at - dt.timedelta(days=1))
        try:
            return book_visit(
                client=client,
                guest=None,
                lines=[Line(self.massage())],
                starts_at=starts_at,
                source=Source.DESK,
                form_token=new_form_token(),
                actor=self.owner,
                card_ids=cards,
            )
        finally:
            to_now()

    def past_booking(self, client: Client) -> Booking:
        return self.visit(client, days=DAYS_AGO).bookings.get()

    def reward(self, points: int = 500) -> GiftCardType:
        return RewardFactory(points=points).gift_card_type

    def chosen_card(self, client: Client, card_type: GiftCardType) -> GiftCard:
        """A card that the client chose by points, untouched."""
        to_now()
        return exchange_points_for_card(
            client=client, card_type=card_type, form_token=new_form_token(), actor=None
        )


def make_owner() -> User:
    owner = UserFactory(email="olga@salon.test", name="Olga Olsen", is_staff=True)
    owner.groups.add(Group.objects.get(name="Owner"))
    return owner
