"""One lie or more per check of the audit, planted by SQL that both databases understand.

Each is a statement that somebody with the database's password could have run, with every guard
and CHECK off; where several stand together they are one lie, told in that order. A new check of
an ``audit.py`` needs a line here (test_corruptions.py), a new invariant one in ``breaches.py``.
"""

from __future__ import annotations

_LATER = "'2126-01-01 00:00:00'"


def _ledger(prefix: str, entries: str, accounts: str) -> dict[str, str]:
    return {
        f"{prefix}-balance-is-sum": f"UPDATE {accounts} SET balance = balance + 1",
        f"{prefix}-last-sequence": f"UPDATE {accounts} SET last_sequence = last_sequence + 1",
        f"{prefix}-chain": f"UPDATE {entries} SET balance_after = balance_after + 1",
        f"{prefix}-recorded-in-order": (
            f"UPDATE {entries} SET created_at = (SELECT max(created_at) FROM {entries})"
            " WHERE sequence = 1"
        ),
        f"{prefix}-reversal-mirrors": (
            f"UPDATE {entries} SET amount = amount + 1 WHERE reverses_id IS NOT NULL"
        ),
        f"{prefix}-not-in-the-future": f"UPDATE {entries} SET created_at = {_LATER}",
    }


def without_constraints(table: str) -> tuple[str, str]:
    """The table's rows in a new one that refuses nothing; keys that point there see the old."""
    return (
        f"ALTER TABLE {table} RENAME TO {table}_before",
        f"CREATE TABLE {table} AS SELECT * FROM {table}_before",
    )


