"""Take back: from the row of a correction, over a page that says what will happen."""

from __future__ import annotations

import pytest
from django.test import Client as Browser

from clients.models import Client
from foundation.form_tokens import new_form_token
from foundation.models import User
from giftcards.models import GiftCardType
from loyalty.models import PointEntry
from loyalty.points import balance_of
from sales.exchange import exchange_points_for_card
from tests.conftest import Clock
from tests.factories import RewardFactory, give_points, turn_off

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("loyalty")]

REPORT = "/admin/reports/loyalty/"


@pytest.fixture
def fifty(db: None) -> GiftCardType:
    return RewardFactory(points=500).gift_card_type


def take(entry: PointEntry) -> str:
    return f"{REPORT}movements/{entry.pk}/take-back/"


def spend(client: Client, card_type: GiftCardType) -> None:
    exchange_points_for_card(
        client=client, card_type=card_type, form_token=new_form_token(), actor=None
    )


def shown(browser: Browser, address: str) -> str:
    return " ".join(browser.get(address).content.decode().split())


def test_a_correction_is_taken_back_from_its_row(
    alice: Client, manager: Browser, maria: User, clock: Clock
) -> None:
    entry = give_points(alice, 340)
    assert f'href="{take(entry)}?next=' in manager.get(f"{REPORT}?kind=adjust").content.decode()
    page = shown(manager, take(entry))
    assert "340 points are taken off the balance." in page
    assert "The balance is 0 afterwards." in page
    assert 'value="Correction of Tue 4 Nov taken back"' in page

    sent = {"expected": "-340", "description": "A mistake", "next": f"{REPORT}?kind=adjust"}
    answer = manager.post(take(entry), sent)
    again = manager.post(take(entry), sent)

    undone = PointEntry.objects.get(reverses=entry)
    assert answer.headers["Location"] == f"{REPORT}?kind=adjust&new={undone.pk}"
    assert again.headers["Location"] == answer.headers["Location"]
    assert (undone.actor, undone.description, balance_of(alice)) == (maria, "A mistake", 0)
    page = shown(manager, answer.headers["Location"])
    assert "340 points deducted. Balance 0" in page
    assert "Taken back</span>" in page
    assert take(entry) not in page
    assert take(undone) not in page
    assert "taken back already: −340" in shown(manager, take(entry))


def test_what_is_missing_is_said_before_and_after(
    alice: Client, manager: Browser, fifty: GiftCardType
) -> None:
    entry = give_points(alice, 620)
    spend(alice, fifty)

    page = shown(manager, take(entry))
    assert "120 points are taken off the balance." in page
    assert "500 points are missing: they were spent already" in page
    assert "except 500 points already spent" in page
    manager.post(take(entry), {"expected": "-120", "description": "A mistake"})

    assert balance_of(alice) == 0
    assert "Taken back, 500 missing" in shown(manager, f"{REPORT}?kind=adjust")
    assert "Taken back, 500 missing" in shown(manager, f"/admin/reports/clients/{alice.pk}/points/")


def test_an_empty_balance_offers_nothing(
    alice: Client, manager: Browser, fifty: GiftCardType
) -> None:
    entry = give_points(alice, 500)
    spend(alice, fifty)

    page = shown(manager, take(entry))
    assert "Nothing can be taken back: the balance is empty, and 500 points are missing." in page
    assert '<button class="btn btn-danger">' not in page
    answer = manager.post(take(entry), {"expected": "0", "description": "A mistake"})
    assert answer.status_code == 409


def test_a_balance_that_changed_since_the_page_shows_the_page_again(
    alice: Client, manager: Browser, fifty: GiftCardType
) -> None:
    entry = give_points(alice, 620)
    spend(alice, fifty)

    answer = manager.post(take(entry), {"expected": "-620", "description": "My own words"})

    page = answer.content.decode()
    assert answer.status_code == 409
    assert "The balance has changed meanwhile." in page
    assert 'value="-120"' in page
    assert 'value="My own words"' in page
    assert balance_of(alice) == 120


def test_a_description_is_asked_for(alice: Client, manager: Browser) -> None:
    entry = give_points(alice, 340)

    answer = manager.post(take(entry), {"expected": "-340", "description": ""})

    assert answer.status_code == 422
    assert "Enter a description. The client sees it" in answer.content.decode()
    assert balance_of(alice) == 340


def test_a_deduction_goes_back_on_the_balance(alice: Client, manager: Browser) -> None:
    give_points(alice, 100)
    entry = give_points(alice, -60)

    assert "60 points go back on the balance." in shown(manager, take(entry))
    manager.post(take(entry), {"expected": "60", "description": "A mistake"})

    assert balance_of(alice) == 100


def test_the_desk_takes_back_what_it_may_move(alice: Client, desk: Browser) -> None:
    small, large = give_points(alice, 500), give_points(alice, 501)

    page = shown(desk, take(large))
    answer = desk.post(take(large), {"expected": "-501", "description": "A mistake"})
    desk.post(take(small), {"expected": "-500", "description": "A mistake"})

    assert "at most 500 points at once. Somebody who may move more has to take it back." in page
    assert answer.status_code == 422
    assert balance_of(alice) == 501


def test_while_loyalty_is_off_balances_are_frozen(alice: Client, manager: Browser) -> None:
    entry = give_points(alice, 340)
    turn_off("loyalty")

    assert "Balances are frozen" in shown(manager, take(entry))
    answer = manager.post(take(entry), {"expected": "-340", "description": "A mistake"})
    assert answer.status_code == 409
    assert balance_of(alice) == 340


def test_what_is_no_correction_has_no_such_page(
    alice: Client, manager: Browser, fifty: GiftCardType
) -> None:
    give_points(alice, 500)
    spend(alice, fifty)
    spent = PointEntry.objects.get(kind="spend")

    assert manager.get(take(spent)).status_code == 404
    assert manager.get(f"{REPORT}movements/{10**30}/take-back/").status_code == 404


def test_it_goes_back_to_a_report_only(alice: Client, manager: Browser) -> None:
    entry = give_points(alice, 340)
    sent = {"expected": "-340", "description": "A mistake", "next": "https://evil.example/"}

    answer = manager.post(take(entry), sent)

    assert answer.headers["Location"].startswith(f"{REPORT}?new=")
