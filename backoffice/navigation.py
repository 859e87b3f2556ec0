"""The sidebar (ux 2.0.2): an entry only where its page works and its reader may see it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.urls import reverse_lazy
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from backoffice.feeds import feed_of

Entry = dict[str, Any]


def _may(permission: str) -> Callable[[HttpRequest], bool]:
    return lambda request: request.user.has_perm(permission)


def _exactly_under(*links: Any, but_not: tuple[Any, ...] = ()) -> Callable[[HttpRequest], bool]:
    """Unfold lights an entry up whose address occurs anywhere in the path; two would be lit where
    one address is the beginning of another."""

    def active(request: HttpRequest) -> bool:
        path = getattr(request, "menu_path", request.path)
        return path.startswith(tuple(map(str, links))) and not path.startswith(
            tuple(map(str, but_not))
        )

    return active


def _entry(
    title: str | Promise,
    icon: str,
    view: str,
    permission: str,
    *,
    and_under: tuple[Any, ...] = (),
    but_not: tuple[Any, ...] = (),
) -> Entry:
    link = reverse_lazy(view)
    return {
        "title": title,
        "icon": icon,
        "link": link,
        "permission": _may(permission),
        "active": _exactly_under(link, *and_under, but_not=but_not),
    }


def _list(title: str | Promise, icon: str, model: str, permission: str = "") -> Entry:
    app, name = model.split(".")
    return _entry(title, icon, f"admin:{app}_{name}_changelist", permission or f"{app}.view_{name}")


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    home = reverse_lazy("admin:index")
    return [
        {
            "items": [
                {
                    "title": _("Today"),
                    "icon": "today",
                    "link": home,
                    "active": lambda request: request.path == str(home),
                },
                _entry(
                    _("Calendar"),
                    "calendar_view_day",
                    "backoffice:calendar",
                    "bookings.view_booking",
                ),
                _entry(
                    _("Bookings"),
                    "event",
                    "backoffice:bookings",
                    "bookings.view_booking",
                    but_not=(
                        reverse_lazy("admin:bookings_classsession_changelist"),
                        reverse_lazy("admin:bookings_sessionrule_changelist"),
                    ),
                ),
                _list(_("Clients"), "group", "clients.client"),
                _entry(_("Checkout"), "point_of_sale", "backoffice:checkout", "sales.check_out"),
                _entry(
                    _("Sales"),
                    "receipt",
                    "backoffice:sales",
                    "sales.check_out",
                    but_not=(
                        reverse_lazy("admin:sales_payment_changelist"),
                        reverse_lazy("admin:sales_owntender_changelist"),
                    ),
                ),
                _entry(
                    _("Class sessions"),
                    "event_repeat",
                    "backoffice:sessions",
                    "bookings.view_booking",
                    and_under=(reverse_lazy("admin:bookings_classsession_changelist"),),
                ),
                _list(_("Gift cards"), "redeem", "giftcards.giftcard"),
                {
                    "title": _("My calendar feed"),
                    "icon": "calendar_add_on",
                    "link": reverse_lazy("backoffice:own-feed"),
                    "permission": lambda request: feed_of(request.user) is not None,
                    "active": _exactly_under(reverse_lazy("backoffice:own-feed")),
                },
            ]
        },
        {
            "title": _("Manage"),
            "items": [
                _list(_("Services"), "spa", "catalogue.appointmentservice"),
                _list(_("Classes"), "self_improvement", "catalogue.classservice"),
                _list(_("Weekly classes"), "date_range", "bookings.sessionrule"),
                _list(_("Categories"), "category", "catalogue.category"),
                _list(_("Add-ons"), "add_circle", "catalogue.addon"),
                _list(_("Products"), "inventory_2", "catalogue.product"),
                _list(_("Ways to pay"), "payments", "sales.owntender"),
                _list(_("Rewards"), "award_star", "loyalty.reward"),
                _list(_("Providers"), "badge", "catalogue.provider"),
                _list(_("Resources"), "meeting_room", "catalogue.resource"),
                _list(_("Kinds of resources"), "workspaces", "catalogue.resourcekind"),
                _list(_("Holidays"), "event_busy", "business.specialday"),
                _entry(
                    _("Time off"), "beach_access", "backoffice:time-off", "bookings.view_occupation"
                ),
                _entry(
                    _("Out of order"),
                    "build",
                    "backoffice:out-of-order",
                    "bookings.view_resourceoccupation",
                ),
                _list(
                    _("Gift card types"), "featured_seasonal_and_gifts", "giftcards.giftcardtype"
                ),
            ],
        },
        {
            "title": _("Reports"),
            "items": [
                _entry(
                    _("Loyalty points"), "loyalty", "reports:loyalty", "loyalty.see_points_report"
                ),
                _entry(_("Clients"), "summarize", "reports:clients", "clients.view_client"),
            ],
        },
        {
            "title": _("Settings"),
            "items": [
                _entry(
                    _("Custom features"),
                    "toggle_on",
                    "backoffice:features",
                    "business.view_features",
                ),
                _list(_("Business"), "storefront", "business.business"),
                _list(_("Limits for corrections"), "speed", "loyalty.correctionlimit"),
                _list(_("Logins"), "key", "foundation.user"),
                _list(_("Roles"), "shield_person", "auth.group"),
            ],
        },
        {
            "title": _("Records"),
            "items": [
                _list(_("Points movements"), "swap_vert", "loyalty.pointentry"),
                _list(_("Points on the way"), "schedule", "loyalty.award"),
                _list(_("Gift card movements"), "receipt_long", "giftcards.cardentry"),
                _list(pgettext_lazy("list of", "Payments"), "payments", "sales.payment"),
                _list(_("Outbox"), "outgoing_mail", "notifications.message"),
            ],
        },
    ]
