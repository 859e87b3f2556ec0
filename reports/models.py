"""The files that are too large to wait for: the one table of a face (docs/adr/0001)."""

from __future__ import annotations

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

LIVE = ("waiting", "running")


class ExportJob(models.Model):
    """One file that somebody asked for: what of, for whom, and how far it is.

    The table is the queue: a worker claims a row, keeps telling that it is alive, and whoever
    finds a claim without a sign of life takes the row over. ``question`` holds what was typed into
    the filter, a name perhaps: the row is deleted three days after it was asked for.
    """

    class State(models.TextChoices):
        WAITING = "waiting"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"
        CANCELLED = "cancelled"
        EXPIRED = "expired"

    class Reason(models.TextChoices):
        NONE = "", ""
        DISK_FULL = "disk_full", _("There is no room left on the disk of this site.")
        STORAGE = "storage", _("The place for files on this site cannot be written to.")
        ROLE = "role", _("Your role did not allow this file any more when its turn came.")
        FILTER = "filter", _("The filter names something that is not there any more.")
        GIVEN_UP = "given_up", _("Writing it was interrupted several times.")
        FILE_GONE = "file_gone", _("The file is no longer where it was put.")
        BROKEN = "broken", _("Something went wrong on our side. It has been noted.")

    class Kind(models.TextChoices):
        CSV = "csv", "CSV"
        EXCEL = "xlsx", "Excel"

    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="export_jobs"
    )
    report = models.CharField(max_length=20)
    kind = models.CharField(max_length=4, choices=Kind.choices)
    question = models.TextField(blank=True)
    language = models.CharField(max_length=5)
    # What the reader's browser calls it.
    file_name = models.CharField(max_length=100)
    asked_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    reason = models.CharField(max_length=10, choices=Reason.choices, blank=True)
    # Which run has it, and when that run was last known to be alive.
    claim = models.UUIDField(null=True, blank=True)
    alive_at = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    rows_done = models.PositiveBigIntegerField(default=0)
    rows_total = models.PositiveBigIntegerField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    # The name in the storage, and until when it is served.
    stored = models.CharField(max_length=60, blank=True)
    size = models.PositiveBigIntegerField(default=0)
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        # The right to the report is the right to its file.
        default_permissions = ()
        constraints = (
            models.CheckConstraint(
                condition=Q(
                    state__in=["waiting", "running", "done", "failed", "cancelled", "expired"]
                ),
                name="export_job_state_known",
            ),
            # T25: one at a time per person.
            models.UniqueConstraint(
                fields=["asked_by"], condition=Q(state__in=LIVE), name="export_job_one_at_a_time"
            ),
            # And one in the whole house: a second would take the worker that credits points.
            models.UniqueConstraint(
                fields=["state"], condition=Q(state="running"), name="export_job_one_running"
            ),
            models.CheckConstraint(
                condition=Q(state="running", claim__isnull=False, alive_at__isnull=False)
                | (~Q(state="running") & Q(claim__isnull=True)),
                name="export_job_running_is_claimed",
            ),
            models.CheckConstraint(
                condition=(Q(state="done", expires_at__isnull=False) & ~Q(stored=""))
                | (~Q(state="done") & Q(stored="")),
                name="export_job_done_has_file",
            ),
            models.CheckConstraint(
                condition=(Q(state="failed") & ~Q(reason="")) | (~Q(state="failed") & Q(reason="")),
                name="export_job_failed_says_why",
            ),
        )
        indexes = (
            models.Index(fields=["asked_at"], condition=Q(state__in=LIVE), name="export_job_live"),
        )

    def __str__(self) -> str:
        return f"{self.report}.{self.kind} {self.state}"

    @property
    def is_live(self) -> bool:
        return self.state in LIVE

    def is_ready(self, at: dt.datetime) -> bool:
        """Whether its file is served at ``at``: a link lasts a day, whenever houses are kept."""
        return (
            self.state == self.State.DONE and self.expires_at is not None and at < self.expires_at
        )
