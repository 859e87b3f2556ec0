"""Every address of features, messages and bookings × every role; ``reports`` has its own."""

from __future__ import annotations

import pytest
from django.test import Client as Browser
from django.urls import get_resolver

from backoffice.bookings_urls import urlpatterns as booking_urls
from backoffice.features_urls import urlpatterns as feature_urls
from bookings.models import Booking
from clients.models import Client
from tests.conftest import Clock
from tests.factories import ProviderFactory, ServiceFactory, book

pytestmark = pytest.mark.django_db

PEOPLE = ("daisy", "pavel", "maria", "olga")
OFFICE, OWNER = {"maria", "olga"}, {"olga"}
ALL, DESK = set(PEOPLE), {"daisy", "maria", "olga"}
TEXT = "features/messages/points_added/da/"

# Address → who may GET it, who may POST to it (None: not answered at all). ``1`` is a booking
# that is not Pavel's.
ADDRESSES: dict[str, tuple[str, set[str] | None, set[str] | None]] = {
    "features": ("features/", OFFICE, OFFICE),
    "feature": ("features/loyalty/", OFFICE, OFFICE),
    "feature-on": ("features/coupons/on/", OWNER, OWNER),
    "feature-off": ("features/coupons/off/", OWNER, OWNER),
    "feature-delay": ("features/loyalty/delay/", None, OFFICE),
    "feature-message": (TEXT, OFFICE, OFFICE),
    "feature-message-preview": (TEXT + "preview/", None, OFFICE),
    "feature-message-test": (TEXT + "test/", None, OFFICE),
    "feature-message-reset": (TEXT + "reset/", OFFICE, OFFICE),
    "bookings": ("bookings/", ALL, ALL),
    "booking-new": ("bookings/new/", ALL, ALL),
    "booking": ("bookings/1/", DESK, DESK),
    "booking-arrived": ("bookings/1/arrived/", None, DESK),
    "booking-completed": ("bookings/1/completed/", None, DESK),
    "booking-started": ("bookings/1/started/", None, DESK),
    "booking-edit": ("bookings/1/edit/", DESK, DESK),
    "booking-move": ("bookings/1/move/", DESK, DESK),
    "booking-undo": ("bookings/1/undo/", None, DESK),
    "booking-delete": ("bookings/1/remove/", DESK, DESK),
    "booking-no-show": ("bookings/1/no-show/", DESK, DESK),
    "booking-points-return": ("bookings/1/points/return/", None, DESK),
    "booking-points-again": ("bookings/1/points/again/", None, OFFICE),
    "booking-points-give-up": ("bookings/1/points/give-up/", None, OFFICE),
    "booking-cancel": ("bookings/1/cancel/", DESK, DESK),
}


@pytest.fixture
def booking(alice: Client, clock: Clock) -> Booking:
    service = ServiceFactory(providers=[ProviderFactory(name="Aino")])
    return book(alice, service, clock.now.replace(hour=11)).bookings.get()


def test_no_address_is_forgotten() -> None:
    assert {each.name for each in (*feature_urls, *booking_urls)} == set(ADDRESSES)
    assert get_resolver().namespace_dict["backoffice"]


@pytest.mark.parametrize("name", ADDRESSES)
@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("person", PEOPLE)
def test_address_opens_for_these_roles_alone(
    client: Browser,
    booking: Booking,
    request: pytest.FixtureRequest,
    person: str,
    method: str,
    name: str,
) -> None:
    path, may_get, may_post = ADDRESSES[name]
    allowed = may_get if method == "get" else may_post
    client.force_login(request.getfixturevalue(person))

    status = getattr(client, method)("/admin/" + path.replace("1", str(booking.pk))).status_code

    if allowed is None:
        assert status == 405
    elif person in allowed:
        assert status in (200, 302, 409, 422)
    else:
        assert status == 403


@pytest.mark.parametrize("name", ADDRESSES)
def test_address_is_shut_to_clients_and_strangers(
    client: Browser, booking: Booking, alice: Client, name: str
) -> None:
    path, may_get, _ = ADDRESSES[name]
    address = "/admin/" + path.replace("1", str(booking.pk))
    for _ in range(2):
        response = client.post(address) if may_get is None else client.get(address)
        assert response.status_code == 302
        assert response.headers["Location"].startswith("/admin/login/")
        assert alice.user is not None
        client.force_login(alice.user)
