"""The account's first page and one's own data (C20, C25), and the choice of colours."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client as Browser

from clients.models import Client
from foundation.models import User
from tests.conftest import Clock
from tests.factories import (
    EarningRuleFactory,
    ProviderFactory,
    ServiceFactory,
    book,
    give_card,
    give_points,
    turn_on,
)

pytestmark = pytest.mark.django_db

OWN_PAGES = [
    "/account/",
    "/account/points/",
    "/account/gift-cards/",
    "/account/profile/",
    "/account/consents/",
]


@pytest.fixture
def as_alice(client: Browser, alice: Client) -> Browser:
    client.force_login(alice.user)
    return client


def booked(client: Client, day: int = 5, **service: object) -> object:
    provider = ProviderFactory()
    offered = ServiceFactory(providers=[provider], **service)
    EarningRuleFactory(service=offered)
    starts = dt.datetime(2025, 11, day, 9, 0, tzinfo=dt.UTC)
    return book(client, offered, starts, provider=provider)


@pytest.mark.parametrize("page", OWN_PAGES)
def test_strangers_sign_in_first_and_come_back(client: Browser, page: str) -> None:
    answer = client.get(page)
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"/account/login/?next={page}"


@pytest.mark.parametrize("page", OWN_PAGES)
def test_own_pages_are_kept_by_no_cache_and_no_search_engine(as_alice: Browser, page: str) -> None:
    answer = as_alice.get(page)
    assert answer.status_code == 200
    assert "no-store" in answer.headers["Cache-Control"]
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert answer.content.decode().count("<h1") == 1


@pytest.mark.parametrize("page", OWN_PAGES)
def test_htmx_is_sent_to_sign_in_as_a_page(client: Browser, page: str) -> None:
    answer = client.get(page, headers={"HX-Request": "true"})
    assert answer.status_code == 401
    assert answer.headers["HX-Redirect"] == "/account/login/?next=/account/"


def test_overview_of_a_new_client_offers_to_book(as_alice: Browser) -> None:
    page = as_alice.get("/account/").content.decode()
    assert "Hello Alice" in page
    assert "Nothing booked yet" in page


def test_overview_shows_next_visit_points_and_cards(as_alice: Browser, alice: Client) -> None:
    turn_on("loyalty")
    booked(alice, name_en="Deep tissue massage")
    give_points(alice, 340)
    give_card(alice, 5000)
    give_card(alice, 2000)
    page = as_alice.get("/account/").content.decode()
    assert "Deep tissue massage" in page
    assert "Wed 5 Nov 11:00" in page  # Helsinki
    assert "340 points" in page
    assert "60 points on the way" in page
    assert "2 cards · €70.00" in page


def test_overview_offers_to_book_the_last_service_again(
    as_alice: Browser, alice: Client, clock: Clock
) -> None:
    booked(alice, name_en="Haircut", slug="haircut")
    clock.advance(days=2)
    page = as_alice.get("/account/").content.decode()
    assert "Book again" in page
    assert "/book/haircut/" in page


def test_overview_needs_the_same_queries_for_much_and_for_little(
    as_alice: Browser, alice: Client, django_assert_max_num_queries: object
) -> None:
    turn_on("loyalty")

    def queries() -> int:
        with django_assert_max_num_queries(30) as seen:  # type: ignore[operator]
            as_alice.get("/account/")
        return len(seen)

    booked(alice)
    give_card(alice)
    give_points(alice, 1)
    few = queries()
    for day in (6, 7, 10):
        booked(alice, day)
        give_card(alice)
        give_points(alice, 1)
    assert queries() == few


def test_a_login_without_client_record_gets_one_only_when_it_asks(
    client: Browser, db: None
) -> None:
    user = User.objects.create_user("staff@salon.test", name="Daisy Dahl", is_staff=True)
    client.force_login(user)
    for page in OWN_PAGES:
        assert b"Open my account" in client.get(page).content
    assert not Client.objects.filter(user=user).exists()
    answer = client.post("/account/open/")
    assert answer.headers["Location"] == "/account/"
    assert Client.objects.get(user=user).full_name == "Daisy Dahl"


# --- own data ---------------------------------------------------------------------------------

DETAILS = {"first_name": "Alice", "last_name": "Aho", "phone": "040 123 4567", "language": "en"}


def test_profile_is_saved(as_alice: Browser, alice: Client) -> None:
    answer = as_alice.post("/account/profile/", DETAILS)
    assert answer.headers["Location"] == "/account/profile/"
    alice.refresh_from_db()
    assert (alice.full_name, str(alice.phone.as_e164)) == ("Alice Aho", "+358401234567")
    assert "aho" in alice.search_name
    assert b"Saved" in as_alice.get("/account/profile/").content


def test_profile_may_do_without_phone_and_last_name(as_alice: Browser, alice: Client) -> None:
    as_alice.post("/account/profile/", DETAILS | {"phone": "", "last_name": ""})
    alice.refresh_from_db()
    assert (alice.full_name, str(alice.phone)) == ("Alice", "")


def test_profile_leads_back_to_the_page_that_sent_there(as_alice: Browser) -> None:
    draft = "/book/d/some-token/details/"
    page = as_alice.get(f"/account/profile/?next={draft}").content.decode()
    assert f'name="next" value="{draft}"' in page
    wrong = as_alice.post("/account/profile/", DETAILS | {"next": draft, "first_name": ""})
    assert wrong.status_code == 422
    assert f'name="next" value="{draft}"' in wrong.content.decode()
    assert as_alice.post("/account/profile/", DETAILS | {"next": draft})["Location"] == draft
    in_finnish = as_alice.post("/account/profile/", DETAILS | {"next": draft, "language": "fi"})
    assert in_finnish["Location"] == f"/fi{draft}"


@pytest.mark.parametrize(
    "back", ["https://evil.example/", "//evil.example/", "/\\evil.example/", "javascript:alert(1)"]
)
def test_profile_leads_to_no_other_site(as_alice: Browser, back: str) -> None:
    answer = as_alice.post("/account/profile/", DETAILS | {"next": back})
    assert answer["Location"] == "/account/profile/"


def test_profile_in_another_language_goes_on_in_it(as_alice: Browser, alice: Client) -> None:
    answer = as_alice.post("/account/profile/", DETAILS | {"language": "fi"})
    assert answer.headers["Location"] == "/fi/account/profile/"
    alice.refresh_from_db()
    assert alice.language == "fi"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("first_name", ""),
        ("first_name", "x" * 61),
        ("first_name", "A\x00lice"),
        ("phone", "12"),
        ("phone", "9" * 500),
        ("language", "sv"),
    ],
)
def test_profile_refuses_with_summary_and_typed_values(
    as_alice: Browser, alice: Client, field: str, value: str
) -> None:
    answer = as_alice.post("/account/profile/", DETAILS | {"last_name": "Typed", field: value})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "There is a problem" in page
    assert "<title>Error: " in page
    assert 'value="Typed"' in page
    alice.refresh_from_db()
    assert alice.last_name == "Andersen"


def test_profile_takes_no_field_it_does_not_show(as_alice: Browser, alice: Client) -> None:
    as_alice.post("/account/profile/", DETAILS | {"email": "other@example.test", "note": "x"})
    alice.refresh_from_db()
    assert (alice.email, alice.note) == ("alice@example.test", "")


# --- colours ----------------------------------------------------------------------------------


def test_theme_is_kept_in_a_cookie_and_printed_by_the_server(client: Browser, db: None) -> None:
    answer = client.post("/theme/", {"theme": "dark", "next": "/contact/?a=1"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/contact/?a=1")
    assert 'data-bs-theme="dark"' in client.get("/contact/").content.decode()
    client.post("/theme/", {"theme": "system", "next": "/contact/"})
    assert "data-bs-theme=" not in client.get("/contact/").content.decode()


@pytest.mark.parametrize(
    "back",
    [
        "https://evil.test/",
        "//evil.test/",
        "/\\evil.test",
        "javascript:alert(1)",
        "contact/",
        "",
        "/a\x00b",
        "x" * 5000,
    ],
)
def test_theme_leads_nowhere_else(client: Browser, db: None, back: str) -> None:
    answer = client.post("/theme/", {"theme": "dark", "next": back})
    assert answer.headers["Location"] == "/"


def test_theme_is_changed_by_post_only(client: Browser, db: None) -> None:
    assert client.get("/theme/?theme=dark").status_code == 405


@pytest.mark.parametrize("value", ["", "pink", "dark\x00", "x" * 9000])
def test_an_unknown_theme_is_the_device_s(client: Browser, db: None, value: str) -> None:
    client.post("/theme/", {"theme": value, "next": "/contact/"})
    assert "data-bs-theme=" not in client.get("/contact/").content.decode()


# --- plain pages ------------------------------------------------------------------------------


@pytest.mark.parametrize("page", ["contact", "terms", "privacy", "accessibility"])
@pytest.mark.parametrize("prefix", ["/", "/da/", "/fi/"])
def test_plain_pages(client: Browser, db: None, page: str, prefix: str) -> None:
    answer = client.get(f"{prefix}{page}/")
    assert answer.status_code == 200
    assert answer.content.decode().count("<h1") == 1


def test_robots_keep_out_of_personal_pages_in_every_language(client: Browser, db: None) -> None:
    lines = client.get("/robots.txt").content.decode().splitlines()
    assert "Disallow: /admin/" in lines
    for prefix in ("/", "/da/", "/fi/"):
        assert f"Disallow: {prefix}account/" in lines
        assert f"Disallow: {prefix}g/" in lines


def test_password_managers_find_the_page(client: Browser, db: None) -> None:
    answer = client.get("/.well-known/change-password")
    assert answer.headers["Location"] == "/account/password/change/"
