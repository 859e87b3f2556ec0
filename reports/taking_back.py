"""Take back: a correction by hand undone from its row, after a page that says what will happen."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from business.features import get_features
from business.models import Business
from business.profile import get_business
from foundation.errors import DomainError
from foundation.keyset import LARGEST_ID
from foundation.staff import staff_page, staff_response
from foundation.writing import grouped, write_day
from loyalty.correcting_undo import (
    Undo,
    is_correction,
    plan_undo,
    undo_correction,
    undone_by,
)
from loyalty.errors import DescriptionMissing
from loyalty.models import MOST_POINTS, PointEntry
from reports.adding import done, safe_next
from reports.changes import waits_because
from reports.filters import TEXT_ERRORS
from reports.pages import ADJUST, actor_of

TITLE = gettext_lazy("Take points back")


class UndoForm(forms.Form):
    description = forms.CharField(
        label=gettext_lazy("Description"),
        max_length=200,
        help_text=gettext_lazy("The client sees this."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={**TEXT_ERRORS, "required": DescriptionMissing.message},
    )
    expected = forms.IntegerField(
        min_value=-MOST_POINTS, max_value=MOST_POINTS, widget=forms.HiddenInput
    )


class BackForm(forms.Form):
    next = forms.CharField(required=False, max_length=1000)


@staff_page(ADJUST, what=TITLE)
def take_back(request: HttpRequest, pk: int) -> HttpResponseBase:
    """GET says what would be taken and what is missing; POST does it, once."""
    entry = get_object_or_404(
        PointEntry.objects.select_related("account__client", "actor"), pk=min(pk, LARGEST_ID)
    )
    if not is_correction(entry):
        raise Http404
    asked = BackForm(request.POST if request.method == "POST" else request.GET)
    back = safe_next(request, asked.cleaned_data["next"] if asked.is_valid() else "")
    form, status = None, 200
    if request.method == "POST":
        form = UndoForm(request.POST)
        status = 422
        if form.is_valid():
            try:
                return done(request, _undo(request, entry, form), back)
            except DomainError as error:
                form.add_error(None, ValidationError(str(error), code=error.code))
                status = error.status
                entry.account.refresh_from_db()
    context = _context(request, entry, back, form)
    return staff_response(request, "reports/take_back.html", context, title=TITLE, status=status)


def _undo(request: HttpRequest, entry: PointEntry, form: UndoForm) -> PointEntry:
    data = form.cleaned_data
    return undo_correction(
        entry=entry,
        expected=data["expected"],
        description=data["description"],
        actor=actor_of(request),
    )


def _context(
    request: HttpRequest, entry: PointEntry, back: str, form: UndoForm | None
) -> dict[str, Any]:
    undo = plan_undo(entry, entry.account.balance)
    person = actor_of(request)
    if form is None:
        words = _words(entry, undo, get_business())
        form = UndoForm(initial={"description": words, "expected": undo.amount})
    else:
        # The page tells the numbers of now; words that were typed stay.
        typed = request.POST.get("description", "")
        form.data = {"description": typed, "expected": str(undo.amount)}
    is_own = entry.actor_id == person.pk
    return {
        "entry": entry,
        "undo": undo,
        "taken": abs(undo.amount),
        "after": entry.account.balance + undo.amount,
        "undone": undone_by([entry]).get(entry.pk),
        "above": "" if is_own or not undo.amount else waits_because(person, undo.amount),
        "is_frozen": not get_features().loyalty,
        "form": form,
        "back": back,
    }


def _words(entry: PointEntry, undo: Undo, business: Business) -> str:
    """What the client reads, unless somebody writes something better."""
    params = {
        "day": write_day(entry.created_at.astimezone(business.zone).date()),
        "missing": grouped(undo.missing),
    }
    if undo.missing:
        text = _("Correction of %(day)s taken back, except %(missing)s points already spent")
    else:
        text = _("Correction of %(day)s taken back")
    return text % params
