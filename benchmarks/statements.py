"""What the benchmarks write by hand: due visits, and the yardsticks of crediting."""

from __future__ import annotations

# Sessions of a provider of their own, one a day, so that nothing overlaps.
ADD_DUE = (
    """
    INSERT INTO catalogue_provider (name, role_en, role_da, role_fi, position,
      feed_version)
    VALUES ('Turn ' || %(turn)s, '', '', '', 99, 1)""",
    """
    CREATE TEMP TABLE due_session ON COMMIT DROP AS
    SELECT nextval(pg_get_serial_sequence('bookings_classsession', 'id')) AS id, n,
      (SELECT max(id) FROM catalogue_provider) AS provider_id, 25 + mod(n, 16) AS service_id,
      %(now)s - make_interval(days => (n / 10)::int, hours => 6 + mod(n, 10)::int) AS starts_at
    FROM generate_series(0::bigint, %(sessions)s - 1) n""",
    """
    CREATE TEMP TABLE due ON COMMIT DROP AS
    SELECT nextval(pg_get_serial_sequence('bookings_visit', 'id')) AS visit_id,
      nextval(pg_get_serial_sequence('bookings_booking', 'id')) AS booking_id,
      CASE WHEN mod(g.n, 100) = 0 THEN %(hot)s
        ELSE 2 + mod(abs(mod(hashint8extended(g.n, %(turn)s), 1000000007)), %(clients)s - 1)
        END AS client_id,
      s.id AS session_id, s.provider_id, s.service_id, s.starts_at,
      s.starts_at + interval '50 minutes' AS ends_at, c.price_minor, r.points
    FROM generate_series(0::bigint, %(many)s - 1) g (n)
    JOIN due_session s ON s.n = mod(g.n, %(sessions)s)
    JOIN catalogue_service c ON c.id = s.service_id
    JOIN loyalty_earningrule r ON r.service_id = s.service_id""",
    """
    INSERT INTO bookings_classsession (id, starts_at, ends_at, places, booked_places,
      offered_places, provider_id, service_id)
    SELECT s.id, s.starts_at, s.starts_at + interval '50 minutes', b.many, b.many, 0,
      s.provider_id, s.service_id
    FROM due_session s JOIN (SELECT session_id, count(*) AS many FROM due GROUP BY 1) b
      ON b.session_id = s.id""",
    """
    INSERT INTO bookings_occupation (kind, starts_at, ends_at, reason, session_id, provider_id)
    SELECT 'session', starts_at, starts_at + interval '50 minutes', '', id, provider_id
    FROM due_session""",
    """
    INSERT INTO bookings_visit (id, ref, source, note, starts_at, ends_at, calendar_sequence,
      created_at, client_id)
    SELECT visit_id, 'V' || visit_id, 'online', '', starts_at, ends_at, 0,
      starts_at - interval '3 days', client_id
    FROM due""",
    """
    INSERT INTO bookings_booking (id, kind, service_name_en, service_name_da, service_name_fi,
      places, price_minor, starts_at, ends_at, blocked_from, blocked_to, status,
      status_changed_at, cancelled_by_client, by_points, provider_id, service_id, session_id,
      visit_id)
    SELECT booking_id, 'place', 'Class', '', '', 1, price_minor, starts_at, ends_at, starts_at,
      ends_at, 'completed', ends_at, false, false, provider_id, service_id, session_id, visit_id
    FROM due""",
    """
    INSERT INTO loyalty_award (rule, base, rate, points, state, reason, due_at, promised_at,
      attempts, booking_id, account_id)
    SELECT 'per_booking', 1, points, points, 'promised', '', ends_at + interval '180 minutes',
      starts_at - interval '3 days', 0, booking_id, client_id
    FROM due ORDER BY ends_at, booking_id""",
)

