"""Manage → Time off and Out of order: /admin/time-off/ and /admin/out-of-order/.

Both are a list with a form; they differ in whose time it is, in the right that is asked for, and in
their words. What is booked in that time is never moved from here: the form is refused, and shows
it with links to where each is moved.
"""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from backoffice.base import actor_of
from backoffice.time_off_form import TimeOffForm, what_is_in_the_way, write_span
from backoffice.time_off_kinds import (
    ALL,
    CHANGE_OFF,
    CHANGE_ORDER,
    OFF,
    ORDER,
    OUT_OF_ORDER,
    SEE_OFF,
    SEE_ORDER,
    TIME_OFF,
    Kind,
)
from bookings.time_off import (
    TimeInUse,
    TimeOff,
    add_time_off,
    change_time_off,
    owner_of,
    remove_time_off,
)
from business.profile import get_business
from foundation import clock
from foundation.errors import DomainError
from foundation.form_tokens import new_form_token
from foundation.keyset import LARGEST_ID, page_of
from foundation.staff import refusal, staff_page, staff_response
from sales.nudging import nudge_waiting


@require_safe
@staff_page(SEE_OFF, what=TIME_OFF)
def time_off_list(request: HttpRequest) -> HttpResponseBase:
    return _list(request, OFF)


@staff_page(CHANGE_OFF, what=TIME_OFF)
def time_off_add(request: HttpRequest) -> HttpResponseBase:
    return _add(request, OFF)


@staff_page(CHANGE_OFF, what=TIME_OFF)
def time_off_change(request: HttpRequest, pk: int) -> HttpResponseBase:
    return _change(request, OFF, pk)


@staff_page(CHANGE_OFF, what=TIME_OFF)
def time_off_remove(request: HttpRequest, pk: int) -> HttpResponseBase:
    return _remove(request, OFF, pk)


@require_safe
@staff_page(SEE_ORDER, what=OUT_OF_ORDER)
def out_of_order_list(request: HttpRequest) -> HttpResponseBase:
    return _list(request, ORDER)


@staff_page(CHANGE_ORDER, what=OUT_OF_ORDER)
def out_of_order_add(request: HttpRequest) -> HttpResponseBase:
    return _add(request, ORDER)


@staff_page(CHANGE_ORDER, what=OUT_OF_ORDER)
def out_of_order_change(request: HttpRequest, pk: int) -> HttpResponseBase:
    return _change(request, ORDER, pk)


@staff_page(CHANGE_ORDER, what=OUT_OF_ORDER)
def out_of_order_remove(request: HttpRequest, pk: int) -> HttpResponseBase:
    return _remove(request, ORDER, pk)


def _list(request: HttpRequest, kind: Kind) -> HttpResponseBase:
    """What is not over yet, the next first; or what was, the latest first."""
    is_past = request.GET.get("past") == "yes"
    rows, now = kind.rows(actor_of(request)), clock.now()
    rows = rows.filter(ends_at__lte=now) if is_past else rows.filter(ends_at__gt=now)
    page = page_of(rows, by="starts_at", descending=is_past, at=request.GET.get("at", ""))
    business = get_business()
    context = {
        "kind": kind,
        "page": page,
        "is_past": is_past,
        "may_change": request.user.has_perm(kind.change),
        "listed": [
            (row, owner_of(row), write_span(row.starts_at, row.ends_at, business))
            for row in page.rows
        ],
        "add_address": kind.address("-add"),
    }
    return staff_response(request, "backoffice/time_off.html", context, title=kind.title)


def _add(request: HttpRequest, kind: Kind) -> HttpResponseBase:
    owners = kind.owners(actor_of(request))
    initial = {"token": new_form_token(), "whose": request.GET.get("whose", "")}
    form = TimeOffForm(request.POST or None, initial=initial, owners=owners, label=kind.owner_label)

    def add(data: dict[str, Any]) -> TimeOff:
        return add_time_off(
            whose=data["whose"],
            starts_at=data["starts_at"],
            ends_at=data["ends_at"],
            reason=data["reason"],
            form_token=data["token"],
            actor=actor_of(request),
        )

    return _edit(request, kind, form, add, kind.add_title, kind.added, ADDITION)


