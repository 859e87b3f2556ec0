"""Every constraint of every table, broken by ``update()`` or a second row: the database refuses.

The commands' own tests show the polite refusals. Here each constraint proves that it is there, on
both databases, and that a new one without a case fails. The ledgers' constraints, which append-only
rows cannot show by ``update()``, stand in tests/ledger/test_database_refuses.py.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, models, transaction
from django.db.models import F

from bookings.holds import place_hold
from bookings.models import Booking, Hold, Occupation, Visit
from bookings.sessions import create_session
from business.models import Business, Features
from catalogue.models import Service, ServiceProvider, WorkingHours
from clients.models import Client
from foundation import clock, rates
from foundation.guards import drop_guards
from foundation.locks import violated_constraint
from foundation.models import RateCounter, User
from giftcards.cards import void_card
from giftcards.models import GiftCard, GiftCardType
from loyalty.models import Award, EarningRule, PointTotal, Reward
from notifications.models import Message, MessageTemplate
from reports.models import ExportJob
from sales.models import Payment, Sale, SaleLine
from tests.factories import (
    ClassServiceFactory,
    ClientFactory,
    EarningRuleFactory,
    GiftCardTypeFactory,
    ProviderFactory,
    RewardFactory,
    ServiceFactory,
    UserFactory,
    book,
    give_card,
    turn_on,
)
from tests.project.test_contract import FLOORS

pytestmark = pytest.mark.django_db

Rows = models.QuerySet[Any]
A_DAY = dt.timedelta(days=1)


# --- one valid row of each table --------------------------------------------------------------


def a_user() -> Rows:
    UserFactory()
    return User.objects.all()


def a_counter() -> Rows:
    rates.hit("sign-in", "ip:192.0.2.1", limit=3, seconds=600)
    return RateCounter.objects.all()


def the_business() -> Rows:
    return Business.objects.all()


def the_features() -> Rows:
    return Features.objects.all()


def loyalty_on() -> Rows:
    turn_on("loyalty")
    return Features.objects.all()


def a_client() -> Rows:
    ClientFactory()
    return Client.objects.all()


def a_service() -> Rows:
    ServiceFactory()
    return Service.objects.all()


def a_provider_of_a_service() -> Rows:
    ServiceFactory(providers=[ProviderFactory()])
    return ServiceProvider.objects.all()


def hours() -> Rows:
    ProviderFactory()
    return WorkingHours.objects.all()


def a_text() -> Rows:
    MessageTemplate.objects.create(
        kind="points_added", language="en", subject="Points", body="Hello", updated_at=clock.now()
    )
    return MessageTemplate.objects.all()


def a_total() -> Rows:
    PointTotal.objects.create(day=clock.now().date(), kind="earn", entries=1, points=60)
    return PointTotal.objects.all()


def an_export() -> Rows:
    """A large file that waits for a worker."""
    ExportJob.objects.create(
        asked_by=UserFactory(),
        report="loyalty",
        kind="csv",
        language="en",
        file_name="points.csv",
        asked_at=clock.now(),
    )
    return ExportJob.objects.all()


def a_message() -> Rows:
    a_visit()
    return Message.objects.filter(client__isnull=False, to_email="")


def a_visit() -> Rows:
    """A visit with an award on the way, in part paid with a card."""
    turn_on("loyalty")
    client = ClientFactory()
    rule = EarningRuleFactory(service__providers=[ProviderFactory()])
    card = give_card(client, 5000)
    book(client, rule.service, clock.now() + A_DAY, card_ids=(card.pk,))
    return Visit.objects.all()


def a_session() -> Rows:
    session = create_session(
        service=ClassServiceFactory(),
        provider=ProviderFactory(),
        starts_at=clock.now() + A_DAY,
        actor=None,
    )
    return type(session)._default_manager.all()


def a_booking() -> Rows:
    a_visit()
    return Booking.objects.all()


def a_hold() -> Rows:
    provider = ProviderFactory()
    service = ServiceFactory(providers=[provider])
    place_hold(service=service, provider=provider, starts_at=clock.now() + A_DAY)
    return Hold.objects.all()


def an_occupation() -> Rows:
    a_visit()
    return Occupation.objects.all()


def a_card_type() -> Rows:
    GiftCardTypeFactory()
    return GiftCardType.objects.all()


def a_card() -> Rows:
    give_card(None, 5000)
    return GiftCard.objects.all()


def a_voided_card() -> Rows:
    void_card(card_id=give_card(None).pk, key="form:v", actor=None, description="Lost")
    return GiftCard.objects.all()


def a_rule() -> Rows:
    EarningRuleFactory()
    return EarningRule.objects.all()


def a_reward() -> Rows:
    RewardFactory()
    return Reward.objects.all()


def an_award() -> Rows:
    a_visit()
    return Award.objects.all()


def an_unguarded_award() -> Rows:
    """``award_goes_forward`` would refuse first."""
    awards = an_award()
    connection.check_constraints()
    drop_guards([Award._meta.db_table])
    return awards


def a_sale() -> Rows:
    a_visit()
    return Sale.objects.all()


def a_line() -> Rows:
    a_visit()
    return SaleLine.objects.all()


def an_unguarded_payment() -> Rows:
    a_visit()
    connection.check_constraints()
    drop_guards([Payment._meta.db_table])
    return Payment.objects.all()


# --- constraint → a valid row, and the change that breaks it ----------------------------------

BREAKS: dict[str, tuple[Callable[[], Rows], dict[str, Any]]] = {
    "user_email_lower_case": (a_user, {"email": "Alice@example.test"}),
    "user_language_known": (a_user, {"language": "xx"}),
    "business_single_row": (the_business, {"id": 2}),
    "business_award_delay": (the_business, {"award_delay_minutes": 231}),
    "business_slot_minutes": (the_business, {"slot_minutes": 0}),
    "business_clean_history_days": (the_business, {"clean_history_days": 29}),
    "features_single_row": (the_features, {"id": 2}),
    "features_loyalty_needs": (loyalty_on, {"gift_cards": False}),
    "features_loyalty_or_clean_history": (loyalty_on, {"clean_history": True}),
    "client_language_known": (a_client, {"language": ""}),
    "service_kind_known": (a_service, {"kind": "course"}),
    "service_minutes_sane": (a_service, {"minutes": 4}),
    "service_has_places": (a_service, {"places": 0}),
    "hours_weekday_known": (hours, {"weekday": 7}),
    "hours_end_later": (hours, {"ends": dt.time(9)}),
    "message_template_language_known": (a_text, {"language": "sv"}),
    "message_state_known": (a_message, {"state": "lost"}),
    "message_has_recipient": (a_message, {"client": None}),
    "message_done_holds_no_secret": (
        a_message,
        {"state": "dropped", "reason": "expired", "secret": "a code"},
    ),
    "message_sent_has_time": (a_message, {"state": "sent"}),
    "message_unsent_says_why": (a_message, {"state": "dropped"}),
    "message_sending_is_claimed": (a_message, {"state": "sending"}),
    "visit_ends_later": (a_visit, {"ends_at": F("starts_at")}),
    "visit_has_client": (a_visit, {"client": None}),
    "session_ends_later": (a_session, {"ends_at": F("starts_at")}),
    "session_places_suffice": (a_session, {"booked_places": F("places") + 1}),
    "booking_status_known": (a_booking, {"status": "lost"}),
    "booking_kind_has_its_parts": (a_booking, {"kind": "place"}),
    "booking_times_in_order": (a_booking, {"blocked_from": F("ends_at")}),
    "booking_has_places": (a_booking, {"places": 0}),
    "hold_has_an_end": (a_hold, {"latest_expiry": F("created_at")}),
    "occupation_ends_later": (an_occupation, {"ends_at": F("starts_at")}),
    "occupation_of_one_thing": (an_occupation, {"booking": None}),
    "gift_card_type_has_value": (a_card_type, {"value_minor": 0}),
    "gift_card_type_validity": (a_card_type, {"validity_months": 0}),
    "gift_card_not_below_zero": (a_card, {"balance": -1}),
    "gift_card_void_is_empty": (a_voided_card, {"balance": 1}),
    "earning_rule_has_points": (a_rule, {"points": None}),
    "earning_rule_points_sane": (a_rule, {"points": 1_000_001}),
    "reward_has_points": (a_reward, {"points": 0}),
    "reward_points_sane": (a_reward, {"points": 1_000_001}),
    "export_job_state_known": (an_export, {"state": "lost"}),
    "export_job_running_is_claimed": (an_export, {"state": "running"}),
    "export_job_done_has_file": (an_export, {"state": "done"}),
    "export_job_failed_says_why": (an_export, {"state": "failed"}),
    "award_state": (an_unguarded_award, {"state": "lost"}),
    "award_has_points": (an_unguarded_award, {"points": 0, "base": 0}),
    "award_is_base_times_rate": (an_unguarded_award, {"points": F("points") + 1}),
    "award_credited_by_entry": (an_award, {"state": "credited"}),
    "award_dropped_with_reason": (an_award, {"state": "dropped"}),
    "sale_total": (a_sale, {"total_minor": -1, "paid_minor": -1}),
    "sale_never_overpaid": (a_sale, {"paid_minor": F("total_minor") + 1}),
    "sale_line_amount": (a_line, {"amount_minor": -1}),
    "sale_line_of_one_thing": (a_line, {"booking": None}),
    "payment_sign": (an_unguarded_payment, {"amount_minor": -5000}),
    "payment_by_card_has_entry": (an_unguarded_payment, {"card_entry": None}),
}

# Constraint → a row that may stand only once.
DOUBLES: dict[str, Callable[[], Rows]] = {
    "rate_counter_one": a_counter,
    "service_provider_once": a_provider_of_a_service,
    "hours_start_once": hours,
    "message_template_one": a_text,
    "award_one_live_per_booking": an_award,
    "point_total_one": a_total,
    "export_job_one_at_a_time": an_export,
}

# Whatever breaks the first breaks the second too, and PostgreSQL names that one.
IMPLIED = {"award_state": "award_credited_by_entry", "sale_total": "sale_never_overpaid"}

SHOWN_WITH_THE_LEDGERS = ("point_entry_", "card_entry_")


@pytest.mark.parametrize("name", BREAKS)
def test_the_database_refuses_a_change_that_breaks(name: str) -> None:
    make, change = BREAKS[name]
    rows = make()
    assert rows.exists()

    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        rows.update(**change)

    said = violated_constraint(refused.value)
    assert name in said or IMPLIED.get(name, name) in said


@pytest.mark.parametrize("name", DOUBLES)
def test_the_database_refuses_a_second_row(name: str) -> None:
    row = DOUBLES[name]().first()
    assert row is not None
    row.pk = None
    row._state.adding = True

    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        models.Model.save(row, force_insert=True)

    # SQLite names the columns of a unique constraint, not the constraint.
    said = violated_constraint(refused.value)
    assert name in said or said.startswith("UNIQUE constraint failed")


def test_every_constraint_has_a_case() -> None:
    names = {
        each.name
        for model in apps.get_models()
        if model._meta.app_label in FLOORS
        for each in model._meta.constraints
    }

    assert set(BREAKS) | set(DOUBLES) == {
        name for name in names if not name.startswith(SHOWN_WITH_THE_LEDGERS)
    }
