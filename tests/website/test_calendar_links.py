"""A visit in web calendars, and the business on a map (C9)."""

from __future__ import annotations

import html
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client as Browser

from bookings.models import Visit
from bookings.visits import manage_key
from business.models import Business
from clients.models import Client
from sales.visits import cancel_visit
from tests.factories import book
from tests.website.booking import THURSDAY_10, massage

pytestmark = pytest.mark.django_db


@pytest.fixture
def visit(alice: Client) -> Visit:
    Business.objects.update(
        name="Birch & Berry", street="Nygade 1", postcode="8000", city="Aarhus Ø"
    )
    return book(alice, massage(), THURSDAY_10)


def page_of(browser: Browser, visit: Visit, part: str = "") -> str:
    address = f"/booking/{visit.ref}/{part}?k={manage_key(visit)}"
    return browser.get(address).content.decode()


def outside(page: str) -> dict[str, dict[str, list[str]]]:
    """The links to other hosts, by host: what their query says."""
    found = [
        (html.unescape(tag), re.search(r'href="(https://[^"]*)"', tag))
        for tag in re.findall(r"<a [^>]*>", page)
    ]
    links = {}
    for tag, match in found:
        if match is not None:
            assert 'rel="noopener noreferrer"' in tag
            parts = urlsplit(html.unescape(match[1]))
            links[parts.netloc] = parse_qs(parts.query, strict_parsing=True)
    return links


def test_links_say_when_what_and_where_and_hold_no_key(client: Browser, visit: Visit) -> None:
    page = page_of(client, visit)
    links = outside(page)

    assert links["calendar.google.com"] == {
        "action": ["TEMPLATE"],
        "text": ["Birch & Berry: appointment"],
        "dates": ["20251106T080000Z/20251106T090000Z"],
        "details": ["Deep tissue massage with Aino"],
        "location": ["Nygade 1, 8000 Aarhus Ø"],
    }
    assert links["outlook.live.com"] == {
        "path": ["/calendar/action/compose"],
        "rru": ["addevent"],
        "subject": ["Birch & Berry: appointment"],
        "startdt": ["2025-11-06T08:00:00Z"],
        "enddt": ["2025-11-06T09:00:00Z"],
        "body": ["Deep tissue massage with Aino"],
        "location": ["Nygade 1, 8000 Aarhus Ø"],
    }
    assert links["www.openstreetmap.org"] == {"query": ["Nygade 1, 8000 Aarhus Ø"]}
    for told in links.values():
        assert manage_key(visit) not in str(told)
        assert visit.ref not in str(told)
        assert "alice" not in str(told).lower()


def test_without_an_address_there_is_no_map(client: Browser, visit: Visit) -> None:
    Business.objects.update(street="", postcode="", city="")
    links = outside(page_of(client, visit))
    assert set(links) == {"calendar.google.com", "outlook.live.com"}
    assert "location" not in links["calendar.google.com"]


def test_what_is_cancelled_is_offered_to_no_calendar(client: Browser, visit: Visit) -> None:
    cancel_visit(visit=visit, actor=None)
    assert set(outside(page_of(client, visit))) == {"www.openstreetmap.org"}


def test_the_page_that_cancels_leads_nowhere_else(client: Browser, visit: Visit) -> None:
    assert outside(page_of(client, visit, "cancel/")) == {}
