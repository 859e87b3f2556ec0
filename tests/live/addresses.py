"""Which addresses move points, money, gift cards or places, and the rival posts that each gets.

An address that stands in neither table fails: whoever adds a page decides where it belongs.
"""

from __future__ import annotations

# Address → the tests of test_rival_*.py that send it twenty forms at once.
MOVES: dict[str, tuple[str, ...]] = {
    "website:book_times": ("test_twenty_guests_want_one_time",),
    "website:book_details": ("test_details_sent_twenty_times_keep_one_time",),
    "website:book_keep": ("test_keeping_a_time_twenty_times_keeps_one_time",),
    "website:book_code": ("test_a_code_sent_twenty_times_pays_once",),
    "website:book_rewards": ("test_a_reward_chosen_twenty_times_is_booked_once",),
    "website:book_cards": ("test_a_card_chosen_twenty_times_pays_once",),
    "website:book_review": (
        "test_one_booking_sent_twenty_times_is_one_visit",
        "test_twenty_clients_want_the_last_place",
        "test_one_card_in_twenty_bookings_pays_for_one",
    ),
    "website:session": ("test_a_class_begun_twenty_times_takes_no_place",),
    "website:wait_for_place": ("test_one_join_sent_twenty_times_is_one_place_in_line",),
    "website:wait_for_time": ("test_one_join_for_a_day_is_one_place_in_line",),
    "website:waiting_place": (
        "test_an_offer_taken_twenty_times_is_one_visit",
        "test_an_offer_is_taken_and_declined_at_once",
    ),
    "website:visit_move": (
        "test_one_move_sent_twenty_times_is_one_move",
        "test_a_visit_is_moved_and_cancelled_at_once",
    ),
    "website:visit_cancel": (
        "test_a_visit_cancelled_twenty_times_is_refunded_once",
        "test_client_and_desk_cancel_at_once",
    ),
    "website:gift_card_points": (
        "test_one_form_sent_twenty_times_is_one_card",
        "test_twenty_forms_want_the_last_points",
        "test_cards_are_chosen_while_loyalty_is_switched_off",
    ),
    "website:guest_bookings": ("test_a_guest_joined_twenty_times_is_joined_once",),
    "backoffice:client-merge": ("test_a_record_merged_twenty_times_is_merged_once",),
    "reports:add-points": (
        "test_points_added_twenty_times_by_one_form_are_added_once",
        "test_twenty_corrections_want_the_last_points",
    ),
    "reports:request": (
        "test_a_request_approved_twenty_times_adds_once",
        "test_a_request_is_approved_and_declined_at_once",
    ),
    "reports:take-back": ("test_a_correction_taken_back_twenty_times_is_taken_once",),
    "backoffice:feature-on": ("test_features_that_exclude_each_other_are_switched_on_at_once",),
    "backoffice:feature-off": (
        "test_a_feature_switched_off_twenty_times_is_off",
        "test_cards_are_chosen_while_loyalty_is_switched_off",
    ),
    "backoffice:booking-arrived": ("test_a_mark_sent_twenty_times_is_made_once",),
    "backoffice:booking-new": (
        "test_one_booking_of_the_desk_sent_twenty_times_is_one_visit",
        "test_twenty_bookings_of_the_desk_want_one_time",
    ),
    "backoffice:booking-started": ("test_a_mark_sent_twenty_times_is_made_once",),
    "backoffice:booking-move": ("test_twenty_visits_are_moved_onto_one_time",),
    "backoffice:booking-undo": ("test_a_cancellation_undone_twenty_times_stands_once",),
    "backoffice:booking-delete": ("test_a_booking_deleted_twenty_times_is_refunded_once",),
    "backoffice:booking-completed": (
        "test_a_mark_sent_twenty_times_is_made_once",
        "test_completed_no_show_and_cancelled_at_once",
    ),
    "backoffice:booking-no-show": (
        "test_no_show_sent_twenty_times_takes_points_back_once",
        "test_completed_no_show_and_cancelled_at_once",
    ),
    "backoffice:booking-cancel": (
        "test_client_and_desk_cancel_at_once",
        "test_completed_no_show_and_cancelled_at_once",
    ),
    "backoffice:till": (
        "test_a_sale_completed_twenty_times_is_one",
        "test_a_payment_sent_twenty_times_is_taken_once",
        "test_one_card_at_twenty_tills_pays_once",
        "test_a_payment_is_taken_back_in_twenty_tabs",
    ),
    "backoffice:sale-refund": ("test_a_refund_pressed_twenty_times_gives_back_once",),
    "backoffice:booking-points-return": ("test_points_of_a_no_show_come_back_once",),
    "backoffice:booking-points-again": ("test_points_are_tried_again_or_given_up",),
    "backoffice:booking-points-give-up": ("test_points_are_tried_again_or_given_up",),
    "admin:giftcards_giftcard_issue": ("test_a_card_issued_twenty_times_is_one_card",),
    "admin:giftcards_giftcard_void": ("test_a_card_voided_twenty_times_gives_points_back_once",),
    "admin:bookings_classsession_add": ("test_a_session_added_twenty_times_is_one_session",),
    "admin:bookings_sessionrule_add": ("test_a_weekly_class_added_twenty_times_is_one",),
    "backoffice:session-cancel": ("test_a_class_cancelled_twenty_times_is_refunded_once",),
    "backoffice:session-change": ("test_a_class_moved_twenty_times_is_moved_once",),
    "backoffice:session-check-in": ("test_somebody_checked_in_twenty_times_has_arrived",),
    "backoffice:session-add": (
        "test_somebody_added_twenty_times_comes_once",
        "test_twenty_clients_are_added_to_the_last_place",
    ),
    "backoffice:session-take": ("test_somebody_moved_into_a_class_twenty_times_comes_once",),
    "backoffice:session-offer": ("test_a_place_offered_twenty_times_is_offered_once",),
    "backoffice:session-rule-change": ("test_a_weekly_class_changed_twenty_times_is_two",),
    "reports:clients-file": ("test_one_large_file_is_asked_for_twenty_times",),
    "reports:loyalty-file": ("test_one_large_file_is_asked_for_twenty_times",),
    "backoffice:time-off-add": ("test_a_time_entered_twenty_times_is_one",),
    "backoffice:time-off-change": ("test_a_time_changed_twenty_times_is_as_it_was_told",),
    "backoffice:time-off-remove": ("test_a_time_removed_twenty_times_is_gone",),
    "backoffice:out-of-order-add": ("test_a_time_entered_twenty_times_is_one",),
    "backoffice:out-of-order-change": ("test_a_time_changed_twenty_times_is_as_it_was_told",),
    "backoffice:out-of-order-remove": ("test_a_time_removed_twenty_times_is_gone",),
    "backoffice:session-rule-stop": ("test_a_weekly_class_ended_twenty_times_has_ended",),
}

