"""Signing up, in and out by way of the accounts library (C19)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client as Browser

from clients.consents import has_consent
from clients.models import Client, ConsentRecord
from foundation.crypto import decrypt
from foundation.models import User
from notifications.account_adapter import OutboxAccountAdapter
from notifications.models import Message
from tests.conftest import Clock
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db

SIGN_UP = "/account/signup/"
CONFIRM = "/account/confirm-email/"
SIGN_IN = "/account/login/"
SEND_CODE = "/account/login/code/"
ENTER_CODE = "/account/login/code/confirm/"
NEW = {"name": "Mette Holm", "email": "Mette@Example.test"}


def code_in_mail(kind: str) -> str:
    message = Message.objects.filter(kind=kind).latest("pk")
    return str(json.loads(decrypt(message.secret))["code"])


def sign_up(browser: Browser, **changes: Any) -> Any:
    return browser.post(SIGN_UP, NEW | changes)


def assert_said_at_field(answer: Any, field: str, said: str) -> None:
    """In the summary with a link to the field, and beside the field that it describes."""
    page = answer.content.decode()
    assert "There is a problem" in page
    assert f'<a href="#id_{field}">{said}</a>' in page
    beside = page.split(f'id="div_id_{field}"')[1].split("<input")[0]
    assert said in beside
    assert 'aria-invalid="true"' in page


def is_signed_in(browser: Browser) -> bool:
    return browser.get("/account/").status_code == 200


# --- sign up ----------------------------------------------------------------------------------


def test_sign_up_asks_for_name_and_e_mail_and_ticks_nothing(client: Browser, db: None) -> None:
    page = client.get(SIGN_UP).content.decode()
    main = page.split("<main")[1].split("</main>")[0]
    assert 'name="name"' in main
    assert 'name="email"' in main
    assert "password" not in main
    assert "Send me news and points messages by e-mail" in main
    assert "checked" not in main


def test_sign_up_is_open_once_the_address_is_proved(client: Browser, db: None) -> None:
    answer = sign_up(client)
    assert answer.headers["Location"] == CONFIRM
    assert not is_signed_in(client)
    assert not Client.objects.exists()
    answer = client.post(CONFIRM, {"code": code_in_mail("confirm_address_code")})
    assert answer.status_code == 302
    assert is_signed_in(client)
    record = Client.objects.get()
    assert (record.first_name, record.last_name) == ("Mette", "Holm")
    assert (record.email, record.language) == ("mette@example.test", "en")
    assert "Hello Mette" in client.get("/account/").content.decode()


def test_one_banner_greets_after_sign_up(client: Browser, db: None) -> None:
    sign_up(client)
    answer = client.post(CONFIRM, {"code": code_in_mail("confirm_address_code")}, follow=True)
    assert [str(each) for each in answer.context["messages"]] == ["You are signed in."]


def test_sign_up_keeps_the_language_of_the_page(client: Browser, db: None) -> None:
    client.post(f"/da{SIGN_UP}", NEW)
    client.post(f"/da{CONFIRM}", {"code": code_in_mail("confirm_address_code")})
    assert User.objects.get().language == "da"
    assert Client.objects.get().language == "da"


def test_consent_is_recorded_when_the_address_is_proved(
    client: Browser, db: None, clock: Clock
) -> None:
    sign_up(client, consent="on")
    assert not ConsentRecord.objects.exists()
    client.post(CONFIRM, {"code": code_in_mail("confirm_address_code")})
    record = ConsentRecord.objects.get()
    assert (record.granted, record.source, record.language) == (True, "sign-up", "en")
    assert record.wording.startswith("Send me news and points messages")
    assert record.recorded_at == clock.now
    assert has_consent(Client.objects.get().pk)


def test_a_box_left_alone_is_no_consent(client: Browser, db: None) -> None:
    sign_up(client)
    client.post(CONFIRM, {"code": code_in_mail("confirm_address_code")})
    assert not ConsentRecord.objects.exists()


def test_consent_given_for_somebody_else_s_address_is_never_recorded(
    client: Browser, db: None
) -> None:
    """A stranger signs up with Mette's address; she later signs in by code herself."""
    sign_up(client, consent="on")
    mette = Browser()
    mette.post(SEND_CODE, {"email": "mette@example.test"})
    mette.post(ENTER_CODE, {"code": code_in_mail("sign_in_code")})
    assert is_signed_in(mette)
    assert not ConsentRecord.objects.exists()


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("name", "", "Enter your name"),
        ("name", "x" * 61, "at most 60"),
        ("email", "", "Enter your e-mail, like name@example.com"),
        ("email", "mette", "Enter your e-mail, like name@example.com"),
        ("email", "a\x00@example.test", "Null characters"),
        ("email", "x" * 400 + "@example.test", "e-mail"),
    ],
)
def test_sign_up_refuses_with_summary(
    client: Browser, db: None, field: str, value: str, said: str
) -> None:
    answer = sign_up(client, **{field: value})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "There is a problem" in page
    assert said in page
    assert not User.objects.exists()


