"""Every page of the website, opened on a phone and seen on a desk too, in light and dark."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.urls import resolve

from clients.models import Client
from tests.browser import Visitors
from tests.journeys.looking import TOLERATED, check
from tests.journeys.pages import ALICE, GUEST, client_pages
from tests.journeys.salon import fill_salon
from tests.project.addresses import ACCOUNTS, WEBSITE

pytestmark = [pytest.mark.journey, pytest.mark.once, pytest.mark.long]


def test_every_page_of_the_website(
    page_at: Visitors, axe: Callable[..., None], alice: Client
) -> None:
    looks = client_pages(fill_salon(alice))
    pages = {
        GUEST: page_at("phone", tolerate=TOLERATED),
        ALICE: page_at("phone", user=alice.user, tolerate=TOLERATED),
    }
    check(looks, pages, page_at, axe, narrow=True)


# Files and parts of pages; and the page of a login that has no record yet.
NO_PAGE = {
    "healthz",
    "website:next_time",
    "website:service_next",
    "website:visit_calendar",
    "website:provider_feed",
    "website:robots",
    "website:open_account",
}


@pytest.mark.django_db
def test_every_page_of_the_website_is_on_the_list(alice: Client) -> None:
    paths = [look.path.partition("?")[0] for look in client_pages(fill_salon(alice))]
    # The rest is there to be refused, or in another language.
    there = [path for path in paths if not ("nothing" in path or path.startswith("/fi/"))]
    seen = {resolve(path).view_name for path in there}
    pages = {
        name
        for name, here in (WEBSITE | ACCOUNTS).items()
        if 200 in (here.guest, here.alice) and name not in NO_PAGE
    }

    assert sorted(pages - seen) == []
