"""A provider's calendar, as a calendar program fetches it."""

from __future__ import annotations

import pytest
from django.test import Client as Browser

from catalogue.archive import archive_provider
from catalogue.feeds import feed_token, renew_feed
from catalogue.models import Provider, Service
from clients.models import Client
from foundation.models import User
from tests.conftest import Clock
from tests.factories import ServiceFactory, book
from website.views import feeds

pytestmark = pytest.mark.django_db


@pytest.fixture
def provider(pavel: User) -> Provider:
    return pavel.provider


@pytest.fixture
def massage(provider: Provider) -> Service:
    return ServiceFactory(name_en="Massage", providers=[provider])


def address(provider: Provider) -> str:
    return f"/calendar/{feed_token(provider)}.ics"


def test_feed_opens_by_its_address_alone(
    client: Browser, alice: Client, provider: Provider, massage: Service, clock: Clock
) -> None:
    book(alice, massage, clock.now.replace(hour=12))

    answer = client.get(address(provider))

    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer.headers["Cache-Control"] == "private, max-age=300"
    assert answer.headers["X-Robots-Tag"] == "noindex"
    assert b"SUMMARY:Massage: Alice" in answer.content
    assert not client.cookies


def test_feed_that_did_not_change_is_not_sent_again(
    client: Browser, alice: Client, provider: Provider, massage: Service, clock: Clock
) -> None:
    etag = client.get(address(provider)).headers["ETag"]
    again = client.get(address(provider), headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["ETag"] == etag

    book(alice, massage, clock.now.replace(hour=12))

    changed = client.get(address(provider), headers={"If-None-Match": etag})
    assert changed.status_code == 200
    assert changed.headers["ETag"] != etag


def test_every_wrong_address_gets_the_same_answer(
    client: Browser, provider: Provider, pavel: User
) -> None:
    renewed = address(provider)
    renew_feed(provider=provider, actor=pavel)
    provider.refresh_from_db()
    archived = address(provider)
    archive_provider(provider=provider, actor=None)

    wrong = [renewed, archived, f"/calendar/{provider.pk}-x.ics", "/calendar/999999-x.ics"]
    answers = [client.get(path) for path in wrong]

    assert {answer.status_code for answer in answers} == {404}
    assert {answer.headers["Content-Type"] for answer in answers} == {"text/html; charset=utf-8"}
    for answer in answers:
        assert b"Pavel" not in answer.content


def test_feed_is_limited_per_address(
    client: Browser, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feeds, "LIMIT", 2)
    path = address(provider)

    assert [client.get(path).status_code for _ in range(3)] == [200, 200, 429]
    assert client.get("/calendar/1-x.ics").status_code == 429


def test_feed_speaks_the_provider_s_language(
    client: Browser, provider: Provider, massage: Service, alice: Client, clock: Clock, pavel: User
) -> None:
    Service.objects.update(name_da="Fodmassage")
    massage.refresh_from_db()
    book(alice, massage, clock.now.replace(hour=12))
    User.objects.filter(pk=pavel.pk).update(language="da")

    assert b"SUMMARY:Fodmassage: Alice" in client.get(address(provider)).content


def test_feed_changes_nothing_and_takes_no_form(client: Browser, provider: Provider) -> None:
    assert client.post(address(provider)).status_code == 405
    assert client.head(address(provider)).status_code == 200
