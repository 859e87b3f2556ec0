"""The page "Now outside the hours", and what leads to it."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client as Browser
from django.urls import reverse

from bookings.models import Booking
from bookings.sessions import create_session
from business.models import SpecialDay
from catalogue.models import Service
from foundation.models import User
from tests.backoffice.booking_pages import text_of
from tests.factories import ClassServiceFactory, ProviderFactory, ServiceFactory, book

pytestmark = pytest.mark.django_db

PAGE = "/admin/outside-hours/"
TODAY = dt.date(2025, 11, 4)
HOURS = "1 coming booking lies outside the hours now."


def closed() -> SpecialDay:
    return SpecialDay.objects.create(day=TODAY, kind="closed")


def test_the_page_says_when_nothing_is_outside(desk: Browser, booking: Booking) -> None:
    assert "No coming booking and no class session lies outside" in text_of(desk.get(PAGE))


def test_the_page_lists_with_links_to_move(
    desk: Browser, booking: Booking, maria: User, massage: Service
) -> None:
    session = create_session(
        service=ClassServiceFactory(name_en="Yoga"),
        provider=massage.providers.get(),
        starts_at=booking.starts_at + dt.timedelta(hours=5),
        actor=None,
    )
    assert "outside its provider's weekly hours" in text_of(desk.get(PAGE)).replace("&#x27;", "'")
    closed()

    html = text_of(desk.get(PAGE))

    for words in (
        f'<a href="/admin/bookings/{booking.pk}/">Alice Andersen</a>',
        f'href="/admin/bookings/{booking.pk}/move/"',
        f'<a href="/admin/sessions/{session.pk}/">Yoga</a>',
        "Closed on that day",
        "1 class session",
    ):
        assert words in html
    change = f"/admin/sessions/{session.pk}/change/"
    assert change not in html
    desk.force_login(maria)
    assert change in text_of(desk.get(PAGE))
    booking.refresh_from_db()
    assert booking.status == "booked"


def test_a_provider_sees_their_own(client: Browser, pavel: User, booking: Booking) -> None:
    own = book(
        booking.visit.client,  # type: ignore[arg-type]
        ServiceFactory(name_en="Haircut", providers=[pavel.provider]),
        booking.starts_at + dt.timedelta(hours=1),
    ).bookings.get()
    closed()
    client.force_login(pavel)

    html = text_of(client.get(PAGE))

    assert f"/admin/bookings/{own.pk}/" in html
    assert f"/admin/bookings/{booking.pk}/" not in html


def test_the_first_page_says_so_to_who_looks_after_it(
    client: Browser, maria: User, booking: Booking
) -> None:
    client.force_login(maria)
    assert HOURS not in text_of(client.get("/admin/"))
    closed()

    html = text_of(client.get("/admin/"))

    assert f'{HOURS} <a href="{PAGE}">Look at them</a>' in html


def test_saving_a_holiday_says_what_lies_outside(
    client: Browser, maria: User, booking: Booking
) -> None:
    client.force_login(maria)
    sent = {"day": TODAY.isoformat(), "kind": "closed"}

    answer = client.post(reverse("admin:business_specialday_add"), sent, follow=True)

    assert f'{HOURS} <a href="{PAGE}">Look at them</a>' in text_of(answer)
    day = SpecialDay.objects.get()
    gone = reverse("admin:business_specialday_delete", args=[day.pk])
    assert HOURS not in text_of(client.post(gone, {"post": "yes"}, follow=True))


@pytest.mark.parametrize(("ends", "is_told"), [("17:00", False), ("13:30", True)])
def test_saving_a_week_says_what_lies_outside(
    client: Browser, maria: User, booking: Booking, inline: Any, ends: str, is_told: bool
) -> None:
    client.force_login(maria)
    aino = booking.provider
    other = ProviderFactory(name="Other")
    for provider, expected in ((aino, is_told), (other, False)):
        rows = [
            {
                "id": each.pk,
                "provider": provider.pk,
                "weekday": each.weekday,
                "starts": "09:00",
                "ends": ends if each.weekday == 1 else "17:30",
            }
            for each in provider.hours.order_by("weekday", "starts")
        ]
        sent = {"name": provider.name, "position": 0, **inline("hours", *rows, initial=len(rows))}
        sent |= inline("date_hours")

        answer = client.post(
            reverse("admin:catalogue_provider_change", args=[provider.pk]), sent, follow=True
        )

        assert provider.hours.filter(ends=dt.time(17, 30)).count() == 4
        assert (HOURS in text_of(answer)) == expected


def test_another_zone_says_what_lies_outside(
    client: Browser, maria: User, booking: Booking
) -> None:
    client.force_login(maria)
    address = reverse("admin:business_business_change", args=[1])
    form = client.get(address).context["adminform"].form
    sent = {name: form[name].value() or "" for name in form.fields}
    sent |= {"name": "Salon", "timezone": "Asia/Tokyo"}

    answer = client.post(address, sent, follow=True)

    assert HOURS in text_of(answer)
