"""A salon of three years: 100,000 clients and as many visits and movements as are asked for.

``use(Size.MILLION)`` builds it, or takes the one that an earlier run kept, and points Django at it.
The rows are made set-based (``benchmarks/sql.py``) with guards, foreign keys and indexes off; all
are put back and verified, and the house's own audit must find nothing. The same size gives the
same rows. A benchmark that writes works on a copy.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import sys
import time
from collections.abc import Container, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path

import django
from django.db import connection, connections

from benchmarks import databases

# The hour at which the tests' clock stands too: a Tuesday.
NOW = dt.datetime(2025, 11, 4, 9, 0, tzinfo=dt.UTC)
HOT_CLIENT = 1


class Size(IntEnum):
    """Visits, and about as many movements of points."""

    SMALL = 10_000
    TENTH = 100_000
    MILLION = 1_000_000
    BIG = 10_000_000

    @property
    def short(self) -> str:
        return {10_000: "10k", 100_000: "100k", 1_000_000: "1m", 10_000_000: "10m"}[self]

    @property
    def clients(self) -> int:
        return max(1_000, min(100_000, self // 10))


@dataclass(frozen=True)
class House:
    """The database that Django is pointed at. The clock is pinned to ``now``."""

    size: Size
    name: str
    hot_client_id: int = HOT_CLIENT
    now: dt.datetime = NOW

    @property
    def dsn(self) -> str:
        """The address for psycopg, ``psql`` and ``pgbench``."""
        return databases.address_of(self.name)

    def enter(self) -> None:
        """Point Django at it."""
        databases.point_django_at(self.name)


def say(text: str) -> None:
    """Progress, apart from the table."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def set_up_django() -> None:
    """Settings of the tests on the benchmarks' server."""
    os.environ["TEST_DATABASE_URL"] = databases.server()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "loyalty_site.settings.test")
    django.setup()


def name_of(size: Size) -> str:
    suffix = os.environ.get("TEST_DB_SUFFIX", "")
    return f"{databases.PREFIX}{size.short}{suffix and '_' + suffix}"


_used: set[Size] = set()


def built() -> set[Size]:
    """The sizes that this run used."""
    return _used


def use(size: Size) -> House:
    """The house of ``size``, built if there is none that this very code built."""
    from foundation import clock

    clock.set_fixed(NOW)
    house = House(size=size, name=name_of(size))
    if size in _used:
        house.enter()
        return house
    _used.add(size)
    with databases.alone(house.name):
        if databases.comment_on(house.name) != _fingerprint():
            _build(house)
        else:
            house.enter()
            _migrate()
    return house


def forget(size: Size) -> None:
    """Drop the house of ``size``, if there is one."""
    connections.close_all()
    with databases.alone(name_of(size)):
        databases.drop(name_of(size))


@contextmanager
def copies_of(house: House, many: int) -> Iterator[list[House]]:
    """Equal houses that may be written to; point Django at one with ``enter``."""
    copies = [
        House(size=house.size, name=f"{house.name}_copy{os.getpid()}_{number}")
        for number in range(many)
    ]
    connections.close_all()
    try:
        with databases.alone(house.name):
            for copy in copies:
                databases.create(copy.name, template=house.name)
        yield copies
    finally:
        house.enter()
        for copy in copies:
            databases.drop(copy.name)


@contextmanager
def copy_of(house: House) -> Iterator[House]:
    """One equal house that may be written to; Django is pointed at it meanwhile."""
    with copies_of(house, 1) as (copy,):
        copy.enter()
        yield copy


def _fingerprint() -> str:
    here = Path(__file__).parent
    texts = [(here / name).read_bytes() for name in ("house.py", "sql.py", "names.py")]
    return "benchmarks " + hashlib.sha256(b"\0".join(texts)).hexdigest()[:16]


def _migrate() -> None:
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)


def _build(house: House) -> None:
    from benchmarks.sql import fill, taken_off
    from foundation.guards import drop_guards, install_guards, verify_guards

    started = time.monotonic()
    say(f"building {house.name}: {house.size:,} visits, {house.size.clients:,} clients …")
    databases.drop(house.name)
    databases.create(house.name)
    databases.hurry(house.name, on=True)
    house.enter()
    _migrate()
    drop_guards()
    with taken_off():
        fill(house)
    install_guards()
    verify_guards()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE)")
    say(f"built after {time.monotonic() - started:.0f} s; auditing …")
    audit()
    connections.close_all()
    databases.hurry(house.name, on=False)
    databases.set_comment(house.name, _fingerprint())
    say(f"{house.name} is there and clean after {time.monotonic() - started:.0f} s")


def audit(without: Container[str] = ()) -> None:
    """Raise AssertionError unless every invariant of the rows holds, but for checks named."""
    from foundation.audit import load_checks

    wrong = [
        line
        for name, check in load_checks().items()
        if name not in without
        for line in check().violations[:3]
    ]
    if wrong:
        raise AssertionError("the audit says: " + "; ".join(wrong))
