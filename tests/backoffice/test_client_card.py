"""The client card: its head, its tabs, and that they cost the same for one row as for many."""

from __future__ import annotations

import datetime as dt
import re
from html import unescape

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from catalogue.models import Service
from clients.consents import has_consent, record_consent
from clients.models import Client, StaffNote
from clients.people import erase_personal_data, give_card_number, update_client
from clients.programme import leave_out
from foundation.form_tokens import new_form_token
from foundation.keyset import PAGE
from foundation.models import User
from loyalty.sweep import credit_due_awards
from tests.conftest import Clock
from tests.factories import book, give_card, give_points, turn_off

pytestmark = pytest.mark.django_db

TABS = ("visits", "sales", "loyalty", "gift-cards", "consents", "notes")
# Tuesday 4 November 2025, 14:00 in Helsinki.
START = Clock.START + dt.timedelta(hours=3)


def html_of(desk: Browser, alice: Client, tab: str, status: int = 200) -> str:
    answer = desk.get(f"/admin/clients/{alice.pk}/{tab}/")
    assert answer.status_code == status
    return answer.content.decode()


def text_of(desk: Browser, alice: Client, tab: str) -> str:
    main = html_of(desk, alice, tab).split('<div class="desk', 1)[1]
    return words_of(main)


def words_of(html: str) -> str:
    """What stands between the tags, with one space between any two words."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", html)))


# --- the head -------------------------------------------------------------------------------


def test_the_head_knows_the_person_on_every_tab(
    desk: Browser, alice: Client, massage: Service
) -> None:
    update_client(client=alice, actor=None, phone="+358401234567", allergies="Nuts")
    give_card_number(client=alice)
    alice.refresh_from_db()
    give_points(alice, 340)
    visit = book(alice, massage, START)

    for page in (f"/admin/clients/client/{alice.pk}/change/", f"/admin/clients/{alice.pk}/visits/"):
        html = desk.get(page).content.decode()
        for part in (
            "Allergies: Nuts",
            'href="tel:+358401234567"',
            'href="sms:+358401234567"',
            'href="mailto:alice@example.test"',
            f'href="/admin/bookings/new/?client={alice.pk}"',
            f'href="/admin/clients/{alice.pk}/loyalty/">340</a>',
            f'href="/admin/bookings/{visit.bookings.get().pk}/"',
            alice.card_number,
        ):
            assert part in html, (page, part)
        assert html.count('aria-current="page"') >= 1
        # On a phone the person can be called before anything else.
        assert html.index('href="tel:') < html.index("/admin/bookings/new/?client=")


def test_a_tab_that_a_role_does_not_open_is_not_offered(
    desk: Browser, alice: Client, daisy: User
) -> None:
    group = daisy.groups.get()
    group.permissions.remove(group.permissions.get(codename="see_points_report"))

    html = html_of(desk, alice, "visits")

    assert f"/admin/clients/{alice.pk}/loyalty/" not in html
    html_of(desk, alice, "loyalty", status=403)


@pytest.mark.parametrize("tab", TABS)
def test_an_erased_client_has_no_card(desk: Browser, alice: Client, tab: str) -> None:
    erase_personal_data(client=alice, actor=None)

    html_of(desk, alice, tab, status=404)


@pytest.mark.parametrize("tab", TABS)
def test_nobody_has_no_card(desk: Browser, tab: str) -> None:
    for number in (0, 99, 2**70):
        assert desk.get(f"/admin/clients/{number}/{tab}/").status_code == 404


# --- the tabs -------------------------------------------------------------------------------


def test_visits_stand_before_and_after_now(
    desk: Browser, alice: Client, massage: Service, clock: Clock
) -> None:
    past = book(alice, massage, START).bookings.get()
    coming = book(alice, massage, START + dt.timedelta(days=1)).bookings.get()
    clock.move_to(START + dt.timedelta(hours=5))

    html = html_of(desk, alice, "visits")

    to_come, was = html.split('id="past"')
    assert f'href="/admin/bookings/{coming.pk}/"><time' in to_come
    assert f'href="/admin/bookings/{past.pk}/"><time' in was
    assert f'href="/admin/bookings/{past.pk}/"><time' not in to_come


def test_sales_tell_total_and_what_was_paid(desk: Browser, alice: Client, massage: Service) -> None:
    card = give_card(alice, 5000)
    visit = book(alice, massage, START)
    paid = book(alice, massage, START + dt.timedelta(hours=2), card_ids=(card.pk,))

    html, said = html_of(desk, alice, "sales"), text_of(desk, alice, "sales")

    assert "No receipt yet Tue 4 Nov 2025 11:00 Open 72.00 0.00" in said
    assert "No receipt yet Tue 4 Nov 2025 11:00 Open 72.00 50.00" in said
    for sale in (visit.sale, paid.sale):
        assert f'href="/admin/sales/{sale.pk}/"' in html


def test_loyalty_tells_the_balance_what_comes_and_every_movement(
    desk: Browser, alice: Client, massage: Service, clock: Clock
) -> None:
    give_points(alice, 340, "For the delay")
    book(alice, massage, START)
    book(alice, massage, START + dt.timedelta(days=1))
    clock.move_to(START + dt.timedelta(hours=8))
    credit_due_awards()

    said = text_of(desk, alice, "loyalty")

    assert "Balance 400 points" in said
    assert "Add points" in said
    assert "will be added around Wed 5 Nov" in said
    assert "for Deep tissue massage, Tue 4 Nov 14:00" in said
    assert "For the delay" in said
    assert said.index("for Deep tissue") < said.index("For the delay")


def test_loyalty_says_who_is_left_out_and_why(
    desk: Browser, alice: Client, maria: User, massage: Service
) -> None:
    leave_out(client=alice, reason="Is staff herself", actor=maria)

    said = text_of(desk, alice, "loyalty")

    assert "Not in the loyalty programme" in said
    assert "Left out since 4 Nov 2025 by Maria Malm. Reason: Is staff herself" in said
    # The desk does not decide it.
    assert "Take into the programme" not in said
    assert "Not in the loyalty programme" in text_of(desk, alice, "visits")


def test_gift_cards_tell_state_and_balance(desk: Browser, alice: Client) -> None:
    card = give_card(alice, 5000, name_en="Gift card €50")

    said = text_of(desk, alice, "gift-cards")

    assert f"…{card.last_four} Gift card €50 Open" in said
    assert "50.00 50.00" in said


def test_consents_tell_decision_place_and_wording(
    desk: Browser, alice: Client, daisy: User
) -> None:
    record_consent(client=alice, granted=True, language="en", source="sign-up", actor=alice.user)
    record_consent(client=alice, granted=False, language="en", source="desk", actor=daisy)

    said = text_of(desk, alice, "consents")

    assert said.index("Front desk Daisy Dahl") < said.index("Sign-up The client")
    assert "News and points messages Not agreed" in said
    assert "Send me news and points messages by e-mail." in said


def test_a_note_is_added_with_who_and_when(desk: Browser, alice: Client) -> None:
    fields = {"text": "Prefers\nmornings", "token": new_form_token()}

    for _ in range(2):
        answer = desk.post(f"/admin/clients/{alice.pk}/notes/", fields)
        assert answer.headers["Location"] == f"/admin/clients/{alice.pk}/notes/"

    assert StaffNote.objects.count() == 1
    assert "Prefers mornings Tue 4 Nov 2025 11:00 · Daisy Dahl" in text_of(desk, alice, "notes")


def test_a_note_of_nothing_is_refused_and_what_was_typed_stays(
    desk: Browser, alice: Client
) -> None:
    empty = desk.post(f"/admin/clients/{alice.pk}/notes/", {"text": " ", "token": new_form_token()})
    odd = desk.post(f"/admin/clients/{alice.pk}/notes/", {"text": "Tea", "token": "odd"})

    assert empty.status_code == 422
    assert "Write the note first" in empty.content.decode()
    assert odd.status_code == 422
    assert ">\nTea</textarea>" in odd.content.decode()
    assert not StaffNote.objects.exists()


def test_a_role_that_only_looks_writes_no_note(desk: Browser, alice: Client, daisy: User) -> None:
    group = daisy.groups.get()
    group.permissions.remove(group.permissions.get(codename="change_client"))

    assert "<textarea" not in html_of(desk, alice, "notes")
    fields = {"text": "Tea", "token": new_form_token()}
    assert desk.post(f"/admin/clients/{alice.pk}/notes/", fields).status_code == 403


def test_the_client_sees_no_note(client: Browser, alice: Client, daisy: User) -> None:
    StaffNote.objects.create(client=alice, text="Difficult", author=daisy, written_at=Clock.START)
    assert alice.user is not None
    client.force_login(alice.user)

    for page in ("/account/", "/account/profile/", "/account/messages/"):
        assert "Difficult" not in client.get(page).content.decode()


# --- how often they ask ---------------------------------------------------------------------


def fill(client: Client, actor: User, service: Service, days: range, hours: int) -> None:
    """So many visits on each of so many days, each paid in part, and as much of all else."""
    for day in days:
        for hour in range(hours):
            start = START + dt.timedelta(days=7 * day, hours=hour - 3)
            book(client, service, start, card_ids=(give_card(client).pk,))
            give_points(client, 10)
            granted = not has_consent(client.pk)
            record_consent(
                client=client, granted=granted, language="en", source="desk", actor=actor
            )
            note = {"text": "Tea", "author": actor, "written_at": Clock.START}
            StaffNote.objects.create(client=client, **note)


@pytest.fixture
def busy(alice: Client, daisy: User, massage: Service, clock: Clock) -> Client:
    """Alice with a visit that was, one that comes, and as much of all else."""
    fill(alice, daisy, massage, days=range(1, 3), hours=1)
    clock.move_to(START + dt.timedelta(days=8))
    credit_due_awards()
    return alice


def queries(desk: Browser, daisy: User, address: str) -> int:
    desk.logout()
    desk.force_login(daisy)
    desk.get(address)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        assert desk.get(address).status_code == 200
    return len(asked)


@pytest.mark.parametrize("tab", TABS)
def test_a_tab_asks_as_often_for_many_rows_as_for_few(
    desk: Browser, busy: Client, massage: Service, daisy: User, tab: str, clock: Clock
) -> None:
    address = f"/admin/clients/{busy.pk}/{tab}/"
    few = queries(desk, daisy, address)

    fill(busy, daisy, massage, days=range(3, 7), hours=3)
    clock.move_to(START + dt.timedelta(days=30))
    credit_due_awards()

    assert queries(desk, daisy, address) <= few


def test_the_form_asks_a_fixed_number_of_times(desk: Browser, busy: Client, daisy: User) -> None:
    address = f"/admin/clients/client/{busy.pk}/change/"
    few = queries(desk, daisy, address)
    give_points(busy, 10)
    StaffNote.objects.create(client=busy, text="Tea", written_at=Clock.START)

    assert queries(desk, daisy, address) <= few


def test_a_long_list_is_paged_by_its_last_row(desk: Browser, alice: Client, clock: Clock) -> None:
    for number in range(PAGE + 5):
        written = Clock.START + dt.timedelta(minutes=number)
        StaffNote.objects.create(client=alice, text=f"Note {number:03}", written_at=written)

    first = html_of(desk, alice, "notes")
    found = re.search(r'href="(\?at=[^"]+)" rel="next"', first)
    assert found is not None
    second = desk.get(f"/admin/clients/{alice.pk}/notes/{found[1]}").content.decode()

    assert "Note 054" in first
    assert "Note 004" not in first
    assert "Note 004" in second
    assert 'rel="prev"' in second


def test_an_odd_place_in_a_list_is_its_first_page(desk: Browser, busy: Client, daisy: User) -> None:
    desk.logout()
    desk.force_login(daisy)
    for tab in TABS:
        for at in ("x", "n9999999999999999999999-1", "n-", "p" * 60):
            answer = desk.get(f"/admin/clients/{busy.pk}/{tab}/", {"at": at})
            assert answer.status_code == 200


def test_while_loyalty_is_off_nothing_is_offered(
    desk: Browser, alice: Client, massage: Service
) -> None:
    give_points(alice, 340)
    turn_off("loyalty")

    said = text_of(desk, alice, "loyalty")

    assert "Balances are frozen" in said
    assert "Add points" not in said


# --- the programme --------------------------------------------------------------------------


@pytest.fixture
def office(client: Browser, maria: User) -> Browser:
    client.force_login(maria)
    return client


def test_a_manager_leaves_out_and_takes_in(office: Browser, alice: Client, maria: User) -> None:
    address = f"/admin/clients/{alice.pk}/programme/"
    for _ in range(2):
        answer = office.post(address, {"way": "out", "reason": "Is staff herself"})
        assert answer.headers["Location"] == f"/admin/clients/{alice.pk}/loyalty/"
    alice.refresh_from_db()
    assert (alice.left_out_reason, alice.left_out_by) == ("Is staff herself", maria)
    assert "Reason: Is staff herself" in office.get(address).content.decode()

    office.post(address, {"way": "in"})

    alice.refresh_from_db()
    assert alice.left_out_at is None


def test_leaving_out_asks_for_a_reason(office: Browser, alice: Client) -> None:
    for reason in ("", " ", "x" * 201):
        answer = office.post(f"/admin/clients/{alice.pk}/programme/", {"reason": reason})
        assert answer.status_code == 422
    alice.refresh_from_db()
    assert alice.left_out_at is None


def test_the_page_says_what_happens(office: Browser, alice: Client, massage: Service) -> None:
    give_points(alice, 340)
    book(alice, massage, START)

    said = words_of(office.get(f"/admin/clients/{alice.pk}/programme/").content.decode())

    assert "The balance stays: 340 points." in said
    assert "60 points on the way are still added: the client was told so." in said
