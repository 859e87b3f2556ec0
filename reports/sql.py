"""Movements written by PostgreSQL itself, and streamed by COPY: a row costs five microseconds and
not a hundred (performance.md, P-E1 and P-E2). The one module of this app that writes SQL.

The set of rows comes from the same queryset that the report shows. Texts in the reader's language
come as parameters: the sentences' pieces, the kinds, and what a day is called. That every cell is
the one that ``reports.sheets`` would have made is what tests/reports/test_sql.py holds.
"""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from business.models import Business
from foundation.translated import LANGUAGE_CODES
from foundation.writing import NARROW, grouped, write_day
from loyalty.explaining import EARNED_AT_RATE, TAKEN_BACK_AT_RATE
from loyalty.history import (
    CARD_RETURNED,
    CORRECTED,
    EARNED,
    PRODUCT_RETURNED,
    REWARD_BOOKED,
    REWARD_RETURNED,
    TAKEN_BACK,
)
from loyalty.models import PointEntry, PointKind
from reports.csv_file import FORMULA_SIGNS, delimiter
from reports.excel_file import CONTROL, Styles

# The entry's own columns that a line is made of.
COLUMNS = (
    *("id", "created_at", "kind", "amount", "balance_after", "base", "rate", "description"),
    *("account_id", "booking_id", "reward_id", "actor_id"),
)
# What Python's str.lstrip takes for white space.
WHITE = "".join(sign for sign in map(chr, range(0x3001)) if sign.isspace())
_SIGNS = "".join(sorted(FORMULA_SIGNS - {"\0"}))
# PostgreSQL's text holds no NUL.
_CONTROL = CONTROL.replace("\0", "")
_ESCAPED = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;", "\n": "&#10;"}
TEXTS = ("name", "kind", "what", "why", "by")
# Rows of one statement: five seconds of work, so that no snapshot is held for long, and enough
# that finding the clients and bookings of all of them at once pays: each statement reads all of
# those tables.
CHUNK = 500_000
_WORK_MEMORY = "64MB"


@dataclass
class Statement:
    """SQL and its parameters, which grow in the order of their places."""

    parameters: dict[str, Any] = field(default_factory=dict)

    def bind(self, value: Any) -> str:
        """A placeholder for ``value``; the same one for an equal text."""
        for name, known in self.parameters.items():
            if type(known) is type(value) and known == value:
                return f"%({name})s"
        name = f"p{len(self.parameters)}"
        self.parameters[name] = value
        return f"%({name})s"


# --- texts ----------------------------------------------------------------------------------------


def _told(columns: str) -> str:
    """The text in the reader's language of a name that has a column per language."""
    active = (get_language() or settings.LANGUAGE_CODE).split("-")[0]
    codes = dict.fromkeys((active, settings.LANGUAGE_CODE.split("-")[0], *LANGUAGE_CODES))
    texts = ", ".join(f"NULLIF({columns}_{code}, '')" for code in codes)
    return f"COALESCE({texts}, '')"


def _sentence(into: Statement, sentence: Any, **parts: str) -> str:
    """A translated sentence with its ``%(name)s`` written by the database."""
    pieces = re.split(r"%\((\w+)\)s", str(sentence))
    written = [
        parts[piece] if number % 2 else into.bind(piece.replace("%%", "%"))
        for number, piece in enumerate(pieces)
        if piece
    ]
    return " || ".join(written)


def _grouped(into: Statement, number: str) -> str:
    """``foundation.writing.grouped`` of a number that is not below zero."""
    separator = into.bind(grouped(1_000)[1:-3])
    written = f"replace(to_char({number}, 'FM999,999,999,999,999,999,999'), ',', {separator})"
    return f"CASE WHEN {number} < 1000 THEN {number}::text ELSE {written} END"


@lru_cache(maxsize=len(LANGUAGE_CODES))
def _days(language: str) -> str:
    """What every day is called whose year is left out, as JSON, by month, day and weekday."""
    first = dt.date(2000, 1, 1)
    days = (first + dt.timedelta(days=number) for number in range(28 * 366))
    # In 28 years every date falls on every weekday.
    named = {f"{day:%m%d}{day.isoweekday()}": day for day in days}
    return json.dumps({key: write_day(day) for key, day in named.items()}, ensure_ascii=False)


def _clock() -> str:
    """The hour of day as ``write_clock`` has it, as a pattern of PostgreSQL's."""
    pattern = NARROW[(get_language() or "en").split("-")[0]]
    written = {"HH": "HH24", "H": "FMHH24", "mm": "MI"}
    return re.sub("HH|H|mm", lambda found: written[found[0]], pattern)


def _kind(into: Statement) -> str:
    cases = " ".join(
        f"WHEN {into.bind(str(kind.value))} THEN {into.bind(str(kind.label))}" for kind in PointKind
    )
    return f"CASE e.kind {cases} END"


