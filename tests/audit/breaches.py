"""Each row of docs/invariants.md broken in the rows, and the check that must see it.

A row is named by its first words. A check alone means its lie of ``corruptions.py``; otherwise the
statements follow, of which the last must change something. A row that no row of the database can
show says so on the page in the words of ``CANNOT_SHOW`` (test_breaches.py).
"""

from __future__ import annotations

from tests.audit.corruptions import without_constraints

Breach = str | tuple[str, *tuple[str, ...]]

CANNOT_SHOW = "rows cannot show it: "

OBEY, UNIQUE = "rows-obey-checks", "keys-are-unique"
AGREED = "outbox: marketing went to people who had agreed"


def _twice(table: str) -> Breach:
    """Every row once more, and with it every key."""
    return (UNIQUE, *without_constraints(table), f"INSERT INTO {table} SELECT * FROM {table}")


# A card was debited; the payment vanished and the sale was made to agree.
_PAID = "SELECT min(id) FROM sales_payment WHERE refunds_id IS NULL"
_MONEY_GONE: Breach = (
    "payment-for-every-card-entry",
    (
        "UPDATE sales_sale SET paid_minor = paid_minor - (SELECT amount_minor FROM sales_payment"
        f" WHERE id = ({_PAID})) WHERE id = (SELECT sale_id FROM sales_payment"
        f" WHERE id = ({_PAID}))"
    ),
    f"DELETE FROM sales_payment WHERE id = ({_PAID})",
)

