"""Looking at pages: axe, and what axe cannot know."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tests.browser import SIZES, Visitors
from tests.journeys.pages import Look

if TYPE_CHECKING:
    from playwright.sync_api import Page

NARROW = {"width": 320, "height": 640}
# A page that refuses is expected to say so on the console.
TOLERATED = ("status of 404", "status of 409", "status of 422")

FACTS = """() => ({
    headings: document.querySelectorAll('h1').length,
    language: document.documentElement.lang,
    title: document.title,
    twins: [...document.querySelectorAll('[id]')].map((each) => each.id)
        .filter((id, place, all) => all.indexOf(id) !== place),
})"""
WIDTH = "() => document.documentElement.scrollWidth"


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
    found: list[str] = []
    try:
        axe(page)
    except AssertionError as error:
        found.append(str(error))
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
        page.set_viewport_size(SIZES["phone"])
    return found
