"""The house that is visited: one of everything, and things of others that nobody else may see."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from allauth.account.models import EmailAddress
from django.test import Client as Browser
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils.translation import override

from bookings.models import WaitingPlace
from bookings.waiting import waiting_token
from catalogue.feeds import feed_token
from clients.models import Client
from foundation import clock
from foundation.form_tokens import new_form_token
from giftcards.cards import reveal_code
from notifications.stop_links import make_stop_token
from sales.asked_consents import make_consent_token
from sales.waiting import wait_for_day
from tests.backoffice.addresses import ADDRESSES, LETTERS
from tests.factories import ServiceRewardFactory, book, fill_the_day, give_card
from tests.journeys.salon import THURSDAY_10, Salon, fill_salon, rows_of
from tests.project.addresses import ACCOUNTS, CLOSED, PANEL, SIGN_IN, WEBSITE

VISITORS = ("guest", "alice", "bob", "daisy", "pavel", "maria", "olga")
STAFF = tuple(LETTERS)
PANEL_PAGES = {address.name: address for address in ADDRESSES}
# The admin's: a short address of a row leads to its form, and whatever else is asked for is
# answered by the sign-in page or a 404.
NAMELESS = {"<path:object_id>/", "(?P<url>.*)$"}
EXPECTED = WEBSITE.keys() | ACCOUNTS.keys() | PANEL.keys() | PANEL_PAGES.keys()


def named(resolver: URLResolver | None = None, spaces: tuple[str, ...] = ()) -> Iterator[str]:
    """The names of all patterns; a pattern without a name stands there by its route."""
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLResolver):
            deeper = (*spaces, pattern.namespace) if pattern.namespace else spaces
            yield from named(pattern, deeper)
        elif isinstance(pattern, URLPattern):
            yield ":".join((*spaces, pattern.name)) if pattern.name else str(pattern.pattern)


def arguments_of(name: str) -> tuple[str, ...]:
    """What stands in an address: names of rows, or with an equals sign itself."""
    if name in PANEL:
        return PANEL[name].args
    if name in PANEL_PAGES:
        page = PANEL_PAGES[name]
        return (page.row,) if page.row else tuple(f"={word}" for word in page.words)
    here = WEBSITE.get(name) or ACCOUNTS[name]
    return (here.row,) if here.row else ()


@dataclass
class World:
    """The rows that addresses name."""

    rows: dict[str, Any]
    salon: Salon
    paths: dict[str, str] = field(init=False)

    def __post_init__(self) -> None:
        with override("en"):
            self.paths = {
                name: reverse(name, args=self.keys(name))
                for name in sorted(EXPECTED.intersection(named()))
            }

    def keys(self, name: str) -> list[str]:
        return [each[1:] if each[0] == "=" else str(self.rows[each]) for each in arguments_of(name)]

    def paths_of(self, visitor: str) -> dict[str, str]:
        """The half of the site that is this visitor's: the panel is for staff."""
        return {
            name: path for name, path in self.paths.items() if is_panel(name) == (visitor in STAFF)
        }


def make_world(alice: Client, pavel: Any) -> World:
    salon: Salon = fill_salon(alice, pavel.provider)
    # Her draft may be paid by points.
    ServiceRewardFactory(service=salon.massage, online=True, points=10)
    assert alice.user is not None
    # As after a sign-up; the library adds the row at the first look otherwise.
    EmailAddress.objects.create(
        user=alice.user, email=alice.user.email, verified=True, primary=True
    )
    # The panel knows a card by its id, the website by its token.
    website = {
        "website_card": salon.bought.token,
        "massage": salon.massage.slug,
        "yoga": salon.yoga.slug,
        "draft": salon.draft.token,
        "waiting_token": waiting_token(_in_line(alice, salon)),
        "visit": salon.coming.ref,
        "card_type": salon.card_type.slug,
        "stop_token": make_stop_token(alice.pk),
        "consent_token": make_consent_token(alice, clock.now() + dt.timedelta(days=7)),
        "feed_token": feed_token(pavel.provider),
    }
    return World(rows_of(salon) | website, salon)


def _in_line(alice: Client, salon: Salon) -> WaitingPlace:
    """She waits for a Sunday, on which nobody is free."""
    sunday = dt.date(2025, 11, 9)
    fill_the_day(sunday, *salon.massage.providers.all())
    return wait_for_day(
        client=alice,
        guest=None,
        service=salon.massage,
        provider=None,
        day=sunday,
        form_token=new_form_token(),
        actor=None,
    )


def secrets_of(client: Client, salon: Salon) -> dict[str, str]:
    """Words that stand on pages about this client only, once things are given to them."""
    card = give_card(client, 3300)
    visit = book(client, salon.haircut, THURSDAY_10 + dt.timedelta(days=7, hours=3))
    Client.objects.filter(pk=client.pk).update(phone="+4532109876", note="afraid of needles")
    code = reveal_code(card)
    return {
        "name": str(client.last_name),
        "address": client.email,
        "phone": "32109876",
        "phone as it is written": "32 10 98 76",
        "note": "afraid of needles",
        "code": code,
        "code without dashes": code.replace("-", ""),
        "card": card.token,
        "visit": visit.ref,
        "client": client.public_id,
    }


def is_panel(name: str) -> bool:
    return name in PANEL or name in PANEL_PAGES


def expected(name: str, visitor: str) -> int | str:
    """How this address answers this visitor's GET."""
    if name in PANEL:
        return PANEL[name].answer if visitor in STAFF else PANEL[name].strangers
    if name in PANEL_PAGES:
        page = PANEL_PAGES[name]
        if page.is_posted:
            return CLOSED
        if visitor not in STAFF:
            return SIGN_IN
        return page.status if page.opens_for(visitor) else 403
    here = WEBSITE.get(name) or ACCOUNTS[name]
    return here.answer_to("staff" if visitor in STAFF else visitor)


def answer_of(name: str, response: Any) -> int | str:
    place = response.headers.get("Location", "")
    door = "/admin/login/" if is_panel(name) else "/account/login/"
    if response.status_code == 302 and re.match(rf"(/\w\w)?{door}", place):
        return SIGN_IN
    return int(response.status_code)


def sign_in(browser: Browser, visitor: str, person: Any) -> None:
    # A fault is one line of a test's answer, beside the other lines.
    browser.raise_request_exception = False
    if visitor != "guest":
        browser.force_login(person.user if isinstance(person, Client) else person)