def _why(into: Statement) -> str:
    """``loyalty.history.explain`` of an entry."""
    names = into.bind(_days((get_language() or "en").split("-")[0]))
    day = f"{names}::jsonb ->> to_char(b.starts_at, 'MMDDID')"
    parts = {
        "points": f"({_grouped(into, 'abs(e.amount)')})",
        "base": f"({_grouped(into, 'e.base')})",
        "rate": f"({_grouped(into, 'e.rate')})",
        "service": _told("b.service_name"),
        "when": f"({day}) || ' ' || to_char(b.starts_at, {into.bind(_clock())})",
    }
    item = _item()
    return f"""CASE
        WHEN e.kind = 'adjust' THEN COALESCE(NULLIF(e.description, ''), {into.bind(str(CORRECTED))})
        WHEN b.id IS NOT NULL AND e.base IS NOT NULL AND e.rate IS NOT NULL THEN
          CASE WHEN e.kind = 'withdraw' THEN {_sentence(into, TAKEN_BACK_AT_RATE, **parts)}
          ELSE {_sentence(into, EARNED_AT_RATE, **parts)} END
        WHEN b.id IS NOT NULL AND e.kind = 'withdraw' THEN {_sentence(into, TAKEN_BACK, **parts)}
        WHEN b.id IS NOT NULL AND e.kind = 'spend' THEN {_sentence(into, REWARD_BOOKED, **parts)}
        WHEN b.id IS NOT NULL AND e.kind = 'return'
          THEN {_sentence(into, REWARD_RETURNED, **parts)}
        WHEN b.id IS NOT NULL THEN {_sentence(into, EARNED, **parts)}
        WHEN e.kind = 'return' AND r.gift_card_type_id IS NULL
          THEN {_sentence(into, PRODUCT_RETURNED, reward=item)}
        WHEN e.kind = 'return' THEN {_sentence(into, CARD_RETURNED, reward=item)}
        ELSE COALESCE(NULLIF({item}, ''), e.description) END"""


def _item() -> str:
    """``Reward.name``."""
    return f"""CASE WHEN g.id IS NOT NULL THEN {_told("g.name")}
        WHEN s.id IS NOT NULL THEN {_told("s.name")} ELSE {_told("p.name")} END"""


# --- lines ----------------------------------------------------------------------------------------


def _lines(into: Statement, rows: QuerySet[PointEntry], *, descending: bool) -> str:
    """A line of the report per row. ``OFFSET 0`` keeps the database from making each text anew
    wherever it is looked at."""
    sql, values = rows.order_by().values(*COLUMNS).query.sql_with_params()
    bound = iter([into.bind(value) for value in values])
    chunk = re.sub("%%|%s", lambda found: next(bound) if found[0] == "%s" else "%%", sql)
    service = _told("b.service_name")
    sign = "DESC" if descending else "ASC"
    name = f"btrim(c.first_name || ' ' || c.last_name, {into.bind(WHITE)})"
    return f"""
        SELECT e.id, e.created_at, e.amount, e.balance_after, e.booking_id, c.id AS client_id,
            {name} AS name,
            {_kind(into)} AS kind,
            CASE WHEN b.id IS NULL THEN {_item()} ELSE {service} END AS what,
            {_why(into)} AS why,
            COALESCE(NULLIF(u.name, ''), u.email, {into.bind(_("The system"))}) AS by
        FROM ({chunk}) e
        JOIN loyalty_pointaccount a ON a.id = e.account_id
        JOIN clients_client c ON c.id = a.client_id
        LEFT JOIN bookings_booking b ON b.id = e.booking_id
        LEFT JOIN loyalty_reward r ON r.id = e.reward_id
        LEFT JOIN giftcards_giftcardtype g ON g.id = r.gift_card_type_id
        LEFT JOIN catalogue_service s ON s.id = r.service_id
        LEFT JOIN catalogue_product p ON p.id = r.product_id
        LEFT JOIN foundation_user u ON u.id = e.actor_id
        ORDER BY e.created_at {sign}, e.id {sign}
        OFFSET 0"""


def _looks_like_formula(into: Statement, text: str) -> str:
    """``looks_like_formula``; nearly every text is past it after two comparisons."""
    among = f"LIKE ANY ({into.bind([f'{sign}%' for sign in _SIGNS])})"
    bare = f"ltrim({text}, {into.bind(WHITE)})"
    letter, digit = (
        f'{text} COLLATE "C" BETWEEN {ends}' for ends in ("'A' AND 'z~'", "'0' AND '9~'")
    )
    return f"NOT ({letter} OR {digit}) AND ({text} {among} OR {bare} {among})"


def _csv_cells(into: Statement) -> str:
    def text_cell(text: str) -> str:
        # An empty text would be written as two quotation marks.
        is_formula = _looks_like_formula(into, text)
        return f"CASE WHEN {is_formula} THEN '''' || {text} ELSE NULLIF({text}, '') END"

    name, kind, what, why, by = (each if each == "kind" else text_cell(each) for each in TEXTS)
    when = "to_char(created_at, 'YYYY-MM-DD\"T\"HH24:MITZH:TZM')"
    numbers = "amount", "balance_after"
    ids = "id", "client_id", "booking_id"
    return ", ".join([when, name, kind, what, why, *numbers, by, *ids])


