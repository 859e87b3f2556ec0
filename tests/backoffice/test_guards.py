"""Guards of the panel that no role alone would meet."""

from __future__ import annotations

import datetime as dt

import pytest
from django.contrib.auth.models import Permission
from django.test import Client as Browser

from backoffice.sign_in import TRIES_PER_ADDRESS
from bookings.models import BookingStatus
from clients.models import Client
from foundation import clock
from foundation.models import User
from tests.factories import ProviderFactory, ServiceFactory, UserFactory, book

pytestmark = pytest.mark.django_db


def one_who_may(*codes: str) -> User:
    user = UserFactory(is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=codes))
    return user


@pytest.mark.parametrize("act", ["arrived", "completed", "no-show", "cancel"])
def test_who_may_only_look_marks_and_cancels_nothing(alice: Client, act: str) -> None:
    service = ServiceFactory(providers=[ProviderFactory()])
    booking = book(alice, service, clock.now() + dt.timedelta(hours=1)).bookings.get()
    browser = Browser()
    browser.force_login(one_who_may("view_booking", "see_all_bookings"))

    assert browser.get(f"/admin/bookings/{booking.pk}/").status_code == 200
    answer = browser.post(f"/admin/bookings/{booking.pk}/{act}/", {"seen": "60/0/"})

    booking.refresh_from_db()
    assert (answer.status_code, booking.status) == (403, BookingStatus.BOOKED)


def test_guesses_at_many_logins_from_one_address_are_limited(client: Browser, daisy: User) -> None:
    for number in range(TRIES_PER_ADDRESS):
        sent = {"username": f"nobody{number}@example.test", "password": "guess"}
        assert "Too many" not in client.post("/admin/login/", sent).content.decode()

    sent = {"username": daisy.email, "password": "guess"}
    assert "Too many" in client.post("/admin/login/", sent).content.decode()
