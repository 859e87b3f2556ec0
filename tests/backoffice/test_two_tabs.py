"""A question that was asked about another state of the visit is asked again."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import pytest
from django.test import Client as Browser

from backoffice import booking_changes, bookings
from bookings.models import Booking
from catalogue.models import ServiceProvider
from clients.models import Client
from foundation.form_tokens import new_form_token
from foundation.models import User
from sales.marking import mark_arrived, mark_no_show
from sales.moving import move_visit
from tests.backoffice.booking_pages import at, page, text_of
from tests.backoffice.test_booking_changes import AT_FIFTEEN, fields
from tests.conftest import Clock
from tests.factories import ProviderFactory

pytestmark = pytest.mark.django_db
CHANGED = "Something changed meanwhile. Look again at what happens, then choose."
TO_FIFTEEN = f"move/?at={AT_FIFTEEN}".replace("+", "%2B")


def move_meanwhile(booking: Booking, actor: User, hour: int = 11) -> None:
    move_visit(visit=booking.visit, starts_at=at(hour), form_token=new_form_token(), actor=actor)


@pytest.mark.parametrize("act", ["cancel/", "remove/"])
def test_what_was_moved_meanwhile_is_asked_again(
    desk: Browser, booking: Booking, maria: User, act: str
) -> None:
    sent = {"seen": desk.get(page(booking, act)).context["seen"], "tell": "on"}
    move_meanwhile(booking, maria)

    answer = desk.post(page(booking, act), sent)

    assert answer.status_code == 409
    html = text_of(answer)
    assert CHANGED in html
    assert "Moved from Tue 4 Nov 13:00 to Tue 4 Nov 11:00" in html
    assert str(maria) in html
    booking.refresh_from_db()
    assert (booking.status, booking.visit.hidden_at) == ("booked", None)
    again = desk.post(page(booking, act), sent | {"seen": answer.context["seen"]})
    assert again.status_code == 302


def test_what_was_marked_meanwhile_is_not_a_no_show(
    booking: Booking, daisy: User, clock: Clock
) -> None:
    clock.move_to(booking.starts_at)
    desk = Browser()
    desk.force_login(daisy)
    seen = desk.get(page(booking, "no-show/")).context["seen"]
    move_meanwhile(booking, daisy, hour=12)

    answer = desk.post(page(booking, "no-show/"), {"seen": seen})

    assert answer.status_code == 409
    booking.refresh_from_db()
    assert booking.status == "booked"


def loses_the_race(
    view: ModuleType, command: str, meanwhile: Callable[[], object], patch: pytest.MonkeyPatch
) -> None:
    """``meanwhile`` happens between the look at the page's state and the command."""
    whole = getattr(view, command)

    def late(**fields: object) -> object:
        meanwhile()
        return whole(**fields)

    patch.setattr(view, command, late)


def test_a_cancellation_that_loses_the_race_cancels_nothing(
    desk: Browser, booking: Booking, maria: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = desk.get(page(booking, "cancel/")).context["seen"]
    loses_the_race(bookings, "cancel_visit", lambda: move_meanwhile(booking, maria), monkeypatch)

    answer = desk.post(page(booking, "cancel/"), {"seen": seen, "tell": "on"})

    assert answer.status_code == 409
    booking.refresh_from_db()
    assert booking.status == "booked"


def test_a_no_show_that_loses_the_race_marks_nothing(
    booking: Booking, daisy: User, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock.move_to(booking.starts_at)
    desk = Browser()
    desk.force_login(daisy)
    seen = desk.get(page(booking, "no-show/")).context["seen"]
    loses_the_race(
        bookings,
        "mark_no_show",
        lambda: mark_arrived(booking=booking, actor=daisy),
        monkeypatch,
    )

    answer = desk.post(page(booking, "no-show/"), {"seen": seen})

    assert answer.status_code == 409
    html = text_of(answer)
    assert CHANGED in html
    assert "Arrived" in html
    booking.refresh_from_db()
    assert booking.status == "arrived"


def test_a_deletion_that_loses_the_race_deletes_nothing(
    desk: Browser, booking: Booking, maria: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = desk.get(page(booking, "remove/")).context["seen"]
    loses_the_race(
        booking_changes, "delete_visit", lambda: move_meanwhile(booking, maria), monkeypatch
    )

    answer = desk.post(page(booking, "remove/"), {"seen": seen})

    assert answer.status_code == 409
    html = text_of(answer)
    assert CHANGED in html
    assert "Moved from Tue 4 Nov 13:00 to Tue 4 Nov 11:00" in html
    booking.refresh_from_db()
    assert (booking.status, booking.visit.hidden_at) == ("booked", None)


def test_a_no_show_marked_by_two_is_marked_once(
    booking: Booking, daisy: User, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who comes second wanted just that."""
    clock.move_to(booking.starts_at)
    desk = Browser()
    desk.force_login(daisy)
    seen = desk.get(page(booking, "no-show/")).context["seen"]
    loses_the_race(
        bookings,
        "mark_no_show",
        lambda: mark_no_show(booking=booking, actor=daisy),
        monkeypatch,
    )

    assert desk.post(page(booking, "no-show/"), {"seen": seen}).status_code == 302
    assert booking.changes.filter(status_after="no_show").count() == 1


def test_a_move_from_another_state_shows_what_is_now(
    desk: Browser, booking: Booking, maria: User
) -> None:
    sent = fields(desk.get(page(booking, TO_FIFTEEN)))
    move_meanwhile(booking, maria)

    answer = desk.post(page(booking, "move/"), sent)

    assert answer.status_code == 409
    html = text_of(answer)
    assert CHANGED in html
    assert "Moved from Tue 4 Nov 13:00 to Tue 4 Nov 11:00" in html
    booking.refresh_from_db()
    assert booking.starts_at == at(11)
    assert desk.post(page(booking, "move/"), fields(answer)).status_code == 302
    booking.refresh_from_db()
    assert booking.starts_at == at(15)


def test_as_booked_means_with_whom_the_page_said(
    desk: Browser, booking: Booking, maria: User
) -> None:
    jonas = ProviderFactory(name="Jonas")
    ServiceProvider.objects.create(service=booking.service, provider=jonas)
    sent = fields(desk.get(page(booking, TO_FIFTEEN)))
    move_visit(
        visit=booking.visit,
        starts_at=booking.starts_at,
        provider=jonas,
        form_token=new_form_token(),
        actor=maria,
    )

    assert desk.post(page(booking, "move/"), sent).status_code == 409
    booking.refresh_from_db()
    assert (booking.provider, booking.starts_at) == (jonas, at(13))


def test_a_mark_meanwhile_is_a_change(
    desk: Browser, booking: Booking, daisy: User, alice: Client
) -> None:
    sent = fields(desk.get(page(booking, TO_FIFTEEN)))
    mark_arrived(booking=booking, actor=daisy)

    answer = desk.post(page(booking, "move/"), sent)

    assert answer.status_code == 409
    assert "Arrived" in text_of(answer)
