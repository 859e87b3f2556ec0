"""Guards of the panel that no role alone would meet."""

from __future__ import annotations

import datetime as dt

import pytest
from django.contrib.auth.models import Permission
from django.test import Client as Browser
from django.urls import reverse

from backoffice.dashboard import dashboard
from backoffice.sign_in import TRIES_PER_ADDRESS
from bookings.models import BookingStatus
from bookings.scheduling import schedule_place
from bookings.sessions import create_session
from catalogue.archive import archive_service
from clients.models import Client
from foundation import clock
from foundation.models import User
from tests.factories import (
    ClassServiceFactory,
    ProviderFactory,
    ServiceFactory,
    UserFactory,
    book,
)

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


@pytest.mark.parametrize(
    ("action", "archived"), [("take_off_offer", False), ("put_on_offer", True)]
)
def test_who_may_only_look_archives_nothing(client: Browser, action: str, archived: bool) -> None:
    service = ServiceFactory(providers=[ProviderFactory()])
    if archived:
        archive_service(service=service, actor=None)
    client.force_login(one_who_may("view_appointmentservice"))

    client.post(
        reverse("admin:catalogue_appointmentservice_changelist") + "?offer=all",
        {"action": action, "_selected_action": [service.pk]},
    )

    service.refresh_from_db()
    assert (service.archived_at is not None) is archived


@pytest.mark.parametrize(("codes", "is_seen"), [((), False), (("see_all_bookings",), True)])
def test_who_may_not_see_all_bookings_sees_no_clients_of_a_class(
    client: Browser, alice: Client, codes: tuple[str, ...], is_seen: bool
) -> None:
    provider = ProviderFactory()
    lesson = ClassServiceFactory(providers=[provider])
    start = clock.now() + dt.timedelta(hours=1)
    session = create_session(service=lesson, provider=provider, starts_at=start, actor=None)
    schedule_place(client=alice, session=session, places=1, source="desk", note="", actor=None)
    client.force_login(one_who_may("view_classsession", *codes))

    page = client.get(reverse("admin:bookings_classsession_change", args=[session.pk]))

    assert page.status_code == 200
    assert (alice.full_name in page.content.decode()) is is_seen


def test_the_first_page_shows_nothing_to_who_may_nothing() -> None:
    assert set(dashboard(one_who_may())) == {"today"}


def test_not_even_a_superuser_changes_a_session(client: Browser, root: User) -> None:
    provider = ProviderFactory()
    lesson = ClassServiceFactory(providers=[provider])
    start = clock.now() + dt.timedelta(hours=1)
    session = create_session(service=lesson, provider=provider, starts_at=start, actor=None)
    client.force_login(root)
    path = reverse("admin:bookings_classsession_change", args=[session.pk])

    assert 'name="_save"' not in client.get(path).content.decode()
    assert client.post(path, {}).status_code == 403


def test_not_even_a_superuser_adds_a_second_business(client: Browser, root: User) -> None:
    client.force_login(root)

    assert client.get(reverse("admin:business_business_add")).status_code == 403
