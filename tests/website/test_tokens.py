"""The colour tokens keep their contrast, in both themes and both stylesheets (ux, 3.3)."""

import re

import pytest
from django.conf import settings

SITE = (settings.BASE_DIR / "static/website/site.css").read_text(encoding="utf-8")
DESK = (settings.BASE_DIR / "static/backoffice/desk.css").read_text(encoding="utf-8")

# Text on what it stands on, and the least ratio (WCAG 1.4.3); edges and graphics need 3 (1.4.11).
TEXT_PAIRS = [
    ("ink", "birch"),
    ("ink", "surface"),
    ("ink", "sunken"),
    ("ink-2", "birch"),
    ("ink-2", "surface"),
    ("ink-2", "sunken"),
    ("spruce", "birch"),
    ("spruce", "surface"),
    ("on-spruce", "spruce"),
    ("on-spruce", "spruce-strong"),
    ("ink", "spruce-soft"),
    ("on-cloud", "cloud"),
    ("cloud-ink", "surface"),
    ("cloud-ink", "cloud-soft"),
    ("ink", "cloud-soft"),
    ("bilberry", "surface"),
    ("bilberry", "bilberry-soft"),
    ("ink", "bilberry-soft"),
    ("rowan", "surface"),
    ("rowan", "rowan-soft"),
    ("surface", "rowan"),
    ("ink", "rowan-soft"),
    ("moss", "surface"),
    ("moss", "moss-soft"),
    ("ink", "moss-soft"),
]
EDGE_PAIRS = [
    ("control", "surface"),
    ("control", "sunken"),
    ("control", "birch"),
    ("cloud-graphic", "surface"),
    ("cloud-graphic", "cloud-soft"),
    ("ring", "birch"),
    ("ring", "surface"),
]


def block(css: str, selector: str) -> dict[str, str]:
    """The custom properties of the first rule with this selector."""
    body = css.split(selector, 1)[1].split("{", 1)[1].split("}", 1)[0]
    return dict(re.findall(r"--([\w-]+):\s*([^;]+);", body))


def colours(css: str, selector: str) -> dict[str, str]:
    tokens = block(css, selector)
    return {
        name: value
        for name, value in tokens.items()
        if value.startswith("#") and not name.startswith("color-")
    }


LIGHT = colours(SITE, ":root, [data-bs-theme=light]")
DARK = colours(SITE, "[data-bs-theme=dark]")
THEMES = [pytest.param(LIGHT, id="light"), pytest.param(DARK, id="dark")]


def luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def ratio(first: str, second: str) -> float:
    lighter, darker = sorted((luminance(first), luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def test_ratio_black_on_white_is_the_greatest_there_is():
    assert ratio("#000000", "#FFFFFF") == pytest.approx(21)


def test_tokens_dark_has_the_names_of_light():
    assert len(LIGHT) == 23
    assert DARK.keys() == LIGHT.keys()


def test_tokens_without_scripts_equal_the_chosen_dark():
    twin = block(SITE, ":root:not([data-bs-theme])")
    assert twin == block(SITE, "[data-bs-theme=dark]")


@pytest.mark.parametrize(
    ("selector", "theme"),
    [
        pytest.param(":root", LIGHT, id="light"),
        pytest.param("html.dark", DARK, id="dark"),
    ],
)
def test_tokens_of_the_panel_equal_those_of_the_website(selector, theme):
    assert colours(DESK, selector) == theme


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("text", "ground"), TEXT_PAIRS)
def test_contrast_of_text_is_enough_to_read(theme, text, ground):
    assert ratio(theme[text], theme[ground]) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("edge", "ground"), EDGE_PAIRS)
def test_contrast_of_edges_is_enough_to_see(theme, edge, ground):
    assert ratio(theme[edge], theme[ground]) >= 3


@pytest.mark.parametrize(
    ("selector", "theme"),
    [
        pytest.param(":root, [data-bs-theme=light]", LIGHT, id="light"),
        pytest.param("[data-bs-theme=dark]", DARK, id="dark"),
    ],
)
@pytest.mark.parametrize(
    ("twin", "token"),
    [
        ("bs-body-color-rgb", "ink"),
        ("bs-body-bg-rgb", "birch"),
        ("bs-link-color-rgb", "spruce"),
        ("bs-link-hover-color-rgb", "spruce-strong"),
        ("bs-primary-rgb", "spruce"),
    ],
)
def test_rgb_twins_say_the_same_colour_as_their_token(selector, theme, twin, token):
    # Bootstrap paints links and grounds from the -rgb twins, so a stale one shows an old colour.
    numbers = [int(part) for part in block(SITE, selector)[twin].split(",")]
    assert "#{:02X}{:02X}{:02X}".format(*numbers) == theme[token]


@pytest.mark.parametrize("css", [pytest.param(SITE, id="site"), pytest.param(DESK, id="desk")])
def test_rules_use_only_tokens_that_exist(css):
    declared = set(re.findall(r"--([\w-]+)\s*:", css))
    used = set(re.findall(r"var\(--([\w-]+)", css))
    assert used <= declared