# Settings, people and mail that is asked for: nothing that is counted moves with them.
_SETTINGS = {
    f"admin:{model}_{page}"
    for model in (
        "auth_group",
        "business_business",
        "business_specialday",
        "catalogue_addon",
        "catalogue_appointmentservice",
        "catalogue_category",
        "catalogue_classservice",
        "catalogue_product",
        "sales_owntender",
        "catalogue_provider",
        "catalogue_resource",
        "catalogue_resourcekind",
        "clients_client",
        "foundation_user",
        "giftcards_giftcardtype",
        "loyalty_correctionlimit",
        "loyalty_reward",
    )
    for page in ("changelist", "add", "change", "history", "delete")
} | {
    "admin:auth_user_password_change",
    "admin:password_change",
    "backoffice:booking-edit",
    "backoffice:client-notes",
    "backoffice:client-programme",
    # It opens a sale with nothing on it.
    "backoffice:checkout",
    "backoffice:feature-delay",
    "backoffice:sessions",
    "backoffice:sale-receipt",
    "backoffice:feature-message",
    "backoffice:feature-message-preview",
    "backoffice:feature-message-reset",
    "backoffice:feature-message-test",
    "backoffice:provider-feed",
    "backoffice:out-of-order",
    "backoffice:time-off",
    "website:confirm_news",
    "website:consents",
    "website:loyalty_card",
    "website:open_account",
    "website:profile",
    "website:stop_messages",
    "website:theme",
    "website:visit_link",
    "website:visit_sign_in_code",
}
# Ledgers, sessions and the outbox: the panel shows them and changes none.
_SHOWN = {
    f"admin:{model}_{page}"
    for model in (
        "bookings_classsession",
        "bookings_sessionrule",
        "giftcards_cardentry",
        "giftcards_giftcard",
        "loyalty_award",
        "loyalty_pointentry",
        "notifications_message",
        "sales_payment",
    )
    for page in ("changelist", "add", "change", "history", "delete")
} - MOVES.keys()
# Pages that answer a question, also where they take a form: a code's balance, a password; and
# the file of points on the way, by the same view as the two files above.
_READ = {
    "admin:app_list",
    "admin:autocomplete",
    "admin:giftcards_giftcard_show_code",
    "admin:index",
    "admin:jsi18n",
    "admin:login",
    "admin:logout",
    "admin:password_change_done",
    "admin:search",
    "admin:view_on_site",
    "backoffice:booking",
    "backoffice:bookings",
    "backoffice:calendar",
    "backoffice:client-cards",
    "backoffice:client-consents",
    "backoffice:client-loyalty",
    "backoffice:client-sales",
    "backoffice:client-visits",
    "backoffice:sale",
    "backoffice:sales",
    "backoffice:session",
    "backoffice:feature",
    "backoffice:features",
    "backoffice:loyalty-card",
    "backoffice:outside-hours",
    "backoffice:search",
    "backoffice:own-feed",
    "healthz",
    "reports:by-hand",
    "reports:by-hand-file",
    "reports:client-points",
    "reports:clients",
    "reports:export",
    "reports:export-cancel",
    "reports:export-download",
    "reports:figures",
    "reports:find-clients",
    "reports:live-line",
    "reports:loyalty",
    "reports:on-the-way",
    "reports:on-the-way-file",
    "reports:requests",
    "website:accessibility",
    "website:account",
    "website:appointments",
    "website:book",
    "website:book_service",
    "website:card_balance",
    "website:change_password",
    "website:class",
    "website:classes",
    "website:contact",
    "website:gift_card",
    "website:gift_cards",
    "website:home",
    "website:next_time",
    "website:points",
    "website:privacy",
    "website:provider_feed",
    "website:rewards",
    "website:robots",
    "website:service",
    "website:service_next",
    "website:services",
    "website:terms",
    "website:visit",
    "website:visit_calendar",
    "website:waiting_told",
    "website:your_gift_cards",
}
MOVES_NOTHING = _SETTINGS | _SHOWN | _READ


def is_login(name: str) -> bool:
    """The accounts library's pages: who somebody is, never what they have."""
    return name.startswith("account_")