BREACHES: dict[str, tuple[Breach, ...]] = {
    "What the models say": ("constraints-in-place", "rows-obey-checks", "keys-are-unique"),
    # --- every ledger ---
    "An entry is never changed or deleted": (
        ("points-chain", "UPDATE loyalty_pointentry SET amount = amount + 1"),
        ("card-chain", "UPDATE giftcards_cardentry SET amount = amount + 1"),
        ("points-last-sequence", "DELETE FROM loyalty_pointentry WHERE kind = 'spend'"),
        ("card-last-sequence", "DELETE FROM giftcards_cardentry WHERE kind = 'spend'"),
    ),
    "A ledger is never emptied": (
        ("points-balance-is-sum", "DELETE FROM loyalty_pointentry"),
        ("card-balance-is-sum", "DELETE FROM giftcards_cardentry"),
        ("award-of-sale-line", "DELETE FROM loyalty_award"),
        ("sale-paid-is-sum", "DELETE FROM sales_payment"),
        (AGREED, "DELETE FROM clients_consentrecord"),
    ),
    "One fact, one entry": (
        _twice("loyalty_pointentry"),
        _twice("giftcards_cardentry"),
        "award-credited-once",
        "award-withdrawn-once",
    ),
    "Entries are numbered": ("points-last-sequence", "card-last-sequence"),
    "The balance after an entry": ("points-chain", "card-chain"),
    "The cached balance and number": (
        "points-balance-is-sum",
        "card-balance-is-sum",
        "points-last-sequence",
        "card-last-sequence",
    ),
    "No entry of nothing": (
        (OBEY, "UPDATE loyalty_pointentry SET amount = -amount WHERE kind = 'earn'"),
        (OBEY, "UPDATE giftcards_cardentry SET amount = 0 WHERE kind = 'spend'"),
    ),
    "One balance is not spent twice": (
        "points-floor",
        (OBEY, "UPDATE giftcards_cardentry SET balance_after = -1 WHERE kind = 'spend'"),
        (OBEY, "UPDATE giftcards_giftcard SET balance = -1"),
    ),
    "A reversal mirrors one entry": (
        "points-reversal-mirrors",
        "card-reversal-mirrors",
        "card-return-names-its-spending",
        _twice("giftcards_cardentry"),
    ),
    "Entries are recorded in their order": (
        "points-recorded-in-order",
        "card-recorded-in-order",
        "points-not-in-the-future",
        "card-not-in-the-future",
    ),
    "Points that leave one account": ("points-transfer-pairs",),
    # --- corrections by hand ---
    "One person moves by hand": (_twice("loyalty_correctionlimit"),),
    "A request is decided once": (
        "correction-request-has-its-entry",
        (
            OBEY,
            "UPDATE loyalty_correctionrequest SET decided_by_id = asked_by_id"
            " WHERE state = 'declined'",
        ),
        (
            "correction-request-has-its-entry",
            "DELETE FROM loyalty_correctionrequest WHERE state = 'approved'",
        ),
        (OBEY, "UPDATE loyalty_correctionrequest SET amount = 0 WHERE state = 'declined'"),
    ),
    "A correction is taken back once": (
        "correction-undone-at-most-whole",
        _twice("loyalty_pointentry"),
    ),
    # --- gift cards ---
    "A card begins with one entry": (
        "card-issued-once-with-its-value",
        "card-never-above-its-value",
    ),
    "A voided card is empty": ("card-void-is-empty",),
    "A code opens exactly its card": ("card-code-opens-its-card", _twice("giftcards_giftcard")),
    "Every code that does not pay": (_twice("foundation_ratecounter"),),
    "A type has a value and a term": (
        (OBEY, "UPDATE giftcards_giftcardtype SET validity_months = 121"),
        (OBEY, "UPDATE giftcards_giftcardtype SET value_minor = 0"),
    ),
    # --- points on the way ---
    "An award goes forward only": (
        "award-credited-once",
        ("award-of-sale-line", "UPDATE loyalty_award SET booking_id = booking_id + 1000"),
    ),
    "An award is never deleted": (
        ("award-of-sale-line", "DELETE FROM loyalty_award WHERE state = 'promised'"),
        ("award-of-sale-line", "DELETE FROM loyalty_award WHERE state = 'dropped'"),
        ("earn-entry-has-award", "DELETE FROM loyalty_award WHERE state = 'withdrawn'"),
    ),
    "An award's points are base × rate": (
        "award-explains-points",
        (OBEY, "UPDATE loyalty_award SET points = 0, base = 0"),
    ),
    "A booking has at most one live award": (_twice("loyalty_award"),),
    "A credited award has its entry": (
        "award-credited-once",
        "award-withdrawn-once",
        "earn-entry-has-award",
    ),
    "What is not credited says why": (
        (OBEY, "UPDATE loyalty_award SET reason = '' WHERE state = 'dropped'"),
        "award-of-standing-visit",
    ),
    "Points arrive 3 to 4 hours after the visit": (
        ("settings-in-range", "UPDATE business_business SET award_delay_minutes = 5"),
    ),
    "A rule or reward that is switched on": (
        (OBEY, "UPDATE loyalty_earningrule SET points = NULL WHERE enabled"),
        (OBEY, "UPDATE loyalty_reward SET points = 1000001 WHERE enabled"),
    ),
    "An award is credited once": ("award-credited-once", "award-withdrawn-once"),
    "Points come for visits that took place": (
        (
            "award-of-standing-visit",
            (
                "UPDATE bookings_booking SET status = 'no_show'"
                " WHERE id IN (SELECT booking_id FROM loyalty_award WHERE state = 'credited')"
            ),
        ),
    ),
    # --- sales ---
    "A payment is never changed or deleted": (
        "refund-mirrors-payment",
        "cancelled-sale-is-refunded",
        _MONEY_GONE,
    ),
    "A payment by gift card stands": ("payment-matches-card-entry", _MONEY_GONE),
    "A sale's total is the sum": (
        "sale-total-is-sum",
        "sale-paid-is-sum",
        (OBEY, "UPDATE sales_sale SET paid_minor = total_minor + 1"),
    ),
    "A line sells one thing": (
        (OBEY, "UPDATE sales_saleline SET booking_id = NULL WHERE kind = 'booking'"),
    ),
    "Points and the card they bought": ("points-card-has-debit", "points-spent-bought-something"),
    "A form does its thing once": (_twice("foundation_formuse"),),
    # --- bookings ---
    "Nobody is booked twice": ("bookings-no-overlap",),
    "An occupation is that of one": (
        "bookings-occupation-of-standing-booking",
        "bookings-occupation-of-session",
        "bookings-no-time-for-cancelled",
        "bookings-hold-keeps-its-own-time",
        (OBEY, "UPDATE bookings_occupation SET booking_id = NULL WHERE kind = 'booking'"),
    ),
    "No more places are booked": ("bookings-booked-places",),
    "Times are in order": (
        "bookings-visit-spans-its-bookings",
        (OBEY, "UPDATE bookings_booking SET blocked_from = ends_at"),
        (OBEY, "UPDATE catalogue_workinghours SET ends = starts"),
    ),
    "A booking is an appointment or a place": (
        "bookings-place-agrees-with-session",
        (OBEY, "UPDATE bookings_booking SET status = 'lost'"),
        (OBEY, "UPDATE bookings_booking SET session_id = NULL WHERE kind = 'place'"),
    ),
    "A visit is somebody's": ((OBEY, "UPDATE bookings_visit SET client_id = NULL"),),
    "A hold ends": ((OBEY, "UPDATE bookings_hold SET latest_expiry = created_at"),),
    "No room is taken twice": (
        "bookings-resource-no-overlap",
        (OBEY, "UPDATE bookings_resourceoccupation SET ends_at = starts_at"),
        _twice("bookings_resourceoccupation"),
    ),
    "A resource is taken by one thing": (
        "bookings-resource-goes-with-its-provider",
        (
            OBEY,
            (
                "UPDATE bookings_resourceoccupation SET session_id = (SELECT min(id) FROM"
                " bookings_classsession) WHERE booking_id IS NOT NULL"
            ),
        ),
    ),
    "What is on top of a booking": ("bookings-add-ons-are-paid-and-done",),
    "A booking has an add-on once": (_twice("bookings_bookingaddon"),),
    "A class that has people": (
        "bookings-booked-places",
        "bookings-offered-places",
        (OBEY, "UPDATE bookings_classsession SET places = 0 WHERE booked_places > 0"),
        (
            OBEY,
            "UPDATE bookings_classsession SET places = booked_places WHERE offered_places > 0",
        ),
    ),
    "Nobody comes to a cancelled class": (
        "bookings-nobody-comes-to-a-cancelled-session",
        "cancelled-sale-is-refunded",
        (OBEY, "UPDATE bookings_classsession SET cancelled_at = starts_at WHERE booked_places > 0"),
    ),
    "A weekly class has one session a date": (
        "bookings-session-of-its-rule",
        (OBEY, "UPDATE bookings_sessionrule SET every_weeks = 9"),
        (OBEY, "UPDATE bookings_classsession SET rule_day = NULL WHERE rule_id IS NOT NULL"),
        _twice("bookings_classsession"),
    ),
    "A client stands once in a line": (
        "bookings-nobody-waits-for-the-past",
        "bookings-waiting-place-is-of-its-session",
        (OBEY, "UPDATE bookings_waitingplace SET state = 'lost' WHERE state = 'waiting'"),
        (
            UNIQUE,
            *without_constraints("bookings_waitingplace"),
            (
                "UPDATE bookings_waitingplace SET client_id = (SELECT min(client_id) FROM"
                " bookings_waitingplace) WHERE state IN ('waiting', 'offered')"
            ),
        ),
    ),
    "What is offered to somebody in line": (
        "bookings-offered-places",
        "bookings-offered-time-is-kept",
        "bookings-taken-place-is-a-visit",
        # It was never booked, and nobody else gets it.
        (
            "bookings-taken-place-is-a-visit",
            (
                "UPDATE bookings_booking SET service_id = (SELECT min(id) FROM catalogue_service)"
                " WHERE visit_id IN (SELECT visit_id FROM bookings_waitingplace)"
            ),
        ),
        (OBEY, "UPDATE bookings_waitingplace SET offered_until = NULL WHERE state = 'offered'"),
        (OBEY, "UPDATE bookings_waitingplace SET visit_id = NULL WHERE state = 'taken'"),
    ),
    "A cancelled appointment comes back": (
        (
            "bookings-occupation-of-standing-booking",
            (
                "UPDATE bookings_booking SET status = 'booked'"
                " WHERE status = 'cancelled' AND kind = 'appointment'"
            ),
        ),
    ),
    "A visit that is moved": (
        "bookings-visit-spans-its-bookings",
        "bookings-no-time-for-cancelled",
        "sale-total-is-sum",
        "sale-paid-is-sum",
    ),
    # --- business, people, catalogue ---
    "Loyalty needs payments": (
        "features-agree",
        ("features-agree", "UPDATE business_features SET coupons = (1 = 0)"),
    ),
    "There is one business": (
        "settings-in-range",
        ("settings-in-range", "UPDATE business_business SET clean_history_days = 29"),
        ("settings-in-range", "UPDATE business_business SET id = 2"),
        ("features-agree", "UPDATE business_features SET id = 2"),
    ),
    "A decision about messages": (
        (AGREED, "UPDATE clients_consentrecord SET granted = NOT granted"),
        (AGREED, "DELETE FROM clients_consentrecord"),
    ),
    "A loyalty card number is one client's": (_twice("clients_client"),),
    "One address is one login": (
        _twice("foundation_user"),
        (OBEY, "UPDATE foundation_user SET email = upper(email)"),
    ),
    "People speak a language": (
        (OBEY, "UPDATE foundation_user SET language = 'xx'"),
        (OBEY, "UPDATE clients_client SET language = ''"),
    ),
    "A service is of a known kind": (
        (OBEY, "UPDATE catalogue_service SET minutes = 4"),
        (OBEY, "UPDATE catalogue_service SET kind = 'course'"),
        _twice("catalogue_serviceprovider"),
    ),
    "Days of their own are whole": (
        (OBEY, "UPDATE catalogue_datehours SET ends = starts"),
        # One of them: a provider may be away only once on a day.
        (
            OBEY,
            (
                "UPDATE catalogue_datehours SET starts = NULL WHERE id = (SELECT min(id)"
                " FROM catalogue_datehours)"
            ),
        ),
        _twice("catalogue_datehours"),
    ),
    "What is set up can be booked": (
        (OBEY, "UPDATE catalogue_service SET places_per_booking = 0"),
        (OBEY, "UPDATE catalogue_service SET slot_minutes = 4"),
        (OBEY, "UPDATE catalogue_serviceprovider SET minutes = 4"),
        (OBEY, "UPDATE catalogue_addon SET minutes = 241"),
        (OBEY, "UPDATE business_business SET reminder_hours = 337"),
        _twice("catalogue_addonservice"),
        _twice("catalogue_resource"),
        _twice("catalogue_serviceresource"),
    ),
    "What a guest's record has": (
        "joined-record-has-nothing",
        "points-transfer-pairs",
        "points-card-has-debit",
        (OBEY, "UPDATE clients_client SET anonymised_at = NULL WHERE joined_to_id IS NOT NULL"),
    ),
    # --- messages ---
    "One fact is told once": (_twice("notifications_message"),),
    "A message that is done": (
        "outbox: a message that is done holds no secret",
        "outbox: an unsent message says why",
        "outbox: a sent message has its time, others have none",
        (OBEY, "UPDATE notifications_message SET state = 'lost', sent_at = NULL, reason = ''"),
    ),
    "Each message is with one sender": (
        "outbox: every kind of message is known",
        (OBEY, "UPDATE notifications_message SET state = 'sending' WHERE state = 'pending'"),
        (OBEY, "UPDATE notifications_message SET client_id = NULL, to_email = ''"),
    ),
    "A text of the business": (
        "message texts: every own text can be used",
        _twice("notifications_messagetemplate"),
    ),
    # --- reports ---
    "A large export is one at a time": (
        _twice("reports_exportjob"),
        (OBEY, "UPDATE reports_exportjob SET state = 'running'"),
        (OBEY, "UPDATE reports_exportjob SET state = 'done'"),
    ),
    "The totals of days": ("points-totals-are-sums", _twice("loyalty_pointtotal")),
}
