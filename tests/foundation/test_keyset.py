"""Older and Newer by the last row seen."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db.models import QuerySet

from bookings.models import Source, Visit
from clients.models import Client
from foundation.keyset import Page, every_row, page_of
from tests.conftest import Clock
from tests.factories import ClientFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def visits(alice: Client, clock: Clock) -> QuerySet[Visit]:
    """Seven, of which the middle five begin at the same instant."""
    for hour in (0, 1, 1, 1, 1, 1, 2):
        start = clock.now + dt.timedelta(hours=hour)
        Visit.objects.create(
            client=alice,
            source=Source.DESK,
            starts_at=start,
            ends_at=start + dt.timedelta(hours=1),
            created_at=clock.now,
        )
    return Visit.objects.all()


def shown(page: Page) -> list[int]:
    return [row.pk for row in page.rows]


@pytest.mark.parametrize("descending", [False, True])
def test_walking_there_and_back_shows_every_row_once(
    visits: QuerySet[Visit], descending: bool
) -> None:
    order = sorted(visits.values_list("pk", flat=True), reverse=descending)
    page = page_of(visits, by="starts_at", descending=descending, size=3)
    pages = [page]
    while page.next:
        page = page_of(visits, by="starts_at", descending=descending, at=page.next, size=3)
        pages.append(page)

    assert [shown(each) for each in pages] == [order[:3], order[3:6], order[6:]]
    assert pages[0].previous == ""

    for earlier in reversed(pages[:-1]):
        page = page_of(visits, by="starts_at", descending=descending, at=page.previous, size=3)
        assert shown(page) == shown(earlier)
    assert page.previous == ""


@pytest.mark.parametrize(
    "at", ["", "n", "x1-2", "n1", "n-1", "n1-x", "n" + "9" * 39, "n1-" + "9" * 30, "n²-1", "p1-1"]
)
def test_anything_else_shows_a_page_all_the_same(visits: QuerySet[Visit], at: str) -> None:
    page = page_of(visits, by="starts_at", descending=False, at=at, size=3)

    assert len(page.rows) in (0, 3)


def test_every_row_is_read_once_in_the_same_order(visits: QuerySet[Visit]) -> None:
    chunks = list(every_row(visits, by="starts_at", descending=True, size=3))
    assert [len(chunk) for chunk in chunks] == [3, 3, 1]
    in_order = sorted(visits.values_list("pk", flat=True), reverse=True)
    assert [row.pk for chunk in chunks for row in chunk] == in_order


def test_every_row_of_nothing_is_nothing(visits: QuerySet[Visit]) -> None:
    assert list(every_row(visits.none(), by="starts_at", descending=True)) == []


def test_walking_by_a_text_leaves_it_out_of_the_address(db: None) -> None:
    for name in ("Berg", "Ek", "Berg", "Dahl", "Åberg"):
        ClientFactory(first_name="Ann", last_name=name, email="", phone="")
    people = Client.objects.all()
    page = page_of(people, by="search_name", descending=False, size=2)
    first = [row.last_name for row in page.rows]
    page = page_of(people, by="search_name", descending=False, at=page.next, size=2)
    assert first + [row.last_name for row in page.rows] == ["Åberg", "Berg", "Berg", "Dahl"]
    assert page.next == f"n{page.rows[-1].pk}"
    back = page_of(people, by="search_name", descending=False, at=page.previous, size=2)
    assert [row.last_name for row in back.rows] == first


def test_a_place_of_nobody_shows_the_first_page(alice: Client) -> None:
    page = page_of(Client.objects.all(), by="search_name", descending=False, at="n999999")
    assert page.rows == [alice]
