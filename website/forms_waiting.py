"""What visitors may send about places in a class and about waiting lists."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from business.models import Business
from sales.visits import Guest
from website.forms_booking import GuestForm


class PlacesQuery(forms.Form):
    """``?places=2``; ``to`` is the button for one more or one fewer, and counts before it."""

    places = forms.IntegerField(required=False, min_value=1, max_value=500)
    to = forms.IntegerField(required=False, min_value=1, max_value=500)


class WaitingForm(GuestForm):
    """Who waits, for how many places, and whether to book without asking."""

    form_token = forms.SlugField(max_length=64, widget=forms.HiddenInput())
    automatic = forms.BooleanField(required=False)

    field_order = ("first_name", "last_name", "email", "phone", "places", "automatic")

    def __init__(
        self,
        *args: Any,
        business: Business,
        is_guest: bool,
        most_places: int = 1,
        for_class: bool,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, business=business, **kwargs)
        for name in ("note", "news"):
            del self.fields[name]
        if not is_guest:
            for name in ("first_name", "last_name", "email", "phone"):
                del self.fields[name]
        else:
            self.fields["email"].help_text = _("We write there when something becomes free.")
        if most_places > 1:
            self.fields["places"] = forms.IntegerField(
                label=_("Places"),
                min_value=1,
                max_value=most_places,
                initial=1,
                error_messages={"required": _("Enter how many places you want")},
            )
        self.fields["automatic"].label = (
            _("Book me automatically if a place opens until 12 hours before")
            if for_class
            else _("Book me automatically if a time opens until 12 hours before")
        )
        self.order_fields(self.field_order)

    def guest(self, language: str) -> Guest:
        """Who typed this, without an account."""
        data = self.cleaned_data
        return Guest(
            first_name=data["first_name"],
            last_name=data["last_name"],
            email=data["email"],
            phone=str(data["phone"]),
            language=language,
        )


class PlaceForm(forms.Form):
    """What the holder of a place in line does with it."""

    action = forms.ChoiceField(choices=[(name, name) for name in ("take", "leave", "stay")])
    form_token = forms.SlugField(max_length=64, required=False)
