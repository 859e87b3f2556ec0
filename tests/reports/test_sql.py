"""A file written by the database holds, cell by cell and byte by byte, what Python would write."""

from __future__ import annotations

import csv
import datetime as dt
import io
from typing import Any

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override
from openpyxl import load_workbook

from bookings.models import Booking
from clients.models import Client
from ledger.posting import post
from loyalty.models import PointAccount, PointEntry
from reports import sql
from reports.exports import read_export
from reports.making import write_export
from tests.conftest import Clock
from tests.factories import UserFactory, give_points
from tests.reports.conftest import House

pytestmark = [pytest.mark.django_db, pytest.mark.postgres_only]

ODD = [
    *("=1+1", "+45", "-5", "−5", "@x", "\tx", "\rx", "\nx", "  =1", "\u00a0\u2003=1", " \t x"),
    *(
        "＝1",
        "＋1",
        "－1",
        "＠1",
        "= ",
        "x=1",
        "'=1",
        '"quoted"',
        "a;b",
        "a,b",
        "two\nlines",
        "a\r\nb",
    ),
    *("\x01\x02\x1b[0m", "\x02=1", "\x1f=1", "\x85=1", "\ufffe\uffff", "a\ufffdb", "😀 =1", "😀"),
    *("שלום =1", "\u202e=1", "&<>\"' &amp;", "<t>", "\\.", "\\n", "%s %(x)s %%", " ", "~", "z~~"),
    *("Ærø", "Åse", "Öst", "1.5", "9~", ":", "NULL", "x" * 200),
]


@pytest.fixture
def odd_house(house: House, clock: Clock) -> House:
    """Every kind of movement, odd words everywhere, both changes of the clock, thousands, and
    staff with and without a name."""
    card_type = house.reward.gift_card_type
    card_type.name_fi = "=Lahja & <kortti>"
    card_type.save()
    staff = [UserFactory(name=name) for name in ("=Maria", "", "Åse <&>")] + [None]
    kinds = ["adjust", "earn", "spend", "return", "withdraw", "expire", "transfer"]
    bookings = [*Booking.objects.all(), None]
    for number, text in enumerate(ODD):
        clock.advance(days=5, hours=7, minutes=13, seconds=5)
        kind = kinds[number % 7]
        booking = bookings[number % 3] if kind in ("earn", "withdraw") else None
        if booking is not None:
            later = dt.timedelta(days=number * 11)
            Booking.objects.filter(pk=booking.pk).update(service_name_da=text)
            move_in_time(booking, later)
        # Past the command, which takes no such name.
        client = Client.objects.create(
            first_name=text[:60], last_name=text[60:120], created_at=clock.now
        )
        account = PointAccount.objects.create(client=client, opened_at=clock.now)
        size = 10 ** (number % 8) + number
        first = {"account_field": "account", "kind": "adjust", "key": f"odd:{number}:first"}
        if kind in ("spend", "expire"):
            post(PointEntry, account, amount=size, **first)
        post(
            PointEntry,
            account,
            account_field="account",
            kind=kind,
            amount=-size if kind in ("spend", "expire", "withdraw") else size,
            key=f"odd:{number}",
            description="" if number % 5 == 0 else text,
            actor=staff[number % 4],
            base=(None, 1, 45)[number % 3],
            rate=3,
            booking=booking,
            reward=house.reward if kind == "return" else None,
        )
    return house


def move_in_time(booking: Booking, later: dt.timedelta) -> None:
    Booking.objects.filter(pk=booking.pk).update(
        starts_at=booking.starts_at + later,
        ends_at=booking.ends_at + later,
        blocked_from=booking.blocked_from + later,
        blocked_to=booking.blocked_to + later,
    )


def written(kind: str, query: str, *, by_database: bool) -> bytes:
    file = io.BytesIO()
    export = read_export("movements", QueryDict(query))
    write_export(export, kind, file, by_database=by_database)
    return file.getvalue()


def sheet_of(file: bytes) -> list[list[tuple[Any, str, str, bool]]]:
    sheet = load_workbook(io.BytesIO(file)).active
    assert sheet is not None
    return [
        [(cell.value, cell.data_type, cell.number_format, cell.quotePrefix) for cell in row]
        for row in sheet.iter_rows()
    ]


@pytest.mark.parametrize("language", ["en", "da", "fi"])
def test_every_cell_is_what_python_would_write(odd_house: House, language: str) -> None:
    sign = "," if language == "en" else ";"
    with override(language):
        for query in ("range=all", "range=all&order=oldest"):
            ours = written("csv", query, by_database=True).decode()
            theirs = written("csv", query, by_database=False).decode()
            assert ours.split("\r\n") == theirs.split("\r\n")
            rows = list(csv.reader(io.StringIO(ours, newline=""), delimiter=sign))
            assert len(rows) == 1 + PointEntry.objects.count()
            assert {len(row) for row in rows} == {11}
        cells = sheet_of(written("xlsx", "range=all", by_database=True))
        assert cells == sheet_of(written("xlsx", "range=all", by_database=False))
    assert {row[0][1] for row in cells[1:]} == {"d"}
    assert {(cell[1], type(cell[0])) for row in cells[1:] for cell in row[5:7]} == {("n", int)}
    assert {cell[3] for row in cells for cell in row} == {True, False}


FILTERS = ["", "kind=adjust", "who=bob", "q=mistake", "client={alice}&range=all&order=oldest"]


def test_many_chunks_hold_each_row_once(odd_house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many rows at one instant: the id decides where a chunk ends."""
    for number in range(1, 20):
        give_points(odd_house.alice, number)
    for query in FILTERS:
        asked = query.format(alice=odd_house.alice.pk)
        whole = written("csv", asked, by_database=True)
        with monkeypatch.context() as patch:
            patch.setattr(sql, "CHUNK", 7)
            assert written("csv", asked, by_database=True) == whole
        assert written("csv", asked, by_database=False) == whole


def test_a_chunk_is_two_statements_and_takes_no_lock(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """F55: writers do not wait for an export, nor an export for them."""
    monkeypatch.setattr(sql, "CHUNK", 3)
    export = read_export("movements", QueryDict("range=all"))
    locks: list[list[str]] = [locks_held()]
    with CaptureQueriesContext(connection) as seen:
        write_export(export, "csv", io.BytesIO(), told=lambda rows: locks.append(locks_held()))
    assert locks == [locks[0]] * 4
    statements = [each["sql"] for each in seen.captured_queries if "pg_locks" not in each["sql"]]
    assert len([each for each in statements if "Europe/Helsinki" in each]) == 3
    assert not [each for each in statements if "FOR " in each]


def locks_held() -> list[str]:
    """On the ledger, but for the one that every reader takes."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT mode FROM pg_locks WHERE pid = pg_backend_pid() AND mode <> 'AccessShareLock'"
            " AND relation = 'loyalty_pointentry'::regclass ORDER BY mode"
        )
        return [row[0] for row in cursor.fetchall()]
