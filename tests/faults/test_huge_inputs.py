"""F44: far too much, and what no form of ours sends: never a fault, and nothing changes."""

from __future__ import annotations

import tracemalloc
from typing import Any
from urllib.parse import urlencode

import pytest
from django.apps import apps
from django.test import Client as Browser

from clients.models import Client
from foundation.models import RateCounter, User
from tests.journeys.salon import Salon, fill_salon, rows_of

pytestmark = pytest.mark.django_db

FORM = "application/x-www-form-urlencoded"
MEGABYTE = 2**20
REFUSED = {400, 403, 413}
# Not part of the state: who is here, and how often somebody tried.
PASSING = {"sessions.Session", RateCounter._meta.label}

# Forms with fields that people fill in, by who may send them.
FILLED_IN = {
    "guest": (
        "/account/signup/",
        "/account/login/",
        "/account/login/code/",
        "/account/password/reset/",
        "/gift-cards/balance/",
        "/book/deep-tissue/times/",
    ),
    "alice": (
        "/book/d/{draft}/details/",
        "/book/d/{draft}/review/",
        "/book/d/{draft}/code/",
        "/book/d/{draft}/cards/",
        "/gift-cards/gift-card-50/points/",
        "/account/profile/",
    ),
    "olga": (
        "/admin/reports/loyalty/add/",
        "/admin/features/loyalty/delay/",
        "/admin/features/messages/points_added/en/",
    ),
}
# Buttons without fields: whatever comes along is not read, so only its size can be refused.
BUTTONS = {
    "guest": (),
    "alice": ("/booking/{visit}/cancel/", "/account/consents/"),
    "olga": (
        "/admin/bookings/{booking}/arrived/",
        "/admin/bookings/{booking}/completed/",
        "/admin/bookings/{booking}/no-show/",
        "/admin/bookings/{booking}/cancel/",
        "/admin/features/clean_history/on/",
        "/admin/features/loyalty/off/",
    ),
}
# A note may be any text, and no known card chosen is none chosen: kept with the draft.
TAKES_ANYTHING = ("/details/", "/cards/")
FIELDS = (
    "name email consent login password code starts_at with first draft first_name last_name phone "
    "note form_token total cards_pay points card language client amount description minutes "
    "subject body action"
).split()
# As they come over the wire. A surrogate that stands alone is no UTF-8.
ODD = {
    "500 digits": "9" * 500,
    "minus 500 digits": "-" + "9" * 500,
    "not a number": "NaN",
    "infinity": "Infinity",
    "exponent": "1e500",
    "NUL": "a%00b",
    "lone surrogate": "%ED%A0%80",
    "half of UTF-8": "%C3",
    "a megabyte": "x" * MEGABYTE,
}
TOO_MUCH = {
    "10 MB of text": (urlencode({"name": "x" * 10 * MEGABYTE}).encode(), FORM),
    "10,000 fields": ("&".join(f"f{number}=1" for number in range(10_000)).encode(), FORM),
    "10 MB in a part": (
        b'--b\r\nContent-Disposition: form-data; name="name"\r\n\r\n'
        + b"x" * 10 * MEGABYTE
        + b"\r\n--b--\r\n",
        "multipart/form-data; boundary=b",
    ),
}


@pytest.fixture
def salon(alice: Client, pavel: Any) -> Salon:
    return fill_salon(alice, pavel.provider)


def paths(salon: Salon, templates: tuple[str, ...]) -> list[str]:
    keys = {"draft": salon.draft.token, "visit": salon.coming.ref}
    keys["booking"] = str(rows_of(salon)["booking"])
    return [template.format(**keys) for template in templates]


def state() -> dict[str, list[Any]]:
    """Every row of the product."""
    return {
        model._meta.label: list(model._default_manager.order_by("pk").values_list())
        for model in apps.get_models()
        if model._meta.managed and model._meta.label not in PASSING
    }


def come_as(browser: Browser, visitor: str, alice: Client, olga: User) -> None:
    browser.raise_request_exception = False
    if visitor != "guest":
        browser.force_login(olga if visitor == "olga" else alice.user)


@pytest.mark.parametrize("visitor", ["guest", "alice", "olga"])
def test_odd_values_are_refused_and_change_nothing(
    visitor: str, client: Browser, salon: Salon, alice: Client, olga: User
) -> None:
    come_as(client, visitor, alice, olga)
    forms = paths(salon, FILLED_IN[visitor])
    before, broken = state(), []
    for path in forms:
        for name, value in ODD.items():
            many = 2 if len(value) > MEGABYTE // 2 else len(FIELDS)
            body = "&".join(f"{field}={value}" for field in FIELDS[:many])
            status = client.generic("POST", path, body, content_type=FORM).status_code
            RateCounter.objects.all().delete()
            if status >= 500 or status == 404:
                broken.append(f"{path} {name}: {status}")
        if state() != before:
            if not path.endswith(TAKES_ANYTHING):
                broken.append(f"{path} changed something")
            before = state()
    assert broken == []


@pytest.mark.parametrize("visitor", ["guest", "alice", "olga"])
@pytest.mark.parametrize("what", TOO_MUCH)
def test_too_much_is_refused_in_little_memory(
    visitor: str, what: str, salon: Salon, alice: Client, olga: User
) -> None:
    """As in production a form is read before its button is heard: without a token it is refused."""
    client = Browser(enforce_csrf_checks=True)
    come_as(client, visitor, alice, olga)
    body, content_type = TOO_MUCH[what]
    targets = paths(salon, FILLED_IN[visitor] + BUTTONS[visitor])
    before, answers = state(), {}
    tracemalloc.start()
    try:
        for path in targets:
            tracemalloc.reset_peak()
            start = tracemalloc.get_traced_memory()[0]
            answers[path] = client.generic("POST", path, body, content_type=content_type)
            grown = tracemalloc.get_traced_memory()[1] - start
            assert grown < 50 * MEGABYTE, f"{path}: {grown // MEGABYTE} MB"
    finally:
        tracemalloc.stop()
    assert {path for path, answer in answers.items() if answer.status_code not in REFUSED} == set()
    assert state() == before
