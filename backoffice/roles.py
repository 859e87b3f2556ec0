"""The four roles, in code: what each may do (ux 1.4).

Roles are groups of django.contrib.auth. ``ensure_roles`` writes the table below into the database
after every migrate, so a permission that somebody added to a role by hand does not survive, and a
new one needs no data migration. Only the owner changes logins, roles and features; nobody, the
owner and superusers included, changes a ledger.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.db import connections
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from loyalty.models import CorrectionLimit

FRONT_DESK, PROVIDER, MANAGER, OWNER = "Front desk", "Provider", "Manager", "Owner"

# The names as people read them; the group's own name is the key.
ROLE_NAMES = {
    FRONT_DESK: pgettext_lazy("role", "Front desk"),
    PROVIDER: pgettext_lazy("role", "Provider"),
    MANAGER: pgettext_lazy("role", "Manager"),
    OWNER: pgettext_lazy("role", "Owner"),
}


def _models(app: str, verbs: str, *models: str) -> Iterator[str]:
    for model in models:
        for verb in verbs.split():
            yield f"{app}.{verb}_{model}"


_PROVIDER = {
    "bookings.view_booking",
    "bookings.book_for_clients",
    "bookings.mark_bookings",
    "bookings.cancel_bookings",
    # Time off: of their own without see_all_bookings.
    *_models("bookings", "view change", "occupation"),
}

_FRONT_DESK = {
    *_PROVIDER,
    "bookings.see_all_bookings",
    *_models("bookings", "view", "classsession"),
    *_models("bookings", "view change", "resourceoccupation"),
    *_models("clients", "view add change", "client"),
    *_models("giftcards", "view", "giftcard"),
    "giftcards.issue_cards",
    "loyalty.see_points_report",
    "loyalty.adjust_points",
    "sales.check_out",
    "sales.give_discounts",
    "sales.refund_todays_sales",
}

_MANAGER = {
    *_FRONT_DESK,
    "bookings.undo_on_the_day",
    "clients.leave_out_of_loyalty",
    "clients.merge_clients",
    *_models("bookings", "add change", "classsession"),
    *_models("bookings", "view add change", "sessionrule"),
    *_models("business", "view change", "business"),
    "business.view_features",
    *_models(
        "catalogue",
        "view add change",
        "appointmentservice",
        "classservice",
        "category",
        "provider",
        "addon",
        "product",
        "resource",
        "resourcekind",
    ),
    *_models(
        "catalogue",
        "view add change delete",
        "workinghours",
        "datehours",
        "serviceprovider",
        "addonservice",
        "serviceresource",
    ),
    *_models("business", "view add change delete", "specialday"),
    "catalogue.delete_category",
    *_models("giftcards", "view add change", "giftcardtype"),
    # To void a card.
    "giftcards.change_giftcard",
    "giftcards.reveal_codes",
    "giftcards.view_cardentry",
    *_models("loyalty", "view", "pointentry", "award"),
    *_models("loyalty", "view add change", "earningrule", "reward"),
    "loyalty.adjust_points_without_limit",
    *_models("loyalty", "view change", "correctionlimit"),
    "loyalty.see_correction_patterns",
    "loyalty.export_points_report",
    "notifications.view_message",
    *_models("notifications", "view add change", "messagetemplate"),
    *_models("sales", "view", "payment"),
    *_models("sales", "view add change", "owntender"),
    "sales.refund_sales",
}

_OWNER = {
    *_MANAGER,
    "business.switch_features",
    *_models("foundation", "view add change", "user"),
    "auth.view_group",
}

ROLES: dict[str, frozenset[str]] = {
    FRONT_DESK: frozenset(_FRONT_DESK),
    PROVIDER: frozenset(_PROVIDER),
    MANAGER: frozenset(_MANAGER),
    OWNER: frozenset(_OWNER),
}

# What a role begins with; its limits are then the business's own (Settings → Limits). None is
# without a limit.
MOST_AT_FIRST: dict[str, int | None] = {FRONT_DESK: 500, MANAGER: None, OWNER: None}

# What the page of a role says; the table above is what holds.
_DESK_DUTIES = (
    _("Sees, books, marks and cancels the bookings of every provider."),
    _("Enters the time off of providers, and rooms and equipment that are out of order."),
    _("Keeps the clients' records."),
    _("Takes money at the till, gives discounts with a reason, and sells gift cards."),
    _("Refunds what was sold on the same day."),
    _("Issues gift cards to clients with an e-mail address."),
    _("Reads the loyalty points report, and adds or deducts points up to the limit in Settings."),
    _("Asks for more than that, and decides about what others ask for within that limit."),
)
_MANAGER_DUTIES = (
    *_DESK_DUTIES,
    _("Sets up services, classes, products, providers, gift card types, points and message texts."),
    _("Plans weekly classes, and gives a class another time, provider or number of places."),
    _("Sets the limits of corrections by hand for other roles, and reads what looks odd in them."),
    _("Refunds any sale, and names ways to pay."),
    _("Exports reports, shows the codes of gift cards and voids them."),
    _("Merges two records of one client, and leaves clients out of the loyalty programme."),
    _("Sees the switches of Custom features, the outbox and all ledgers."),
)
DUTIES = {
    FRONT_DESK: _DESK_DUTIES,
    PROVIDER: (
        _("Sees, books, marks and cancels the bookings of their own."),
        _("Enters time off of their own."),
    ),
    MANAGER: _MANAGER_DUTIES,
    OWNER: (
        *_MANAGER_DUTIES,
        _("Switches features on and off, and decides who signs in with which role."),
    ),
}


def ensure_roles(using: str = "default") -> None:
    """Write the roles into the database, and the limits that they begin with. Repeating it changes
    nothing.

    Raises LookupError for a permission that no model declares: a misspelt one would silently give
    nobody the right.
    """
    wanted = set().union(*ROLES.values())
    found = _find_permissions(wanted, using)
    missing = wanted - found.keys()
    if missing:
        raise LookupError(f"No such permissions: {', '.join(sorted(missing))}")
    for name, permissions in ROLES.items():
        group, _ = Group.objects.using(using).get_or_create(name=name)
        group.permissions.set([found[code] for code in permissions])
        if name in MOST_AT_FIRST:
            first = {"per_entry": MOST_AT_FIRST[name]}
            CorrectionLimit.objects.using(using).get_or_create(role=group, defaults=first)


def _find_permissions(codes: set[str], using: str) -> dict[str, Permission]:
    labels = {code.split(".")[0] for code in codes}
    names = {code.split(".")[1] for code in codes}
    rows = Permission.objects.using(using).select_related("content_type")
    rows = rows.filter(Q(content_type__app_label__in=labels) & Q(codename__in=names))
    return {f"{row.content_type.app_label}.{row.codename}": row for row in rows}


def ensure_roles_after_migrate(sender: Any, using: str = "default", **kwargs: Any) -> None:
    """``post_migrate`` comes once per app that has models; permissions are complete at the last."""
    last = [config for config in apps.get_app_configs() if config.models_module is not None][-1]
    if sender.name != last.name:
        return
    tables = set(connections[using].introspection.table_names())
    # A migration to an earlier state leaves tables out; the next full one comes back here.
    if {model._meta.db_table for model in apps.get_models()} <= tables:
        ensure_roles(using)
