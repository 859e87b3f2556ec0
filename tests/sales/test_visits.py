"""Booking, marking and cancelling: where bookings, points and gift cards meet."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from bookings.errors import AlreadyBooked, SessionFull, SlotTaken, TooLateToCancel, WrongStatus
from bookings.lines import Line
from bookings.models import Booking, BookingStatus, ClassSession, Occupation, Source, Visit
from catalogue.models import Service
from clients.errors import ClientGone
from clients.models import Client
from clients.people import erase_personal_data
from foundation.errors import FormAlreadyUsed
from foundation.form_tokens import new_form_token
from giftcards.models import GiftCard
from loyalty.models import Award, AwardState
from loyalty.points import balance_of
from loyalty.sweep import credit_due_awards
from notifications.models import Message
from sales.errors import CardBalanceChanged, PriceChanged, TooEarlyToMark, WhoIsComing
from sales.marking import mark_arrived, mark_completed, mark_no_show
from sales.models import Payment, SaleState
from sales.quotes import cancellation_effects, quote
from sales.visits import Guest, book_place, book_visit, cancel_visit
from tests.conftest import Clock
from tests.factories import give_card, turn_off

pytestmark = pytest.mark.django_db

GUEST = Guest("Greta", "Guest", "greta@example.test", "+358401234567", "fi")


def book(client: Client | None, service: Service, starts_at: dt.datetime, **changes: Any) -> Visit:
    return book_visit(
        **{
            "client": client,
            "guest": None,
            "lines": [Line(service)],
            "starts_at": starts_at,
            "source": Source.ONLINE,
            "form_token": new_form_token(),
            "actor": None,
            **changes,
        }
    )


def place(client: Client | None, session: ClassSession, **changes: Any) -> Visit:
    return book_place(
        **{
            "client": client,
            "guest": None,
            "session": session,
            "source": Source.ONLINE,
            "form_token": new_form_token(),
            "actor": None,
            **changes,
        }
    )


def test_book_promises_points_opens_a_sale_and_tells_the_client(
    alice: Client, massage: Service, tomorrow_ten: dt.datetime
) -> None:
    visit = book(alice, massage, tomorrow_ten)

    booking = visit.bookings.get()
    award = Award.objects.get(booking=booking)
    assert (booking.status, booking.price_minor, booking.starts_at) == (
        BookingStatus.BOOKED,
        7200,
        tomorrow_ten,
    )
    assert (award.points, award.state, award.due_at) == (
        60,
        AwardState.PROMISED,
        tomorrow_ten + dt.timedelta(hours=4),
    )
    assert (visit.sale.total_minor, visit.sale.left_to_pay_minor) == (7200, 7200)
    assert [(m.kind, m.client) for m in Message.objects.all()] == [("visit_booked", alice)]


def test_book_repeated_with_the_same_form_books_once(
    alice: Client, massage: Service, tomorrow_ten: dt.datetime
) -> None:
    token = new_form_token()

    first = book(alice, massage, tomorrow_ten, form_token=token)
    second = book(alice, massage, tomorrow_ten, form_token=token)

    assert first == second
    assert (Visit.objects.count(), Message.objects.count()) == (1, 1)


def test_book_with_a_used_form_and_other_content_is_refused(
    alice: Client, massage: Service, tomorrow_ten: dt.datetime
) -> None:
    token = new_form_token()
    book(alice, massage, tomorrow_ten, form_token=token)

    with pytest.raises(FormAlreadyUsed):
        book(alice, massage, tomorrow_ten + dt.timedelta(hours=2), form_token=token)
    with pytest.raises(FormAlreadyUsed):
        book(alice, massage, tomorrow_ten, form_token=token, note="Ring the bell")

    assert Visit.objects.count() == 1


def test_book_needs_somebody(massage: Service, tomorrow_ten: dt.datetime) -> None:
    with pytest.raises(WhoIsComing):
        book(None, massage, tomorrow_ten)


def test_guest_gets_a_record_of_their_own_whatever_shares_the_address(
    massage: Service, tomorrow_ten: dt.datetime, alice: Client
) -> None:
    guest = Guest("Somebody", "Else", alice.email, "", "en")

    visit = book(None, massage, tomorrow_ten, guest=guest)

    alice.refresh_from_db()
    assert visit.client != alice
    assert (alice.first_name, alice.last_name) == ("Alice", "Andersen")
    assert Award.objects.get().account.client == visit.client


def test_guest_booking_twice_by_a_double_click_makes_one_record(
    massage: Service, tomorrow_ten: dt.datetime
) -> None:
    token = new_form_token()

    for _ in range(2):
        book(None, massage, tomorrow_ten, guest=GUEST, form_token=token)

    assert Client.objects.count() == 1


def test_slot_taken_meanwhile_is_refused_and_leaves_nothing(
    alice: Client, massage: Service, tomorrow_ten: dt.datetime
) -> None:
    book(alice, massage, tomorrow_ten)

    with pytest.raises(SlotTaken):
        book(None, massage, tomorrow_ten, guest=GUEST)

    assert Visit.objects.count() == 1
    assert not Client.objects.filter(first_name="Greta").exists()


def test_gift_card_pays_in_part_and_the_rest_is_paid_at_the_salon(
    alice: Client, massage: Service, tomorrow_ten: dt.datetime
) -> None:
    card = give_card(alice, 5000)

    visit = book(alice, massage, tomorrow_ten, card_ids=[card.pk], expected_card_minor=5000)

    card.refresh_from_db()
    assert (card.balance, visit.sale.paid_minor, visit.sale.left_to_pay_minor) == (0, 5000, 2200)


def test_gift_card_keeps_what_it_has_left(
    alice: Client, massage: Service, tomorrow_ten: dt.datetime
) -> None:
    card = give_card(alice, 10_000)

    book(alice, massage, tomorrow_ten, card_ids=[card.pk])

    card.refresh_from_db()
    assert card.balance == 2800


def test_two_cards_pay_in_the_order_given(
    alice: Client, massage: Service, tomorrow_ten: dt.datetime
) -> None:
    first, second = give_card(alice, 5000), give_card(alice, 5000)

    book(alice, massage, tomorrow_ten, card_ids=[second.pk, first.pk, second.pk])

    balances = [GiftCard.objects.get(pk=card.pk).balance for card in (first, second)]
    assert balances == [2800, 0]


def test_card_used_elsewhere_meanwhile_is_refused_and_nothing_is_booked(
    alice: Client, bob: Client, massage: Service, tomorrow_ten: dt.datetime
) -> None:
    """F24: the page promised 50.00 off; the card has nothing left."""
    card = give_card(alice, 5000)
    book(bob, massage, tomorrow_ten, card_ids=[card.pk])

    with pytest.raises(CardBalanceChanged):
        book(
            alice,
            massage,
            tomorrow_ten + dt.timedelta(hours=2),
            card_ids=[card.pk],
            expected_card_minor=5000,
        )

    assert Visit.objects.count() == 1


def test_guest_can_pay_with_somebody_elses_card(
    alice: Client, massage: Service, tomorrow_ten: dt.datetime
) -> None:
    card = give_card(alice, 5000)

    visit = book(None, massage, tomorrow_ten, guest=GUEST, card_ids=[card.pk])

    assert visit.sale.paid_minor == 5000


def test_open_cards_pay_while_payments_and_gift_cards_are_off(
    alice: Client, massage: Service, tomorrow_ten: dt.datetime
) -> None:
    card = give_card(alice, 5000)
    turn_off("payments", "gift_cards")

    visit = book(alice, massage, tomorrow_ten, card_ids=[card.pk])

    assert visit.sale.paid_minor == 5000


def test_nothing_is_promised_while_loyalty_is_off(
    alice: Client, massage: Service, tomorrow_ten: dt.datetime
) -> None:
    turn_off("loyalty")

    book(alice, massage, tomorrow_ten)

    assert not Award.objects.exists()


def test_quote_says_what_the_booking_takes(alice: Client) -> None:
    small, large = give_card(alice, 2000), give_card(alice, 10_000)

    box = quote(price_minor=7200, card_ids=[small.pk, large.pk])

    assert [(line.card, line.pays_minor) for line in box.card_lines] == [
        (small, 2000),
        (large, 5200),
    ]
    assert (box.total_minor, box.by_cards_minor, box.left_minor) == (7200, 7200, 0)


def test_cancel_drops_the_points_frees_the_time_and_returns_the_card(
    alice: Client, massage: Service, tomorrow_ten: dt.datetime, clock: Clock
) -> None:
    card = give_card(alice, 5000)
    visit = book(alice, massage, tomorrow_ten + dt.timedelta(days=1), card_ids=[card.pk])
    effects = cancellation_effects(visit)

    for _ in range(2):
        cancel_visit(visit=visit, actor=alice.user, by_client=True)

    card.refresh_from_db()
    award = Award.objects.get()
    visit.sale.refresh_from_db()
    assert (effects.points_dropped, effects.card_returns) == (60, [(card.last_four, 5000)])
    assert (award.state, award.reason) == (AwardState.DROPPED, "cancelled")
    assert (card.balance, visit.sale.paid_minor, visit.sale.state) == (
        5000,
        0,
        SaleState.CANCELLED,
    )
    assert not Occupation.objects.exists()
    assert Booking.objects.get().cancelled_by_client
    assert Message.objects.filter(kind="visit_cancelled").count() == 1


def test_cancel_after_the_credit_takes_the_points_back(
    alice: Client, massage: Service, tomorrow_ten: dt.datetime, clock: Clock
) -> None:
    visit = book(alice, massage, tomorrow_ten)
    clock.advance(days=2)
    credit_due_awards()
    assert cancellation_effects(visit).points_withdrawn == 60

    cancel_visit(visit=visit, actor=None)

    assert (balance_of(alice), Award.objects.get().state) == (0, AwardState.WITHDRAWN)


def test_client_past_the_deadline_is_refused_and_staff_are_not(
    alice: Client, massage: Service, tomorrow_ten: dt.datetime, clock: Clock
) -> None:
    visit = book(alice, massage, tomorrow_ten)
    clock.move_to(tomorrow_ten - dt.timedelta(hours=23))

    with pytest.raises(TooLateToCancel):
        cancel_visit(visit=visit, actor=alice.user, by_client=True)
    assert Booking.objects.get().status == BookingStatus.BOOKED

    cancel_visit(visit=visit, actor=None)
    assert Booking.objects.get().status == BookingStatus.CANCELLED


def test_no_show_earns_nothing_and_the_card_stays_used(
    alice: Client, massage: Service, tomorrow_ten: dt.datetime, clock: Clock
) -> None:
    card = give_card(alice, 5000)
    visit = book(alice, massage, tomorrow_ten, card_ids=[card.pk])
    clock.move_to(tomorrow_ten + dt.timedelta(minutes=20))

    mark_no_show(booking=visit.bookings.get(), actor=None)
    clock.advance(days=1)

    card.refresh_from_db()
    assert credit_due_awards().credited == 0
    assert (Award.objects.get().reason, card.balance) == ("no_show", 0)


def test_no_show_after_the_credit_is_taken_back_once(
    alice: Client, massage: Service, tomorrow_ten: dt.datetime, clock: Clock
) -> None:
    """F31."""
    booking = book(alice, massage, tomorrow_ten).bookings.get()
    clock.advance(days=2)
    credit_due_awards()

    mark_no_show(booking=booking, actor=None)

    assert balance_of(alice) == 0


def test_arrived_then_completed_and_credited(
    alice: Client, massage: Service, tomorrow_ten: dt.datetime, clock: Clock
) -> None:
    booking = book(alice, massage, tomorrow_ten).bookings.get()
    clock.move_to(tomorrow_ten)

    mark_arrived(booking=booking, actor=None)
    clock.advance(hours=1)
    mark_completed(booking=booking, actor=None)
    clock.advance(hours=3)
    credit_due_awards()

    assert balance_of(alice) == 60


@pytest.mark.parametrize("mark", [mark_completed, mark_no_show])
def test_nothing_is_settled_before_the_visit_begins(
    alice: Client, massage: Service, tomorrow_ten: dt.datetime, clock: Clock, mark: Any
) -> None:
    booking = book(alice, massage, tomorrow_ten).bookings.get()
    clock.move_to(tomorrow_ten - dt.timedelta(minutes=1))

    with pytest.raises(TooEarlyToMark):
        mark(booking=booking, actor=None)

    assert Award.objects.get().state == AwardState.PROMISED


def test_nobody_arrives_before_the_day_of_the_visit(
    alice: Client, massage: Service, tomorrow_ten: dt.datetime, clock: Clock
) -> None:
    """A slip of the finger on next week's visit could not be taken back."""
    booking = book(alice, massage, tomorrow_ten).bookings.get()
    with pytest.raises(TooEarlyToMark):
        mark_arrived(booking=booking, actor=None)

    clock.move_to(tomorrow_ten.replace(hour=22) - dt.timedelta(days=1))  # midnight in Helsinki
    assert mark_arrived(booking=booking, actor=None).status == BookingStatus.ARRIVED


