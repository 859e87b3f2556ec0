"""Merging two records of one person, from a client's card: find the other, look, merge (ux S8)."""

from __future__ import annotations

from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.base import actor_of
from backoffice.client_frame import DETAILS, card_response, one_client
from clients.errors import LoginStays
from clients.models import Client
from clients.people import search_clients
from foundation.errors import DomainError
from foundation.form_tokens import new_form_token
from foundation.keyset import LARGEST_ID
from foundation.staff import staff_page
from sales.merging import MERGE, merge_clients, preview_merge

TITLE = gettext_lazy("Merge with another record")
FOUND = 10


class FindForm(forms.Form):
    q = forms.CharField(
        label=gettext_lazy("Name, phone, e-mail or loyalty card"), required=False, max_length=100
    )
    into = forms.IntegerField(required=False, min_value=1, max_value=LARGEST_ID)


class MergeForm(forms.Form):
    into = forms.IntegerField(
        min_value=1,
        max_value=LARGEST_ID,
        widget=forms.HiddenInput,
        error_messages={"required": gettext_lazy("Choose the other record")},
    )
    token = forms.CharField(max_length=64, widget=forms.HiddenInput)


@dataclass(frozen=True)
class Field:
    """One line of contact: what each record has, and what is kept."""

    label: str | Promise
    source: str
    target: str
    kept: str


@staff_page(MERGE, what=TITLE)
@one_client
def merge(request: HttpRequest, client: Client) -> HttpResponseBase:
    """The search, the look at both records side by side, and the press that merges ``client``
    into the other."""
    if request.method == "POST":
        return _merge(request, client)
    form = FindForm(request.GET)
    asked = form.cleaned_data if form.is_valid() else {}
    other = Client.objects.filter(pk=asked.get("into") or 0, anonymised_at__isnull=True).first()
    if other is None:
        return _find(request, client, form, asked.get("q") or "")
    return _look(request, client, other)


def _find(
    request: HttpRequest, client: Client, form: FindForm, text: str, *, status: int = 200
) -> HttpResponseBase:
    """What was searched for, or at first those of the same name."""
    found = search_clients(text or client.full_name).exclude(pk=client.pk)
    rows = list(found[: FOUND + 1])
    context = {
        "form": form,
        "text": text,
        "found": [(each, *_direction(client, each)) for each in rows[:FOUND]],
        "is_more": len(rows) > FOUND,
    }
    title = _("%(name)s: merge with another record") % {"name": client.full_name}
    template = "backoffice/client_merge.html"
    return card_response(request, client, template, context, title=title, status=status)


def _direction(client: Client, other: Client) -> tuple[Client, Client]:
    """Which one goes, and which one stays: that with the login, else the older one."""
    if (client.user_id is None) != (other.user_id is None):
        stays = client if client.user_id is not None else other
    else:
        stays = min(client, other, key=lambda each: (each.created_at, each.pk))
    return (other if stays == client else client), stays


def _look(
    request: HttpRequest,
    client: Client,
    other: Client,
    *,
    refused: DomainError | None = None,
) -> HttpResponseBase:
    preview = None
    if refused is None:
        try:
            preview = preview_merge(source=client, target=other)
        except DomainError as error:
            refused = error
    context = {
        "other": other,
        "fields": _fields(client, other),
        "preview": preview,
        "refused": refused,
        # The other way round it may be refused: the record with a login stays.
        "may_swap": other.user_id is None and isinstance(refused, LoginStays | None),
        "both_notes": bool(client.note and other.note and client.note != other.note),
        "form": MergeForm(initial={"into": other.pk, "token": new_form_token()}),
    }
    title = _("Merge into %(name)s") % {"name": other.full_name}
    template = "backoffice/client_merge_look.html"
    status = refused.status if refused else 200
    return card_response(request, client, template, context, title=title, status=status)


def _fields(source: Client, target: Client) -> list[Field]:
    def field(label: str | Promise, name: str) -> Field:
        mine, its = str(getattr(source, name) or ""), str(getattr(target, name) or "")
        return Field(label, mine, its, its or mine)

    allergies = dict.fromkeys(filter(None, (target.allergies, source.allergies)))
    yes, no = _("Yes"), _("No")
    return [
        field(_("First name"), "first_name"),
        field(_("Last name"), "last_name"),
        field(_("E-mail"), "email"),
        field(_("Phone"), "phone"),
        Field(_("Allergies"), source.allergies, target.allergies, "; ".join(allergies)),
        field(_("Note"), "note"),
        field(_("Loyalty card"), "card_number"),
        Field(
            _("Login"),
            yes if source.user_id else no,
            yes if target.user_id else no,
            yes if target.user_id else no,
        ),
    ]


def _merge(request: HttpRequest, client: Client) -> HttpResponseBase:
    form = MergeForm(request.POST)
    other = None
    if form.is_valid():
        other = Client.objects.filter(pk=form.cleaned_data["into"]).first()
    if other is None:
        return _find(request, client, FindForm(), "", status=422)
    record = client.public_id
    try:
        kept = merge_clients(
            source=client,
            target=other,
            form_token=form.cleaned_data["token"],
            actor=actor_of(request),
        )
    except DomainError as error:
        return _look(request, client, other, refused=error)
    _log(request, kept, record)
    messages.success(
        request,
        _("Record #%(record)s was merged into %(name)s.")
        % {"record": record, "name": kept.full_name},
    )
    return redirect(DETAILS, kept.pk)


def _log(request: HttpRequest, kept: Client, record: str) -> None:
    """By the pseudonyms: a name in the log would outlive the erasure of the client."""
    LogEntry.objects.create(
        user_id=actor_of(request).pk,
        content_type=ContentType.objects.get_for_model(Client),
        object_id=str(kept.pk),
        object_repr=f"#{kept.public_id}",
        action_flag=CHANGE,
        change_message=_("Merged with record #%(record)s") % {"record": record},
    )
