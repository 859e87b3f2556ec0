"""What every ModelAdmin of the panel shares."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from django import forms
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Model, QuerySet, UniqueConstraint
from django.http import HttpRequest, HttpResponse
from django.utils.functional import cached_property, lazy
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, StackedInline, TabularInline

from foundation.models import User

COUNTED = 10_000


def actor_of(request: HttpRequest) -> User:
    """Who is at the panel. Every page of it asked for a login before."""
    return cast("User", request.user)


# What a required field asks for when it is left empty, in words of its own where one is known.
ASKED = {
    "email": _("Enter the e-mail address"),
    "first_name": _("Enter the first name"),
    "name": _("Enter the name"),
    "password": _("Enter a password"),
    "phone": _("Enter the phone number"),
    "day": _("Enter the day"),
    "time": _("Enter the time"),
    "service": _("Choose a service"),
    "provider": _("Choose a provider"),
    "category": _("Choose a category"),
}


def _words_for(name: str, label: Any) -> str:
    if name in ASKED:
        return str(ASKED[name])
    return gettext("Fill in “%(field)s”") % {"field": label}


# A form declares its field once, for readers of every language.
_words_later = lazy(_words_for, str)


def _ask(name: str, field: forms.Field) -> None:
    """Say what is missing in place of "This field is required."; a form's own words stay."""
    if field.error_messages.get("required") == forms.Field.default_error_messages["required"]:
        field.error_messages["required"] = _words_later(name, field.label)


class CappedPaginator(Paginator):
    """Counts no further than ``COUNTED`` rows: counting a ledger of millions reads all of it.

    What lies beyond is reached by filters.
    """

    @cached_property
    def count(self) -> int:
        rows = self.object_list
        if isinstance(rows, QuerySet):
            return rows.order_by()[:COUNTED].count()
        return len(rows)


class _OneOrder:
    """A change list that takes no order from the address."""

    def get_ordering_field(self, field_name: Any) -> None:
        return None


class MadeByCommand:
    """Of a row that the form's command makes while the form is cleaned, as ``form.made`` by
    ``form.actor``; a row that is there is only looked at."""

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        if obj is not None:
            kwargs["form"] = forms.ModelForm
        form = super().get_form(request, obj, change=change, **kwargs)  # type: ignore[misc]
        form.actor = actor_of(request)
        return form

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> Any:
        form.save_m2m = lambda: None
        return form.made

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """The command wrote the row."""


class PanelAdmin(ModelAdmin):
    """Lists of 50 with a capped count; nothing is deleted; only offered filters filter."""

    list_per_page = 50
    list_max_show_all = 0
    show_full_result_count = False
    paginator = CappedPaginator
    warn_unsaved_form = True
    compressed_fields = True
    # The order of an index, whatever column's head is pressed: sorting millions reads them all.
    has_one_order = False
    actions: Sequence[Any] | None = None

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        for name, field in form.base_fields.items():
            _ask(name, field)
        return form

    def get_sortable_by(self, request: HttpRequest) -> Any:
        return () if self.has_one_order else super().get_sortable_by(request)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> Any:
        found = super().get_changelist(request, **kwargs)
        return type("OneOrder", (_OneOrder, found), {}) if self.has_one_order else found

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Headed by what it lists: "Clients", not "Select client to change"."""
        title = capfirst(str(self.opts.verbose_name_plural))
        return super().changelist_view(request, {"title": title, **(extra_context or {})})

    def response_action(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        """What was ticked are numbers: Django hands anything else on to the database."""
        sent = request.POST.copy()
        ticked = sent.getlist(ACTION_CHECKBOX_NAME)
        numbers = [each for each in ticked if each.isascii() and each.isdecimal()]
        sent.setlist(ACTION_CHECKBOX_NAME, numbers)
        request.POST = sent  # type: ignore[assignment]
        return super().response_action(request, queryset)

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Only what ``list_filter`` offers: Django lets any local column be asked in the address,
        which guesses a stored value letter by letter (T09)."""
        offered = [
            each
            if isinstance(each, str)
            else each[0]
            if isinstance(each, tuple)
            else each.parameter_name
            for each in self.get_list_filter(request)
        ]
        named = any(lookup == name or lookup.startswith(f"{name}__") for name in offered)
        return named and super().lookup_allowed(lookup, value, request)


class ReadOnlyAdmin(PanelAdmin):
    """Shown to those who may see it, and changed by nobody, superusers included."""

    warn_unsaved_form = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        # Without actions Django would answer a POST with the list, as if it had done something.
        if request.method != "GET":
            raise PermissionDenied
        return super().changelist_view(request, extra_context)


class _ReadOnlyRows:
    extra = 0
    can_delete = False
    show_change_link = False

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class ReadOnlyTabular(_ReadOnlyRows, TabularInline):
    """Rows of a ledger under what they belong to."""

    per_page = 50
    # Else the row's str() heads it: the key of an entry.
    hide_title = True


class RowForm(forms.ModelForm):
    """A row in the form of what it belongs to.

    Django leaves the parent out when it looks at a row's constraints, so that a pair that another
    tab has added meanwhile would be refused by the database alone.
    """

    def validate_unique(self) -> None:
        super().validate_unique()
        exclude = self._get_validation_exclusions()  # type: ignore[attr-defined]
        for each in self.instance._meta.constraints:
            if isinstance(each, UniqueConstraint):
                try:
                    each.validate(type(self.instance), self.instance, exclude=exclude)
                except forms.ValidationError as error:
                    self._update_errors(error)  # type: ignore[attr-defined]


class LoyaltyInline(StackedInline):
    """The *Loyalty* tab: one row beside a service or a gift card type."""

    tab = True
    extra = 1
    max_num = 1
    can_delete = False
    hide_title = True
