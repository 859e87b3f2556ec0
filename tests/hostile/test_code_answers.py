"""One answer to every gift card code that does not pay, wherever a code can be typed (T02).

Time is not measured here but counted: the same statements and the same work with keys.
benchmarks/codes.py measures it.
"""

from __future__ import annotations

import datetime as dt
import hmac
import re
from collections.abc import Callable
from contextlib import contextmanager
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.db import connection
from django.test import Client as Browser

from clients.models import Client
from foundation import clock
from foundation.form_tokens import new_form_token
from giftcards.cards import reveal_code, spend_card, void_card
from giftcards.codes import new_code
from giftcards.lookup import TRIES_PER_SOURCE
from giftcards.models import GiftCard
from tests.factories import give_card
from tests.journeys.salon import Salon, fill_salon

pytestmark = pytest.mark.django_db

A_DAY = dt.timedelta(days=1)


def unknown(owner: Client) -> str:
    return new_code()


def malformed(owner: Client) -> str:
    return "UUUU-UUUU-UUUU-UUU!"  # as long as a code


def void(owner: Client) -> str:
    card = give_card(owner)
    void_card(card_id=card.pk, key="v", actor=None, description="Lost")
    return reveal_code(card)


def expired(owner: Client) -> str:
    card = give_card(owner)
    GiftCard.objects.filter(pk=card.pk).update(expires_at=clock.now() - A_DAY)
    return reveal_code(card)


def not_active_yet(owner: Client) -> str:
    card = give_card(owner)
    GiftCard.objects.filter(pk=card.pk).update(active_from=clock.now() + A_DAY)
    return reveal_code(card)


def used_up(owner: Client) -> str:
    card = give_card(owner)
    spend_card(card_id=card.pk, amount_minor=card.balance, key=new_form_token(), actor=None)
    return reveal_code(card)


KINDS: tuple[Callable[[Client], str], ...] = (
    unknown,
    malformed,
    void,
    expired,
    not_active_yet,
    used_up,
)
HTMX = {"HTTP_HX_REQUEST": "true"}
# Where a code can be typed: address, and what the browser sends beside it.
DOORS: dict[str, tuple[str, dict[str, str]]] = {
    "balance": ("/gift-cards/balance/", {}),
    "balance by htmx": ("/gift-cards/balance/", HTMX | {"HTTP_HX_TARGET": "result"}),
    "balance in Danish": ("/da/gift-cards/balance/", {}),
    "purse": ("/book/d/{draft}/code/", {}),
    "purse by htmx": ("/book/d/{draft}/code/", HTMX | {"HTTP_HX_TARGET": "pay"}),
}
# What is drawn anew for every answer.
ONE_TIME = re.compile(rb'((?:csrfmiddlewaretoken|form_token)" value=")[^"]*|(nonce=")[^"]*')


class Work:
    """What an answer cost: statements, keyed hashes, decryptions."""

    def __init__(self) -> None:
        self.statements: list[str] = []
        self.hashes = 0
        self.opened = 0

    def told(self) -> tuple[Any, ...]:
        return tuple(self.statements), self.hashes, self.opened


@contextmanager
def counted(monkeypatch: pytest.MonkeyPatch) -> Any:
    work = Work()
    make, open_ = hmac.new, Fernet.decrypt

    def counting_new(*args: Any, **kwargs: Any) -> Any:
        work.hashes += 1
        return make(*args, **kwargs)

    def counting_decrypt(self: Any, *args: Any, **kwargs: Any) -> Any:
        work.opened += 1
        return open_(self, *args, **kwargs)

    def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        work.statements.append(re.sub(r'"?s\d+_x\d+"?', "mark", sql))  # savepoints are numbered
        return execute(sql, params, many, context)

    with monkeypatch.context() as patch, connection.execute_wrapper(note):
        patch.setattr("foundation.crypto.hmac.new", counting_new)
        patch.setattr(Fernet, "decrypt", counting_decrypt)
        yield work


@pytest.fixture
def salon(alice: Client, pavel: Any) -> Salon:
    return fill_salon(alice, pavel.provider)


