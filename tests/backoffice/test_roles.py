"""Who sees what (ux 1.4): the four roles, and every address of the panel times every role."""

from __future__ import annotations

import datetime as dt

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.test import Client as Browser
from django.urls import reverse

from backoffice import roles
from backoffice.bookings_urls import urlpatterns as bookings_urls
from backoffice.calendar_urls import urlpatterns as calendar_urls
from backoffice.checkout_urls import urlpatterns as checkout_urls
from backoffice.features_urls import urlpatterns as features_urls
from backoffice.feeds_urls import urlpatterns as feeds_urls
from backoffice.looking_urls import urlpatterns as looking_urls
from backoffice.sales_urls import urlpatterns as sales_urls
from backoffice.sessions_urls import urlpatterns as sessions_urls
from backoffice.time_off_urls import urlpatterns as time_off_urls
from bookings.models import Occupation, ResourceOccupation
from bookings.session_rules import create_rule
from bookings.sessions import create_session
from business.models import SpecialDay
from clients.models import Client
from clients.people import give_card_number
from foundation.models import User
from loyalty.models import CorrectionLimit
from notifications.outbox import queue_message
from reports.urls import urlpatterns as report_urls
from sales.models import OwnTender
from tests.backoffice.addresses import ADDRESSES, NAMES
from tests.conftest import Clock
from tests.factories import (
    AddOnFactory,
    ClassServiceFactory,
    EarningRuleFactory,
    ProductFactory,
    ResourceFactory,
    RewardFactory,
    ServiceFactory,
    ServiceRewardFactory,
    UserFactory,
    ask_for_points,
    book,
    give_card,
    give_points,
    turn_on,
)
from tests.hostile.watching import Sender
from tests.sales.till import sold, walk_in


@pytest.mark.django_db
def test_every_role_has_exactly_what_the_table_says() -> None:
    for name, wanted in roles.ROLES.items():
        permissions = Group.objects.get(name=name).permissions.select_related("content_type")
        found = {f"{each.content_type.app_label}.{each.codename}" for each in permissions}
        assert found == wanted


@pytest.mark.django_db
def test_ensure_roles_takes_back_what_was_given_by_hand_and_repeats_harmlessly() -> None:
    desk = Group.objects.get(name=roles.FRONT_DESK)
    desk.permissions.add(Permission.objects.get(codename="switch_features"))

    roles.ensure_roles()
    roles.ensure_roles()

    assert not desk.permissions.filter(codename="switch_features").exists()
    assert Group.objects.count() == 4


