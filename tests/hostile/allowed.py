"""Exceptions by the name of an address, each with its reason."""

from __future__ import annotations

# An answer of 200 that means done, and the tables that it may have written.
WRITES_ON_200: dict[str, dict[str, str]] = {
    "website:stop_messages": {"clients_consentrecord": "one click stops, and the page says so"},
    "website:confirm_news": {"clients_consentrecord": "the button confirms, and the page says so"},
    "admin:giftcards_giftcard_show_code": {
        "django_admin_log": "who saw a code is written down (T05)"
    },
    "backoffice:feature-message-test": {
        "notifications_message": "the mail to oneself is queued, and the page stays as it is"
    },
}
# Posts whose answer of 200 means that they are done and that there is nothing to write.
SHOWS = {
    "website:gift_card": "shows or hides the code",
    "website:your_gift_cards": "shows or hides a code",
    "website:card_balance": "shows the balance",
    "backoffice:search": "finds, and shows a card's balance",
    "backoffice:feature-message-preview": "shows the text with examples",
}
# Forms that are refused although nothing is wrong with what was typed. (Lists refuse a POST
# without an action, and the buttons in BARE a row in another state.)
REFUSED_AS_THEY_ARE: dict[str, str] = {
    "admin:auth_group_change": "roles are shown, and kept by the product",
    "admin:loyalty_reward_add": "a service and a product at once: a person chooses one",
    "reports:request": "its two buttons say what is decided",
    "admin:bookings_classsession_change": "a session with bookings is shown",
    "admin:bookings_sessionrule_change": "a weekly class is shown",
    "admin:bookings_sessionrule_add": "the good values hold no weekly class that fits the hours",
    "backoffice:time-off-add": "the good values hold no day",
    "backoffice:out-of-order-add": "the good values hold no day",
    "backoffice:session-rule-stop": "its last date must be one of the weekly class's own",
    "admin:giftcards_cardentry_change": "a ledger is shown",
    "admin:giftcards_giftcard_change": "an issued card is shown",
    "admin:loyalty_award_change": "a ledger is shown",
    "admin:loyalty_pointentry_change": "a ledger is shown",
    "admin:notifications_message_change": "the outbox is shown",
    "admin:sales_payment_change": "a ledger is shown",
    "backoffice:checkout": "its first button looks for a client",
    "backoffice:sale-refund": "its first button shows what happens",
    "backoffice:till": "the good values hold no product and no amount",
    "backoffice:booking-new": "nobody is chosen yet (test_forms_desk.py chooses)",
    "backoffice:session-add": "nobody is chosen yet (test_forms_desk.py chooses)",
    "backoffice:booking-no-show": "the visit is still to come",
    "backoffice:feature-on": "the first press asks",
    "backoffice:feature-off": "the first press asks, for what else goes off",
}
# Addresses that answer a POST as if it were a GET and read nothing of it; all write nothing.
TAKES_NO_FORM: dict[str, str] = {
    "healthz": "counts a probe, whatever the method",
    "account_complete_password_reset": "without a reset under way it only leads elsewhere",
    "account_login": "who is signed in is led on",
    "account_signup": "who is signed in is led on",
    "account_request_login_code": "who is signed in is led on",
    "account_set_password": "who has a password is led to changing it",
    "admin:index": "the dashboard",
    "admin:app_list": "leads to the dashboard",
    "admin:search": "at its address stands backoffice:search, which has the form",
    "admin:login": "who is signed in is led on",
    "admin:business_business_changelist": "one row: leads to its form",
    "reports:loyalty": "a report",
    "reports:loyalty-file": "a small file comes at once, whatever the method",
    "reports:on-the-way": "a report",
    "reports:on-the-way-file": "a small file comes at once, whatever the method",
    "reports:clients": "a report",
    "reports:clients-file": "a small file comes at once, whatever the method",
    "reports:client-points": "a report",
    "reports:requests": "a list; each of them has a page with its form",
    "reports:live-line": "a fragment of a form",
    "reports:find-clients": "a fragment of a form",
    "backoffice:bookings": "a list",
    "backoffice:booking": "one booking",
    "backoffice:sales": "a list",
    "backoffice:sale": "one sale; its forms lead elsewhere",
    "backoffice:sessions": "a list",
    "backoffice:session": "one class; its forms lead elsewhere",
    "website:visit_sign_in_code": "who is signed in is led on",
    "website:wait_for_time": "without a day it leads to the service",
    "backoffice:features": "the switches, each a form of its own",
    "backoffice:feature": "one switch; its forms lead elsewhere",
}
# The history of a row, on Django's own page.
READ_ONLY_ENDINGS = ("_history",)
# Buttons that a page shows in one state of its row only. They have no fields: the address is the
# form. Sent in the state at hand, which refuses them.
BARE = (
    "backoffice:booking-arrived",
    "backoffice:booking-started",
    "backoffice:booking-completed",
    "backoffice:booking-move",
    "backoffice:booking-undo",
    "backoffice:session-check-in",
    "backoffice:session-offer",
    "backoffice:session-take",
    "backoffice:booking-points-return",
    "backoffice:booking-points-again",
    "backoffice:booking-points-give-up",
    "admin:giftcards_giftcard_void",
    "admin:catalogue_category_delete",
)
