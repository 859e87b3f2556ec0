"""Who is coming is typed once: it goes along to another service, another class and a waiting list,
and to nobody else (ux C5–C7, C11)."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client as Browser

from bookings.models import Hold
from catalogue.models import Service, ServiceProvider
from clients.models import Client
from tests.conftest import Clock
from tests.factories import (
    ClassServiceFactory,
    ProviderFactory,
    ServiceFactory,
)
from tests.website.booking import (
    GUEST,
    THURSDAY_10,
    aino,
    choose_time,
    fill,
    give_details,
    last_button,
    massage,
    text_of,
)
from tests.website.test_classes import run

pytestmark = pytest.mark.django_db
TYPED = GUEST | {"phone": "+358 40 1234567"}


def typed_in(page: Any) -> dict[str, str]:
    """What stands in the fields about who is coming."""
    found = {}
    for field in re.findall(r"<input[^>]*>", page.content.decode()):
        pairs = dict(re.findall(r'(\w+)="([^"]*)"', field))
        if pairs.get("name") in ("first_name", "last_name", "email", "phone"):
            found[pairs["name"]] = pairs.get("value", "")
    return found


PERSON = {name: TYPED[name] for name in ("first_name", "last_name", "email", "phone")}
NOBODY = dict.fromkeys(PERSON, "")


@pytest.fixture
def deep(db: None) -> Service:
    return massage()


@pytest.fixture
def short(deep: Service) -> Service:
    """Another service, of one of the two people."""
    return ServiceFactory(
        slug="head", name_en="Head massage", minutes=30, providers=[aino(deep)], price_minor=3500
    )


def links_to(page: Any, path: str) -> list[str]:
    return [
        href.replace("&amp;", "&")
        for href in re.findall(r'href="([^"]*)"', page.content.decode())
        if href.startswith(path)
    ]


def test_another_service_takes_the_place_of_the_draft(
    client: Browser, deep: Service, short: Service
) -> None:
    review = give_details(client, choose_time(client, deep, THURSDAY_10))
    token = Hold.objects.get().token
    (change,) = links_to(client.get(review), "/book/?")
    assert change == f"/book/?draft={token}"
    (head,) = links_to(client.get(change), "/book/head/")
    times = client.get(head, follow=True)
    assert f'name="draft" value="{token}"' in times.content.decode()
    assert (
        'value="2025-11-06T08:00:00+00:00"'
        in client.get(f"{head}&day=2025-11-06", follow=True).content.decode()
    )
    details = choose_time(client, short, THURSDAY_10, draft=token)
    assert typed_in(client.get(details)) == PERSON
    assert Hold.objects.get().service == short


def test_the_search_for_another_service_keeps_the_draft(
    client: Browser, deep: Service, short: Service
) -> None:
    choose_time(client, deep, THURSDAY_10)
    token = Hold.objects.get().token
    assert links_to(client.get(f"/book/?q=head&draft={token}"), "/book/head/") == [
        f"/book/head/?draft={token}"
    ]
    assert f"/book/?draft={token}" in links_to(client.get(f"/book/?q=brow&draft={token}"), "/book/")


def test_a_service_chosen_from_the_menu_begins_with_who_is_coming(
    client: Browser, deep: Service, short: Service
) -> None:
    give_details(client, choose_time(client, deep, THURSDAY_10), note="By the window")
    details = choose_time(client, short, THURSDAY_10.replace(hour=12))
    page = client.get(details)
    assert typed_in(page) == PERSON
    assert "By the window" in page.content.decode()
    assert Hold.objects.count() == 2


def test_who_loses_the_last_place_types_nothing_again_to_wait(client: Browser) -> None:
    yoga = ClassServiceFactory(slug="yoga", name_en="Yoga basics", places=1)
    session = run(yoga, ProviderFactory(name="Freja"))
    details = client.post(f"/classes/s/{session.pk}/")["Location"]
    review = give_details(client, details)
    sent = last_button(client, review)
    fill(session)
    assert client.post(review, sent).status_code == 409
    assert typed_in(client.get(f"/classes/s/{session.pk}/")) == PERSON


def test_what_was_only_typed_goes_along_too(client: Browser, deep: Service, short: Service) -> None:
    details = choose_time(client, deep, THURSDAY_10)
    client.post(details.replace("details", "keep"), {"first_name": "Greta", "phone": "12"})
    page = client.get(choose_time(client, short, THURSDAY_10.replace(hour=12)))
    assert typed_in(page) == NOBODY | {"first_name": "Greta", "phone": "12"}


def test_nothing_goes_along_to_the_next_at_the_same_browser(
    client: Browser, deep: Service, short: Service, clock: Clock
) -> None:
    review = give_details(client, choose_time(client, deep, THURSDAY_10))
    clock.advance(hours=1, seconds=1)
    details = choose_time(client, short, THURSDAY_10.replace(hour=12))
    assert typed_in(client.get(details)) == NOBODY
    assert client.get(review).status_code == 200


def test_nothing_goes_along_from_a_draft_that_was_booked(
    client: Browser, deep: Service, short: Service
) -> None:
    review = give_details(client, choose_time(client, deep, THURSDAY_10))
    assert client.post(review, last_button(client, review)).status_code == 302
    details = choose_time(client, short, THURSDAY_10.replace(hour=12))
    assert typed_in(client.get(details)) == NOBODY


def test_nothing_goes_along_from_a_guest_to_a_login(
    client: Browser, deep: Service, short: Service, alice: Client
) -> None:
    give_details(client, choose_time(client, deep, THURSDAY_10), note="Greta's own words")
    client.force_login(alice.user)  # type: ignore[arg-type]
    page = client.get(choose_time(client, short, THURSDAY_10.replace(hour=12)))
    assert "own words" not in page.content.decode()


def test_the_bar_names_the_price_of_the_only_one_who_is_free(
    client: Browser, deep: Service, short: Service
) -> None:
    ServiceProvider.objects.filter(service=deep, provider__name="Jonas").update(price_minor=7900)
    asked = {"at": THURSDAY_10.isoformat(), "with": "any", "day": "2025-11-06"}
    assert "from €72.00" in text_of(client.get("/book/deep-tissue/times/", asked))
    choose_time(Browser(), short, THURSDAY_10)
    bar = client.get(
        "/book/deep-tissue/times/", asked, headers={"HX-Request": "true", "HX-Target": "bar-text"}
    )
    assert text_of(bar) == "10:00–11:00 · €79.00"
