"""A small salon with one of everything that a page shows, made by factories and commands."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from django.contrib.auth.models import Group

from backoffice.roles import FRONT_DESK, OWNER
from bookings.holds import place_hold, save_details
from bookings.lines import Line
from bookings.models import (
    ClassSession,
    Hold,
    Occupation,
    ResourceOccupation,
    SessionRule,
    Source,
    Visit,
    WaitingPlace,
)
from bookings.session_rules import create_rule
from bookings.sessions import create_session
from business.models import Business, SpecialDay
from catalogue.models import Product, Provider, Service
from clients.consents import record_consent
from clients.models import Client
from clients.people import give_card_number, update_client
from foundation import clock
from foundation.form_tokens import new_form_token
from giftcards.models import GiftCard, GiftCardType
from loyalty.models import CorrectionLimit
from loyalty.sweep import credit_due_awards
from notifications.outbox import queue_message
from sales.exchange import exchange_points_for_card
from sales.marking import mark_completed
from sales.models import OwnTender
from sales.visits import book_place, cancel_visit
from sales.waiting import wait_for_session
from tests.factories import (
    AddOnFactory,
    CategoryFactory,
    ClassServiceFactory,
    ClientFactory,
    EarningRuleFactory,
    GiftCardTypeFactory,
    ProviderFactory,
    ResourceFactory,
    RewardFactory,
    ServiceFactory,
    ServiceRewardFactory,
    UserFactory,
    ask_for_points,
    book,
    give_card,
    give_points,
    turn_on,
)
from tests.sales.till import sell, sold, walk_in

# Tests begin on Tuesday 4 November 2025 at 11:00 in Helsinki; these are Thursday 10:00 and 17:30.
THURSDAY_10 = dt.datetime(2025, 11, 6, 8, 0, tzinfo=dt.UTC)
THURSDAY_17_30 = dt.datetime(2025, 11, 6, 15, 30, tzinfo=dt.UTC)
# Nobody has a visit on it.
A_HOLIDAY = dt.date(2025, 12, 6)
LAST_WEEK = dt.datetime(2025, 10, 28, 10, 0, tzinfo=dt.UTC)


@dataclass
class Offer:
    """What can be booked and chosen; nobody has come yet."""

    massage: Service
    haircut: Service
    yoga: Service
    session: ClassSession
    card_type: GiftCardType


@dataclass
class Salon(Offer):
    """The offer, and what Alice has done with it."""

    past: Visit
    coming: Visit
    cancelled: Visit
    draft: Hold
    bought: GiftCard
    client: Client
    provider: Provider


def open_salon(provider: Provider | None = None) -> Offer:
    """Massage for 72.00 and 60 points by Aino and ``provider`` or Jonas; yoga by ``provider`` or
    Aino; a card for 500."""
    Business.objects.filter(pk=1).update(
        name="Birch Studio",
        tagline_en="Hands, hair and movement by the harbour.",
        street="Laivurinkatu 12",
        postcode="00150",
        city="Helsinki",
        phone="+358 9 555 0100",
        email="hello@example.test",
    )
    turn_on("loyalty")
    people = [ProviderFactory(name="Aino", role_en="Massage therapist", position=1)]
    people.append(provider or ProviderFactory(name="Jonas", position=2))
    massage = ServiceFactory(
        slug="deep-tissue",
        name_en="Deep tissue massage",
        summary_en="Slow and firm, for backs that sit all day.",
        category=CategoryFactory(name_en="Massage"),
        providers=people,
    )
    haircut = ServiceFactory(
        slug="haircut",
        name_en="Haircut",
        minutes=30,
        price_minor=4500,
        category=CategoryFactory(name_en="Hair"),
        providers=people[:1],
    )
    ServiceFactory(
        slug="hot-stones",
        name_en="Hot stones",
        category=massage.category,
        providers=people[:1],
        archived_at=clock.now(),
    )
    yoga = ClassServiceFactory(
        slug="yoga",
        name_en="Yoga flow",
        category=CategoryFactory(name_en="Classes"),
        providers=people[:1],
    )
    EarningRuleFactory(service=massage, points=60)
    EarningRuleFactory(service=yoga, points=20)
    session = create_session(
        service=yoga,
        provider=provider or people[0],
        starts_at=THURSDAY_17_30,
        places=2,
        actor=None,
    )
    card_type = GiftCardTypeFactory(slug="gift-card-50", name_en="Gift card €50")
    RewardFactory(gift_card_type=card_type, points=500)
    RewardFactory(
        gift_card_type=GiftCardTypeFactory(
            slug="gift-card-100", name_en="Gift card €100", value_minor=10000
        ),
        points=1000,
    )
    return Offer(massage, haircut, yoga, session, card_type)


def fill_salon(client: Client, provider: Provider | None = None) -> Salon:
    """``client`` had a massage last week, has 820 points, a card bought by points that pays in
    part, a visit to come, one cancelled, a half-typed booking, 60 points on the way, and an
    allergy."""
    offer = open_salon(provider)
    update_client(client=client, allergies="Nut oils", actor=None)
    record_consent(client=client, granted=True, language="en", source="account", actor=None)
    with clock.fixed(LAST_WEEK - dt.timedelta(days=1)):
        past = book(client, offer.massage, LAST_WEEK)
    with clock.fixed(LAST_WEEK + dt.timedelta(hours=1)):
        mark_completed(booking=past.bookings.get(), actor=None)
    with clock.fixed(LAST_WEEK + dt.timedelta(hours=5)):
        credit_due_awards()
        give_points(client, 1260, "Points from your old stamp card")
        bought = exchange_points_for_card(
            client=client, card_type=offer.card_type, form_token=new_form_token(), actor=client.user
        )
    coming = book(client, offer.massage, THURSDAY_10, provider=provider, card_ids=(bought.pk,))
    cancelled = book(client, offer.haircut, THURSDAY_10 + dt.timedelta(days=1))
    cancel_visit(visit=cancelled, actor=client.user, by_client=True)
    give_card(client, 10000, name_en="Gift card €100 from the desk")
    give_card(None, 2000, name_en="Gift card €20")
    draft = place_hold(
        lines=[Line(offer.massage)],
        starts_at=THURSDAY_10 + dt.timedelta(days=4),
        user=client.user,
    )
    draft = save_details(hold=draft, details={"phone": "+358401112223", "note": "Left shoulder"})
    # The sweep is on time: /healthz looks at its age.
    credit_due_awards()
    return Salon(
        **vars(offer),
        past=past,
        coming=coming,
        cancelled=cancelled,
        draft=draft,
        bought=bought,
        client=client,
        provider=provider or offer.massage.providers.get(name="Jonas"),
    )


def fill_class(session: ClassSession, *clients: Client) -> None:
    for client in clients:
        book_place(
            client=client,
            guest=None,
            session=session,
            source=Source.ONLINE,
            form_token=new_form_token(),
            actor=None,
        )


def time_off_of(provider: Provider) -> Occupation:
    """An hour on the holiday."""
    starts_at = dt.datetime.combine(A_HOLIDAY, dt.time(10), tzinfo=dt.UTC)
    ends_at = starts_at + dt.timedelta(hours=1)
    return Occupation.objects.get_or_create(
        provider=provider, kind="time_off", starts_at=starts_at, ends_at=ends_at
    )[0]


def a_place_in_line(salon: Salon) -> WaitingPlace:
    """Of ``salon.client``, for a class of next week that is full."""
    full = create_session(
        service=salon.yoga,
        provider=salon.session.provider,
        starts_at=THURSDAY_17_30 + dt.timedelta(days=7),
        places=1,
        actor=None,
    )
    fill_class(full, ClientFactory())
    return wait_for_session(
        client=salon.client, guest=None, session=full, form_token=new_form_token(), actor=None
    )


def weekly_class(salon: Salon) -> SessionRule:
    """The yoga class on Saturday evenings as well."""
    rule = SessionRule.objects.filter(service=salon.yoga).first()
    return rule or create_rule(
        service=salon.yoga,
        provider=salon.session.provider,
        starts=dt.time(19),
        first_day=dt.date(2025, 11, 8),
        last_day=dt.date(2025, 11, 15),
        actor=None,
    )


def rows_of(salon: Salon) -> dict[str, int]:
    """The key of one row of each kind that has a page in the panel, by the names that
    tests/backoffice/addresses.py uses."""
    booking = salon.coming.bookings.get()
    message = queue_message(
        kind="test", to_email="somebody@example.test", language="en", dedupe_key="a-message"
    )
    login = salon.provider.user
    assert login is not None, "the provider of this salon signs in"
    room = ResourceFactory()
    give_card_number(client=salon.client)
    cashier = UserFactory(is_superuser=True)
    return {
        "service": salon.massage.pk,
        "class": salon.yoga.pk,
        "category": salon.massage.category_id,
        "provider": salon.provider.pk,
        "session": salon.session.pk,
        "rule": weekly_class(salon).pk,
        "product": Product.objects.create(name_en="Rosehip oil", price_minor=2400).pk,
        "reward": ServiceRewardFactory(service=salon.haircut).pk,
        "own_tender": OwnTender.objects.create(name="MobilePay").pk,
        "open_sale": sell(walk_in(cashier, salon.client), cashier).pk,
        "sale": sold(cashier, salon.client).pk,
        "add_on": AddOnFactory(services=[salon.haircut]).pk,
        "resource": room.pk,
        "resource_kind": room.kind_id,
        "special_day": SpecialDay.objects.get_or_create(day=A_HOLIDAY, kind="closed")[0].pk,
        "time_off": time_off_of(salon.provider).pk,
        "out_of_order": ResourceOccupation.objects.create(
            resource=room, starts_at=THURSDAY_10, ends_at=THURSDAY_17_30
        ).pk,
        "client": salon.client.pk,
        "type": salon.card_type.pk,
        "card": salon.bought.pk,
        "booking": booking.pk,
        "entry": salon.client.point_account.entries.latest("sequence").pk,
        "correction": salon.client.point_account.entries.filter(kind="adjust").latest("pk").pk,
        "asked": ask_for_points(salon.client).pk,
        "limit": CorrectionLimit.objects.get(role__name=FRONT_DESK).pk,
        "card_entry": salon.bought.entries.latest("sequence").pk,
        "award": booking.awards.get().pk,
        "payment": salon.coming.sale.payments.get().pk,
        "message": message.pk,
        "login": login.pk,
        "group": Group.objects.get(name=OWNER).pk,
        "business": 1,
    }
