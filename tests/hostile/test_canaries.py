"""No code, token or password in the log, a task, a history, an export or the outbox (T03, T30).

One long day through the pages and the commands, with every secret noted when it is first seen;
then every place that keeps text is searched for all of them. A place where one may lie is in
ALLOWED, with the reason.
"""

from __future__ import annotations

import io
import json
import logging
import re
import smtplib
import zipfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from celery.signals import before_task_publish
from django.conf import settings as project
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.core.management import call_command
from django.test import Client as Browser

from bookings.models import Hold, Visit
from bookings.visits import manage_key
from clients.models import Client
from foundation.housekeeping import keep_house
from foundation.models import User
from giftcards.cards import reveal_code
from giftcards.codes import new_code
from giftcards.models import GiftCard
from loyalty.sweep import credit_due_awards
from loyalty_site.settings import logs
from notifications.sending import send_due_messages
from notifications.stop_links import make_stop_token
from tests.factories import PASSWORD, give_card
from tests.hostile.forms import forms_of
from tests.hostile.secrets import Found, in_cache, in_database, in_files, in_sessions, in_text
from tests.journeys.salon import Salon, fill_salon
from tests.journeys.steps import code_from_mail
from tests.website.booking import choose_time, last_button

pytestmark = pytest.mark.django_db(transaction=True)

# Secret and place; anything else that is found fails.
ALLOWED: dict[tuple[str, str], str] = {
    ("session key", "django_session.session_key"): "the table that it opens",
    ("form token", "foundation_formuse.token"): "used up by being there",
    ("form token", "giftcards_cardentry.key"): "names the fact; the form is used up",
    ("form token", "loyalty_pointentry.key"): "names the fact; the form is used up",
    ("form token", "sales_sale.key"): "names the fact; the form is used up",
    ("draft token", "bookings_hold.token"): "found by it; it opens nothing without the session",
    ("draft token", "in a session"): "the session is what makes it this visitor's",
    ("visit reference", "bookings_visit.ref"): "found by it; a guest needs the key too",
    ("visit reference", "bookings_hold.details"): "where the draft ended",
    ("visit reference", "the log"): "a number in an address; the key behind it is masked",
    ("card token", "giftcards_giftcard.token"): "found by it; it opens the card to its owner only",
    ("six digits", "in a session"): "the step of signing in that waits for them",
}


class Canaries:
    """Secrets by their name, as they come to be."""

    def __init__(self) -> None:
        self.known: dict[str, set[str]] = defaultdict(set)

    def note(self, name: str, *values: str) -> str:
        self.known[name].update(value for value in values if value)
        return values[0]

    def note_code(self, code: str) -> str:
        return self.note("gift card code", code, code.replace("-", ""), code.replace("-", " "))

    def note_page(self, answer: Any) -> Any:
        """The tokens of the forms on a page, and the keys in its cookies."""
        for each in answer.cookies.values():
            if each.key == "sessionid":
                self.note("session key", each.value)
            if each.key == "csrftoken":
                self.note("CSRF token", each.value)
        if "html" in answer.headers.get("Content-Type", "") and not answer.streaming:
            for form in forms_of("/", answer.content.decode()):
                for field in form.fields:
                    if field.name == "csrfmiddlewaretoken" and field.value:
                        self.note("CSRF token", field.value)
                    if field.name in {"form_token", "token"} and field.value:
                        self.note("form token", field.value)
        return answer


