"""The booking pages in Finnish, whose words are the longest: 320 px wide, and with text twice as
large, and both together. Nothing is wider than the window, and no text is cut (walk-through 17)."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from bookings.models import Visit
from bookings.visits import manage_key
from bookings.waiting import waiting_token
from catalogue.models import AddOn, ServiceProvider
from clients.models import Client
from foundation.form_tokens import new_form_token
from sales.offers import serve_waiting_lists
from sales.visits import cancel_visit
from sales.waiting import wait_for_session
from tests.browser import Visitors
from tests.factories import AddOnFactory, ClientFactory, fill_the_day
from tests.journeys.salon import Salon, fill_class, fill_salon

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = [pytest.mark.journey, pytest.mark.once, pytest.mark.long]

# What of the page's own boxes stands out of the window, and what text is cut off in its box.
# Scroll regions that say so (.scroll) and what is there for screen readers alone are left out.
FAULTS = """() => {
    const APART = '.visually-hidden, .scroll, .hero-art, svg, [aria-hidden=true], .skip';
    const wide = document.documentElement.scrollWidth;
    const found = wide > innerWidth ? [`${wide} px wide at ${innerWidth} px`] : [];
    for (const each of document.querySelectorAll('body *')) {
        const style = getComputedStyle(each);
        const box = each.getBoundingClientRect();
        if (!box.width || style.visibility === 'hidden' || each.closest(APART)) continue;
        if (box.width <= 1 || style.clipPath !== 'none') continue;
        const words = each.textContent.trim().replace(/\\s+/g, ' ').slice(0, 40);
        const name = `${each.tagName.toLowerCase()}.${each.className} “${words}”`;
        if (box.right > innerWidth + 1 || box.left < -1) found.push(`outside: ${name}`);
        const cuts = ['hidden', 'clip'].includes(style.overflowX);
        if (cuts && each.scrollWidth > each.clientWidth + 1) found.push(`cut: ${name}`);
        if (found.length && style.display !== 'inline' && each.scrollWidth > each.clientWidth + 1) {
            found.push(`spills: ${name}`);
        }
        if (['INPUT', 'SELECT'].includes(each.tagName)) continue;
        if (style.textOverflow === 'ellipsis' && each.scrollWidth > each.clientWidth) {
            found.push(`shortened: ${name}`);
        }
    }
    return [...new Set(found)].slice(0, 8);
}"""


def paths(salon: Salon, draft: str, waiting: list[str], lines: str) -> dict[str, list[str]]:
    """The pages C2–C7, C9–C12 and C20–C22, by who looks at them."""
    visit = f"/booking/{salon.coming.ref}"
    key = f"?k={manage_key(salon.coming)}"
    return {
        "guest": [
            "/services/",
            "/book/",
            "/services/deep-tissue/",
            "/book/deep-tissue/",
            "/book/haircut/",
            f"/book/haircut/{lines}&line=2",
            f"/book/haircut/times/{lines}",
            "/book/deep-tissue/times/?day=2025-11-09",
            "/book/deep-tissue/waiting/?day=2025-11-09",
            "/classes/",
            "/classes/yoga/",
            f"/classes/s/{salon.session.pk}/",
            *waiting,
            f"{visit}/{key}",
            f"{visit}/reschedule/{key}",
            f"{visit}/cancel/{key}",
            f"{visit}/link/",
        ],
        "alice": [
            f"{draft}/details/",
            f"{draft}/review/",
            "/classes/",
            f"/classes/s/{salon.session.pk}/",
            "/account/",
            "/account/appointments/",
            f"/booking/{salon.past.ref}/",
            f"/booking/{salon.cancelled.ref}/",
            f"{visit}/",
        ],
    }


def furnish(alice: Client) -> dict[str, list[str]]:
    """A salon with one of everything that these pages show."""
    salon = fill_salon(alice)
    ServiceProvider.objects.filter(service=salon.massage, provider__name="Aino").update(
        price_minor=8400, minutes=75
    )
    on_top: AddOn = AddOnFactory(name_en="Beard trim", name_fi="Parran siistiminen ja öljyäminen")
    for service in (salon.haircut, salon.massage):
        on_top.services.add(service)
    salon.massage.name_fi = "Syväkudoshieronta ja lymfaterapia"
    salon.massage.save()
    fill_the_day(dt.date(2025, 11, 9), *salon.massage.providers.all())
    fill_class(salon.session, ClientFactory(), ClientFactory())
    places = [
        wait_for_session(
            client=client,
            guest=None,
            session=salon.session,
            form_token=new_form_token(),
            actor=None,
        )
        for client in (alice, ClientFactory())
    ]
    freed = Visit.objects.filter(bookings__session=salon.session).order_by("pk")[0]
    cancel_visit(visit=freed, actor=None)
    serve_waiting_lists()
    return paths(
        salon,
        f"/book/d/{salon.draft.token}",
        [f"/classes/w/{waiting_token(place)}/" for place in places],
        f"?extra={on_top.pk}&then={salon.massage.pk}&extra2={on_top.pk}",
    )


def look(page: Page, path: str) -> list[str]:
    answer = page.goto(f"/fi{path}")
    assert answer is not None
    if answer.status != 200:
        return [f"{path} answered {answer.status}"]
    page.evaluate("() => document.querySelectorAll('main details').forEach((e) => e.open = true)")
    return [f"{path}: {fault}" for fault in page.evaluate(FAULTS)]


def enlarge_text(page: Page, percent: int) -> None:
    """The browser's own setting for text, which media queries in rem follow as well."""
    sizes = {"standard": 16 * percent // 100, "fixed": 13 * percent // 100}
    page.context.new_cdp_session(page).send("Page.setFontSizes", {"fontSizes": sizes})


@pytest.mark.parametrize(
    ("width", "percent"),
    [(320, 100), (390, 200), (1180, 200), (320, 200)],
    ids=["320 px", "phone at 200 %", "desk at 200 %", "320 px at 200 %"],
)
def test_nothing_is_cut_in_finnish(
    page_at: Visitors, alice: Client, width: int, percent: int
) -> None:
    wrong: list[str] = []
    for who, found in furnish(alice).items():
        page = page_at("phone", locale="fi-FI", user=alice.user if who == "alice" else None)
        page.set_viewport_size({"width": width, "height": 740})
        enlarge_text(page, percent)
        for path in found:
            wrong += [f"{who} {fault}" for fault in look(page, path)]
    assert not wrong, "\n".join(wrong)
