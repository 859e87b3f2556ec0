"""Every page of the panel, opened on a desk and seen on a phone too, in light and dark."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from clients.models import Client
from foundation.models import User
from tests.browser import Visitors
from tests.journeys.looking import TOLERATED, check
from tests.journeys.pages import DAISY, GUEST, OLGA, panel_pages
from tests.journeys.salon import fill_salon

pytestmark = [pytest.mark.journey, pytest.mark.once, pytest.mark.long]


def test_every_page_of_the_panel(
    page_at: Visitors,
    axe: Callable[..., None],
    alice: Client,
    pavel: User,
    daisy: User,
    olga: User,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("reports.export_pages.MOST_ROWS", 0)
    looks = panel_pages(fill_salon(alice, pavel.provider))
    people = {GUEST: None, DAISY: daisy, OLGA: olga}
    pages = {who: page_at("desk", user=user, tolerate=TOLERATED) for who, user in people.items()}
    check(looks, pages, page_at, axe, narrow=False)
