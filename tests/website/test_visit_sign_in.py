"""From a guest's booking to an account by a code, without telling whether there is one (C9)."""

from __future__ import annotations

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.test import Client as Browser

from bookings.models import Visit
from bookings.visits import manage_key
from clients.models import Client
from foundation.models import User
from notifications.models import Message
from sales.visits import Guest
from tests.factories import book, turn_off, turn_on
from tests.sales.test_visits import book as book_as
from tests.website.booking import THURSDAY_10, massage, text_of
from tests.website.test_sign_up import ENTER_CODE, code_in_mail, is_signed_in

pytestmark = pytest.mark.django_db

GRETA = Guest("Greta", "Gade", "Greta@Example.test", "+358401234567", "fi")


@pytest.fixture
def known(alice: Client) -> Visit:
    EmailAddress.objects.create(user=alice.user, email=alice.email, verified=True, primary=True)
    return book(alice, massage(), THURSDAY_10)


@pytest.fixture
def unknown(known: Visit) -> Visit:
    """Greta's, who booked as a guest and has no account."""
    service = known.bookings.get().service
    return book_as(None, service, THURSDAY_10.replace(hour=10), guest=GRETA)


def page(visit: Visit) -> str:
    return f"/booking/{visit.ref}/?k={manage_key(visit)}"


def button(visit: Visit) -> str:
    return f"/booking/{visit.ref}/sign-in/?k={manage_key(visit)}"


def codes() -> list[str]:
    mails = Message.objects.filter(kind="sign_in_code").order_by("pk")
    return list(mails.values_list("to_email", flat=True))


def test_the_page_offers_a_code_whoever_it_is(known: Visit, unknown: Visit) -> None:
    turn_on("loyalty")
    for visit, address in ((known, "al…@example.test"), (unknown, "Gr…@Example.test")):
        shown = Browser().get(page(visit))
        words = text_of(shown)
        assert "See your points and bookings" in words
        assert f"We can send a sign-in code to {address}." in words
        assert f'action="{button(visit)}"' in shown.content.decode()


def test_known_and_unknown_get_the_same_answer(known: Visit, unknown: Visit) -> None:
    seen: list[Any] = []
    for visit, address in ((known, "al…@example.test"), (unknown, "Gr…@Example.test")):
        browser = Browser()
        answer = browser.post(button(visit))
        assert answer["Location"] == ENTER_CODE
        shown = browser.get(ENTER_CODE)
        assert f"If we know {address}, a code is on its way there." in text_of(shown)
        # The link shows the address as far as the visit's page does, and no further.
        assert visit.client is not None
        assert visit.client.email.lower() not in shown.content.decode().lower()
        wrong = browser.post(ENTER_CODE, {"code": "000000"})
        seen.append(
            (
                answer.status_code,
                sorted(answer.headers),
                text_of(shown).replace(address, ""),
                wrong.status_code,
                text_of(wrong).replace(address, ""),
            )
        )
    assert seen[0] == seen[1]
    assert codes() == ["alice@example.test", "greta@example.test"]


def test_the_code_signs_in_who_has_an_account(known: Visit, alice: Client) -> None:
    browser = Browser()
    browser.post(button(known))
    users = User.objects.count()
    done = browser.post(ENTER_CODE, {"code": code_in_mail("sign_in_code")})
    assert done["Location"] == "/account/"
    assert "Deep tissue massage" in text_of(browser.get("/account/"))
    assert User.objects.count() == users


def test_the_code_opens_an_account_for_who_has_none(unknown: Visit) -> None:
    browser = Browser()
    browser.post(button(unknown))
    user = User.objects.get(email="greta@example.test")
    assert (user.name, user.language) == ("Greta Gade", "fi")
    assert not user.has_usable_password()
    # Until the address is proved there is no record, and nothing joins.
    assert not Client.objects.filter(user=user).exists()

    browser.post(ENTER_CODE, {"code": code_in_mail("sign_in_code")})

    assert is_signed_in(browser)
    assert EmailAddress.objects.get(user=user).verified
    assert "Tick what is yours" in text_of(browser.get("/account/guest-bookings/"))


def test_pressing_twice_makes_one_login(unknown: Visit) -> None:
    for _each in range(2):
        assert Browser().post(button(unknown))["Location"] == ENTER_CODE
    assert User.objects.filter(email="greta@example.test").count() == 1
    assert len(codes()) == 2


def test_a_login_that_may_not_sign_in_gets_no_code(known: Visit, alice: Client) -> None:
    User.objects.filter(pk=alice.user_id).update(is_active=False)
    assert Browser().post(button(known))["Location"] == ENTER_CODE
    assert codes() == []


def test_asking_is_limited(known: Visit, unknown: Visit) -> None:
    for visit in (known, unknown):
        answers = [Browser().post(button(visit)).status_code for _each in range(7)]
        assert answers == [302] * 6 + [429]


def test_only_the_link_opens_it(known: Visit, alice: Client) -> None:
    assert Browser().post(f"/booking/{known.ref}/sign-in/").status_code == 404
    assert Browser().post(f"/booking/{known.ref}/sign-in/?k=old").status_code == 404
    assert Browser().get(button(known)).status_code == 405
    assert codes() == []
    signed_in = Browser()
    signed_in.force_login(alice.user)
    assert signed_in.post(button(known))["Location"] == "/account/"
    assert "Send code" not in text_of(signed_in.get(page(known)))


def test_without_client_login_there_is_no_such_button(known: Visit) -> None:
    turn_off("client_login")
    assert "Send code" not in text_of(Browser().get(page(known)))
    assert Browser().post(button(known)).status_code == 404


def test_who_types_an_address_sees_it_whole(known: Visit, alice: Client) -> None:
    """The page of the code, after the sign-in page: nothing is hidden from who typed it."""
    browser = Browser()
    browser.post(button(known))
    browser.post("/account/logout/")  # "Use another e-mail"
    browser.post("/account/login/code/", {"email": alice.email})
    assert alice.email in text_of(browser.get(ENTER_CODE))
