"""Who comes and what they hold (S15)."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client as Browser

from clients.consents import record_consent
from clients.models import Client
from clients.people import erase_personal_data
from foundation.models import User
from loyalty.models import PointAccount
from reports.client_rows import ClientRow, clients, rows_of
from reports.filters import ClientsQuestion
from sales.marking import mark_no_show
from sales.visits import cancel_visit
from tests.conftest import Clock
from tests.factories import (
    ClientFactory,
    ProviderFactory,
    ServiceFactory,
    book,
    give_points,
    turn_off,
)
from tests.reports.conftest import House

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("loyalty")]

CLIENTS = "/admin/reports/clients/"
IN_DIALOG = {"HX-Request": "true", "HX-Target": "dialog"}


def row_of(client: Client) -> ClientRow:
    return rows_of([client])[0]


def test_visits_and_points_do_not_multiply_each_other(alice: Client, clock: Clock) -> None:
    """Two rows on each side: joined, 2 × 72.00 would be 288.00 and 15 points 30."""
    provider = ProviderFactory()
    massage = ServiceFactory(providers=[provider], price_minor=7200)
    first = book(alice, massage, clock.now + dt.timedelta(hours=2), provider=provider)
    second = book(alice, massage, clock.now + dt.timedelta(hours=4), provider=provider)
    give_points(alice, 10)
    give_points(alice, 5)
    clock.advance(hours=6)
    assert row_of(alice) == ClientRow(
        client=alice,
        points=15,
        visits=2,
        no_shows=0,
        last_visit=second.starts_at,
        next_visit=None,
        spent_minor=14400,
    )
    assert first.starts_at < second.starts_at


def test_missed_and_cancelled_visits_are_no_visits(alice: Client, clock: Clock) -> None:
    provider = ProviderFactory()
    massage = ServiceFactory(providers=[provider])
    missed = book(alice, massage, clock.now + dt.timedelta(hours=1), provider=provider)
    cancelled = book(alice, massage, clock.now + dt.timedelta(hours=3), provider=provider)
    ahead = book(alice, massage, clock.now + dt.timedelta(days=1), provider=provider)
    cancel_visit(visit=cancelled, actor=None)
    clock.advance(hours=5)
    mark_no_show(booking=missed.bookings.get(), actor=None)
    row = row_of(alice)
    assert (row.visits, row.no_shows, row.spent_minor) == (0, 1, 0)
    assert (row.last_visit, row.next_visit) == (None, ahead.starts_at)


def names(**asked: object) -> list[str]:
    rows = clients(ClientsQuestion(**asked))  # type: ignore[arg-type]
    return sorted(rows.values_list("first_name", flat=True))


def test_filters(alice: Client, bob: Client) -> None:
    give_points(alice, 5)
    record_consent(client=bob, granted=True, language="en", source="desk", actor=None)
    record_consent(client=alice, granted=True, language="en", source="desk", actor=None)
    record_consent(client=alice, granted=False, language="en", source="account", actor=None)
    assert names() == ["Alice", "Bob"]
    assert names(text="ÅNDERSEN") == ["Alice"]
    assert names(has_points=True) == ["Alice"]
    assert names(agreed=True) == ["Bob"]
    assert names(has_points=True, agreed=True) == []


def test_a_spent_account_has_no_points(alice: Client) -> None:
    give_points(alice, 5)
    give_points(alice, -5)
    assert PointAccount.objects.get().balance == 0
    assert names(has_points=True) == []


def test_whose_data_was_erased_stands_in_no_list(alice: Client, bob: Client) -> None:
    erase_personal_data(client=alice, actor=None)
    assert names() == ["Bob"]


def test_report_shows_clients_by_name_over_pages(desk: Browser) -> None:
    ClientFactory.create_batch(60)
    shown = []
    answer = desk.get(CLIENTS)
    shown += [row.client.search_name for row in answer.context["rows"]]
    assert "@" not in answer.context["page"].next, "no names or addresses in an address"
    answer = desk.get(f"{CLIENTS}?at={answer.context['page'].next}")
    shown += [row.client.search_name for row in answer.context["rows"]]
    assert shown == sorted(shown)
    assert len(shown) == 60


def test_points_are_a_button_even_when_zero(alice: Client, desk: Browser) -> None:
    page = desk.get(CLIENTS).content.decode()
    assert "Alice Andersen, 0 points, show history" in page
    assert f'href="{CLIENTS}{alice.pk}/points/"' in page


def test_pop_up_shows_balance_way_and_movements(house: House, desk: Browser) -> None:
    answer = desk.get(f"{CLIENTS}{house.alice.pk}/points/", headers=IN_DIALOG)
    page = answer.content.decode()
    assert "Alice Andersen · 560 points" in page
    assert "will be added around Fri 7 Nov 16:00" in page
    assert "1 × 60 = 60 for Deep tissue massage, Tue 4 Nov 12:00" in page
    assert f"/admin/reports/loyalty/?client={house.alice.pk}&amp;range=all" in page
    assert "Add points" in page
    assert "<html" not in page


def test_pop_up_shows_the_last_twenty(alice: Client, desk: Browser) -> None:
    for amount in range(1, 25):
        give_points(alice, amount)
    answer = desk.get(f"{CLIENTS}{alice.pk}/points/")
    amounts = [line.entry.amount for line in answer.context["lines"]]
    assert amounts == list(range(24, 4, -1))
    assert "The last 20 movements" in answer.content.decode()


def test_pop_up_is_a_page_too_and_says_when_frozen(alice: Client, desk: Browser) -> None:
    turn_off("loyalty")
    page = desk.get(f"{CLIENTS}{alice.pk}/points/").content.decode()
    assert "<html" in page
    assert "Balances are frozen" in page


def test_no_such_client(desk: Browser) -> None:
    assert desk.get(f"{CLIENTS}999999/points/").status_code == 404
    assert desk.get(f"{CLIENTS}{10**30}/points/").status_code == 404


def test_pop_up_is_not_for_providers(alice: Client, pavel: User) -> None:
    browser = Browser()
    browser.force_login(pavel)
    assert browser.get(f"{CLIENTS}{alice.pk}/points/").status_code == 403
