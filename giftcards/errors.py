from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from foundation.errors import BadInput, DomainError


class CodeNotUsable(BadInput):
    """The one answer to a code that opens nothing, whatever the reason (reliability T02)."""

    code = "code-not-usable"
    message = _("We can't use this code. Codes look like ABCD-EFGH-JKMN-PQRS")


class CardNotUsable(DomainError):
    """A known card that is voided, expired or not active yet."""

    code = "card-not-usable"
    message = _("This gift card cannot be used any more.")


class CardShort(DomainError):
    """The card holds less than asked for: ``left_minor`` minor units (reliability F24)."""

    code = "card-short"
    message = _("The amount left on this gift card has changed. Please review what you pay.")

    def __init__(self, *, left_minor: int) -> None:
        self.left_minor = left_minor
        super().__init__(left_minor=left_minor)


class AlreadyReturned(DomainError):
    """The spending was taken back before, under another key."""

    code = "already-returned"
    message = _("This amount was already returned to the gift card.")
