"""Points by hand: four patterns, found where they are and nowhere else."""

from __future__ import annotations

import datetime as dt
import io

import pytest
from django.test import Client as Browser
from openpyxl import load_workbook

from clients.models import Client
from foundation.form_tokens import new_form_token
from foundation.models import User
from giftcards.cards import spend_card
from loyalty.correcting_requests import approve_correction
from loyalty.correcting_undo import undo_correction
from sales.issuing import issue_card_by_hand
from tests.conftest import Clock
from tests.factories import ClientFactory, GiftCardTypeFactory, ask_for_points, give_points, turn_on
from tests.reports.test_pages import queries

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("loyalty")]

BY_HAND = "/admin/reports/loyalty/by-hand/"
EMPTY = (
    "Nobody has corrected the points of their own account.",
    "No correction was taken back within an hour.",
    "No client had more than three corrections on one day.",
    "No gift card was issued and used by the same person.",
)


def shown(browser: Browser, query: str = "") -> str:
    return " ".join(browser.get(BY_HAND + query).content.decode().split())


def found(browser: Browser, query: str = "") -> set[str]:
    """The sentences of what was not found are left out."""
    page = shown(browser, query)
    return {words for words in EMPTY if words not in page}


def test_honest_work_shows_nothing(
    alice: Client, manager: Browser, daisy: User, maria: User, clock: Clock
) -> None:
    turn_on("gift_cards")
    for _time in range(3):
        give_points(alice, 100, by=daisy)
    entry = give_points(ClientFactory(), 100, by=maria)
    clock.advance(hours=1, seconds=1)
    undo_correction(entry=entry, expected=-100, description="Taken back", actor=maria)
    use(issue(daisy, None), maria)

    assert found(manager) == set()
    assert "Export" not in shown(manager)


def issue(actor: User, owner: Client | None) -> int:
    card = issue_card_by_hand(
        card_type=GiftCardTypeFactory(value_minor=5000),
        owner=owner or ClientFactory(email="owner@example.test"),
        form_token=new_form_token(),
        description="A present",
        actor=actor,
    )
    return card.pk


def use(card_id: int, actor: User | None) -> None:
    spend_card(card_id=card_id, amount_minor=1200, key=f"test:{card_id}", actor=actor)


def test_a_correction_on_one_s_own_account_is_shown(
    manager: Browser, daisy: User, maria: User
) -> None:
    own = ClientFactory(first_name="Daisy", last_name="Dahl", user=daisy)
    give_points(own, 77, by=daisy)

    assert found(manager) == {EMPTY[0]}
    assert "+77" in shown(manager)
    assert f"?client={own.pk}&amp;kind=adjust" in shown(manager)


def test_what_was_asked_for_one_s_own_account_is_shown_too(
    manager: Browser, daisy: User, maria: User
) -> None:
    own = ClientFactory(user=daisy)
    request = ask_for_points(own, by=daisy)
    assert found(manager) == set()
    approve_correction(request=request, answer="", actor=maria)

    assert found(manager) == {EMPTY[0]}
    assert f"/admin/reports/loyalty/requests/{request.pk}/" in shown(manager)


def test_what_was_taken_back_within_an_hour_is_shown(
    alice: Client, manager: Browser, maria: User, clock: Clock
) -> None:
    entry = give_points(alice, 100, by=maria)
    clock.advance(minutes=60)
    undo_correction(entry=entry, expected=-100, description="Taken back", actor=maria)

    assert found(manager) == {EMPTY[1]}


def test_more_than_three_a_day_for_one_client_are_shown(
    alice: Client, manager: Browser, daisy: User, maria: User, clock: Clock
) -> None:
    for person in (daisy, daisy, maria, maria):
        give_points(alice, 100, by=person)

    assert found(manager) == {EMPTY[2]}
    page = shown(manager)
    assert "4 corrections, 400 points in all" in page
    assert "first=2025-11-04&amp;last=2025-11-04" in page


def test_three_before_midnight_and_three_after_it_are_no_six(
    alice: Client, manager: Browser, maria: User, clock: Clock
) -> None:
    clock.move_to(clock.now.replace(hour=21, minute=59))
    for minutes in (0, 1):
        clock.advance(minutes=minutes)
        for _time in range(3):
            give_points(alice, 100, by=maria)

    assert found(manager) == set()


def test_a_card_issued_and_used_by_one_person_is_shown(
    alice: Client, manager: Browser, daisy: User
) -> None:
    turn_on("gift_cards")
    card = issue(daisy, None)
    use(card, daisy)

    assert found(manager) == {EMPTY[3]}
    assert f"/admin/giftcards/giftcard/{card}/change/" in shown(manager)
    assert "€12.00" in shown(manager)


def test_only_the_days_asked_for_are_shown(manager: Browser, daisy: User, clock: Clock) -> None:
    give_points(ClientFactory(user=daisy), 100, by=daisy)
    clock.advance(days=40)

    assert found(manager) == set()
    assert found(manager, "?first=2025-11-04&last=2025-11-04") == {EMPTY[0]}
    assert found(manager, "?range=all") == {EMPTY[0]}
    page = shown(manager, "?first=2025-11-04&last=2025-11-01")
    assert "Enter a day that is not before the first one" in page


@pytest.mark.parametrize("query", ["?first=x", "?range=%00", "?first=2025-11-04%00", "?last=9999"])
def test_odd_questions_break_nothing(manager: Browser, query: str) -> None:
    assert manager.get(BY_HAND + query).status_code == 200
    assert manager.get(f"{BY_HAND}export.csv{query}").status_code == 200


def test_it_can_be_had_as_a_file(manager: Browser, daisy: User) -> None:
    give_points(ClientFactory(first_name="=1+1", last_name="", user=daisy), 77, by=daisy)

    csv = b"".join(manager.get(f"{BY_HAND}export.csv").streaming_content).decode("utf-8-sig")
    excel = b"".join(manager.get(f"{BY_HAND}export.xlsx").streaming_content)

    assert csv.splitlines()[0] == "Pattern,Date and time,By,About,Amount,Description"
    assert "Corrections on one’s own account,2025-11-04T11:00+02:00,Daisy Dahl,'=1+1" in csv
    rows = list(load_workbook(io.BytesIO(excel)).active.values)
    assert rows[1][2] == "Daisy Dahl"
    assert rows[1][1] == dt.datetime(2025, 11, 4, 11, 0)


def test_as_many_queries_with_one_row_as_with_thirty(
    manager: Browser, daisy: User, maria: User
) -> None:
    turn_on("gift_cards")
    own = ClientFactory(user=daisy)

    def make() -> None:
        give_points(own, 1, by=daisy)
        entry = give_points(ClientFactory(), 100, by=maria)
        undo_correction(entry=entry, expected=-100, description="Taken back", actor=maria)
        other = ClientFactory()
        for _time in range(4):
            give_points(other, 100, by=maria)
        use(issue(daisy, None), daisy)

    make()
    before = queries(manager, BY_HAND)
    for _time in range(10):
        make()

    assert queries(manager, BY_HAND) == before
