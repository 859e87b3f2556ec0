"""The loyalty points report as a page (S14)."""

from __future__ import annotations

import datetime as dt
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from foundation.models import User
from loyalty.models import PointEntry
from reports import movements
from tests.conftest import Clock
from tests.factories import (
    ClientFactory,
    EarningRuleFactory,
    ServiceFactory,
    book,
    give_points,
    turn_off,
)
from tests.reports.conftest import House

pytestmark = pytest.mark.django_db

REPORT = "/admin/reports/loyalty/"
COMING = "/admin/reports/loyalty/on-the-way/"
CLIENTS = "/admin/reports/clients/"


def test_each_movement_says_what_it_is_about_and_who(house: House, desk: Browser) -> None:
    page = desk.get(REPORT).content.decode()
    assert "1 × 60 = 60 for Deep tissue massage, Tue 4 Nov 12:00" in page
    assert "Sorry about the RÄKSMÖRGÅS" in page
    assert "Big present" in page
    assert "−500" in page
    assert "Alice Andersen" in page
    assert "The system" in page


def test_newest_stands_on_top_and_the_order_can_be_turned(house: House, desk: Browser) -> None:
    def first(query: str) -> int:
        return desk.get(f"{REPORT}?{query}").context["lines"][0].entry.amount

    assert first("") == -20
    assert first("order=oldest") == 1000


def test_filters_that_are_on_are_chips_that_can_be_taken_off(house: House, desk: Browser) -> None:
    answer = desk.get(f"{REPORT}?client={house.alice.pk}&kind=earn&first=2025-11-01")
    chips = {str(chip.label): (chip.value, chip.without) for chip in answer.context["chips"]}
    alice = f"client={house.alice.pk}"
    assert chips == {
        "Dates": ("From 1 Nov 2025", f"?{alice}&kind=earn"),
        "Client": ("Alice Andersen", "?first=2025-11-01&kind=earn"),
        "Kind": ("Earned", f"?first=2025-11-01&{alice}"),
    }
    assert "Clear all" in answer.content.decode()


@pytest.mark.parametrize("address", [REPORT, COMING])
def test_days_the_wrong_way_round_stay_as_they_were_typed(
    house: House, desk: Browser, address: str
) -> None:
    page = desk.get(f"{address}?first=2025-11-20&last=2025-11-01").content.decode()
    assert 'name="first" id="id_first" value="2025-11-20"' in page
    assert 'name="last" id="id_last" value="2025-11-01" aria-invalid="true"' in page
    assert '<a href="#id_last">To: Enter a day that is not before the first one</a>' in page


def test_two_wrong_days_are_two_lines_that_name_their_fields(house: House, desk: Browser) -> None:
    page = desk.get(f"{REPORT}?first=x&last=y").content.decode()
    assert '<a href="#id_first">From: Enter a date, like 2025-11-04</a>' in page
    assert '<a href="#id_last">To: Enter a date, like 2025-11-04</a>' in page


def test_caption_tells_the_filter_in_words(house: House, desk: Browser) -> None:
    answer = desk.get(f"{REPORT}?kind=earn")
    assert answer.context["caption"] == "8 Oct 2025 – 6 Nov 2025 · Kind: Earned"


def test_empty_because_new_and_empty_because_filtered(loyalty: None, manager: Browser) -> None:
    assert "No movements yet" in manager.get(REPORT).content.decode()
    give_points(ClientFactory(), 5)
    assert "No movement fits" in manager.get(f"{REPORT}?kind=earn").content.decode()


