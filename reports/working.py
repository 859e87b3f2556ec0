"""What a worker does with the jobs that wait."""

from __future__ import annotations

import errno
import logging

from django.http import QueryDict
from django.utils.translation import override

from foundation.models import User
from reports import jobs, storage
from reports.exports import REPORTS, read_export
from reports.making import write_export
from reports.models import ExportJob

logger = logging.getLogger(__name__)

Reason = ExportJob.Reason

# A sign of life, and a look whether somebody cancelled, every so many rows.
STEP = 5_000
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


class _NoLongerOurs(Exception):
    """Cancelled, or taken over by another worker."""


def write_waiting_files() -> int:
    """Make file after file until none waits; how many jobs were taken up."""
    taken = 0
    while job := jobs.claim_next():
        _write(job)
        taken += 1
    return taken


def may_have(user: User, report: str) -> bool:
    """Whether ``user`` may have a file of ``report`` now."""
    return user.is_active and user.is_staff and user.has_perms(REPORTS[report].permissions)


def _write(job: ExportJob) -> None:
    """Make the file of a job that is ours. Every way out but a dying process ends the job."""
    try:
        with override(job.language):
            reason = _make_file(job)
    except _NoLongerOurs:
        return
    except OSError as error:
        logger.exception("An export could not be written to the storage.")
        reason = Reason.DISK_FULL if error.errno in _FULL else Reason.STORAGE
    except Exception:
        logger.exception("An export failed.")
        reason = Reason.BROKEN
    if reason:
        jobs.fail(job, reason)


def _make_file(job: ExportJob) -> str:
    """The reason why there is none, "" when it is done."""
    # Read anew: the role may be another one than when the file was asked for.
    if not may_have(User.objects.get(pk=job.asked_by_id), job.report):
        return Reason.ROLE
    export = read_export(job.report, QueryDict(job.question), asked_at=job.asked_at)
    if not export.is_valid:
        return Reason.FILTER
    total = export.plain.order_by().count()
    told = 0

    def tell(rows: int) -> None:
        nonlocal told
        if rows - told < STEP and rows:
            return
        told = rows
        if not jobs.keep_alive(job, rows_done=rows, rows_total=max(total, rows)):
            raise _NoLongerOurs

    tell(0)
    name = storage.stored_name(job.claim, job.kind)
    with storage.writing(name) as file:
        rows = write_export(export, job.kind, file, told=tell)
    jobs.finish(job, stored=name, rows=rows)
    return ""
