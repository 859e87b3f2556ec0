"""Every unique column that means something: the database refuses a second row with its value.

A copy of a valid row, new in every other unique column, is written past the commands and past the
triggers; what then refuses it is the one key.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, models, transaction

from backoffice.roles import ensure_roles
from bookings.holds import place_hold
from bookings.lines import Line
from bookings.models import Hold, Occupation, Visit, WaitingPlace
from bookings.sessions import create_session
from business.models import SpecialDay
from catalogue.models import DateHours, Provider, ResourceKind, Service
from clients.models import Client
from foundation import clock
from foundation.form_tokens import new_form_token, once
from foundation.guards import drop_guards
from foundation.locks import violated_constraint
from foundation.models import FormUse, User
from giftcards.models import CardEntry, GiftCard, GiftCardType
from loyalty.models import Award, CorrectionLimit, EarningRule, PointAccount, PointEntry, Reward
from loyalty.sweep import credit_due_awards
from notifications.models import Message
from sales.exchange import exchange_points_for_card
from sales.models import OwnTender, Payment, Sale, SaleLine
from sales.offers import serve_waiting_lists
from sales.visits import cancel_visit
from sales.waiting import take_waiting_place, wait_for_day
from tests.conftest import Clock
from tests.factories import (
    ClassServiceFactory,
    ClientFactory,
    EarningRuleFactory,
    ProductFactory,
    ProviderFactory,
    ResourceKindFactory,
    RewardFactory,
    ServiceFactory,
    ServiceRewardFactory,
    UserFactory,
    book,
    fill_the_day,
    give_card,
    give_points,
    turn_on,
)
from tests.project.test_contract import FLOORS
from tests.sales.till import sold

pytestmark = pytest.mark.django_db

A_DAY = dt.timedelta(days=1)


def a_used_form() -> None:
    with transaction.atomic(), once(token=new_form_token(), purpose="test", content=[]) as use:
        use.result = "1"


def a_reward_of_a_product() -> None:
    Reward.objects.create(product=ProductFactory(), points=300)


def a_paid_visit() -> Visit:
    """A visit with an award on the way, in part paid with a card."""
    turn_on("loyalty")
    client = ClientFactory()
    rule = EarningRuleFactory(service__providers=[ProviderFactory()])
    return book(client, rule.service, clock.now() + A_DAY, card_ids=(give_card(client, 5000).pk,))


def a_refunded_visit() -> None:
    cancel_visit(visit=a_paid_visit(), actor=None)


def a_credited_award() -> None:
    a_paid_visit()
    credit_due_awards(at=clock.now() + 3 * A_DAY)


def a_card_for_points() -> None:
    turn_on("loyalty")
    client = ClientFactory()
    give_points(client, 5000)
    exchange_points_for_card(
        client=client,
        card_type=RewardFactory(points=500).gift_card_type,
        form_token=new_form_token(),
        actor=None,
    )


def a_withdrawn_award() -> None:
    visit = a_paid_visit()
    credit_due_awards(at=clock.now() + 3 * A_DAY)
    cancel_visit(visit=visit, actor=None)


def a_session() -> None:
    create_session(
        service=ClassServiceFactory(),
        provider=ProviderFactory(),
        starts_at=clock.now() + A_DAY,
        actor=None,
    )


def a_hold() -> None:
    provider = ProviderFactory()
    service = ServiceFactory(providers=[provider])
    place_hold(lines=[Line(service, provider)], starts_at=clock.now() + A_DAY)


def an_offered_time() -> WaitingPlace:
    """Somebody waited for a day on which nobody was free, and somebody is after all."""
    provider = ProviderFactory(hours=[])
    day = clock.now().date() + A_DAY
    fill_the_day(day, provider)
    place = wait_for_day(
        client=ClientFactory(),
        guest=None,
        service=ServiceFactory(providers=[provider]),
        provider=None,
        day=day,
        form_token=new_form_token(),
        actor=None,
    )
    DateHours.objects.create(provider=provider, day=day, starts=dt.time(12), ends=dt.time(13))
    serve_waiting_lists()
    return place


def a_time_left_behind() -> None:
    """In line no more, so that the line itself refuses nothing."""
    WaitingPlace.objects.filter(pk=an_offered_time().pk).update(state="left")


def a_taken_time() -> None:
    take_waiting_place(place=an_offered_time(), actor=None)


def a_holiday() -> None:
    SpecialDay.objects.create(day=clock.now().date(), kind="closed")


def a_receipt() -> None:
    sold(UserFactory(is_superuser=True))


def a_way_to_pay() -> None:
    OwnTender.objects.create(name="MobilePay")


def give_card_to_nobody() -> None:
    give_card(None)


# Column → what makes a row that has a value in it.
KEYS: dict[tuple[type[models.Model], str], Callable[[], object]] = {
    (User, "email"): UserFactory,
    (FormUse, "token"): a_used_form,
    (Client, "public_id"): ClientFactory,
    (Client, "user"): lambda: ClientFactory(user=UserFactory()),
    (Service, "slug"): ServiceFactory,
    (ResourceKind, "name"): ResourceKindFactory,
    (SpecialDay, "day"): a_holiday,
    (Provider, "user"): lambda: ProviderFactory(user=UserFactory()),
    (Message, "dedupe_key"): a_paid_visit,
    (Visit, "ref"): a_paid_visit,
    (Hold, "token"): a_hold,
    (Occupation, "booking"): a_paid_visit,
    (Occupation, "session"): a_session,
    (WaitingPlace, "hold"): a_time_left_behind,
    (WaitingPlace, "visit"): a_taken_time,
    (GiftCardType, "slug"): give_card_to_nobody,
    (GiftCard, "token"): give_card_to_nobody,
    (GiftCard, "code_hash"): give_card_to_nobody,
    (CardEntry, "key"): a_paid_visit,
    (CardEntry, "reverses"): a_refunded_visit,
    (EarningRule, "service"): EarningRuleFactory,
    (Reward, "gift_card_type"): RewardFactory,
    (Reward, "service"): ServiceRewardFactory,
    (Reward, "product"): a_reward_of_a_product,
    (PointAccount, "client"): a_card_for_points,
    (PointEntry, "key"): a_card_for_points,
    (PointEntry, "reverses"): a_withdrawn_award,
    (Award, "earn_entry"): a_credited_award,
    (CorrectionLimit, "role"): ensure_roles,
    (Sale, "visit"): a_paid_visit,
    (Sale, "number"): a_receipt,
    (OwnTender, "name"): a_way_to_pay,
    (SaleLine, "booking"): a_paid_visit,
    (SaleLine, "award"): a_paid_visit,
    (SaleLine, "gift_card"): a_card_for_points,
    (SaleLine, "spend_entry"): a_card_for_points,
    (Payment, "card_entry"): a_paid_visit,
    (Payment, "refunds"): a_refunded_visit,
}

# What else a copy must change so that nothing but the key refuses it.
BESIDES: dict[type[models.Model], dict[str, Any]] = {
    CardEntry: {"sequence": 1000},
    PointEntry: {"sequence": 1000},
    Award: {"booking_id": -1},
}


def a_copy(row: models.Model, but: str) -> models.Model:
    """``row`` again, with another value in every unique column but one."""
    for field in row._meta.local_fields:
        if not field.unique or field.name == but or getattr(row, field.attname) is None:
            continue
        if field.primary_key:
            row.pk = None
        elif field.is_relation:
            setattr(row, field.attname, -1)  # checked at COMMIT only, which does not come
        else:
            setattr(row, field.attname, secrets.token_hex(4))
    for name, value in BESIDES.get(type(row), {}).items():
        setattr(row, name, value)
    row._state.adding = True
    return row


@transaction.atomic
def write_and_forget(row: models.Model) -> None:
    models.Model.save(row, force_insert=True)
    transaction.set_rollback(True)


@pytest.mark.parametrize(
    ("model", "field"), KEYS, ids=lambda each: each if isinstance(each, str) else each._meta.label
)
def test_the_database_refuses_a_second_row_with_the_same(
    model: type[models.Model], field: str, clock: Clock
) -> None:
    KEYS[model, field]()
    row = model._default_manager.filter(**{f"{field}__isnull": False}).order_by("-pk").first()
    assert row is not None
    connection.check_constraints()
    drop_guards()

    with pytest.raises(IntegrityError) as refused:
        write_and_forget(a_copy(row, field))

    column = model._meta.get_field(field).attname
    assert column in violated_constraint(refused.value)


def test_every_unique_column_has_a_case() -> None:
    columns = {
        (model, field.name)
        for model in apps.get_models()
        if model._meta.app_label in FLOORS
        for field in model._meta.local_fields
        if field.unique and not field.primary_key
    }

    assert set(KEYS) == columns
