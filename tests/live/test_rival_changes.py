"""Twenty posts at once on what moves, cancels and marks a visit."""

from __future__ import annotations

import datetime as dt

import pytest
from django.urls import reverse

from bookings.models import (
    Booking,
    Visit,
)
from loyalty.models import Award, PointEntry
from loyalty.points import balance_of
from loyalty.sweep import credit_due_awards
from sales.visits import cancel_visit
from tests.factories import (
    ProviderFactory,
    book,
    give_card,
)
from tests.live.rivals import RIVALS, same_place, statuses, together
from tests.live.salon import DAYS_AHEAD, Salon, workday

pytestmark = [
    pytest.mark.postgres_only,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
]


def test_a_visit_cancelled_twenty_times_is_refunded_once(salon: Salon) -> None:
    client = salon.client()
    card = give_card(client, 5000)
    visit = salon.visit(client, days=DAYS_AHEAD, cards=(card.pk,))
    path = reverse("website:visit_cancel", args=[visit.ref])
    visitor = salon.visitor(client)

    answers = together([visitor.press(path, **visitor.token(path))] * RIVALS)

    assert same_place(answers) == reverse("website:visit", args=[visit.ref])
    card.refresh_from_db()
    assert (card.balance, card.entries.count()) == (5000, 3)


def of_desk(booking: Booking, act: str) -> str:
    return reverse(f"backoffice:booking-{act}", args=[booking.pk])