def test_sign_up_with_a_known_address_looks_the_same_and_tells_only_its_owner(
    client: Browser, alice: Client
) -> None:
    answer = sign_up(client, email="alice@example.test")
    assert (answer.status_code, answer.headers["Location"]) == (302, CONFIRM)
    assert User.objects.count() == 1
    alice.user.refresh_from_db()
    assert alice.user.name == "Alice Andersen"
    assert [each.kind for each in Message.objects.all()] == ["account_exists"]


def test_a_robot_that_fills_in_everything_gets_no_account(client: Browser, db: None) -> None:
    answer = sign_up(client, company="Spam Ltd")
    assert answer.status_code == 302
    assert not User.objects.exists()
    assert not Message.objects.exists()


def test_a_wrong_code_is_said_and_three_end_it(client: Browser, db: None) -> None:
    sign_up(client)
    answer = client.post(CONFIRM, {"code": "000000"})
    assert answer.status_code == 422
    assert_said_at_field(
        answer,
        "code",
        "That code is not right. Check the newest e-mail from us and try again.",
    )
    for _ in range(3):
        client.post(CONFIRM, {"code": "000000"})
    client.post(CONFIRM, {"code": code_in_mail("confirm_address_code")})
    assert not is_signed_in(client)


# --- sign in ----------------------------------------------------------------------------------


@pytest.fixture
def mette(db: None) -> User:
    """Signed up and proved; she may have a password too."""
    from allauth.account.models import EmailAddress

    from tests.factories import ClientFactory

    user = User.objects.create_user("mette@example.test", PASSWORD, name="Mette Holm")
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    ClientFactory(first_name="Mette", user=user)
    return user


def test_sign_in_by_code(client: Browser, mette: User) -> None:
    answer = client.post(SEND_CODE, {"email": "METTE@example.test"})
    assert answer.headers["Location"].startswith(ENTER_CODE)
    code = code_in_mail("sign_in_code")
    assert len(code) == 6
    assert code.isdigit()
    answer = client.post(ENTER_CODE, {"code": f" {code[:3]} {code[3:]} "})
    assert answer.headers["Location"] == "/account/"
    assert is_signed_in(client)


def test_sign_in_comes_back_to_where_it_began(client: Browser, mette: User) -> None:
    answer = client.post(SEND_CODE, {"email": mette.email, "next": "/account/points/"})
    answer = client.post(
        answer.headers["Location"],
        {"code": code_in_mail("sign_in_code"), "next": "/account/points/"},
    )
    assert answer.headers["Location"] == "/account/points/"


def test_sign_in_never_leads_to_another_site(client: Browser, mette: User) -> None:
    answer = client.post(
        SIGN_IN, {"login": mette.email, "password": PASSWORD, "next": "https://evil.test/"}
    )
    assert answer.headers["Location"] == "/account/"


