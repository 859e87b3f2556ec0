"""F11 to F13: broker, cache or mail server gone, and clients notice nothing."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from celery.signals import before_task_publish
from django.db import connection
from django.test import Client as Browser

from bookings.models import Visit
from clients.models import Client
from giftcards.cards import reveal_code
from giftcards.models import GiftCard, GiftCardType
from loyalty.points import balance_of
from loyalty.sweep import credit_due_awards
from loyalty_site.celery import app
from notifications.models import Message
from notifications.sending import send_due_messages
from tests.conftest import Clock
from tests.factories import PASSWORD, give_card, give_points, turn_on
from tests.notifications.conftest import use_smtp
from tests.project.test_health import LOST_REDIS
from tests.website.booking import (
    THURSDAY_10,
    choose_time,
    give_details,
    hidden,
    last_button,
    massage,
)

pytestmark = pytest.mark.django_db(transaction=True)

SIGN_IN = "/account/login/"
BALANCE = "/gift-cards/balance/"


def book_on_the_website(browser: Browser) -> Visit:
    """A guest books by the pages; whatever is asked of broker and mail happens on the way."""
    review = give_details(browser, choose_time(browser, massage(), THURSDAY_10))
    answer = browser.post(review, last_button(browser, review))
    assert answer.status_code == 302
    return Visit.objects.get()


# --- F11: the broker --------------------------------------------------------------------------


@pytest.fixture(params=["no server at the address", "folder cannot be made", "folder removed"])
def lost_broker(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """The project's own Celery app, led to a broker that is gone."""
    folder = tmp_path / "spool"
    if request.param == "no server at the address":
        address, options = "redis://127.0.0.1:1/0", {"socket_connect_timeout": 1, "max_retries": 1}
    else:
        names = ("data_folder_in", "data_folder_out", "processed_folder", "control_folder")
        address = "spool://localhost/"
        options = {name: str(folder / name) for name in names}
    for name, value in (
        ("broker_url", address),
        ("broker_write_url", address),
        ("broker_transport_options", options),
    ):
        monkeypatch.setitem(app.conf.changes, name, value)
    monkeypatch.setattr(app.amqp, "_producer_pool", None)
    monkeypatch.setattr(app, "_pool", None)
    if request.param == "folder cannot be made":
        folder.write_text("a file stands where the folder was")
    if request.param == "folder removed":
        with app.producer_pool.acquire(block=True) as producer:
            producer.publish({}, routing_key="somewhere")
        folder.rename(tmp_path / "taken away")
        folder.write_text("")
    yield
    app.pool.force_close_all()


def test_booking_and_crediting_go_on_without_a_broker(
    client: Browser, lost_broker: None, clock: Clock, mailoutbox: list[Any]
) -> None:
    """F11: nothing lives only in the broker."""
    turn_on("loyalty")
    tried = []

    def note(sender: str | None = None, **kwargs: Any) -> None:
        tried.append(sender)

    before_task_publish.connect(note)
    try:
        visit = book_on_the_website(client)
    finally:
        before_task_publish.disconnect(note)

    assert "notifications.tasks.send_due_messages" in tried
    assert send_due_messages().sent == 1
    assert [mail.to for mail in mailoutbox] == [["greta@example.test"]]
    clock.move_to(visit.ends_at)
    clock.advance(hours=3, minutes=5)
    assert credit_due_awards().credited == 1
    assert visit.client is not None
    assert balance_of(visit.client) == 60


def test_nothing_is_asked_of_the_broker_inside_a_transaction(client: Browser) -> None:
    """F51, and a worker that is quick would not find the row (trap 8)."""
    inside = []

    def note(**kwargs: Any) -> None:
        inside.append(connection.in_atomic_block)

    before_task_publish.connect(note)
    try:
        book_on_the_website(client)
    finally:
        before_task_publish.disconnect(note)

    assert inside
    assert not any(inside)


# --- F12: the cache ---------------------------------------------------------------------------


@pytest.fixture
def lost_cache(settings: Any) -> None:
    """A Redis that is gone; the accounts library's own limits, which lie in it, are on."""
    settings.CACHES = LOST_REDIS
    settings.ACCOUNT_RATE_LIMITS = {}


def test_signing_in_goes_on_without_a_cache_and_is_not_unlimited(
    client: Browser, alice: Client, lost_cache: None
) -> None:
    for _ in range(9):
        wrong = Browser().post(SIGN_IN, {"login": alice.email, "password": "guessed"})
        assert wrong.status_code == 422

    EmailAddress.objects.create(user=alice.user, email=alice.email, verified=True, primary=True)
    answer = client.post(SIGN_IN, {"login": alice.email, "password": PASSWORD})
    assert answer.status_code == 302
    assert client.get("/account/").status_code == 200
    assert Browser().post(SIGN_IN, {"login": alice.email, "password": "x"}).status_code == 429


def test_card_balance_goes_on_without_a_cache_and_is_not_unlimited(
    client: Browser, alice: Client, lost_cache: None
) -> None:
    card = give_card(alice)
    assert b"50.00" in client.post(BALANCE, {"code": reveal_code(card)}).content

    for _ in range(10):
        client.post(BALANCE, {"code": "AAAA-AAAA-AAAA-AAAA"})

    assert client.post(BALANCE, {"code": reveal_code(card)}).status_code == 429


def test_booking_goes_on_without_a_cache(client: Browser, lost_cache: None) -> None:
    assert book_on_the_website(client).bookings.get().status == "booked"


# --- F13: the mail server ---------------------------------------------------------------------


@pytest.fixture
def hanging_server(settings: Any) -> Iterator[socket.socket]:
    """Takes connections in its queue and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        use_smtp(settings, listener.getsockname()[1])
        settings.EMAIL_TIMEOUT = 0.2
        listener.settimeout(0)
        yield listener


def test_no_request_waits_for_the_mail_server_and_the_card_pays_meanwhile(
    client: Browser, alice: Client, fifty: GiftCardType, hanging_server: socket.socket
) -> None:
    give_points(alice, 820)
    client.force_login(alice.user)
    confirm = f"/gift-cards/{fifty.slug}/points/"
    sent = {name: hidden(client.get(confirm), name) for name in ("form_token", "points")}

    assert client.post(confirm, sent).status_code == 302

    card = GiftCard.objects.get()
    with pytest.raises(BlockingIOError):
        hanging_server.accept()
    assert send_due_messages().retried == 1
    hanging_server.accept()[0].close()
    assert Message.objects.get(kind="gift_card_delivery").state == Message.State.PENDING
    assert card.last_four in client.get("/account/gift-cards/").content.decode()
    assert b"50.00" in Browser().post(BALANCE, {"code": reveal_code(card)}).content
