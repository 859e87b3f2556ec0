"""Forms that are shown after another form only: booking, and the steps of signing in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client as Browser

from clients.models import Client
from tests.factories import PASSWORD
from tests.hostile.conftest import Visit
from tests.hostile.shares import enough, step
from tests.hostile.visiting import find_forms, name_of, send_all
from tests.hostile.watching import thin_frame
from tests.hostile.world import World
from tests.journeys.steps import code_from_mail
from tests.website.booking import THURSDAY_10, choose_time, give_details

pytestmark = pytest.mark.django_db
NEW = "n3w pass phrase"


def book(browser: Browser, world: World) -> tuple[list[str], str]:
    details = choose_time(browser, world.salon.haircut, THURSDAY_10)
    return [details, give_details(browser, details)], ""


def ask_for_code(browser: Browser, world: World) -> tuple[list[str], str]:
    browser.post("/account/login/code/", {"email": world.salon.client.email})
    return ["/account/login/code/confirm/"], code_from_mail("sign_in_code")


def sign_up(browser: Browser, world: World) -> tuple[list[str], str]:
    browser.post("/account/signup/", {"name": "Nina Nord", "email": "nina@example.test"})
    return ["/account/confirm-email/"], code_from_mail("confirm_address_code")


def ask_for_reset(browser: Browser, world: World) -> tuple[list[str], str]:
    browser.post("/account/password/reset/", {"email": world.salon.client.email})
    return ["/account/password/reset/confirm/"], code_from_mail("reset_password_code")


def confirm_reset(browser: Browser, world: World) -> tuple[list[str], str]:
    (page,), code = ask_for_reset(browser, world)
    browser.post(page, {"code": code})
    return ["/account/password/reset/complete/"], code


def open_record(browser: Browser, world: World) -> tuple[list[str], str]:
    """Staff who never booked: asked whether they want a record of their own."""
    browser.login(username="olga@salon.test", password=PASSWORD)
    return ["/account/points/"], ""


STEPS = {
    book: {"website:book_details", "website:book_review", "website:book_code", "website:book_keep"},
    ask_for_code: {"account_confirm_login_code"},
    sign_up: {"account_email_verification_sent"},
    ask_for_reset: {"account_confirm_password_reset_code"},
    confirm_reset: {"account_complete_password_reset"},
    open_record: {"website:open_account"},
}


@pytest.mark.parametrize("under_way", STEPS, ids=lambda each: each.__name__)
def test_every_form_of_a_step(
    under_way: Callable[..., Any],
    visit: Visit,
    world: World,
    good: dict[str, str],
    olga: Any,
    alice: Client,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = Browser()
    pages, code = under_way(before, world)
    watch = visit("guest")
    watch.browser.cookies.load({name: each.value for name, each in before.cookies.items()})
    if code:
        good = good | {"code": code}
    with watch.watching():
        forms = find_forms(watch, pages)
        thin_frame(settings, monkeypatch)
        known = {name_of(form.path) for form in forms if form.method == "post"}
        own = [each for each in forms if name_of(each.path) in STEPS[under_way]]
        send_all(watch, own, good=good, share=24, step=step())
    assert known >= STEPS[under_way], sorted(known)
    assert not watch.broken, "\n".join(watch.broken)
    enough("forms of steps", watch.count * len(STEPS))