@pytest.mark.django_db
def test_ensure_roles_refuses_a_permission_that_nothing_declares(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(roles.ROLES, roles.PROVIDER, frozenset({"bookings.bok_for_clients"}))

    with pytest.raises(LookupError, match="bok_for_clients"):
        roles.ensure_roles()


@pytest.mark.parametrize(
    ("permission", "who"),
    [
        ("business.switch_features", {roles.OWNER}),
        ("foundation.change_user", {roles.OWNER}),
        ("loyalty.adjust_points_without_limit", {roles.MANAGER, roles.OWNER}),
        ("loyalty.change_correctionlimit", {roles.MANAGER, roles.OWNER}),
        ("loyalty.see_correction_patterns", {roles.MANAGER, roles.OWNER}),
        ("loyalty.export_points_report", {roles.MANAGER, roles.OWNER}),
        ("giftcards.reveal_codes", {roles.MANAGER, roles.OWNER}),
        ("giftcards.issue_cards", {roles.FRONT_DESK, roles.MANAGER, roles.OWNER}),
        ("bookings.see_all_bookings", {roles.FRONT_DESK, roles.MANAGER, roles.OWNER}),
        ("bookings.mark_bookings", set(roles.ROLES)),
        ("sales.check_out", {roles.FRONT_DESK, roles.MANAGER, roles.OWNER}),
        ("sales.refund_sales", {roles.MANAGER, roles.OWNER}),
    ],
)
def test_role_table(permission: str, who: set[str]) -> None:
    assert {name for name, held in roles.ROLES.items() if permission in held} == who


def test_no_role_may_change_a_ledger_or_delete_what_was_used() -> None:
    ledgers = ("pointentry", "cardentry", "payment", "award", "pointaccount", "consentrecord")
    for held in roles.ROLES.values():
        assert not [p for p in held if p.endswith(ledgers) and ".view_" not in p]
        deletable = {p for p in held if ".delete_" in p}
        assert deletable <= {
            "catalogue.delete_category",
            "catalogue.delete_workinghours",
            "catalogue.delete_serviceprovider",
            "catalogue.delete_datehours",
            "catalogue.delete_addonservice",
            "catalogue.delete_serviceresource",
            "business.delete_specialday",
        }


@pytest.fixture
def salon(alice: Client, pavel: User, clock: Clock) -> dict[str, int]:
    """One row of everything that has a page."""
    turn_on("loyalty")
    service = ServiceFactory(providers=[pavel.provider])
    EarningRuleFactory(service=service)
    lesson = ClassServiceFactory(providers=[pavel.provider])
    reward = RewardFactory()
    give_points(alice, 700)
    card = give_card(alice)
    start = Clock.START.replace(hour=12)
    visit = book(alice, service, start, provider=pavel.provider, card_ids=(card.pk,))
    session = create_session(
        service=lesson,
        provider=pavel.provider,
        starts_at=start.replace(hour=14),
        actor=None,
    )
    rule = create_rule(
        service=lesson,
        provider=pavel.provider,
        starts=dt.time(20),
        first_day=start.date(),
        actor=None,
    )
    message = queue_message(
        kind="test", to_email="somebody@example.test", language="en", dedupe_key="role-test"
    )
    booking = visit.bookings.get()
    room = ResourceFactory()
    cashier = UserFactory(is_superuser=True)
    start_off, end_off = start.replace(hour=20), start.replace(hour=21)
    return {
        "time_off": Occupation.objects.create(
            provider=pavel.provider, kind="time_off", starts_at=start_off, ends_at=end_off
        ).pk,
        "out_of_order": ResourceOccupation.objects.create(
            resource=room, starts_at=start_off, ends_at=end_off
        ).pk,
        "add_on": AddOnFactory(services=[service]).pk,
        "product": ProductFactory().pk,
        "reward": ServiceRewardFactory().pk,
        "own_tender": OwnTender.objects.create(name="MobilePay").pk,
        "open_sale": walk_in(cashier).pk,
        "sale": sold(cashier).pk,
        "resource": room.pk,
        "resource_kind": room.kind_id,
        "special_day": SpecialDay.objects.create(day=start.date(), kind="closed").pk,
        "service": service.pk,
        "class": lesson.pk,
        "category": service.category_id,
        "provider": pavel.provider.pk,
        "session": session.pk,
        "rule": rule.pk,
        "client": give_card_number(client=alice).pk,
        "type": reward.gift_card_type_id,
        "card": card.pk,
        "booking": booking.pk,
        "entry": alice.point_account.entries.get().pk,
        "correction": alice.point_account.entries.get(kind="adjust").pk,
        "card_entry": card.entries.first().pk,
        "award": booking.awards.get().pk,
        "payment": visit.sale.payments.get().pk,
        "message": message.pk,
        "login": pavel.pk,
        "group": Group.objects.get(name=roles.OWNER).pk,
        "business": 1,
        "asked": ask_for_points(alice).pk,
        "limit": CorrectionLimit.objects.get(role__name=roles.FRONT_DESK).pk,
    }


def test_each_address_of_the_panel_is_in_the_table() -> None:
    """A new page has no say about who sees it until somebody decided."""
    kinds = ("changelist", "add", "change", "history", "delete")
    registered = {
        f"{model._meta.app_label}_{model._meta.model_name}_{kind}"
        for model in admin.site._registry
        for kind in kinds
    }
    own_pages = [
        *features_urls,
        *calendar_urls,
        *checkout_urls,
        *sales_urls,
        *bookings_urls,
        *feeds_urls,
        *sessions_urls,
        *time_off_urls,
        *looking_urls,
    ]
    ours = {f"backoffice:{each.name}" for each in own_pages}
    ours |= {f"reports:{each.name}" for each in report_urls}

    assert (registered | ours) - NAMES == set()


@pytest.mark.parametrize("role", ["daisy", "pavel", "maria", "olga", "alice", "nobody"])
def test_every_address_times_every_role(
    role: str,
    salon: dict[str, int],
    request: pytest.FixtureRequest,
) -> None:
    """The page for who may; a plain 403 page for other staff; the sign-in page for a client or a
    stranger. No cache keeps any of it."""
    browser = Sender()
    if role != "nobody":
        person = request.getfixturevalue(role)
        browser.force_login(person.user if isinstance(person, Client) else person)
    wrong = []
    for address in ADDRESSES:
        send = browser.post if address.is_posted else browser.get
        answer = send(address.path(salon))
        to_sign_in = "/admin/login/" in answer.headers.get("Location", "")
        if role in {"alice", "nobody"}:
            is_right = answer.status_code == 302 and to_sign_in
        elif not address.opens_for(role):
            is_right = answer.status_code == 403
        elif address.is_posted:
            is_right = answer.status_code in {200, 302, 303, 409, 422} and not to_sign_in
        else:
            is_right = answer.status_code == address.status
        if not is_right or "no-store" not in answer.headers["Cache-Control"]:
            wrong.append((address.name, answer.status_code, answer.headers["Cache-Control"]))
    assert wrong == []


@pytest.mark.django_db
def test_a_refusal_names_the_page_and_who_can_open_it(client: Browser, daisy: User) -> None:
    client.force_login(daisy)

    for address, asked, who in [
        ("/admin/features/", "Custom features", "Manager or Owner"),
        ("/admin/foundation/user/", "Logins", "Owner"),
        ("/admin/catalogue/appointmentservice/add/", "Services", "Manager or Owner"),
    ]:
        answer = client.get(address)
        text = answer.content.decode()
        assert answer.status_code == 403
        assert f"You asked for: {asked}" in text
        assert f"This role can do it: {who}." in text


@pytest.mark.django_db
def test_what_no_role_does_is_refused_as_such(client: Browser, root: User) -> None:
    client.force_login(root)

    page = client.get("/admin/loyalty/pointentry/add/").content.decode()

    assert "Nobody does this in the panel." in page


@pytest.mark.django_db
def test_sidebar_shows_only_what_the_role_opens(
    client: Browser, daisy: User, olga: User, pavel: User
) -> None:
    def entries(user: User) -> set[str]:
        client.force_login(user)
        groups = client.get(reverse("admin:index")).context["sidebar_navigation"]
        return {str(e["title"]) for g in groups for e in g["items"] if e["has_permission"]}

    assert entries(pavel) == {
        "Today",
        "Calendar",
        "Bookings",
        "Class sessions",
        "Time off",
        "My calendar feed",
    }
    assert entries(daisy) == {
        "Today",
        "Calendar",
        "Bookings",
        "Clients",
        "Checkout",
        "Sales",
        "Class sessions",
        "Time off",
        "Out of order",
        "Gift cards",
        "Loyalty points",
    }
    assert {"Custom features", "Logins", "Roles", "Services", "Outbox"} <= entries(olga)
