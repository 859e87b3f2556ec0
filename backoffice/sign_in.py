"""Signing in to the panel with a password, with a limit per account and per address (T21)."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from django.core.exceptions import ValidationError
from unfold.forms import AuthenticationForm

from foundation.errors import TooManyAttempts
from foundation.rates import hit

WINDOW = 10 * 60
TRIES_PER_ACCOUNT = 10
TRIES_PER_ADDRESS = 50


class StaffSignInForm(AuthenticationForm):
    """Every try counts, a good one too: a limit that resets on success helps who knows one login.

    The address comes through the accounts library, which knows how many proxies stand in front
    (T22).
    """

    def clean(self) -> dict[str, Any]:
        email = str(self.cleaned_data.get("username", "")).strip().lower()
        address = get_adapter().get_client_ip(self.request)
        try:
            hit("staff-sign-in", f"account:{email}", limit=TRIES_PER_ACCOUNT, seconds=WINDOW)
            hit("staff-sign-in", f"address:{address}", limit=TRIES_PER_ADDRESS, seconds=WINDOW)
        except TooManyAttempts as error:
            raise ValidationError(str(error), code=error.code) from error
        return super().clean()
