"""Services, classes, categories and providers: tabs, prices, archive, history."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.test import Client as Browser
from django.urls import reverse

from catalogue.models import Provider, Service, ServiceKind
from clients.models import Client
from foundation.models import User
from loyalty.models import EarningRule
from tests.conftest import Clock
from tests.factories import (
    CategoryFactory,
    ClassServiceFactory,
    EarningRuleFactory,
    ProviderFactory,
    RewardFactory,
    ServiceFactory,
    book,
    turn_off,
    turn_on,
)

pytestmark = pytest.mark.django_db
SERVICES = "admin:catalogue_appointmentservice"
CLASSES = "admin:catalogue_classservice"


def _fields(inline: Any, *, loyalty: dict[str, Any], rule: EarningRule | None = None) -> Any:
    row = {"id": rule.pk, "service": rule.service_id, **loyalty} if rule else loyalty
    return {
        "category": CategoryFactory().pk,
        "name_en": "Deep tissue massage",
        "name_da": "Dybdegående massage",
        "slug": "deep-tissue",
        "price_minor": "72,50",
        "minutes": 60,
        "buffer_before": 0,
        "buffer_after": 10,
        "places": 12,
        "places_per_booking": 4,
        "online": "on",
        "position": 0,
        **inline("provided_by", {"provider": ProviderFactory().pk}),
        **inline("earning_rule", row, initial=1 if rule else 0),
    }


def test_a_service_is_added_with_price_provider_and_points(
    client: Browser, maria: User, inline: Any
) -> None:
    client.force_login(maria)

    answer = client.post(
        reverse(f"{SERVICES}_add"), _fields(inline, loyalty={"enabled": "on", "points": 60})
    )

    assert answer.status_code == 302
    service = Service.objects.get()
    assert (service.kind, service.price_minor) == (ServiceKind.APPOINTMENT, 7250)
    assert service.providers.count() == 1
    assert (service.earning_rule.enabled, service.earning_rule.points) == (True, 60)
    assert service.history.get().history_user == maria


def test_a_class_is_added_as_a_class(client: Browser, maria: User, inline: Any) -> None:
    client.force_login(maria)

    client.post(reverse(f"{CLASSES}_add"), _fields(inline, loyalty={"enabled": ""}))

    assert (Service.objects.get().kind, Service.objects.get().places) == (ServiceKind.CLASS, 12)
    assert not EarningRule.objects.exists()


@pytest.mark.parametrize("points", ["", "0", "-5", "1.5", "NaN", "9" * 500])
def test_loyalty_tab_refuses_to_earn_nothing(
    client: Browser, maria: User, inline: Any, points: str
) -> None:
    client.force_login(maria)

    answer = client.post(
        reverse(f"{SERVICES}_add"), _fields(inline, loyalty={"enabled": "on", "points": points})
    )

    assert answer.status_code == 200
    assert not Service.objects.exists()
    if not points:
        assert "Enter how many points a booking earns" in answer.content.decode()


@pytest.mark.parametrize("price", ["", "-1", "1.234", "abc", "9" * 500, "NaN", "\x00"])
def test_a_price_that_is_none_is_refused(
    client: Browser, maria: User, inline: Any, price: str
) -> None:
    client.force_login(maria)
    fields = _fields(inline, loyalty={}) | {"price_minor": price}

    answer = client.post(reverse(f"{SERVICES}_add"), fields)

    assert answer.status_code == 200
    assert not Service.objects.exists()


def test_loyalty_tab_says_what_changes_and_what_stays(
    client: Browser, maria: User, alice: Client, pavel: User, clock: Clock
) -> None:
    turn_on("loyalty")
    service = ServiceFactory(providers=[pavel.provider])
    rule = EarningRuleFactory(service=service, points=60)
    RewardFactory(points=500)
    book(alice, service, Clock.START.replace(hour=11), provider=pavel.provider)
    book(alice, service, Clock.START.replace(hour=13), provider=pavel.provider)
    rule.points = 80
    rule.save()
    client.force_login(maria)

    page = client.get(reverse(f"{SERVICES}_change", args=[service.pk])).content.decode()

    assert "Your services earn 80 points on average." in page
    assert "About 7 visits to the smallest gift card." in page
    assert "Changes count for bookings made from now on." in page
    assert "2 booked visits keep 60 points." in page
    assert "switched off" not in page


def test_loyalty_tab_says_so_while_the_feature_is_off(client: Browser, maria: User) -> None:
    turn_off("loyalty")
    client.force_login(maria)

    page = client.get(reverse(f"{CLASSES}_change", args=[ClassServiceFactory().pk]))

    assert "The loyalty system is switched off" in page.content.decode()
    assert reverse("backoffice:features") in page.content.decode()


def test_changing_points_leaves_a_history_with_name_and_values(
    client: Browser, maria: User, inline: Any
) -> None:
    rule = EarningRuleFactory(points=60)
    client.force_login(maria)
    address = reverse(f"{SERVICES}_change", args=[rule.service_id])

    answer = client.post(
        address, _fields(inline, loyalty={"enabled": "on", "points": 75}, rule=rule)
    )

    assert answer.status_code == 302
    versions = client.get(address.replace("change", "history")).context["versions"]
    changes = {(v.who, c.field, c.old, c.new) for v in versions for c in v.changes}
    assert ("Maria Malm", "Points per booking", "60", "75") in changes
    assert any(field == "Price" for _who, field, _old, _new in changes)


def test_services_are_archived_and_come_back_never_deleted(client: Browser, maria: User) -> None:
    service = ServiceFactory()
    client.force_login(maria)
    address = reverse(f"{SERVICES}_changelist")

    def act(action: str) -> None:
        client.post(
            address + "?offer=all",
            {"action": action, ACTION_CHECKBOX_NAME: [service.pk], "index": 0},
        )
        service.refresh_from_db()

    act("delete_selected")
    assert service.archived_at is None
    act("take_off_offer")
    assert service.archived_at is not None
    assert service.name_en not in client.get(address).content.decode()
    assert service.name_en in client.get(address + "?offer=archived").content.decode()
    act("put_on_offer")
    assert service.archived_at is None
    assert service.history.count() == 3


def test_an_archived_provider_stays_where_they_are_and_is_offered_no_more(
    client: Browser, maria: User
) -> None:
    from catalogue.archive import archive_provider

    gone = ProviderFactory(name="Gone Gunnar")
    with_them, without = ServiceFactory(providers=[gone]), ServiceFactory()
    archive_provider(provider=gone, actor=maria)
    client.force_login(maria)

    pages = [
        client.get(reverse(f"{SERVICES}_change", args=[each.pk])).content.decode()
        for each in (with_them, without)
    ]

    assert ["Gone Gunnar" in page for page in pages] == [True, False]


def test_working_hours_are_saved_and_may_not_overlap(
    client: Browser, maria: User, inline: Any
) -> None:
    client.force_login(maria)
    address = reverse("admin:catalogue_provider_add")
    fields = {"name": "Aino", "role_en": "Masseuse", "position": 0} | inline("date_hours")
    morning = {"weekday": 0, "starts": "09:00", "ends": "12:00"}

    overlapping = client.post(
        address,
        fields | inline("hours", morning, {"weekday": 0, "starts": "11:00", "ends": "17:00"}),
    )
    backwards = client.post(
        address, fields | inline("hours", {"weekday": 1, "starts": "17:00", "ends": "09:00"})
    )
    assert (overlapping.status_code, backwards.status_code) == (200, 200)
    assert "A break is the gap between two" in overlapping.content.decode()
    assert not Provider.objects.exists()

    client.post(
        address,
        fields | inline("hours", morning, {"weekday": 0, "starts": "13:00", "ends": "17:00"}),
    )
    assert [str(each) for each in Provider.objects.get().hours.all()] == [
        "Monday 09:00–12:00",
        "Monday 13:00–17:00",
    ]


def test_a_category_with_services_is_not_deleted(client: Browser, maria: User) -> None:
    used, empty = ServiceFactory().category, CategoryFactory()
    client.force_login(maria)

    for category in (used, empty):
        address = reverse("admin:catalogue_category_delete", args=[category.pk])
        client.post(address, {"post": "yes"})

    assert type(used).objects.filter(pk=used.pk).exists()
    assert not type(used).objects.filter(pk=empty.pk).exists()
