"""What the pages of the account, of points and of gift cards accept."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from phonenumber_field.formfields import PhoneNumberField

from business.models import Business
from business.phones import phone_region
from clients.consents import MARKETING_WORDING
from clients.models import Client
from loyalty.models import PointKind
from website.languages import own_names
from website.theme import CHOSEN, SYSTEM

# The filter of the points history: every kind of movement is in exactly one of them.
HISTORY_KINDS: dict[str, tuple[PointKind, ...]] = {
    "earned": (PointKind.EARN,),
    "spent": (PointKind.SPEND, PointKind.EXPIRE),
    "returned": (PointKind.RETURN,),
    "adjusted": (PointKind.ADJUST, PointKind.WITHDRAW, PointKind.TRANSFER),
}
HISTORY_CHOICES = (
    ("", pgettext_lazy("points history", "All")),
    ("earned", pgettext_lazy("points history", "Earned")),
    ("spent", pgettext_lazy("points history", "Spent")),
    ("returned", pgettext_lazy("points history", "Returned")),
    ("adjusted", pgettext_lazy("points history", "Adjusted")),
)


class HistoryQuery(forms.Form):
    """``?kind=earned&before=<number of an entry>``"""

    kind = forms.ChoiceField(choices=HISTORY_CHOICES, required=False)
    before = forms.IntegerField(required=False, min_value=1, max_value=2**53)


class ExchangeForm(forms.Form):
    """The button on the page that confirms an exchange; ``points`` is the price it showed."""

    form_token = forms.SlugField(max_length=64)
    points = forms.IntegerField(min_value=1, max_value=2**31)


class RevealForm(forms.Form):
    """Show or hide one card's code; ``copy`` shows it and has the page copy it."""

    card = forms.SlugField(max_length=32, required=False)
    show = forms.BooleanField(required=False)
    copy = forms.BooleanField(required=False)


class CodeField(forms.CharField):
    """A gift card's code as it was typed. What is no code is told so by the look-up, in the same
    words as every other failure, hence no checks here."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.validators = []

    def to_python(self, value: Any) -> str:
        text: str = super().to_python(value) or ""
        return text[:200]


class BalanceForm(forms.Form):
    code = CodeField(
        label=_("Gift card code"),
        help_text=_("16 letters and digits, like ABCD-EFGH-JKMN-PQRS"),
        error_messages={"required": _("Enter the code of the gift card")},
        widget=forms.TextInput(
            attrs={
                "autocomplete": "off",
                "autocapitalize": "characters",
                "autocorrect": "off",
                "spellcheck": "false",
            }
        ),
    )


class ProfileForm(forms.Form):
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
        required=False,
        max_length=60,
        error_messages={"max_length": _("Shorten the last name to 60 characters")},
        widget=forms.TextInput(attrs={"autocomplete": "family-name"}),
    )
    language = forms.ChoiceField(
        label=_("Language of the site and of messages"),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose a language")},
    )

    def __init__(self, *args: Any, client: Client, business: Business, **kwargs: Any) -> None:
        kwargs["initial"] = {
            "first_name": client.first_name,
            "last_name": client.last_name,
            "phone": client.phone,
            "language": client.language,
        }
        super().__init__(*args, **kwargs)
        self.fields["phone"] = PhoneNumberField(
            label=_("Phone"),
            required=False,
            region=phone_region(business),
            help_text=_("We call only if something changes."),
            error_messages={
                "invalid": _("Enter a phone number, like 040 123 4567, or with its country code")
            },
            widget=forms.TextInput(
                attrs={"type": "tel", "autocomplete": "tel", "inputmode": "tel"}
            ),
        )
        self.fields["language"].choices = own_names()  # type: ignore[attr-defined]
        self.order_fields(["first_name", "last_name", "phone", "language"])


class BackQuery(forms.Form):
    """``?next=<path>``: the page that sent its visitor here."""

    next = forms.CharField(required=False, max_length=2000)


class ConsentForm(forms.Form):
    marketing = forms.BooleanField(label=MARKETING_WORDING, required=False)


class ThemeForm(forms.Form):
    theme = forms.ChoiceField(
        choices=[(SYSTEM, SYSTEM), *((theme, theme) for theme in CHOSEN)],
    )
    next = forms.CharField(required=False, max_length=2000)
