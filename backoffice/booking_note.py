"""Changing what is noted of a visit (ux S3 *Edit*); its time and person are changed by moving."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.base import actor_of
from backoffice.beside import page_or_beside
from backoffice.bookings import BOOK, ONE, may_edit, too_late, with_booking
from backoffice.new_booking_plan import NOTE_HELP
from bookings.errors import NoteChanged
from bookings.models import Booking, Visit
from bookings.notes import change_note
from foundation.form_tokens import content_hash
from foundation.staff import staff_page


class NoteForm(forms.Form):
    note = forms.CharField(
        label=gettext_lazy("Note (optional)"),
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=NOTE_HELP,
        error_messages={"max_length": gettext_lazy("Write at most 1,000 characters.")},
    )


@staff_page(BOOK, what=ONE)
def edit(request: HttpRequest, pk: int) -> HttpResponseBase:
    def answer(booking: Booking) -> HttpResponseBase:
        if not may_edit(booking):
            return too_late(request, booking)
        if request.method != "POST":
            return _page(request, booking, NoteForm(initial={"note": booking.visit.note}))
        return _save(request, booking, NoteForm(request.POST))

    return with_booking(request, pk, answer)


def _save(request: HttpRequest, booking: Booking, form: NoteForm) -> HttpResponseBase:
    if not form.is_valid():
        return _page(request, booking, form, status=422)
    note, stands = form.cleaned_data["note"], booking.visit.note
    # Who saw another note may only have wanted what stands there by now.
    was_seen = request.POST.get("seen") == _fingerprint(stands)
    try:
        change_note(
            visit=booking.visit,
            note=note,
            before=stands if was_seen else note,
            actor=actor_of(request),
        )
    except NoteChanged as error:
        form.add_error(None, str(error))
        return _page(request, booking, form, status=error.status, is_news=True)
    messages.success(request, _("The note is changed."))
    return redirect("backoffice:booking", booking.pk)


def _fingerprint(note: str) -> str:
    return content_hash([note])[:16]


def _page(
    request: HttpRequest,
    booking: Booking,
    form: NoteForm,
    *,
    status: int = 200,
    is_news: bool = False,
) -> HttpResponseBase:
    stands = Visit.objects.values_list("note", flat=True).get(pk=booking.visit_id)
    context = {
        "booking": booking,
        "client": booking.visit.client,
        "form": form,
        "seen": _fingerprint(stands),
        "stands": stands,
        # What was typed stays in the field, beside what stands there now.
        "shows_both": is_news,
    }
    title = _("Change the note")
    template = "backoffice/bookings_edit.html"
    return page_or_beside(request, template, context, title=title, status=status)
