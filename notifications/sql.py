"""Queuing many messages in one statement: the one module of this app that knows its database.

The sweep queues thousands in a transaction: no model object for each (P-C1 of
docs/performance.md).
"""

from __future__ import annotations

import json
from typing import Any

from django.db import connection

from foundation.locks import is_postgresql

_INTO = """
INSERT INTO "notifications_message" (kind, client_id, language, subjects, dedupe_key, state,
  due_at, next_try_at, sent_at, created_at, to_email, reason, detail, attempts, unknown_outcomes,
  message_id, secret)
"""
# In the order of the keys: two sets that overlap, written in different orders, deadlock on the
# unique index (seen). Clients speak a language of the product: a CHECK says so.
_POSTGRESQL = f"""{_INTO}
SELECT m.kind, m.client_id, c.language, m.subjects, m.dedupe_key, m.state, m.due_at, m.due_at,
  m.sent_at, m.created_at, '', '', '', 0, 0, '', ''
FROM jsonb_to_recordset(%s::jsonb) AS m (kind text, client_id bigint, subjects jsonb,
  dedupe_key text, state text, due_at timestamptz, sent_at timestamptz, created_at timestamptz)
JOIN clients_client c ON c.id = m.client_id
ORDER BY m.dedupe_key COLLATE "C" ON CONFLICT DO NOTHING
"""
_SQLITE = f"""{_INTO}
SELECT json_extract(m.value, '$.kind'), c.id, c.language, json_extract(m.value, '$.subjects'),
  json_extract(m.value, '$.dedupe_key'), json_extract(m.value, '$.state'),
  json_extract(m.value, '$.due_at'), json_extract(m.value, '$.due_at'),
  json_extract(m.value, '$.sent_at'), json_extract(m.value, '$.created_at'), '', '', '', 0, 0,
  '', ''
FROM json_each(%s) m JOIN clients_client c ON c.id = json_extract(m.value, '$.client_id')
WHERE TRUE ORDER BY json_extract(m.value, '$.dedupe_key') ON CONFLICT DO NOTHING
"""


def insert_messages(rows: list[dict[str, Any]]) -> int:
    """Write messages to clients, each in the client's language; how many had a new key.

    A row has ``kind``, ``client_id``, ``subjects``, ``dedupe_key``, ``state``, ``due_at``,
    ``sent_at`` (or None) and ``created_at``.
    """
    adapt = connection.ops.adapt_datetimefield_value
    instants = ("due_at", "sent_at", "created_at")
    plain = [row | {name: row[name] and str(adapt(row[name])) for name in instants} for row in rows]
    with connection.cursor() as cursor:
        cursor.execute(_POSTGRESQL if is_postgresql() else _SQLITE, [json.dumps(plain)])
        return cursor.rowcount
