from __future__ import annotations

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from business.models import Business, Features
from business.profile import get_business, local_day_bounds, local_today
from business.rows import ensure_rows
from foundation.locks import violated_constraint

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("zone", "day", "hours"),
    [
        ("Europe/Helsinki", dt.date(2025, 11, 4), 24),
        ("Europe/Helsinki", dt.date(2025, 10, 26), 25),
        ("Europe/Helsinki", dt.date(2026, 3, 29), 23),
        ("Europe/Copenhagen", dt.date(2025, 10, 26), 25),
        ("Europe/Copenhagen", dt.date(2026, 3, 29), 23),
        ("Australia/Lord_Howe", dt.date(2026, 4, 5), 24.5),
    ],
)
def test_a_local_day_is_as_long_as_it_is(zone, day, hours):
    business = Business(timezone=zone)
    start, end = local_day_bounds(business, day)
    assert (end - start) == dt.timedelta(hours=hours)
    assert start.astimezone(business.zone).date() == day
    assert (end - dt.timedelta(seconds=1)).astimezone(business.zone).date() == day
    assert end.astimezone(business.zone).date() == day + dt.timedelta(days=1)


@pytest.mark.parametrize(
    ("zone", "today"),
    [("Pacific/Auckland", dt.date(2025, 11, 5)), ("Pacific/Honolulu", dt.date(2025, 11, 4))],
)
def test_local_today_is_the_business_s(clock, zone, today):
    clock.move_to(dt.datetime(2025, 11, 4, 23, 30, tzinfo=dt.UTC))
    assert local_today(Business(timezone=zone)) == today


def test_the_rows_are_there_and_come_back():
    assert get_business().pk == 1
    Features.objects.all().delete()
    Business.objects.all().delete()

    ensure_rows()
    ensure_rows()

    assert get_business().name == "My business"
    assert Features.objects.count() == 1


def test_rows_that_are_there_are_left_alone():
    Business.objects.update(name="Salon Saga")
    ensure_rows()
    assert get_business().name == "Salon Saga"


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"award_delay_minutes": 179}, "business_award_delay"),
        ({"award_delay_minutes": 231}, "business_award_delay"),
        ({"slot_minutes": 4}, "business_slot_minutes"),
        ({"slot_minutes": 121}, "business_slot_minutes"),
        ({"clean_history_days": 29}, "business_clean_history_days"),
        ({"id": 2}, "business_single_row"),
    ],
)
def test_the_database_refuses_settings_that_break_a_promise(change, constraint):
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        Business.objects.update(**change)
    assert constraint in violated_constraint(error.value)


@pytest.mark.parametrize("name", ["", "Helsinki", "Europe/Helsinki ", "../etc/passwd"])
def test_a_form_refuses_a_zone_that_does_not_exist(name):
    business = get_business()
    business.timezone = name
    with pytest.raises(ValidationError) as error:
        business.full_clean()
    assert "timezone" in error.value.message_dict
