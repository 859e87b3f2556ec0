"""Each row of docs/invariants.md broken in the rows, and the check that must see it.

A row is named by its first words. A check alone means its lie of ``corruptions.py``; otherwise the
statements follow, of which the last must change something. A row that no row of the database can
show says so on the page in the words of ``CANNOT_SHOW`` (test_breaches.py).
"""

from __future__ import annotations

from tests.audit.breaches_of_bookings import OF_BOOKINGS
from tests.audit.breaking import OBEY, Breach, twice

CANNOT_SHOW = "rows cannot show it: "

AGREED = "outbox: marketing went to people who had agreed"

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
        twice("loyalty_pointentry"),
        twice("giftcards_cardentry"),
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
        twice("giftcards_cardentry"),
    ),
    "Entries are recorded in their order": (
        "points-recorded-in-order",
        "card-recorded-in-order",
        "points-not-in-the-future",
        "card-not-in-the-future",
    ),
    "Points that leave one account": ("points-transfer-pairs",),
    # --- corrections by hand ---
    "One person moves by hand": (twice("loyalty_correctionlimit"),),
    "A request is decided once": (
        "correction-request-has-its-entry",
        (
            OBEY,
            (
                "UPDATE loyalty_correctionrequest SET decided_by_id = asked_by_id"
                " WHERE state = 'declined'"
            ),
        ),
        (
            "correction-request-has-its-entry",
            "DELETE FROM loyalty_correctionrequest WHERE state = 'approved'",
        ),
        (OBEY, "UPDATE loyalty_correctionrequest SET amount = 0 WHERE state = 'declined'"),
    ),
    "A correction is taken back once": (
        "correction-undone-at-most-whole",
        twice("loyalty_pointentry"),
    ),
    # --- gift cards ---
    "A card begins with one entry": (
        "card-issued-once-with-its-value",
        "card-never-above-its-value",
    ),
    "A voided card is empty": ("card-void-is-empty",),
    "A code opens exactly its card": ("card-code-opens-its-card", twice("giftcards_giftcard")),
    "Every code that does not pay": (twice("foundation_ratecounter"),),
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
    "A booking has at most one live award": (twice("loyalty_award"),),
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
    "A reward is one thing": (
        (OBEY, "UPDATE loyalty_reward SET gift_card_type_id = NULL"),
        (OBEY, "UPDATE loyalty_reward SET weekdays = 0"),
        (OBEY, "UPDATE loyalty_reward SET first_day = '2126-01-02', last_day = '2126-01-01'"),
        (OBEY, "UPDATE business_business SET reward_factor = 0"),
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
    "A sale is completed once": (
        "receipts-are-numbered-without-gap",
        "sold-line-is-settled",
        "bought-card-was-paid",
        (OBEY, "UPDATE sales_sale SET completed_at = NULL WHERE state = 'completed'"),
        twice("sales_sale"),
    ),
    "What was sold stays as it was sold": (
        ("sale-total-is-sum", "UPDATE sales_saleline SET amount_minor = amount_minor + 1"),
        (OBEY, "UPDATE sales_saleline SET quantity = 0"),
        (OBEY, "UPDATE sales_saleline SET discount_minor = 100, discount_reason = ''"),
        (OBEY, "UPDATE sales_saleline SET reward_points = 400 WHERE reward_id IS NULL"),
    ),
    "Nothing goes back above what was paid": (
        "refund-mirrors-payment",
        "sale-paid-is-sum",
        twice("sales_payment"),
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
    "A service booked by points": (
        "reward-booking-has-debit",
        "points-spent-bought-something",
        # It is there again, and so are its points.
        (
            "reward-booking-has-debit",
            (
                "UPDATE bookings_booking SET status = 'booked'"
                " WHERE by_points AND status = 'cancelled'"
            ),
        ),
        # Another one paid.
        (
            "reward-booking-has-debit",
            "UPDATE bookings_visit SET client_id = (SELECT max(id) FROM clients_client)",
        ),
    ),
    "A reward costs its add-ons alone": (
        "reward-booking-costs-add-ons",
        "reward-line-earns-nothing",
    ),
    "A form does its thing once": (twice("foundation_formuse"),),
    **OF_BOOKINGS,
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
    "A loyalty card number is one client's": (twice("clients_client"),),
    "One address is one login": (
        twice("foundation_user"),
        (OBEY, "UPDATE foundation_user SET email = upper(email)"),
    ),
    "People speak a language": (
        (OBEY, "UPDATE foundation_user SET language = 'xx'"),
        (OBEY, "UPDATE clients_client SET language = ''"),
    ),
    "A service is of a known kind": (
        (OBEY, "UPDATE catalogue_service SET minutes = 4"),
        (OBEY, "UPDATE catalogue_service SET kind = 'course'"),
        twice("catalogue_serviceprovider"),
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
        twice("catalogue_datehours"),
    ),
    "What is set up can be booked": (
        (OBEY, "UPDATE catalogue_service SET places_per_booking = 0"),
        (OBEY, "UPDATE catalogue_service SET slot_minutes = 4"),
        (OBEY, "UPDATE catalogue_serviceprovider SET minutes = 4"),
        (OBEY, "UPDATE catalogue_addon SET minutes = 241"),
        (OBEY, "UPDATE business_business SET reminder_hours = 337"),
        twice("catalogue_addonservice"),
        twice("catalogue_resource"),
        twice("catalogue_serviceresource"),
    ),
    "A barcode finds one product": (
        (OBEY, "UPDATE catalogue_service SET vat_hundredths = 10001"),
        (OBEY, "UPDATE catalogue_product SET vat_hundredths = 10001"),
        twice("catalogue_product"),
    ),
    "Who is left out": ((OBEY, "UPDATE clients_client SET left_out_reason = 'Asked for it'"),),
    "A staff note says something": ((OBEY, "UPDATE clients_staffnote SET text = ''"),),
    "What a record has": (
        "joined-record-has-nothing",
        "points-transfer-pairs",
        "points-card-has-debit",
        (OBEY, "UPDATE clients_client SET anonymised_at = NULL WHERE joined_to_id IS NOT NULL"),
    ),
    # --- messages ---
    "One fact is told once": (twice("notifications_message"),),
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
        twice("notifications_messagetemplate"),
    ),
    # --- reports ---
    "A large export is one at a time": (
        twice("reports_exportjob"),
        (OBEY, "UPDATE reports_exportjob SET state = 'running'"),
        (OBEY, "UPDATE reports_exportjob SET state = 'done'"),
    ),
    "The totals of days": ("points-totals-are-sums", twice("loyalty_pointtotal")),
}
