"""Gift cards: shop, choosing by points, one's own cards, balance check (C13, C15–C17, C24)."""

from __future__ import annotations

import datetime as dt
import logging
import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from clients.models import Client
from giftcards.cards import reveal_code, spend_card, void_card
from giftcards.models import GiftCard, GiftCardType
from loyalty.models import PointEntry, Reward
from loyalty.points import balance_of
from notifications.models import Message
from sales.models import Payment
from sales.visits import cancel_visit
from tests.conftest import Clock
from tests.factories import (
    GiftCardTypeFactory,
    RewardFactory,
    book,
    give_card,
    give_points,
    turn_off,
    turn_on,
)
from tests.website.booking import THURSDAY_10, massage, text_of

pytestmark = pytest.mark.django_db

SHOP = "/gift-cards/"
CONFIRM = "/gift-cards/fifty/points/"
BALANCE = "/gift-cards/balance/"
OWN = "/account/gift-cards/"


@pytest.fixture
def as_alice(client: Browser, alice: Client) -> Browser:
    client.force_login(alice.user)
    return client


@pytest.fixture
def fifty(db: None) -> GiftCardType:
    """€50 for 500 points."""
    turn_on("loyalty")
    card_type = GiftCardTypeFactory(slug="fifty", name_en="Gift card 50")
    RewardFactory(gift_card_type=card_type, points=500)
    return card_type


def form_token(page: bytes) -> str:
    found = re.search(r'name="form_token" value="([\w-]+)"', page.decode())
    assert found is not None
    return found[1]


def code_of(card: GiftCard) -> str:
    return reveal_code(card)


# --- the shop ---------------------------------------------------------------------------------


def test_shop_with_enough_points(as_alice: Browser, alice: Client, fifty: GiftCardType) -> None:
    give_points(alice, 820)
    page = as_alice.get(SHOP).content.decode()
    assert f'href="{CONFIRM}"' in page
    assert "Costs 500 of your 820 points" in page
    assert "aria-disabled" not in page


def test_shop_with_too_few_points_says_how_many_are_missing(
    as_alice: Browser, alice: Client, fifty: GiftCardType
) -> None:
    give_points(alice, 340)
    page = as_alice.get(SHOP).content.decode()
    assert 'aria-disabled="true"' in page
    assert f'aria-describedby="missing-{fifty.pk}"' in page
    assert "You need 160 more points" in page
    assert CONFIRM not in page


def test_shop_for_a_stranger_leads_through_sign_in(client: Browser, fifty: GiftCardType) -> None:
    page = client.get(SHOP).content.decode()
    assert "Sign in to use points" in page
    assert "Costs 500 points" in page
    answer = client.get(CONFIRM)
    assert answer.headers["Location"] == f"/account/login/?next={CONFIRM}"


def test_shop_has_no_button_that_takes_money(client: Browser, fifty: GiftCardType) -> None:
    assert ">Buy<" not in client.get(SHOP).content.decode()


def test_shop_without_loyalty_shows_no_trace_of_points(
    as_alice: Browser, alice: Client, fifty: GiftCardType
) -> None:
    give_points(alice, 820)
    turn_off("loyalty")
    page = as_alice.get(SHOP).content.decode()
    assert "Gift card 50" in page
    assert "point" not in page.split("<main")[1].split("</main>")[0]


def test_shop_without_types_says_where_cards_are_sold(client: Browser, db: None) -> None:
    assert b"Gift cards are sold at the salon" in client.get(SHOP).content


def test_shop_hides_archived_and_unshown_types(client: Browser, clock: Clock, db: None) -> None:
    GiftCardTypeFactory(name_en="Hidden", shown_online=False)
    GiftCardTypeFactory(name_en="Archived", archived_at=clock.now)
    page = client.get(SHOP).content.decode()
    assert "Hidden" not in page
    assert "Archived" not in page


# --- choosing by points -----------------------------------------------------------------------


