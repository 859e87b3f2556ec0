"""Move, Undo, Delete and the history on a booking's page in the panel."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.test import Client as Browser

from bookings.models import Booking, BookingStatus, Visit
from catalogue.models import ServiceProvider
from clients.models import Client
from foundation.models import User
from sales.marking import mark_no_show
from sales.visits import cancel_visit
from tests.backoffice.booking_pages import LIST, at, page, text_of
from tests.conftest import Clock
from tests.factories import ProviderFactory, book

pytestmark = pytest.mark.django_db

AT_FIFTEEN = "2025-11-04T13:00:00+00:00"


def fields(response: Any) -> dict[str, str]:
    html = response.content.decode().split("<main")[-1]
    form = next(part for part in html.split("<form")[1:] if 'name="form_token"' in part)
    return dict(re.findall(r'name="(\w+)" value="([^"]*)"', form.split("</form>")[0]))


def undo(desk: Browser, booking: Booking) -> Any:
    html = desk.get(page(booking)).content.decode()
    mark = re.search(r'name="mark" value="(\d+)"', html)
    assert mark is not None, "no Undo on the page"
    return desk.post(page(booking, "undo/"), {"mark": mark[1]}, follow=True)


def test_move_offers_the_free_times_of_a_day(desk: Browser, booking: Booking) -> None:
    html = text_of(desk.get(page(booking, "move/")))

    assert "Where to" in html
    assert f'value="{AT_FIFTEEN}"' in html
    html = text_of(desk.get(page(booking, "move/?day=2025-11-08")))
    assert "No free time on this day." in html


@pytest.mark.parametrize("asked", ["day=9999-12-31", "day=0001-01-01", "at=9999-12-31"])
def test_move_to_a_day_out_of_reach_says_so(desk: Browser, booking: Booking, asked: str) -> None:
    response = desk.get(page(booking, f"move/?{asked}"))

    assert response.status_code == 200
    errors = response.context["form"].errors
    assert "at most two years ahead" in str(errors)


def test_move_keeps_the_day_and_the_hour_that_were_typed(desk: Browser, booking: Booking) -> None:
    html = desk.get(page(booking, "move/?day=2039-11-06")).content.decode()
    assert 'name="day" value="2039-11-06"' in html

    html = desk.get(page(booking, "move/?day=2026-03-29&hour=03:30")).content.decode()
    assert 'name="hour" value="03:30"' in html
    assert 'id="hour-error"' in html


def test_move_shows_old_and_new_and_then_moves(desk: Browser, booking: Booking) -> None:
    review = desk.get(page(booking, f"move/?at={AT_FIFTEEN}".replace("+", "%2B")))
    html = text_of(review)
    for words in (
        "Tue 4 Nov 13:00",
        "Move to Tue 4 Nov 15:00",
        "The price stays €72.00.",
        "60 points will be added around Tue 4 Nov 19:00.",
        "The client is told by e-mail to alice@example.test.",
    ):
        assert words in html

    done = text_of(desk.post(page(booking, "move/"), fields(review), follow=True))

    assert "Moved to Tue 4 Nov 15:00." in done
    assert "Moved from Tue 4 Nov 13:00 to Tue 4 Nov 15:00" in done
    booking.refresh_from_db()
    assert booking.starts_at == at(15)


def test_move_to_an_hour_outside_warns_and_moves(desk: Browser, booking: Booking) -> None:
    review = desk.get(page(booking, "move/?day=2025-11-04&hour=18:05"))
    assert "This time is not among the free times" in text_of(review)

    desk.post(page(booking, "move/"), fields(review))

    booking.refresh_from_db()
    assert booking.starts_at == at(18) + dt.timedelta(minutes=5)


def test_move_to_another_person_says_what_it_costs(desk: Browser, booking: Booking) -> None:
    jonas = ProviderFactory(name="Jonas")
    ServiceProvider.objects.create(service=booking.service, provider=jonas, price_minor=8000)

    review = desk.get(page(booking, f"move/?person={jonas.pk}&at={AT_FIFTEEN}".replace("+", "%2B")))
    assert "The price changes from €72.00 to €80.00." in text_of(review)
    desk.post(page(booking, "move/"), fields(review))

    booking.refresh_from_db()
    assert (booking.provider, booking.price_minor) == (jonas, 8000)


def test_move_onto_somebody_answers_with_the_nearest_times(
    desk: Browser, booking: Booking, bob: Client
) -> None:
    sent = fields(desk.get(page(booking, f"move/?at={AT_FIFTEEN}".replace("+", "%2B"))))
    book(bob, booking.service, at(15))

    answer = desk.post(page(booking, "move/"), sent)

    assert answer.status_code == 409
    assert "The nearest free times:" in text_of(answer)
    booking.refresh_from_db()
    assert booking.starts_at == at(13)


@pytest.mark.parametrize("query", ["day=x", "hour=99:99", "at=soon", "person=0", "session=x"])
def test_move_reads_nonsense_as_nothing(desk: Browser, booking: Booking, query: str) -> None:
    assert desk.get(page(booking, f"move/?{query}")).status_code == 200


def test_what_is_cancelled_offers_no_move(desk: Browser, booking: Booking) -> None:
    cancel_visit(visit=booking.visit, actor=None)

    assert ">Move<" not in text_of(desk.get(page(booking)))
    assert desk.get(page(booking, "move/")).status_code == 302
    assert desk.post(page(booking, "move/"), {}).status_code == 409


def test_undo_takes_the_last_mark_back(desk: Browser, booking: Booking, daisy: User) -> None:
    desk.post(page(booking, "arrived/"))
    assert "Undo: Arrived" in text_of(desk.get(page(booking)))

    html = text_of(undo(desk, booking))

    assert "Taken back." in html
    assert "Taken back: Arrived. Now: Booked" in html
    booking.refresh_from_db()
    assert booking.status == BookingStatus.BOOKED


def test_undo_of_a_cancellation_says_that_it_is_owed_again(
    desk: Browser, booking: Booking, daisy: User
) -> None:
    cancel_visit(visit=booking.visit, actor=daisy)
    assert "What went back to gift cards stays there: the visit is owed again." in text_of(
        desk.get(page(booking))
    )

    undo(desk, booking)

    booking.refresh_from_db()
    assert booking.status == BookingStatus.BOOKED


def test_undo_of_a_time_that_is_gone_says_so(
    desk: Browser, booking: Booking, bob: Client, daisy: User
) -> None:
    cancel_visit(visit=booking.visit, actor=daisy)
    book(bob, booking.service, booking.starts_at)

    answer = undo(desk, booking)

    assert answer.status_code == 409
    assert "This time has just been taken." in text_of(answer)


def test_undo_is_not_offered_the_next_day(
    desk: Browser, booking: Booking, daisy: User, clock: Clock
) -> None:
    cancel_visit(visit=booking.visit, actor=daisy)
    clock.advance(days=1)
    later = Browser()
    later.force_login(daisy)

    assert "Undo:" not in text_of(later.get(page(booking)))


@pytest.mark.parametrize("mark", ["", "0", "x", "9" * 40, "１"])
def test_undo_of_nothing_changes_nothing(desk: Browser, booking: Booking, mark: str) -> None:
    assert desk.post(page(booking, "undo/"), {"mark": mark}).status_code == 302
    assert not booking.changes.exists()


def test_started_is_a_step_of_its_own(desk: Browser, booking: Booking) -> None:
    desk.post(page(booking, "started/"))

    booking.refresh_from_db()
    assert booking.status == BookingStatus.STARTED


def test_delete_asks_and_then_hides(desk: Browser, booking: Booking) -> None:
    asked = desk.get(page(booking, "remove/"))
    html = text_of(asked)
    assert "60 points on the way will not be added." in html
    assert "The booking disappears from every list and calendar" in html

    done = desk.post(page(booking, "remove/"), {"seen": asked.context["seen"]}, follow=True)

    assert "The booking is deleted." in text_of(done)
    assert Visit.objects.get().hidden_at is not None
    assert "Deep tissue massage" not in text_of(desk.get(f"{LIST}?day=all"))
    assert "This booking was deleted on" in text_of(desk.get(page(booking)))
    undo(desk, booking)
    assert "Deep tissue massage" in text_of(desk.get(f"{LIST}?day=all"))


def test_delete_of_what_changed_meanwhile_asks_again(desk: Browser, booking: Booking) -> None:
    answer = desk.post(page(booking, "remove/"), {"seen": "0/0/"})

    assert answer.status_code == 409
    assert Visit.objects.get().hidden_at is None


def test_a_no_show_is_not_deleted(booking: Booking, daisy: User, clock: Clock) -> None:
    clock.move_to(booking.starts_at)
    mark_no_show(booking=booking, actor=daisy)
    later = Browser()
    later.force_login(daisy)

    assert ">Delete<" not in text_of(later.get(page(booking)))
    assert later.post(page(booking, "remove/"), {"seen": "0/0/"}).status_code == 409


@pytest.mark.parametrize("act", ["move", "cancel", "no-show"])
def test_a_page_that_came_too_late_says_what_happened_meanwhile(
    desk: Browser, daisy: User, booking: Booking, act: str
) -> None:
    cancel_visit(visit=booking.visit, actor=daisy)

    answer = desk.get(f"/admin/bookings/{booking.pk}/{act}/", follow=True)

    assert answer.redirect_chain
    words = "Nothing was changed. The booking is marked Cancelled (Daisy"
    assert words in text_of(answer)
