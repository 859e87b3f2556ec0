"""The pages of time off and of what is out of order."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from bookings.holds import place_hold
from bookings.lines import Line
from bookings.models import Booking, Occupation, OccupationKind, ResourceOccupation
from bookings.sessions import create_session
from catalogue.models import Provider, Resource, Service
from clients.models import Client
from foundation.form_tokens import new_form_token
from foundation.models import User
from tests.backoffice.booking_pages import text_of
from tests.conftest import Clock
from tests.factories import (
    ClassServiceFactory,
    ProviderFactory,
    ResourceFactory,
    ResourceKindFactory,
    ServiceFactory,
    book,
)

pytestmark = pytest.mark.django_db

OFF, ORDER = "/admin/time-off/", "/admin/out-of-order/"


def at(hour: int, *, day: int = 5) -> dt.datetime:
    """The hour in Helsinki in November 2025."""
    return dt.datetime(2025, 11, day, hour - 2, tzinfo=dt.UTC)


def midnight(day: int) -> dt.datetime:
    return dt.datetime(2025, 11, day - 1, 22, tzinfo=dt.UTC)


def span(row: Any) -> tuple[dt.datetime, dt.datetime]:
    return row.starts_at, row.ends_at


@pytest.fixture
def aino(db: None) -> Provider:
    return ProviderFactory(name="Aino")


@pytest.fixture
def massage(aino: Provider) -> Service:
    return ServiceFactory(name_en="Massage", providers=[aino])


@pytest.fixture
def room(massage: Service) -> Resource:
    return ResourceFactory(name="Blue room", kind=ResourceKindFactory(services=[massage]))


def typed(whose: Provider | Resource, **fields: str) -> dict[str, Any]:
    return {"whose": whose.pk, "from_day": "2025-11-05", "token": new_form_token(), **fields}


def take(provider: Provider, starts: dt.datetime, ends: dt.datetime, **more: Any) -> Occupation:
    return Occupation.objects.create(
        provider=provider, kind=OccupationKind.TIME_OFF, starts_at=starts, ends_at=ends, **more
    )


def test_without_times_it_is_whole_days(desk: Browser, aino: Provider) -> None:
    answer = desk.post(f"{OFF}add/", typed(aino, to_day="2025-11-07", reason="Summer"), follow=True)

    html = text_of(answer)
    assert "The time off is entered." in html
    assert "Wed 5 Nov 2025 – Fri 7 Nov 2025" in html
    row = Occupation.objects.get()
    assert span(row) == (midnight(5), midnight(8))
    assert (row.kind, row.reason) == ("time_off", "Summer")
    # Who has done it is written down, why is not: it may be about somebody's health.
    log = LogEntry.objects.get()
    assert "Aino" in log.object_repr
    assert "Summer" not in log.object_repr + log.change_message


def test_with_times_it_is_hours(desk: Browser, aino: Provider) -> None:
    desk.post(f"{OFF}add/", typed(aino, from_time="12:30", to_time="14:00"))
    desk.post(f"{OFF}add/", typed(aino, from_time="15:00"))

    assert [span(row) for row in Occupation.objects.order_by("starts_at")] == [
        (at(12) + dt.timedelta(minutes=30), at(14)),
        (at(15), midnight(6)),
    ]
    html = text_of(desk.get(OFF))
    assert "Wed 5 Nov 2025 12:30–14:00" in html


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"from_day": ""}, "Enter the first day"),
        ({"from_day": "soon"}, "Enter a valid date"),
        ({"whose": ""}, "Choose whose time it is"),
        ({"whose": "0"}, "Select a valid choice"),
        ({"to_day": "2025-11-04"}, "The last day comes before the first"),
        ({"from_time": "14:00", "to_time": "14:00"}, "Enter a later time than the one before"),
        ({"from_day": "2031-11-05"}, "Enter days at most two years from today"),
        ({"to_day": "9999-12-31"}, "Enter days at most two years from today"),
        ({"from_day": "2026-03-29", "from_time": "03:30"}, "The clocks skip this time"),
        ({"reason": "x" * 121}, "Ensure this value has at most 120 characters"),
        ({"token": "x"}, "Check what you entered."),
    ],
)
def test_what_makes_no_sense_is_refused_and_kept(
    desk: Browser, aino: Provider, fields: dict[str, str], said: str
) -> None:
    answer = desk.post(f"{OFF}add/", typed(aino, reason="Course") | fields)

    assert answer.status_code == 422
    html = text_of(answer)
    assert said in html
    assert "There is a problem" in html
    assert fields.get("reason", "Course") in html
    assert not Occupation.objects.exists()


def test_what_is_past_is_refused(desk: Browser, aino: Provider) -> None:
    answer = desk.post(f"{OFF}add/", typed(aino, from_day="2025-11-03"))

    assert answer.status_code == 409
    assert "This time has passed." in text_of(answer)


def test_the_same_form_twice_is_one(desk: Browser, aino: Provider) -> None:
    sent = typed(aino)

    assert [desk.post(f"{OFF}add/", sent).status_code for _ in range(2)] == [302, 302]

    assert Occupation.objects.count() == 1


def test_bookings_in_that_time_are_listed_and_stay(
    desk: Browser, aino: Provider, massage: Service, alice: Client
) -> None:
    booking = book(alice, massage, at(10)).bookings.get()
    session = create_session(
        service=ClassServiceFactory(name_en="Yoga"), provider=aino, starts_at=at(12), actor=None
    )
    take(aino, at(14), at(15))
    place_hold(lines=[Line(massage)], starts_at=at(16), user=None)

    answer = desk.post(f"{OFF}add/", typed(aino, reason="Dentist"))

    assert answer.status_code == 409
    html = text_of(answer)
    assert "This time is not free." in html
    for words in (
        f'<a href="/admin/bookings/{booking.pk}/">Alice Andersen · Massage</a>',
        f'href="/admin/bookings/{booking.pk}/move/"',
        f'<a href="/admin/sessions/{session.pk}/">Yoga</a>',
        "Time off that is entered already",
        "Somebody is booking this time just now. It is kept until 11:10.",
        'value="Dentist"',
    ):
        assert words in html
    assert [each.pk for each in Booking.objects.all()] == [booking.pk]
    assert Occupation.objects.filter(kind="time_off").count() == 1


def test_changing_shows_what_it_is(desk: Browser, aino: Provider) -> None:
    row = take(aino, at(9), at(12), reason="Dentist")

    html = text_of(desk.get(f"{OFF}{row.pk}/"))
    assert "Aino" in html
    for words in ('value="09:00"', 'value="12:00"', 'value="2025-11-05"', 'value="Dentist"'):
        assert words in html
    sent = {"from_day": "2025-11-05", "to_day": "2025-11-06"}
    assert desk.post(f"{OFF}{row.pk}/", sent).status_code == 302

    row.refresh_from_db()
    assert span(row) == (midnight(5), midnight(7))
    html = text_of(desk.get(f"{OFF}{row.pk}/"))
    assert 'value="2025-11-06"' in html
    assert "from_time" in html
    assert 'value="00:00"' not in html


def test_changing_what_is_gone_says_so(
    desk: Browser, aino: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = take(aino, at(9), at(12))
    assert desk.get(f"{OFF}{row.pk + 1}/").status_code == 404

    # Removed between the look and the command.
    monkeypatch.setattr("bookings.time_off._check_free", lambda *args: row.delete())
    answer = desk.post(f"{OFF}{row.pk}/", {"from_day": "2025-11-06"})

    assert answer.status_code == 409
    assert "Somebody has removed this meanwhile." in text_of(answer)


def test_removing_asks_first(desk: Browser, aino: Provider) -> None:
    row = take(aino, at(9), at(12))

    assert "Wed 5 Nov 2025 09:00–12:00" in text_of(desk.get(f"{OFF}{row.pk}/remove/"))
    assert Occupation.objects.exists()
    done = desk.post(f"{OFF}{row.pk}/remove/", follow=True)

    assert "The time off is removed." in text_of(done)
    assert not Occupation.objects.exists()
    assert desk.post(f"{OFF}{row.pk}/remove/").status_code == 404


def test_what_is_over_is_listed_apart_and_stays(
    desk: Browser, aino: Provider, daisy: User, clock: Clock
) -> None:
    row = take(aino, at(9), at(12), reason="Dentist")
    clock.move_to(at(13))
    desk.force_login(daisy)

    assert "No time off is entered." in text_of(desk.get(OFF))
    html = text_of(desk.get(f"{OFF}?past=yes"))
    assert "Dentist" in html
    assert f"{OFF}{row.pk}/remove/" not in html
    for page in ("", "remove/"):
        assert desk.post(f"{OFF}{row.pk}/{page}", {"from_day": "2025-11-06"}).status_code == 302
    row.refresh_from_db()
    assert span(row) == (at(9), at(12))


def test_a_booking_is_nobody_s_time_off(
    desk: Browser, aino: Provider, massage: Service, alice: Client
) -> None:
    book(alice, massage, at(10))
    booked = Occupation.objects.get()

    assert desk.get(f"{OFF}{booked.pk}/").status_code == 404
    assert desk.post(f"{OFF}{booked.pk}/remove/").status_code == 404
    assert "No time off is entered." in text_of(desk.get(OFF))


def test_providers_enter_their_own_and_no_other(
    client: Browser, pavel: User, aino: Provider
) -> None:
    theirs = take(aino, at(9), at(12), reason="Aino's dentist")
    client.force_login(pavel)

    assert client.post(f"{OFF}add/", typed(pavel.provider)).status_code == 302
    assert client.post(f"{OFF}add/", typed(aino, from_day="2025-11-06")).status_code == 422
    for page in ("", "remove/"):
        assert client.get(f"{OFF}{theirs.pk}/{page}").status_code == 403
        sent = {"from_day": "2025-11-06"}
        assert client.post(f"{OFF}{theirs.pk}/{page}", sent).status_code == 403

    html = text_of(client.get(OFF))
    assert "Pavel Pihl" in html
    assert "Aino" not in html
    theirs.refresh_from_db()
    assert span(theirs) == (at(9), at(12))


def test_a_room_out_of_order_names_what_would_take_it(
    desk: Browser, aino: Provider, massage: Service, room: Resource, alice: Client
) -> None:
    booking = book(alice, massage, at(10)).bookings.get()

    answer = desk.post(f"{ORDER}add/", typed(room, from_time="09:00", to_time="12:00"))
    assert answer.status_code == 409
    assert f'<a href="/admin/bookings/{booking.pk}/">Alice Andersen' in text_of(answer)
    done = desk.post(f"{ORDER}add/", typed(room, from_time="11:00", reason="Leak"), follow=True)

    html = text_of(done)
    assert "It is out of order then." in html
    assert "Blue room" in html
    row = ResourceOccupation.objects.get(booking=None)
    assert desk.post(f"{ORDER}{row.pk}/", {"from_day": "2025-11-06"}).status_code == 302
    again = desk.post(f"{ORDER}add/", typed(room, from_day="2025-11-06"))
    assert "Out of order already" in text_of(again)
    assert desk.post(f"{ORDER}{row.pk}/remove/").status_code == 302
    assert "Everything is in order." in text_of(desk.get(ORDER))


def test_the_form_comes_with_whose_time_it_is(desk: Browser, aino: Provider) -> None:
    assert f'<option value="{aino.pk}" selected>' in text_of(desk.get(f"{OFF}add/?whose={aino.pk}"))
    for nonsense in ("x", "0", "9" * 40):
        assert desk.get(f"{OFF}add/?whose={nonsense}").status_code == 200


@pytest.mark.parametrize("address", [OFF, f"{OFF}?past=yes", ORDER])
def test_the_lists_ask_as_often_for_thirty_rows_as_for_one(
    desk: Browser, aino: Provider, room: Resource, address: str
) -> None:
    def add(number: int) -> None:
        starts = at(9, day=4) if "past" in address else at(9)
        starts += dt.timedelta(minutes=3 * number)
        ends = starts + dt.timedelta(minutes=1)
        take(aino, starts, ends)
        ResourceOccupation.objects.create(resource=room, starts_at=starts, ends_at=ends)

    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert desk.get(address).status_code == 200
        return len(queries)

    add(0)
    count()
    one = count()
    for number in range(1, 30):
        add(number)
    assert count() == one