# What the sweep does to everything that is due, as one statement.
CREDIT_AT_ONCE = """
WITH due AS MATERIALIZED (
  SELECT a.id, a.account_id, a.points, a.due_at, a.rule, a.base, a.rate, a.booking_id,
    b.service_id, b.provider_id, p.client_id, p.balance, p.last_sequence
  FROM loyalty_award a JOIN bookings_booking b ON b.id = a.booking_id
  JOIN loyalty_pointaccount p ON p.id = a.account_id
  JOIN clients_client c ON c.id = p.client_id
  WHERE a.state = 'promised' AND a.due_at <= %(now)s
    AND (a.next_try_at IS NULL OR a.next_try_at <= %(now)s)
    AND b.status NOT IN ('cancelled', 'no_show') AND c.anonymised_at IS NULL
), entry AS (
  INSERT INTO loyalty_pointentry (account_id, sequence, kind, amount, balance_after, key,
    description, occurred_at, created_at, rule, base, rate, service_id, provider_id, booking_id)
  SELECT account_id, last_sequence + row_number() OVER chain, 'earn', points,
    balance + sum(points) OVER chain, 'award:' || id || ':earn', '', due_at, %(now)s, rule, base,
    rate, service_id, provider_id, booking_id
  FROM due WINDOW chain AS (PARTITION BY account_id ORDER BY due_at, id
                            ROWS UNBOUNDED PRECEDING)
  RETURNING id, booking_id
), account AS (
  UPDATE loyalty_pointaccount p SET balance = p.balance + s.points,
    last_sequence = p.last_sequence + s.many
  FROM (SELECT account_id, sum(points) AS points, count(*) AS many FROM due GROUP BY 1) s
  WHERE p.id = s.account_id
), award AS (
  UPDATE loyalty_award a SET state = 'credited', settled_at = %(now)s, earn_entry_id = e.id
  FROM due d JOIN entry e ON e.booking_id = d.booking_id WHERE a.id = d.id
)
INSERT INTO notifications_message (kind, to_email, language, subjects, dedupe_key, state, reason,
  detail, due_at, next_try_at, attempts, unknown_outcomes, message_id, secret, created_at,
  client_id)
SELECT 'points_added', '', c.language, jsonb_build_object('award', d.id),
  'award:' || d.id || ':told', 'pending', '', '', %(now)s, %(now)s, 0, 0, '', '', %(now)s, c.id
FROM due d JOIN clients_client c ON c.id = d.client_id
WHERE (SELECT r.granted FROM clients_consentrecord r WHERE r.client_id = c.id
       ORDER BY r.id DESC LIMIT 1)
ON CONFLICT (dedupe_key) DO NOTHING"""

# What crediting leaves behind, as one text per database: equal ways leave equal texts.
LEFT_BEHIND = (
    (
        "SELECT md5(string_agg(account_id || ' ' || sequence || ' ' || balance_after || ' ' || key,"
        " ',' ORDER BY account_id, sequence)) FROM loyalty_pointentry WHERE created_at = %(now)s"
    ),
    "SELECT count(*) || ' ' || sum(balance) FROM loyalty_pointaccount",
    (
        "SELECT string_agg(state || ' ' || many, ',' ORDER BY state)"
        " FROM (SELECT state, count(*) AS many FROM loyalty_award GROUP BY 1) s"
    ),
    "SELECT count(*) || ' ' || coalesce(max(dedupe_key), '') FROM notifications_message",
)

# What a programmer who knows SQLite writes; GROUP BY +account_id, or it scans the whole ledger.
CREDIT_ON_SQLITE = (
    """
    INSERT INTO loyalty_pointentry (account_id, sequence, kind, amount, balance_after, key,
      description, occurred_at, created_at, rule, base, rate, service_id, provider_id, booking_id)
    SELECT a.account_id, p.last_sequence + row_number() OVER chain, 'earn', a.points,
      p.balance + sum(a.points) OVER chain, 'award:' || a.id || ':earn', '', a.due_at, %(now)s,
      a.rule, a.base, a.rate, b.service_id, b.provider_id, b.id
    FROM loyalty_award a JOIN bookings_booking b ON b.id = a.booking_id
    JOIN loyalty_pointaccount p ON p.id = a.account_id
    WHERE a.state = 'promised' AND a.due_at <= %(now)s
    WINDOW chain AS (PARTITION BY a.account_id ORDER BY a.due_at, a.id ROWS UNBOUNDED PRECEDING)
    ORDER BY 1, 2""",
    """
    UPDATE loyalty_pointaccount SET balance = balance + s.points,
      last_sequence = last_sequence + s.many
    FROM (SELECT account_id, sum(points) AS points, count(*) AS many FROM loyalty_award
          WHERE state = 'promised' AND due_at <= %(now)s GROUP BY +account_id) s
    WHERE loyalty_pointaccount.id = s.account_id""",
    """
    UPDATE loyalty_award SET state = 'credited', settled_at = %(now)s,
      earn_entry_id = (SELECT e.id FROM loyalty_pointentry e
                       WHERE e.key = 'award:' || loyalty_award.id || ':earn')
    WHERE state = 'promised' AND due_at <= %(now)s""",
)

# Lock, look the key up, append, move: what spending is at the least.
RAW_SPENDING = (
    "SELECT id, balance, last_sequence FROM loyalty_pointaccount WHERE client_id = %s FOR UPDATE",
    "SELECT 1 FROM loyalty_pointentry WHERE key = %s",
    """
    INSERT INTO loyalty_pointentry (account_id, sequence, kind, amount, balance_after, key,
      description, rule, reward_id, occurred_at, created_at)
    VALUES (%s, %s, 'spend', -1, %s, %s, '', '', 1, %s, %s)""",
    "UPDATE loyalty_pointaccount SET balance = %s, last_sequence = %s WHERE id = %s",
)
