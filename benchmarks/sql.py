"""Filling an empty house, set-based: each table is one INSERT from numbers and hashes.

One visit has one booking and one award, and all three have its number, which runs in the order of
time. Client and point account have one number too. Whatever the product's commands would have
written together is written together here; the audit afterwards is the proof.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.db import connection

from benchmarks.names import CLASSES, DESCRIPTIONS, FIRST, LAST, SERVICES

if TYPE_CHECKING:
    from benchmarks.house import House

# Filled by the million: keys and indexes are made afterwards, which also proves them.
_LARGE = (
    "bookings_visit",
    "bookings_booking",
    "loyalty_award",
    "loyalty_pointentry",
    "sales_sale",
    "sales_saleline",
)
DAYS_BEFORE, DAYS_AHEAD, PROVIDERS = 1_085, 15, 10
_DAYS = DAYS_BEFORE + DAYS_AHEAD
APPOINTMENT_SLOTS, SESSION_SLOTS = _DAYS * PROVIDERS * 6, _DAYS * PROVIDERS * 4
REWARDS = ((2_500, 500), (5_000, 900), (10_000, 1_500))


@contextmanager
def taken_off() -> Iterator[None]:
    """Secondary indexes, unique and foreign keys of the large tables, off and on again."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid)"
            " FROM pg_constraint WHERE contype IN ('u', 'f') AND conrelid = ANY(%s::regclass[])"
            " ORDER BY contype DESC, conname",
            [list(_LARGE)],
        )
        constraints = cursor.fetchall()
        cursor.execute(
            "SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index i"
            " WHERE i.indrelid = ANY(%s::regclass[]) AND NOT EXISTS ("
            "  SELECT 1 FROM pg_constraint c WHERE c.conindid = i.indexrelid"
            "  AND c.contype IN ('p', 'u', 'x')) ORDER BY 1",
            [list(_LARGE)],
        )
        indexes = cursor.fetchall()
        for table, name, _definition in reversed(constraints):
            cursor.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
        for name, _definition in indexes:
            cursor.execute(f"DROP INDEX {name}")
        cursor.execute("SET synchronous_commit = off; SET work_mem = '256MB'")
        cursor.execute("SET maintenance_work_mem = '1GB'; SET statement_timeout = 0")
        yield
        for _name, definition in indexes:
            cursor.execute(definition)
        for table, name, definition in constraints:
            cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")


