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
    violations="""
    SELECT s.id, s.total_minor, coalesce(l.total, 0) FROM sales_sale s LEFT JOIN (
      SELECT sale_id, sum(amount_minor) AS total FROM sales_saleline GROUP BY sale_id
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
    "points-card-has-debit",
    rows="SELECT count(*) FROM giftcards_giftcard WHERE origin = 'points'",
    violations="""
    SELECT c.id, coalesce(l.id, 0) FROM giftcards_giftcard c
    LEFT JOIN sales_saleline l ON l.gift_card_id = c.id
    LEFT JOIN loyalty_pointentry e ON e.id = l.spend_entry_id AND e.kind = 'spend'
    LEFT JOIN loyalty_pointaccount a ON a.id = e.account_id AND a.client_id = c.owner_id
    WHERE c.origin = 'points' AND a.id IS NULL""",
    line="card {0} was chosen by points, sale line {1} shows no debit of its owner",
)
sql_check(
    "points-spent-bought-something",
    rows="SELECT count(*) FROM loyalty_pointentry WHERE kind = 'spend'",
    violations="""
    SELECT e.id, e.amount FROM loyalty_pointentry e
    LEFT JOIN sales_saleline l ON l.spend_entry_id = e.id
    WHERE e.kind = 'spend' AND l.id IS NULL""",
    line="entry {0} spent {1} points on nothing",
)
