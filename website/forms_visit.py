"""What may be sent about a booked visit: why it is cancelled, and where its link is to go."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

REASON_LENGTH = 200


class CancelForm(forms.Form):
    """Why, if the client likes to say, and how the visit stood on the page (``state_of``)."""

    # No ``max_length`` here: browsers would cut what is pasted without a word.
    reason = forms.CharField(
        label=_("Reason"),
        required=False,
        help_text=_("The salon reads it. Do not write health details here."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def clean_reason(self) -> str:
        """Without the carriage returns that browsers send with each new line."""
        reason: str = self.cleaned_data["reason"].replace("\r\n", "\n")
        if len(reason) > REASON_LENGTH:
            raise forms.ValidationError(_("Shorten the reason to 200 characters"))
        return reason


class LinkForm(forms.Form):
    """The address that the booking was made with."""

    email = forms.EmailField(
        label=_("E-mail"),
        max_length=254,
        error_messages={
            "required": _("Enter your e-mail, like name@example.com"),
            "invalid": _("Enter your e-mail, like name@example.com"),
            "max_length": _("Enter your e-mail, like name@example.com"),
        },
        widget=forms.EmailInput(
            attrs={"inputmode": "email", "autocapitalize": "none", "autocomplete": "email"}
        ),
    )