def test_choosing_takes_the_points_and_gives_the_card(
    as_alice: Browser, alice: Client, fifty: GiftCardType
) -> None:
    give_points(alice, 820)
    asked = as_alice.get(CONFIRM)
    assert "820 points" in asked.content.decode()
    assert "320 points" in asked.content.decode()
    answer = as_alice.post(CONFIRM, {"form_token": form_token(asked.content), "points": 500})
    card = GiftCard.objects.get()
    assert answer.headers["Location"] == f"/g/{card.token}/"
    assert (card.owner, card.balance, balance_of(alice)) == (alice, 5000, 320)
    assert Message.objects.filter(kind="gift_card_delivery", client=alice).count() == 1
    assert b"The gift card is yours" in as_alice.get(f"/g/{card.token}/").content


def test_looking_changes_nothing(as_alice: Browser, alice: Client, fifty: GiftCardType) -> None:
    give_points(alice, 820)
    as_alice.get(CONFIRM)
    assert not GiftCard.objects.exists()
    assert balance_of(alice) == 820


def test_double_submit_lands_on_the_first_card(
    as_alice: Browser, alice: Client, fifty: GiftCardType
) -> None:
    give_points(alice, 1000)
    sent = {"form_token": form_token(as_alice.get(CONFIRM).content), "points": 500}
    first, second = as_alice.post(CONFIRM, sent), as_alice.post(CONFIRM, sent)
    assert first.headers["Location"] == second.headers["Location"]
    assert (GiftCard.objects.count(), balance_of(alice)) == (1, 500)


def test_a_token_used_for_something_else_is_a_conflict(
    as_alice: Browser, alice: Client, fifty: GiftCardType
) -> None:
    other = GiftCardTypeFactory(slug="ten")
    RewardFactory(gift_card_type=other, points=100)
    give_points(alice, 1000)
    token = form_token(as_alice.get(CONFIRM).content)
    as_alice.post(CONFIRM, {"form_token": token, "points": 500})
    answer = as_alice.post("/gift-cards/ten/points/", {"form_token": token, "points": 100})
    assert answer.status_code == 409
    assert balance_of(alice) == 500


def test_points_changed_meanwhile(as_alice: Browser, alice: Client, fifty: GiftCardType) -> None:
    give_points(alice, 500)
    token = form_token(as_alice.get(CONFIRM).content)
    give_points(alice, -160)
    answer = as_alice.post(CONFIRM, {"form_token": token, "points": 500})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Your points have changed" in page
    assert "340 points" in page
    assert "You need 160 more points" in page
    assert not GiftCard.objects.exists()


def test_price_changed_meanwhile(as_alice: Browser, alice: Client, fifty: GiftCardType) -> None:
    give_points(alice, 820)
    token = form_token(as_alice.get(CONFIRM).content)
    Reward.objects.update(points=600)
    answer = as_alice.post(CONFIRM, {"form_token": token, "points": 500})
    assert answer.status_code == 409
    assert "This offer has changed" in answer.content.decode()
    assert balance_of(alice) == 820
    again = as_alice.post(CONFIRM, {"form_token": form_token(answer.content), "points": 600})
    assert again.status_code == 302
    assert balance_of(alice) == 220


def test_too_few_points_show_no_button(
    as_alice: Browser, alice: Client, fifty: GiftCardType
) -> None:
    give_points(alice, 340)
    page = as_alice.get(CONFIRM).content.decode()
    assert "You need 160 more points" in page
    assert "form_token" not in page


