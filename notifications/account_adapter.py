"""The accounts library's mail, by way of the outbox.

The library hands a code or a link over inside the request. It goes into the outbox encrypted,
due at once, and is dropped when the code is over; no request ever waits for a mail server
(reliability F13).
"""

from __future__ import annotations

import datetime as dt
import json
import secrets
from typing import Any

from allauth.account import app_settings
from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context as library_context
from allauth.core.internal.cryptokit import generate_user_code
from django.conf import settings
from django.contrib.sites.shortcuts import get_current_site
from django.db import transaction
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from foundation import clock
from notifications.links import on_own_site
from notifications.outbox import nudge_sending, queue_message

CODE_LENGTH = 6
# Mail without a code of its own is not worth sending a day late.
OTHER_MAIL_LIVES = dt.timedelta(days=1)

_CODE_MAIL = {
    "account/email/login_code": ("sign_in_code", "LOGIN_BY_CODE_TIMEOUT"),
    "account/email/email_confirmation": (
        "confirm_address_code",
        "EMAIL_VERIFICATION_BY_CODE_TIMEOUT",
    ),
    "account/email/email_confirmation_signup": (
        "confirm_address_code",
        "EMAIL_VERIFICATION_BY_CODE_TIMEOUT",
    ),
    "account/email/password_reset_code": (
        "reset_password_code",
        "PASSWORD_RESET_BY_CODE_TIMEOUT",
    ),
}


class OutboxAccountAdapter(DefaultAccountAdapter):
    """Six-digit codes, mail that is queued instead of sent, and refusals that say what to do."""

    error_messages: dict[str, Any] = DefaultAccountAdapter.error_messages | {
        "incorrect_code": _(
            "That code is not right. Check the newest e-mail from us and try again."
        ),
        "too_many_login_attempts": _(
            "Too many tries. Wait a few minutes, then ask for a new code."
        ),
        "email_password_mismatch": _("This e-mail address and password do not belong together."),
    }

    def generate_login_code(self) -> str:
        return _six_digits()

    def generate_password_reset_code(self) -> str:
        return _six_digits()

    def generate_email_verification_code(self) -> str:
        return _six_digits()

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Queue the mail that the library calls ``template_prefix``, in the request's language."""
        kind, payload, lives = self._content(template_prefix, email, context)
        with transaction.atomic():
            queue_message(
                kind=kind,
                to_email=email,
                language=get_language() or settings.LANGUAGE_CODE,
                # Each request for a code makes a new one: there is no fact to name twice.
                dedupe_key=f"account:{secrets.token_hex(12)}",
                secret=json.dumps(payload),
                expires_at=clock.now() + lives,
            )
            nudge_sending()

    def _content(
        self, template_prefix: str, email: str, context: dict[str, Any]
    ) -> tuple[str, dict[str, str], dt.timedelta]:
        """Kind, what its text needs, and how long that is worth anything."""
        if "code" in context and template_prefix in _CODE_MAIL:
            kind, setting = _CODE_MAIL[template_prefix]
            seconds = int(getattr(app_settings, setting))
            payload = {"code": str(context["code"]), "seconds": str(seconds)}
            return kind, payload, dt.timedelta(seconds=seconds)
        if template_prefix == "account/email/account_already_exists":
            payload = {
                "sign_in_link": on_own_site(reverse("account_login")),
                "reset_link": on_own_site(context["password_reset_url"]),
            }
            return "account_exists", payload, OTHER_MAIL_LIVES
        request = library_context.request
        known = {"request": request, "email": email, "current_site": get_current_site(request)}
        mail = self.render_mail(template_prefix, email, known | _on_own_site(context))
        payload = {"subject": str(mail.subject), "text": str(mail.body)}
        return "account_mail", payload, OTHER_MAIL_LIVES


def _six_digits() -> str:
    code: str = generate_user_code(length=CODE_LENGTH, numeric=True, dashed=False)
    return code


def _on_own_site(context: dict[str, Any]) -> dict[str, Any]:
    """``context`` with its links on the configured address, whatever Host the request named."""
    return {
        name: on_own_site(value) if name.endswith("_url") and isinstance(value, str) else value
        for name, value in context.items()
    }
