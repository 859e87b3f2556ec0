"""The salon as it stands before its first visit: offer, people, logins, switches."""

from __future__ import annotations

import datetime as dt
import random
from dataclasses import dataclass, field

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group

from backoffice.roles import FRONT_DESK, MANAGER, OWNER, PROVIDER, ensure_roles
from business.features import set_feature
from business.models import Business
from catalogue.models import (
    Category,
    Provider,
    Service,
    ServiceKind,
    ServiceProvider,
    WorkingHours,
)
from clients.consents import record_consent
from clients.models import Client
from clients.people import create_client
from foundation import clock
from foundation.models import User
from giftcards.models import GiftCardType
from loyalty.models import EarningRule, Reward
from loyalty_site.demo.house import furnish
from loyalty_site.demo.offer import (
    CARD_TYPES,
    CATEGORIES,
    CLASSES,
    CLASSES_CATEGORY,
    PROVIDERS,
    Offered,
)
from loyalty_site.demo.people import people
from loyalty_site.demo_accounts import DEMO_ACCOUNTS, DEMO_PASSWORD

CLIENTS = 400
# By number within two dozen: a few on every busy day.
ALLERGIES = {5: "Nut oils", 13: "Nickel", 20: "Hair dye"}
AGREED_BEFORE = dt.timedelta(days=200)
_ROLES = {
    "desk@demo.test": ("Daisy Dahl", FRONT_DESK),
    "provider@demo.test": ("Aino Aalto", PROVIDER),
    "manager@demo.test": ("Maria Malm", MANAGER),
    "owner@demo.test": ("Olga Olsen", OWNER),
}


@dataclass
class Salon:
    """What the half year is played with."""

    providers: dict[str, Provider] = field(default_factory=dict)
    services: list[Service] = field(default_factory=list)
    offered_by: dict[str, list[Service]] = field(default_factory=dict)
    classes: dict[str, Service] = field(default_factory=dict)
    card_types: dict[str, GiftCardType] = field(default_factory=dict)
    clients: list[Client] = field(default_factory=list)
    staff: dict[str, User] = field(default_factory=dict)
    mette: Client | None = None
    low: Client | None = None


def set_up(chance: random.Random) -> Salon:
    """Make everything that stands still. The caller holds the transaction and the clock."""
    salon = Salon()
    _business()
    _staff(salon)
    _providers(salon)
    _offer(salon)
    offered = {each.slug: each for each in [*salon.services, *salon.classes.values()]}
    furnish(offered, salon.providers)
    _card_types(salon)
    for code in ("payments", "client_login", "coupons", "gift_cards", "loyalty"):
        set_feature(code=code, on=True, with_others=True, actor=None)
    _clients(salon, chance)
    _one_password()
    return salon


def _business() -> None:
    Business.objects.filter(pk=1).update(
        name="Birch Studio",
        tagline_en="Hands, hair and movement by the harbour.",
        tagline_da="Hænder, hår og bevægelse ved havnen.",
        tagline_fi="Hoitoa, hiuksia ja liikettä sataman kupeessa.",
        street="Laivurinkatu 12",
        postcode="00150",
        city="Helsinki",
        phone="+358 9 555 0100",
        email="hello@demo.test",
        currency="EUR",
        timezone="Europe/Helsinki",
        reminder_hours=24,
    )


def _staff(salon: Salon) -> None:
    ensure_roles()
    for account in DEMO_ACCOUNTS:
        if not account.is_staff:
            continue
        name, role = _ROLES[account.email]
        user = User.objects.create_user(account.email, name=name, is_staff=True)
        user.groups.add(Group.objects.get(name=role))
        salon.staff[role] = user