def test_client_cannot_cancel_what_staff_marked(
    alice: Client, massage: Service, tomorrow_ten: dt.datetime, clock: Clock
) -> None:
    visit = book(alice, massage, tomorrow_ten)
    clock.move_to(tomorrow_ten)
    mark_arrived(booking=visit.bookings.get(), actor=None)

    with pytest.raises(WrongStatus):
        cancel_visit(visit=visit, actor=alice.user, by_client=True)


def test_price_that_changed_since_the_page_is_refused(
    alice: Client, massage: Service, tomorrow_ten: dt.datetime
) -> None:
    Service.objects.update(price_minor=9900)

    with pytest.raises(PriceChanged):
        book(alice, massage, tomorrow_ten, expected_total_minor=7200)

    assert not Visit.objects.exists()


def test_erased_client_is_not_booked_for(
    alice: Client, massage: Service, tomorrow_ten: dt.datetime
) -> None:
    erase_personal_data(client=alice, actor=None)

    with pytest.raises(ClientGone):
        book(alice, massage, tomorrow_ten)


def test_sale_line_holds_the_award_of_its_booking(
    alice: Client, massage: Service, tomorrow_ten: dt.datetime
) -> None:
    visit = book(alice, massage, tomorrow_ten)

    assert visit.sale.lines.get().award == Award.objects.get()