class Visitor:
    """A browser whose pages are searched for secrets as they come."""

    def __init__(self, canaries: Canaries) -> None:
        self.canaries = canaries
        self.browser = Browser(raise_request_exception=False)

    def get(self, path: str, **more: Any) -> Any:
        return self.canaries.note_page(self.browser.get(path, **more))

    def post(self, path: str, sent: dict[str, Any], **more: Any) -> Any:
        return self.canaries.note_page(self.browser.post(path, sent, **more))

    def hidden(self, path: str, name: str) -> str:
        page = self.get(path).content.decode()
        found = re.search(rf'name="{name}"[^>]*value="([^"]+)"', page)
        assert found, f"{path} has no {name}"
        return found[1]


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What production writes at INFO, as JSON and for a console."""
    written = io.StringIO()
    root, handlers = logging.getLogger(), []
    for form in logs._RENDERERS.values():
        handler = logging.StreamHandler(written)
        handler.setFormatter(
            structlog.stdlib.ProcessorFormatter(
                processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *form],
                foreign_pre_chain=logs._SHARED,
            )
        )
        handlers.append(handler)
        root.addHandler(handler)
    before = root.level
    root.setLevel(logging.INFO)
    yield written
    root.setLevel(before)
    for handler in handlers:
        root.removeHandler(handler)


@pytest.fixture
def tasks() -> Iterator[list[str]]:
    """Every message for a worker."""
    sent: list[str] = []

    def keep(sender: str = "", headers: Any = None, body: Any = None, **kwargs: Any) -> None:
        sent.append(json.dumps([sender, headers, body], default=str))

    before_task_publish.connect(keep)
    yield sent
    before_task_publish.disconnect(keep)


# --- the day --------------------------------------------------------------------------------------


def sign_up(canaries: Canaries) -> None:
    nina = Visitor(canaries)
    nina.get("/account/signup/")
    nina.post("/account/signup/", {"name": "Nina Nord", "email": "nina@canary.test"})
    digits = canaries.note("six digits", code_from_mail("confirm_address_code"))
    nina.post("/account/confirm-email/", {"code": "000000"})
    nina.post("/account/confirm-email/", {"code": digits})
    assert nina.get("/account/").status_code == 200
    nina.post("/account/logout/", {})
    nina.post("/account/login/code/", {"email": "nina@canary.test"})
    nina.post(
        "/account/login/code/confirm/",
        {"code": canaries.note("six digits", code_from_mail("sign_in_code"))},
    )
    assert nina.get("/account/").status_code == 200


def reset_password(canaries: Canaries, alice: Client) -> None:
    wrong = canaries.note("password", "wr0ng-and-typed-once")
    new = canaries.note("password", "n3w-canary-pass-phrase")
    her = Visitor(canaries)
    assert her.post("/account/login/", {"login": alice.email, "password": wrong}).status_code == 422
    # The wrong field, as it happens.
    her.post("/account/login/", {"login": canaries.note("password", "typed-into-login@canary.test"),
                                 "password": wrong})  # fmt: skip
    her.post("/account/password/reset/", {"email": alice.email})
    digits = canaries.note("six digits", code_from_mail("reset_password_code"))
    her.post("/account/password/reset/confirm/", {"code": digits})
    her.post("/account/password/reset/complete/", {"password1": new, "password2": new})
    her.post("/account/logout/", {})
    assert her.post("/account/login/", {"login": alice.email, "password": new}).status_code == 302


def shop(canaries: Canaries, alice: Client, salon: Salon) -> None:
    her = Visitor(canaries)
    her.browser.force_login(User.objects.get(pk=alice.user_id))
    canaries.note("session key", her.browser.cookies["sessionid"].value)
    # A card for points, and its code.
    page = "/gift-cards/gift-card-50/points/"
    token = her.hidden(page, "form_token")
    bought = her.post(page, {"form_token": token, "points": "500"})
    assert bought.status_code == 302
    card = GiftCard.objects.latest("pk")
    canaries.note("card token", card.token)
    code = canaries.note_code(reveal_code(card))
    assert code in her.post(f"/g/{card.token}/", {"show": "1"}).content.decode()
    # A time, paid with a code that is typed in.
    typed = canaries.note_code(reveal_code(give_card(None, 2500)))
    details = choose_time(
        her.browser, salon.haircut, salon.coming.bookings.get().starts_at.replace(hour=11)
    )
    review = her.post(details, {"note": "no hurry", "phone": "+4532101010"})["Location"]
    canaries.note("draft token", *Hold.objects.values_list("token", flat=True))
    assert her.post(review.replace("review", "code"), {"code": new_code()}).status_code == 422
    assert her.post(review.replace("review", "code"), {"code": typed}).status_code == 302
    booked = her.post(review, last_button(her.browser, review))
    assert booked.status_code == 302, booked.content.decode()[:500]
    for visit in Visit.objects.all():
        canaries.note("visit reference", visit.ref)
        canaries.note("key of a visit", manage_key(visit))
        her.get(f"/booking/{visit.ref}/?k={manage_key(visit)}")
    stop = canaries.note("stop token", make_stop_token(alice.pk))
    Visitor(canaries).post(f"/m/{stop}/", {})
    guest = Visitor(canaries)
    for each in (code, typed, code.lower(), canaries.note_code(new_code())):
        guest.post("/gift-cards/balance/", {"code": each})
    # What should not be in an address is masked there as well.
    guest.get("/gift-cards/balance/", data={"code": code})


def run_the_desk(canaries: Canaries, olga: User, alice: Client, salon: Salon) -> bytes:
    """At the panel: sign in, issue, reveal, void, edit, report. Returns the exports."""
    desk = Visitor(canaries)
    password = canaries.note("password", PASSWORD)
    desk.post(
        "/admin/login/",
        {"username": olga.email, "password": canaries.note("password", "not-olgas-word")},
    )
    assert (
        desk.post("/admin/login/", {"username": olga.email, "password": password}).status_code
        == 302
    )
    issue = "/admin/giftcards/giftcard/issue/"
    for owner in (str(alice.pk), ""):
        token = desk.hidden(issue, "token")
        sent = {"token": token, "owner": owner, "description": "For the long wait"}
        made = desk.post(issue, sent | {"card_type": str(salon.card_type.pk)})
        assert made.status_code == 302
    card = GiftCard.objects.latest("pk")
    code = canaries.note_code(reveal_code(card))
    canaries.note("card token", card.token)
    at = f"/admin/giftcards/giftcard/{card.pk}"
    assert desk.post(f"{at}/code/", {"password": "not-olgas-word"}).status_code == 422
    assert code in desk.post(f"{at}/code/", {"password": password}).content.decode()
    assert desk.post(f"{at}/void/", {"token": desk.hidden(f"{at}/void/", "token"),
                                     "description": "Lost"}).status_code == 302  # fmt: skip
    desk.get("/admin/giftcards/giftcard/", data={"q": code})
    edit = f"/admin/clients/client/{alice.pk}/change/"
    form = next(
        each
        for each in forms_of(edit, desk.get(edit).content.decode())
        if "first_name" in each.names
    )
    sent = dict(form.filled({})) | {"note": "comes on Thursdays", "_save": "1"}
    assert desk.post(edit, sent).status_code == 302
    login = f"/admin/foundation/user/{olga.pk}/password/"
    new = canaries.note("password", "an0ther-canary-phrase")
    desk.post(login, {"password1": new, "password2": new, "usable_password": "true"})
    desk.post("/admin/login/", {"username": olga.email, "password": new})
    return b"".join(
        _content(desk.get(f"/admin/reports/{path}"))
        for path in (
            "loyalty/export.csv",
            "loyalty/export.xlsx",
            "clients/export.csv",
            "clients/export.xlsx",
        )
    )


def _content(answer: Any) -> bytes:
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    if content[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            return b"\n".join(book.read(name) for name in book.namelist())
    return content


def break_things(canaries: Canaries, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault with a code in the form, and one that says the code itself."""
    code = canaries.note_code(new_code())

    def fail(typed: str, *, sources: Any) -> Any:
        secret = typed
        raise RuntimeError(f"nobody expects {secret}, or {secret.replace('-', '')}")

    with monkeypatch.context() as patch:
        patch.setattr("website.views.gift_cards.find_usable_card", fail)
        answer = Visitor(canaries).post(
            "/gift-cards/balance/", {"code": code, "password": "wr0ng-and-typed-once"}
        )
    assert answer.status_code == 500
    assert code not in answer.content.decode()


