"""What visitors of the booking pages may send. Query strings are read through forms too, so that
a NUL, a 500-digit number or a date of the year 9999 is a missing value and never a fault (F44)."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from phonenumber_field.formfields import PhoneNumberField

from business.models import Business
from business.phones import phone_region
from clients.consents import MARKETING_WORDING

PARTS = ("morning", "afternoon", "evening")


class InstantField(forms.CharField):
    """An aware instant in ISO form, as our own pages write it into radio buttons."""

    default_error_messages = {"invalid": _("Choose a time from the list")}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=40, **kwargs)

    def clean(self, value: Any) -> dt.datetime | None:
        text = super().clean(value)
        if not text:
            return None
        try:
            instant = dt.datetime.fromisoformat(text)
            if instant.tzinfo is None:
                raise ValueError
            return instant.astimezone(dt.UTC)
        except (ValueError, OverflowError):
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid") from None


class SearchQuery(forms.Form):
    """``?q=<words>&draft=<token of the hold whose service is being changed>``"""

    q = forms.CharField(required=False, max_length=60)
    draft = forms.SlugField(required=False, max_length=32)


class TimesQuery(forms.Form):
    """``?with=any|<id>&day=YYYY-MM-DD&at=<instant>&draft=<token of the hold it replaces>``"""

    day = forms.DateField(required=False, input_formats=["%Y-%m-%d"])
    at = InstantField(required=False)
    draft = forms.SlugField(required=False, max_length=32)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Not a class attribute: ``with`` is a word of Python's own.
        self.fields["with"] = forms.IntegerField(required=False, min_value=1, max_value=2**31)


class LineQuery(forms.Form):
    """``?line=2``: which of the services that follow is being chosen for."""

    line = forms.IntegerField(required=False, min_value=2, max_value=9)


class TimetableQuery(forms.Form):
    """``?week=2025-W45&type=<slug>&with=<id>&time=evening``; ``day`` asks for its week."""

    week = forms.RegexField(r"^\d{4}-W\d{2}$", required=False)
    day = forms.DateField(required=False, input_formats=["%Y-%m-%d"])
    time = forms.ChoiceField(required=False, choices=[(code, code) for code in PARTS])
    type = forms.SlugField(required=False, max_length=80)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["with"] = forms.IntegerField(required=False, min_value=1, max_value=2**31)


class KeyQuery(forms.Form):
    k = forms.CharField(required=False, max_length=200)


class MoveQuery(forms.Form):
    """``?k=<key>&day=YYYY-MM-DD&at=<instant>&with=<id>&anyone=1``, or ``session=<id>`` for a
    class."""

    k = forms.CharField(required=False, max_length=200)
    day = forms.DateField(required=False, input_formats=["%Y-%m-%d"])
    at = InstantField(required=False)
    anyone = forms.BooleanField(required=False)
    session = forms.IntegerField(required=False, min_value=1, max_value=2**31)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["with"] = forms.IntegerField(required=False, min_value=1, max_value=2**31)


class MoveForm(forms.Form):
    """The last step of moving: where to, the price that was shown, and how the visit stood then
    (``state_of``)."""

    form_token = forms.SlugField(max_length=64)
    at = InstantField(required=False)
    session = forms.IntegerField(required=False, min_value=1, max_value=2**31)
    total = forms.IntegerField(required=False, min_value=0, max_value=10**12)
    seen = forms.CharField(required=False, max_length=64)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["with"] = forms.IntegerField(required=False, min_value=1, max_value=2**31)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not data.get("at") and not data.get("session") and not self.errors:
            self.add_error("at", _("Choose a time"))
        return data


class PageQuery(forms.Form):
    page = forms.IntegerField(required=False, min_value=1, max_value=10_000)


def read_query(form_class: type[forms.Form], query: QueryDict) -> dict[str, Any]:
    """The sensible values of a query string; the others are missing."""
    form = form_class(query)
    form.is_valid()
    empty: dict[str, Any] = dict.fromkeys(form.fields)
    return empty | form.cleaned_data


class ChooseTimeForm(forms.Form):
    """The time step. ``first`` is the button of the first free or a nearest time."""

    starts_at = InstantField(required=False)
    first = InstantField(required=False)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        chosen = data.get("first") or data.get("starts_at")
        if chosen is None and not self.errors:
            self.add_error("starts_at", _("Choose a time"))
        data["chosen"] = chosen
        return data


def _phone_field(business: Business) -> PhoneNumberField:
    return PhoneNumberField(
        label=_("Phone"),
        region=phone_region(business),
        help_text=_("We call only if something changes."),
        error_messages={
            "required": _("Enter your phone number"),
            "invalid": _("Enter a phone number, like 040 123 4567, or with its country code"),
        },
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "inputmode": "tel"}),
    )


def _note_field() -> forms.CharField:
    return forms.CharField(
        label=_("Note to the salon"),
        required=False,
        max_length=1000,
        help_text=_("Do not write health details here."),
        error_messages={"max_length": _("Shorten the note to 1,000 characters")},
        widget=forms.Textarea(attrs={"rows": 3}),
    )


GUEST_FIELDS = ("first_name", "last_name", "email", "phone")


class GuestForm(forms.Form):
    """Who is coming, without an account."""

    first_name = forms.CharField(
        label=_("First name"),
        max_length=60,
        error_messages={
            "required": _("Enter your first name"),
            "max_length": _("Shorten the first name to 60 characters"),
        },
        widget=forms.TextInput(attrs={"autocomplete": "given-name"}),
    )
    last_name = forms.CharField(
        label=_("Last name"),
        max_length=60,
        error_messages={
            "required": _("Enter your last name"),
            "max_length": _("Shorten the last name to 60 characters"),
        },
        widget=forms.TextInput(attrs={"autocomplete": "family-name"}),
    )
    email = forms.EmailField(
        label=_("E-mail"),
        max_length=254,
        help_text=_("We send the confirmation and the calendar file there."),
        error_messages={
            "required": _("Enter your e-mail address"),
            "invalid": _("Enter an e-mail address, like name@example.com"),
        },
        widget=forms.EmailInput(attrs={"autocomplete": "email", "inputmode": "email"}),
    )

    def __init__(self, *args: Any, business: Business, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["phone"] = _phone_field(business)
        self.fields["note"] = _note_field()
        # Never ticked beforehand, and it counts only once the mail that follows is confirmed.
        self.fields["news"] = forms.BooleanField(
            label=MARKETING_WORDING,
            required=False,
            help_text=_("We ask once more by e-mail before we send any."),
        )


class OwnDetailsForm(forms.Form):
    """What is still missing about somebody who is signed in: nothing is asked twice."""

    def __init__(self, *args: Any, business: Business, ask_phone: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if ask_phone:
            self.fields["phone"] = _phone_field(business)
        self.fields["note"] = _note_field()


class BookForm(forms.Form):
    """The last button. Amounts are computed again; these two only say what was shown."""

    form_token = forms.SlugField(max_length=64)
    total = forms.IntegerField(min_value=0, max_value=2**53)
    cards_pay = forms.IntegerField(min_value=0, max_value=2**53)


class CodeForm(forms.Form):
    """A gift card code. It checks nothing itself: one answer for all that does not pay (T02)."""

    code = forms.CharField(required=False)

    @classmethod
    def refused(cls, typed: str, sentence: str) -> CodeForm:
        form = cls({"code": typed.replace("\0", "")})
        form.full_clean()
        form.add_error("code", sentence)
        return form


PARTS_OF_DAY = (
    (12, pgettext_lazy("part of the day", "Morning")),
    (17, pgettext_lazy("part of the day", "Afternoon")),
    (24, pgettext_lazy("part of the day", "Evening")),
)
