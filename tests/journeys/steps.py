"""What the journeys share: reading mail, choosing a time, and looking at money and points."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from django.conf import settings
from django.core import mail
from django.core.management import call_command
from playwright.sync_api import expect

from foundation.crypto import decrypt
from notifications.models import Message
from notifications.sending import send_due_messages

if TYPE_CHECKING:
    from playwright.sync_api import Page

THURSDAY = "2025-11-06"
# A machine that does other things besides: patience costs nothing when all is well.
expect.set_options(timeout=15_000)

# Milliseconds between two keys. htmx hears a field twenty after it has appeared: whoever fills it
# sooner, which no person does, is not heard.
AS_TYPED = 60


def code_from_mail(kind: str) -> str:
    """The six digits of the newest mail of ``kind``: they wait in the outbox, encrypted."""
    message = Message.objects.filter(kind=kind).latest("pk")
    return str(json.loads(decrypt(message.secret))["code"])


def deliver_mail() -> list[mail.EmailMessage]:
    """Send what is due, and return what arrived since the last look."""
    before = len(mail.outbox)
    result = send_due_messages()
    assert not result.failed
    return mail.outbox[before:]


def path_in_mail(message: mail.EmailMessage, beginning: str) -> str:
    """The first link of the mail whose path begins so, without the host."""
    found = re.search(re.escape(settings.BASE_URL) + rf"({beginning}[^\s)>\"]*)", message.body)
    assert found, f"no link to {beginning} in:\n{message.body}"
    return found[1]


def choose_time(page: Page, clock: str, day: str = THURSDAY) -> None:
    """On the time step: another day, a time, Continue. Ends on the details step."""
    page.locator(f"#day-{day}").click()
    page.locator(f"#day-{day}[aria-current=true]").wait_for()
    page.locator("label.slot", has_text=clock).click()
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("heading", name="Your details").wait_for()


def heading(page: Page, name: str) -> None:
    """Wait for the page whose h1 says so."""
    page.get_by_role("heading", level=1, name=name).wait_for()


def shows_balance(page: Page, balance: str) -> None:
    """The big number of the points page."""
    expect(page.locator("main .stub.cloud .big").first).to_have_text(balance)


def books_are_clean() -> None:
    """Every invariant recomputed from the rows; exits with 1 on a violation."""
    call_command("audit_ledger")
