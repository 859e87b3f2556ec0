"""Corrections that wait for a second person: the list, and the page on which one is decided."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation.errors import DomainError
from foundation.keyset import LARGEST_ID, page_of
from foundation.staff import staff_page, staff_response
from loyalty.correcting_requests import (
    approve_correction,
    decline_correction,
    waiting_requests,
)
from loyalty.errors import AnswerMissing
from loyalty.models import CorrectionRequest, RequestState
from reports.changes import waits_because
from reports.filters import TEXT_ERRORS
from reports.pages import ADJUST, actor_of

REQUESTS = gettext_lazy("Requests for corrections")
ONE = gettext_lazy("Request for a correction")
# Far more than should ever wait.
SHOWN = 100
PARTS = ("account__client", "asked_by", "decided_by")
DECIDE = {"approve": approve_correction, "decline": decline_correction}


class AnswerForm(forms.Form):
    answer = forms.CharField(
        label=gettext_lazy("A word to whoever asked"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("Needed when you decline."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages=TEXT_ERRORS,
    )
    step = forms.ChoiceField(
        choices=[(step, step) for step in DECIDE],
        widget=forms.HiddenInput,
        error_messages={
            "required": gettext_lazy("Choose one of the two buttons"),
            "invalid_choice": gettext_lazy("Choose one of the two buttons"),
        },
    )


class PlaceForm(forms.Form):
    at = forms.CharField(required=False, max_length=40)


@staff_page(ADJUST, what=REQUESTS)
def requests(request: HttpRequest) -> HttpResponseBase:
    """What waits, the oldest on top, and what became of the others."""
    person = actor_of(request)
    place = PlaceForm(request.GET)
    decided = CorrectionRequest.objects.exclude(state=RequestState.WAITING)
    page = page_of(
        decided.select_related(*PARTS),
        by="asked_at",
        descending=True,
        at=place.cleaned_data["at"] if place.is_valid() else "",
    )
    waiting = waiting_requests().select_related(*PARTS).order_by("asked_at", "pk")
    context = {
        "waiting": [(each, each.asked_by_id == person.pk) for each in waiting[:SHOWN]],
        "page": page,
    }
    return staff_response(request, "reports/requests.html", context, title=REQUESTS)


@staff_page(ADJUST, what=ONE)
def correction_request(request: HttpRequest, pk: int) -> HttpResponseBase:
    """What would happen, and the two buttons for whoever may press them; afterwards the outcome."""
    asked = get_object_or_404(
        CorrectionRequest.objects.select_related(*PARTS), pk=min(pk, LARGEST_ID)
    )
    form = AnswerForm(request.POST if request.method == "POST" else None)
    status = 200
    if request.method == "POST":
        if form.is_valid():
            try:
                return _decide(request, asked, form)
            except DomainError as error:
                field = "answer" if isinstance(error, AnswerMissing) else None
                form.add_error(field, ValidationError(str(error), code=error.code))
                status = error.status
                asked.refresh_from_db()
        else:
            status = 422
    person = actor_of(request)
    is_waiting = asked.state == RequestState.WAITING
    context = {
        "asked": asked,
        "form": form,
        "after": asked.account.balance + asked.amount,
        "is_waiting": is_waiting,
        "is_own": asked.asked_by_id == person.pk,
        "above": waits_because(person, asked.amount) if is_waiting else "",
        "may_see_clients": person.has_perm("clients.view_client"),
    }
    return staff_response(request, "reports/request.html", context, title=ONE, status=status)


def _decide(request: HttpRequest, asked: CorrectionRequest, form: AnswerForm) -> HttpResponseBase:
    data: dict[str, Any] = form.cleaned_data
    decide = DECIDE[data["step"]]
    done = decide(request=asked, answer=data["answer"], actor=actor_of(request))
    name = {"name": asked.account.client}
    if done.state == RequestState.APPROVED:
        messages.success(request, _("Approved. The points of %(name)s are changed.") % name)
    else:
        messages.success(request, _("Declined. The points of %(name)s stay as they are.") % name)
    return redirect("reports:requests")
