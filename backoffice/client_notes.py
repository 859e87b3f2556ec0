"""The tab of the client card with the notes of staff: who wrote what when (ux S8)."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from backoffice.base import actor_of
from backoffice.client_frame import SEE, card_response, one_client
from clients.models import Client
from clients.notes import WRITE, add_note, notes_of
from foundation.errors import DomainError
from foundation.form_tokens import new_form_token
from foundation.keyset import page_of
from foundation.staff import refusal, staff_page

NOTES = pgettext_lazy("client card", "Notes")
HERE = "backoffice:client-notes"


class NewNoteForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("New note"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Staff see this; the client does not."),
        error_messages={
            "required": gettext_lazy("Write the note first"),
            "max_length": gettext_lazy("Write at most 2,000 characters."),
        },
    )
    token = forms.CharField(max_length=64, widget=forms.HiddenInput)


@staff_page(SEE, what=NOTES)
@one_client
def notes(request: HttpRequest, client: Client) -> HttpResponseBase:
    """All notes, the newest first; a POST adds one."""
    if request.method != "POST":
        return _page(request, client, _fresh())
    if not request.user.has_perm(WRITE):
        return refusal(request, permission=WRITE, what=NOTES)
    form = NewNoteForm(request.POST)
    if not form.is_valid():
        return _page(request, client, form, status=422)
    try:
        add_note(
            client=client,
            text=form.cleaned_data["text"],
            form_token=form.cleaned_data["token"],
            actor=actor_of(request),
        )
    except DomainError as error:
        form.add_error(None, str(error))
        return _page(request, client, form, status=error.status)
    messages.success(request, _("The note is saved."))
    return redirect(HERE, client.pk)


def _fresh() -> NewNoteForm:
    return NewNoteForm(initial={"token": new_form_token()})


def _page(
    request: HttpRequest, client: Client, form: NewNoteForm, *, status: int = 200
) -> HttpResponseBase:
    at = request.GET.get("at", "")
    page = page_of(notes_of(client), by="written_at", descending=True, at=at)
    context = {
        "page": page,
        "form": form,
        "may_write": request.user.has_perm(WRITE),
        "tab_title": NOTES,
    }
    template = "backoffice/client_notes.html"
    return card_response(request, client, template, context, here=HERE, status=status)
