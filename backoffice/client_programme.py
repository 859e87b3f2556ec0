"""Leaving a client out of the loyalty programme, and taking them in again."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.base import actor_of
from backoffice.client_frame import card_response, one_client
from clients.models import Client
from clients.programme import DECIDE, leave_out, take_in
from foundation.errors import DomainError
from foundation.staff import staff_page
from loyalty.history import on_the_way
from loyalty.points import balance_of

TITLE = gettext_lazy("Loyalty programme")
LEAVE_OUT, TAKE_IN = "out", "in"


class ProgrammeForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=200,
        help_text=gettext_lazy("Other staff see it; the client does not."),
        error_messages={
            "required": gettext_lazy("Enter the reason. Other staff see it"),
            "max_length": gettext_lazy("Write at most 200 characters."),
        },
    )


@staff_page(DECIDE, what=TITLE)
@one_client
def programme(request: HttpRequest, client: Client) -> HttpResponseBase:
    """The switch, with what it does. What was pressed says which way, so that a page left open
    does not turn it back."""
    if request.method != "POST":
        return _page(request, client, ProgrammeForm())
    if request.POST.get("way") == TAKE_IN:
        take_in(client=client, actor=actor_of(request))
        said = _("%(name)s is in the loyalty programme again.")
    else:
        form = ProgrammeForm(request.POST)
        if not form.is_valid():
            return _page(request, client, form, status=422)
        try:
            leave_out(client=client, reason=form.cleaned_data["reason"], actor=actor_of(request))
        except DomainError as error:
            form.add_error("reason", str(error))
            return _page(request, client, form, status=error.status)
        said = _("%(name)s is left out of the loyalty programme.")
    messages.success(request, said % {"name": client.full_name})
    return redirect("backoffice:client-loyalty", client.pk)


def _page(
    request: HttpRequest, client: Client, form: ProgrammeForm, *, status: int = 200
) -> HttpResponseBase:
    context = {
        "form": form,
        "balance": balance_of(client),
        "coming": sum(award.points for award in on_the_way(client)),
    }
    title = _("%(name)s: loyalty programme") % {"name": client.full_name}
    template = "backoffice/client_programme.html"
    return card_response(request, client, template, context, title=title, status=status)
