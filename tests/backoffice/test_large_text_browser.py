"""The panel with text twice as large on a phone: no page is wider than the window."""

from __future__ import annotations

import pytest

from clients.models import Client
from foundation.models import User
from tests.browser import Visitors
from tests.journeys.salon import fill_salon
from tests.journeys.test_finnish_narrow import enlarge_text

pytestmark = [pytest.mark.journey, pytest.mark.once, pytest.mark.long]


@pytest.mark.parametrize("locale", ["en-GB", "fi-FI"])
def test_no_page_of_the_day_scrolls_sideways_with_large_text(
    page_at: Visitors, daisy: User, alice: Client, locale: str
) -> None:
    salon = fill_salon(alice)
    booking = salon.coming.bookings.get()
    day = booking.starts_at.date()
    if locale == "fi-FI":
        User.objects.filter(pk=daisy.pk).update(language="fi")
    page = page_at("phone", user=daisy, locale=locale)
    enlarge_text(page, 200)
    wide = []
    for path in (
        f"calendar/?day={day}",
        f"calendar/?day={day}&view=columns",
        f"bookings/{booking.pk}/",
        f"bookings/{booking.pk}/cancel/",
        f"bookings/{booking.pk}/move/",
        f"sessions/?day={salon.session.starts_at.date()}",
        f"sessions/{salon.session.pk}/",
        "bookings/new/",
        "search/?q=alice",
    ):
        answer = page.goto(f"/admin/{path}")
        assert answer is not None
        assert answer.ok, path
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            wide.append((path, page.evaluate(OUTSIDE)))
    assert not wide, "\n".join(f"{path}: {names}" for path, names in wide)


# What stands out of the window and lies in no scroll region of its own.
OUTSIDE = """() => [...document.querySelectorAll('body *')]
    .filter((each) => (each.getBoundingClientRect().right > innerWidth + 1
        || each.scrollWidth > each.clientWidth && getComputedStyle(each).display !== 'inline')
        && !each.closest('.visually-hidden, .scroll, .cal-scroll'))
    .slice(-12).map((each) => `${each.tagName}.${each.getAttribute('class')}`
        + ` ${Math.round(each.getBoundingClientRect().right)}`)"""
