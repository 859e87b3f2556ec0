"""Ledgers are read-only for everybody: forms, actions, inlines and direct POSTs (T09)."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import Model
from django.test import Client as Browser
from django.urls import reverse

from clients.consents import record_consent
from clients.models import Client, ConsentRecord
from foundation.models import User
from giftcards.models import CardEntry, GiftCard
from loyalty.models import Award, PointAccount, PointEntry
from notifications.models import Message
from notifications.outbox import queue_message
from sales.models import Payment
from tests.conftest import Clock
from tests.factories import (
    EarningRuleFactory,
    ServiceFactory,
    book,
    give_card,
    give_points,
    turn_on,
)

LEDGERS = [PointEntry, CardEntry, Award, Payment, GiftCard, Message]


@pytest.fixture
def rows(alice: Client, pavel: User, clock: Clock) -> None:
    turn_on("loyalty")
    service = ServiceFactory(providers=[pavel.provider])
    EarningRuleFactory(service=service)
    give_points(alice, 700)
    card = give_card(alice)
    record_consent(client=alice, granted=True, language="en", source="account", actor=None)
    book(
        alice,
        service,
        Clock.START.replace(hour=12),
        provider=pavel.provider,
        card_ids=(card.pk,),
    )
    queue_message(kind="test", to_email="x@example.test", language="en", dedupe_key="ledger-test")


def _name(model: type[Model]) -> str:
    return f"admin:{model._meta.app_label}_{model._meta.model_name}"


def _snapshot() -> dict[str, list[Any]]:
    return {
        model.__name__: list(model._default_manager.order_by("pk").values())
        for model in [*LEDGERS, PointAccount, ConsentRecord]
    }


@pytest.mark.parametrize("model", LEDGERS)
@pytest.mark.parametrize("person", ["root", "olga"])
def test_ledger_is_shown_and_nothing_can_be_sent_to_it(
    model: type[Model],
    person: str,
    rows: None,
    client: Browser,
    request: pytest.FixtureRequest,
) -> None:
    client.force_login(request.getfixturevalue(person))
    before = _snapshot()
    row = model._default_manager.order_by("pk").first()
    assert row is not None
    fields = {field.name: "1" for field in model._meta.fields} | {"amount": "9999", "_save": "1"}
    page = client.get(reverse(f"{_name(model)}_change", args=[row.pk]))

    answers = {
        "list": client.get(reverse(f"{_name(model)}_changelist")).status_code,
        "page": page.status_code,
        "add page": client.get(reverse(f"{_name(model)}_add")).status_code,
        "add": client.post(reverse(f"{_name(model)}_add"), fields).status_code,
        "change": client.post(reverse(f"{_name(model)}_change", args=[row.pk]), fields).status_code,
        "delete page": client.get(reverse(f"{_name(model)}_delete", args=[row.pk])).status_code,
        "delete": client.post(
            reverse(f"{_name(model)}_delete", args=[row.pk]), {"post": "yes"}
        ).status_code,
        "delete action": client.post(
            reverse(f"{_name(model)}_changelist"),
            {
                "action": "delete_selected",
                ACTION_CHECKBOX_NAME: [row.pk],
                "post": "yes",
                "index": 0,
            },
        ).status_code,
        "edit in list": client.post(
            reverse(f"{_name(model)}_changelist"), {"_save": "1", "form-0-amount": "9999"}
        ).status_code,
    }

    assert answers == {
        "list": 200,
        "page": 200,
        "add page": 403,
        "add": 403,
        "change": 403,
        "delete page": 403,
        "delete": 403,
        "delete action": 403,
        "edit in list": 403,
    }
    assert _snapshot() == before
    assert 'name="_save"' not in page.content.decode()


def test_a_client_page_takes_no_consents_sent_with_it(
    rows: None, alice: Client, root: User, client: Browser, inline: Any
) -> None:
    client.force_login(root)
    before = _snapshot()
    forged = {"granted": "", "wording": "x", "language": "en", "source": "desk", "client": alice.pk}

    answer = client.post(
        reverse("admin:clients_client_change", args=[alice.pk]),
        {
            "first_name": "Alice",
            "last_name": "Andersen",
            "email": alice.email,
            "phone": "+4532101010",
            "language": "en",
            "note": "likes tea",
            **inline("consent_records", forged, forged),
        },
    )

    assert answer.status_code == 302
    alice.refresh_from_db()
    assert alice.note == "likes tea"
    assert _snapshot() == before


def test_a_card_page_shows_its_movements_and_no_code_or_key(
    rows: None, olga: User, client: Browser
) -> None:
    client.force_login(olga)
    card = GiftCard.objects.get()
    entry = card.entries.order_by("pk").first()
    assert entry is not None

    page = client.get(reverse("admin:giftcards_giftcard_change", args=[card.pk])).content.decode()

    assert "+€50.00" in page
    assert f"…{card.last_four}" in page
    for secret in (card.code_hash, card.code_encrypted, card.token, entry.key):
        assert secret not in page


def test_lists_take_no_lookup_that_is_not_offered(rows: None, olga: User, client: Browser) -> None:
    """Else the stored hash of a code is guessed letter by letter."""
    client.force_login(olga)
    for address, lookup in [
        ("admin:giftcards_giftcard_changelist", "code_hash__startswith"),
        ("admin:giftcards_giftcard_changelist", "owner__email__startswith"),
        ("admin:notifications_message_changelist", "secret__startswith"),
        ("admin:foundation_user_changelist", "password__startswith"),
        ("admin:clients_client_changelist", "note__startswith"),
    ]:
        assert client.get(reverse(address), {lookup: "a"}).status_code == 400, lookup


def test_the_outbox_shows_no_secret(olga: User, client: Browser) -> None:
    message = queue_message(
        kind="test",
        to_email="x@example.test",
        language="en",
        dedupe_key="outbox-test",
        secret="481516",
    )
    client.force_login(olga)

    pages = [
        client.get(reverse("admin:notifications_message_changelist")).content.decode(),
        client.get(
            reverse("admin:notifications_message_change", args=[message.pk])
        ).content.decode(),
    ]

    for page in pages:
        assert "x@example.test" in page
        assert "481516" not in page
        assert message.secret not in page