def test_sign_in_by_password(client: Browser, mette: User) -> None:
    answer = client.post(SIGN_IN, {"login": mette.email, "password": PASSWORD})
    assert answer.headers["Location"] == "/account/"
    assert is_signed_in(client)


def test_a_wrong_password_and_an_unknown_address_are_the_same_answer(
    client: Browser, mette: User
) -> None:
    answers = [
        client.post(SIGN_IN, {"login": login, "password": "wrong"})
        for login in (mette.email, "nobody@example.test")
    ]
    assert {answer.status_code for answer in answers} == {422}
    said = {str(answer.context["form"].errors) for answer in answers}
    assert len(said) == 1
    words = "This e-mail address and password do not belong together."
    assert_said_at_field(answers[0], "password", words)


def test_a_wrong_sign_in_code_is_said_at_its_field(client: Browser, mette: User) -> None:
    client.post(SEND_CODE, {"email": mette.email})
    assert_said_at_field(
        client.post(ENTER_CODE, {"code": "000000"}),
        "code",
        "That code is not right. Check the newest e-mail from us and try again.",
    )


def test_the_library_s_own_limit_says_what_to_do(
    client: Browser, mette: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(adapter: OutboxAccountAdapter, *args: Any, **kwargs: Any) -> None:
        raise adapter.validation_error("too_many_login_attempts")

    monkeypatch.setattr(OutboxAccountAdapter, "pre_authenticate", refuse)
    answer = client.post(SIGN_IN, {"login": mette.email, "password": PASSWORD})
    words = "Too many tries. Wait a few minutes, then ask for a new code."
    assert_said_at_field(answer, "password", words)


def test_a_code_for_an_unknown_address_looks_the_same_and_mails_nobody(
    client: Browser, mette: User
) -> None:
    answer = client.post(SEND_CODE, {"email": "nobody@example.test"})
    assert answer.headers["Location"].startswith(ENTER_CODE)
    assert client.get(ENTER_CODE).status_code == 200
    assert not Message.objects.exists()


def test_sign_out_is_a_post(client: Browser, mette: User) -> None:
    client.force_login(mette)
    assert client.get("/account/logout/").status_code == 200
    assert is_signed_in(client)
    assert client.post("/account/logout/").headers["Location"] == "/"
    assert not is_signed_in(client)


@pytest.mark.parametrize(
    ("page", "sent", "tries"),
    [
        (SIGN_IN, {"login": "mette@example.test", "password": "wrong"}, 10),
        (SEND_CODE, {"email": "mette@example.test"}, 6),
        (SIGN_UP, NEW, 6),
        ("/account/password/reset/", {"email": "mette@example.test"}, 6),
    ],
)
def test_tries_are_counted_in_the_database(
    db: None, page: str, sent: dict[str, str], tries: int
) -> None:
    for _ in range(tries):
        assert Browser().post(page, sent).status_code != 429
    answer = Browser().post(page, sent)
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 0
    assert "Try again in" in answer.content.decode()


# --- a new address ----------------------------------------------------------------------------


def test_a_changed_address_is_proved_and_mail_follows_it(client: Browser, mette: User) -> None:
    client.force_login(mette)
    client.post("/account/email/", {"email": "new@example.test", "action_add": ""})
    assert Client.objects.get(user=mette).email != "new@example.test"
    client.post(CONFIRM, {"code": code_in_mail("confirm_address_code")})
    mette.refresh_from_db()
    assert mette.email == "new@example.test"
    assert Client.objects.get(user=mette).email == "new@example.test"
    assert b"You have confirmed new@example.test." in client.get("/account/").content


def test_a_forgotten_password_is_set_by_code(client: Browser, mette: User) -> None:
    client.post("/account/password/reset/", {"email": mette.email})
    client.post("/account/password/reset/confirm/", {"code": code_in_mail("reset_password_code")})
    new = "an entirely new pass phrase"
    client.post("/account/password/reset/complete/", {"password1": new, "password2": new})
    mette.refresh_from_db()
    assert mette.check_password(new)
