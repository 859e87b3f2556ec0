"""Add points: a dialog over a report, and the same as a page of its own.

The rules are those of ``loyalty.points.adjust_points``; here a number is read from what people
type, the client is found, and refusals are put beside the field that they are about. What is above
a limit of the reader's becomes a request (``loyalty.correcting_requests``). Finding,
picking and changing the client send the same form with a step, so that nothing typed is lost and
nothing of it stands in an address.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBase, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from business.features import get_features
from clients.consents import has_consent
from clients.errors import ClientGone
from clients.models import Client
from clients.people import search_clients
from foundation.errors import DomainError
from foundation.form_tokens import new_form_token
from foundation.keyset import LARGEST_ID
from foundation.models import User
from foundation.staff import staff_page, staff_response
from loyalty.correcting_requests import ask_for_correction
from loyalty.errors import (
    AboveDayLimit,
    AboveLimit,
    BelowZero,
    DescriptionMissing,
    NothingToAdjust,
)
from loyalty.models import MOST_POINTS, CorrectionRequest, PointAccount, PointEntry
from loyalty.points import adjust_points
from reports.changes import change_of, label_of, limits_in_words, read_points, too_many
from reports.filters import TEXT_ERRORS
from reports.movements import said_of
from reports.pages import ADJUST, SEE, actor_of, is_for

TITLE = gettext_lazy("Add points")
FOUND = 8
STEPS = ("find", "pick", "change")
FIELD_OF: dict[type[DomainError], str] = {
    NothingToAdjust: "amount",
    BelowZero: "amount",
    DescriptionMissing: "description",
    ClientGone: "client",
}


class PointsField(forms.CharField):
    """A signed number of points."""

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        try:
            points = read_points(text)
        except ValueError as error:
            told = _("Enter a whole number of points, like 50 or −50")
            raise ValidationError(told, code="not-whole") from error
        if abs(points) > MOST_POINTS:
            raise ValidationError(too_many(), code="too-many")
        return points


class AddForm(forms.Form):
    client = forms.ModelChoiceField(
        label=gettext_lazy("Client"),
        queryset=Client.objects.filter(anonymised_at__isnull=True),
        error_messages={
            "required": gettext_lazy("Choose a client"),
            "invalid_choice": gettext_lazy("Choose a client"),
        },
    )
    amount = PointsField(
        label=gettext_lazy("Reward points amount"),
        max_length=20,
        error_messages={**TEXT_ERRORS, "required": NothingToAdjust.message},
    )
    description = forms.CharField(
        label=gettext_lazy("Description"),
        max_length=200,
        error_messages={**TEXT_ERRORS, "required": DescriptionMissing.message},
    )
    tell = forms.BooleanField(required=False)
    token = forms.CharField(min_length=16, max_length=64)
    next = forms.CharField(required=False, max_length=1000)


class AskForm(forms.Form):
    """What a link, the live line and the search ask for."""

    client = forms.IntegerField(required=False, min_value=1, max_value=LARGEST_ID)
    amount = forms.CharField(required=False, max_length=20)
    q = forms.CharField(required=False, max_length=100)
    who = forms.CharField(required=False, max_length=100)
    next = forms.CharField(required=False, max_length=1000)


@staff_page(ADJUST, what=TITLE)
def add_points(request: HttpRequest) -> HttpResponseBase:
    """GET shows the form, for a client where one is named; POST does it."""
    if request.method != "POST":
        asked = _asked(request.GET)
        values = {"token": new_form_token(), "next": asked.get("next") or ""}
        client = _client(asked.get("client"))
        return _show(request, {**values, "tell": "on"}, client)
    step = request.POST.get("step", "")
    if step in STEPS:
        return _step(request, step)
    form = AddForm(request.POST)
    if not form.is_valid():
        return _show(request, request.POST, _posted_client(request), form=form, status=422)
    data = form.cleaned_data
    try:
        made = _correct(data, actor_of(request))
    except DomainError as error:
        form.add_error(FIELD_OF.get(type(error)), ValidationError(str(error), code=error.code))
        return _show(request, request.POST, data["client"], form=form, status=error.status)
    if isinstance(made, CorrectionRequest):
        return _asked_for(request, made)
    return done(request, made, data["next"])


def _correct(data: dict[str, Any], actor: User) -> PointEntry | CorrectionRequest:
    """Above a limit of theirs the same form asks a second person. Raises DomainError."""
    asked: dict[str, Any] = {
        "client": data["client"],
        "amount": data["amount"],
        "description": data["description"],
        "form_token": data["token"],
        "actor": actor,
        "tell_client": data["tell"],
    }
    try:
        return adjust_points(**asked)
    except (AboveLimit, AboveDayLimit):
        return ask_for_correction(**asked)


@staff_page(ADJUST, what=TITLE)
def live_line(request: HttpRequest) -> HttpResponseBase:
    """``Balance 340 → 290`` while the amount is typed, and what the button will say."""
    asked = _asked(request.GET)
    client = _client(asked.get("client"))
    change = change_of(client, asked.get("amount") or "", actor_of(request))
    context = {"change": change, "label": label_of(change), "is_live": True}
    return render(request, "reports/add_points_live.html", context)


@staff_page(SEE, what=TITLE)
def find_clients(request: HttpRequest) -> HttpResponseBase:
    """The list under the search box, for whoever filters or adds."""
    asked = _asked(request.GET)
    text = asked.get("q") or asked.get("who") or ""
    return render(request, "reports/found_clients.html", {"found": _found(text), "q": text})


def _step(request: HttpRequest, step: str) -> HttpResponseBase:
    """The same form again, with a list of clients, the client picked, or none."""
    if step == "find":
        asked = _asked(request.POST)
        found = _found(asked.get("q") or "")
        return _show(request, request.POST, None, found=found)
    client = _posted_client(request) if step == "pick" else None
    return _show(request, request.POST, client, focus="amount" if client else "client")


def _show(
    request: HttpRequest,
    values: QueryDict | dict[str, str],
    client: Client | None,
    *,
    form: AddForm | None = None,
    found: list[Client] | None = None,
    focus: str = "",
    status: int = 200,
) -> HttpResponseBase:
    features = get_features()
    agreed = client is not None and bool(client.email) and has_consent(client.pk)
    person = actor_of(request)
    change = change_of(client, values.get("amount") or "", person)
    context = {
        "form": form,
        "values": values,
        "client": client,
        "found": found,
        "focus": focus or ("amount" if client else "client"),
        "change": change,
        "label": label_of(change),
        "agreed": agreed,
        "limits": limits_in_words(person),
        "is_frozen": not features.loyalty,
        "in_dialog": is_for(request, "dialog"),
        "back": safe_next(request, str(values.get("next") or "")),
    }
    if context["in_dialog"]:
        part = {**context, "features": features}
        return render(request, "reports/add_points_part.html", part, status=status)
    return staff_response(request, "reports/add_points.html", context, title=TITLE, status=status)


def _asked_for(request: HttpRequest, asked: CorrectionRequest) -> HttpResponseBase:
    """What happens next: inside the dialog, or on the request's own page."""
    if is_for(request, "dialog"):
        return render(request, "reports/asked_part.html", {"asked": asked})
    return redirect("reports:request", asked.pk)


