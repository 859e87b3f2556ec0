"""The list of bookings: what it shows of which day, to whom, and with how many queries."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from bookings.models import Booking, BookingKind, BookingStatus, Source, Visit
from catalogue.models import Provider, Service
from clients.models import Client
from foundation import clock as project_clock
from foundation.models import User
from sales.marking import mark_arrived
from tests.backoffice.booking_pages import LIST, TODAY, at, page, text_of
from tests.factories import (
    ClientFactory,
    ProviderFactory,
    ServiceFactory,
    book,
)

pytestmark = pytest.mark.django_db


def test_list_opens_with_today(
    desk: Browser, alice: Client, bob: Client, massage: Service, booking: Booking
) -> None:
    book(bob, massage, at(10, day=5))

    html = text_of(desk.get(LIST))

    assert "Alice Andersen" in html
    assert "Bob Berg" not in html
    assert "Tuesday 4 November" in html
    assert "1 booking<" in html
    assert "+60</span> On the way" in html


def test_day_begins_at_midnight_on_the_salons_clock(desk: Browser, alice: Client) -> None:
    """00:30 on Wednesday in Helsinki is still Tuesday in UTC."""
    night = ServiceFactory(
        name_en="Night",
        providers=[
            ProviderFactory(
                hours=[(day, dt.time(0), dt.time(23, 59)) for day in range(7)], name="Owl"
            )
        ],
    )
    book(alice, night, dt.datetime(2025, 11, 4, 22, 30, tzinfo=dt.UTC))

    assert "Alice Andersen" not in text_of(desk.get(LIST, {"day": TODAY}))
    assert "Alice Andersen" in text_of(desk.get(LIST, {"day": "2025-11-05"}))


@pytest.mark.parametrize(
    ("filters", "shown"),
    [
        ({"day": "all"}, {"Alice", "Bob", "Cecilie"}),
        ({"day": "", "status": "booked"}, {"Alice", "Cecilie"}),
        ({"status": "booked"}, {"Alice"}),
        ({"day": "2025-11-05"}, {"Bob"}),
        ({"q": "alice ande"}, {"Alice"}),
        ({"q": "OSTERGARD"}, {"Cecilie"}),
        ({"q": "dybde"}, {"Alice", "Bob"}),
        ({"q": "bob massage"}, {"Bob"}),
        ({"q": "bob", "day": TODAY}, set()),
        ({"day": "all", "status": "arrived"}, {"Bob"}),
        ({"q": "nobody"}, set()),
    ],
)
def test_list_shows_what_is_asked_for(
    desk: Browser,
    alice: Client,
    bob: Client,
    massage: Service,
    booking: Booking,
    filters: dict[str, str],
    shown: set[str],
) -> None:
    facial = ServiceFactory(name_en="Facial", providers=[ProviderFactory(name="Jonas")])
    book(ClientFactory(first_name="Cecilie", last_name="Østergård"), facial, at(9, day=6))
    with project_clock.fixed(at(10, day=5)):
        mark_arrived(booking=book(bob, massage, at(10, day=5)).bookings.get(), actor=None)

    html = text_of(desk.get(LIST, filters))

    assert {name for name in ("Alice", "Bob", "Cecilie") if f">{name} " in html} == shown


def test_list_filters_by_provider_and_by_reference(
    desk: Browser, alice: Client, bob: Client, massage: Service, booking: Booking
) -> None:
    jonas = ProviderFactory(name="Jonas")
    facial = ServiceFactory(name_en="Facial", providers=[jonas])
    other = book(bob, facial, at(14))

    by_provider = text_of(desk.get(LIST, {"provider": jonas.pk}))
    by_ref = text_of(desk.get(LIST, {"q": f"{other.ref[:4]}-{other.ref[4:]}".lower()}))

    for html in (by_provider, by_ref):
        assert "Bob Berg" in html
        assert "Alice Andersen" not in html
    assert "Provider: Jonas" in by_provider


@pytest.mark.parametrize(
    "query",
    [
        "day=yesterday",
        "day=2025-02-31",
        "day=0001-01-01",
        "day=9999-12-31",
        "provider=abc",
        "provider=99999999999999999999999",
        "status=nope",
        "q=%00",
        "at=n99999999999999999999-1",
        "q=" + "%F0%9F%92%87" * 200,
    ],
)
def test_list_survives_any_query_string(desk: Browser, booking: Booking, query: str) -> None:
    assert desk.get(f"{LIST}?{query}").status_code == 200


def test_list_pages_through_all_days_newest_first(
    desk: Browser, alice: Client, massage: Service
) -> None:
    start = at(9)
    Booking.objects.bulk_create(
        _copy(alice, massage, start + dt.timedelta(hours=number)) for number in range(55)
    )

    first = desk.get(LIST, {"day": "all"})
    listing = first.context["listing"]
    assert (len(listing.page.rows), listing.count) == (50, 55)
    assert listing.page.rows[0].starts_at == start + dt.timedelta(hours=54)
    assert "Older" in text_of(first)

    second = desk.get(LIST, {"day": "all", "at": listing.page.next})
    assert len(second.context["listing"].page.rows) == 5
    assert "Newer" in text_of(second)


def _copy(client: Client, service: Service, start: dt.datetime) -> Booking:
    """A row for paging alone: made past the commands, without points or a sale."""
    end = start + dt.timedelta(hours=1)
    visit = Visit.objects.create(
        client=client, source=Source.DESK, starts_at=start, ends_at=end, created_at=start
    )
    return Booking(
        visit=visit,
        kind=BookingKind.APPOINTMENT,
        service=service,
        provider=Provider.objects.get(name="Aino"),
        service_name_en=service.name_en,
        price_minor=7200,
        starts_at=start,
        ends_at=end,
        blocked_from=start,
        blocked_to=end,
        status_changed_at=start,
    )


def test_list_asks_as_much_for_thirty_rows_as_for_one(
    desk: Browser, alice: Client, massage: Service
) -> None:
    book(alice, massage, at(12, day=5))
    desk.get(LIST)  # the session's first page writes to it
    with CaptureQueriesContext(
        connection,
    ) as one:
        desk.get(LIST, {"day": "all"})
    days = [day for day in range(6, 29) if dt.date(2025, 11, day).weekday() < 5]
    for day in days[:15]:
        for hour in (10, 13):
            book(alice, massage, at(hour, day=day))

    with CaptureQueriesContext(connection) as many:
        response = desk.get(LIST, {"day": "all"})

    assert len(response.context["listing"].page.rows) == 31
    assert len(many) == len(one)


def test_empty_house_and_nothing_found_are_told_apart(desk: Browser, massage: Service) -> None:
    assert "No bookings yet" in text_of(desk.get(LIST))


def test_nothing_found_is_said_as_such(desk: Browser, booking: Booking) -> None:
    assert "No booking fits" in text_of(desk.get(LIST, {"day": "2025-11-09"}))


def test_provider_sees_their_own_and_no_other(
    client: Browser, pavel: User, alice: Client, bob: Client, massage: Service, booking: Booking
) -> None:
    own_service = ServiceFactory(name_en="Haircut", providers=[pavel.provider])
    own = book(bob, own_service, at(14)).bookings.get()
    client.force_login(pavel)

    html = text_of(client.get(LIST, {"day": "all"}))
    assert "Bob Berg" in html
    assert "Alice Andersen" not in html
    assert 'name="provider"' not in html
    by_force = text_of(client.get(LIST, {"day": "all", "provider": booking.provider_id}))
    assert "Alice Andersen" not in by_force

    assert client.get(page(own)).status_code == 200
    for act in ("", "no-show/", "cancel/"):
        refused = client.get(page(booking, act))
        assert refused.status_code == 403
        assert "Alice" not in text_of(refused)
        assert "Front desk" in text_of(refused)
    for act in ("arrived/", "completed/", "no-show/", "cancel/"):
        assert client.post(page(booking, act), {"seen": "60/0/"}).status_code == 403
    booking.refresh_from_db()
    assert booking.status == BookingStatus.BOOKED
