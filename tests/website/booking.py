"""What the tests of the booking pages share: a salon with two people, and walking the steps."""

from __future__ import annotations

import datetime as dt
import html
import re
from typing import Any

from django.test import Client as Browser

from bookings.models import ClassSession, Source
from catalogue.models import Provider, Service
from foundation.form_tokens import new_form_token
from sales.visits import book_place
from tests.factories import ClientFactory, EarningRuleFactory, ProviderFactory, ServiceFactory

# Tests begin on Tuesday 4 November 2025 at 11:00 in Helsinki; this is the Thursday, 10:00 there.
THURSDAY = dt.date(2025, 11, 6)
THURSDAY_10 = dt.datetime(2025, 11, 6, 8, 0, tzinfo=dt.UTC)
GUEST = {
    "first_name": "Greta",
    "last_name": "Gade",
    "email": "greta@example.test",
    "phone": "040 123 4567",
    "note": "",
}


def massage(**fields: Any) -> Service:
    """Deep tissue massage: 60 minutes, 72.00, by Aino and Jonas, for 60 points."""
    people = fields.pop("providers", None) or [
        ProviderFactory(name="Aino", position=1),
        ProviderFactory(name="Jonas", position=2),
    ]
    fields = {"slug": "deep-tissue", "name_en": "Deep tissue massage"} | fields
    service = ServiceFactory(providers=people, **fields)
    EarningRuleFactory(service=service)
    return service


def fill(session: ClassSession) -> None:
    """Somebody books a place; in a class of one that fills it."""
    book_place(
        client=ClientFactory(),
        guest=None,
        session=session,
        source=Source.ONLINE,
        form_token=new_form_token(),
        actor=None,
    )


def aino(service: Service) -> Provider:
    return service.providers.get(name="Aino")


def text_of(response: Any) -> str:
    """The words of a page, with single spaces and without tags."""
    body = re.sub(r"<(script|style|template).*?</\1>", " ", response.content.decode(), flags=re.S)
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", body)).split())


def hidden(response: Any, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', response.content.decode())
    assert found, f"no hidden field {name}"
    return found[1]


def choose_time(browser: Browser, service: Service, at: dt.datetime, **extra: str) -> str:
    """Continue on the time step; the address of the details step."""
    sent = {"with": "any", "draft": "", "starts_at": at.isoformat()} | extra
    response = browser.post(f"/book/{service.slug}/times/", sent)
    assert response.status_code == 302, text_of(response)
    return response["Location"]


def give_details(browser: Browser, details: str, **changes: str) -> str:
    """A guest's details; the address of the review step."""
    response = browser.post(details, GUEST | changes)
    assert response.status_code == 302, text_of(response)
    return response["Location"]


def last_button(browser: Browser, review: str) -> dict[str, str]:
    """What the review page's form would send."""
    page = browser.get(review)
    assert page.status_code == 200, text_of(page)
    return {name: hidden(page, name) for name in ("form_token", "total", "cards_pay")}
