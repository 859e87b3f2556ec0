"""The frame: signing in, refusals, nasty addresses, the first page."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client as Browser
from django.urls import reverse

from clients.models import Client
from foundation.models import User
from loyalty.models import Award, AwardState, SweepRun
from loyalty.sweep import credit_due_awards
from notifications.models import Message
from notifications.outbox import queue_message
from tests.conftest import Clock
from tests.factories import (
    PASSWORD,
    EarningRuleFactory,
    ProviderFactory,
    ServiceFactory,
    book,
    turn_on,
)

HOME = "/admin/"


def _sign_in(client: Browser, email: str, password: str) -> str:
    answer = client.post("/admin/login/", {"username": email, "password": password, "next": HOME})
    return answer.headers.get("Location") or answer.content.decode()


@pytest.mark.django_db
def test_staff_sign_in_with_their_password(client: Browser, daisy: User) -> None:
    assert _sign_in(client, "daisy@salon.test", PASSWORD) == HOME
    assert client.get(HOME).status_code == 200


@pytest.mark.django_db
def test_a_client_does_not_sign_in_to_the_panel(client: Browser, alice: Client) -> None:
    page = _sign_in(client, alice.email, PASSWORD)

    assert "for a staff account" in page
    assert client.get(HOME).status_code == 302


@pytest.mark.django_db
def test_guessing_a_password_is_limited_and_the_right_one_waits_too(
    client: Browser, daisy: User, clock: Clock
) -> None:
    for _ in range(10):
        assert "Too many" not in _sign_in(client, "daisy@salon.test", "wrong")

    assert "Too many attempts" in _sign_in(client, "daisy@salon.test", PASSWORD)
    clock.advance(minutes=11)
    assert _sign_in(client, "daisy@salon.test", PASSWORD) == HOME


@pytest.mark.django_db
def test_sign_in_without_a_page_to_come_back_to_leads_to_the_panel(
    client: Browser, daisy: User
) -> None:
    form = {"username": "daisy@salon.test", "password": PASSWORD}
    assert client.post("/admin/login/", form).headers["Location"] == HOME

    out = client.post("/admin/logout/").headers["Location"]
    assert out == "/admin/login/"
    assert client.post(out, form).headers["Location"] == HOME


@pytest.mark.django_db
def test_sign_in_leads_nowhere_else(client: Browser, daisy: User) -> None:
    answer = client.post(
        "/admin/login/",
        {"username": "daisy@salon.test", "password": PASSWORD, "next": "https://evil.test/"},
    )

    assert answer.status_code == 302
    assert answer.headers["Location"] == HOME


@pytest.mark.django_db
@pytest.mark.parametrize(
    "query",
    [
        "?q=%00",
        "?state__exact=%00",
        "?state__exact=' OR 1=1",
        "?p=99999999999999999999999",
        "?p=-1",
        "?p=abc",
        "?o=99.88.-77",
        "?o=x",
        "?e=1",
        "?all=",
        "?kind=nonsense",
        "?q=" + "9" * 500,
        "?%F0%9F%92%A3=1",
        "?_popup=1&_to_field=secret",
    ],
)
def test_nasty_query_strings_never_break_a_list(client: Browser, olga: User, query: str) -> None:
    client.force_login(olga)
    for name in (
        "notifications_message",
        "loyalty_award",
        "clients_client",
        "giftcards_giftcard",
        "catalogue_appointmentservice",
        "foundation_user",
    ):
        answer = client.get(reverse(f"admin:{name}_changelist") + query)
        assert answer.status_code < 500, name


@pytest.mark.django_db
@pytest.mark.parametrize("number", ["0", "999999999999999999999999999", "x", "%00", "1_2"])
def test_nasty_numbers_never_break_a_page(client: Browser, olga: User, number: str) -> None:
    client.force_login(olga)
    for path in (
        f"/admin/giftcards/giftcard/{number}/change/",
        f"/admin/giftcards/giftcard/{number}/code/",
        f"/admin/giftcards/giftcard/{number}/void/",
        f"/admin/giftcards/giftcard/issue/?client={number}",
        f"/admin/giftcards/giftcard/?owner={number}",
        f"/admin/catalogue/appointmentservice/{number}/history/",
        f"/admin/foundation/user/{number}/password/",
    ):
        assert client.get(path).status_code < 500, path


@pytest.mark.django_db
def test_pages_that_are_not_offered_are_not_there(client: Browser, olga: User) -> None:
    client.force_login(olga)

    assert client.get("/admin/account/emailaddress/").status_code == 404
    assert client.get("/admin/loyalty/").headers["Location"] == HOME


@pytest.mark.django_db
def test_first_page_shows_today_points_on_the_way_and_late_sweep(
    client: Browser, olga: User, alice: Client, pavel: User, clock: Clock
) -> None:
    turn_on("loyalty")
    service = ServiceFactory(providers=[pavel.provider])
    EarningRuleFactory(service=service)
    book(alice, service, Clock.START.replace(hour=12), provider=pavel.provider)
    book(alice, service, Clock.START + dt.timedelta(days=1), provider=pavel.provider)
    credit_due_awards()
    clock.advance(minutes=40)
    client.force_login(olga)

    page = client.get(HOME)

    assert page.context["booked_today"] == 1
    assert [b.visit.client for b in page.context["coming"]] == [alice]
    assert page.context["way_points"] == 120
    assert page.context["way_visits"] == 2
    (item,) = page.context["attention"]
    assert item.text.startswith("Points were last looked after 40 minutes ago.")


@pytest.mark.django_db
def test_first_page_says_what_needs_attention(
    client: Browser, olga: User, alice: Client, pavel: User, clock: Clock
) -> None:
    turn_on("loyalty")
    SweepRun.objects.create(started_at=clock.now, finished_at=clock.now, holder="test")
    service = ServiceFactory(providers=[pavel.provider])
    EarningRuleFactory(service=service)
    book(alice, service, Clock.START.replace(hour=12), provider=pavel.provider)
    Award.objects.update(state=AwardState.QUARANTINED)
    message = queue_message(
        kind="test", to_email="x@example.test", language="en", dedupe_key="site-test"
    )
    Message.objects.filter(pk=message.pk).update(state="failed", reason="gave_up", secret="")
    client.force_login(olga)

    found = client.get(HOME).context["attention"]

    assert [item.text for item in found] == [
        "The points of 1 visit could not be added after several tries.",
        "1 message of the last seven days could not be sent.",
    ]
    for item in found:
        assert client.get(item.link).status_code == 200


@pytest.mark.django_db
def test_a_provider_sees_only_their_own_bookings_on_the_first_page(
    client: Browser, alice: Client, pavel: User, daisy: User, clock: Clock
) -> None:
    other = ProviderFactory(name="Aino")
    service = ServiceFactory(providers=[pavel.provider, other])
    book(alice, service, Clock.START.replace(hour=12), provider=pavel.provider)
    book(alice, service, Clock.START.replace(hour=14), provider=other)

    client.force_login(pavel)
    mine = client.get(HOME).context
    client.force_login(daisy)
    everybody = client.get(HOME).context

    assert (mine["booked_today"], everybody["booked_today"]) == (1, 2)
    assert "attention" not in mine
    assert "way_points" not in mine


@pytest.mark.django_db
def test_the_panel_speaks_the_staff_members_language(client: Browser, olga: User) -> None:
    olga.language = "fi"
    olga.save()
    client.force_login(olga)

    page = client.get(reverse("admin:clients_client_changelist")).content.decode()

    assert '<html lang="fi"' in page


@pytest.mark.django_db
def test_anonymous_htmx_request_loads_the_sign_in_page_as_a_whole(client: Browser) -> None:
    answer = client.get(reverse("backoffice:features"), headers={"HX-Request": "true"})

    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"].startswith("/admin/login/")


@pytest.mark.django_db
def test_a_refused_form_says_so_in_its_title_and_leads_to_what_is_missing(
    client: Browser, daisy: User
) -> None:
    client.force_login(daisy)

    page = client.post(reverse("admin:clients_client_add"), {"language": "en"}).content.decode()

    assert page.split("<title>")[1].lstrip().startswith("Error:")
    assert '<a href="#id_first_name">Enter the first name</a>' in page
    assert "This field is required" not in page


@pytest.mark.django_db
def test_lists_are_headed_by_what_they_list_and_the_strip_names_who_is_signed_in(
    client: Browser, olga: User
) -> None:
    client.force_login(olga)
    for name, title in (("clients_client", "Clients"), ("auth_group", "Roles")):
        answer = client.get(reverse(f"admin:{name}_changelist"))
        page = answer.content.decode()
        assert answer.context["title"] == title
        assert "Authentication and Authorization" not in page
        assert olga.name in page.split('class="desk-who"')[1][:200]


@pytest.mark.django_db
def test_the_refusal_of_the_roles_page_calls_them_roles(client: Browser, daisy: User) -> None:
    client.force_login(daisy)

    page = client.get(reverse("admin:auth_group_changelist"))

    assert page.status_code == 403
    assert "Roles" in page.content.decode()
    assert "Groups" not in page.content.decode()
