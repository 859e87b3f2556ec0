"""Every address of the panel that answers to GET, and the roles it opens for.

``D`` Daisy at the desk, ``P`` Pavel the provider, ``M`` Maria the manager, ``O`` Olga the owner.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse

LETTERS = {"daisy": "D", "pavel": "P", "maria": "M", "olga": "O"}


@dataclass(frozen=True)
class Address:
    """``row`` names the id in the path, ``words`` its other parts. ``status`` is the answer to who
    may; 0 for a POST of an empty form, which is anything but a refusal."""

    name: str
    roles: str
    row: str = ""
    status: int = 200
    words: tuple[str, ...] = ()

    @property
    def is_posted(self) -> bool:
        return self.status == 0

    def path(self, rows: dict[str, int]) -> str:
        return reverse(self.name, args=[rows[self.row]] if self.row else self.words)

    def opens_for(self, person: str) -> bool:
        return LETTERS[person] in self.roles


def _model(
    model: str,
    row: str,
    *,
    seen: str,
    added: str = "",
    deleted: str = "",
    listed: int = 200,
) -> list[Address]:
    stem = f"admin:{model}_"
    return [
        Address(f"{stem}changelist", seen, status=listed),
        Address(f"{stem}add", added),
        Address(f"{stem}change", seen, row),
        Address(f"{stem}history", seen, row),
        Address(f"{stem}delete", deleted, row),
    ]


ADDRESSES = [
    Address("admin:index", "DPMO"),
    Address("admin:password_change", "DPMO"),
    Address("admin:jsi18n", "DPMO"),
    Address("backoffice:features", "MO"),
    Address("backoffice:feature", "MO", words=("loyalty",)),
    Address("backoffice:feature-on", "O", words=("coupons",)),
    Address("backoffice:feature-off", "O", words=("coupons",)),
    Address("backoffice:feature-delay", "MO", status=0),
    Address("backoffice:feature-message", "MO", words=("points_added", "en")),
    Address("backoffice:feature-message-preview", "MO", words=("points_added", "en"), status=0),
    Address("backoffice:feature-message-test", "MO", words=("points_added", "en"), status=0),
    Address("backoffice:feature-message-reset", "MO", words=("points_added", "en")),
    Address("backoffice:calendar", "DPMO"),
    Address("backoffice:bookings", "DPMO"),
    Address("backoffice:booking", "DPMO", "booking"),
    Address("backoffice:booking-new", "DPMO"),
    Address("backoffice:booking-arrived", "DPMO", "booking", status=0),
    Address("backoffice:booking-completed", "DPMO", "booking", status=0),
    Address("backoffice:booking-no-show", "DPMO", "booking"),
    Address("backoffice:booking-cancel", "DPMO", "booking"),
    Address("backoffice:booking-edit", "DPMO", "booking"),
    Address("backoffice:booking-move", "DPMO", "booking"),
    Address("backoffice:booking-undo", "DPMO", "booking", status=0),
    Address("backoffice:booking-delete", "DPMO", "booking"),
    Address("backoffice:booking-points-return", "DPMO", "booking", status=0),
    Address("backoffice:booking-points-again", "MO", "booking", status=0),
    Address("backoffice:booking-points-give-up", "MO", "booking", status=0),
    Address("backoffice:booking-started", "DPMO", "booking", status=0),
    # A login that no provider belongs to is told so.
    Address("backoffice:own-feed", "DPMO"),
    Address("backoffice:provider-feed", "PMO", "provider"),
    Address("reports:loyalty", "DMO"),
    # Without htmx it leads to the page, figures and all.
    Address("reports:figures", "DMO", status=302),
    Address("reports:loyalty-file", "MO", words=("csv",)),
    Address("reports:on-the-way", "DMO"),
    Address("reports:on-the-way-file", "MO", words=("xlsx",)),
    Address("reports:add-points", "DMO"),
    Address("reports:live-line", "DMO"),
    Address("reports:requests", "DMO"),
    Address("reports:request", "DMO", "asked"),
    Address("reports:take-back", "DMO", "correction"),
    Address("reports:by-hand", "MO"),
    Address("reports:by-hand-file", "MO", words=("csv",)),
    Address("reports:find-clients", "DMO"),
    Address("reports:clients", "DMO"),
    Address("reports:clients-file", "MO", words=("csv",)),
    Address("reports:client-points", "DMO", "client"),
    # Everybody's own: nobody's here, and not there for who may export (tests/reports).
    Address("reports:export", "MO", "client", status=404),
    Address("reports:export-download", "MO", "client", status=404),
    Address("reports:export-cancel", "MO", "client", status=405),
    *_model("catalogue_appointmentservice", "service", seen="MO", added="MO"),
    *_model("catalogue_classservice", "class", seen="MO", added="MO"),
    *_model("catalogue_category", "category", seen="MO", added="MO", deleted="MO"),
    *_model("catalogue_provider", "provider", seen="MO", added="MO"),
    *_model("catalogue_addon", "add_on", seen="MO", added="MO"),
    *_model("sales_owntender", "own_tender", seen="MO", added="MO"),
    Address("backoffice:checkout", "DMO"),
    Address("backoffice:till", "DMO", "open_sale"),
    Address("backoffice:sales", "DMO"),
    Address("backoffice:sale", "DMO", "sale"),
    Address("backoffice:sale-receipt", "DMO", "sale", status=0),
    Address("backoffice:sale-refund", "DMO", "sale"),
    *_model("loyalty_reward", "reward", seen="MO", added="MO"),
    *_model("catalogue_product", "product", seen="MO", added="MO"),
    *_model("catalogue_resource", "resource", seen="MO", added="MO"),
    *_model("catalogue_resourcekind", "resource_kind", seen="MO", added="MO"),
    *_model("business_specialday", "special_day", seen="MO", added="MO", deleted="MO"),
    *_model("bookings_classsession", "session", seen="DMO", added="MO"),
    *_model("bookings_sessionrule", "rule", seen="MO", added="MO"),
    Address("backoffice:sessions", "DPMO"),
    Address("backoffice:session", "DPMO", "session"),
    Address("backoffice:session-offer", "DPMO", "session", status=0),
    Address("backoffice:session-check-in", "DPMO", "session", status=0),
    Address("backoffice:session-add", "DPMO", "session"),
    Address("backoffice:session-take", "DPMO", "session", status=0),
    Address("backoffice:session-change", "MO", "session"),
    Address("backoffice:session-cancel", "DPMO", "session"),
    Address("backoffice:session-rule-change", "MO", "rule"),
    Address("backoffice:session-rule-stop", "MO", "rule"),
    Address("backoffice:outside-hours", "DPMO"),
    Address("backoffice:loyalty-card", "DMO", "client"),
    Address("backoffice:client-visits", "DMO", "client"),
    Address("backoffice:client-sales", "DMO", "client"),
    Address("backoffice:client-loyalty", "DMO", "client"),
    Address("backoffice:client-cards", "DMO", "client"),
    Address("backoffice:client-consents", "DMO", "client"),
    Address("backoffice:client-notes", "DMO", "client"),
    Address("backoffice:client-programme", "MO", "client"),
    Address("backoffice:client-merge", "MO", "client"),
    Address("backoffice:search", "DPMO"),
    Address("backoffice:time-off", "DPMO"),
    Address("backoffice:time-off-add", "DPMO"),
    Address("backoffice:time-off-change", "DPMO", "time_off"),
    Address("backoffice:time-off-remove", "DPMO", "time_off"),
    Address("backoffice:out-of-order", "DMO"),
    Address("backoffice:out-of-order-add", "DMO"),
    Address("backoffice:out-of-order-change", "DMO", "out_of_order"),
    Address("backoffice:out-of-order-remove", "DMO", "out_of_order"),
    *_model("clients_client", "client", seen="DMO", added="DMO"),
    *_model("giftcards_giftcardtype", "type", seen="MO", added="MO"),
    *_model("giftcards_giftcard", "card", seen="DMO"),
    Address("admin:giftcards_giftcard_issue", "DMO"),
    Address("admin:giftcards_giftcard_show_code", "MO", "card"),
    Address("admin:giftcards_giftcard_void", "MO", "card"),
    *_model("loyalty_correctionlimit", "limit", seen="MO"),
    *_model("business_business", "business", seen="MO", listed=302),
    *_model("foundation_user", "login", seen="O", added="O"),
    Address("admin:auth_user_password_change", "O", "login"),
    *_model("auth_group", "group", seen="O"),
    *_model("notifications_message", "message", seen="MO"),
    *_model("loyalty_pointentry", "entry", seen="MO"),
    *_model("loyalty_award", "award", seen="MO"),
    *_model("giftcards_cardentry", "card_entry", seen="MO"),
    *_model("sales_payment", "payment", seen="MO"),
]

NAMES = {address.name.removeprefix("admin:") for address in ADDRESSES}
