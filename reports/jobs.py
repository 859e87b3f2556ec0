"""The life of an export job: asked for, claimed, alive, done or not, expired.

The database is the to-do list and Celery only the alarm clock. Every step is one conditional
update, and a count other than one means that somebody else was first: a second worker, the person
who cancels, or the worker that took the job over because the first gave no sign of life.
"""

from __future__ import annotations

import datetime as dt
import logging
import uuid

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import get_language

from foundation import clock
from foundation.locks import violated_constraint
from foundation.models import User
from reports import storage
from reports.errors import OneFileAtATime
from reports.exports import Export
from reports.models import LIVE, ExportJob

logger = logging.getLogger(__name__)

State, Reason = ExportJob.State, ExportJob.Reason
# A worker that was silent for this long is dead; it tells of itself several times a minute.
LEASE = dt.timedelta(minutes=3)
MOST_ATTEMPTS = 3
KEPT = dt.timedelta(hours=24)
# How long a job still says what became of it, counted from when it was asked for.
REMEMBERED = dt.timedelta(days=3)


def ask_for_file(*, actor: User, report: str, kind: str, export: Export) -> ExportJob:
    """Queue the file, or return the job that the same question of the same person made (two
    clicks at once). Raises OneFileAtATime while another one is being made for them."""
    wanted = ExportJob(
        asked_by=actor,
        report=report,
        kind=kind,
        question=export.question,
        language=(get_language() or "en").split("-")[0],
        file_name=f"{export.file_name}.{kind}",
        asked_at=clock.now(),
    )
    live = live_job(actor)
    if live is None:
        try:
            with transaction.atomic():
                wanted.save(force_insert=True)
        except IntegrityError as error:
            if not _is_refusal(error, "export_job_one_at_a_time", column="asked_by_id"):
                raise
            live = live_job(actor)
        else:
            transaction.on_commit(_nudge)
            return wanted
    if live is None:
        # It ended between the two looks.
        return ask_for_file(actor=actor, report=report, kind=kind, export=export)
    if _asks_for(live) != _asks_for(wanted):
        raise OneFileAtATime(job=live.pk)
    return live


def live_job(actor: User) -> ExportJob | None:
    return ExportJob.objects.filter(asked_by=actor, state__in=LIVE).first()


def current_job(actor: User) -> ExportJob | None:
    """The newest file that is being made or lies ready for them: the way back to its page."""
    ready = Q(state=State.DONE, expires_at__gt=clock.now())
    mine = ExportJob.objects.filter(ready | Q(state__in=LIVE), asked_by=actor)
    return mine.order_by("-asked_at", "-pk").first()


def claim_next() -> ExportJob | None:
    """The oldest job that nobody works on, now ours; None when there is none or another worker is
    at one: a second would take the worker that credits points and sends mail."""
    now = clock.now()
    dead = now - LEASE
    if ExportJob.objects.filter(state=State.RUNNING, alive_at__gt=dead).exists():
        return None
    idle = Q(state=State.WAITING) | Q(state=State.RUNNING, alive_at__lte=dead)
    # "running" before "waiting": what is dead must be taken over before another can run.
    for job in ExportJob.objects.filter(idle).order_by("state", "asked_at", "pk"):
        seen = ExportJob.objects.filter(
            pk=job.pk, state=job.state, claim=job.claim, alive_at=job.alive_at
        )
        if job.attempts >= MOST_ATTEMPTS:
            _end(seen, State.FAILED, reason=Reason.GIVEN_UP)
            continue
        try:
            with transaction.atomic():
                is_ours = seen.update(
                    state=State.RUNNING,
                    claim=uuid.uuid4(),
                    alive_at=now,
                    attempts=job.attempts + 1,
                    rows_done=0,
                )
        except IntegrityError as error:
            if not _is_refusal(error, "export_job_one_running", column="state"):
                raise
            # Another worker began one between our look and our claim.
            return None
        if is_ours:
            job.refresh_from_db()
            return job
    return None


def keep_alive(job: ExportJob, *, rows_done: int, rows_total: int) -> bool:
    """Tell how far it is, and that somebody is at it. False when it is no longer ours."""
    return bool(_ours(job).update(rows_done=rows_done, rows_total=rows_total, alive_at=clock.now()))


def finish(job: ExportJob, *, stored: str, rows: int) -> bool:
    """The file lies in the storage. False when the job is no longer ours: the file is deleted."""
    now = clock.now()
    is_ours = _end(
        _ours(job),
        State.DONE,
        stored=stored,
        size=storage.size_of(stored),
        rows_done=rows,
        rows_total=rows,
        expires_at=now + KEPT,
    )
    if not is_ours:
        storage.forget(stored)
    return is_ours


def fail(job: ExportJob, reason: str) -> bool:
    return _end(_ours(job), State.FAILED, reason=reason)


def cancel(job: ExportJob) -> bool:
    """The worker that has it notices when it next tells how far it is."""
    return _end(ExportJob.objects.filter(pk=job.pk, state__in=LIVE), State.CANCELLED)


def lose_file(job: ExportJob) -> None:
    """The file is not where the job says: somebody else emptied the folder, or it is not shared."""
    logger.error("An exported file is not in the storage.", extra={"export_job": job.pk})
    done = ExportJob.objects.filter(pk=job.pk, state=State.DONE)
    _end(done, State.FAILED, reason=Reason.FILE_GONE, stored="")


def forget_old_files() -> int:
    """Delete what has expired and what killed workers left, and rows of days ago; how many files
    went. Repeats safely."""
    now = clock.now()
    gone = 0
    for job in ExportJob.objects.filter(state=State.DONE, expires_at__lte=now):
        # The file first: a row that says "expired" over a file would never be looked at again.
        storage.forget(job.stored)
        ExportJob.objects.filter(pk=job.pk).update(state=State.EXPIRED, stored="")
        gone += 1
    ExportJob.objects.filter(asked_at__lt=now - REMEMBERED).exclude(
        state__in=[*LIVE, State.DONE]
    ).delete()
    # Listed before the rows are read, so a file that appears in between is not taken for lost.
    among = storage.names()
    kept = set(ExportJob.objects.filter(state=State.DONE).values_list("stored", flat=True))
    for claim, kind in ExportJob.objects.filter(state=State.RUNNING).values_list("claim", "kind"):
        kept.add(storage.stored_name(claim, kind))
    return gone + storage.forget_all_but(kept, among)


def _is_refusal(error: IntegrityError, constraint: str, *, column: str) -> bool:
    """SQLite names the column, and the index by no name."""
    name = violated_constraint(error)
    return constraint in name or f"reports_exportjob.{column}" in name


def _asks_for(job: ExportJob) -> tuple[str, str, str, str]:
    return job.report, job.kind, job.question, job.language


def _ours(job: ExportJob) -> QuerySet[ExportJob]:
    return ExportJob.objects.filter(pk=job.pk, state=State.RUNNING, claim=job.claim)


def _end(jobs: QuerySet[ExportJob], state: str, **fields: object) -> bool:
    """End the one job that ``jobs`` is, if it still is."""
    return bool(jobs.update(state=state, claim=None, finished_at=clock.now(), **fields))


def _nudge() -> None:
    """With the broker gone the file is made at the next tick of the beat (F11)."""
    from reports.tasks import write_exports

    try:
        write_exports.apply_async(expires=60, retry=False)
    except Exception:  # noqa: BLE001 - any broker's own errors; the queue is in the database
        logger.warning("The worker could not be told of a file; it is made at the next tick.")
