"""How Unfold dresses the admin panel: the design tokens as its palette (ux 3.3).

Unfold takes shades for both modes from one scale: 600 is pressed and read on light paper, 500 is
read on dark paper, so the two lie further apart than in a usual scale.
"""

from django.templatetags.static import static
from django.utils.translation import gettext_lazy as _

UNFOLD = {
    "SITE_TITLE": _("Salon desk"),
    "SITE_HEADER": _("Salon desk"),
    "SITE_SYMBOL": "spa",
    "SITE_URL": "/",
    "SITE_FAVICONS": [
        {
            "rel": "icon",
            "type": "image/svg+xml",
            "href": lambda request: static("website/icon.svg"),
        }
    ],
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_BACK_BUTTON": False,
    "BORDER_RADIUS": "10px",
    "STYLES": [lambda request: static("backoffice/desk.css")],
    "SCRIPTS": [lambda request: static("backoffice/desk.js")],
    "SIDEBAR": {"navigation": "backoffice.navigation.sidebar"},
    "COLORS": {
        # Spruce: act, choose, go.
        "primary": {
            "50": "#EEF6F2",
            "100": "#DCEBE5",
            "200": "#BBDDD0",
            "300": "#98D8C4",
            "400": "#7CC7B0",
            "500": "#7CC7B0",
            "600": "#1F5C4F",
            "700": "#17473D",
            "800": "#12382F",
            "900": "#1E3A33",
            "950": "#0D211B",
        },
        # Birch by day, forest floor by night.
        "base": {
            "50": "#F6F4EF",
            "100": "#ECE8E0",
            "200": "#D9D3C7",
            "300": "#C3BCAF",
            "400": "#84918A",
            "500": "#52605B",
            "600": "#3C4A46",
            "700": "#36413C",
            "800": "#28312D",
            "900": "#141917",
            "950": "#0F1311",
        },
        "font": {
            "subtle-light": "#52605B",
            "subtle-dark": "#B4BDB7",
            "default-light": "#3C4A46",
            "default-dark": "#D6D8D1",
            "important-light": "#20302D",
            "important-dark": "#ECEAE3",
        },
    },
}