def _providers(salon: Salon) -> None:
    for position, each in enumerate(PROVIDERS):
        provider = Provider.objects.create(
            name=each.name,
            role_en=each.roles[0],
            role_da=each.roles[1],
            role_fi=each.roles[2],
            position=position,
            user=salon.staff[PROVIDER] if each.name == "Aino" else None,
        )
        for weekday, stretches in each.week.items():
            for starts, ends in stretches:
                WorkingHours.objects.create(
                    provider=provider, weekday=weekday, starts=starts, ends=ends
                )
        salon.providers[each.name] = provider


def _service(
    salon: Salon, offered: Offered, category: Category, kind: str, position: int
) -> Service:
    service = Service.objects.create(
        kind=kind,
        category=category,
        slug=offered.slug,
        name_en=offered.names[0],
        name_da=offered.names[1],
        name_fi=offered.names[2],
        summary_en=offered.summary[0],
        summary_da=offered.summary[1],
        summary_fi=offered.summary[2],
        minutes=offered.minutes,
        buffer_after=offered.after,
        price_minor=offered.price_minor,
        places=offered.places,
        position=position,
    )
    for name in offered.who:
        ServiceProvider.objects.create(service=service, provider=salon.providers[name])
        if kind == ServiceKind.APPOINTMENT:
            salon.offered_by.setdefault(name, []).append(service)
    EarningRule.objects.create(
        service=service, enabled=bool(offered.points), points=offered.points or None
    )
    return service


def _offer(salon: Salon) -> None:
    for position, (names, offered) in enumerate(CATEGORIES):
        category = _category(names, position)
        salon.services += [
            _service(salon, each, category, ServiceKind.APPOINTMENT, index)
            for index, each in enumerate(offered)
        ]
    category = _category(CLASSES_CATEGORY, len(CATEGORIES))
    for index, each in enumerate(CLASSES):
        salon.classes[each.slug] = _service(salon, each, category, ServiceKind.CLASS, index)


def _category(names: tuple[str, str, str], position: int) -> Category:
    return Category.objects.create(
        name_en=names[0], name_da=names[1], name_fi=names[2], position=position
    )


def _card_types(salon: Salon) -> None:
    for position, each in enumerate(CARD_TYPES):
        card_type = GiftCardType.objects.create(
            slug=each.slug,
            name_en=each.names[0],
            name_da=each.names[1],
            name_fi=each.names[2],
            value_minor=each.value_minor,
            position=position,
        )
        Reward.objects.create(
            gift_card_type=card_type, enabled=each.points is not None, points=each.points
        )
        salon.card_types[each.slug] = card_type


def _clients(salon: Salon, chance: random.Random) -> None:
    salon.mette = _client_with_login("client@demo.test", "Mette", "Holm")
    salon.low = _client_with_login("low@demo.test", "Ida", "Virtanen")
    for number, person in enumerate(people(chance, CLIENTS)):
        client = create_client(
            first_name=person.first_name,
            last_name=person.last_name,
            email=person.email,
            phone=person.phone,
            language=person.language,
            allergies=ALLERGIES.get(number % 24, ""),
            card_number=f"{1000 + number}" if number % 3 == 0 else "",
            actor=None,
        )
        if person.agrees:
            _agree(client)
        salon.clients.append(client)


def _client_with_login(email: str, first_name: str, last_name: str) -> Client:
    user = User.objects.create_user(email, name=f"{first_name} {last_name}")
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    client = create_client(
        first_name=first_name,
        last_name=last_name,
        email=email,
        phone="+358401112223",
        language="en",
        user=user,
        actor=user,
    )
    _agree(client)
    return client


def _one_password() -> None:
    """All the accounts have the same, and hashing it is slow by design: once is enough."""
    accounts = User.objects.filter(email__in=[each.email for each in DEMO_ACCOUNTS])
    accounts.update(password=make_password(DEMO_PASSWORD))


def _agree(client: Client) -> None:
    """Long before the story: whatever it sends was agreed to."""
    with clock.fixed(clock.now() - AGREED_BEFORE):
        record_consent(
            client=client, granted=True, language=client.language, source="sign-up", actor=None
        )
