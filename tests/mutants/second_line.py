"""Guards in code without a mutant: something else stands behind each, or nothing hangs on it."""

from __future__ import annotations

_OFFERED = "What a page offers; the address or the command behind it asks again."
_SAID = "What is said after a refusal; the command has decided already."

SECOND_LINE: dict[str, str] = {
    **dict.fromkeys(
        (
            "reports/request_pages.py::correction_request has_perm",
            "reports/pages.py::clients_report has_perm",
            "reports/pages.py::client_points has_perm",
            "reports/pages.py::_shared has_perm",
            *(f"reports/pages.py::_shared has_perm #{nth}" for nth in range(2, 8)),
            "backoffice/booking_list.py::FilterForm.__init__ has_perm",
            "backoffice/checkout_page.py::page_of_till has_perm",
            "backoffice/bookings.py::_buttons has_perm",
            *(f"backoffice/bookings.py::_buttons has_perm #{nth}" for nth in range(2, 8)),
            "backoffice/calendar.py::calendar has_perm",
            (
                "backoffice/admin/clients.py::ClientAdmin._get_obj_does_not_exist_redirect"
                " has_view_permission"
            ),
            "backoffice/client_frame.py::head_of has_perm",
            "backoffice/client_notes.py::_page has_perm",
            "backoffice/client_notes.py::notes has_perm",
            "backoffice/sessions.py::show_roster has_perm",
            *(f"backoffice/sessions.py::show_roster has_perm #{nth}" for nth in (2, 3)),
            "backoffice/session_places.py::_raised has_perm",
            "backoffice/sessions.py::_people has_perm",
            "backoffice/admin/session_rules.py::SessionRuleAdmin.get_queryset has_perm",
            "backoffice/outside.py::outside_page has_perm #2",
            "backoffice/outside.py::outside_page has_perm #3",
            "backoffice/search.py::_page has_perm",
            "backoffice/time_off.py::_list has_perm",
            "backoffice/features.py::_context has_perm",
            "backoffice/features.py::_panel has_perm",
            "backoffice/features.py::_panel has_perm #2",
            "backoffice/navigation.py::_may has_perm",
        ),
        _OFFERED,
    ),
    "sales/class_sessions.py::change_rule_from lock_in_order": (
        "Each session that is changed is locked again by the command that changes it."
    ),
    "loyalty_site/demo/classes.py::Classes._fill refresh_from_db": (
        "Demo data: when to stop filling a class; the command counts its places itself."
    ),
    "bookings/undoing.py::revive_visit refresh_from_db": (
        "What is returned; the number that names the message is another one either way."
    ),
    **dict.fromkeys(
        (
            "reports/request_pages.py::correction_request refresh_from_db",
            "reports/taking_back.py::take_back refresh_from_db",
            "backoffice/site.py::_asked has_perm",
            "website/views/review.py::review refresh_from_db",
        ),
        _SAID,
    ),
    **dict.fromkeys(
        (
            "backoffice/admin/cards.py::MovementsInline.has_view_permission def",
            "backoffice/admin/cards.py::MovementsInline.has_view_permission has_perm",
        ),
        "The page round these rows asks for the same right.",
    ),
    **dict.fromkeys(
        (
            "backoffice/base.py::_ReadOnlyRows.has_add_permission def",
            "backoffice/base.py::_ReadOnlyRows.has_change_permission def",
            "backoffice/base.py::_ReadOnlyRows.has_delete_permission def",
        ),
        "Every column of these rows is read-only and deleting is off: their forms hold nothing.",
    ),
    **dict.fromkeys(
        (
            "backoffice/admin/catalogue.py::ServiceAdmin.archive get again",
            "backoffice/admin/catalogue.py::ServiceAdmin.restore get again",
            "backoffice/admin/catalogue.py::ClassServiceAdmin.archive get again",
        ),
        "The same row as the model that the command takes.",
    ),
    "bookings/moving.py::_put get again": (
        "No second look: of the provider who was decided on only the number is known here."
    ),
    "sales/moving.py::_move get again": "For a repeat, which gets the visit as it is now.",
    "sales/visits.py::delete_visit refresh_from_db": "For the row that is handed back.",
    "sales/class_sessions.py::cancel_session refresh_from_db": (
        "For the row that is handed back; the bookings that were cancelled have counted it down."
    ),
    **dict.fromkeys(
        (
            "sales/handing_over.py::hand_over lock_in_order",
            "sales/handing_over.py::hand_over lock_in_order #2",
        ),
        "The UPDATE that follows takes the same rows, and only it: this one sorts them.",
    ),
    **dict.fromkeys(
        (
            "sales/checkout.py::complete_sale get again",
            "sales/checkout.py::complete_sale get again #2",
            "sales/checkout_refunds.py::refund_lines get again",
        ),
        "For the row that is handed back.",
    ),
    **dict.fromkeys(
        (
            "sales/checkout.py::_count_down lock_in_order",
            "sales/checkout_refunds.py::_count_up lock_in_order",
        ),
        "The UPDATE that follows takes the same rows, and only it: this one sorts them.",
    ),
    "sales/checkout_refunds.py::_lock_rest lock_awards": (
        "Taking an award back locks it again: this one keeps the order of locks."
    ),
    "sales/marking.py::_undo_cancellation lock_awards": (
        "The awards of a cancelled booking have ended and stay so; new ones are written."
    ),
    "reports/working.py::_make_file get again": (
        "The job was read a moment ago, and its person is read with it."
    ),
    "loyalty_site/demo/setting_up.py::_staff is_staff": "A list of the demo, not a login.",
    "backoffice/site.py::PanelSite.admin_view.guarded has_permission": (
        "Where signing in leads back to; Django asks again before the view is called."
    ),
    "backoffice/site.py::PanelSite.admin_view.guarded has_permission #2": (
        "Django leads who may not enter to the sign-in page before a view can refuse."
    ),
    "backoffice/admin/clients.py::ClientAdmin.save_model refresh_from_db": (
        "For the words of the log; the command has written the row."
    ),
}
