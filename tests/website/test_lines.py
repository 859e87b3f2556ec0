"""Booking with add-ons, with prices by person, and several services in one visit (C4–C7)."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client as Browser
from django.urls import reverse

from bookings.lines import MOST_LINES
from bookings.models import Hold, Visit
from catalogue.models import AddOn, Provider, Service, ServiceProvider
from foundation.form_tokens import new_form_token
from tests.conftest import Clock
from tests.factories import AddOnFactory, ProviderFactory, ServiceFactory

pytestmark = pytest.mark.django_db

GUEST = {
    "first_name": "Greta",
    "last_name": "Guest",
    "email": "greta@example.test",
    "phone": "+4532101010",
}


@pytest.fixture
def aino(db: None) -> Provider:
    return ProviderFactory(name="Aino")


@pytest.fixture
def freja(db: None) -> Provider:
    return ProviderFactory(name="Freja")


@pytest.fixture
def facial(aino: Provider, freja: Provider) -> Service:
    """An hour for 72.00 with Aino, 75 minutes for 90.00 with Freja."""
    service = ServiceFactory(name_en="Facial", slug="facial", providers=[aino, freja])
    ServiceProvider.objects.filter(provider=freja).update(minutes=75, price_minor=9000)
    return service


@pytest.fixture
def mask(facial: Service) -> AddOn:
    """A quarter of an hour more, 15.00."""
    return AddOnFactory(name_en="Clay mask", services=[facial])


@pytest.fixture
def brows(aino: Provider) -> Service:
    return ServiceFactory(
        name_en="Brows", slug="brows", minutes=30, price_minor=2000, providers=[aino]
    )


def text(browser: Browser, name: str, *args: object, **query: object) -> str:
    answer = browser.get(reverse(f"website:{name}", args=args), query)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def choose(browser: Browser, clock: Clock, **sent: object) -> Hold:
    starts_at = clock.now.replace(hour=8) + dt.timedelta(days=1)
    answer = browser.post(
        reverse("website:book_times", args=["facial"]), {"starts_at": starts_at.isoformat(), **sent}
    )
    assert answer.status_code == 302, answer.content.decode()
    return Hold.objects.get()


def test_people_show_what_they_take_where_it_differs(
    client: Browser, facial: Service, mask: AddOn
) -> None:
    page = text(client, "book_service", "facial")
    assert "€72.00" in page
    assert "€90.00" in page
    assert "Clay mask" in page

    ticked = text(client, "book_service", "facial", extra=mask.pk)
    assert "€87.00" in ticked
    assert "€105.00" in ticked
    assert "90 min" in ticked


def test_an_add_on_asks_for_the_step_where_one_person_does_it(
    client: Browser, brows: Service
) -> None:
    address = reverse("website:book_service", args=["brows"])
    assert client.get(address).status_code == 302

    AddOnFactory(name_en="Tint", services=[brows])
    assert "Tint" in text(client, "book_service", "brows")


def test_every_step_counts_the_same_steps_where_one_person_does_it(
    client: Browser, clock: Clock, brows: Service
) -> None:
    AddOnFactory(name_en="Tint", services=[brows])
    assert "Step 3 of 5" in text(client, "book_times", "brows")

    starts_at = clock.now.replace(hour=8) + dt.timedelta(days=1)
    sent = {"starts_at": starts_at.isoformat()}
    client.post(reverse("website:book_times", args=["brows"]), sent)
    token = Hold.objects.get().token
    assert "Step 4 of 5" in text(client, "book_details", token)
    client.post(reverse("website:book_details", args=[token]), GUEST)
    assert "Step 5 of 5" in text(client, "book_review", token)


def test_the_time_step_carries_what_was_ticked(
    client: Browser, facial: Service, mask: AddOn, aino: Provider
) -> None:
    page = text(client, "book_times", "facial", **{"with": aino.pk, "extra": mask.pk})

    assert "Facial + Clay mask" in page
    assert "75 min · €87.00" in page
    assert f'name="extra" value="{mask.pk}"' in page


def test_an_add_on_of_something_else_is_left_out(
    client: Browser, facial: Service, brows: Service
) -> None:
    other = AddOnFactory(name_en="Tint", services=[brows])
    for extra in (other.pk, "x", "9" * 30, "²"):
        assert "Tint" not in text(client, "book_times", "facial", extra=extra)


def test_booking_with_an_add_on(
    client: Browser, clock: Clock, facial: Service, mask: AddOn, freja: Provider
) -> None:
    hold = choose(client, clock, **{"with": freja.pk, "extra": mask.pk})
    client.post(reverse("website:book_details", args=[hold.token]), GUEST)
    review = text(client, "book_review", hold.token)

    assert "Clay mask" in review
    assert "90.00" in review
    assert "15.00" in review
    assert "you pay €105.00 at the salon" in review
    sent = {"form_token": new_form_token(), "total": 10500, "cards_pay": 0}
    assert client.post(reverse("website:book_review", args=[hold.token]), sent).status_code == 302
    booking = Visit.objects.get().bookings.get()
    assert (booking.provider, booking.price_minor) == (freja, 10500)
    assert [each.name for each in booking.add_ons.all()] == ["Clay mask"]
    assert booking.ends_at - booking.starts_at == dt.timedelta(minutes=90)


def test_several_services_in_one_visit(
    client: Browser, clock: Clock, facial: Service, brows: Service, freja: Provider
) -> None:
    page = text(client, "book_times", "facial", **{"with": freja.pk, "then": brows.pk})
    assert "105 min · €110.00" in page
    assert "Remove Brows" in page

    hold = choose(client, clock, **{"with": freja.pk, "then": brows.pk})
    client.post(reverse("website:book_details", args=[hold.token]), GUEST)
    review = text(client, "book_review", hold.token)
    assert "you pay €110.00 at the salon" in review
    assert f"then={brows.pk}" in review

    sent = {"form_token": new_form_token(), "total": 11000, "cards_pay": 0}
    client.post(reverse("website:book_review", args=[hold.token]), sent)
    first, second = Visit.objects.get().bookings.order_by("starts_at")
    assert (first.service_name, first.provider.name) == ("Facial", "Freja")
    assert (second.service_name, second.provider.name) == ("Brows", "Aino")
    assert second.starts_at == first.ends_at


def test_a_visit_has_room_for_so_many(client: Browser, facial: Service, brows: Service) -> None:
    page = text(client, "book_times", "facial", then=[brows.pk] * (MOST_LINES + 3))

    assert page.count("Remove Brows") == MOST_LINES - 1
    assert "Add another service" not in page
    assert "Add another service" in text(client, "book_times", "facial")


def test_a_time_that_is_gone_keeps_what_was_asked_for(
    client: Browser, clock: Clock, facial: Service, mask: AddOn, brows: Service
) -> None:
    late = clock.now.replace(hour=14) + dt.timedelta(days=1)  # nothing fits before closing time
    answer = client.post(
        f"{reverse('website:book_times', args=['facial'])}?extra={mask.pk}&then={brows.pk}",
        {"starts_at": late.isoformat(), "with": "any", "extra": mask.pk, "then": brows.pk},
    )

    assert answer.status_code == 409
    page = " ".join(answer.content.decode().split())
    assert "Facial + Clay mask" in page
    assert "Remove Brows" in page
    assert f"extra={mask.pk}" in page


def test_a_price_that_changed_is_shown_before_it_is_booked(
    client: Browser, clock: Clock, facial: Service, mask: AddOn, aino: Provider
) -> None:
    hold = choose(client, clock, **{"with": aino.pk, "extra": mask.pk})
    client.post(reverse("website:book_details", args=[hold.token]), GUEST)
    AddOn.objects.update(price_minor=2500)

    sent = {"form_token": new_form_token(), "total": 8700, "cards_pay": 0}
    answer = client.post(reverse("website:book_review", args=[hold.token]), sent)

    assert answer.status_code == 409
    assert "€97.00" in answer.content.decode()
    assert not Visit.objects.exists()
