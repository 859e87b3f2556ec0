"""Every address of the site, and how it answers each kind of visitor to a GET.

The panel's own pages are in tests/backoffice/addresses.py; here is everything else. Visitors: a
``guest``, ``alice`` (whose rows these are), ``bob`` (another client), and staff, who have no
client record of their own.
"""

from __future__ import annotations

from dataclasses import dataclass

SIGN_IN = "sign in first"  # off to the sign-in page, and back afterwards
CLOSED = 405  # answers POST only


@dataclass(frozen=True)
class Here:
    """How one address answers. ``row`` names what stands in the address; ``alice`` answers bob
    and staff as well unless they are named."""

    guest: int | str = 200
    alice: int | str = 200
    bob: int | str | None = None
    staff: int | str | None = None
    row: str = ""

    def answer_to(self, visitor: str) -> int | str:
        if visitor == "guest":
            return self.guest
        if visitor == "alice":
            return self.alice
        answer = self.bob if visitor == "bob" else self.staff
        return self.alice if answer is None else answer


def everybody(answer: int = 200, row: str = "") -> Here:
    return Here(guest=answer, alice=answer, row=row)


def signed_in(answer: int = 200) -> Here:
    return Here(guest=SIGN_IN, alice=answer)


def of_alice(row: str, *, guest: int | str = 404) -> Here:
    """A row of hers: for anybody else it is not there."""
    return Here(guest=guest, bob=404, staff=404, row=row)


WEBSITE: dict[str, Here] = {
    "healthz": everybody(),
    "website:home": everybody(),
    "website:next_time": everybody(),
    "website:services": everybody(),
    "website:service": everybody(row="massage"),
    "website:service_next": everybody(row="massage"),
    "website:book": everybody(),
    "website:book_service": everybody(row="massage"),
    "website:book_times": everybody(row="massage"),
    # Without a day it leads back to the service.
    "website:wait_for_time": everybody(302, row="massage"),
    # A draft of a login whose session ended waits for it to sign in again.
    "website:book_details": of_alice("draft", guest=SIGN_IN),
    "website:book_review": of_alice("draft", guest=SIGN_IN),
    "website:book_keep": everybody(CLOSED, row="draft"),
    "website:book_rewards": everybody(CLOSED, row="draft"),
    "website:book_cards": everybody(CLOSED, row="draft"),
    "website:book_code": everybody(CLOSED, row="draft"),
    "website:classes": everybody(),
    "website:session": everybody(row="session"),
    "website:wait_for_place": everybody(CLOSED, row="session"),
    # Who joined nothing in this browser is led to the classes.
    "website:waiting_told": everybody(302),
    # The signed link of somebody in line opens to whoever holds it.
    "website:waiting_place": everybody(row="waiting_token"),
    "website:class": everybody(row="yoga"),
    "website:visit": of_alice("visit"),
    "website:visit_calendar": of_alice("visit"),
    "website:visit_cancel": of_alice("visit"),
    "website:visit_move": of_alice("visit"),
    "website:visit_link": everybody(row="visit"),
    "website:visit_sign_in_code": everybody(CLOSED, row="visit"),
    "website:appointments": signed_in(),
    "website:rewards": everybody(),
    "website:gift_cards": everybody(),
    "website:card_balance": everybody(),
    "website:gift_card_points": Here(guest=SIGN_IN, row="card_type"),
    # Staff without a client record are asked whether they want one before anything is looked up.
    "website:gift_card": Here(guest=SIGN_IN, bob=404, staff=200, row="website_card"),
    "website:account": signed_in(),
    "website:open_account": Here(guest=SIGN_IN, alice=CLOSED, staff=200),
    "website:loyalty_card": signed_in(),
    "website:points": signed_in(),
    "website:your_gift_cards": signed_in(),
    "website:profile": signed_in(),
    "website:consents": signed_in(),
    "website:guest_bookings": signed_in(),
    "website:stop_messages": everybody(row="stop_token"),
    "website:confirm_news": everybody(row="consent_token"),
    "website:provider_feed": everybody(row="feed_token"),
    "website:theme": everybody(CLOSED),
    "website:contact": everybody(),
    "website:terms": everybody(),
    "website:privacy": everybody(),
    "website:accessibility": everybody(),
    "website:robots": everybody(),
    "website:change_password": everybody(302),
}

# The accounts library's pages. A page that only one stage of signing in has leads elsewhere.
ACCOUNTS: dict[str, Here] = {
    "account_login": Here(guest=200, alice=302),
    "account_signup": Here(guest=200, alice=302),
    "account_logout": Here(guest=302, alice=200),
    "account_inactive": everybody(),
    "account_reauthenticate": signed_in(),
    "account_email": signed_in(),
    "account_email_verification_sent": Here(guest=SIGN_IN, alice=302),
    "account_change_password": signed_in(),
    "account_set_password": Here(guest=SIGN_IN, alice=302),
    "account_reset_password": everybody(),
    "account_confirm_login_code": Here(guest=SIGN_IN, alice=302),
    "account_confirm_password_reset_code": Here(guest=SIGN_IN, alice=SIGN_IN),
    "account_complete_password_reset": everybody(302),
    "account_password_reset_completed": everybody(),
    "account_request_login_code": Here(guest=200, alice=302),
}


@dataclass(frozen=True)
class Desk:
    """An address of the admin site that is the same for every role: what staff get, and what
    ``strangers`` do, clients and guests."""

    answer: int = 200
    strangers: int | str = SIGN_IN
    args: tuple[str, ...] = ()


PANEL: dict[str, Desk] = {
    "admin:login": Desk(answer=302, strangers=200),
    # Signing out is a POST (Django 5).
    "admin:logout": Desk(answer=CLOSED, strangers=302),
    "admin:password_change_done": Desk(),
    # Unfold's address; ours stands there (backoffice:search).
    "admin:search": Desk(),
    # Only the fields of a page that the role may open ask it; without a field it refuses.
    "admin:autocomplete": Desk(answer=403),
    "admin:view_on_site": Desk(answer=404, args=("=1", "=1")),
    "admin:app_list": Desk(answer=302, args=("=clients",)),
}
