"""The salon of the machine in the database, and how its state is read back."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import Group
from django.db import connection

from bookings.sessions import create_session
from business.models import Business
from catalogue.models import Provider, Service, ServiceProvider
from clients.consents import record_consent
from clients.models import Client
from foundation.form_tokens import new_form_token
from foundation.models import User
from giftcards.models import GiftCardType
from loyalty.models import Reward
from sales.issuing import issue_card_by_hand
from tests.conftest import Clock
from tests.factories import (
    ClassServiceFactory,
    ClientFactory,
    EarningRuleFactory,
    GiftCardTypeFactory,
    ProviderFactory,
    RewardFactory,
    ServiceFactory,
    ServiceRewardFactory,
    UserFactory,
    give_points,
    turn_on,
)
from tests.machine import model

# The second provider takes less for the first service and more for the second.
SERVICES = (model.Service(60, 15, 7200, 60, -1200, 150), model.Service(30, 0, 4000, 0, 500, 90))
YOGA = model.Service(60, 0, 1800, 30, 0, 0)
CARD_TYPES = (
    model.CardType(5000, 36, 100),
    model.CardType(3000, 1, 60),
    model.CardType(20000, 12, 0),
)
# Who agrees to messages, has an address, has a login.
PEOPLE = ((True, True, True), (False, True, True), (True, False, False), (False, True, False))
ROLES = ("Provider", "Front desk", "Manager", "Owner")

# A bad row: the database refuses the entry with this key, whatever statement inserts it.
SPOILING = {
    "sqlite": (
        "CREATE TABLE machine_spoilt (key text PRIMARY KEY)",
        """CREATE TRIGGER machine_spoilt_entry BEFORE INSERT ON loyalty_pointentry
        WHEN NEW.key IN (SELECT key FROM machine_spoilt)
        BEGIN SELECT RAISE(ABORT, 'spoilt'); END""",
    ),
    "postgresql": (
        "CREATE TABLE machine_spoilt (key text PRIMARY KEY)",
        """CREATE FUNCTION machine_spoilt_fn() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF NEW.key IN (SELECT key FROM machine_spoilt) THEN
          RAISE EXCEPTION 'spoilt' USING ERRCODE = 'integrity_constraint_violation'; END IF;
        RETURN NEW; END $$""",
        """CREATE TRIGGER machine_spoilt_entry BEFORE INSERT ON loyalty_pointentry
        FOR EACH ROW EXECUTE FUNCTION machine_spoilt_fn()""",
    ),
}

QUERIES = {
    "features": "SELECT payments, client_login, coupons, gift_cards, loyalty, clean_history"
    " FROM business_features",
    "clients": "SELECT c.id, c.anonymised_at IS NOT NULL, coalesce(a.balance, 0)"
    " FROM clients_client c LEFT JOIN loyalty_pointaccount a ON a.client_id = c.id ORDER BY c.id",
    "points": "SELECT a.client_id, e.kind, e.amount, e.balance_after FROM loyalty_pointentry e"
    " JOIN loyalty_pointaccount a ON a.id = e.account_id ORDER BY a.client_id, e.sequence",
    "awards": "SELECT w.id, a.client_id, w.points, w.state, w.reason, w.attempts,"
    " SECONDS(w.due_at) FROM loyalty_award w JOIN loyalty_pointaccount a ON a.id = w.account_id"
    " ORDER BY w.id",
    "cards": "SELECT id, owner_id, value_minor, balance, voided_at IS NOT NULL"
    " FROM giftcards_giftcard ORDER BY id",
    "card entries": "SELECT card_id, kind, amount, balance_after FROM giftcards_cardentry"
    " ORDER BY card_id, sequence",
    "bookings": "SELECT b.id, v.client_id, b.provider_id, b.places, b.status, b.price_minor,"
    " b.by_points, SECONDS(b.starts_at), SECONDS(v.starts_at), SECONDS(v.ends_at),"
    " v.hidden_at IS NOT NULL, s.client_id, s.state, s.total_minor, s.paid_minor"
    " FROM bookings_booking b JOIN bookings_visit v ON v.id = b.visit_id"
    " JOIN sales_sale s ON s.visit_id = v.id ORDER BY b.id",
    "exchanges": "SELECT count(*) FROM sales_sale"
    " WHERE visit_id IS NULL AND state = 'completed' AND total_minor = 0 AND paid_minor = 0",
    "classes": "SELECT id, booked_places FROM bookings_classsession ORDER BY id",
    "told": "SELECT client_id, kind FROM notifications_message",
}

# What the salon begins with, so that short histories have cards to pay with and points to spend.
POINTS = (400, 90, 0, 150)
CARDS = ((0, 0), (1, 1), (None, 0))  # owner, type
CLASSES = (1, 3)  # days from the first

State = dict[str, list[tuple[Any, ...]]]

# Whole seconds since 1970: the two databases give instants in different kinds.
SECONDS = {
    "sqlite": r"CAST(strftime('%%s', \1) AS integer)",
    "postgresql": r"CAST(extract(epoch FROM \1) AS bigint)",
}


@dataclass
class World:
    """What the commands are given. Clients, staff and the rest stand in the model's order."""

    clock: Clock
    start: dt.datetime
    clients: list[Client]
    staff: list[User]
    providers: list[Provider]
    services: list[Service]
    yoga: Service
    card_types: list[GiftCardType]
    rewards: list[Reward]