def _excel_cells(into: Statement, styles: Styles) -> str:
    """A ``<row>``, as ``excel_file`` writes it."""
    quoted = into.bind(f' s="{styles.quoted}"')

    def text_cell(text: str) -> str:
        escaped = text
        for sign, written in _ESCAPED.items():
            escaped = f"replace({escaped}, {into.bind(sign)}, {into.bind(written)})"
        style = f"CASE WHEN {_looks_like_formula(into, text)} THEN {quoted} ELSE '' END"
        return (
            f"""'<c t="inlineStr"' || {style} || '><is><t xml:space="preserve">' || """
            f"CASE WHEN is_plain THEN {text} ELSE {escaped} END || '</t></is></c>'"
        )

    # On the salon's wall clock, which the session's time zone is.
    wall = "date_trunc('minute', created_at::timestamp)"
    serial = f"(extract(epoch FROM {wall})::float8 / 86400 + 25569)"

    def number_cell(column: str) -> str:
        return f"'<c><v>' || {column} || '</v></c>'"

    name, kind, what, why, by = map(text_cell, TEXTS)
    cells = [
        f"""'<row><c s="{styles.date}"><v>' || {serial} || '</v></c>'""",
        *(name, kind, what, why, number_cell("amount"), number_cell("balance_after"), by),
        *(number_cell("id"), number_cell("client_id")),
        f"COALESCE({number_cell('booking_id')}, '<c/>') || '</row>'",
    ]
    return " || ".join(cells)


def _clean_lines(into: Statement, lines: str) -> str:
    """``lines`` without what XML cannot hold, and whether there is nothing in them to escape."""
    odd = into.bind(f"[{_CONTROL}&<>\\r\\n]")
    cleaned = ", ".join(
        f"CASE WHEN is_plain THEN {text} ELSE translate({text}, {into.bind(_CONTROL)}, '') END"
        f" AS {text}"
        for text in TEXTS
    )
    return f"""
        SELECT id, created_at, amount, balance_after, booking_id, client_id, is_plain, {cleaned}
        FROM (SELECT *, concat({", ".join(TEXTS)}) !~ {odd} AS is_plain
              FROM ({lines}) line OFFSET 0) line
        OFFSET 0"""


def csv_statement(rows: QuerySet[PointEntry], *, descending: bool) -> tuple[str, dict[str, Any]]:
    """Each of ``rows`` as a line of a CSV file in the active language."""
    into = Statement()
    lines = _lines(into, rows, descending=descending)
    sign = delimiter((get_language() or "en").split("-")[0])
    select = f"SELECT {_csv_cells(into)} FROM ({lines}) line"
    return f"COPY ({select}) TO STDOUT (FORMAT csv, DELIMITER '{sign}')", into.parameters


def excel_statement(
    rows: QuerySet[PointEntry], styles: Styles, *, descending: bool
) -> tuple[str, dict[str, Any]]:
    """Each of ``rows`` as a row of an Excel sheet in the active language.

    The signs that COPY would quote with and part by are among those left out of the texts, so a
    row comes as it is."""
    into = Statement()
    lines = _clean_lines(into, _lines(into, rows, descending=descending))
    select = f"SELECT {_excel_cells(into, styles)} FROM ({lines}) line"
    form = "FORMAT csv, QUOTE E'\\x01', DELIMITER E'\\x02'"
    return f"COPY ({select}) TO STDOUT ({form})", into.parameters


# --- streaming ------------------------------------------------------------------------------------


def copied(statement: tuple[str, dict[str, Any]], business: Business) -> Iterator[bytes]:
    """What COPY sends, a line at a time, on the salon's clock. Takes no lock and keeps no more
    than one line; the transaction ends with the last."""
    with transaction.atomic(), connection.cursor() as cursor:
        # Compiling the statement would take longer than running it.
        own = {"TimeZone": business.timezone, "work_mem": _WORK_MEMORY, "jit": "off"}
        before = _set_up(cursor, own)
        # The driver's own cursor: Django's, while it debugs, knows no COPY with parameters.
        with connection.wrap_database_errors, cursor.cursor.copy(*statement) as lines:
            yield from map(bytes, lines)
        # In a transaction around this one Django would read instants on the wrong clock.
        _set_up(cursor, before)


def _set_up(cursor: Any, wanted: dict[str, str]) -> dict[str, str]:
    """Change settings for the rest of the transaction; what they were."""
    names = list(wanted)
    cursor.execute("SELECT current_setting(name) FROM unnest(%s::text[]) AS name", [names])
    before = [row[0] for row in cursor.fetchall()]
    cursor.execute(
        "SELECT set_config(name, value, true)"
        " FROM unnest(%s::text[], %s::text[]) AS one(name, value)",
        [names, list(wanted.values())],
    )
    return dict(zip(names, before, strict=True))
