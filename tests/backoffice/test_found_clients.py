"""A card's number that is part of many phone numbers still finds its owner, before all others."""

from __future__ import annotations

import pytest
from django.test import Client as Browser

from backoffice.found_clients import first_found
from clients.models import Client
from clients.people import search_clients
from foundation.models import User
from tests.factories import ClientFactory
from tests.website.booking import text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner(db: None) -> Client:
    """Zora, the last by name, among a dozen with her card's number in their phone numbers."""
    for each in range(12):
        ClientFactory(first_name="Anna", phone=f"+3584010001{each:02}")
    found = ClientFactory(first_name="Zora", last_name="Zing")
    Client.objects.filter(pk=found.pk).update(card_number="1000")
    return found


def test_the_owner_of_a_card_comes_first(owner: Client) -> None:
    for text in ("1000", "10-00"):
        found = first_found(search_clients(text), text, 5)
        assert found[0] == owner
        assert len(set(found)) == 5
    assert first_found(search_clients("zora"), "zora", 5) == [owner]
    assert owner not in first_found(search_clients("anna"), "anna", 5)


def test_the_desk_finds_the_owner_of_a_short_number(
    client: Browser, daisy: User, owner: Client
) -> None:
    client.force_login(daisy)
    words = text_of(client.get("/admin/search/?q=1000"))
    assert "Clients Zora Zing" in words
    assert "More clients" in words
    answer = client.post("/admin/bookings/new/", {"step": "search", "q": "1000"})
    assert "8 clients found Zora Zing" in text_of(answer)
    # Several were found, so a scanner's Enter shows them and picks nobody.
    assert "data-card" not in answer.content.decode()


def test_the_only_one_with_a_whole_number_may_be_picked_by_a_scanner(
    client: Browser, daisy: User, alice: Client
) -> None:
    Client.objects.filter(pk=alice.pk).update(card_number="2000123456789")
    client.force_login(daisy)
    for text, is_card in (("2000123456789", True), ("2000 123456789", True), ("alice", False)):
        page = client.post("/admin/bookings/new/", {"step": "search", "q": text})
        assert (f'data-card="{text}"' in page.content.decode()) == is_card
