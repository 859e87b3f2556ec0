"""Every page of the panel on a desk, light and dark."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from clients.models import Client
from foundation.models import User
from tests.browser import Visitors
from tests.journeys.looking import TOLERATED, check
from tests.journeys.pages import OLGA, panel_pages
from tests.journeys.salon import fill_salon

pytestmark = [pytest.mark.journey, pytest.mark.once]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_of_the_panel(
    page_at: Visitors,
    axe: Callable[..., None],
    alice: Client,
    pavel: User,
    olga: User,
    scheme: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("reports.export_pages.MOST_ROWS", 0)
    looks = panel_pages(fill_salon(alice, pavel.provider))
    desk = page_at("desk", scheme=scheme, user=olga, tolerate=TOLERATED)
    check(looks, {OLGA: desk}, page_at, axe, narrow=False)
