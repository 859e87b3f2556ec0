"""Moving visits of several services: who changes, what the review lists, and what it warns of."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.test import Client as Browser

from bookings.lines import Line
from bookings.models import Booking, Source, Visit
from catalogue.models import Provider, Service, ServiceProvider
from clients.models import Client
from foundation.form_tokens import new_form_token
from sales.visits import book_visit
from tests.backoffice.booking_pages import at, page, text_of
from tests.backoffice.test_booking_changes import fields
from tests.factories import ProviderFactory, ServiceFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def jonas(db: None) -> Provider:
    return ProviderFactory(name="Jonas")


@pytest.fixture
def facial(jonas: Provider) -> Service:
    return ServiceFactory(name_en="Facial", providers=[jonas])


@pytest.fixture
def visit(alice: Client, massage: Service, facial: Service, jonas: Provider) -> Visit:
    """The massage with Aino at 13:00, then the facial with Jonas."""
    return book_visit(
        client=alice,
        guest=None,
        lines=[Line(massage, massage.providers.get()), Line(facial, jonas)],
        starts_at=at(13),
        source=Source.DESK,
        form_token=new_form_token(),
        actor=None,
    )


def parts(visit: Visit) -> tuple[Booking, Booking]:
    first, second = visit.bookings.select_related("service", "provider").order_by("starts_at")
    return first, second


def review(desk: Browser, booking: Booking, starts_at: dt.datetime, person: Any = "") -> Any:
    query = {"at": starts_at.isoformat(), "person": person}
    return desk.get(page(booking, "move/"), query)


def test_the_review_lists_every_service_old_and_new(desk: Browser, visit: Visit) -> None:
    html = text_of(review(desk, parts(visit)[0], at(11)))

    for words in ("13:00–14:00", "14:00–15:00", "11:00–12:00", "12:00–13:00"):
        assert words in html
    assert html.count("Facial, Jonas") == 2


def test_only_the_part_that_was_dragged_changes_its_person(
    desk: Browser, visit: Visit, facial: Service
) -> None:
    mia = ProviderFactory(name="Mia")
    ServiceProvider.objects.create(service=facial, provider=mia, price_minor=9900)
    answer = review(desk, parts(visit)[1], at(11), mia.pk)
    assert "Facial, <b>Mia</b>" in text_of(answer)
    assert "Deep tissue massage, Aino" in text_of(answer)
    price = answer.context["effects"].total_minor

    done = desk.post(page(parts(visit)[1], "move/"), fields(answer))

    assert done.status_code == 302
    assert [each.provider.name for each in parts(visit)] == ["Aino", "Mia"]
    assert sum(each.price_minor for each in parts(visit)) == price
    assert parts(visit)[1].price_minor == 9900


def test_to_where_it_is_with_another_person_is_a_move(
    desk: Browser, visit: Visit, facial: Service
) -> None:
    mia = ProviderFactory(name="Mia")
    ServiceProvider.objects.create(service=facial, provider=mia)

    desk.post(page(parts(visit)[1], "move/"), fields(review(desk, parts(visit)[1], at(13), mia.pk)))

    assert [each.provider.name for each in parts(visit)] == ["Aino", "Mia"]


def test_only_the_part_that_was_dragged_is_in_the_way(
    desk: Browser, visit: Visit, bob: Client, facial: Service
) -> None:
    """Mia has somebody while the massage would be, and is free for the facial."""
    mia = ProviderFactory(name="Mia")
    ServiceProvider.objects.create(service=facial, provider=mia)
    book_visit(
        client=bob,
        guest=None,
        lines=[Line(facial, mia)],
        starts_at=at(15),
        source=Source.DESK,
        form_token=new_form_token(),
        actor=None,
    )

    assert review(desk, parts(visit)[1], at(15), mia.pk).status_code == 200
    refused = review(desk, parts(visit)[1], at(14), mia.pk)
    assert refused.status_code == 409
    assert "Mia has" in text_of(refused)


def test_two_services_that_end_after_closing_are_warned_of(desk: Browser, visit: Visit) -> None:
    listed = desk.get(page(parts(visit)[0], "move/?day=2025-11-05")).content.decode()
    assert 'value="2025-11-05T13:00:00+00:00"' in listed  # 15:00, over at 17:00
    assert 'value="2025-11-05T13:15:00+00:00"' not in listed

    html = text_of(review(desk, parts(visit)[0], at(16, day=5)))

    assert "This time is not among the free times" in html
    assert "This is outside the working hours of Jonas." in html
    assert "working hours of Aino" not in html


def test_somebody_who_does_not_do_it_is_warned_of(
    desk: Browser, visit: Visit, jonas: Provider
) -> None:
    first = parts(visit)[0]
    words = "Jonas does not usually do Deep tissue massage."

    assert words in text_of(desk.get(page(first, f"move/?person={jonas.pk}")))
    assert words in text_of(review(desk, first, at(11), jonas.pk))
    assert "does not usually do" not in text_of(review(desk, first, at(11)))
    assert "does not usually do" not in text_of(desk.get(page(first, "move/")))


def test_a_form_without_the_part_is_the_same_form(desk: Browser, visit: Visit) -> None:
    """Pressed twice, it moves once and says so twice."""
    first = parts(visit)[0]
    sent = fields(review(desk, first, at(11)))

    for _time in range(2):
        assert desk.post(page(first, "move/"), sent).status_code == 302

    assert parts(visit)[0].starts_at == at(11)
    assert Booking.objects.get(pk=first.pk).changes.count() == 1
    assert re.fullmatch(r"[0-9a-f]{16}", sent["seen"])