def send_mail(monkeypatch: pytest.MonkeyPatch, clock: Any) -> None:
    """A server that refuses with the address in its words, and two minutes later one that works:
    while the codes in the mail still open something."""

    def refuse(self: Any, messages: Any) -> int:
        raise smtplib.SMTPRecipientsRefused(
            {to: (450, f"<{to}> is busy".encode()) for each in messages for to in each.to}
        )

    with monkeypatch.context() as patch:
        patch.setattr(EmailBackend, "send_messages", refuse)
        send_due_messages()
    clock.advance(minutes=2)
    send_due_messages()


# --- the search -----------------------------------------------------------------------------------


def test_no_secret_is_left_where_it_does_not_belong(
    alice: Client,
    pavel: Any,
    olga: User,
    log: io.StringIO,
    tasks: list[str],
    monkeypatch: pytest.MonkeyPatch,
    clock: Any,
) -> None:
    salon = fill_salon(alice, pavel.provider)
    canaries = Canaries()
    sign_up(canaries)
    reset_password(canaries, alice)
    shop(canaries, alice, salon)
    exports = run_the_desk(canaries, olga, alice, salon)
    break_things(canaries, monkeypatch)
    send_mail(monkeypatch, clock)
    clock.advance(minutes=40)
    send_mail(monkeypatch, clock)
    credit_due_awards()
    keep_house()
    call_command("audit_ledger", stdout=io.StringIO())
    secrets = dict(canaries.known)

    found: set[Found] = set()
    found |= set(in_text(secrets, "the log", log.getvalue()))
    found |= set(
        in_text({"e-mail address": {"nina@canary.test", alice.email}}, "the log", log.getvalue())
    )
    found |= set(in_text(secrets, "a task", "\n".join(tasks)))
    found |= set(in_text(secrets, "an export", exports.decode("utf-8", "replace")))
    found |= set(in_database(secrets))
    found |= set(in_sessions(secrets))
    found |= set(in_cache(secrets))
    found |= set(in_files(secrets, Path(project.DATA_DIR)))

    assert {each for each in found if (each.secret, each.place) not in ALLOWED} == set()
    # The day was whole: each kind of secret was seen, and mail, tasks, log and exports exist.
    assert len(secrets) == 11, sorted(secrets)
    assert len(tasks) > 3
    assert "nobody expects" in log.getvalue()
    assert "request_finished" in log.getvalue()
    assert len(exports) > 1000
    assert {to for each in mail.outbox for to in each.to} >= {"nina@canary.test", alice.email}


def test_the_search_finds_a_secret_in_each_place(alice: Client) -> None:
    """The negative control."""
    secret = {"name": {"Andersen"}}

    assert Found("name", "clients_client.last_name") in set(in_database(secret))
    assert set(in_text(secret, "x", "of andersen, in small letters"))
