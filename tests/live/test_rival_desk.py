"""Twenty posts at once on the addresses in which staff book: /admin/bookings/new/ and a class's."""

from __future__ import annotations

import pytest
from django.urls import reverse

from bookings.models import Booking, ClassSession, Visit
from business.profile import get_business
from sales.class_sessions import change_session
from tests.live.classes import in_line, next_to_one_place
from tests.live.rivals import (
    RIVALS,
    same_place,
    statuses,
    together,
)
from tests.live.salon import DAYS_AHEAD, Salon, workday

pytestmark = [
    pytest.mark.postgres_only,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
]


def appointment(salon: Salon, client_id: int, service_id: int) -> str:
    """The page in which it is all chosen."""
    shown = workday(DAYS_AHEAD).astimezone(get_business().zone)
    asked = f"client={client_id}&day={shown:%Y-%m-%d}&at={shown:%H:%M}"
    return f"{reverse('backoffice:booking-new')}?{asked}&service={service_id}"


def test_one_booking_of_the_desk_sent_twenty_times_is_one_visit(salon: Salon) -> None:
    client, service, desk = salon.client(), salon.massage(), salon.desk()
    sent = desk.form(appointment(salon, client.pk, service.pk), "form_token")
    sent["line-0-service"] = str(service.pk)

    answers = together([desk.press(reverse("backoffice:booking-new"), **sent)] * RIVALS)

    booking = Booking.objects.get(visit__client=client)
    assert same_place(answers) == reverse("backoffice:booking", args=[booking.pk])


def test_twenty_bookings_of_the_desk_want_one_time(salon: Salon) -> None:
    service, desk, presses = salon.massage(), salon.desk(), []
    for _ in range(RIVALS):
        sent = desk.form(appointment(salon, salon.client().pk, service.pk), "form_token")
        sent["line-0-service"] = str(service.pk)
        presses.append(desk.press(reverse("backoffice:booking-new"), **sent))

    answers = together(presses)

    assert statuses(answers) == {302: 1, 409: RIVALS - 1}
    assert Booking.objects.filter(service=service).count() == 1


def test_somebody_added_twenty_times_comes_once(salon: Salon) -> None:
    session, client, desk = salon.last_place(), salon.client(), salon.desk()
    path = reverse("backoffice:session-add", args=[session.pk])
    sent = desk.form(f"{path}?client={client.pk}", "form_token")

    answers = together([desk.press(path, **sent)] * RIVALS)

    assert same_place(answers) == reverse("backoffice:session", args=[session.pk])
    assert Visit.objects.filter(client=client).count() == 1


def test_twenty_clients_are_added_to_the_last_place(salon: Salon) -> None:
    session, desk, presses = salon.last_place(), salon.desk(), []
    path = reverse("backoffice:session-add", args=[session.pk])
    for _ in range(RIVALS):
        sent = desk.form(f"{path}?client={salon.client().pk}", "form_token")
        presses.append(desk.press(path, **sent))

    answers = together(presses)

    assert statuses(answers) == {302: 1, 409: RIVALS - 1}
    assert ClassSession.objects.get(pk=session.pk).booked_places == 1


def test_somebody_moved_into_a_class_twenty_times_comes_once(salon: Salon) -> None:
    session, _client = next_to_one_place(salon)
    place, _visitor = in_line(salon, session)
    change_session(session=session, places=2, actor=None)
    desk, page = salon.desk(), reverse("backoffice:session", args=[session.pk])
    path = reverse("backoffice:session-take", args=[session.pk])

    answers = together([desk.press(path, **desk.token(page), place=place.pk)] * RIVALS)

    assert same_place(answers) == page
    assert Visit.objects.filter(client=place.client).count() == 1
