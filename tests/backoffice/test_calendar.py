"""The day calendar: who stands in which column, in words; what is empty; who sees whom."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from bookings.models import Booking, Occupation, OccupationKind, Source
from bookings.sessions import create_session
from business.models import Business, SpecialDay
from catalogue.models import DateHours, Provider, Service
from clients.models import Client
from foundation.models import User
from sales.marking import mark_no_show
from sales.visits import cancel_visit
from tests.backoffice.booking_pages import TODAY, at, text_of
from tests.conftest import Clock
from tests.factories import (
    ClassServiceFactory,
    ClientFactory,
    ProviderFactory,
    RewardFactory,
    ServiceFactory,
    book,
    give_card,
    give_points,
)

pytestmark = pytest.mark.django_db

CALENDAR = "/admin/calendar/"
SATURDAY = "2025-11-08"


def block_of(html: str, booking: Booking) -> str:
    """The block of ``booking`` in its column, words only."""
    inside = html.split(f'id="booking-{booking.pk}"')[1].split(">", 1)[1].partition("</a>")[0]
    words = "".join(part.split(">", 1)[-1] for part in inside.split("<"))
    return " ".join(words.split())


def test_it_opens_with_today_and_says_what_is_booked(desk: Browser, booking: Booking) -> None:
    html = text_of(desk.get(CALENDAR))

    assert "Tuesday 4 November" in html
    assert block_of(html, booking) == (
        "13:00–14:00 Alice Andersen Deep tissue massage Booked first visit €72.00 to pay"
    )
    assert "09:00–17:00 · 1 h booked" in html
    assert "1 booking on Tuesday 4 November" in html


def test_a_column_is_a_section_with_its_list_in_order(
    desk: Browser, booking: Booking, bob: Client
) -> None:
    first = book(bob, booking.service, at(12)).bookings.get()

    html = text_of(desk.get(f"{CALENDAR}?view=columns"))

    column = html.split(f'<section class="cal-person" id="person-{booking.provider_id}"')[1]
    assert ">Aino</h2>" in column
    assert column.index(f"booking-{first.pk}") < column.index(f"booking-{booking.pk}")


def test_places_are_real_time_in_steps_of_five_minutes(desk: Browser, booking: Booking) -> None:
    """From 09:00 on: four hours down, an hour long."""
    html = text_of(desk.get(CALENDAR))

    assert '<li class="cal-item h4 m0 lh1 lm0">' in html
    assert 'style="' not in html.split('id="calendar"')[1]


@pytest.mark.parametrize(
    ("day", "length", "hours"),
    [
        ("2026-03-29", "lh4 lm0", ["01:00", "02:00", "04:00", "05:00"]),
        (
            "2025-10-26",
            "lh6 lm0",
            [
                "01:00",
                "02:00",
                "03:00 before the clocks go back",
                "03:00 after the clocks go back",
                "04:00",
                "05:00",
            ],
        ),
    ],
)
def test_a_day_whose_clocks_change_is_drawn_in_real_hours(
    desk: Browser, massage: Service, day: str, length: str, hours: list[str]
) -> None:
    DateHours.objects.create(
        provider=massage.providers.get(), day=day, starts=dt.time(1), ends=dt.time(6)
    )

    html = text_of(desk.get(f"{CALENDAR}?day={day}&view=columns"))

    column = html.split('<div class="cal-hours')[1].split("</section>")[0]
    assert f'<div class="cal-body {length}"' in column
    marks = [part.split("</span>")[0] for part in column.split('class="cal-hour ')[1:]]
    words = [" ".join(m.split(">", 1)[1].replace("<small>", "").split()) for m in marks]
    assert [word.replace("</small>", "") for word in words] == hours


def test_the_night_that_lasts_longer_holds_two_bookings_of_one_wall_clock_hour(
    desk: Browser, alice: Client, bob: Client, massage: Service, clock: Clock
) -> None:
    clock.move_to(dt.datetime(2025, 10, 25, 9, tzinfo=dt.UTC))
    desk.force_login(User.objects.get(name="Daisy Dahl"))
    DateHours.objects.create(
        provider=massage.providers.get(), day="2025-10-26", starts=dt.time(1), ends=dt.time(6)
    )
    midnight = dt.datetime(2025, 10, 26, 0, tzinfo=dt.UTC)  # 03:00, and an hour later again
    early = book(alice, massage, midnight).bookings.get()
    late = book(bob, massage, midnight + dt.timedelta(hours=1)).bookings.get()

    html = text_of(desk.get(f"{CALENDAR}?day=2025-10-26&view=columns"))

    for booking, place in ((early, "h2 m0 lh1 lm0"), (late, "h3 m0 lh1 lm0")):
        assert (
            f'<li class="cal-item {place}"> <a class="appt is-booked" id="booking-{booking.pk}"'
            in (html)
        )


def test_badges_say_what_is_known(
    desk: Browser, alice: Client, massage: Service, clock: Clock
) -> None:
    RewardFactory(points=500)
    give_points(alice, 500)
    card = give_card(alice, 10000)
    visit = book(alice, massage, at(15), card_ids=(card.pk,))
    visit.source, visit.note = Source.ONLINE, "Left shoulder"
    visit.save()

    html = text_of(desk.get(CALENDAR))

    assert block_of(html, visit.bookings.get()) == (
        "15:00–16:00 Alice Andersen Deep tissue massage Booked booked on the website has a note "
        "first visit has points for a reward paid"
    )


def test_a_second_visit_is_no_first_one(desk: Browser, booking: Booking, alice: Client) -> None:
    second = book(alice, booking.service, at(15)).bookings.get()

    html = text_of(desk.get(CALENDAR))

    assert "first visit" in block_of(html, booking)
    assert "first visit" not in block_of(html, second)


def test_what_is_cancelled_is_gone_and_a_no_show_stays(
    booking: Booking, bob: Client, daisy: User, clock: Clock
) -> None:
    cancelled = book(bob, booking.service, at(15))
    cancel_visit(visit=cancelled, actor=daisy)
    clock.move_to(booking.starts_at)
    mark_no_show(booking=booking, actor=daisy)
    later = Browser()
    later.force_login(daisy)

    html = text_of(later.get(CALENDAR))

    assert "Bob Berg" not in html
    assert "No-show" in block_of(html, booking)
    assert "h booked" not in html


def test_buffers_are_drawn_around_a_booking(desk: Browser, alice: Client) -> None:
    service = ServiceFactory(
        buffer_before=10, buffer_after=15, providers=[ProviderFactory(name="Aino")]
    )
    book(alice, service, at(13))

    html = text_of(desk.get(f"{CALENDAR}?view=columns"))

    assert '<span class="cal-buffer h3 m10 lh0 lm2"></span>' in html
    assert '<span class="cal-buffer h5 m0 lh0 lm3"></span>' in html


def test_a_class_shows_its_places_and_leads_to_its_roster(desk: Browser, massage: Service) -> None:
    aino = massage.providers.get()
    yoga = ClassServiceFactory(name_en="Yoga flow", providers=[aino])
    session = create_session(service=yoga, provider=aino, starts_at=at(18), places=12, actor=None)

    html = text_of(desk.get(CALENDAR))

    assert f'href="/admin/sessions/{session.pk}/"' in html
    assert "Yoga flow</b>" in html
    assert "0/12 places" in html
    # The day is drawn as long as the class lasts, hours or not.
    assert '<div class="cal-body lh10 lm0"' in html


def test_time_off_says_why(desk: Browser, massage: Service) -> None:
    Occupation.objects.create(
        provider=massage.providers.get(),
        kind=OccupationKind.TIME_OFF,
        starts_at=at(10),
        ends_at=at(11),
        reason="Dentist",
    )

    html = text_of(desk.get(CALENDAR))

    assert "Time off</b> <span>Dentist" in html


def test_a_closed_day_says_why(desk: Browser, massage: Service) -> None:
    SpecialDay.objects.create(day=TODAY, kind="closed", name_en="Independence Day")

    html = text_of(desk.get(CALENDAR))

    assert "Closed: Independence Day" in html
    assert "cal-person" not in html
    assert "No one is on the schedule" not in html


def test_a_day_without_hours_says_that_nobody_works(
    client: Browser, desk: Browser, massage: Service, maria: User
) -> None:
    html = text_of(desk.get(f"{CALENDAR}?day={SATURDAY}"))
    assert "No one is on the schedule." in html
    assert "Add hours" not in html

    client.force_login(maria)
    assert "Add hours" in text_of(client.get(f"{CALENDAR}?day={SATURDAY}"))


def test_a_booking_on_a_day_off_is_seen_all_the_same(desk: Browser, booking: Booking) -> None:
    SpecialDay.objects.create(day=TODAY, kind="closed", name_en="Independence Day")

    html = text_of(desk.get(CALENDAR))

    assert "Closed: Independence Day" in html
    assert "Alice Andersen" in html
    assert "Not working" in html


def test_a_day_without_bookings_says_so(desk: Browser, massage: Service) -> None:
    html = text_of(desk.get(CALENDAR))

    assert "Nothing is booked." in html
    assert ">Aino</h2>" in html


def test_empty_time_leads_to_a_new_appointment_with_that_person(
    desk: Browser, massage: Service
) -> None:
    aino = massage.providers.get()
    html = text_of(desk.get(f"{CALENDAR}?day=2025-11-05"))

    link = f"/admin/bookings/new/?day=2025-11-05&amp;who={aino.pk}"
    assert f'href="{link}"' in html
    assert desk.get(link.replace("&amp;", "&") + "&at=2025-11-05T09:15:00.000Z").status_code == 200


def test_people_are_chosen(desk: Browser, booking: Booking) -> None:
    jonas = ProviderFactory(name="Jonas")

    assert ">Jonas</h2>" in text_of(desk.get(CALENDAR))
    html = text_of(desk.get(f"{CALENDAR}?who={booking.provider_id}"))
    assert ">Jonas</h2>" not in html
    html = text_of(desk.get(f"{CALENDAR}?who={booking.provider_id}&who={jonas.pk}"))
    assert ">Jonas</h2>" in html
    assert ">Aino</h2>" in html


def test_who_left_is_shown_while_something_is_booked_with_them(
    desk: Browser, booking: Booking
) -> None:
    Provider.objects.filter(pk=booking.provider_id).update(archived_at=at(9))

    assert ">Aino</h2>" in text_of(desk.get(CALENDAR))
    assert ">Aino</h2>" not in text_of(desk.get(f"{CALENDAR}?day=2025-11-05"))


def test_a_provider_sees_their_own_column_only(
    client: Browser, booking: Booking, pavel: User, bob: Client
) -> None:
    own = ServiceFactory(providers=[pavel.provider])
    book(bob, own, at(12))
    client.force_login(pavel)

    for address in (CALENDAR, f"{CALENDAR}?who={booking.provider_id}", f"{CALENDAR}?view=list"):
        html = text_of(client.get(address))
        assert "Bob Berg" in html
        assert "Alice Andersen" not in html
        assert "Aino" not in html


def test_a_provider_sees_no_class_and_no_time_off_of_others(
    client: Browser, massage: Service, pavel: User
) -> None:
    aino = massage.providers.get()
    yoga = ClassServiceFactory(name_en="Yoga flow", providers=[aino])
    create_session(service=yoga, provider=aino, starts_at=at(18), places=12, actor=None)
    Occupation.objects.create(
        provider=aino,
        kind=OccupationKind.TIME_OFF,
        starts_at=at(10),
        ends_at=at(11),
        reason="Dentist",
    )
    client.force_login(pavel)

    html = text_of(client.get(CALENDAR))

    assert "Yoga flow" not in html
    assert "Dentist" not in html


def test_the_agenda_is_a_table_of_the_day(desk: Browser, booking: Booking, bob: Client) -> None:
    book(bob, booking.service, at(12))

    html = text_of(desk.get(f"{CALENDAR}?view=list"))

    assert "cal-person" not in html
    table = html.split('<table class="ledger">')[1].split("</table>")[0]
    assert "Agenda of Tuesday 4 November" in table
    assert table.index("Bob Berg") < table.index("Alice Andersen")
    assert "first visit" in table


@pytest.mark.parametrize(
    "query",
    ["day=", "day=x", "day=0001-01-01", "day=9999-12-31", "who=x", "who=" + "9" * 40, "view=x"],
)
def test_nonsense_is_read_as_nothing(desk: Browser, booking: Booking, query: str) -> None:
    answer = desk.get(f"{CALENDAR}?{query}")

    assert answer.status_code == 200
    assert "Alice Andersen" in text_of(answer)


def test_the_first_and_the_last_year_are_drawn(desk: Browser, massage: Service) -> None:
    for day in ("1901-01-01", "8999-12-31"):
        assert desk.get(f"{CALENDAR}?day={day}").status_code == 200


def look(browser: Browser, seen: str, address: str = CALENDAR) -> object:
    headers = {"HX-Request": "true", "HX-Target": "day", "X-Calendar-Seen": seen}
    return browser.get(address, headers=headers)


def test_a_look_is_204_until_something_changed(
    desk: Browser, booking: Booking, bob: Client, clock: Clock
) -> None:
    seen = desk.get(CALENDAR).context["day"].fingerprint
    clock.advance(minutes=1)

    unchanged = look(desk, seen)
    assert (unchanged.status_code, unchanged.content) == (204, b"")  # type: ignore[attr-defined]
    assert unchanged.headers["X-Calendar-Clock"] == "11:01"  # type: ignore[attr-defined]

    book(bob, booking.service, at(15))
    changed = look(desk, seen)
    html = text_of(changed)
    assert changed.status_code == 200  # type: ignore[attr-defined]
    assert html.startswith('<div id="day"')
    assert "Bob Berg" in html


@pytest.mark.parametrize("act", ["arrived/", "started/"])
def test_a_mark_changes_what_is_seen(desk: Browser, booking: Booking, act: str) -> None:
    seen = desk.get(CALENDAR).context["day"].fingerprint

    desk.post(f"/admin/bookings/{booking.pk}/{act}")

    assert look(desk, seen).status_code == 200  # type: ignore[attr-defined]


def test_another_day_comes_without_the_frame_and_with_its_address(
    desk: Browser, booking: Booking
) -> None:
    answer = desk.get(
        f"{CALENDAR}?day=2025-11-05", headers={"HX-Request": "true", "HX-Target": "calendar"}
    )

    html = text_of(answer)
    assert html.startswith('<div id="calendar"')
    assert "<html" not in html
    assert answer.headers["HX-Push-Url"] == f"{CALENDAR}?day=2025-11-05"


def test_the_line_of_now_stands_on_today_only(desk: Browser, booking: Booking) -> None:
    """11:00, two hours below nine."""
    assert '<span class="cal-now h2 m0 lh0 lm1"' in text_of(desk.get(CALENDAR))
    assert "cal-now" not in text_of(desk.get(f"{CALENDAR}?day=2025-11-05"))


def test_it_asks_as_often_for_thirty_bookings_as_for_one(
    desk: Browser, booking: Booking, clock: Clock
) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            html = text_of(desk.get(CALENDAR))
        assert "Alice Andersen" in html
        return len(queries)

    count()
    one = count()
    for number in range(6):
        provider = ProviderFactory(name=f"P{number}")
        service = ServiceFactory(providers=[provider])
        yoga = ClassServiceFactory(providers=[provider])
        for hour in range(11, 16):
            book(ClientFactory(), service, at(hour), provider=provider)
        create_session(service=yoga, provider=provider, starts_at=at(18), places=5, actor=None)

    assert count() == one
    assert one <= 24


def test_times_are_the_salons(desk: Browser, booking: Booking) -> None:
    Business.objects.filter(pk=1).update(timezone="Europe/London")

    assert "11:00–12:00" in block_of(text_of(desk.get(CALENDAR)), booking)
