"""What staff say with a cancellation: whether the client is told, and why (ux S3, S9)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _


class CancelForm(forms.Form):
    """``tell`` is a switch: on until somebody turns it off. The reason goes into the mail as it is
    typed, and into the history of the booking."""

    tell = forms.BooleanField(required=False)
    reason = forms.CharField(
        label=_("Reason (optional)"),
        required=False,
        max_length=500,
        help_text=_(
            "Stands in the mail to the client, as you write it, and in the booking's history."
        ),
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"max_length": _("Write at most 500 characters.")},
    )


class ClassCancelForm(CancelForm):
    """Of a class everybody is told."""

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        del self.fields["tell"]
        self.fields["reason"].help_text = _(
            "Stands in the mails to the clients, as you write it, and in each booking's history."
        )


def read_cancel_form(request: HttpRequest, form: type[CancelForm] = CancelForm) -> CancelForm:
    """What was typed; before that, the switch on."""
    return form(request.POST if request.method == "POST" else {"tell": "on"})
