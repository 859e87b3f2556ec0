"""Shorthands over the product's own commands, for arranging a test."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from bookings.lines import Line
from business.features import set_feature
from business.models import Features
from business.profile import get_business
from catalogue.models import DateHours, Provider, Service
from clients.models import Client
from foundation.form_tokens import new_form_token
from foundation.models import User
from giftcards.models import CardOrigin, GiftCard
from tests.factories.rows import PASSWORD, GiftCardTypeFactory

if TYPE_CHECKING:
    from bookings.models import Visit
    from loyalty.models import CorrectionRequest, PointEntry

__all__ = [
    "PASSWORD",
    "ask_for_points",
    "book",
    "fill_the_day",
    "give_card",
    "give_points",
    "turn_off",
    "turn_on",
]


def turn_on(*codes: str) -> Features:
    """Switch features on, and with them what they need: ``turn_on("loyalty")``."""
    for code in codes:
        set_feature(code=code, on=True, with_others=True, actor=None)
    return Features.objects.get(pk=1)


def turn_off(*codes: str) -> Features:
    """Switch features off, and with them what needs them."""
    for code in codes:
        set_feature(code=code, on=False, with_others=True, actor=None)
    return Features.objects.get(pk=1)


def fill_the_day(day: dt.date, *providers: Provider) -> None:
    """They work from ten to twelve on ``day`` and are away all the while: worth waiting for, and
    nothing is free."""
    from bookings.models import Occupation, OccupationKind

    begin = dt.datetime.combine(day, dt.time(10), tzinfo=get_business().zone)
    for provider in providers:
        DateHours.objects.create(provider=provider, day=day, starts=dt.time(10), ends=dt.time(12))
        Occupation.objects.create(
            provider=provider,
            kind=OccupationKind.TIME_OFF,
            starts_at=begin,
            ends_at=begin + dt.timedelta(hours=2),
        )


def give_points(
    client: Client, amount: int, description: str = "A present", *, by: User | None = None
) -> PointEntry:
    """A correction by hand; by somebody who may do everything, unless one is named. Loyalty must
    be on."""
    from loyalty.points import adjust_points

    return adjust_points(
        client=client,
        amount=amount,
        description=description,
        form_token=new_form_token(),
        actor=by or _anybody(),
        tell_client=False,
    )


def ask_for_points(
    client: Client, amount: int = 5000, *, by: User | None = None, token: str = ""
) -> CorrectionRequest:
    """A correction that waits for a second person. Loyalty must be on."""
    from loyalty.correcting_requests import ask_for_correction

    return ask_for_correction(
        client=client,
        amount=amount,
        description="Ten years with us",
        form_token=token or new_form_token(),
        actor=by or _anybody(),
        tell_client=False,
    )


def give_card(owner: Client | None, value_minor: int = 5000, **type_fields: Any) -> GiftCard:
    """A card issued at the desk, of a type of its own. Gift cards must be on (as they begin)."""
    from giftcards.cards import issue_card

    return issue_card(
        card_type=GiftCardTypeFactory(value_minor=value_minor, **type_fields),
        owner=owner,
        origin=CardOrigin.DESK,
        key=f"form:{new_form_token()}:issue",
        actor=None,
    )


def book(
    client: Client,
    service: Service,
    starts_at: dt.datetime,
    *,
    provider: Provider | None = None,
    card_ids: tuple[int, ...] = (),
) -> Visit:
    """An appointment booked at the desk, in part paid with ``card_ids``."""
    from bookings.models import Source
    from sales.visits import book_visit

    return book_visit(
        client=client,
        guest=None,
        lines=[Line(service, provider)],
        starts_at=starts_at,
        source=Source.DESK,
        form_token=new_form_token(),
        actor=_anybody(),
        card_ids=card_ids,
    )


def _anybody() -> User:
    """One superuser, so that no limit of a role stands in a test's way."""
    user = User.objects.filter(email="anybody@example.test").first()
    return user or User.objects.create_superuser("anybody@example.test", PASSWORD, name="Anybody")