Lie = str | tuple[str, ...]
CORRUPTIONS: dict[str, Lie] = {
    # --- what every table declares ---
    "constraints-in-place": without_constraints("notifications_messagetemplate"),
    "rows-obey-checks": "UPDATE catalogue_service SET minutes = 4",
    "keys-are-unique": (
        *without_constraints("foundation_formuse"),
        "INSERT INTO foundation_formuse SELECT * FROM foundation_formuse",
    ),
    "features-agree": "UPDATE business_features SET clean_history = (1 = 1)",
    "settings-in-range": "UPDATE business_business SET slot_minutes = 0",
    **_ledger("points", "loyalty_pointentry", "loyalty_pointaccount"),
    **_ledger("card", "giftcards_cardentry", "giftcards_giftcard"),
    # --- points and awards ---
    "points-floor": "UPDATE loyalty_pointentry SET kind = 'spend' WHERE balance_after < 0",
    "points-transfer-pairs": (
        "UPDATE loyalty_pointentry SET amount = amount - 1 WHERE kind = 'transfer' AND amount < 0"
    ),
    # More was approved than was added.
    "correction-request-has-its-entry": (
        "UPDATE loyalty_correctionrequest SET amount = amount + 1 WHERE state = 'approved'"
    ),
    # More is taken back than was given.
    "correction-undone-at-most-whole": (
        "UPDATE loyalty_pointentry SET amount = amount * 2 WHERE key LIKE 'entry:%:undo'"
    ),
    "points-totals-are-sums": "UPDATE loyalty_pointtotal SET points = points + 1",
    # It would be credited a second time.
    "award-credited-once": (
        "UPDATE loyalty_award SET state = 'promised', earn_entry_id = NULL WHERE state = 'credited'"
    ),
    # It could be taken back a second time.
    "award-withdrawn-once": (
        "UPDATE loyalty_award SET state = 'credited' WHERE state = 'withdrawn'"
    ),
    "award-explains-points": "UPDATE loyalty_award SET rate = rate + 1",
    "award-of-standing-visit": (
        "UPDATE bookings_booking SET status = 'no_show'"
        " WHERE id IN (SELECT booking_id FROM loyalty_award WHERE state = 'promised')"
    ),
    "earn-entry-has-award": (
        "UPDATE loyalty_pointentry SET key = 'award:0:earn'"
        " WHERE id = (SELECT min(id) FROM loyalty_pointentry WHERE kind = 'earn')"
    ),
    # --- gift cards ---
    "card-void-is-empty": ("UPDATE giftcards_giftcard SET voided_at = issued_at WHERE balance > 0"),
    "card-issued-once-with-its-value": (
        "UPDATE giftcards_giftcard SET value_minor = value_minor + 100"
    ),
    "card-return-names-its-spending": (
        "UPDATE giftcards_cardentry SET reverses_id = NULL WHERE kind = 'return'"
    ),
    "card-never-above-its-value": "UPDATE giftcards_giftcard SET balance = value_minor + 1",
    "card-code-opens-its-card": "UPDATE giftcards_giftcard SET last_four = '0000'",
    # --- bookings ---
    "bookings-no-overlap": (
        "UPDATE bookings_occupation SET starts_at = (SELECT min(starts_at) FROM"
        " bookings_occupation)"
    ),
    "bookings-occupation-of-standing-booking": (
        "DELETE FROM bookings_occupation WHERE kind = 'booking'"
    ),
    "bookings-no-time-for-cancelled": "UPDATE bookings_booking SET status = 'cancelled'",
    "bookings-booked-places": (
        "UPDATE bookings_classsession SET booked_places = booked_places + 1"
    ),
    "bookings-occupation-of-session": "DELETE FROM bookings_occupation WHERE kind = 'session'",
    "bookings-place-agrees-with-session": (
        "UPDATE bookings_booking SET provider_id = (SELECT min(id) FROM catalogue_provider)"
        " WHERE kind = 'place'"
    ),
    "bookings-visit-spans-its-bookings": f"UPDATE bookings_visit SET ends_at = {_LATER}",
    "bookings-hold-keeps-its-own-time": "UPDATE bookings_hold SET provider_id = NULL",
    "bookings-resource-no-overlap": (
        "UPDATE bookings_resourceoccupation SET starts_at = (SELECT min(starts_at) FROM"
        " bookings_resourceoccupation)"
    ),
    # The room is kept for nobody, or at another time than the visit.
    "bookings-resource-goes-with-its-provider": (
        "UPDATE bookings_booking SET status = 'cancelled' WHERE id IN"
        " (SELECT booking_id FROM bookings_resourceoccupation)"
    ),
    "bookings-add-ons-are-paid-and-done": (
        "UPDATE bookings_bookingaddon SET price_minor = price_minor + 1000000"
    ),
    "bookings-offered-places": (
        "UPDATE bookings_classsession SET offered_places = offered_places + 1"
    ),
    "bookings-nobody-waits-for-the-past": (
        "UPDATE bookings_classsession SET cancelled_at = starts_at WHERE id IN"
        " (SELECT session_id FROM bookings_waitingplace WHERE state = 'waiting')"
    ),
    "bookings-nobody-comes-to-a-cancelled-session": (
        "UPDATE bookings_classsession SET cancelled_at = starts_at WHERE booked_places > 0"
    ),
    "bookings-waiting-place-is-of-its-session": (
        "UPDATE bookings_waitingplace SET service_id = (SELECT min(id) FROM catalogue_service"
        " WHERE kind = 'appointment') WHERE session_id IS NOT NULL"
    ),
    # The time that somebody was promised would go to whoever comes first.
    "bookings-offered-time-is-kept": (
        "UPDATE bookings_waitingplace SET hold_id = NULL WHERE hold_id IS NOT NULL"
    ),
    "bookings-taken-place-is-a-visit": (
        "UPDATE bookings_waitingplace SET client_id = (SELECT max(id) FROM clients_client)"
        " WHERE state = 'taken'"
    ),
    "bookings-session-of-its-rule": (
        "UPDATE bookings_sessionrule SET first_day = '2126-01-01', last_day = NULL"
    ),
    # --- sales ---
    "sale-paid-is-sum": "UPDATE sales_sale SET paid_minor = paid_minor + 1",
    "sale-total-is-sum": "UPDATE sales_sale SET total_minor = total_minor + 1",
    "payment-matches-card-entry": (
        "UPDATE giftcards_cardentry SET amount = amount - 1 WHERE kind = 'spend'"
    ),
    "payment-for-every-card-entry": "UPDATE sales_payment SET card_entry_id = NULL",
    "award-of-sale-line": "DELETE FROM loyalty_award WHERE state = 'promised'",
    "refund-mirrors-payment": (
        "UPDATE sales_payment SET amount_minor = amount_minor + 1 WHERE refunds_id IS NOT NULL"
    ),
    "cancelled-sale-is-refunded": (
        "UPDATE sales_sale SET state = 'cancelled' WHERE paid_minor > 0"
    ),
    "receipts-are-numbered-without-gap": "UPDATE sales_sale SET number = number + 1",
    "sold-line-is-settled": "UPDATE sales_saleline SET gift_card_id = NULL",
    "bought-card-was-paid": "UPDATE giftcards_giftcard SET origin = 'money'",
    "points-card-has-debit": (
        "UPDATE giftcards_giftcard SET origin = 'points' WHERE origin = 'desk'"
    ),
    "points-spent-bought-something": "UPDATE sales_saleline SET spend_entry_id = NULL",
    # It was had for nothing.
    "reward-booking-has-debit": (
        "UPDATE sales_saleline SET spend_entry_id = NULL WHERE booking_id IS NOT NULL"
    ),
    "reward-booking-costs-add-ons": (
        "UPDATE bookings_booking SET price_minor = price_minor + 1 WHERE by_points"
    ),
    "reward-line-earns-nothing": (
        "UPDATE sales_saleline SET award_id = NULL",
        (
            "UPDATE sales_saleline SET award_id = (SELECT min(id) FROM loyalty_award)"
            " WHERE id = (SELECT min(id) FROM sales_saleline WHERE spend_entry_id IS NOT NULL"
            " AND booking_id IS NOT NULL)"
        ),
    ),
    # --- messages ---
    "outbox: a message that is done holds no secret": (
        "UPDATE notifications_message SET secret = '123456' WHERE state = 'sent'"
    ),
    "outbox: an unsent message says why": (
        "UPDATE notifications_message SET reason = '' WHERE state = 'dropped'"
    ),
    "outbox: a sent message has its time, others have none": (
        "UPDATE notifications_message SET sent_at = NULL WHERE state = 'sent'"
    ),
    "outbox: every kind of message is known": (
        "UPDATE notifications_message SET kind = 'retired' WHERE state = 'pending'"
    ),
    "joined-record-has-nothing": (
        "UPDATE bookings_visit SET client_id = (SELECT id FROM clients_client"
        " WHERE joined_to_id IS NOT NULL) WHERE client_id = (SELECT joined_to_id FROM"
        " clients_client WHERE joined_to_id IS NOT NULL)"
    ),
    "outbox: marketing went to people who had agreed": "DELETE FROM clients_consentrecord",
    "message texts: every own text can be used": (
        "UPDATE notifications_messagetemplate SET body = '{nubmer}'"
    ),
}

# A check that looks for more than one harm: each alone.
SECOND_HALVES: dict[str, str] = {
    "earn-entry-has-award": (
        "UPDATE loyalty_pointentry SET key = 'award:0:withdraw'"
        " WHERE id = (SELECT min(id) FROM loyalty_pointentry WHERE kind = 'withdraw')"
    ),
    "payment-for-every-card-entry": (
        "UPDATE sales_payment SET card_entry_id = NULL WHERE refunds_id IS NOT NULL"
    ),
    "features-agree": "UPDATE business_features SET gift_cards = (1 = 0)",
    "award-of-sale-line": "UPDATE loyalty_award SET booking_id = booking_id + 1000",
    # The points did not come back.
    "reward-booking-has-debit": (
        "UPDATE bookings_booking SET status = 'cancelled' WHERE by_points AND status = 'booked'"
    ),
    # Money was asked for nothing.
    "reward-booking-costs-add-ons": (
        "DELETE FROM bookings_bookingaddon WHERE booking_id IN"
        " (SELECT id FROM bookings_booking WHERE by_points)"
    ),
}
