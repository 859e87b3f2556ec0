"""Checks of sales: what was paid, what went back, and what ties points to cards."""

from foundation.audit import sql_check

sql_check(
    "sale-paid-is-sum",
    rows="SELECT count(*) FROM sales_sale",
    violations="""
    SELECT s.id, s.paid_minor, coalesce(p.total, 0) FROM sales_sale s LEFT JOIN (
      SELECT sale_id, sum(amount_minor) AS total FROM sales_payment GROUP BY sale_id
    ) p ON p.sale_id = s.id WHERE s.paid_minor <> coalesce(p.total, 0)""",
    line="sale {0} says {1} paid, its payments add up to {2}",
)
sql_check(
    "sale-total-is-sum",
    rows="SELECT count(*) FROM sales_sale",
    # What was refunded is not owed any more.
    violations="""
    SELECT s.id, s.total_minor, coalesce(l.total, 0) FROM sales_sale s LEFT JOIN (
      SELECT sale_id, sum(amount_minor) AS total FROM sales_saleline
      WHERE refunded_at IS NULL GROUP BY sale_id
    ) l ON l.sale_id = s.id WHERE s.total_minor <> coalesce(l.total, 0)""",
    line="sale {0} says {1}, its lines add up to {2}",
)
sql_check(
    "payment-matches-card-entry",
    rows="SELECT count(*) FROM sales_payment WHERE card_entry_id IS NOT NULL",
    violations="""
    SELECT p.id, p.amount_minor, e.amount FROM sales_payment p
    JOIN giftcards_cardentry e ON e.id = p.card_entry_id WHERE p.amount_minor <> -e.amount""",
    line="payment {0} of {1} stands on a card entry of {2}",
)
sql_check(
    "payment-for-every-card-entry",
    rows="SELECT count(*) FROM giftcards_cardentry WHERE kind IN ('spend', 'return')",
    # From the card's side: a payment that vanished would take the holder's money along.
    violations="""
    SELECT e.id, e.amount FROM giftcards_cardentry e
    LEFT JOIN sales_payment p ON p.card_entry_id = e.id
    WHERE e.kind IN ('spend', 'return') AND p.id IS NULL""",
    line="card entry {0} of {1} belongs to no payment",
)
sql_check(
    "award-of-sale-line",
    rows="SELECT count(*) FROM sales_saleline WHERE award_id IS NOT NULL",
    # Nothing else remembers an award that was promised and is not credited yet.
    violations="""
    SELECT l.id, l.award_id FROM sales_saleline l
    LEFT JOIN loyalty_award a ON a.id = l.award_id AND a.booking_id = l.booking_id
    WHERE l.award_id IS NOT NULL AND a.id IS NULL""",
    line="sale line {0} promised award {1}, which is not there for its booking",
)
sql_check(
    "refund-mirrors-payment",
    rows="SELECT count(*) FROM sales_payment WHERE refunds_id IS NOT NULL",
    violations="""
    SELECT r.id, p.id FROM sales_payment r JOIN sales_payment p ON p.id = r.refunds_id
    WHERE r.amount_minor <> -p.amount_minor OR r.sale_id <> p.sale_id""",
    line="refund {0} does not mirror payment {1}",
)
sql_check(
    "cancelled-sale-is-refunded",
    rows="SELECT count(*) FROM sales_sale WHERE state = 'cancelled'",
    violations="""
    SELECT id, paid_minor FROM sales_sale WHERE state = 'cancelled' AND paid_minor <> 0""",
    line="sale {0} is cancelled and still holds {1}",
)
sql_check(
    "receipts-are-numbered-without-gap",
    rows="SELECT count(*) FROM sales_sale WHERE number IS NOT NULL",
    violations="""
    SELECT max(number), count(*) FROM sales_sale WHERE number IS NOT NULL
    HAVING max(number) <> count(*)""",
    line="the last receipt is number {0}, and there are {1}",
)
sql_check(
    "sold-line-is-settled",
    rows="SELECT count(*) FROM sales_sale WHERE number IS NOT NULL",
    # Completing writes all of it in one act, or none.
    violations="""
    SELECT l.id, s.number FROM sales_saleline l JOIN sales_sale s ON s.id = l.sale_id
    LEFT JOIN loyalty_pointentry e ON e.id = l.spend_entry_id
    WHERE s.number IS NOT NULL AND s.state = 'completed' AND (l.vat_hundredths IS NULL
      OR (l.gift_card_type_id IS NOT NULL AND l.gift_card_id IS NULL)
      OR (l.reward_id IS NOT NULL AND (e.id IS NULL OR e.amount <> -l.reward_points)))""",
    line="sale line {0} of receipt {1} lacks its card, its points or its rate of VAT",
)
sql_check(
    "bought-card-was-paid",
    rows="SELECT count(*) FROM giftcards_giftcard WHERE origin = 'money'",
    violations="""
    SELECT c.id, coalesce(l.id, 0) FROM giftcards_giftcard c
    LEFT JOIN sales_saleline l ON l.gift_card_id = c.id
    LEFT JOIN sales_sale s ON s.id = l.sale_id AND s.number IS NOT NULL
    WHERE c.origin = 'money' AND s.id IS NULL""",
    line="card {0} was bought, sale line {1} shows no receipt of it",
)
sql_check(
    "points-card-has-debit",
    rows="SELECT count(*) FROM giftcards_giftcard WHERE origin = 'points'",
    violations="""
    SELECT c.id, coalesce(l.id, 0) FROM giftcards_giftcard c
    LEFT JOIN sales_saleline l ON l.gift_card_id = c.id
    LEFT JOIN loyalty_pointentry e ON e.id = l.spend_entry_id AND e.kind = 'spend'
    LEFT JOIN loyalty_pointaccount a ON a.id = e.account_id
    LEFT JOIN clients_client k ON k.id = a.client_id
      -- A guest who joined an account took the card along; the entry stays where it is.
      AND (k.id = c.owner_id OR k.joined_to_id = c.owner_id)
    WHERE c.origin = 'points' AND k.id IS NULL""",
    line="card {0} was chosen by points, sale line {1} shows no debit of its owner",
)
sql_check(
    "points-spent-bought-something",
    rows="SELECT count(*) FROM loyalty_pointentry WHERE kind = 'spend'",
    violations="""
    SELECT e.id, e.amount FROM loyalty_pointentry e
    LEFT JOIN sales_saleline l ON l.spend_entry_id = e.id
    -- What came back may have been spent anew on the same line.
    LEFT JOIN loyalty_pointentry r ON r.reverses_id = e.id
    WHERE e.kind = 'spend' AND l.id IS NULL AND r.id IS NULL""",
    line="entry {0} spent {1} points on nothing",
)
sql_check(
    "reward-booking-has-debit",
    rows="SELECT count(*) FROM bookings_booking WHERE by_points",
    # A no-show may have its points back, if staff are kind; a cancelled one must.
    violations="""
    SELECT b.id, b.status, coalesce(e.id, 0) FROM bookings_booking b
    JOIN bookings_visit v ON v.id = b.visit_id
    LEFT JOIN sales_saleline l ON l.booking_id = b.id
    LEFT JOIN loyalty_pointentry e ON e.id = l.spend_entry_id AND e.kind = 'spend'
      AND e.booking_id = b.id
    LEFT JOIN loyalty_reward w ON w.id = e.reward_id AND w.service_id = b.service_id
    LEFT JOIN loyalty_pointaccount a ON a.id = e.account_id
    LEFT JOIN clients_client k ON k.id = a.client_id
      AND (v.client_id IS NULL OR k.id = v.client_id OR k.joined_to_id = v.client_id)
    LEFT JOIN loyalty_pointentry r ON r.reverses_id = e.id
    WHERE b.by_points AND (w.id IS NULL OR k.id IS NULL
      OR (b.status = 'cancelled' AND r.id IS NULL)
      OR (b.status NOT IN ('cancelled', 'no_show') AND r.id IS NOT NULL
        AND l.refunded_at IS NULL AND v.client_id IS NOT NULL))""",
    line="booking {0}, a reward, is {1}; spending {2} does not say so",
)
sql_check(
    "reward-booking-costs-add-ons",
    rows="SELECT count(*) FROM bookings_booking WHERE by_points",
    violations="""
    SELECT b.id, b.price_minor, coalesce(t.total, 0) FROM bookings_booking b LEFT JOIN (
      SELECT booking_id, sum(price_minor) AS total FROM bookings_bookingaddon GROUP BY booking_id
    ) t ON t.booking_id = b.id WHERE b.by_points AND b.price_minor <> coalesce(t.total, 0)""",
    line="booking {0}, a reward, costs {1}; its add-ons {2}",
)
sql_check(
    "reward-line-earns-nothing",
    rows="SELECT count(*) FROM sales_saleline WHERE spend_entry_id IS NOT NULL",
    violations="""
    SELECT id, award_id FROM sales_saleline
    WHERE spend_entry_id IS NOT NULL AND award_id IS NOT NULL""",
    line="sale line {0} was paid by points and promises award {1}",
)
sql_check(
    "joined-record-has-nothing",
    rows="SELECT count(*) FROM clients_client WHERE joined_to_id IS NOT NULL",
    # Its points are gathered every few minutes; all else went along at once.
    violations="""
    SELECT c.id, h.what, h.id FROM clients_client c JOIN (
      SELECT client_id, 'visit' AS what, id FROM bookings_visit
      UNION ALL SELECT client_id, 'sale', id FROM sales_sale
      UNION ALL SELECT owner_id, 'gift card', id FROM giftcards_giftcard
    ) h ON h.client_id = c.id WHERE c.joined_to_id IS NOT NULL""",
    line="record {0} joined an account and still has {1} {2}",
)
