"""Clients: found by any part of name, e-mail or phone. The form is the first tab of a client's
card (``backoffice/client_*.py``)."""

from __future__ import annotations

import json
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.contrib.admin.utils import unquote
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display
from unfold.widgets import (
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
    UnfoldBooleanWidget,
)

from backoffice.base import PanelAdmin, actor_of
from backoffice.client_frame import DETAILS, head_of, lead_on
from clients.card_numbers import new_card_number, read_card_number
from clients.models import Client, ConsentRecord
from clients.people import create_client, search_clients, update_client
from foundation.errors import DomainError
from foundation.keyset import LARGEST_ID
from foundation.writing import grouped

CONTACT = ("first_name", "last_name", "email", "phone", "language", "allergies", "note")
FIELDS = (*CONTACT, "card_number", "make_number")


class ClientForm(forms.ModelForm):
    card_number = forms.CharField(
        label=_("Loyalty card number"),
        max_length=40,
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
        help_text=_("Type it or scan it; the search finds the client by it. Empty: no card."),
    )
    make_number = forms.BooleanField(
        label=_("Make a new number"), required=False, widget=UnfoldBooleanWidget
    )

    class Meta:
        model = Client
        fields = CONTACT
        widgets = {
            "allergies": UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
            "note": UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        }
        help_texts = {
            "allergies": _(
                "In a few words. Stands with every booking; the client does not see it."
            ),
            "note": _("Staff see this; the client does not."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["card_number"] = self.instance.card_number

    def clean_card_number(self) -> str:
        try:
            number = read_card_number(self.cleaned_data["card_number"])
        except DomainError as error:
            raise ValidationError(str(error), code=error.code) from error
        others = Client.objects.exclude(pk=self.instance.pk)
        owner = others.filter(card_number=number).first() if number else None
        if owner is not None:
            said = _("%(name)s has this loyalty card number.")
            raise ValidationError(said, code="taken", params={"name": owner.full_name})
        return number

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if self.instance.pk and self.instance.anonymised_at:
            raise ValidationError(_("This client's data was erased."), code="client-gone")
        if data.get("make_number"):
            if data.get("card_number"):
                said = _("Empty the number to have a new one made, or take the tick away.")
                self.add_error("make_number", ValidationError(said, code="both"))
            else:
                data["card_number"] = new_card_number()
        return data


@admin.register(Client)
class ClientAdmin(PanelAdmin):
    """Saved by the commands of ``clients``, which keep the folded name for searching."""

    form = ClientForm
    list_display = ("name", "email", "phone", "points", "agreed")
    list_display_links = ("name",)
    list_select_related = ("point_account",)
    ordering = ("search_name", "id")
    # The search itself is folded (below); a value here makes Django show the box.
    search_fields = ("search_name",)
    search_help_text = _("Name, e-mail, phone or loyalty card")
    fieldsets = ((None, {"fields": FIELDS}),)
    # The head of the client card, with its tabs: this form is the first of them.
    change_form_outer_before_template = "backoffice/client_head.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Client]:
        newest = ConsentRecord.objects.filter(client=OuterRef("pk")).order_by("-id")
        queryset = super().get_queryset(request).filter(anonymised_at__isnull=True)
        return queryset.annotate(consent=Subquery(newest.values("granted")[:1]))

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        client = self.get_object(request, unquote(object_id))
        head = head_of(client, actor_of(request), DETAILS) if client else {}
        return super().change_view(request, object_id, form_url, {**head, **(extra_context or {})})

    def _get_obj_does_not_exist_redirect(
        self, request: HttpRequest, opts: Any, object_id: str
    ) -> HttpResponse:
        """A record that was merged leads to the one that has its things now."""
        number = object_id if object_id.isascii() and object_id.isdecimal() else "0"
        gone = Client.objects.select_related("joined_to").filter(
            pk=min(int(number), LARGEST_ID), joined_to__anonymised_at__isnull=True
        )
        merged = gone.exclude(joined_to=None).first()
        if merged is not None and self.has_view_permission(request):
            return lead_on(request, merged, DETAILS)
        return super()._get_obj_does_not_exist_redirect(request, opts, object_id)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Client], search_term: str
    ) -> tuple[QuerySet[Client], bool]:
        if search_term.strip():
            queryset = queryset & search_clients(search_term)
        return queryset, False

    @display(description=_("name"), ordering="search_name")
    def name(self, obj: Client) -> str:
        return obj.full_name

    @display(description=_("points"), ordering="point_account__balance")
    def points(self, obj: Client) -> SafeString:
        account = getattr(obj, "point_account", None)
        balance = account.balance if account else 0
        return format_html(
            '<a class="points-link" href="{}?client={}">{}</a>',
            reverse("reports:loyalty"),
            obj.pk,
            grouped(balance),
        )

    @display(description=_("messages"), label={"yes": "success", "no": "info"})
    def agreed(self, obj: Any) -> tuple[str, Any]:
        return ("yes", _("Agreed")) if obj.consent else ("no", _("Not agreed"))

    def save_model(self, request: HttpRequest, obj: Client, form: Any, change: bool) -> None:
        values = {name: form.cleaned_data[name] for name in (*CONTACT, "card_number")}
        phone = values["phone"]
        values["phone"] = phone.as_e164 if phone else ""
        actor = actor_of(request)
        if change:
            update_client(client=obj, actor=actor, **values)
        else:
            obj.pk = create_client(actor=actor, **values).pk
        obj.refresh_from_db()

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> LogEntry:
        return self._log(request, obj, ADDITION, message)

    def log_change(self, request: HttpRequest, obj: Any, message: Any) -> LogEntry:
        return self._log(request, obj, CHANGE, message)

    def _log(self, request: HttpRequest, obj: Client, flag: int, message: Any) -> LogEntry:
        """By the pseudonym: a name in the log would outlive the erasure of the client."""
        return LogEntry.objects.create(
            user_id=actor_of(request).pk,
            content_type=ContentType.objects.get_for_model(Client),
            object_id=str(obj.pk),
            object_repr=f"#{obj.public_id}",
            action_flag=flag,
            change_message=message if isinstance(message, str) else json.dumps(message),
        )
