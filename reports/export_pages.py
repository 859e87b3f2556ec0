"""Files over the web: at once where they are small, else a page that tells how far it is.

Asking is a POST, because it makes something; the link in a report is a GET, which gives a small
file and offers a large one. Somebody else's file answers like one that was never there.
"""

from __future__ import annotations

import tempfile
from typing import Any

from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    QueryDict,
)
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from business.profile import get_business
from foundation import clock
from foundation.keyset import LARGEST_ID
from foundation.staff import post_only, refusal, staff_page, staff_response
from foundation.writing import write_clock, write_day
from reports import jobs, storage
from reports.errors import OneFileAtATime
from reports.exports import EXPORT, MOST_ROWS, REPORTS, SEE_CLIENTS, Export, read_export
from reports.filters import read_awards, read_clients, read_movements
from reports.making import write_export
from reports.models import ExportJob
from reports.movements import in_words
from reports.pages import actor_of, is_for

WHAT = gettext_lazy("Export of a report")
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
# Told to the ear in steps of so many percent.
SAID_STEP = 25


@staff_page(EXPORT, what=WHAT)
@require_http_methods(["GET", "HEAD", "POST"])
def movements_file(request: HttpRequest, kind: str) -> HttpResponseBase:
    return _file_of(request, "movements", kind)


@staff_page(EXPORT, what=WHAT)
@require_http_methods(["GET", "HEAD", "POST"])
def awards_file(request: HttpRequest, kind: str) -> HttpResponseBase:
    return _file_of(request, "awards", kind)


@staff_page(SEE_CLIENTS, what=WHAT)
@staff_page(EXPORT, what=WHAT)
@require_http_methods(["GET", "HEAD", "POST"])
def clients_file(request: HttpRequest, kind: str) -> HttpResponseBase:
    return _file_of(request, "clients", kind)


@staff_page(EXPORT, what=WHAT)
@require_safe
def export(request: HttpRequest, pk: int) -> HttpResponseBase:
    """How far a file is, or what became of it; to htmx only what changes while it is made."""
    job = _job_of(request, pk)
    context = _told(job)
    if is_for(request, "export-progress") and job.is_live:
        heard = {"is_said": request.GET.get("said") != str(context["said"])}
        return render(request, "reports/parts/export_progress.html", {**context, **heard})
    context["holds"] = _asked_of(job)
    if is_for(request, "export-progress"):
        response = render(request, "reports/parts/export_part.html", {**context, "is_answer": True})
        response.headers["HX-Retarget"] = "#export"
        response.headers["HX-Reswap"] = "innerHTML"
        return response
    context["others"] = [(each, _title(each), _asked_of(each)) for each in _other_files(job)]
    title, below = _title(job), reverse(REPORTS[job.report].page)
    return staff_response(request, "reports/export.html", context, title=title, below=below)


@staff_page(EXPORT, what=WHAT)
@require_safe
def export_download(request: HttpRequest, pk: int) -> HttpResponseBase:
    job = _job_of(request, pk)
    here = redirect("reports:export", job.pk)
    if not job.is_ready(clock.now()):
        return here
    if not all(map(request.user.has_perm, REPORTS[job.report].permissions)):
        return refusal(request, permission=SEE_CLIENTS, what=WHAT)
    try:
        file = storage.open_file(job.stored)
    except FileNotFoundError:
        jobs.lose_file(job)
        return here
    return FileResponse(
        file, as_attachment=True, filename=job.file_name, content_type=TYPES[job.kind]
    )


