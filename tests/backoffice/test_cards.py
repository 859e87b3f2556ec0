"""Gift card types with their Loyalty tab, and the issued cards: issue, show, void."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client as Browser
from django.urls import reverse

from clients.models import Client
from clients.people import update_client
from foundation.models import User
from giftcards.cards import reveal_code, spend_card
from giftcards.models import CardOrigin, GiftCard, GiftCardType
from loyalty.models import Reward
from loyalty.points import balance_of
from notifications.models import Message
from sales.exchange import exchange_points_for_card
from tests.factories import (
    PASSWORD,
    EarningRuleFactory,
    GiftCardTypeFactory,
    RewardFactory,
    ServiceFactory,
    give_card,
    give_points,
    turn_off,
    turn_on,
)

pytestmark = pytest.mark.django_db
ISSUE = "/admin/giftcards/giftcard/issue/"


def _type_fields(inline: Any, **loyalty: Any) -> dict[str, Any]:
    return {
        "name_en": "Gift card",
        "slug": "gift-card",
        "value_minor": "50.00",
        "validity_months": 36,
        "shown_online": "on",
        "position": 0,
        **inline("reward", loyalty),
    }


def test_a_type_is_added_with_its_points(client: Browser, maria: User, inline: Any) -> None:
    client.force_login(maria)

    answer = client.post(
        reverse("admin:giftcards_giftcardtype_add"),
        _type_fields(inline, enabled="on", points=500),
    )

    assert answer.status_code == 302
    assert GiftCardType.objects.get().value_minor == 5000
    assert (Reward.objects.get().enabled, Reward.objects.get().points) == (True, 500)


def test_loyalty_tab_of_a_type_needs_points(client: Browser, maria: User, inline: Any) -> None:
    client.force_login(maria)

    answer = client.post(
        reverse("admin:giftcards_giftcardtype_add"), _type_fields(inline, enabled="on", points="")
    )

    assert "Enter how many points this card costs" in answer.content.decode()
    assert not GiftCardType.objects.exists()


@pytest.mark.parametrize("wrong", [{"value_minor": "0"}, {"validity_months": "0"}])
def test_a_type_without_value_or_term_is_refused(
    client: Browser, maria: User, inline: Any, wrong: dict[str, str]
) -> None:
    client.force_login(maria)

    answer = client.post(reverse("admin:giftcards_giftcardtype_add"), _type_fields(inline) | wrong)

    assert answer.status_code == 200
    assert not GiftCardType.objects.exists()


@pytest.mark.parametrize(("points", "is_warned"), [(500, False), (60, True)])
def test_loyalty_tab_compares_points_with_money(
    client: Browser, maria: User, points: int, is_warned: bool
) -> None:
    """Nine visits at 72.00 for a card of 100.00 are fair; one visit is a gift."""
    EarningRuleFactory(service=ServiceFactory(price_minor=7200), points=60)
    kind = GiftCardTypeFactory(value_minor=10_000)
    RewardFactory(gift_card_type=kind, points=points)
    client.force_login(maria)

    page = client.get(reverse("admin:giftcards_giftcardtype_change", args=[kind.pk]))

    text = page.content.decode()
    assert ("The card is worth more than that." in text) is is_warned
    expected = "1 visit worth €72.00" if is_warned else "9 visits worth €648.00"
    assert expected in text


def _issue_fields(client: Browser, address: str, **fields: Any) -> dict[str, Any]:
    form = client.get(address).context["form"]
    owner = form["owner"].value()
    return {
        "token": form["token"].value(),
        "owner": owner or "",
        "card_type": GiftCardTypeFactory().pk,
        "description": "Competition prize",
        **fields,
    }


def test_desk_issues_a_card_to_a_client_who_gets_it_by_mail(
    client: Browser, daisy: User, alice: Client
) -> None:
    client.force_login(daisy)
    found = client.get(ISSUE, {"q": "ALIC"}).context["found"]
    fields = _issue_fields(client, f"{ISSUE}?client={alice.pk}")

    first = client.post(ISSUE, fields)
    second = client.post(ISSUE, fields)

    assert list(found) == [alice]
    card = GiftCard.objects.get()
    assert (card.owner, card.origin, card.balance) == (alice, CardOrigin.DESK, 5000)
    assert first.headers["Location"] == second.headers["Location"]
    assert card.entries.get().actor == daisy
    assert Message.objects.get().kind == "gift_card_delivery"


def test_desk_issues_no_card_that_nobody_is_told_of_but_a_manager_does(
    client: Browser, daisy: User, maria: User, bob: Client
) -> None:
    update_client(client=bob, actor=None, email="")
    client.force_login(daisy)
    for address in (ISSUE, f"{ISSUE}?client={bob.pk}"):
        refused = client.post(ISSUE, _issue_fields(client, address))
        assert refused.status_code == 422
        assert "the code goes there" in refused.content.decode()
    assert not GiftCard.objects.exists()

    client.force_login(maria)
    client.post(ISSUE, _issue_fields(client, ISSUE))
    assert GiftCard.objects.get().owner is None


def test_issuing_asks_why_and_keeps_what_was_typed(
    client: Browser, maria: User, alice: Client
) -> None:
    client.force_login(maria)
    fields = _issue_fields(client, f"{ISSUE}?client={alice.pk}", description="")

    answer = client.post(ISSUE, fields)

    assert answer.status_code == 422
    text = answer.content.decode()
    assert "Enter why the card is issued" in text
    assert "Error: Issue a gift card by hand" in text
    assert answer.context["owner"] == alice


def test_finding_picking_and_changing_the_owner_keeps_the_rest(
    client: Browser, maria: User, alice: Client
) -> None:
    client.force_login(maria)
    fields = _issue_fields(client, ISSUE)

    found = client.post(ISSUE, {**fields, "q": "ALIC", "step": "find"})
    picked = client.post(ISSUE, {**fields, "q": "ALIC", "client": alice.pk})
    changed = client.post(ISSUE, {**fields, "owner": alice.pk, "step": "change"})

    assert list(found.context["found"]) == [alice]
    owners = [page.context["owner"] for page in (found, picked, changed)]
    assert owners == [None, alice, None]
    for page in (found, picked, changed):
        assert page.status_code == 200
        kept = page.context["form"]
        assert kept["card_type"].value() == str(fields["card_type"])
        assert kept["description"].value() == "Competition prize"
        assert kept["token"].value() == fields["token"]
        assert "There is a problem" not in page.content.decode()
    assert not GiftCard.objects.exists()


def test_issuing_is_refused_while_gift_cards_are_off(client: Browser, maria: User) -> None:
    client.force_login(maria)
    fields = _issue_fields(client, ISSUE)
    turn_off("gift_cards")

    assert client.post(ISSUE, fields).status_code == 409
    assert not GiftCard.objects.exists()


def test_an_archived_type_is_not_issued(client: Browser, maria: User, clock: Any) -> None:
    client.force_login(maria)
    gone = GiftCardTypeFactory(archived_at=clock.now)

    answer = client.post(ISSUE, _issue_fields(client, ISSUE, card_type=gone.pk))

    assert answer.status_code == 422
    assert not GiftCard.objects.exists()


def test_a_code_is_shown_after_the_password_and_that_is_kept(
    client: Browser, maria: User, alice: Client
) -> None:
    card = give_card(alice)
    client.force_login(maria)
    address = f"/admin/giftcards/giftcard/{card.pk}/code/"

    before, wrong = client.get(address), client.post(address, {"password": "wrong"})
    assert wrong.status_code == 422
    assert not LogEntry.objects.exists()
    right = client.post(address, {"password": PASSWORD})

    assert [reveal_code(card) in each.content.decode() for each in (before, wrong, right)] == [
        False,
        False,
        True,
    ]
    assert "no-store" in right.headers["Cache-Control"]
    log = LogEntry.objects.get()
    assert (log.user, log.object_id) == (maria, str(card.pk))
    history = client.get(reverse("admin:giftcards_giftcard_history", args=[card.pk]))
    assert "Showed the code" in history.content.decode()


def test_a_wrong_password_is_said_and_no_log_holds_a_code(
    client: Browser, maria: User, alice: Client, caplog: pytest.LogCaptureFixture
) -> None:
    card = give_card(alice)
    client.force_login(maria)
    address = f"/admin/giftcards/giftcard/{card.pk}/code/"

    with caplog.at_level(0):
        wrong = client.post(address, {"password": "wrong"}).content.decode()
        client.post(address, {"password": PASSWORD})

    assert "There is a problem" in wrong
    assert "That is not your password" in wrong
    log = LogEntry.objects.get()
    kept = f"{log.change_message} {log.object_repr} {caplog.text}"
    code = reveal_code(card)
    assert code not in kept
    assert code.replace("-", "") not in kept


def test_guessing_the_password_on_the_code_page_is_limited(
    client: Browser, maria: User, alice: Client
) -> None:
    address = f"/admin/giftcards/giftcard/{give_card(alice).pk}/code/"
    client.force_login(maria)
    for _ in range(20):
        client.post(address, {"password": "wrong"})

    answer = client.post(address, {"password": PASSWORD})

    assert answer.status_code == 422
    assert "Too many attempts" in answer.content.decode()


def test_voiding_a_card_chosen_by_points_gives_the_points_back(
    client: Browser, maria: User, alice: Client
) -> None:
    turn_on("loyalty")
    reward = RewardFactory(points=500)
    give_points(alice, 700)
    card = exchange_points_for_card(
        client=alice,
        card_type=reward.gift_card_type,
        form_token="a-token-of-the-exchange",
        actor=alice.user,
    )
    client.force_login(maria)
    address = f"/admin/giftcards/giftcard/{card.pk}/void/"
    page = client.get(address)
    fields = {"token": page.context["form"]["token"].value(), "description": "Wrong card"}

    client.post(address, fields)

    assert "The owner gets 500 points back." in page.content.decode()
    card.refresh_from_db()
    assert (card.balance, card.voided_at is not None) == (0, True)
    assert balance_of(alice) == 700


def test_a_used_card_is_not_voided_and_voiding_asks_why(
    client: Browser, maria: User, alice: Client
) -> None:
    used, fresh = give_card(alice), give_card(alice)
    spend_card(card_id=used.pk, amount_minor=1000, key="test:spend", actor=None)
    client.force_login(maria)

    refused = client.post(
        f"/admin/giftcards/giftcard/{used.pk}/void/",
        {"token": "0123456789abcdef", "description": "Why not"},
    )
    unsaid = client.post(
        f"/admin/giftcards/giftcard/{fresh.pk}/void/",
        {"token": "0123456789abcdee", "description": ""},
    )

    assert (refused.status_code, unsaid.status_code) == (409, 422)
    assert not GiftCard.objects.filter(voided_at__isnull=False).exists()


def test_cards_are_found_by_last_four_owner_and_state(
    client: Browser, daisy: User, alice: Client, bob: Client
) -> None:
    hers, his = give_card(alice), give_card(bob)
    spend_card(card_id=his.pk, amount_minor=5000, key="test:spend", actor=None)
    client.force_login(daisy)

    def found(**query: str) -> list[GiftCard]:
        page = client.get(reverse("admin:giftcards_giftcard_changelist"), query)
        return list(page.context["cl"].result_list)

    assert found(q=hers.last_four.lower()) == [hers]
    assert found(q="bob berg") == [his]
    assert found(card="open") == [hers]
    assert found(card="used") == [his]
    assert found(card="expired") == []
    assert found(owner=str(alice.pk)) == [hers]


def test_a_voided_card_offers_no_void(client: Browser, maria: User, alice: Client) -> None:
    card = give_card(alice)
    client.force_login(maria)
    page, void = (f"/admin/giftcards/giftcard/{card.pk}/{end}/" for end in ("change", "void"))
    assert void in client.get(page).content.decode()

    token = client.get(void).context["form"]["token"].value()
    client.post(void, {"token": token, "description": "Issued twice"})

    assert void not in client.get(page).content.decode()
