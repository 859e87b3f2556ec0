"""The calendar feed's page in the panel."""

from __future__ import annotations

import re

import pytest
from django.test import Client as Browser

from catalogue.feeds import feed_token, find_feed
from foundation.models import User
from tests.factories import ProviderFactory

pytestmark = pytest.mark.django_db

OWN = "/admin/calendar-feeds/"


def address_on(page: str) -> str:
    found = re.search(r'value="http://testserver/calendar/([^"]+)\.ics"', page)
    return found[1] if found else ""


def test_a_provider_finds_the_address_of_their_own(client: Browser, pavel: User) -> None:
    client.force_login(pavel)

    page = client.get(OWN)

    assert address_on(page.content.decode()) == feed_token(pavel.provider)
    assert page.headers["Cache-Control"] == "no-store, private"
    assert "My calendar feed" in client.get("/admin/").content.decode()


def test_a_login_without_a_provider_is_told_so(desk: Browser) -> None:
    assert "No provider belongs to your login" in desk.get(OWN).content.decode()
    assert "My calendar feed" not in desk.get("/admin/").content.decode()


def test_renewing_by_the_button_ends_the_address_before(client: Browser, pavel: User) -> None:
    client.force_login(pavel)
    before = address_on(client.get(OWN).content.decode())

    page = client.post(f"{OWN}{pavel.provider.pk}/", follow=True).content.decode()

    assert "The calendar has a new address." in page
    assert find_feed(before) is None
    assert find_feed(address_on(page)) == pavel.provider


def test_looking_renews_nothing(client: Browser, pavel: User) -> None:
    client.force_login(pavel)
    client.get(f"{OWN}{pavel.provider.pk}/")

    pavel.provider.refresh_from_db()
    assert pavel.provider.feed_version == 1


def test_another_provider_s_address_is_refused(client: Browser, pavel: User) -> None:
    other = ProviderFactory()
    client.force_login(pavel)

    for answer in (client.get(f"{OWN}{other.pk}/"), client.post(f"{OWN}{other.pk}/")):
        assert answer.status_code == 403
        assert feed_token(other) not in answer.content.decode()
    other.refresh_from_db()
    assert other.feed_version == 1


def test_a_manager_renews_for_everybody(client: Browser, maria: User) -> None:
    other = ProviderFactory()
    client.force_login(maria)

    client.post(f"{OWN}{other.pk}/")

    other.refresh_from_db()
    assert other.feed_version == 2
    assert (
        "Calendar feed"
        in client.get(f"/admin/catalogue/provider/{other.pk}/change/").content.decode()
    )
