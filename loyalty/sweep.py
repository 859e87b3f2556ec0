"""The sweep: awards whose hour has come become points, once.

The database is the to-do list and Celery only the alarm clock: the sweep asks for promised
awards that are due, in chunks of one transaction each. Killing it, running two at once or
running it after three days of standstill changes nothing but the time of recording, because an
award's key can be used once. A chunk that fails is halved down to the bad row; that row alone
gets an attempt, a pause of an hour and, after five, quarantine (reliability F01–F05, F46).

A visit that nobody marked counts as attended, unless the business says that attendance must be
marked: then its award waits, promised and not dropped, until somebody marks the visit.

While loyalty is off the sweep goes on and drops what falls due, with that reason (F38); what
fell due before it was switched off is still credited.
"""

from __future__ import annotations

import datetime as dt
import os
import socket
from dataclasses import dataclass

import structlog
from django.conf import settings
from django.db import DatabaseError, OperationalError, connection, transaction

from business.features import lock_features
from business.profile import get_business
from clients.consents import consenting_ids
from foundation import clock
from foundation.locks import is_postgresql
from foundation.outages import is_outage
from loyalty import sql
from loyalty.errors import ClockSkewed, InstantInFuture
from loyalty.models import Award, AwardState, SweepRun
from notifications.outbox import Queued, queue_messages_bulk

log = structlog.get_logger(__name__)

# On SQLite a write transaction must stay under a second (reliability F51).
CHUNK_POSTGRESQL, CHUNK_SQLITE = 5_000, 500
# So many chunks' worth is asked for at once, to be taken account by account.
CHUNKS_AT_ONCE = 20
MOST_ATTEMPTS = 5
RETRY_AFTER = dt.timedelta(hours=1)
LONGEST_SKEW = dt.timedelta(seconds=60)
LONGEST_PAUSE = dt.timedelta(hours=26)
KEPT_RUNS = dt.timedelta(days=14)
# Loyalty was never on: whatever is promised fell due while it was off.
LONG_AGO = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


@dataclass
class SweepResult:
    """Awards credited, ended without points, and failed in this run; why it was flagged."""

    credited: int = 0
    dropped: int = 0
    failed: int = 0
    flagged: str = ""


def credit_due_awards(*, at: dt.datetime | None = None, chunk: int | None = None) -> SweepResult:
    """Credit every award due by ``at`` (now by default; later than now only in demo and tests).

    Safe to repeat and to run twice at once. Each client who agreed gets a message, queued in
    the same transaction as the points. Raises InstantInFuture, ClockSkewed.
    """
    now = clock.now()
    _refuse_skew(now)
    due_by = at or now
    if due_by > now and not (settings.DEMO or clock.is_fixed()):
        raise InstantInFuture
    run = _begin_run(now)
    result = SweepResult(flagged=run.flagged)
    size = chunk or (CHUNK_POSTGRESQL if is_postgresql() else CHUNK_SQLITE)
    tried: list[int] = []
    only_marked = get_business().attendance_must_be_marked
    many = CHUNKS_AT_ONCE * size
    while ids := sql.due_award_ids(due_by, many, tried, only_marked=only_marked):
        done_before = result.credited + result.dropped
        for begin in range(0, len(ids), size):
            chunk_ids = ids[begin : begin + size]
            _credit_or_halve(chunk_ids, due_by, result, only_marked=only_marked)
        if result.credited + result.dropped == done_before:
            # All failed, or another sweep holds them: do not ask for the same rows again.
            tried.extend(ids)
    run.credited, run.dropped, run.failed = result.credited, result.dropped, result.failed
    run.finished_at = clock.now()
    run.save()
    log.info("sweep", credited=result.credited, dropped=result.dropped, failed=result.failed)
    return result


def _refuse_skew(now: dt.datetime) -> None:
    """Two clocks that disagree by a minute: one of them would credit early (F06)."""
    if settings.CLOCK != "database" or clock.is_fixed():
        return
    if abs(clock.system_now() - now) > LONGEST_SKEW:
        log.error("clock_skew", database=now.isoformat())
        raise ClockSkewed


def _begin_run(now: dt.datetime) -> SweepRun:
    last = SweepRun.objects.order_by("-started_at", "-pk").first()
    flagged = ""
    if last is not None and now - last.started_at > LONGEST_PAUSE:
        flagged = "long-pause"
    elif last is not None and now < last.started_at:
        flagged = "clock-back"
    if flagged:
        log.warning("sweep_flagged", flag=flagged, since=str(last and last.started_at))
    SweepRun.objects.filter(started_at__lt=now - KEPT_RUNS).delete()
    return SweepRun.objects.create(
        started_at=now, holder=f"{socket.gethostname()}:{os.getpid()}"[:80], flagged=flagged
    )


def _credit_or_halve(
    ids: list[int], due_by: dt.datetime, result: SweepResult, *, only_marked: bool
) -> None:
    try:
        credited, dropped = _credit(ids, due_by, only_marked=only_marked)
    except DatabaseError as error:
        # No row is at fault when the database is away or full: the next tick does it all.
        if is_outage(error) or not connection.is_usable():
            raise
        if len(ids) > 1:
            middle = len(ids) // 2
            _credit_or_halve(ids[:middle], due_by, result, only_marked=only_marked)
            _credit_or_halve(ids[middle:], due_by, result, only_marked=only_marked)
            return
        result.failed += 1
        # A lock that was not to be had in time is nobody's fault: the next tick tries again.
        if not isinstance(error, OperationalError):
            _postpone(ids[0], error)
    else:
        result.credited += credited
        result.dropped += dropped


def _credit(ids: list[int], due_by: dt.datetime, *, only_marked: bool) -> tuple[int, int]:
    """One chunk in one transaction: entries, balances, states and messages, or none of them."""
    with transaction.atomic():
        features = lock_features()
        mine = sql.lock_due_awards(ids, due_by, only_marked=only_marked)
        if not mine:
            return 0, 0
        sql.lock_accounts_of(mine)
        now = clock.now()
        off_since = None if features.loyalty else features.loyalty_off_since or LONG_AGO
        dropped = sql.drop_ineligible(mine, now, off_since)
        settled = sql.credit_awards(mine, now)
        agreed = consenting_ids({client for _, _, client in settled})
        queue_messages_bulk(
            Queued(
                kind="points_added",
                client_id=client,
                subjects={"award": award},
                dedupe_key=f"award:{award}:told",
            )
            for award, _, client in settled
            if client in agreed
        )
        return len(settled), dropped


def _postpone(award_id: int, error: DatabaseError) -> None:
    """The bad row alone waits an hour, and after five attempts for a person."""
    with transaction.atomic():
        award = Award.objects.select_for_update(no_key=True).get(pk=award_id)
        if award.state != AwardState.PROMISED:
            return
        award.attempts += 1
        award.next_try_at = clock.now() + RETRY_AFTER
        if award.attempts >= MOST_ATTEMPTS:
            award.state = AwardState.QUARANTINED
        award.save(update_fields=["attempts", "next_try_at", "state"])
    log.error("award_failed", award=award_id, attempts=award.attempts, error=type(error).__name__)
