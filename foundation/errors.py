"""The one base of every refusal that a person may see."""

from __future__ import annotations

from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext


class DomainError(Exception):
    """A rule said no.

    ``code`` is stable (tests, logs and the API compare it), ``message`` is the translatable
    sentence with ``%(name)s`` parameters, ``status`` the HTTP status a face answers with:
    409 when the state of things changed, 422 when the input was wrong.
    """

    code: ClassVar[str] = "refused"
    message: ClassVar[str | Promise] = _("This cannot be done now.")
    status: ClassVar[int] = 409

    def __init__(self, **params: Any) -> None:
        self.params = params
        super().__init__(self.code)

    def __str__(self) -> str:
        return str(self.message) % self.params if self.params else str(self.message)


class BadInput(DomainError):
    code = "bad-input"
    message = _("Check what you entered.")
    status = 422


class NotAllowed(DomainError):
    code = "not-allowed"
    message = _("Your role does not allow this.")
    status = 403


class FormAlreadyUsed(DomainError):
    """The same one-time form token came back with other content (reliability F22)."""

    code = "form-already-used"
    message = _("This form was already sent with other content. Open it again to make a change.")


class TooManyAttempts(DomainError):
    code = "too-many-attempts"
    status = 429

    def __init__(self, *, retry_after: int) -> None:
        self.retry_after = retry_after
        self.minutes = max(1, -(-retry_after // 60))
        super().__init__(minutes=self.minutes)

    def __str__(self) -> str:
        return ngettext(
            "Too many attempts. Try again in %(minutes)s minute.",
            "Too many attempts. Try again in %(minutes)s minutes.",
            self.minutes,
        ) % {"minutes": self.minutes}
