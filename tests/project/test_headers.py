"""Headers of every page, sessions of staff, language of the panel."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path
from django.utils.translation import get_language

from tests.conftest import Clock

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.project.test_headers")]


def page(request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"{request.csp_nonce}|{get_language()}|{request.user.is_authenticated}")  # type: ignore[attr-defined]


urlpatterns = [path("page/", page), path("admin/page/", page), path("admin-fan-club/", page)]


def policy(answer: Any) -> dict[str, str]:
    parts = (
        part.strip().partition(" ") for part in answer.headers["Content-Security-Policy"].split(";")
    )
    return {name: value for name, _, value in parts}


@pytest.fixture
def daisy() -> Any:
    return get_user_model().objects.create(
        email="daisy@desk.test", name="Daisy", is_staff=True, language="fi"
    )


def test_website_page_has_the_strict_policy(client: Client) -> None:
    answer = client.get("/page/")
    nonce = answer.content.decode().partition("|")[0]
    assert policy(answer) == {
        "default-src": "'self'",
        "script-src": f"'self' 'nonce-{nonce}'",
        "img-src": "'self' data:",
        "object-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
    }


def test_other_headers_of_every_page(client: Client) -> None:
    headers = client.get("/page/").headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["X-Frame-Options"] == "DENY"
    assert "camera=()" in headers["Permissions-Policy"]
    assert "HX-Request" in headers["Vary"]


def test_panel_relaxes_scripts_and_styles_and_nothing_else(client: Client) -> None:
    strict, relaxed = policy(client.get("/page/")), policy(client.get("/admin/page/"))
    assert "'unsafe-eval'" in relaxed["script-src"]
    assert "'nonce-" in relaxed["script-src"]
    assert "'unsafe-inline'" not in relaxed["script-src"]
    assert relaxed["style-src"] == "'self' 'unsafe-inline'"
    for name in strict.keys() - {"script-src"}:
        assert relaxed[name] == strict[name]


def test_an_address_that_only_looks_like_the_panel_is_strict(client: Client) -> None:
    assert "unsafe" not in client.get("/admin-fan-club/").headers["Content-Security-Policy"]


def test_signed_in_page_is_kept_by_no_cache(client: Client, daisy: Any) -> None:
    assert "Cache-Control" not in client.get("/page/").headers
    client.force_login(daisy)
    assert "no-store" in client.get("/page/").headers["Cache-Control"]


def test_panel_speaks_the_language_of_the_member_of_staff(client: Client, daisy: Any) -> None:
    client.force_login(daisy)
    assert "|fi|" in client.get("/admin/page/", headers={"accept-language": "en"}).content.decode()
    assert "|en|" in client.get("/page/", headers={"accept-language": "en"}).content.decode()


@pytest.mark.urls("loyalty_site.urls")
def test_foreign_host_is_refused_with_a_page_and_not_a_crash(client: Client) -> None:
    """T19; the page that says so must not ask for the host again."""
    answer = client.get("/", headers={"host": "elsewhere.example"})
    assert answer.status_code == 400
    assert b"elsewhere.example" not in answer.content


def is_signed_in(client: Client) -> bool:
    return client.get("/admin/page/").content.decode().endswith("|True")


def test_staff_who_work_stay_signed_in_until_twelve_hours(
    client: Client, daisy: Any, clock: Clock
) -> None:
    client.force_login(daisy)
    for _ in range(12 * 3):
        assert is_signed_in(client)
        clock.advance(minutes=20)
    clock.advance(minutes=1)
    assert not is_signed_in(client)


def test_idle_staff_are_signed_out(client: Client, daisy: Any, clock: Clock) -> None:
    client.force_login(daisy)
    assert is_signed_in(client)
    clock.advance(minutes=30)
    assert is_signed_in(client)
    clock.advance(minutes=31)
    assert not is_signed_in(client)


def test_clients_are_not_hurried(client: Client, clock: Clock) -> None:
    alice = get_user_model().objects.create(email="alice@client.test", name="Alice")
    client.force_login(alice)
    assert is_signed_in(client)
    clock.advance(days=3)
    assert is_signed_in(client)