@staff_page(EXPORT, what=WHAT)
@post_only
def export_cancel(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Cancelling what is done already changes nothing; its page says so."""
    job = _job_of(request, pk)
    jobs.cancel(job)
    return redirect("reports:export", job.pk)


def _file_of(request: HttpRequest, report: str, kind: str) -> HttpResponseBase:
    found = read_export(report, request.GET)
    if not found.is_valid:
        # The page says what is wrong with the filter: a file of something else would not.
        back = redirect(REPORTS[report].page)
        back.headers["Location"] += f"?{request.GET.urlencode()}"
        return back
    if found.plain.order_by()[: MOST_ROWS + 1].count() <= MOST_ROWS:
        return at_once(found, kind)
    if request.method != "POST":
        return _offer(request, report, kind, found)
    try:
        job = jobs.ask_for_file(actor=actor_of(request), report=report, kind=kind, export=found)
    except OneFileAtATime as busy:
        return _offer(request, report, kind, found, busy=busy)
    return redirect("reports:export", job.pk)


def at_once(found: Export, kind: str) -> HttpResponseBase:
    """Through a temporary file, so that a slow reader keeps no statement open."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 — the response closes it
    try:
        write_export(found, kind, file)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    name = f"{found.file_name}.{kind}"
    return FileResponse(file, as_attachment=True, filename=name, content_type=TYPES[kind])


def _offer(
    request: HttpRequest,
    report: str,
    kind: str,
    found: Export,
    *,
    busy: OneFileAtATime | None = None,
) -> HttpResponse:
    """The large file: a button that has it made, or why it cannot be made now."""
    live = ExportJob.objects.filter(pk=busy.job).first() if busy else None
    context = {
        "most": MOST_ROWS,
        "busy": busy,
        "live": live,
        "live_title": _title(live) if live else "",
        "live_holds": _asked_of(live) if live else "",
        "holds": _holds(report, request.GET),
        "back": _address(REPORTS[report].page, request.GET),
    }
    title = _named(report, kind)
    status = 409 if busy else 200
    return staff_response(request, "reports/large_export.html", context, title=title, status=status)


def _job_of(request: HttpRequest, pk: int) -> ExportJob:
    """The reader's own job. Raises Http404 for any other."""
    job = ExportJob.objects.filter(pk=min(pk, LARGEST_ID), asked_by=actor_of(request)).first()
    if job is None:
        raise Http404
    return job


def _told(job: ExportJob) -> dict[str, Any]:
    business = get_business()
    total = job.rows_total or 0
    percent = min(100, job.rows_done * 100 // total) if total else 0
    asked = QueryDict(job.question)
    report = REPORTS[job.report]
    is_ready = job.is_ready(clock.now())
    state = "expired" if job.state == job.State.DONE and not is_ready else job.state
    until = job.expires_at
    return {
        "job": job,
        "state": state,
        "total": total,
        "percent": percent,
        "said": percent // SAID_STEP * SAID_STEP,
        "is_behind": job.state == job.State.WAITING and _is_somebody_served(),
        "until_day": write_day(until.astimezone(business.zone).date()) if until else "",
        "until_clock": write_clock(until, business.zone) if until else "",
        "back": _address(report.page, asked),
        "again": _address(report.address, asked, job.kind),
    }


def _is_somebody_served() -> bool:
    return ExportJob.objects.filter(state=ExportJob.State.RUNNING).exists()


def _other_files(job: ExportJob) -> list[ExportJob]:
    """What else lies ready for the same reader: a report links its newest file alone."""
    ready = ExportJob.objects.filter(state=ExportJob.State.DONE, expires_at__gt=clock.now())
    mine = ready.filter(asked_by=job.asked_by_id).exclude(pk=job.pk)
    return list(mine.order_by("-asked_at", "-pk"))


def _asked_of(job: ExportJob) -> str:
    return _holds(job.report, QueryDict(job.question))


def _holds(report: str, asked: QueryDict) -> str:
    """The days and the filter of a file, in the words over the report's rows."""
    if report == "movements":
        return in_words(read_movements(asked, get_business())[1])
    if report == "awards":
        return in_words(read_awards(asked)[1]) or _("All points on the way")
    chips = read_clients(asked)[1].chips()
    return " · ".join(f"{chip.label}: {chip.value}" for chip in chips) or _("Clients by name")


def _title(job: ExportJob) -> str:
    return _named(job.report, job.kind)


def _named(report: str, kind: str) -> str:
    return f"{REPORTS[report].title} · {ExportJob.Kind(kind).label}"


def _address(name: str, asked: QueryDict, *args: str) -> str:
    query = asked.urlencode()
    return reverse(name, args=args) + (f"?{query}" if query else "")
