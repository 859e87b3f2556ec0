"""Twenty posts at once on the addresses in which clients and guests book."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from django.urls import reverse

from bookings.holds import place_hold, place_session_hold
from bookings.lines import Line
from bookings.models import (
    Hold,
    Occupation,
    Visit,
)
from clients.models import Client
from giftcards.cards import reveal_code
from giftcards.models import CardEntry
from loyalty.models import Award
from tests.factories import (
    give_card,
)
from tests.live.rivals import RIVALS, same_place, statuses, together
from tests.live.salon import DAYS_AHEAD, Salon, workday
from tests.live.server import Press, Visitor

pytestmark = [
    pytest.mark.postgres_only,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
]

GUEST = {
    "first_name": "Greta",
    "last_name": "Gade",
    "email": "greta@example.test",
    "phone": "+358401234567",
    "note": "",
}


def keep_time(salon: Salon, visitor: Visitor) -> str:
    """Choose next week's time on the site; the token of the draft."""
    service = salon.massage()
    path = reverse("website:book_times", args=[service.slug])
    chosen = {"with": "any", "draft": "", "starts_at": workday(DAYS_AHEAD).isoformat()}
    answer = visitor.post(path, visitor.token(path) | chosen)
    assert answer.is_redirect, answer.body[:2000]
    return Hold.objects.get(service=service).token


def draft(name: str, token: str) -> str:
    return reverse(f"website:{name}", args=[token])


def test_twenty_guests_want_one_time(salon: Salon) -> None:
    service = salon.massage()
    path = reverse("website:book_times", args=[service.slug])
    chosen = {"with": "any", "draft": "", "starts_at": workday(DAYS_AHEAD).isoformat()}
    guests = salon.guests(RIVALS)

    answers = together([guest.press(path, **guest.token(path), **chosen) for guest in guests])

    assert statuses(answers) == {302: 1, 409: RIVALS - 1}
    assert Hold.objects.filter(service=service).count() == 1


def test_details_sent_twenty_times_keep_one_time(salon: Salon) -> None:
    (guest,) = salon.guests(1)
    token = keep_time(salon, guest)
    path = draft("book_details", token)
    press = guest.press(path, **guest.token(path), **GUEST)

    answers = together([press] * RIVALS)

    assert same_place(answers) == draft("book_review", token)
    assert Occupation.objects.filter(hold__token=token).count() == 1


def test_keeping_a_time_twenty_times_keeps_one_time(salon: Salon) -> None:
    (guest,) = salon.guests(1)
    token = keep_time(salon, guest)
    press = guest.press(draft("book_keep", token), **guest.token(draft("book_details", token)))

    answers = together([press] * RIVALS)

    # At most ten times ten minutes; who asks for more is told so.
    assert set(statuses(answers)) <= {302, 409, 422}
    assert 1 <= statuses(answers)[302] <= 10
    assert Occupation.objects.filter(hold__token=token).count() == 1


def draft_of(salon: Salon, visitor: Visitor) -> str:
    """A draft of somebody signed in, up to its last page."""
    token = keep_time(salon, visitor)
    path = draft("book_details", token)
    answer = visitor.post(path, visitor.token(path) | {"note": ""})
    assert answer.is_redirect, answer.body[:2000]
    return token


def test_a_code_sent_twenty_times_pays_once(salon: Salon) -> None:
    """Each look-up counts as a guess until it turns out to be honest, so that more than ten on
    their way from one address are a burst of guesses, and told to wait."""
    visitor = salon.visitor(salon.client())
    card = give_card(None, 7200)
    token = draft_of(salon, visitor)
    press = visitor.press(
        draft("book_code", token),
        **visitor.token(draft("book_review", token)),
        code=reveal_code(card),
    )

    answers = together([press] * RIVALS)

    assert set(statuses(answers)) <= {302, 429}
    assert statuses(answers)[302] >= 10
    assert Hold.objects.get(token=token).details["cards"] == [card.pk]
    assert CardEntry.objects.filter(card=card).count() == 1


def test_a_card_chosen_twenty_times_pays_once(salon: Salon) -> None:
    client = salon.client()
    visitor, card = salon.visitor(client), give_card(client, 7200)
    token = draft_of(salon, visitor)
    press = visitor.press(
        draft("book_cards", token), **visitor.token(draft("book_review", token)), card=card.token
    )

    answers = together([press] * RIVALS)

    assert same_place(answers) == draft("book_review", token)
    assert Hold.objects.get(token=token).details["cards"] == [card.pk]
    assert CardEntry.objects.filter(card=card).count() == 1


def test_one_booking_sent_twenty_times_is_one_visit(salon: Salon) -> None:
    client = salon.client()
    visitor, card = salon.visitor(client), give_card(client, 5000)
    token = draft_of(salon, visitor)
    review = draft("book_review", token)
    visitor.post(draft("book_cards", token), visitor.token(review) | {"card": card.token})
    form = visitor.form(review, "form_token")
    assert form["cards_pay"] == "5000"

    answers = together([visitor.press(review, **form)] * RIVALS)

    visit = Visit.objects.get(client=client)
    assert same_place(answers) == reverse("website:visit", args=[visit.ref])
    card.refresh_from_db()
    assert (card.balance, visit.sale.paid_minor) == (0, 5000)
    assert Award.objects.filter(booking__visit=visit).count() == 1


def last_buttons(salon: Salon, clients: Sequence[Client], holds: Sequence[Hold]) -> list[Press]:
    presses = []
    for client, hold in zip(clients, holds, strict=True):
        visitor, review = salon.visitor(client), draft("book_review", hold.token)
        presses.append(visitor.press(review, **visitor.form(review, "form_token")))
    return presses


def test_twenty_clients_want_the_last_place(salon: Salon) -> None:
    session = salon.last_place()
    clients = [salon.client() for _ in range(RIVALS)]
    holds = [place_session_hold(session=session, user=client.user) for client in clients]

    answers = together(last_buttons(salon, clients, holds))

    assert statuses(answers) == {302: 1, 409: RIVALS - 1}
    session.refresh_from_db()
    assert (session.booked_places, session.bookings.count()) == (1, 1)


def test_one_card_in_twenty_bookings_pays_for_one(salon: Salon) -> None:
    client = salon.client()
    card = give_card(client, 7200)
    holds = [
        place_hold(
            lines=[Line(salon.massage())],
            starts_at=workday(DAYS_AHEAD),
            user=client.user,
            details={"cards": [card.pk]},
        )
        for _ in range(RIVALS)
    ]

    answers = together(last_buttons(salon, [client] * RIVALS, holds))

    assert statuses(answers) == {302: 1, 409: RIVALS - 1}
    card.refresh_from_db()
    assert (card.balance, card.entries.count()) == (0, 2)
    assert Visit.objects.filter(client=client).count() == 1


def test_a_class_begun_twenty_times_takes_no_place(salon: Salon) -> None:
    session = salon.last_place()
    path = reverse("website:session", args=[session.pk])
    guests = salon.guests(RIVALS)

    answers = together([guest.press(path, **guest.token(path)) for guest in guests])

    assert statuses(answers) == {302: RIVALS}
    session.refresh_from_db()
    assert session.booked_places == 0