@pytest.mark.parametrize("withdraw", ["reward", "type", "loyalty", "gift_cards"])
def test_an_offer_that_was_withdrawn_leads_back_to_the_shop(
    as_alice: Browser, alice: Client, fifty: GiftCardType, clock: Clock, withdraw: str
) -> None:
    give_points(alice, 820)
    token = form_token(as_alice.get(CONFIRM).content)
    if withdraw == "reward":
        Reward.objects.update(enabled=False)
    elif withdraw == "type":
        GiftCardType.objects.update(archived_at=clock.now)
    else:
        turn_off(withdraw)
    assert as_alice.get(CONFIRM).headers["Location"] == SHOP
    answer = as_alice.post(CONFIRM, {"form_token": token, "points": 500})
    assert answer.headers["Location"] == SHOP
    assert not GiftCard.objects.exists()
    assert not PointEntry.objects.filter(kind="spend").exists()


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"form_token": "x"},
        {"form_token": "\x00" * 22, "points": 500},
        {"form_token": "a" * 22, "points": "9" * 400},
        {"form_token": "a" * 22, "points": "NaN"},
    ],
)
def test_a_form_that_is_not_ours_is_refused(
    as_alice: Browser, alice: Client, fifty: GiftCardType, sent: dict[str, Any]
) -> None:
    give_points(alice, 820)
    assert as_alice.post(CONFIRM, sent).status_code == 422
    assert balance_of(alice) == 820


def test_unknown_type_is_not_there(as_alice: Browser, fifty: GiftCardType) -> None:
    assert as_alice.get("/gift-cards/sixty/points/").status_code == 404


# --- own cards --------------------------------------------------------------------------------


@pytest.mark.parametrize("page", ["list", "card"])
def test_code_is_shown_by_a_post_only(as_alice: Browser, alice: Client, page: str) -> None:
    card = give_card(alice)
    address = OWN if page == "list" else f"/g/{card.token}/"
    code = code_of(card)
    shown = as_alice.get(address)
    assert code not in shown.content.decode()
    assert card.last_four in shown.content.decode()
    assert code not in as_alice.get(address, {"card": card.token, "show": 1}).content.decode()
    answer = as_alice.post(address, {"card": card.token, "show": 1})
    assert answer.status_code == 200
    assert code in answer.content.decode()
    assert "Copy code" in answer.content.decode()
    assert "no-store" in answer.headers["Cache-Control"]
    hidden = as_alice.post(address, {"card": card.token})
    assert code not in hidden.content.decode()


def test_htmx_swaps_one_card_s_code(as_alice: Browser, alice: Client) -> None:
    card, other = give_card(alice), give_card(alice)
    answer = as_alice.post(
        OWN,
        {"card": card.token, "show": 1},
        headers={"HX-Request": "true", "HX-Target": f"code-{card.token}"},
    )
    page = answer.content.decode()
    assert code_of(card) in page
    assert other.token not in page
    assert "<h1" not in page


def test_another_client_s_card_is_not_there(as_alice: Browser, bob: Client, alice: Client) -> None:
    card = give_card(bob)
    missing = as_alice.get("/g/no-such-card/")
    for answer in (as_alice.get(f"/g/{card.token}/"), as_alice.post(f"/g/{card.token}/")):
        assert answer.status_code == missing.status_code == 404
    strip = re.compile(r'value="[^"]*"|nonce="[^"]*"|csrf[^>]*>|/g/[^"/]*/')
    seen = as_alice.get(f"/g/{card.token}/").content.decode()
    assert strip.sub("", seen) == strip.sub("", missing.content.decode())
    assert as_alice.post(OWN, {"card": card.token, "show": 1}).status_code == 404
    assert card.token not in as_alice.get(OWN).content.decode()


def test_a_card_without_owner_is_not_there(as_alice: Browser, alice: Client) -> None:
    assert as_alice.get(f"/g/{give_card(None).token}/").status_code == 404


def test_address_with_token_is_kept_out_of_referrers(as_alice: Browser, alice: Client) -> None:
    answer = as_alice.get(f"/g/{give_card(alice).token}/")
    assert answer.headers["Referrer-Policy"] == "strict-origin"
    assert answer.headers["X-Robots-Tag"] == "noindex"


def test_the_card_s_page_tells_its_uses(as_alice: Browser, alice: Client) -> None:
    card = give_card(alice, 5000)
    spend_card(card_id=card.pk, amount_minor=2700, key="test:1", actor=None)
    page = as_alice.get(f"/g/{card.token}/").content.decode()
    assert "€23.00" in page
    assert "left of €50.00" in page
    assert "27.00" in page
    assert "Issued" in page
    assert "Used with its code" in page


