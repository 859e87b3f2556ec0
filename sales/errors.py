from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from foundation.errors import BadInput, DomainError


class WhoIsComing(BadInput):
    code = "who-is-coming"
    message = _("Tell us who is coming.")


class CardBalanceChanged(DomainError):
    """A gift card pays less than the page said, because it was used meanwhile (F24)."""

    code = "card-balance-changed"
    message = _("The balance of a gift card changed. Review the price and book again.")


class PriceChanged(DomainError):
    """What is booked costs another sum than the page said."""

    code = "price-changed"
    message = _("The price changed meanwhile. Review it and book again.")


class TooEarlyToMark(DomainError):
    code = "too-early-to-mark"
    message = _("It is too early for this. Mark the visit when its time has come.")


class TooLateToUndo(DomainError):
    code = "too-late-to-undo"
    message = _("This can be taken back on the day it was marked only.")


class CardUsed(DomainError):
    code = "card-used"
    message = _("This gift card was used already and cannot be voided here.")


class CardTypeGone(DomainError):
    code = "card-type-gone"
    message = _("This kind of gift card is no longer issued.")


class BadConsentLink(DomainError):
    """The link is not one of ours, its week is over, or the record's address changed since."""

    code = "bad-consent-link"
    message = _("This link no longer works.")
    status = 404
