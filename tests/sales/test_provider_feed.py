"""A provider's calendar: what is in it, what is not, and how it is written."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.utils.translation import override
from icalendar import Calendar

from bookings.lines import Line
from bookings.models import ClassSession, Occupation, OccupationKind, Visit
from business.models import Business
from business.profile import get_business
from catalogue.models import Provider, Service
from clients.models import Client
from sales.provider_feed import provider_calendar
from sales.visits import cancel_visit
from tests.conftest import Clock
from tests.factories import ProviderFactory
from tests.sales.test_visits import book, place

pytestmark = pytest.mark.django_db


def events(provider: Provider) -> list[Any]:
    content = provider_calendar(provider, get_business())
    assert content.isascii() or content.decode()
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))
    assert b"\n" not in content.replace(b"\r\n", b"")
    calendar = Calendar.from_ical(content)
    assert calendar["method"] == "PUBLISH"
    return calendar.walk("VEVENT")


def test_feed_has_the_first_name_and_the_service_and_nothing_else(
    alice: Client, massage: Service, aino: Provider, tomorrow_ten: dt.datetime
) -> None:
    visit = book(alice, massage, tomorrow_ten, note="Bad shoulder")
    booking = visit.bookings.get()

    (event,) = events(aino)

    assert event["summary"] == "Deep tissue massage: Alice"
    assert event["uid"] == f"booking-{booking.pk}@testserver"
    assert (event["dtstart"].dt, event["dtend"].dt) == (booking.starts_at, booking.ends_at)
    content = provider_calendar(aino, get_business()).decode()
    for secret in ("Andersen", "alice@", "+45", "Bad shoulder", visit.ref, "k="):
        assert secret not in content


def test_feed_has_classes_once_with_their_places_and_time_off_as_busy(
    alice: Client, bob: Client, yoga: ClassSession
) -> None:
    place(alice, yoga)
    place(bob, yoga)
    Occupation.objects.create(
        provider=yoga.provider,
        kind=OccupationKind.TIME_OFF,
        starts_at=yoga.ends_at,
        ends_at=yoga.ends_at + dt.timedelta(hours=2),
        reason="Dentist",
    )

    session, off = events(yoga.provider)

    assert session["summary"] == "Yoga basics: 2 of 2 places booked"
    assert (off["summary"], off["transp"]) == ("Time off", "OPAQUE")
    assert b"Dentist" not in provider_calendar(yoga.provider, get_business())


def test_feed_leaves_out_what_is_cancelled_deleted_or_somebody_else_s(
    alice: Client, massage: Service, aino: Provider, yoga: ClassSession, tomorrow_ten: dt.datetime
) -> None:
    cancel_visit(visit=book(alice, massage, tomorrow_ten), actor=None)
    hidden = book(alice, massage, tomorrow_ten + dt.timedelta(hours=2))
    Visit.objects.filter(pk=hidden.pk).update(hidden_at=hidden.created_at)
    ClassSession.objects.update(cancelled_at=hidden.created_at)

    assert events(aino) == []
    assert events(yoga.provider) == []


def test_feed_reaches_from_thirty_days_back_to_a_year_ahead(
    alice: Client, massage: Service, aino: Provider, tomorrow_ten: dt.datetime, clock: Clock
) -> None:
    book(alice, massage, tomorrow_ten)
    clock.move_to(tomorrow_ten + dt.timedelta(days=30))
    assert len(events(aino)) == 1

    clock.advance(days=1)
    assert events(aino) == []

    clock.move_to(tomorrow_ten - dt.timedelta(days=367))
    assert events(aino) == []
    clock.advance(days=1)
    assert len(events(aino)) == 1


def test_feed_names_nobody_of_a_visit_that_was_stripped(
    alice: Client, massage: Service, aino: Provider, tomorrow_ten: dt.datetime
) -> None:
    visit = book(alice, massage, tomorrow_ten)
    Visit.objects.filter(pk=visit.pk).update(client=None, anonymised_at=visit.created_at)

    (event,) = events(aino)

    assert event["summary"] == "Deep tissue massage"


def test_feed_that_says_nothing_new_is_the_same_all_day(
    alice: Client, massage: Service, aino: Provider, tomorrow_ten: dt.datetime, clock: Clock
) -> None:
    book(alice, massage, tomorrow_ten)
    before = provider_calendar(aino, get_business())

    clock.advance(hours=3)

    assert provider_calendar(aino, get_business()) == before


def test_feed_is_written_in_the_active_language(yoga: ClassSession) -> None:
    with override("da"):
        content = provider_calendar(yoga.provider, get_business()).decode()

    assert "SUMMARY:Yoga basics" in content


def test_feed_folds_and_escapes_long_names(
    alice: Client, massage: Service, aino: Provider, tomorrow_ten: dt.datetime
) -> None:
    Business.objects.update(name="Birch; Berry, Co\\ " + "ä" * 50)
    Client.objects.filter(pk=alice.pk).update(first_name="Ål;ice,\\ " + "ø" * 45)
    alice.refresh_from_db()
    book(alice, massage, tomorrow_ten)

    (event,) = events(aino)

    assert event["summary"] == "Deep tissue massage: Ål;ice,\\ " + "ø" * 45


@pytest.mark.parametrize(
    ("zone", "starts_at"),
    [
        ("Europe/Copenhagen", dt.datetime(2026, 3, 30, 8, tzinfo=dt.UTC)),
        ("Europe/Copenhagen", dt.datetime(2026, 10, 26, 9, tzinfo=dt.UTC)),
    ],
)
def test_feed_holds_instants_across_a_clock_change(
    alice: Client, massage: Service, aino: Provider, clock: Clock, zone: str, starts_at: dt.datetime
) -> None:
    """Both are ten o'clock on the wall; the file says which instant that is."""
    Business.objects.update(timezone=zone)
    clock.move_to(starts_at - dt.timedelta(days=4))
    book(alice, massage, starts_at)

    (event,) = events(aino)

    assert event["dtstart"].dt == starts_at
    assert event["dtstart"].dt.astimezone(get_business().zone).hour == 10


def test_feed_is_read_in_a_fixed_number_of_queries(
    alice: Client,
    massage: Service,
    tomorrow_ten: dt.datetime,
    django_assert_num_queries,
) -> None:
    one, many = ProviderFactory(services=[massage]), ProviderFactory(services=[massage])
    business = get_business()
    for number in range(6):
        at = tomorrow_ten + dt.timedelta(hours=number)
        for provider in [many] if number else [one, many]:
            book(alice, massage, at, lines=[Line(massage, provider)])

    for provider in (one, many):
        with django_assert_num_queries(4):
            provider_calendar(provider, business)