def test_client_and_desk_cancel_at_once(salon: Salon) -> None:
    client = salon.client()
    card = give_card(client, 5000)
    visit = salon.visit(client, days=DAYS_AHEAD, cards=(card.pk,))
    own, cancel = salon.visitor(client), reverse("website:visit_cancel", args=[visit.ref])
    desk, at_desk = salon.desk(), of_desk(visit.bookings.get(), "cancel")
    by_client = own.press(cancel, **own.token(cancel))
    by_desk = desk.press(at_desk, **desk.form(at_desk, "seen"))

    answers = together([by_client, by_desk] * (RIVALS // 2))

    assert set(statuses(answers)) <= {302, 409}
    assert statuses(answers[::2]) == {302: RIVALS // 2}
    card.refresh_from_db()
    assert (card.balance, card.entries.count()) == (5000, 3)
    assert visit.bookings.get().status == "cancelled"


def _new_time(visit: Visit) -> str:
    return f"?at={(visit.starts_at + dt.timedelta(hours=2)).isoformat()}".replace("+", "%2B")


def test_one_move_sent_twenty_times_is_one_move(salon: Salon) -> None:
    client = salon.client()
    visit = salon.visit(client, days=DAYS_AHEAD)
    path = reverse("website:visit_move", args=[visit.ref])
    visitor = salon.visitor(client)
    sent = visitor.form(path + _new_time(visit), "form_token")

    answers = together([visitor.press(path, **sent)] * RIVALS)

    assert same_place(answers) == reverse("website:visit", args=[visit.ref])
    booking = visit.bookings.get()
    assert booking.starts_at == visit.starts_at + dt.timedelta(hours=2)
    assert booking.changes.count() == 1


def test_a_visit_is_moved_and_cancelled_at_once(salon: Salon) -> None:
    client = salon.client()
    card = give_card(client, 5000)
    visit = salon.visit(client, days=DAYS_AHEAD, cards=(card.pk,))
    path = reverse("website:visit_move", args=[visit.ref])
    cancel = reverse("website:visit_cancel", args=[visit.ref])
    own = salon.visitor(client)
    moves = own.press(path, **own.form(path + _new_time(visit), "form_token"))
    cancels = own.press(cancel, **own.token(cancel))

    answers = together([moves, cancels] * (RIVALS // 2))

    # Whoever cancels is led to the visit, first or not; a move is made before that or refused.
    assert statuses(answers[1::2]) == {302: RIVALS // 2}
    assert set(statuses(answers[::2])) <= {302, 409}
    card.refresh_from_db()
    assert (card.balance, card.entries.count()) == (5000, 3)
    assert visit.bookings.get().status == "cancelled"


def test_twenty_visits_are_moved_onto_one_time(salon: Salon) -> None:
    """Twenty clients of one person, and one hour that is free."""
    client = salon.client()
    service = salon.massage()
    anna = service.providers.get()
    others = ProviderFactory.create_batch(RIVALS, services=[service])
    starts_at = workday(DAYS_AHEAD)
    visits = [book(client, service, starts_at, provider=other) for other in others]
    desk, presses = salon.desk(), []
    for visit in visits:
        path = of_desk(visit.bookings.get(), "move")
        query = f"{_new_time(visit)}&person={anna.pk}"
        sent = desk.form(path + query, "form_token")
        presses.append(desk.press(path, **sent))

    answers = together(presses)

    assert statuses(answers) == {302: 1, 409: RIVALS - 1}
    assert Booking.objects.filter(provider=anna, service=service).count() == 1


def test_a_cancellation_undone_twenty_times_stands_once(salon: Salon) -> None:
    client = salon.client()
    visit = salon.visit(client, days=DAYS_AHEAD)
    cancel_visit(visit=visit, actor=salon.owner)
    booking = visit.bookings.get()
    desk = salon.desk()
    page = reverse("backoffice:booking", args=[booking.pk])

    answers = together([desk.press(of_desk(booking, "undo"), **desk.form(page, "mark"))] * RIVALS)

    assert same_place(answers) == page
    booking.refresh_from_db()
    assert booking.status == "booked"
    assert booking.changes.filter(kind="undone").count() == 1


def test_a_booking_deleted_twenty_times_is_refunded_once(salon: Salon) -> None:
    client = salon.client()
    card = give_card(client, 5000)
    visit = salon.visit(client, days=DAYS_AHEAD, cards=(card.pk,))
    desk, path = salon.desk(), of_desk(visit.bookings.get(), "delete")

    answers = together([desk.press(path, **desk.form(path, "seen"))] * RIVALS)

    assert set(statuses(answers)) <= {302, 409}
    card.refresh_from_db()
    assert (card.balance, card.entries.count()) == (5000, 3)
    visit.refresh_from_db()
    assert visit.hidden_at is not None


@pytest.mark.parametrize("act", ["arrived", "started", "completed"])
def test_a_mark_sent_twenty_times_is_made_once(salon: Salon, act: str) -> None:
    booking = salon.past_booking(salon.client())
    desk = salon.desk()
    page = reverse("backoffice:booking", args=[booking.pk])

    answers = together([desk.press(of_desk(booking, act), **desk.token(page))] * RIVALS)

    assert same_place(answers) == page
    booking.refresh_from_db()
    assert (booking.status, booking.status_changed_by) == (act, salon.owner)


def test_no_show_sent_twenty_times_takes_points_back_once(salon: Salon) -> None:
    client = salon.client()
    booking = salon.past_booking(client)
    credit_due_awards()
    assert balance_of(client) == 60
    desk, path = salon.desk(), of_desk(booking, "no-show")
    page = reverse("backoffice:booking", args=[booking.pk])

    answers = together([desk.press(path, **desk.form(path, "seen"))] * RIVALS)

    # Whoever meets the first on its way repeats it; whoever comes later is told who did it.
    told = statuses(answers)
    assert told[302] + told.get(409, 0) == RIVALS
    assert {each.place for each in answers if each.is_redirect} == {page}
    booking.refresh_from_db()
    assert (booking.status, balance_of(client)) == ("no_show", 0)
    assert PointEntry.objects.filter(booking=booking, kind="withdraw").count() == 1


def test_completed_no_show_and_cancelled_at_once(salon: Salon) -> None:
    client = salon.client()
    booking = salon.past_booking(client)
    credit_due_awards()
    desk = salon.desk()
    page = reverse("backoffice:booking", args=[booking.pk])
    presses = [desk.press(of_desk(booking, "completed"), **desk.token(page))]
    for act in ("no-show", "cancel"):
        path = of_desk(booking, act)
        presses.append(desk.press(path, **desk.form(path, "seen")))

    answers = together((presses * RIVALS)[:RIVALS])

    assert set(statuses(answers)) <= {302, 409}
    booking.refresh_from_db()
    award = Award.objects.get(booking=booking)
    # Completed may still become a no-show or cancelled; of those two the first one stays.
    assert (booking.status, award.state, balance_of(client)) in (
        ("completed", "credited", 60),
        ("no_show", "withdrawn", 0),
        ("cancelled", "withdrawn", 0),
    )


def test_points_are_tried_again_or_given_up(salon: Salon) -> None:
    booking = salon.past_booking(salon.client())
    Award.objects.filter(booking=booking).update(state="quarantined")
    desk = salon.desk()
    token = desk.token(reverse("backoffice:booking", args=[booking.pk]))
    again = desk.press(of_desk(booking, "points-again"), **token)
    give_up = desk.press(of_desk(booking, "points-give-up"), **token)

    answers = together([again, give_up] * (RIVALS // 2))

    assert statuses(answers) == {302: 1, 409: RIVALS - 1}
    winner = [answer.is_redirect for answer in answers].index(True)
    state = Award.objects.get(booking=booking).state
    assert state == ("promised", "dropped")[winner % 2]
