"""Twenty posts at once on every address that moves points, money, gift cards or places.

The web service of docker-compose.yml with the settings of production, real sessions and tokens.
One succeeds; the others are refused cleanly or are led to the first result (reliability F22);
nothing is a 5xx, no total is adrift at any instant, and the audit is clean afterwards.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import pytest
from django.urls import reverse

from bookings.holds import place_hold, place_session_hold
from bookings.models import Booking, ClassSession, Hold, Occupation, Visit
from business.features import get_features
from clients.models import Client
from giftcards.cards import reveal_code
from giftcards.models import CardEntry, GiftCard
from loyalty.models import Award, PointEntry
from loyalty.points import balance_of
from loyalty.sweep import credit_due_awards
from tests.concurrency.contests import violations
from tests.concurrency.watching import watching
from tests.factories import (
    ClassServiceFactory,
    GiftCardTypeFactory,
    ProviderFactory,
    give_card,
    turn_off,
    turn_on,
)
from tests.live.salon import DAYS_AHEAD, Salon, workday
from tests.live.server import Answer, Press, Visitor, send_together

pytestmark = [
    pytest.mark.postgres_only,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
]

RIVALS = 20
GUEST = {
    "first_name": "Greta",
    "last_name": "Gade",
    "email": "greta@example.test",
    "phone": "+358401234567",
    "note": "",
}


def together(presses: Sequence[Press]) -> list[Answer]:
    """What came of twenty presses, with everything that holds for all of them."""
    assert len(presses) == RIVALS
    with watching() as watch:
        answers = send_together(presses)
    broken = [answer for answer in answers if answer.status >= 500]
    assert broken == [], presses[0].visitor.site.said()
    assert watch.lies == set()
    assert violations() == []
    return answers


def statuses(answers: Sequence[Answer]) -> dict[int, int]:
    return dict(Counter(answer.status for answer in answers))


def same_place(answers: Sequence[Answer]) -> str:
    """Where all of them lead."""
    assert statuses(answers) == {302: RIVALS}, answers[0].body[:2000]
    (place,) = {answer.place for answer in answers}
    return place


# --- booking ----------------------------------------------------------------------------------


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
            service=salon.massage(),
            provider=None,
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


# --- cancelling and marking -------------------------------------------------------------------


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


@pytest.mark.parametrize("act", ["arrived", "completed"])
def test_a_mark_sent_twenty_times_is_made_once(salon: Salon, act: str) -> None:
    booking = salon.past_booking(salon.client())
    desk = salon.desk()
    page = reverse("backoffice:booking", args=[booking.pk])

    answers = together([desk.press(of_desk(booking, act), **desk.token(page))] * RIVALS)

    assert set(statuses(answers)) <= {302, 409}
    assert any(answer.place == page for answer in answers)
    booking.refresh_from_db()
    assert booking.status == act


def test_no_show_sent_twenty_times_takes_points_back_once(salon: Salon) -> None:
    client = salon.client()
    booking = salon.past_booking(client)
    credit_due_awards()
    assert balance_of(client) == 60
    desk, path = salon.desk(), of_desk(booking, "no-show")

    answers = together([desk.press(path, **desk.form(path, "seen"))] * RIVALS)

    assert set(statuses(answers)) <= {302, 409}
    assert statuses(answers)[302] >= 1
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


# --- points -----------------------------------------------------------------------------------


def test_one_form_sent_twenty_times_is_one_card(salon: Salon) -> None:
    client, card_type = salon.client(points=5000), salon.reward()
    path = reverse("website:gift_card_points", args=[card_type.slug])
    visitor = salon.visitor(client)

    answers = together([visitor.press(path, **visitor.form(path, "form_token"))] * RIVALS)

    card = GiftCard.objects.get(owner=client)
    assert same_place(answers) == reverse("website:gift_card", args=[card.token])
    assert balance_of(client) == 4500


def test_twenty_forms_want_the_last_points(salon: Salon) -> None:
    client, card_type = salon.client(points=999), salon.reward()
    path = reverse("website:gift_card_points", args=[card_type.slug])
    visitor = salon.visitor(client)
    presses = [visitor.press(path, **visitor.form(path, "form_token")) for _ in range(RIVALS)]

    answers = together(presses)

    assert statuses(answers) == {302: 1, 409: RIVALS - 1}
    assert (balance_of(client), GiftCard.objects.filter(owner=client).count()) == (499, 1)


def test_cards_are_chosen_while_loyalty_is_switched_off(salon: Salon) -> None:
    client, card_type = salon.client(points=50_000), salon.reward()
    path = reverse("website:gift_card_points", args=[card_type.slug])
    visitor, desk = salon.visitor(client), salon.desk()
    presses = [visitor.press(path, **visitor.form(path, "form_token")) for _ in range(RIVALS - 1)]
    off = reverse("backoffice:feature-off", args=["loyalty"])
    presses.insert(RIVALS // 2, desk.press(off, **desk.form(off)))

    answers = together(presses)

    assert statuses(answers) == {302: RIVALS}
    cards = {reverse("website:gift_card", args=[c.token]) for c in client.gift_cards.all()}
    closed = {reverse("website:gift_cards"), reverse("backoffice:feature", args=["loyalty"])}
    assert {answer.place for answer in answers} <= cards | closed
    assert len([answer for answer in answers if answer.place in cards]) == len(cards)
    assert balance_of(client) == 50_000 - 500 * len(cards)
    assert not get_features().loyalty


def correction(visitor: Visitor, client: Client, amount: int) -> Press:
    path = reverse("reports:add-points")
    form = visitor.form(f"{path}?client={client.pk}", "token")
    words = {"client": client.pk, "amount": amount, "description": "A correction", "tell": "on"}
    return visitor.press(path, **form | words)


def test_points_added_twenty_times_by_one_form_are_added_once(salon: Salon) -> None:
    client, desk = salon.client(), salon.desk()

    answers = together([correction(desk, client, 340)] * RIVALS)

    entry = PointEntry.objects.get(account__client=client)
    assert f"new={entry.pk}" in same_place(answers)
    assert balance_of(client) == 340


def test_twenty_corrections_want_the_last_points(salon: Salon) -> None:
    client, desk = salon.client(points=100), salon.desk()

    answers = together([correction(desk, client, -60) for _ in range(RIVALS)])

    assert statuses(answers) == {302: 1, 422: RIVALS - 1}
    assert balance_of(client) == 40


# --- switches ---------------------------------------------------------------------------------


def test_features_that_exclude_each_other_are_switched_on_at_once(salon: Salon) -> None:
    turn_on("payments", "client_login", "coupons", "gift_cards")
    turn_off("loyalty", "clean_history")
    desk, presses = salon.desk(), []
    for code in ("loyalty", "clean_history"):
        path = reverse("backoffice:feature-on", args=[code])
        presses.append(desk.press(path, **desk.form(path)))

    answers = together(presses * (RIVALS // 2))

    features = get_features()
    assert features.loyalty != features.clean_history
    ahead, behind = (answers[::2], answers[1::2])[:: 1 if features.loyalty else -1]
    assert statuses(ahead) == {302: RIVALS // 2}
    assert statuses(behind) == {409: RIVALS // 2}
    turn_off("clean_history")


def test_a_feature_switched_off_twenty_times_is_off(salon: Salon) -> None:
    turn_off("loyalty")
    turn_on("clean_history")
    desk, path = salon.desk(), reverse("backoffice:feature-off", args=["clean_history"])

    answers = together([desk.press(path, **desk.form(path))] * RIVALS)

    assert same_place(answers) == reverse("backoffice:feature", args=["clean_history"])
    assert not get_features().clean_history


# --- gift cards and classes at the desk -------------------------------------------------------


def test_a_card_issued_twenty_times_is_one_card(salon: Salon) -> None:
    client, card_type, desk = salon.client(), GiftCardTypeFactory(), salon.desk()
    path = reverse("admin:giftcards_giftcard_issue")
    words = {"card_type": card_type.pk, "owner": client.pk, "description": "Sorry for the wait"}
    form = desk.form(path, "token") | words

    answers = together([desk.press(path, **form)] * RIVALS)

    card = GiftCard.objects.get(owner=client)
    assert same_place(answers) == reverse("admin:giftcards_giftcard_change", args=[card.pk])
    assert card.entries.count() == 1


def test_a_card_voided_twenty_times_gives_points_back_once(salon: Salon) -> None:
    """Half of the forms are one and the same, the others from pages of their own."""
    client = salon.client(points=600)
    card = salon.chosen_card(client, salon.reward())
    desk, path = salon.desk(), reverse("admin:giftcards_giftcard_void", args=[card.pk])
    presses = [
        desk.press(path, **desk.form(path, "token") | {"description": "A mistake"})
        for _ in range(RIVALS // 2)
    ]

    answers = together([*presses, *presses[:1] * (RIVALS // 2)])

    assert same_place(answers) == reverse("admin:giftcards_giftcard_change", args=[card.pk])
    card.refresh_from_db()
    assert (card.balance, balance_of(client)) == (0, 600)
    assert PointEntry.objects.filter(account__client=client, kind="return").count() == 1


def test_a_session_added_twenty_times_is_one_session(salon: Salon) -> None:
    yoga = ClassServiceFactory(providers=[ProviderFactory()])
    desk, path = salon.desk(), reverse("admin:bookings_classsession_add")
    starts_at = workday(DAYS_AHEAD, 14)
    words = {
        "service": yoga.pk,
        "provider": yoga.providers.get().pk,
        "day": starts_at.date().isoformat(),
        "time": "14:00",
        "places": "",
    }

    answers = together([desk.press(path, **desk.form(path, "day") | words)] * RIVALS)

    assert statuses(answers) in ({302: 1, 200: RIVALS - 1}, {302: 1, 422: RIVALS - 1})
    assert ClassSession.objects.filter(service=yoga).count() == 1