def _change(request: HttpRequest, kind: Kind, pk: int) -> HttpResponseBase:
    row, refused = _visible(request, kind, pk)
    if refused is not None:
        return refused
    if row.ends_at <= clock.now():
        return redirect(kind.address())
    form = TimeOffForm(request.POST or None, initial=TimeOffForm.initial_of(row, get_business()))

    def change(data: dict[str, Any]) -> TimeOff:
        return change_time_off(
            time_off=row,
            starts_at=data["starts_at"],
            ends_at=data["ends_at"],
            reason=data["reason"],
            actor=actor_of(request),
        )

    return _edit(request, kind, form, change, kind.change_title, _("Saved."), CHANGE, row)


def _edit(
    request: HttpRequest,
    kind: Kind,
    form: TimeOffForm,
    command: Any,
    title: str | Promise,
    done: str | Promise,
    flag: int,
    row: TimeOff | None = None,
) -> HttpResponseBase:
    status, in_the_way, more = 200, [], 0
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                saved = command(form.cleaned_data)
            except DomainError as error:
                status = error.status
                form.add_error(None, str(error))
                if isinstance(error, TimeInUse):
                    in_the_way = what_is_in_the_way(error)
                    more = error.count - len(in_the_way)
            else:
                _log(request, saved, flag)
                nudge_waiting()  # a shorter time leaves some of it to who waits for that day
                messages.success(request, str(done))
                return redirect(kind.address())
    context = {
        "kind": kind,
        "form": form,
        "row": row,
        "whose": owner_of(row) if row else None,
        "in_the_way": in_the_way,
        "more": more,
        "list_address": kind.address(),
        "remove_address": kind.address("-remove", row.pk) if row else "",
    }
    return staff_response(
        request,
        "backoffice/time_off_edit.html",
        context,
        title=title,
        status=status,
        below=kind.address(),
    )


def _remove(request: HttpRequest, kind: Kind, pk: int) -> HttpResponseBase:
    row, refused = _visible(request, kind, pk)
    if refused is not None:
        return refused
    if row.ends_at <= clock.now():
        return redirect(kind.address())
    if request.method == "POST":
        if remove_time_off(time_off=row, actor=actor_of(request)):
            _log(request, row, DELETION)
            nudge_waiting()
        messages.success(request, str(kind.removed))
        return redirect(kind.address())
    context = {
        "kind": kind,
        "row": row,
        "whose": owner_of(row),
        "when": write_span(row.starts_at, row.ends_at, get_business()),
        "list_address": kind.address(),
    }
    template = "backoffice/time_off_remove.html"
    return staff_response(request, template, context, title=kind.remove_title, below=kind.address())


def _visible(request: HttpRequest, kind: Kind, pk: int) -> tuple[Any, HttpResponseBase | None]:
    """404 for what is not there; another provider's is refused with who may see it."""
    pk = min(pk, LARGEST_ID)
    row = kind.rows(actor_of(request)).filter(pk=pk).first()
    if row is not None:
        return row, None
    # In this order: what somebody removes meanwhile is gone, not refused.
    if not kind.all_rows().filter(pk=pk).exists():
        raise Http404
    return None, refusal(request, permission=ALL, what=kind.title)


def _log(request: HttpRequest, row: TimeOff, flag: int) -> None:
    """Without the reason, which may be about somebody's health."""
    LogEntry.objects.create(
        user_id=actor_of(request).pk,
        content_type=ContentType.objects.get_for_model(type(row)),
        object_id=str(row.pk),
        object_repr=f"{owner_of(row)} {row.starts_at:%Y-%m-%d %H:%M}–{row.ends_at:%Y-%m-%d %H:%M}",
        action_flag=flag,
        change_message="",
    )
