"""Every constraint of every table, broken by ``update()`` or a second row: the database refuses.

The commands' own tests show the polite refusals. Here each constraint proves that it is there, on
both databases, and that a new one without a case fails. The ledgers' constraints, which append-only
rows cannot show by ``update()``, stand in tests/ledger/test_database_refuses.py.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, models, transaction
from django.db.models import F

from bookings.holds import place_hold
from bookings.lines import Line
from bookings.models import (
    Booking,
    BookingAddOn,
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
from business.models import Business, Features, SpecialDay
from catalogue.models import (
    AddOn,
    AddOnService,
    DateHours,
    Product,
    Resource,
    Service,
    ServiceProvider,
    ServiceResource,
    WorkingHours,
)
from clients.models import Client, StaffNote
from foundation import clock, rates
from foundation.form_tokens import new_form_token
from foundation.guards import drop_guards
from foundation.locks import violated_constraint
from foundation.models import RateCounter, User
from giftcards.cards import void_card
from giftcards.models import GiftCard, GiftCardType
from loyalty.models import Award, CorrectionRequest, EarningRule, PointTotal, Reward
from notifications.models import Message, MessageTemplate
from reports.models import ExportJob
from sales.checkout import open_sale
from sales.checkout_lines import add_product
from sales.models import Payment, Sale, SaleLine
from sales.visits import book_place
from sales.waiting import wait_for_day, wait_for_session
from tests.factories import (
    AddOnFactory,
    ClassServiceFactory,
    ClientFactory,
    EarningRuleFactory,
    GiftCardTypeFactory,
    ProductFactory,
    ProviderFactory,
    ResourceFactory,
    ResourceKindFactory,
    RewardFactory,
    ServiceFactory,
    UserFactory,
    ask_for_points,
    book,
    fill_the_day,
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


def a_staff_note() -> Rows:
    StaffNote.objects.create(client=ClientFactory(), text="Likes tea", written_at=clock.now())
    return StaffNote.objects.all()


def two_clients() -> Rows:
    ClientFactory.create_batch(2)
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


def hours_on_a_date() -> Rows:
    DateHours.objects.create(
        provider=ProviderFactory(),
        day=clock.now().date(),
        starts=dt.time(9),
        ends=dt.time(17),
    )
    return DateHours.objects.all()


def a_day_off() -> Rows:
    DateHours.objects.create(provider=ProviderFactory(), day=clock.now().date())
    return DateHours.objects.all()


def a_holiday() -> Rows:
    SpecialDay.objects.create(day=clock.now().date(), kind="closed")
    return SpecialDay.objects.all()


def an_add_on() -> Rows:
    AddOnFactory()
    return AddOn.objects.all()


def an_add_on_of_a_service() -> Rows:
    AddOnFactory(services=[ServiceFactory()])
    return AddOnService.objects.all()


def a_product() -> Rows:
    ProductFactory(barcode="6410000000019")
    return Product.objects.all()


def a_till_line() -> Rows:
    cashier = UserFactory(is_superuser=True)
    sale = open_sale(client=None, form_token=new_form_token(), actor=cashier)
    add_product(sale=sale, product=ProductFactory(), form_token=new_form_token(), actor=cashier)
    return SaleLine.objects.all()


def a_resource() -> Rows:
    ResourceFactory()
    return Resource.objects.all()


def a_resource_of_a_service() -> Rows:
    ResourceKindFactory(services=[ServiceFactory()])
    return ServiceResource.objects.all()


def a_used_room() -> Rows:
    """A room that a booking has."""
    booking = a_booking().get()
    ResourceOccupation.objects.create(
        resource=ResourceFactory(),
        booking=booking,
        starts_at=booking.blocked_from,
        ends_at=booking.blocked_to,
    )
    return ResourceOccupation.objects.all()


def a_room_used_unguarded() -> Rows:
    """``resource_no_overlap`` would refuse first."""
    rows = a_used_room()
    connection.check_constraints()
    drop_guards([ResourceOccupation._meta.db_table])
    return rows


def a_room_beside_a_hold() -> Rows:
    a_hold()
    return a_used_room()


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


def an_export_beside_one_that_runs() -> Rows:
    an_export().update(state="running", claim=uuid.uuid4(), alive_at=clock.now())
    return an_export().filter(state="waiting")


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


def a_weekly_class() -> Rows:
    create_rule(
        service=ClassServiceFactory(),
        provider=ProviderFactory(),
        starts=dt.time(17, 30),
        first_day=clock.now().date() + A_DAY,
        actor=None,
    )
    return SessionRule.objects.all()


def a_session_of_a_weekly_class() -> Rows:
    a_weekly_class()
    return ClassSession.objects.all()


def a_full_session() -> Rows:
    sessions = a_session()
    session = sessions.get()
    book_place(
        client=ClientFactory(),
        guest=None,
        session=session,
        places=session.places,
        source=Source.DESK,
        form_token=new_form_token(),
        actor=None,
    )
    return sessions


def a_place_in_line() -> Rows:
    wait_for_session(
        client=ClientFactory(),
        guest=None,
        session=a_full_session().get(),
        form_token=new_form_token(),
        actor=None,
    )
    return WaitingPlace.objects.all()


def a_place_in_line_of_a_day() -> Rows:
    provider, day = ProviderFactory(), clock.now().date() + A_DAY
    fill_the_day(day, provider)
    wait_for_day(
        client=ClientFactory(),
        guest=None,
        service=ServiceFactory(providers=[provider]),
        provider=None,
        day=day,
        form_token=new_form_token(),
        actor=None,
    )
    return WaitingPlace.objects.all()


def a_booking() -> Rows:
    a_visit()
    return Booking.objects.all()


def an_add_on_of_a_booking() -> Rows:
    booking = a_booking().get()
    add_on = AddOn.objects.create(name_en="Hot stones", minutes=15, price_minor=1500)
    BookingAddOn.objects.create(
        booking=booking, add_on=add_on, name_en="Hot stones", minutes=15, price_minor=1500
    )
    return BookingAddOn.objects.all()


def a_hold() -> Rows:
    provider = ProviderFactory()
    service = ServiceFactory(providers=[provider])
    place_hold(lines=[Line(service, provider)], starts_at=clock.now() + A_DAY)
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


def a_request() -> Rows:
    """A correction that waits for a second person."""
    turn_on("loyalty")
    ask_for_points(ClientFactory())
    return CorrectionRequest.objects.all()


def an_unguarded_request() -> Rows:
    """``correction_request_decided_once`` would refuse first."""
    requests = a_request()
    connection.check_constraints()
    drop_guards([CorrectionRequest._meta.db_table])
    return requests


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
    "business_reminder_hours": (the_business, {"reminder_hours": 337}),
    "special_day_has_hours": (a_holiday, {"kind": "extra"}),
    "business_reward_factor": (the_business, {"reward_factor": 0}),
    "business_clean_history_days": (the_business, {"clean_history_days": 29}),
    "features_single_row": (the_features, {"id": 2}),
    "features_loyalty_needs": (loyalty_on, {"gift_cards": False}),
    "features_loyalty_or_clean_history": (loyalty_on, {"clean_history": True}),
    "client_language_known": (a_client, {"language": ""}),
    "client_card_number_once": (two_clients, {"card_number": "1001"}),
    "client_joined_is_bare": (a_client, {"joined_to": F("id")}),
    "client_left_out_has_reason": (a_client, {"left_out_reason": "Is staff"}),
    "staff_note_says_something": (a_staff_note, {"text": ""}),
    "service_kind_known": (a_service, {"kind": "course"}),
    "service_minutes_sane": (a_service, {"minutes": 4}),
    "service_has_places": (a_service, {"places": 0}),
    "service_places_per_booking": (a_service, {"places_per_booking": 0}),
    "service_slot_minutes": (a_service, {"slot_minutes": 4}),
    "service_provider_minutes_sane": (a_provider_of_a_service, {"minutes": 721}),
    "service_vat_sane": (a_service, {"vat_hundredths": 10_001}),
    "product_vat_sane": (a_product, {"vat_hundredths": 10_001}),
    "business_vat_sane": (the_business, {"vat_hundredths": 10_001}),
    "add_on_minutes_sane": (an_add_on, {"minutes": 241}),
    "date_hours_end_later": (hours_on_a_date, {"ends": dt.time(9)}),
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
    "session_cancelled_is_empty": (a_full_session, {"cancelled_at": F("starts_at")}),
    "session_rule_has_day": (a_session, {"rule_day": dt.date(2025, 11, 5)}),
    "session_rule_ends_later": (a_weekly_class, {"last_day": dt.date(2025, 1, 1)}),
    "session_rule_weeks_sane": (a_weekly_class, {"every_weeks": 9}),
    "session_rule_has_places": (a_weekly_class, {"places": 0}),
    "waiting_place_has_places": (a_place_in_line, {"places": 0}),
    "waiting_place_state_known": (a_place_in_line, {"state": "lost"}),
    "waiting_place_offer_ends": (a_place_in_line, {"state": "offered"}),
    "waiting_place_taken_has_visit": (a_place_in_line, {"state": "taken"}),
    "booking_status_known": (a_booking, {"status": "lost"}),
    "booking_kind_has_its_parts": (a_booking, {"kind": "place"}),
    "booking_times_in_order": (a_booking, {"blocked_from": F("ends_at")}),
    "booking_has_places": (a_booking, {"places": 0}),
    "hold_has_an_end": (a_hold, {"latest_expiry": F("created_at")}),
    "occupation_ends_later": (an_occupation, {"ends_at": F("starts_at")}),
    "resource_occupation_ends_later": (a_used_room, {"ends_at": F("starts_at")}),
    "resource_occupation_of_one_thing": (
        a_room_beside_a_hold,
        {"hold": Hold.objects.order_by().values("pk")[:1]},
    ),
    "occupation_of_one_thing": (an_occupation, {"booking": None}),
    "gift_card_type_has_value": (a_card_type, {"value_minor": 0}),
    "gift_card_type_validity": (a_card_type, {"validity_months": 0}),
    "gift_card_not_below_zero": (a_card, {"balance": -1}),
    "gift_card_void_is_empty": (a_voided_card, {"balance": 1}),
    "correction_request_moves_points": (an_unguarded_request, {"amount": 0}),
    "correction_request_decided_by_another": (
        a_request,
        {"state": "approved", "decided_by": F("asked_by"), "decided_at": F("asked_at")},
    ),
    "earning_rule_has_points": (a_rule, {"points": None}),
    "earning_rule_points_sane": (a_rule, {"points": 1_000_001}),
    "reward_has_points": (a_reward, {"points": 0}),
    "reward_points_sane": (a_reward, {"points": 1_000_001}),
    "reward_of_one_item": (a_reward, {"gift_card_type": None}),
    "reward_has_weekdays": (a_reward, {"weekdays": 0}),
    "reward_days_in_order": (
        a_reward,
        {"first_day": dt.date(2025, 11, 5), "last_day": dt.date(2025, 11, 4)},
    ),
    "export_job_state_known": (an_export, {"state": "lost"}),
    "export_job_running_is_claimed": (an_export, {"state": "running"}),
    "export_job_one_running": (
        an_export_beside_one_that_runs,
        {"state": "running", "claim": uuid.uuid4(), "alive_at": F("asked_at")},
    ),
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
    "sale_completed_is_paid": (a_sale, {"state": "completed"}),
    "sale_line_adds_up": (a_till_line, {"amount_minor": 1}),
    "sale_line_quantity_sane": (a_line, {"quantity": 0}),
    "sale_line_discount_has_reason": (a_line, {"discount_minor": 1}),
    "sale_line_reward_is_free": (a_line, {"reward_points": 1}),
    "sale_line_vat_sane": (a_line, {"vat_hundredths": 10_001}),
    "payment_own_has_name": (an_unguarded_payment, {"tender": "own", "card_entry": None}),
    "payment_given_suffices": (an_unguarded_payment, {"given_minor": 1}),
    "payment_sign": (an_unguarded_payment, {"amount_minor": -5000}),
    "payment_by_card_has_entry": (an_unguarded_payment, {"card_entry": None}),
}

# Constraint → a row that may stand only once.
DOUBLES: dict[str, Callable[[], Rows]] = {
    "rate_counter_one": a_counter,
    "service_provider_once": a_provider_of_a_service,
    "hours_start_once": hours,
    "date_hours_start_once": hours_on_a_date,
    "date_hours_one_day_off": a_day_off,
    "add_on_service_once": an_add_on_of_a_service,
    "product_barcode_once": a_product,
    "resource_name_once": a_resource,
    "service_resource_once": a_resource_of_a_service,
    "resource_once_per_booking": a_room_used_unguarded,
    "message_template_one": a_text,
    "award_one_live_per_booking": an_award,
    "booking_add_on_once": an_add_on_of_a_booking,
    "session_once_per_rule_day": a_session_of_a_weekly_class,
    "waiting_place_once_per_session": a_place_in_line,
    "waiting_place_once_per_day": a_place_in_line_of_a_day,
    "point_total_one": a_total,
    "export_job_one_at_a_time": an_export,
}

# Whatever breaks the first breaks the second too, and PostgreSQL names that one.
IMPLIED = {"award_state": "award_credited_by_entry", "sale_total": "sale_never_overpaid"}

SHOWN_WITH_THE_LEDGERS = ("point_entry_", "card_entry_")


def is_said(refusal: IntegrityError, name: str) -> bool:
    """SQLite names the columns of a unique constraint, not the constraint."""
    said = violated_constraint(refusal)
    known = name in said or IMPLIED.get(name, name) in said
    return known or said.startswith("UNIQUE constraint failed")


@pytest.mark.parametrize("name", BREAKS)
def test_the_database_refuses_a_change_that_breaks(name: str) -> None:
    make, change = BREAKS[name]
    rows = make()
    assert rows.exists()

    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        rows.update(**change)

    assert is_said(refused.value, name)


@pytest.mark.parametrize("name", DOUBLES)
def test_the_database_refuses_a_second_row(name: str) -> None:
    row = DOUBLES[name]().first()
    assert row is not None
    row.pk = None
    row._state.adding = True

    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        models.Model.save(row, force_insert=True)

    assert is_said(refused.value, name)


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