def test_the_owner_reads_what_the_card_paid_and_what_came_back(
    as_alice: Browser, alice: Client
) -> None:
    card = give_card(alice, 10000)
    visit = book(alice, massage(), THURSDAY_10, card_ids=(card.pk,))
    cancel_visit(visit=visit, actor=None)
    words = text_of(as_alice.get(f"/g/{card.token}/"))
    assert "Deep tissue massage, Thu 6 Nov 10:00 Used" in words
    assert "Deep tissue massage, Thu 6 Nov 10:00 Returned" in words
    assert "Used with its code" not in words


def test_the_owner_is_not_told_what_somebody_else_s_visit_was(
    as_alice: Browser, alice: Client, bob: Client
) -> None:
    card = give_card(alice, 10000)
    service = massage()
    visit = book(bob, service, THURSDAY_10)
    entry = spend_card(card_id=card.pk, amount_minor=1000, key="test:1", actor=None)
    Payment.objects.create(
        sale=visit.sale,
        tender="gift_card",
        amount_minor=1000,
        card_entry=entry,
        created_at=entry.created_at,
    )
    words = text_of(as_alice.get(f"/g/{card.token}/"))
    assert "Used with its code" in words
    assert "Deep tissue massage" not in words


def test_a_card_s_history_needs_the_same_queries_for_1_visit_and_for_6(
    as_alice: Browser, alice: Client
) -> None:
    card = give_card(alice, 50000)
    service = massage()

    def count() -> int:
        with CaptureQueriesContext(connection) as seen:
            as_alice.get(f"/g/{card.token}/")
        return len(seen)

    book(alice, service, THURSDAY_10, card_ids=(card.pk,))
    few = count()
    for hours in range(1, 6):
        at = THURSDAY_10 + dt.timedelta(hours=hours)
        book(alice, service, at, card_ids=(card.pk,))
    assert count() == few


@pytest.mark.parametrize("page", ["list", "card"])
def test_copying_is_offered_at_once_and_shows_the_code(
    as_alice: Browser, alice: Client, page: str
) -> None:
    card = give_card(alice)
    address = OWN if page == "list" else f"/g/{card.token}/"
    assert 'name="copy" value="1"' in as_alice.get(address).content.decode()
    sent = {"card": card.token, "copy": 1}
    whole = as_alice.post(address, sent).content.decode()
    assert code_of(card) in whole
    assert "data-copy-now" not in whole
    headers = {"HX-Request": "true", "HX-Target": f"code-{card.token}"}
    part = as_alice.post(address, sent, headers=headers).content.decode()
    assert code_of(card) in part
    assert "data-copy-now" in part


def test_used_up_cards_alone_promise_no_choice_at_booking(as_alice: Browser, alice: Client) -> None:
    card = give_card(alice)
    assert "At the last step of booking" in as_alice.get(OWN).content.decode()
    spend_card(card_id=card.pk, amount_minor=5000, key="test:1", actor=None)
    assert "At the last step of booking" not in as_alice.get(OWN).content.decode()


def test_states_of_cards(as_alice: Browser, alice: Client, clock: Clock) -> None:
    used, closed, expired = give_card(alice), give_card(alice), give_card(alice)
    spend_card(card_id=used.pk, amount_minor=5000, key="test:1", actor=None)
    void_card(card_id=closed.pk, key="test:2", actor=None, description="lost")
    GiftCard.objects.filter(pk=expired.pk).update(expires_at=clock.now)
    clock.advance(minutes=1)
    page = as_alice.get(OWN).content.decode()
    assert "Used up on 4 Nov 2025" in page
    assert "Closed by the salon on 4 Nov 2025" in page
    assert "Expired on 4 Nov 2025" in page
    assert "Show code" not in page


def test_own_cards_stay_usable_to_see_while_the_shop_is_closed(
    as_alice: Browser, alice: Client
) -> None:
    card = give_card(alice)
    turn_off("gift_cards")
    assert "€50.00" in as_alice.get(OWN).content.decode()
    assert code_of(card) in as_alice.post(OWN, {"card": card.token, "show": 1}).content.decode()