def build_world(clock: Clock, start: dt.datetime) -> World:
    clock.move_to(start)
    turn_on("loyalty")
    Business.objects.update(timezone=model.ZONE.key, clean_history_days=model.KEPT.days)
    providers = [ProviderFactory() for _ in range(2)]
    services = [
        ServiceFactory(
            minutes=each.minutes,
            buffer_after=each.after,
            price_minor=each.price,
            providers=providers,
        )
        for each in SERVICES
    ]
    yoga = ClassServiceFactory(minutes=YOGA.minutes, price_minor=YOGA.price, providers=providers)
    for service, each in zip(services, SERVICES, strict=True):
        ServiceProvider.objects.filter(service=service, provider=providers[1]).update(
            price_minor=each.price + each.dearer
        )
    EarningRuleFactory(service=services[0], points=SERVICES[0].points)
    EarningRuleFactory(service=yoga, points=YOGA.points)
    types = [
        GiftCardTypeFactory(value_minor=each.value, validity_months=each.months)
        for each in CARD_TYPES
    ]
    for kind, each in zip(types, CARD_TYPES, strict=True):
        RewardFactory(gift_card_type=kind, enabled=each.price > 0, points=each.price or None)
    rewards = [
        ServiceRewardFactory(service=service, points=each.reward, online=True)
        for service, each in zip(services, SERVICES, strict=True)
    ]
    clients = []
    for agrees, email, login in PEOPLE:
        fields = {} if email else {"email": ""}
        person = ClientFactory(user=UserFactory() if login else None, **fields)
        record_consent(client=person, granted=agrees, language="en", source="desk", actor=None)
        clients.append(person)
    staff = [UserFactory(is_staff=True) for _ in ROLES]
    for user, role in zip(staff, ROLES, strict=True):
        user.groups.add(Group.objects.get(name=role))
    with connection.cursor() as cursor:
        for statement in SPOILING[connection.vendor]:
            cursor.execute(statement)
    return World(clock, start, clients, staff, providers, services, yoga, types, rewards)


def furnish(world: World) -> model.Salon:
    """The first points, cards and classes, in the database and in the model alike."""
    people = [model.Client(agrees=a, email=e, login=login) for a, e, login in PEOPLE]
    salon = model.Salon(world.start, people)
    manager = world.staff[model.MANAGER]
    for who, points in enumerate(POINTS):
        if points:
            salon.adjust(people[who], points, "Hello", tell=False, by=model.MANAGER)
            give_points(world.clients[who], points)
    for owner, kind in CARDS:
        ours = None if owner is None else people[owner]
        salon.issue(CARD_TYPES[kind], ours, "Hello", by=model.MANAGER)
        issue_card_by_hand(
            card_type=world.card_types[kind],
            owner=None if owner is None else world.clients[owner],
            form_token=new_form_token(),
            description="Hello",
            actor=manager,
        )
    for days in CLASSES:
        starts = world.start + days * model.DAY + 6 * model.HOUR
        salon.sessions.append(model.Time(1, starts, YOGA, places=3))
        create_session(
            service=world.yoga,
            provider=world.providers[1],
            starts_at=starts,
            places=3,
            actor=None,
        )
    return salon


def observe() -> State:
    """The database's state in the order of the rows' ids; messages by client and kind."""
    found: State = {}
    with connection.cursor() as cursor:
        for name, query in QUERIES.items():
            cursor.execute(re.sub(r"SECONDS\((.+?)\)", SECONDS[connection.vendor], query), [])
            found[name] = cursor.fetchall()
    found["told"].sort()
    return found


def expect(salon: model.Salon, world: World, ids: dict[str, list[int]]) -> State:
    """What ``observe`` must find. ``ids`` are those that the database gave, in their order."""
    keys = {id(one): row.pk for one, row in zip(salon.clients, world.clients, strict=True)}
    keys[id(None)] = None
    state: State = {"features": [tuple(salon.features.values())]}
    state["clients"] = [(keys[id(one)], one.erased, one.balance) for one in salon.clients]
    state["points"] = [(keys[id(one)], *entry) for one in salon.clients for entry in one.entries]
    state["awards"] = [
        (
            pk,
            keys[id(one.client)],
            one.points,
            one.state,
            one.reason,
            one.attempts,
            int(one.due.timestamp()),
        )
        for pk, one in zip(ids["awards"], salon.awards, strict=True)
    ]
    cards = list(zip(ids["cards"], salon.cards, strict=True))
    state["cards"] = [
        (pk, keys[id(one.owner)], one.value, one.balance, one.voided) for pk, one in cards
    ]
    state["card entries"] = [(pk, *entry) for pk, one in cards for entry in one.entries]
    state["bookings"] = [
        (
            pk,
            keys[id(one.visit.client)],
            world.providers[one.time.provider].pk,
            one.places,
            one.status,
            one.price,
            one.debit is not None,
            int(one.time.starts.timestamp()),
            int(one.visit.starts.timestamp()),
            int(one.visit.ends.timestamp()),
            one.visit.hidden,
            keys[id(one.visit.client)],
            "cancelled" if one.visit.cancelled else "open",
            one.visit.price,
            one.visit.paid,
        )
        for pk, one in zip(ids["bookings"], salon.bookings, strict=True)
    ]
    state["exchanges"] = [(sum(bool(card.points) for card in salon.cards),)]
    state["classes"] = [
        (pk, one.booked) for pk, one in zip(ids["classes"], salon.sessions, strict=True)
    ]
    state["told"] = sorted((keys[id(one)], kind) for one in salon.clients for kind in one.told)
    return state
