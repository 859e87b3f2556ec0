"""The pages of this product and who looks at them: the one list that the axe matrix walks."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.urls import reverse

from bookings.visits import manage_key
from bookings.waiting import waiting_token
from foundation import clock
from foundation.models import User
from notifications.stop_links import make_stop_token
from reports.models import ExportJob
from sales.asked_consents import make_consent_token
from tests.backoffice.addresses import ADDRESSES
from tests.factories import ServiceRewardFactory
from tests.journeys.salon import Salon, a_place_in_line, rows_of

if TYPE_CHECKING:
    from playwright.sync_api import Page

A_WEEK = dt.timedelta(days=7)
# Somebody is booked on it, and a class takes place.
THAT_DAY = "/admin/calendar/?day=2025-11-06"
GUEST, ALICE, DAISY, OLGA = "guest", "alice", "daisy", "olga"


@dataclass(frozen=True)
class Look:
    """One page as ``who`` sees it, after ``then`` has been done on it."""

    who: str
    path: str
    then: Callable[[Any], None] | None = None
    status: int = 200

    def __str__(self) -> str:
        done = f" after {self.then.__name__}" if self.then else ""
        return f"{self.path} as {self.who}{done}"


# --- what is done on a page before it is looked at ------------------------------------------------


def wrong_form(page: Page) -> None:
    """Send the first form of the page as it stands, and get it back with its errors."""
    page.locator("main form[method=post] button.btn-primary").first.click()
    page.get_by_text("There is a problem").wait_for()


def wrong_code(page: Page) -> None:
    page.get_by_text("Have a gift card code?").click()
    page.get_by_label("Gift card code").fill("ABCD-EFGH")
    page.get_by_role("button", name="Use", exact=True).click()
    page.locator("#code_error").wait_for()


def unknown_client(page: Page) -> None:
    page.locator("main details summary").first.click()
    page.locator("main input[type=email]:visible, main input[name=login]:visible").last.fill(
        "nobody@example.com"
    )
    page.locator("main input[type=password]").fill("not the password")
    page.locator("main input[type=password]").press("Enter")
    page.get_by_text("There is a problem").wait_for()


def unknown_balance(page: Page) -> None:
    page.locator("main form[method=post] input[type=text]").first.fill("ABCD-EFGH-JKMN-PQRS")
    page.locator("main form[method=post] button.btn-primary").first.click()
    page.locator("main [role=alert], main .alert").first.wait_for()


def menu(page: Page) -> None:
    page.get_by_role("button", name="Menu").click()
    page.locator("#menu:popover-open").wait_for()


def loaded(page: Page) -> None:
    """The part that is fetched after the page is painted has come."""
    page.locator("main [hx-trigger=load] a").first.wait_for()


def shown_code(page: Page) -> None:
    page.get_by_role("button", name="Show code").first.click()
    page.locator(".code").wait_for()


def made_card(page: Page) -> None:
    page.get_by_role("button", name="Make my card").click()
    page.get_by_role("img", name="QR code of your loyalty card").wait_for()


def wrong_password(page: Page) -> None:
    page.locator("input[name=username]").fill("nobody@example.com")
    page.locator("input[name=password]").fill("not the password")
    page.locator("button[type=submit]").first.click()
    page.locator(".errornote, [role=alert], .errorlist").first.wait_for()


def question(page: Page) -> None:
    page.get_by_role("switch", name="Gift cards").click()
    page.locator("dialog[open]").wait_for()


def add_points(page: Page) -> None:
    page.get_by_role("link", name="Add points").click()
    page.locator("dialog[open] #id_amount").wait_for()


def points_window(page: Page) -> None:
    page.get_by_role("link", name="show history").first.click()
    page.locator("dialog[open] table").wait_for()


def booking_beside(page: Page) -> None:
    page.locator("#day a[data-beside]").filter(visible=True).first.click()
    page.locator("#booking-panel #what").wait_for()


def move_beside(page: Page) -> None:
    booking_beside(page)
    page.locator("#booking-panel").get_by_role("link", name="Move", exact=True).click()
    page.locator("#booking-panel #id_day").wait_for()


def loyalty_card(page: Page) -> None:
    page.locator("#loyalty-card summary").click()
    page.get_by_role("heading", name="Rewards you can book").wait_for()


def used_points(page: Page) -> None:
    page.get_by_role("group", name="Use your points").get_by_role("checkbox").check()
    page.get_by_text("Nothing left to pay").wait_for()


def another_file(page: Page) -> None:
    """Ask for a large file while another one is being made."""
    page.get_by_role("button", name="Make the file").click()
    page.get_by_text("Another file is being made for you").wait_for()


# --- the list -------------------------------------------------------------------------------------


def client_pages(salon: Salon) -> list[Look]:
    ServiceRewardFactory(service=salon.massage, online=True)
    draft = f"/book/d/{salon.draft.token}"
    visit = f"/booking/{salon.coming.ref}"
    key = f"?k={manage_key(salon.coming)}"
    guest = [
        Look(GUEST, "/", loaded),
        Look(GUEST, "/", menu),
        Look(GUEST, "/services/"),
        Look(GUEST, "/services/deep-tissue/", loaded),
        Look(GUEST, "/book/deep-tissue/"),
        Look(GUEST, "/book/deep-tissue/times/"),
        Look(GUEST, "/book/deep-tissue/times/?day=2025-11-09"),
        Look(GUEST, "/book/haircut/times/", wrong_time),
        Look(GUEST, "/classes/"),
        Look(GUEST, "/classes/?week=2025-W48"),
        Look(GUEST, "/classes/yoga/"),
        Look(GUEST, f"/classes/s/{salon.session.pk}/"),
        Look(GUEST, "/gift-cards/"),
        Look(GUEST, "/gift-cards/balance/"),
        Look(GUEST, "/rewards/"),
        *(Look(GUEST, f"/{name}/") for name in ("contact", "terms", "privacy", "accessibility")),
        Look(GUEST, f"{visit}/{key}"),
        Look(GUEST, f"{visit}/cancel/{key}"),
        Look(GUEST, f"/m/{make_stop_token(salon.client.pk)}/"),
        Look(GUEST, f"/c/{make_consent_token(salon.client, clock.now() + A_WEEK)}/"),
        Look(GUEST, "/c/nothing/", status=404),
        Look(GUEST, "/account/login/"),
        Look(GUEST, "/account/signup/"),
        Look(GUEST, "/account/signup/", wrong_form),
        Look(GUEST, "/account/login/code/"),
        Look(GUEST, "/account/password/reset/"),
        Look(GUEST, "/account/password/reset/done/"),
        Look(GUEST, "/account/inactive/"),
        Look(GUEST, "/account/login/", unknown_client),
        Look(GUEST, "/gift-cards/balance/", unknown_balance),
        Look(GUEST, f"{visit}/?k=wrong", status=404),
        Look(GUEST, f"{visit}/link/"),
        Look(GUEST, f"{visit}/reschedule/{key}"),
        Look(GUEST, "/book/"),
        Look(GUEST, "/book/deep-tissue/waiting/?day=2025-11-07"),
        Look(GUEST, f"/classes/w/{waiting_token(a_place_in_line(salon))}/"),
        Look(GUEST, "/book/d/nothing-is-kept/details/", status=404),
        Look(GUEST, "/m/nobody/", status=404),
        Look(GUEST, "/services/hot-stones/", status=410),
        Look(GUEST, "/nothing-here/", status=404),
        Look(GUEST, "/fi/book/deep-tissue/times/"),
    ]
    alice = [
        Look(ALICE, "/", loaded),
        Look(ALICE, "/account/"),
        Look(ALICE, "/account/card/"),
        Look(ALICE, "/account/card/", made_card),
        Look(ALICE, "/account/points/"),
        Look(ALICE, "/account/points/?kind=returned"),
        Look(ALICE, "/account/gift-cards/"),
        Look(ALICE, "/account/gift-cards/", shown_code),
        Look(ALICE, f"/g/{salon.bought.token}/"),
        Look(ALICE, "/account/profile/"),
        Look(ALICE, "/account/consents/"),
        Look(ALICE, "/account/guest-bookings/"),
        Look(ALICE, "/account/appointments/"),
        Look(ALICE, f"/booking/{salon.past.ref}/"),
        Look(ALICE, f"/booking/{salon.cancelled.ref}/"),
        Look(ALICE, f"{draft}/details/"),
        Look(ALICE, f"{draft}/review/"),
        Look(ALICE, f"{draft}/review/", wrong_code),
        Look(ALICE, f"{draft}/review/", used_points),
        Look(ALICE, "/gift-cards/"),
        Look(ALICE, "/gift-cards/gift-card-50/points/"),
        Look(ALICE, "/gift-cards/gift-card-100/points/"),
        Look(ALICE, "/rewards/"),
        Look(ALICE, "/account/email/"),
        Look(ALICE, "/account/password/change/"),
        Look(ALICE, "/account/logout/"),
        Look(ALICE, "/account/reauthenticate/"),
        Look(ALICE, f"{visit}/"),
        Look(ALICE, "/fi/account/points/"),
    ]
    return guest + alice


def wrong_time(page: Page) -> None:
    """Continue without a time."""
    page.get_by_role("button", name="Continue").click()
    page.get_by_text("There is a problem").wait_for()


# What the panel answers with that is no page: a script, files, and parts of pages.
NO_PAGE = {
    "admin:jsi18n",
    "reports:loyalty-file",
    "reports:on-the-way-file",
    "reports:clients-file",
    "reports:by-hand-file",
    "reports:live-line",
    "reports:find-clients",
}


def _is_worth_a_look(name: str) -> bool:
    """The pages of history are one template, whatever the model: the client's stands for all."""
    is_history = name.endswith("_history") and name != "admin:clients_client_history"
    return name not in NO_PAGE and not is_history