def test_cancelled_booking_cannot_be_marked(
    alice: Client, massage: Service, tomorrow_ten: dt.datetime, clock: Clock
) -> None:
    visit = book(alice, massage, tomorrow_ten)
    cancel_visit(visit=visit, actor=None)
    clock.move_to(tomorrow_ten)

    with pytest.raises(WrongStatus):
        mark_arrived(booking=visit.bookings.get(), actor=None)


def test_place_in_a_class_is_booked_credited_and_counted(
    alice: Client, yoga: ClassSession, clock: Clock
) -> None:
    card = give_card(alice, 1000)

    visit = place(alice, yoga, card_ids=[card.pk])
    clock.advance(days=3)
    credit_due_awards()

    yoga.refresh_from_db()
    assert (yoga.booked_places, visit.sale.left_to_pay_minor, balance_of(alice)) == (1, 800, 30)


def test_cancelled_place_is_free_again_and_the_card_is_refilled(
    alice: Client, yoga: ClassSession
) -> None:
    card = give_card(alice, 1000)
    visit = place(alice, yoga, card_ids=[card.pk])

    cancel_visit(visit=visit, actor=alice.user, by_client=True)

    yoga.refresh_from_db()
    card.refresh_from_db()
    assert (yoga.booked_places, card.balance, Award.objects.get().state) == (
        0,
        1000,
        AwardState.DROPPED,
    )


def test_full_class_refuses_and_nobody_books_twice(
    alice: Client, bob: Client, yoga: ClassSession
) -> None:
    place(alice, yoga)
    with pytest.raises(AlreadyBooked):
        place(alice, yoga)
    place(bob, yoga)

    with pytest.raises(SessionFull):
        place(None, yoga, guest=GUEST)

    yoga.refresh_from_db()
    assert yoga.booked_places == 2


def test_database_refuses_to_change_or_delete_a_payment(
    alice: Client, massage: Service, tomorrow_ten: dt.datetime
) -> None:
    book(alice, massage, tomorrow_ten, card_ids=[give_card(alice, 5000).pk])
    payment = Payment.objects.get()

    for statement in (
        "UPDATE sales_payment SET amount_minor = 1 WHERE id = %s",
        "DELETE FROM sales_payment WHERE id = %s",
    ):
        with (
            pytest.raises(DatabaseError, match="append_only"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement, [payment.pk])
