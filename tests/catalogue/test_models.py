from __future__ import annotations

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.db.models import F, ProtectedError
from django.utils.translation import override

from catalogue.models import (
    AppointmentService,
    ClassService,
    Service,
    ServiceKind,
    ServiceProvider,
    WorkingHours,
)
from foundation.locks import violated_constraint
from tests.factories import ClassServiceFactory, ProviderFactory, ServiceFactory

pytestmark = pytest.mark.django_db


def refused(action) -> str:
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        action()
    return violated_constraint(error.value)


def test_the_two_kinds_have_menu_entries_of_their_own():
    haircut, yoga = ServiceFactory(), ClassServiceFactory()
    assert [row.pk for row in AppointmentService.objects.all()] == [haircut.pk]
    assert [row.pk for row in ClassService.objects.all()] == [yoga.pk]
    assert Service.objects.of_kind(ServiceKind.CLASS).get() == yoga
    assert (haircut.is_class, yoga.is_class) == (False, True)


def test_offered_online_leaves_out_what_the_desk_books():
    ServiceFactory(online=False)
    shown = ServiceFactory()
    assert Service.objects.offered_online().get() == shown


def test_names_follow_the_language_and_fall_back():
    service = ServiceFactory(name_en="Haircut", name_da="Klipning")
    with override("da"):
        assert service.name == "Klipning"
    with override("fi"):
        assert service.name == "Haircut"


def test_services_stand_in_the_order_of_the_menu():
    second = ServiceFactory(position=2)
    first = ServiceFactory(position=1, category=second.category)
    assert list(Service.objects.all()) == [first, second]


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"kind": "thing"}, "service_kind_known"),
        ({"minutes": 4}, "service_minutes_sane"),
        ({"minutes": 721}, "service_minutes_sane"),
        ({"places": 0}, "service_has_places"),
    ],
)
def test_the_database_refuses_a_service_that_makes_no_sense(change, constraint):
    ServiceFactory()
    assert constraint in refused(lambda: Service.objects.update(**change))


@pytest.mark.parametrize(
    ("change", "constraint"),
    [
        ({"weekday": 7}, "hours_weekday_known"),
        ({"ends": F("starts")}, "hours_end_later"),
        ({"ends": dt.time(8)}, "hours_end_later"),
        ({"weekday": 1}, "provider_id"),
    ],
)
def test_the_database_refuses_hours_that_make_no_sense(change, constraint):
    """The last: two stretches of one day that begin together (SQLite names the columns)."""
    provider = ProviderFactory(hours=[(0, dt.time(9), dt.time(17)), (1, dt.time(9), dt.time(17))])
    error = refused(lambda: WorkingHours.objects.filter(provider=provider).update(**change))
    assert constraint in error or error == "hours_start_once"


def test_who_does_what_is_said_once():
    provider = ProviderFactory()
    service = ServiceFactory(providers=[provider])
    again = ServiceProvider(service=service, provider=provider)
    error = refused(again.save)
    assert "service_provider_once" in error or "provider_id" in error


def test_a_category_with_services_is_not_deleted():
    service = ServiceFactory()
    with pytest.raises(ProtectedError):
        service.category.delete()