@pytest.mark.parametrize("visitor", ["guest", "alice"])
@pytest.mark.parametrize("door", DOORS)
def test_every_failure_is_answered_alike(
    door: str,
    visitor: str,
    client: Browser,
    alice: Client,
    salon: Salon,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Status, headers, body to the byte, statements and key work; a code that pays differs, so
    the comparison can tell."""
    path, more = DOORS[door]
    if visitor == "alice":
        assert alice.user is not None
        client.force_login(alice.user)
    elif "purse" in door:
        session = client.session
        session["holds"] = [salon.draft.token]
        session.save()
        salon.draft.details |= {
            "first_name": "G", "last_name": "G", "email": "g@example.test", "phone": "+4532101010",
        }  # fmt: skip
        salon.draft.save(update_fields=["details"])
    path = path.format(draft=salon.draft.token)
    client.post(path, {"code": ""}, **more)  # warm: what is read once per process is read
    typed = {kind.__name__: kind(alice) for kind in KINDS}
    answers, works = {}, {}

    for name, code in typed.items():
        with counted(monkeypatch) as work:
            answer = client.post(path, {"code": code}, **more)
        body = ONE_TIME.sub(rb"\1\2", answer.content).replace(code.encode(), b"(typed)")
        headers = {k: v for k, v in answer.headers.items() if k != "Content-Security-Policy"}
        answers[name] = (answer.status_code, tuple(sorted(headers.items())), body)
        works[name] = work.told()

    first, work_of_first = answers["unknown"], works["unknown"]
    assert first[0] == 422
    assert {name for name, each in answers.items() if each != first} == set()
    assert {name for name, each in works.items() if each != work_of_first} == set()
    with counted(monkeypatch) as work:
        paid = client.post(path, {"code": reveal_code(give_card(alice))}, **more)
    assert paid.status_code in {200, 302}
    assert work.told() != work_of_first


def test_a_long_or_odd_code_costs_no_less_work(
    client: Browser, salon: Salon, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which shapes are codes is public, yet even there the work says nothing."""
    works = set()
    client.post("/gift-cards/balance/", {"code": "x"})
    for code in ("x", "\x00" * 16, "9" * 5_000, "七" * 16, new_code()):
        with counted(monkeypatch) as work:
            answer = client.post("/gift-cards/balance/", {"code": code})
        assert answer.status_code == 422
        works.add(work.told())
    assert len(works) == 1


# --- the limit cannot be walked round -------------------------------------------------------------

BALANCE = "/gift-cards/balance/"


def guess(browser: Browser, code: str = "", **extra: Any) -> int:
    return browser.post(BALANCE, {"code": code or new_code()}, **extra).status_code


def test_another_session_each_time_opens_no_new_allowance(alice: Client) -> None:
    answers = [guess(Browser()) for _ in range(TRIES_PER_SOURCE + 3)]

    assert answers == [422] * TRIES_PER_SOURCE + [429] * 3


@pytest.mark.parametrize("header", ["HTTP_X_FORWARDED_FOR", "HTTP_X_REAL_IP", "HTTP_FORWARDED"])
def test_a_forged_address_opens_no_new_allowance(client: Browser, header: str) -> None:
    answers = [
        guess(client, **{header: f"198.51.100.{number}"}) for number in range(TRIES_PER_SOURCE + 3)
    ]

    assert answers == [422] * TRIES_PER_SOURCE + [429] * 3


def test_a_forged_address_in_front_of_our_proxy_opens_no_new_allowance(
    client: Browser, settings: Any
) -> None:
    """The proxy appends the address that it saw; what stands before it is the visitor's word."""
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    answers = [
        guess(client, HTTP_X_FORWARDED_FOR=f"198.51.100.{number}, 192.0.2.7")
        for number in range(TRIES_PER_SOURCE + 3)
    ]

    assert answers == [422] * TRIES_PER_SOURCE + [429] * 3


def test_another_address_opens_no_new_allowance_to_one_login(alice: Client) -> None:
    browser = Browser()
    assert alice.user is not None
    browser.force_login(alice.user)

    answers = [
        guess(browser, REMOTE_ADDR=f"198.51.100.{number}") for number in range(TRIES_PER_SOURCE + 3)
    ]

    assert answers == [422] * TRIES_PER_SOURCE + [429] * 3


def test_writing_a_code_otherwise_opens_no_new_allowance(client: Browser) -> None:
    code = new_code()
    ways = [code, code.lower(), code.replace("-", ""), f" {code} ", code.replace("-", "–")]

    answers = [guess(client, ways[number % 5]) for number in range(TRIES_PER_SOURCE + 1)]

    assert answers[-1] == 429


def test_a_right_code_between_wrong_ones_resets_nothing(client: Browser, alice: Client) -> None:
    right = reveal_code(give_card(alice))
    wrong = []
    for _ in range(TRIES_PER_SOURCE):
        assert guess(client, right) == 200
        wrong.append(guess(client))

    assert wrong == [422] * TRIES_PER_SOURCE
    assert guess(client) == 429
    assert guess(client, right) == 429


def test_both_doors_share_one_allowance(client: Browser, alice: Client, salon: Salon) -> None:
    assert alice.user is not None
    client.force_login(alice.user)
    purse = f"/book/d/{salon.draft.token}/code/"
    for _ in range(TRIES_PER_SOURCE // 2):
        assert guess(client) == 422
        assert client.post(purse, {"code": new_code()}).status_code == 422

    assert client.post(purse, {"code": new_code()}).status_code == 429
    assert guess(client) == 429
