"""A service that follows another in one visit: with whom, and with what on top (C4–C7)."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.test import Client as Browser

from bookings.models import Hold, Visit
from catalogue.models import AddOn, Provider, Service, ServiceProvider
from foundation.form_tokens import new_form_token
from tests.conftest import Clock
from tests.factories import AddOnFactory, ProviderFactory, ServiceFactory
from tests.website.booking import GUEST, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def aino(db: None) -> Provider:
    return ProviderFactory(name="Aino", position=1)


@pytest.fixture
def freja(db: None) -> Provider:
    return ProviderFactory(name="Freja", position=2)


@pytest.fixture
def facial(aino: Provider) -> Service:
    """An hour for 72.00, by Aino alone."""
    return ServiceFactory(name_en="Facial", slug="facial", providers=[aino])


@pytest.fixture
def brows(aino: Provider, freja: Provider) -> Service:
    """Half an hour for 20.00, 26.00 with Freja."""
    service = ServiceFactory(
        name_en="Brows", slug="brows", minutes=30, price_minor=2000, providers=[aino, freja]
    )
    ServiceProvider.objects.filter(service=service, provider=freja).update(price_minor=2600)
    return service


@pytest.fixture
def tint(brows: Service) -> AddOn:
    """Ten minutes more, 9.00."""
    return AddOnFactory(name_en="Tint", services=[brows], minutes=10, price_minor=900)


def times(browser: Browser, **query: object) -> str:
    return text_of(browser.get("/book/facial/times/", query))


def chooser(browser: Browser, line: object, **query: object) -> str:
    return browser.get("/book/facial/", {"line": line, **query}).content.decode()


def test_the_step_of_a_line_shows_its_people_and_add_ons(
    client: Browser, facial: Service, brows: Service, tint: AddOn, freja: Provider
) -> None:
    page = chooser(client, 2, then=brows.pk)

    assert f'name="with2" value="{freja.pk}"' in page
    assert f'name="extra2" value="{tint.pk}"' in page
    assert f'name="then" value="{brows.pk}"' in page
    assert "€26.00" in page
    assert "Tint" in page


def test_what_is_ticked_for_a_line_is_counted(
    client: Browser, facial: Service, brows: Service, tint: AddOn, freja: Provider
) -> None:
    page = times(client, then=brows.pk, with2=freja.pk, extra2=tint.pk)
    assert "Brows + Tint · 40 min · €35.00" in page
    assert "Freja" in page
    assert "100 min · €107.00" in page


def test_the_change_link_of_a_line_leads_to_its_step_and_back(
    client: Browser, facial: Service, brows: Service, tint: AddOn, freja: Provider
) -> None:
    body = client.get("/book/facial/times/", {"then": brows.pk, "with2": freja.pk}).content.decode()
    (link,) = re.findall(r'href="(/book/facial/\?line=2[^"]*)"', body)
    page = client.get(link.replace("&amp;", "&")).content.decode()
    assert re.search(rf'name="with2" value="{freja.pk}" checked', page)


def test_a_line_that_nobody_can_choose_for_has_no_step(
    client: Browser, facial: Service, brows: Service, aino: Provider
) -> None:
    only = ServiceFactory(name_en="Lashes", slug="lashes", providers=[aino])
    page = client.get("/book/facial/times/", {"then": only.pk}).content.decode()
    assert "line=2" not in page
    assert "Aino" in text_of(client.get("/book/facial/times/", {"then": only.pk}))


def test_nonsense_about_a_line_is_left_out(
    client: Browser, facial: Service, brows: Service, tint: AddOn, aino: Provider
) -> None:
    other = AddOnFactory(name_en="Clay mask", services=[ServiceFactory()])
    stranger = ProviderFactory(name="Ville")
    for value in (other.pk, stranger.pk, "x", "9" * 30, "\0"):
        page = times(client, then=brows.pk, with2=value, extra2=value)
        assert "Ville" not in page
        assert "Clay mask" not in page
    for line in (1, 3, 9, 77, "x"):
        assert client.get("/book/facial/", {"line": line, "then": brows.pk}).status_code == 302


def test_adding_a_service_stays_on_the_chosen_day(
    client: Browser, facial: Service, brows: Service
) -> None:
    kept = '<input type="hidden" form="add-service" name="day" value="2025-11-06">'

    assert kept in client.get("/book/facial/times/", {"day": "2025-11-06"}).content.decode()
    assert 'form="add-service"' not in client.get("/book/facial/times/").content.decode()


def test_what_is_chosen_anew_stays_on_the_chosen_day(
    client: Browser, facial: Service, brows: Service, tint: AddOn, freja: Provider
) -> None:
    """Removing a line, another person, and what goes on top; the links follow when a click swaps
    the day alone. Without a chosen day the first free one is looked for again."""
    here = "/book/facial/times/"
    asked = {"then": brows.pk, "day": "2025-11-06"}
    by_htmx = {"headers": {"HX-Request": "true", "HX-Target": "times"}}
    for answer in (client.get(here, asked), client.get(here, asked, **by_htmx)):
        body = answer.content.decode()
        links = re.findall(r'class="change"><a href="(\?[^"]*|/book/facial/[^"]*)"', body)
        assert links, body
        assert all("day=2025-11-06" in link for link in links)
    assert 'id="facts" hx-swap-oob="true"' in body
    step = client.get("/book/facial/", {"line": 2, **asked}).content.decode()
    assert '<input type="hidden" name="day" value="2025-11-06">' in step
    plain = client.get(here, {"then": brows.pk}).content.decode()
    assert "day=" not in plain.split("</dl>")[0]
    assert "oob" not in plain


def test_removing_a_line_keeps_what_was_chosen_for_the_others(
    client: Browser, facial: Service, brows: Service, tint: AddOn, freja: Provider
) -> None:
    lashes = ServiceFactory(name_en="Lashes", slug="lashes", providers=[freja])
    body = client.get(
        "/book/facial/times/",
        {"then": [lashes.pk, brows.pk], "with3": freja.pk, "extra3": tint.pk},
    ).content.decode()
    (link,) = re.findall(r'href="(\?[^"]*)" aria-label="Remove Lashes"', body)
    page = text_of(client.get("/book/facial/times/" + link.replace("&amp;", "&")))
    assert "Brows + Tint · 40 min · €35.00" in page
    assert "Lashes" not in page.split("Add another service")[0]


def test_a_visit_is_booked_as_its_lines_were_chosen(
    client: Browser, clock: Clock, facial: Service, brows: Service, tint: AddOn, freja: Provider
) -> None:
    starts_at = clock.now.replace(hour=8) + dt.timedelta(days=1)
    chosen = {"then": brows.pk, "with2": freja.pk, "extra2": tint.pk}
    answer = client.post(
        "/book/facial/times/", {"starts_at": starts_at.isoformat(), "with": "any", **chosen}
    )
    assert answer.status_code == 302
    hold = Hold.objects.get()
    client.post(f"/book/d/{hold.token}/details/", GUEST)
    review = client.get(f"/book/d/{hold.token}/review/")
    assert "you pay €107.00 at the salon" in text_of(review)
    # The Change links ask for the same again.
    assert f"with2={freja.pk}&amp;extra2={tint.pk}" in review.content.decode()

    sent = {"form_token": new_form_token(), "total": 10700, "cards_pay": 0}
    assert client.post(f"/book/d/{hold.token}/review/", sent).status_code == 302
    first, second = Visit.objects.get().bookings.order_by("starts_at")
    assert first.provider.name == "Aino"
    assert (second.provider, second.price_minor) == (freja, 3500)
    assert [each.name for each in second.add_ons.all()] == ["Tint"]