def fill(house: House) -> None:
    """Every row of an empty, migrated database whose guards are off."""
    _fill_catalogue()
    _fill_people(house)
    visits = int(house.size)
    appointments = min(visits // 10, APPOINTMENT_SLOTS)
    sessions = min(visits // 15, SESSION_SLOTS)
    numbers: dict[str, Any] = {
        "visits": visits,
        "clients": house.size.clients,
        "appointments": appointments,
        "appointment_stride": APPOINTMENT_SLOTS // appointments,
        "sessions": sessions,
        "session_stride": SESSION_SLOTS // sessions,
        "places": visits - appointments,
        "exchanges": visits // 100,
        "adjustments": visits // 50,
        "now": house.now,
        "first_day": house.now.replace(hour=0) - dt.timedelta(days=DAYS_BEFORE),
        "days": DAYS_BEFORE,
        "hot": house.hot_client_id,
        "descriptions": list(DESCRIPTIONS),
        "owner": 1,
    }
    with connection.cursor() as cursor:
        for statement in (_PICK, *_VISITS, *_EVENTS):
            cursor.execute(statement, numbers)
        _fill_cards(visits // 100)
        for statement in (*_CARDS, *_LEDGER, *_SALES, *_MESSAGES, _SEQUENCES):
            cursor.execute(statement, numbers)


def _fill_catalogue() -> None:
    from business.features import set_feature
    from business.models import Business
    from catalogue.models import Category, Provider, Service, ServiceProvider, WorkingHours
    from foundation.models import User
    from giftcards.models import GiftCardType
    from loyalty.models import EarningRule, Reward

    owner = User.objects.create_superuser("owner@bench.test", "not for signing in", name="Owner")
    Business.objects.filter(pk=1).update(name="Bench", email="desk@bench.test")
    set_feature(code="loyalty", on=True, with_others=True, actor=owner)
    categories = [Category.objects.create(name_en=f"Category {n}", position=n) for n in range(5)]
    providers = [
        Provider.objects.create(name=f"{FIRST[n]} {LAST[n]}", position=n) for n in range(PROVIDERS)
    ]
    for provider in providers:
        WorkingHours.objects.bulk_create(
            WorkingHours(provider=provider, weekday=day, starts=dt.time(8), ends=dt.time(18))
            for day in range(7)
        )
    for n in range(40):
        # The first 24 by appointment, 16 classes.
        many = SERVICES if n < 24 else CLASSES
        names = many[n % len(many)]
        service = Service.objects.create(
            kind="appointment" if n < 24 else "class",
            category=categories[n % 5],
            slug=f"service-{n + 1}",
            name_en=f"{names[0]} {n + 1}",
            name_da=f"{names[1]} {n + 1}",
            name_fi=f"{names[2]} {n + 1}",
            minutes=30 + n % 3 * 15,
            price_minor=2_500 + n * 100,
            places=1 if n < 24 else 20,
            position=n,
        )
        ServiceProvider.objects.bulk_create(
            ServiceProvider(service=service, provider=provider) for provider in providers
        )
        EarningRule.objects.create(service=service, enabled=True, points=20 + n)
    for n, (value, points) in enumerate(REWARDS):
        card_type = GiftCardType.objects.create(
            slug=f"card-{n + 1}", name_en=f"Gift card €{value // 100}", value_minor=value
        )
        Reward.objects.create(gift_card_type=card_type, enabled=True, points=points)


def _fill_people(house: House) -> None:
    from django.utils.translation import override

    from clients.consents import MARKETING_WORDING
    from clients.models import Client, ConsentRecord, new_public_id
    from clients.people import _search_name
    from foundation.models import User

    hot_login = User.objects.create_user("hot@bench.test", "not for signing in", name="Hot")
    chance = random.Random(house.size)
    begun = house.now - dt.timedelta(days=DAYS_BEFORE + 20)
    people = []
    for number in range(1, house.size.clients + 1):
        client = Client(
            id=number,
            public_id=new_public_id(),
            first_name=chance.choice(FIRST),
            last_name=chance.choice(LAST),
            email=f"client{number}@bench.test",
            phone=f"+4531{number:06d}" if number % 4 else "",
            language=("en", "da", "fi")[number % 3],
            created_at=begun + dt.timedelta(minutes=number % 20_000),
            user=hot_login if number == house.hot_client_id else None,
        )
        client.search_name = _search_name(client)
        people.append(client)
    Client.objects.bulk_create(people, batch_size=2_000)
    with override("en"):
        wording = str(MARKETING_WORDING)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO clients_consentrecord (granted, wording, language, source, recorded_at,"
            " client_id) SELECT true, %s, language, 'sign-up', created_at, id"
            " FROM clients_client WHERE mod(id, 3) = 1",
            [wording],
        )
    # One in thirty changed their mind: the newest decision counts.
    for row in ConsentRecord.objects.filter(client_id__lte=3_000).order_by("id")[1::10]:
        row.pk, row.granted, row.source = None, False, "account"
        row.recorded_at = house.now
        row.save(force_insert=True)


def _fill_cards(many: int) -> None:
    from foundation.crypto import encrypt
    from giftcards.codes import ALPHABET, LENGTH, hash_code

    chance = random.Random(many)
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE code (id bigint, hash text, encrypted text, four text)")
        with cursor.copy("COPY code FROM STDIN") as copy:
            for number in range(1, many + 1):
                code = "".join(chance.choices(ALPHABET, k=LENGTH))
                copy.write_row((number, hash_code(code), encrypt(code), code[-4:]))


_PICK = """
CREATE FUNCTION pg_temp.pick(number bigint, seed int, many bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE AS
$$ SELECT mod(abs(mod(hashint8extended($1, $2), 1000000007)), $3) $$"""

# A visitor in twenty is the hot client; the rest come unevenly, as people do.
_WHO = (
    "CASE WHEN mod({0}, 20) = 0 THEN %(hot)s ELSE 2 + floor(power("
    "pg_temp.pick({0}, {1}, 1000000) / 1000000.0, 2) * (%(clients)s - 1))::bigint END"
)

_VISITS = (
    """
    INSERT INTO bookings_classsession (id, starts_at, ends_at, places, booked_places,
      offered_places, provider_id, service_id)
    SELECT s + 1, at, at + interval '50 minutes', 0, 0, 0, mod(slot / 4, 10) + 1,
      25 + pg_temp.pick(s, 11, 16)
    FROM (SELECT s, slot, %(first_day)s + make_interval(days => (slot / 40)::int,
            hours => (13 + mod(slot, 4))::int) AS at
          FROM (SELECT s, s * %(session_stride)s AS slot
                FROM generate_series(0, %(sessions)s - 1) s) a) b""",
    """
    CREATE TEMP TABLE plan AS
    SELECT row_number() OVER (ORDER BY starts_at, session_id NULLS FIRST, source) AS id, p.*
    FROM (
      SELECT NULL::bigint AS session_id, mod(slot / 6, 10) + 1 AS provider_id,
        1 + pg_temp.pick(a, 12, 24) AS service_id, a AS source,
        %(first_day)s + make_interval(days => (slot / 60)::int,
                                      hours => (6 + mod(slot, 6))::int) AS starts_at
      FROM (SELECT a, a * %(appointment_stride)s AS slot
            FROM generate_series(0, %(appointments)s - 1) a) s
      UNION ALL
      SELECT s.id, s.provider_id, s.service_id, b, s.starts_at
      FROM generate_series(0, %(places)s - 1) b
      JOIN bookings_classsession s ON s.id = 1 + b::bigint * %(sessions)s / %(places)s
    ) p""",
    f"""
    CREATE TEMP TABLE visit AS
    SELECT v.*, v.due_at <= %(now)s AS past,
      CASE WHEN chance < 30 THEN 'cancelled'
        WHEN v.due_at > %(now)s THEN 'booked'
        WHEN chance < 50 OR chance < 60 AND v.due_at < %(now)s - interval '2 days' THEN 'no_show'
        ELSE 'completed' END AS status,
      v.due_at < %(now)s - interval '2 days' AND chance BETWEEN 50 AND 59 AS withdrawn,
      least(v.starts_at, %(now)s)
        - make_interval(mins => (60 + pg_temp.pick(v.id, 13, 20000))::int) AS booked_at,
      CASE WHEN v.session_id IS NULL THEN 'appointment' ELSE 'place' END AS kind
    FROM (
      SELECT p.*, {_WHO.format("p.id", 14)} AS client_id, p.starts_at + length AS ends_at,
        p.starts_at + length + interval '180 minutes' AS due_at, s.price_minor, r.points,
        s.name_en, s.name_da, s.name_fi, pg_temp.pick(p.id, 15, 1000) AS chance
      FROM plan p JOIN catalogue_service s ON s.id = p.service_id
      JOIN loyalty_earningrule r ON r.service_id = s.id,
      LATERAL (SELECT CASE WHEN p.session_id IS NULL THEN make_interval(mins => s.minutes)
                      ELSE interval '50 minutes' END AS length) l
    ) v""",
    "DROP TABLE plan",
    "CREATE INDEX ON visit (id)",
    "CREATE INDEX ON visit (client_id, starts_at)",
    "ANALYZE visit",
    """
    INSERT INTO bookings_visit (id, ref, source, note, starts_at, ends_at, calendar_sequence,
      created_at, client_id)
    SELECT id, 'V' || id, CASE WHEN mod(id, 3) = 0 THEN 'desk' ELSE 'online' END, '',
      starts_at, ends_at, 0, booked_at, client_id
    FROM visit ORDER BY id""",
    """
    INSERT INTO bookings_booking (id, kind, service_name_en, service_name_da, service_name_fi,
      places, price_minor, starts_at, ends_at, blocked_from, blocked_to, status,
      status_changed_at, cancelled_by_client, by_points, provider_id, service_id, session_id,
      visit_id)
    SELECT id, kind, name_en, name_da, name_fi, 1, price_minor, starts_at, ends_at, starts_at,
      ends_at, status, least(ends_at, %(now)s), status = 'cancelled', false, provider_id,
      service_id, session_id, id
    FROM visit ORDER BY id""",
    """
    INSERT INTO bookings_occupation (kind, starts_at, ends_at, reason, booking_id, provider_id)
    SELECT 'booking', starts_at, ends_at, '', id, provider_id FROM visit
    WHERE kind = 'appointment' AND status <> 'cancelled' ORDER BY id""",
    """
    INSERT INTO bookings_occupation (kind, starts_at, ends_at, reason, session_id, provider_id)
    SELECT 'session', starts_at, ends_at, '', id, provider_id
    FROM bookings_classsession ORDER BY id""",
    """
    UPDATE bookings_classsession SET booked_places = many, places = many + 5 FROM (
      SELECT session_id, count(*) FILTER (WHERE status <> 'cancelled') AS many
      FROM visit WHERE session_id IS NOT NULL GROUP BY session_id) b
    WHERE b.session_id = bookings_classsession.id""",
)

# Everything that moves points, in the order of time: an account's entries are numbered by it.
_EVENTS = (
    f"""
    CREATE TEMP TABLE exchange AS
    SELECT k AS id, {_WHO.format("k", 21)} AS client_id, 1 + pg_temp.pick(k, 22, 3) AS reward_id,
      at, CASE WHEN mod(k, 5) = 0 THEN at + interval '1 day' END AS returned_at
    FROM (SELECT k, %(first_day)s + make_interval(
            days => (60 + pg_temp.pick(k, 23, %(days)s - 62))::int,
            secs => 28800 + pg_temp.pick(k, 24, 36000)) AS at
          FROM generate_series(1, %(exchanges)s) k) s""",
    f"""
    CREATE TEMP TABLE movement AS
    SELECT row_number() OVER (ORDER BY at, place, client_id, key) AS id,
      row_number() OVER chain AS sequence, sum(amount) OVER chain AS balance_after, e.*
    FROM (
      SELECT 1 AS place, client_id, least(due_at + make_interval(
               secs => pg_temp.pick(id, 31, 300)), %(now)s) AS at, due_at AS occurred_at,
        'earn' AS kind, points::bigint AS amount, 'award:' || id || ':earn' AS key,
        '' AS description, id AS visit_id, NULL::bigint AS exchange_id, NULL AS reverses
      FROM visit WHERE status = 'completed' OR withdrawn
      UNION ALL
      SELECT 2, client_id, due_at + interval '1 day', due_at + interval '1 day', 'withdraw',
        -points, 'award:' || id || ':withdraw', '', id, NULL, 'award:' || id || ':earn'
      FROM visit WHERE withdrawn
      UNION ALL
      SELECT 0, id, created_at + interval '1 day', created_at + interval '1 day', 'adjust',
        5000, 'form:bench' || id || ':adjust', 'Moved from the stamp cards', NULL, NULL, NULL
      FROM clients_client
      UNION ALL
      SELECT 3, {_WHO.format("j", 32)}, at, at, 'adjust',
        CASE WHEN mod(j, 4) = 0 THEN -5 ELSE 10 + pg_temp.pick(j, 33, 90) END,
        'form:bench-a' || j || ':adjust',
        (%(descriptions)s::text[])[1 + mod(j, array_length(%(descriptions)s::text[], 1))],
        NULL, NULL, NULL
      FROM (SELECT j, %(first_day)s + make_interval(
              days => (30 + pg_temp.pick(j, 34, %(days)s - 31))::int,
              secs => 28800 + pg_temp.pick(j, 35, 36000)) AS at
            FROM generate_series(1, %(adjustments)s) j) s
      UNION ALL
      SELECT 4, x.client_id, x.at, x.at, 'spend', -r.points, 'form:bench-x' || x.id || ':spend',
        '', NULL, x.id, NULL
      FROM exchange x JOIN loyalty_reward r ON r.id = x.reward_id
      UNION ALL
      SELECT 5, x.client_id, x.returned_at, x.returned_at, 'return', r.points,
        'exchange:' || x.id || ':return', '', NULL, x.id, 'form:bench-x' || x.id || ':spend'
      FROM exchange x JOIN loyalty_reward r ON r.id = x.reward_id
      WHERE x.returned_at IS NOT NULL
    ) e
    WINDOW chain AS (PARTITION BY client_id ORDER BY at, place, key ROWS UNBOUNDED PRECEDING)""",
    "CREATE INDEX ON movement (id)",
    "ANALYZE movement",
)

_LEDGER = (
    """
    INSERT INTO loyalty_pointaccount (id, balance, last_sequence, opened_at, client_id)
    SELECT c.id, coalesce(m.balance, 0), coalesce(m.many, 0), c.created_at, c.id
    FROM clients_client c LEFT JOIN (
      SELECT client_id, sum(amount) AS balance, count(*) AS many FROM movement GROUP BY 1
    ) m ON m.client_id = c.id ORDER BY c.id""",
    """
    CREATE TEMP TABLE taken_back AS
    SELECT m.id, e.id AS reverses_id FROM movement m JOIN movement e ON e.key = m.reverses
    WHERE m.reverses IS NOT NULL""",
    """
    INSERT INTO loyalty_pointentry (id, sequence, amount, balance_after, key, description,
      occurred_at, created_at, kind, rule, base, rate, account_id, actor_id, booking_id,
      provider_id, reverses_id, service_id, reward_id)
    SELECT m.id, m.sequence, m.amount, m.balance_after,
      CASE WHEN m.kind = 'return' THEN 'entry:' || t.reverses_id || ':return' ELSE m.key END,
      m.description, m.occurred_at, m.at, m.kind,
      CASE WHEN v.id IS NULL THEN '' ELSE 'per_booking' END,
      CASE WHEN v.id IS NOT NULL THEN 1 END, v.points, m.client_id,
      CASE WHEN m.kind = 'adjust' THEN %(owner)s END, v.id, v.provider_id, t.reverses_id,
      v.service_id, x.reward_id
    FROM movement m LEFT JOIN taken_back t ON t.id = m.id
    LEFT JOIN visit v ON v.id = m.visit_id LEFT JOIN exchange x ON x.id = m.exchange_id
    ORDER BY m.id""",
    """
    INSERT INTO loyalty_award (id, rule, base, rate, points, state, reason, due_at, promised_at,
      settled_at, attempts, booking_id, account_id, earn_entry_id)
    SELECT v.id, 'per_booking', 1, v.points, v.points,
      CASE WHEN v.withdrawn THEN 'withdrawn' WHEN m.id IS NOT NULL THEN 'credited'
        WHEN v.status = 'booked' THEN 'promised' ELSE 'dropped' END,
      CASE WHEN v.status IN ('cancelled', 'no_show') THEN v.status ELSE '' END,
      v.due_at, v.booked_at,
      CASE WHEN v.withdrawn THEN m.at + interval '1 day' WHEN m.id IS NOT NULL THEN m.at
        WHEN v.status <> 'booked' THEN least(v.ends_at, %(now)s) END,
      0, v.id, v.client_id, m.id
    FROM visit v LEFT JOIN movement m ON m.visit_id = v.id AND m.kind = 'earn' ORDER BY v.id""",
)

# A card whose points came back is voided; every second of the others paid 10.00 for a later visit.
_CARDS = (
    """
    CREATE TEMP TABLE paid AS
    SELECT DISTINCT ON (p.visit_id) x.id, p.visit_id, p.at FROM exchange x,
    LATERAL (SELECT v.id AS visit_id, v.starts_at AS at FROM visit v
             WHERE v.client_id = x.client_id AND v.starts_at > x.at AND v.status = 'completed'
             ORDER BY v.starts_at LIMIT 1) p
    WHERE x.returned_at IS NULL AND mod(x.id, 2) = 0 ORDER BY p.visit_id, x.id""",
    """
    INSERT INTO giftcards_giftcard (id, balance, last_sequence, token, code_hash, code_encrypted,
      last_four, origin, value_minor, issued_at, active_from, expires_at, voided_at, owner_id,
      type_id)
    SELECT x.id, CASE WHEN x.returned_at IS NOT NULL THEN 0 WHEN p.id IS NOT NULL
        THEN t.value_minor - 1000 ELSE t.value_minor END,
      CASE WHEN x.returned_at IS NULL AND p.id IS NULL THEN 1 ELSE 2 END, 'bench' || x.id, c.hash,
      c.encrypted, c.four, 'points', t.value_minor, x.at, x.at, x.at + interval '3 years',
      x.returned_at, x.client_id, t.id
    FROM exchange x JOIN loyalty_reward r ON r.id = x.reward_id
    JOIN giftcards_giftcardtype t ON t.id = r.gift_card_type_id
    JOIN code c ON c.id = x.id LEFT JOIN paid p ON p.id = x.id ORDER BY x.id""",
    """
    INSERT INTO giftcards_cardentry (id, sequence, amount, balance_after, key, description,
      occurred_at, created_at, kind, card_id)
    SELECT id, 1, value_minor, value_minor, 'form:bench-x' || id || ':issue', '', issued_at,
      issued_at, 'issue', id
    FROM giftcards_giftcard
    UNION ALL
    SELECT %(exchanges)s + c.id, 2, CASE WHEN p.id IS NULL THEN -c.value_minor ELSE -1000 END,
      c.balance, CASE WHEN p.id IS NULL THEN 'card:' || c.id || ':void'
                 ELSE 'form:bench-p' || c.id || ':spend' END, '',
      coalesce(p.at, c.voided_at), coalesce(p.at, c.voided_at),
      CASE WHEN p.id IS NULL THEN 'void' ELSE 'spend' END, c.id
    FROM giftcards_giftcard c LEFT JOIN paid p ON p.id = c.id WHERE c.last_sequence = 2""",
)

_SALES = (
    """
    INSERT INTO sales_sale (id, state, currency, total_minor, paid_minor, created_at,
      client_id, visit_id)
    SELECT v.id, CASE v.status WHEN 'cancelled' THEN 'cancelled' ELSE 'open' END, 'EUR',
      v.price_minor, CASE WHEN p.id IS NULL THEN 0 ELSE 1000 END, v.booked_at, v.client_id, v.id
    FROM visit v LEFT JOIN paid p ON p.visit_id = v.id ORDER BY v.id""",
    """
    INSERT INTO sales_sale (id, state, currency, total_minor, paid_minor, created_at,
      completed_at, client_id)
    SELECT %(visits)s + id, 'completed', 'EUR', 0, 0, at, at, client_id FROM exchange
    ORDER BY id""",
    """
    INSERT INTO sales_saleline (id, kind, amount_minor, award_id, booking_id, sale_id)
    SELECT id, 'booking', price_minor, id, id, id FROM visit ORDER BY id""",
    """
    INSERT INTO sales_saleline (id, kind, amount_minor, gift_card_id, spend_entry_id, sale_id)
    SELECT %(visits)s + x.id, 'gift_card', 0, x.id, m.id, %(visits)s + x.id
    FROM exchange x JOIN movement m ON m.exchange_id = x.id AND m.kind = 'spend' ORDER BY x.id""",
    """
    INSERT INTO sales_payment (tender, amount_minor, created_at, card_entry_id, sale_id)
    SELECT 'gift_card', 1000, at, %(exchanges)s + id, visit_id FROM paid ORDER BY id""",
)

_MESSAGES = (
    """
    INSERT INTO notifications_message (kind, to_email, language, subjects, dedupe_key, state,
      reason, detail, due_at, next_try_at, attempts, unknown_outcomes, sent_at, message_id,
      secret, created_at, client_id)
    SELECT 'points_added', '', c.language, jsonb_build_object('award', m.visit_id),
      'award:' || m.visit_id || ':told', 'sent', '', '', m.at, m.at, 1, 0, m.at, '', '', m.at,
      m.client_id
    FROM movement m JOIN clients_client c ON c.id = m.client_id
    WHERE m.kind = 'earn' AND mod(m.client_id, 3) = 1 AND mod(m.visit_id, 10) = 3
    ORDER BY m.id""",
    "DROP TABLE visit, movement, exchange, taken_back, paid, code",
)

_SEQUENCES = """
DO $$
DECLARE each record;
BEGIN
  FOR each IN SELECT table_name FROM information_schema.columns
              WHERE table_schema = 'public' AND column_name = 'id' AND is_identity = 'YES'
  LOOP
    EXECUTE format('SELECT setval(pg_get_serial_sequence(%%L, ''id''),'
                   ' greatest((SELECT max(id) FROM %%I), 1))', each.table_name, each.table_name);
  END LOOP;
END $$"""
