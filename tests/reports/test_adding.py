"""Add points: the dialog, the same as a page, and its live line."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client as Browser

from clients.consents import record_consent
from clients.models import Client
from foundation.form_tokens import new_form_token
from foundation.models import User
from loyalty.models import CorrectionLimit, CorrectionRequest, PointEntry
from loyalty.points import balance_of
from notifications.models import Message
from reports.changes import read_points
from tests.factories import ClientFactory, give_points, turn_off

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("loyalty")]

ADD = "/admin/reports/loyalty/add/"
LIVE = "/admin/reports/loyalty/add/live/"
FIND = "/admin/reports/loyalty/find/"
IN_DIALOG = {"HX-Request": "true", "HX-Target": "dialog"}


def agree(client: Client) -> None:
    record_consent(client=client, granted=True, language="en", source="desk", actor=None)


def form(client: Client | None, amount: str, **fields: str) -> dict[str, str]:
    return {
        "client": str(client.pk) if client else "",
        "amount": amount,
        "description": "Thank you",
        "tell": "on",
        "token": new_form_token(),
        **fields,
    }


@pytest.mark.parametrize(
    ("text", "points"),
    [
        ("50", 50),
        ("+50", 50),
        ("-50", -50),
        ("−50", -50),
        ("– 50", -50),
        (" 1 000 ", 1000),
        ("1\u00a0000", 1000),
        ("1.000", 1000),
        ("-1,000,000", -1_000_000),
        ("0", 0),
    ],
)
def test_read_points_as_people_type_them(text: str, points: int) -> None:
    assert read_points(text) == points


@pytest.mark.parametrize(
    "text", ["", "-", "1.5", "1,5", "1.00", "ten", "1e3", "NaN", "--5", "٥", "9" * 500, "1 00"]
)
def test_read_points_refuses_anything_else(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 — nothing else is called here
        read_points(text)


def test_adding_goes_back_to_the_report_with_the_new_row_marked(
    alice: Client, manager: Browser, maria: User
) -> None:
    answer = manager.post(ADD, form(alice, "340", next="/admin/reports/loyalty/?kind=adjust"))

    entry = PointEntry.objects.get()
    assert (entry.amount, entry.description, entry.actor) == (340, "Thank you", maria)
    assert answer.status_code == 302
    assert answer.headers["Location"] == f"/admin/reports/loyalty/?kind=adjust&new={entry.pk}"
    page = manager.get(answer.headers["Location"]).content.decode()
    assert "340 points added. Balance 340" in page
    assert 'class="fresh"' in page


def test_deducting_with_any_minus(alice: Client, manager: Browser) -> None:
    give_points(alice, 340)
    manager.post(ADD, form(alice, "−50"))
    assert balance_of(alice) == 290


def test_dialog_closes_with_what_to_say(alice: Client, manager: Browser) -> None:
    give_points(alice, 340)
    answer = manager.post(ADD, form(alice, "-50"), headers=IN_DIALOG)
    entry = PointEntry.objects.latest("pk")
    assert answer.status_code == 204
    assert json.loads(answer.headers["HX-Trigger"]) == {
        "points-changed": {"entry": entry.pk, "said": "50 points deducted. Balance 290"}
    }


def test_the_same_form_twice_adds_once(alice: Client, manager: Browser) -> None:
    sent = form(alice, "50")
    first = manager.post(ADD, sent)
    second = manager.post(ADD, sent)
    assert balance_of(alice) == 50
    assert first.headers["Location"] == second.headers["Location"]


def test_the_same_form_with_other_content_is_a_conflict(alice: Client, manager: Browser) -> None:
    sent = form(alice, "50")
    manager.post(ADD, sent)
    answer = manager.post(ADD, {**sent, "amount": "60"}, headers=IN_DIALOG)
    assert answer.status_code == 409
    assert "already sent with other content" in answer.content.decode()
    assert balance_of(alice) == 50


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"amount": ""}, "Enter how many points to add"),
        ({"amount": "0"}, "Enter how many points to add"),
        ({"amount": "1.5"}, "Enter a whole number of points, like 50 or −50"),
        ({"amount": "9999999"}, "Enter at most 1,000,000 points"),
        ({"amount": "-341"}, "Alice has 340 points; you can deduct at most 340."),
        ({"description": "  "}, "Enter a description. The client sees it"),
        ({"client": ""}, "Choose a client"),
        ({"client": "999999"}, "Choose a client"),
    ],
)
def test_what_is_wrong_is_said_inside_the_dialog(
    alice: Client, manager: Browser, fields: dict[str, str], told: str
) -> None:
    give_points(alice, 340)
    answer = manager.post(ADD, {**form(alice, "50"), **fields}, headers=IN_DIALOG)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "There is a problem" in page
    assert told in page
    assert "<html" not in page
    assert balance_of(alice) == 340


def test_what_was_typed_stays(alice: Client, manager: Browser) -> None:
    sent = form(alice, "lots", description="For the “big” day")
    page = manager.post(ADD, sent).content.decode()
    assert 'value="lots"' in page
    assert "For the “big” day" in page
    assert sent["token"] in page


def test_above_the_limit_of_the_desk_a_second_person_is_asked(
    alice: Client, desk: Browser, daisy: User
) -> None:
    page = desk.get(f"{ADD}?client={alice.pk}").content.decode()
    assert "More than 500 at once waits for a second person." in page

    answer = desk.post(ADD, form(alice, "501"))

    asked = CorrectionRequest.objects.get()
    assert answer.headers["Location"] == f"/admin/reports/loyalty/requests/{asked.pk}/"
    assert (asked.amount, asked.asked_by, asked.description) == (501, daisy, "Thank you")
    assert balance_of(alice) == 0
    assert desk.post(ADD, form(alice, "500")).headers["Location"].startswith("/admin/reports/loy")
    assert balance_of(alice) == 500


def test_the_dialog_says_that_it_waits(alice: Client, desk: Browser) -> None:
    sent = form(alice, "501")

    page = desk.post(ADD, sent, headers=IN_DIALOG).content.decode()
    desk.post(ADD, sent, headers=IN_DIALOG)

    assert "Waiting for a second person" in page
    assert "Alice Andersen: +501." in page
    assert CorrectionRequest.objects.count() == 1


def test_above_the_limit_of_a_day_a_second_person_is_asked(alice: Client, desk: Browser) -> None:
    CorrectionLimit.objects.filter(role__name="Front desk").update(per_entry=None, per_day=600)
    desk.post(ADD, form(alice, "400"))

    line = desk.get(LIVE, {"client": alice.pk, "amount": "201"}).content.decode()
    desk.post(ADD, form(alice, "201"))

    assert "at most 600 points a day; 200 are left today." in line
    assert "Ask to add 201 points" in line
    assert (balance_of(alice), CorrectionRequest.objects.count()) == (400, 1)
    page = desk.get(f"{ADD}?client={alice.pk}").content.decode()
    assert "More than 600 a day waits for a second person." in page


def test_live_line_knows_the_limit(alice: Client, desk: Browser, manager: Browser) -> None:
    """It refuses what the command refuses, and in the same order."""
    give_points(alice, 900)

    def line(browser: Browser, amount: str) -> str:
        asked = {"client": alice.pk, "amount": amount}
        return " ".join(browser.get(LIVE, asked).content.decode().split())

    limited = "You may add or deduct at most 500 points at once. A second person has to approve it."
    assert limited in line(desk, "501")
    assert limited in line(desk, "-501")
    assert "Ask to add 501 points" in line(desk, "501")
    assert "Ask to deduct 501 points" in line(desk, "-501")
    assert limited not in line(desk, "500")
    assert limited not in line(manager, "501")
    assert "you can deduct at most 900" in line(desk, "-901")
    assert "you can deduct at most 900" in desk.post(ADD, form(alice, "-901")).content.decode()
    assert "<b>1,400</b>" in line(desk, "500")
    assert "Enter at most 1,000,000 points" in line(desk, "1000001")
    assert "at most 500 points" in desk.post(ADD, form(alice, "501", step="pick")).content.decode()
    assert not CorrectionRequest.objects.exists()


def test_loyalty_off_freezes_balances(alice: Client, manager: Browser) -> None:
    give_points(alice, 340)
    turn_off("loyalty")
    assert "Balances are frozen" in manager.get(f"{ADD}?client={alice.pk}").content.decode()
    answer = manager.post(ADD, form(alice, "50"), headers=IN_DIALOG)
    assert answer.status_code == 409
    assert "Balances are frozen" in answer.content.decode()
    assert balance_of(alice) == 340


def test_clients_who_agreed_are_told(alice: Client, bob: Client, manager: Browser) -> None:
    agree(alice)
    manager.post(ADD, form(alice, "50"))
    manager.post(ADD, form(alice, "50", tell=""))
    manager.post(ADD, form(bob, "50"))
    assert list(Message.objects.values_list("client", "kind")) == [(alice.pk, "points_adjusted")]


def test_who_will_not_be_told_is_said_before(alice: Client, manager: Browser) -> None:
    def page(client: Client) -> str:
        return manager.get(f"{ADD}?client={client.pk}").content.decode()

    assert "Alice has not agreed to messages" in page(alice)
    assert "disabled" in page(alice)
    agree(alice)
    assert "has not agreed" not in page(alice)
    assert "checked" in page(alice)
    agree(silent := ClientFactory(first_name="Sten", email=""))
    assert "Sten has no e-mail address" in page(silent)


def test_without_scripts_the_client_is_found_with_a_button(alice: Client, manager: Browser) -> None:
    sent = form(None, "50", q="ander", step="find")
    page = manager.post(ADD, sent).content.decode()
    assert f'type="radio" name="client" value="{alice.pk}"' in page
    assert 'value="50"' in page
    assert not PointEntry.objects.exists()


def test_picking_and_changing_the_client_keeps_what_was_typed(
    alice: Client, manager: Browser
) -> None:
    give_points(alice, 340)
    picked = manager.post(ADD, form(alice, "-50", step="pick"), headers=IN_DIALOG).content.decode()
    assert "Alice Andersen" in picked
    assert "Deduct 50 points" in picked
    assert "290" in picked
    changed = manager.post(ADD, form(alice, "-50", step="change")).content.decode()
    assert 'role="combobox"' in changed
    assert 'value="-50"' in changed
    assert balance_of(alice) == 340


def test_live_line(alice: Client, manager: Browser) -> None:
    give_points(alice, 340)

    def line(amount: str) -> str:
        answer = manager.get(LIVE, {"client": alice.pk, "amount": amount})
        return " ".join(answer.content.decode().split())

    assert "<b>290</b>" in line("−50")
    assert "Deduct 50 points" in line("−50")
    assert "Add 1 point<" in line("1")
    assert "you can deduct at most 340" in line("-341")
    assert "Balance 340</p>" in line("x")
    assert "Add points<" in line("x")


def test_search_finds_by_every_word_and_says_the_balance(alice: Client, manager: Browser) -> None:
    give_points(alice, 340)
    page = manager.get(FIND, {"q": "ANDER ali"}).content.decode()
    assert "Alice Andersen" in page
    assert "340 points" in page
    assert "No client found" in manager.get(FIND, {"q": "nobody"}).content.decode()
    assert manager.get(FIND).content.decode().strip() == ""


@pytest.mark.parametrize(
    "back", ["https://evil.example/", "//evil.example", "/account/", "javascript:alert(1)", "\\\\x"]
)
def test_it_goes_back_to_a_report_only(alice: Client, manager: Browser, back: str) -> None:
    answer = manager.post(ADD, form(alice, "5", next=back))
    assert answer.headers["Location"].startswith("/admin/reports/loyalty/?new=")


def test_news_are_forgotten_after_two_minutes(alice: Client, manager: Browser, clock: Any) -> None:
    entry = give_points(alice, 5)
    address = f"/admin/reports/loyalty/?new={entry.pk}"
    assert "5 points added" in manager.get(address).content.decode()
    clock.advance(minutes=3)
    assert "5 points added" not in manager.get(address).content.decode()


def test_provider_may_not(alice: Client, pavel: User) -> None:
    browser = Browser()
    browser.force_login(pavel)
    assert browser.post(ADD, form(alice, "5")).status_code == 403
    assert not PointEntry.objects.exists()
