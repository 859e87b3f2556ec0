"""Every page of the website on a phone, light and dark."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from clients.models import Client
from tests.browser import Visitors
from tests.journeys.looking import TOLERATED, check
from tests.journeys.pages import ALICE, GUEST, client_pages
from tests.journeys.salon import fill_salon

pytestmark = [pytest.mark.journey, pytest.mark.once]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_of_the_website(
    page_at: Visitors,
    axe: Callable[..., None],
    alice: Client,
    scheme: str,
) -> None:
    looks = client_pages(fill_salon(alice))
    pages = {
        GUEST: page_at("phone", scheme=scheme, tolerate=TOLERATED),
        ALICE: page_at("phone", scheme=scheme, user=alice.user, tolerate=TOLERATED),
    }
    check(looks, pages, page_at, axe, narrow=True)