def test_own_cards_need_the_same_queries_for_1_and_for_30(as_alice: Browser, alice: Client) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as seen:
            as_alice.get(OWN)
        return len(seen)

    give_card(alice)
    few = count()
    for _ in range(29):
        give_card(alice)
    assert count() == few


# --- balance check ----------------------------------------------------------------------------

ONE_SENTENCE = "We can&#x27;t use this code. Codes look like ABCD-EFGH-JKMN-PQRS"


def loosely(code: str) -> str:
    return f" {code.replace('-', ' ').lower()} "


def test_balance_of_a_card_for_a_stranger(client: Browser, alice: Client) -> None:
    card = give_card(alice, 5000)
    spend_card(card_id=card.pk, amount_minor=1000, key="test:1", actor=None)
    answer = client.post(BALANCE, {"code": loosely(code_of(card))})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "€40.00" in page
    assert f"ending in {card.last_four}" in page
    assert "Alice" not in page
    assert code_of(card) not in page
    assert "no-store" in answer.headers["Cache-Control"]


def failures(alice: Client, clock: Clock) -> dict[str, str]:
    void, expired, used, waiting = (give_card(alice) for _ in range(4))
    void_card(card_id=void.pk, key="test:1", actor=None, description="")
    spend_card(card_id=used.pk, amount_minor=5000, key="test:2", actor=None)
    GiftCard.objects.filter(pk=expired.pk).update(expires_at=clock.now)
    later = clock.now.replace(year=2026)
    GiftCard.objects.filter(pk=waiting.pk).update(active_from=later)
    clock.advance(minutes=1)
    return {
        "malformed": "hello",
        "unknown": "ABCD-EFGH-JKMN-PQRS",
        "void": code_of(void),
        "expired": code_of(expired),
        "used up": code_of(used),
        "not yet active": code_of(waiting),
        "nasty": "\x00" * 40,
        "huge": "A" * 100_000,
    }


def test_every_failure_is_the_same_answer(client: Browser, alice: Client, clock: Clock) -> None:
    seen = set()
    for code in failures(alice, clock).values():
        answer = client.post(BALANCE, {"code": code})
        page = answer.content.decode()
        assert answer.status_code == 422
        assert ONE_SENTENCE in page
        clean = re.sub(r'value="[^"]*"|nonce="[^"]*"', "", page)
        seen.add(clean)
    assert len(seen) == 1


def test_too_many_tries(client: Browser, alice: Client) -> None:
    card = give_card(alice)
    for _ in range(10):
        client.post(BALANCE, {"code": "nonsense"})
    answer = client.post(BALANCE, {"code": code_of(card)})
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    assert "Too many attempts" in answer.content.decode()
    assert "€50.00" not in answer.content.decode()


def test_an_empty_code_asks_for_one(client: Browser, db: None) -> None:
    answer = client.post(BALANCE, {"code": ""})
    assert answer.status_code == 422
    assert b"Enter the code of the gift card" in answer.content


def test_balance_by_htmx_is_a_fragment(client: Browser, alice: Client) -> None:
    headers = {"HX-Request": "true", "HX-Target": "result"}
    good = client.post(BALANCE, {"code": code_of(give_card(alice))}, headers=headers)
    assert good.content.decode().lstrip().startswith('<div id="result"')
    bad = client.post(BALANCE, {"code": "nonsense"}, headers=headers)
    assert bad.status_code == 422
    assert ONE_SENTENCE in bad.content.decode()


def test_codes_reach_no_log(
    client: Browser, as_alice: Browser, alice: Client, caplog: pytest.LogCaptureFixture
) -> None:
    card = give_card(alice)
    folded = code_of(card).replace("-", "")
    with caplog.at_level(logging.DEBUG):
        as_alice.post(f"/g/{card.token}/", {"show": 1})
        client.post(BALANCE, {"code": code_of(card)})
        void_card(card_id=card.pk, key="test:1", actor=None, description="")
        client.post(BALANCE, {"code": code_of(card)})
    text = caplog.text.upper()
    assert folded not in text
    assert code_of(card) not in text
