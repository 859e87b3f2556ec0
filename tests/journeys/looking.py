"""Looking at pages: axe, and what axe cannot know."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal

from tests.browser import SIZES, Visitors
from tests.journeys.pages import Look

if TYPE_CHECKING:
    from playwright.sync_api import Page

NARROW = {"width": 320, "height": 640}
# A page that refuses is expected to say so on the console.
TOLERATED = tuple(f"status of {number}" for number in (400, 403, 404, 409, 410, 422))

FACTS = """() => ({
    headings: document.querySelectorAll('h1').length,
    language: document.documentElement.lang,
    title: document.title,
    twins: [...document.querySelectorAll('[id]')].map((each) => each.id)
        .filter((id, place, all) => all.indexOf(id) !== place),
})"""
WIDTH = "() => document.documentElement.scrollWidth"


# A visitor's page follows the system; the panel's looks at it when it is loaded.
TURN = """async ([scheme]) => {
    const root = document.documentElement;
    if (window.Alpine) root.classList.toggle('dark', scheme === 'dark');
    await new Promise((done) => requestAnimationFrame(done));
    return getComputedStyle(document.body).color;
}"""


def check(
    looks: list[Look],
    pages: dict[str, Page],
    visitors: Visitors,
    axe: Callable[..., None],
    *,
    narrow: bool,
) -> None:
    """Look at all of them, and tell of all that are wrong."""
    wrong = []
    for look in looks:
        page = pages[look.who]
        answer = page.goto(look.path)
        assert answer is not None
        found = [] if answer.status == look.status else [f"answered {answer.status}"]
        if look.then is not None and not found:
            look.then(page)
        found += faults_of(page, axe, narrow=narrow) + visitors.take_faults()
        wrong += [f"{look}: {fault}" for fault in found]
    assert not wrong, "\n".join(wrong)


def faults_of(page: Page, axe: Callable[..., None], *, narrow: bool) -> list[str]:
    """Opened at one size and looked at in the other too: a tablet is turned, a window drawn
    smaller. In dark it is asked for its colours alone: what stands where is the same."""
    found: list[str] = []
    opened = page.viewport_size
    assert opened in SIZES.values()
    for name, size in sorted(SIZES.items(), key=lambda each: each[1] != opened):
        page.set_viewport_size(size)
        found += _told(name, lambda: axe(page))
        if page.evaluate(WIDTH) > size["width"]:
            found.append(f"{name}: it scrolls sideways")
        in_light = _turn(page, "light")
        in_dark = _turn(page, "dark")
        if in_light == in_dark:
            found.append(f"{name}: it does not turn dark")
        found += _told(f"{name}, dark", lambda: axe(page, only=("color-contrast",)))
        _turn(page, "light")
    page.set_viewport_size(opened)
    facts = page.evaluate(FACTS)
    if facts["headings"] != 1:
        found.append(f"{facts['headings']} h1")
    if facts["language"] not in {"en", "da", "fi"}:
        found.append(f"lang is {facts['language']!r}")
    if not facts["title"].strip():
        found.append("no title")
    if facts["twins"]:
        found.append(f"ids twice: {facts['twins']}")
    if narrow:
        page.set_viewport_size(NARROW)
        width = page.evaluate(WIDTH)
        if width > NARROW["width"]:
            found.append(f"{width} px wide at {NARROW['width']} px")
        page.set_viewport_size(opened)
    return found


def _told(where: str, look: Callable[[], None]) -> list[str]:
    try:
        look()
    except AssertionError as error:
        return [f"{where}: {error}"]
    return []


def _turn(page: Page, scheme: Literal["light", "dark"]) -> str:
    """The colour of the page's text in this scheme."""
    page.emulate_media(color_scheme=scheme)
    return str(page.evaluate(TURN, [scheme]))
