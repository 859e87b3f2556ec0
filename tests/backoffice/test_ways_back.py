"""A session that ended leads back to a page, and what is no page says so in the panel's frame."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client as Browser
from django.urls import resolve

from clients.models import Client
from foundation.models import User
from tests.factories import PASSWORD
from tests.hostile.world import make_world

pytestmark = pytest.mark.django_db

HERE = "http://testserver"
REPORT = "/admin/reports/loyalty/"
SOME_REPORT = f"{REPORT}?range=all&kind=earn"


def back_of(answer: Any) -> str:
    """Where signing in leads to after ``answer``, which leads to the sign-in page."""
    place = urlsplit(answer.headers.get("HX-Redirect") or answer.headers["Location"])
    assert place.path == "/admin/login/"
    return parse_qs(place.query)["next"][0]


@pytest.mark.parametrize(
    ("sent_from", "back"),
    [
        (f"{HERE}/admin/reports/exports/7/", "/admin/reports/exports/7/"),
        (HERE + SOME_REPORT, SOME_REPORT),
        (f"{HERE}/admin/reports/exports/7/cancel/", "/admin/"),
        ("http://evil.test/admin/reports/exports/7/", "/admin/"),
        (f"{HERE}//evil.test/admin/", "/admin/"),
        (f"{HERE}/", "/admin/"),
        (f"{HERE}/admin/login/", "/admin/"),
        (f"{HERE}/nothing/", "/admin/"),
        ("nonsense", "/admin/"),
        (None, "/admin/"),
    ],
)
def test_a_form_sent_without_a_session_leads_back_to_the_page_around_it(
    client: Browser, sent_from: str | None, back: str
) -> None:
    headers = {"Referer": sent_from} if sent_from else {}

    assert back_of(client.post("/admin/reports/exports/7/cancel/", headers=headers)) == back


@pytest.mark.parametrize(
    "address", [f"{REPORT}add/", f"{REPORT}?kind=spend", "/admin/clients/client/1/change/"]
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_a_fragment_without_a_session_leads_back_to_the_page_around_it(
    client: Browser, address: str, method: str
) -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": f"{HERE}{SOME_REPORT}#row"}

    answer = getattr(client, method)(address, headers=headers)

    assert answer.status_code == 401
    assert back_of(answer) == SOME_REPORT


def test_a_fragment_of_another_site_leads_to_the_first_page(client: Browser) -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": f"http://evil.test{SOME_REPORT}"}

    assert back_of(client.get(REPORT, headers=headers)) == "/admin/"


def test_after_signing_in_the_report_is_as_it_was(client: Browser, maria: User) -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": HERE + SOME_REPORT}
    door = client.post(f"{REPORT}add/", headers=headers).headers["HX-Redirect"]

    answer = client.post(door, {"username": maria.email, "password": PASSWORD})

    assert answer.headers["Location"] == SOME_REPORT


def test_signing_out_without_a_session_leads_to_the_first_page(client: Browser) -> None:
    answer = client.post("/admin/logout/", headers={"Referer": HERE + SOME_REPORT})

    assert answer.headers["Location"] == "/admin/"


def test_every_address_that_only_takes_a_form_is_known_for_it(
    client: Browser, alice: Client, pavel: User, olga: User
) -> None:
    """``foundation.staff.post_only``: else somebody is led to it after signing in."""
    paths = make_world(alice, pavel).paths
    client.force_login(olga)

    unknown = [
        name
        for name, path in paths.items()
        if path.startswith("/admin/")
        and name != "admin:logout"
        and client.get(path).status_code == 405
        and not hasattr(resolve(path).func, "is_post_only")
    ]

    assert unknown == []


def test_what_staff_do_not_find_is_said_in_the_panel(client: Browser, daisy: User) -> None:
    client.force_login(daisy)
    for path in ("/admin/nothing/", "/admin/bookings/999999/", "/admin/reports/nothing/"):
        answer = client.get(path)
        page = answer.content.decode()
        assert answer.status_code == 404
        assert "We could not find that page" in page
        assert "Back to today" in page
        assert 'id="nav-sidebar"' in page


def test_a_member_of_staff_misses_a_page_of_the_website_on_the_website(
    client: Browser, daisy: User
) -> None:
    client.force_login(daisy)

    page = client.get("/nothing/").content.decode()

    assert "See services and times" in page
    assert 'id="nav-sidebar"' not in page


@pytest.mark.parametrize("path", ["/admin/reports/exports/1/cancel/", "/admin/logout/"])
def test_an_address_that_cannot_be_opened_is_no_blank_page(
    client: Browser, maria: User, path: str
) -> None:
    client.force_login(maria)

    answer = client.get(path)

    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]
    assert "Nothing was changed." in answer.content.decode()
    assert "Back to today" in answer.content.decode()


def test_who_is_not_staff_sees_nothing_of_the_panel(client: Browser, alice: Client) -> None:
    assert alice.user is not None
    for _ in range(2):
        answer = client.get("/admin/features/loyalty/delay/")
        assert answer.status_code == 405
        assert b"nav-sidebar" not in answer.content
        client.force_login(alice.user)
