"""Clean history: old visits name nobody, and the books stay whole."""

from __future__ import annotations

import datetime as dt

import pytest

from catalogue.models import Service
from clients.models import Client
from foundation.audit import run_checks
from foundation.form_tokens import new_form_token
from foundation.models import User
from giftcards.models import CardEntry
from loyalty.correcting_requests import ask_for_correction, decline_correction
from loyalty.models import PointEntry
from loyalty.points import balance_of
from loyalty.sweep import credit_due_awards
from sales.privacy import clean_history
from sales.visits import Guest, cancel_visit
from tests.conftest import Clock
from tests.factories import give_card, give_points, turn_off, turn_on
from tests.sales.test_visits import book
from tests.sales.till import sold

pytestmark = pytest.mark.django_db

GUEST = Guest("Greta", "Guest", "greta@example.test", "+358401234567", "fi")


@pytest.fixture
def a_year_later(
    alice: Client, massage: Service, tomorrow_ten: dt.datetime, clock: Clock
) -> dict[str, int]:
    """Alice came once and has points, Greta came once as a guest; then 13 months pass."""
    give_points(alice, 100, "Alice's birthday")
    kept = book(alice, massage, tomorrow_ten, note="Bad shoulder")
    gone = book(None, massage, tomorrow_ten + dt.timedelta(hours=2), guest=GUEST, note="Allergy")
    clock.advance(days=2)
    credit_due_awards()
    turn_off("loyalty")
    clock.advance(days=400)
    return {"kept": kept.pk, "gone": gone.pk}


def test_nothing_happens_while_the_feature_is_off(a_year_later: dict[str, int]) -> None:
    assert clean_history().visits == 0


def test_old_visits_lose_who_and_what_was_noted(
    alice: Client, a_year_later: dict[str, int]
) -> None:
    from bookings.models import Visit

    turn_on("clean_history")

    result = clean_history()

    assert result.visits == 2
    for visit in Visit.objects.select_related("sale"):
        assert (visit.client, visit.note, visit.sale.client) == (None, "", None)
        assert visit.anonymised_at is not None
    assert clean_history().visits == 0


def test_old_cancellations_lose_their_reason(
    alice: Client, massage: Service, tomorrow_ten: dt.datetime, clock: Clock
) -> None:
    from bookings.models import BookingChange

    old = book(alice, massage, tomorrow_ten)
    cancel_visit(visit=old, actor=None, reason="She is in hospital")
    turn_off("loyalty")
    clock.advance(days=400)
    turn_on("clean_history")
    later = clock.now + dt.timedelta(days=1)
    recent = book(alice, massage, later.replace(hour=9))
    cancel_visit(visit=recent, actor=None, reason="She is on holiday")

    clean_history()

    kept = BookingChange.objects.order_by("pk").values_list("reason", flat=True)
    assert list(kept) == ["", "She is on holiday"]


def test_a_client_who_booked_by_their_own_login_is_not_named_by_it(
    alice: Client, massage: Service, tomorrow_ten: dt.datetime, clock: Clock
) -> None:
    from bookings.models import Booking
    from notifications.models import Message
    from notifications.sending import send_due_messages
    from sales.models import Payment

    card = give_card(alice, 5000)
    visit = book(alice, massage, tomorrow_ten, actor=alice.user, card_ids=[card.pk])
    send_due_messages()
    clock.advance(days=2)
    turn_off("loyalty")
    clock.advance(days=400)
    turn_on("clean_history")
    credit_due_awards()

    clean_history()

    visit.refresh_from_db()
    booking, payment = Booking.objects.get(), Payment.objects.get()
    assert (visit.created_by, visit.sale.created_by, booking.status_changed_by) == (None,) * 3
    assert (payment.actor, payment.card_entry.actor) == (None, None)
    assert not Message.objects.filter(subjects__visit=visit.pk).exists()


def test_words_of_staff_on_old_entries_are_blanked(
    alice: Client, a_year_later: dict[str, int]
) -> None:
    turn_on("clean_history")

    clean_history()

    assert not PointEntry.objects.exclude(description="").exists()
    assert not CardEntry.objects.exclude(description="").exists()


def test_what_was_sold_at_the_counter_names_nobody_any_more(
    alice: Client, maria: User, clock: Clock
) -> None:
    sale = sold(maria, alice)
    clock.advance(days=400)
    turn_on("clean_history")

    clean_history()

    sale.refresh_from_db()
    assert sale.client is None
    assert [found for found in run_checks() if found.violations] == []


def test_words_of_old_requests_for_points_are_blanked(
    alice: Client, maria: User, olga: User, clock: Clock
) -> None:
    turn_on("loyalty")
    asked = ask_for_correction(
        client=alice,
        amount=5000,
        description="Alice's wedding",
        form_token=new_form_token(),
        actor=maria,
        tell_client=False,
    )
    decline_correction(request=asked, answer="Not for Alice", actor=olga)
    clock.advance(days=400)
    turn_off("loyalty")
    turn_on("clean_history")

    clean_history()

    asked.refresh_from_db()
    assert (asked.description, asked.answer, asked.amount) == ("", "", 5000)


def test_balances_and_audit_stay_whole_and_who_holds_value_keeps_a_name(
    alice: Client, a_year_later: dict[str, int]
) -> None:
    turn_on("clean_history")

    clean_history()

    alice.refresh_from_db()
    assert (balance_of(alice), alice.first_name) == (160, "Alice")
    assert [r for r in run_checks() if r.violations] == []


def test_client_without_anything_left_becomes_a_pseudonym(
    massage: Service, tomorrow_ten: dt.datetime, clock: Clock
) -> None:
    turn_off("loyalty")
    visit = book(None, massage, tomorrow_ten, guest=GUEST)
    clock.advance(days=400)
    turn_on("clean_history")

    result = clean_history()

    greta = Client.objects.get(pk=visit.client_id)
    assert result.clients == 1
    assert (greta.first_name, greta.email, str(greta.phone), greta.last_name) == (
        f"#{greta.public_id}",
        "",
        "",
        "",
    )
    assert "greta" not in greta.search_name


def test_recent_visits_stay(massage: Service, tomorrow_ten: dt.datetime, clock: Clock) -> None:
    turn_off("loyalty")
    visit = book(None, massage, tomorrow_ten, guest=GUEST, note="Allergy")
    turn_on("clean_history")
    clock.advance(days=300)

    clean_history()

    visit.refresh_from_db()
    assert (visit.client_id is not None, visit.note) == (True, "Allergy")


def test_points_that_nobody_marked_do_not_keep_a_visit(
    alice: Client, massage: Service, tomorrow_ten: dt.datetime, clock: Clock
) -> None:
    """Where attendance must be marked, they would wait for ever."""
    from business.models import Business
    from loyalty.models import Award

    Business.objects.update(attendance_must_be_marked=True)
    book(alice, massage, tomorrow_ten)
    clock.advance(days=2)
    credit_due_awards()
    turn_off("loyalty")
    clock.advance(days=400)
    turn_on("clean_history")

    assert clean_history().visits == 1

    assert Award.objects.get().reason == "anonymised"