def test_count_stops_at_its_cap(
    house: House, manager: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(movements, "COUNTED", 3)
    monkeypatch.setattr("reports.pages.COUNTED", 3)
    page = manager.get(REPORT).content.decode()
    assert "More than 3 movements" in page


def test_htmx_gets_the_part_and_a_clean_address(house: House, desk: Browser) -> None:
    headers = {"HX-Request": "true", "HX-Target": "report"}
    answer = desk.get(f"{REPORT}?kind=earn&who=&first=&last=&range=&q=", headers=headers)
    assert answer.headers["HX-Push-Url"] == f"{REPORT}?kind=earn"
    assert answer.content.decode().lstrip().startswith('<div id="report"')
    assert "HX-Request" in answer.headers["Vary"]


def test_row_menu_offers_what_the_reader_may_do(house: House, desk: Browser) -> None:
    page = desk.get(f"{REPORT}?kind=earn&client={house.alice.pk}").content.decode()
    earned = PointEntry.objects.get(kind="earn", account__client=house.alice)
    assert "Add more points to this client" in page
    assert f"/admin/reports/loyalty/add/?client={house.alice.pk}" in page
    assert f"/admin/clients/client/{house.alice.pk}/change/" in page
    assert f"/admin/bookings/{earned.booking_id}/" in page


def figures_in(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def test_figures_follow_the_page(house: House, desk: Browser) -> None:
    page = figures_in(desk.get(f"{REPORT}?kind=earn"))
    assert 'hx-get="/admin/reports/loyalty/figures/?kind=earn" hx-trigger="load"' in page
    assert "<dd>… <small>&nbsp;</small></dd>" in page
    assert "in sum …" in page
    headers = {"HX-Request": "true", "HX-Target": "figures"}
    part = figures_in(desk.get(f"{REPORT}figures/?kind=earn", headers=headers))
    assert part.startswith('<div id="figures">')
    assert "<dd>120 <small>" in part
    assert '<small class="num" id="net" hx-swap-oob="true">in sum +120</small>' in part


def test_without_scripts_the_figures_come_with_the_page(house: House, desk: Browser) -> None:
    page = figures_in(desk.get(f"{REPORT}?kind=earn"))
    link = '<a href="/admin/reports/loyalty/?kind=earn&amp;figures=on">Show the figures</a>'
    assert f"<noscript><p>{link}</p></noscript>" in page
    assert '<noscript><input type="hidden" name="figures" value="on"></noscript>' in page
    shown = figures_in(desk.get(f"{REPORT}?kind=earn&figures=on"))
    assert "<dd>120 <small>" in shown
    assert "in sum +120" in shown
    assert 'hx-trigger="load"' not in shown
    assert "Show the figures" not in shown
    alone = desk.get(f"{REPORT}figures/?kind=earn")
    assert alone.headers["Location"] == f"{REPORT}?kind=earn&figures=on"


def test_loyalty_off_is_said(house: House, desk: Browser) -> None:
    turn_off("loyalty")
    assert "Balances are frozen" in desk.get(REPORT).content.decode()


def test_points_on_the_way_are_a_tab(house: House, desk: Browser) -> None:
    page = desk.get(COMING).content.decode()
    assert "Fri 7 Nov 16:00" in page
    assert "+60" in page


@pytest.mark.parametrize("path", [REPORT, COMING, CLIENTS, f"{REPORT}figures/"])
def test_provider_is_told_who_may(pavel: User, path: str) -> None:
    browser = Browser()
    browser.force_login(pavel)
    answer = browser.get(path)
    assert answer.status_code == 403
    assert "Front desk" in answer.content.decode()


@pytest.mark.parametrize("path", [REPORT, COMING, CLIENTS])
def test_stranger_is_asked_to_sign_in(db: None, path: str) -> None:
    answer = Browser().get(path)
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/admin/login/")


NASTY = [
    "\0",
    "'\"<script>",
    "9" * 500,
    "-1",
    "0",
    "NaN",
    "9999-12-31",
    "0001-01-01",
    "2025-02-30",
    "\ud800",
    "%",
    "\\",
    "x" * 5000,
    "p" + "9" * 39,
    "n9-" + "9" * 30,
    "service-999999999999999999999",
]
NAMES = "range first last client who kind what q order at new points agreed amount next".split()


NASTY_AT = [
    REPORT,
    COMING,
    CLIENTS,
    f"{REPORT}add/",
    f"{REPORT}add/live/",
    f"{REPORT}find/",
    f"{REPORT}export.csv",
    f"{COMING}export.csv",
    f"{CLIENTS}export.csv",
]


@pytest.mark.parametrize("path", NASTY_AT)
def test_nasty_values_never_break_a_page(house: House, manager: Browser, path: str) -> None:
    """Each value in all names at once, and each name alone with a value of its own."""
    told = [quote(value.encode("utf-8", "surrogatepass")) for value in NASTY]
    for value in told:
        query = "&".join(f"{name}={value}" for name in NAMES)
        assert manager.get(f"{path}?{query}").status_code < 500, value
    for name, value in zip(NAMES, told, strict=False):
        assert manager.get(f"{path}?{name}={value}").status_code < 500, name


def test_what_is_wrong_with_a_filter_is_said(house: House, manager: Browser) -> None:
    page = manager.get(f"{REPORT}?first=2025-11-04&last=2025-11-01").content.decode()
    assert "There is a problem" in page
    assert "Enter a day that is not before the first one" in page
    assert "Error: Loyalty points report" in " ".join(page.split())
    page = manager.get(f"{REPORT}?client=999999").content.decode()
    assert "There is no such client" in page


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("kind=nonsense", "Choose one of the kinds in the list"),
        ("what=nonsense", "Choose one of those in the list"),
        ("who=a%00b", "This text has an invisible character in it that cannot be used."),
        ("q=a%00b", "This text has an invisible character in it that cannot be used."),
        ("q=" + "x" * 101, "Use at most 100 letters"),
    ],
)
def test_a_refused_filter_is_told_in_own_words(
    house: House, manager: Browser, query: str, told: str
) -> None:
    page = manager.get(f"{REPORT}?{query}").content.decode()
    assert told in page
    assert '<details class="filter-box" open>' in page


def test_addresses_end_without_a_lone_question_mark(house: House, manager: Browser) -> None:
    headers = {"HX-Request": "true", "HX-Target": "report"}
    for path in (REPORT, COMING, CLIENTS):
        page = manager.get(path).content.decode()
        assert f'href="{path}export.csv"' in page
        assert '?"' not in page
        answer = manager.get(f"{path}?q=", headers=headers)
        assert answer.headers["HX-Push-Url"] == path
    page = manager.get(f"{REPORT}?kind=earn").content.decode()
    assert f'class="chip" href="{REPORT}"' in page


def queries(browser: Browser, address: str) -> int:
    browser.get(address)
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert browser.get(address).status_code == 200
    return len(captured)


def test_as_many_queries_with_one_row_as_with_thirty(
    house: House, manager: Browser, clock: Clock
) -> None:
    def asked() -> dict[str, int]:
        paths = [
            f"{REPORT}?kind=adjust",
            f"{REPORT}?kind=earn",
            f"{REPORT}?q=massage&figures=on",
            COMING,
            CLIENTS,
            f"{CLIENTS}{house.alice.pk}/points/",
        ]
        return {path: queries(manager, path) for path in paths}

    before = asked()
    for number in range(30):
        client = ClientFactory()
        give_points(client, 10)
        give_points(house.alice, 1)
        start = clock.now.replace(hour=8) + dt.timedelta(days=4 + number // 6, hours=number % 6)
        service = ServiceFactory(providers=[house.provider])
        EarningRuleFactory(service=service)
        book(house.alice if number % 2 else client, service, start, provider=house.provider)
    assert asked() == before