def panel_pages(salon: Salon) -> list[Look]:
    """Every page of the panel that the owner opens, and the windows that open on them. Exports
    are large where ``reports.export_pages.MOST_ROWS`` is 0."""
    rows = rows_of(salon)
    listed = [
        Look(OLGA, each.path(rows))
        for each in ADDRESSES
        if each.opens_for(OLGA) and each.status == 200 and _is_worth_a_look(each.name)
    ]
    own = [
        Look(OLGA, reverse("backoffice:feature", args=["clean_history"])),
        Look(OLGA, reverse("backoffice:feature-off", args=["gift_cards"])),
        Look(OLGA, reverse("backoffice:feature-message", args=["points_adjusted", "fi"])),
        Look(OLGA, "/admin/features/", question),
        Look(OLGA, "/admin/password_change/done/"),
        Look(OLGA, "/admin/nothing-here/", status=404),
        Look(GUEST, "/admin/login/"),
        Look(GUEST, "/admin/login/?next=/admin/", wrong_password),
        Look(DAISY, "/admin/features/", status=403),
        Look(OLGA, "/admin/bookings/?day=2025-01-01"),
        Look(OLGA, f"/admin/bookings/new/?again={rows['booking']}&day=2025-11-06&at=19:30"),
        Look(OLGA, f"/admin/bookings/new/?client={rows['client']}&day=2025-11-06", loyalty_card),
        Look(OLGA, f"{THAT_DAY}&view=list"),
        Look(OLGA, f"{THAT_DAY}&view=columns&zoom=s"),
        Look(OLGA, f"{THAT_DAY}&view=columns&zoom=l", booking_beside),
        Look(OLGA, f"{THAT_DAY}&view=columns", move_beside),
        Look(OLGA, "/admin/calendar/?day=2025-12-06"),
        Look(OLGA, "/admin/reports/loyalty/", add_points),
        Look(OLGA, "/admin/reports/loyalty/?q=nothing"),
        Look(OLGA, "/admin/reports/clients/", points_window),
        Look(OLGA, "/admin/reports/loyalty/export.csv?range=all"),
        Look(OLGA, "/admin/reports/loyalty/export.csv?range=all", another_file),
    ]
    return listed + own + [Look(OLGA, reverse("reports:export", args=[pk])) for pk in _exports()]


def _exports() -> list[int]:
    """A large export of the owner's in every state that it can be in."""
    olga, now = User.objects.get(name="Olga Olsen"), clock.now()
    a_day, claim = dt.timedelta(days=1), uuid.uuid4()
    states: list[dict[str, Any]] = [
        {"state": "running", "claim": claim, "alive_at": now, "rows_done": 3, "rows_total": 7},
        {"state": "done", "stored": "one.csv", "expires_at": now + a_day, "rows_done": 7},
        {"state": "failed", "reason": "disk_full"},
        {"state": "cancelled"},
        {"state": "expired"},
    ]
    asked = {"report": "movements", "kind": "csv", "language": "en", "asked_at": now}
    return [ExportJob.objects.create(asked_by=olga, **asked, **state).pk for state in states]