def done(request: HttpRequest, entry: PointEntry, back: str) -> HttpResponseBase:
    """The dialog closes and the report under it reads itself again; a page goes back to it."""
    if is_for(request, "dialog"):
        news = {"points-changed": {"entry": entry.pk, "said": said_of(entry)}}
        return HttpResponse(status=204, headers={"HX-Trigger": json.dumps(news)})
    parts = urlsplit(safe_next(request, back))
    query = urlencode([*parse_qsl(parts.query), ("new", str(entry.pk))])
    return redirect(f"{parts.path}?{query}")


def safe_next(request: HttpRequest, back: str) -> str:
    """Only to one of our own reports (reliability T18)."""
    report = reverse("reports:loyalty")
    ours = back.startswith((reverse("reports:clients"), report))
    hosts = {request.get_host()}
    return back if ours and url_has_allowed_host_and_scheme(back, allowed_hosts=hosts) else report


def _asked(data: QueryDict) -> dict[str, Any]:
    form = AskForm(data)
    form.is_valid()
    return form.cleaned_data


def _posted_client(request: HttpRequest) -> Client | None:
    return _client(_asked(request.POST).get("client"))


def _client(pk: int | None) -> Client | None:
    if pk is None:
        return None
    return Client.objects.filter(pk=pk, anonymised_at__isnull=True).first()


def _found(text: str) -> list[Client]:
    """Some clients with their balance, and who answers to that name."""
    if not text.strip():
        return []
    found = list(search_clients(text)[:FOUND])
    balances = dict(
        PointAccount.objects.filter(client__in=found).values_list("client_id", "balance")
    )
    for client in found:
        client.points_now = balances.get(client.pk, 0)  # type: ignore[attr-defined]
    return found
