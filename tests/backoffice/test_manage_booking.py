"""Manage: add-ons, resources, special days, hours on dates, and terms by provider."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client as Browser
from django.urls import reverse

from business.models import SpecialDay
from catalogue.models import AddOn, DateHours, Provider, Resource, Service, ServiceProvider
from foundation.models import User
from tests.factories import (
    AddOnFactory,
    ProviderFactory,
    ResourceFactory,
    ResourceKindFactory,
    ServiceFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def maria_at(maria: User, client: Browser) -> Browser:
    client.force_login(maria)
    return client


def rows(prefix: str, rows: list[dict[str, object]], *, kept: int = 0) -> dict[str, object]:
    """The fields of an inline table."""
    found: dict[str, object] = {
        f"{prefix}-TOTAL_FORMS": len(rows),
        f"{prefix}-INITIAL_FORMS": kept,
    }
    for number, row in enumerate(rows):
        found |= {f"{prefix}-{number}-{name}": value for name, value in row.items()}
    return found


def test_an_add_on_is_made_for_its_services(maria_at: Browser) -> None:
    service = ServiceFactory()
    sent = {"name_en": "Hot stones", "minutes": 15, "price_minor": "12,50", "position": 0}

    answer = maria_at.post(
        reverse("admin:catalogue_addon_add"),
        sent | rows("goes_with", [{"service": service.pk}]),
    )

    assert answer.status_code == 302
    add_on = AddOn.objects.get()
    assert (add_on.minutes, add_on.price_minor) == (15, 1250)
    assert list(service.add_ons.all()) == [add_on]


def test_archiving_keeps_what_is_booked_and_comes_back(maria_at: Browser) -> None:
    add_on, room = AddOnFactory(), ResourceFactory()
    for name, thing in (("catalogue_addon", add_on), ("catalogue_resource", room)):
        address = reverse(f"admin:{name}_changelist")
        for action, gone in (("take_off_offer", True), ("put_on_offer", False)):
            sent = {"action": action, "_selected_action": thing.pk}
            assert maria_at.post(f"{address}?offer=all", sent).status_code == 302
            thing.refresh_from_db()
            assert (thing.archived_at is not None) is gone


def test_a_resource_keeps_its_kind(maria_at: Browser) -> None:
    room, other = ResourceFactory(), ResourceKindFactory()
    address = reverse("admin:catalogue_resource_change", args=[room.pk])

    assert maria_at.post(address, {"kind": other.pk, "name": "Blue"}).status_code == 200
    maria_at.post(address, {"kind": other.pk, "name": "Blue", "position": 0})

    assert Resource.objects.get().name == "Blue"
    assert Resource.objects.get().kind_id == room.kind_id


def test_a_kind_says_what_needs_it(maria_at: Browser) -> None:
    service = ServiceFactory()
    sent = {"name": "Rooms", "position": 0} | rows("needed_by", [{"service": service.pk}])

    assert maria_at.post(reverse("admin:catalogue_resourcekind_add"), sent).status_code == 302

    assert [kind.name for kind in service.resource_kinds.all()] == ["Rooms"]


@pytest.mark.parametrize(
    ("kind", "opens", "closes", "works"),
    [
        ("closed", "", "", True),
        ("shorter", "10:00", "14:00", True),
        ("extra", "", "", False),
        ("extra", "14:00", "10:00", False),
    ],
)
def test_a_special_day(maria_at: Browser, kind: str, opens: str, closes: str, works: bool) -> None:
    sent = {"day": "2025-12-24", "kind": kind, "opens": opens, "closes": closes}

    answer = maria_at.post(reverse("admin:business_specialday_add"), sent)

    assert answer.status_code == (302 if works else 200)
    assert SpecialDay.objects.exists() is works


def _hours(provider: Provider, dates: list[dict[str, object]]) -> dict[str, object]:
    return {"name": provider.name, "position": 0} | rows("hours", []) | rows("date_hours", dates)


@pytest.mark.parametrize(
    ("dates", "works"),
    [
        ([{"day": "2025-12-23", "starts": "09:00", "ends": "12:00"}], True),
        ([{"day": "2025-12-24"}], True),
        ([{"day": "2025-12-24", "starts": "09:00"}], False),
        ([{"day": "2025-12-24", "starts": "09:00", "ends": "08:00"}], False),
        ([{"day": "2025-12-24"}, {"day": "2025-12-24", "starts": "9:00", "ends": "10:00"}], False),
        (
            [
                {"day": "2025-12-24", "starts": "9:00", "ends": "11:00"},
                {"day": "2025-12-24", "starts": "10:00", "ends": "12:00"},
            ],
            False,
        ),
    ],
)
def test_hours_on_dates(maria_at: Browser, dates: list[dict[str, object]], works: bool) -> None:
    provider = ProviderFactory(hours=[])
    address = reverse("admin:catalogue_provider_change", args=[provider.pk])

    answer = maria_at.post(address, _hours(provider, dates))

    assert answer.status_code == (302 if works else 200)
    assert DateHours.objects.count() == (len(dates) if works else 0)


def test_dates_that_are_over_are_out_of_the_way_and_stay(maria_at: Browser) -> None:
    provider = ProviderFactory(hours=[])
    DateHours.objects.create(provider=provider, day=dt.date(2025, 10, 1))
    address = reverse("admin:catalogue_provider_change", args=[provider.pk])

    assert "2025-10-01" not in maria_at.get(address).content.decode()
    maria_at.post(address, _hours(provider, []))

    assert DateHours.objects.count() == 1


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("", (None, None)), ("99", (None, 9900)), ("0", (None, 0))],
)
def test_a_provider_has_a_price_of_their_own_or_none(
    maria_at: Browser, typed: str, kept: tuple[int | None, int | None]
) -> None:
    provider = ProviderFactory()
    service: Service = ServiceFactory(providers=[provider])
    row = service.provided_by.get()
    sent = {
        "category": service.category_id,
        "name_en": service.name_en,
        "slug": service.slug,
        "price_minor": "72",
        "minutes": 60,
        "buffer_before": 0,
        "buffer_after": 0,
        "online": "on",
        "position": 0,
        **rows(
            "provided_by",
            [{"id": row.pk, "service": service.pk, "provider": provider.pk, "price_minor": typed}],
            kept=1,
        ),
        **rows("earning_rule", []),
    }

    answer = maria_at.post(
        reverse("admin:catalogue_appointmentservice_change", args=[service.pk]), sent
    )

    assert answer.status_code == 302
    found = ServiceProvider.objects.get()
    assert (found.minutes, found.price_minor) == kept
