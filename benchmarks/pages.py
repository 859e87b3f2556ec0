"""P-P3 and P-W1: every page of the website, the panel and the reports, with the big data."""

from __future__ import annotations

import statistics
from collections.abc import Iterable
from typing import NamedTuple

from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from benchmarks.house import House, Size, use
from benchmarks.measuring import Result, benchmark, milliseconds, seconds_of, times
from foundation.models import User

PUBLIC = ("/", "/services/", "/services/service-1/", "/classes/", "/gift-cards/", "/rewards/")
OF_THE_CLIENT = (
    "/account/",
    "/account/points/",
    "/account/appointments/",
    "/account/gift-cards/",
)
LISTS = (
    "/admin/loyalty/pointentry/",
    "/admin/loyalty/pointentry/?kind__exact=withdraw",
    "/admin/loyalty/pointentry/?p=150",
    "/admin/loyalty/award/",
    "/admin/loyalty/award/?state__exact=quarantined",
    "/admin/loyalty/award/?state__exact=dropped",
    "/admin/giftcards/cardentry/",
    "/admin/giftcards/giftcard/",
    "/admin/sales/payment/",
    "/admin/notifications/message/",
    "/admin/notifications/message/?state__exact=failed",
    "/admin/clients/client/",
    "/admin/clients/client/?q=hansen",
    "/admin/foundation/user/?who=clients",
    "/admin/bookings/",
    "/admin/bookings/?day=all",
    "/admin/bookings/?day=all&status=no_show",
    "/admin/bookings/?q=hansen",
    "/admin/bookings/?q=nobody",
)
PANEL = (
    "/admin/",
    "/admin/reports/loyalty/",
    "/admin/reports/loyalty/?figures=on",
    "/admin/reports/loyalty/on-the-way/",
    "/admin/reports/clients/",
    "/admin/reports/clients/?q=hansen",
    "/admin/reports/clients/?points=on&agreed=on",
    "/admin/reports/clients/{hot}/points/",
)


class Seen(NamedTuple):
    queries: int
    seconds: float
    in_database: float


def _browser(user: User | None) -> Browser:
    browser = Browser()
    if user is not None:
        browser.force_login(user)
    return browser


def _see(house: House) -> dict[str, Seen]:
    """Each page once to warm it, then three times; the queries of the last. Raises for a page
    that does not answer."""
    owner = User.objects.filter(is_superuser=True).earliest("pk")
    hot = User.objects.get(client=house.hot_client_id)
    seen = {}
    for user, paths in ((None, PUBLIC), (hot, OF_THE_CLIENT), (owner, (*LISTS, *PANEL))):
        browser = _browser(user)
        for path in paths:
            seen[path] = _look(browser, path.format(hot=house.hot_client_id))
    return seen


def _look(browser: Browser, path: str) -> Seen:
    def show() -> None:
        status = browser.get(path).status_code
        if status != 200:
            raise AssertionError(f"{path} answers {status}")

    show()
    seconds = statistics.median(seconds_of(show) for _turn in range(3))
    with CaptureQueriesContext(connection) as queries:
        show()
    return Seen(len(queries), seconds, sum(float(query["time"]) for query in queries))


@benchmark(
    name="P-W1",
    title="every page, the long lists (P-P3) among them: queries and the server's time",
    goal="as many queries as with 10,000 visits; lists at 10 M ≤ 1.5 × the time at 1 M visits",
)
def every_page(house: House) -> Iterable[Result]:
    few = _see(use(Size.SMALL))
    before = _see(use(Size.MILLION)) if house.size > Size.MILLION else {}
    now = _see(use(house.size)) if house.size > Size.SMALL else few
    for path, seen in now.items():
        grown = seen.seconds / before[path].seconds if path in before else None
        is_list = path in LISTS
        what = f"list {path}" if is_list else path
        yield Result(
            "P-W1",
            f"{what}: {seen.queries} queries, with 10,000 visits {few[path].queries}",
            f"{milliseconds(seen.seconds)}, {milliseconds(seen.in_database)} of it in queries",
            milliseconds(before[path].seconds if before else few[path].seconds),
            times(grown if grown is not None else seen.seconds / few[path].seconds),
            "≤ 1.5 × at 1 M" if is_list and before else "as many queries",
            seen.queries == few[path].queries and not (is_list and (grown or 0) > 1.5),
        )
