from __future__ import annotations

from django.utils.translation import gettext as _said
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


class RewardNotNow(DomainError):
    """The reward is not what the page showed, or something stands in its way. ``reason`` in a few
    words, "" where there is none to say."""

    code = "reward-not-now"

    def __init__(self, *, reason: str = "") -> None:
        self.reason = reason
        super().__init__(reason=reason)

    def __str__(self) -> str:
        if self.reason:
            return _said("This reward cannot be booked like this: %(reason)s.") % {
                "reason": self.reason
            }
        return _said("This reward changed meanwhile. Look at the rewards again.")


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


class PaidAtTill(DomainError):
    """The visit's sale holds money that no command gives back by itself."""

    code = "paid-at-till"
    message = _(
        "Money for this visit was paid at the till. It is given back there first, then this can "
        "be done."
    )


class SaleClosed(DomainError):
    code = "sale-closed"
    message = _("This sale is not open any more. Nothing was changed.")


class LineGone(DomainError):
    code = "line-gone"
    message = _("This line is not on the sale any more.")


class LineFixed(DomainError):
    """A visit's line goes with the visit, and a reward costs what it costs."""

    code = "line-fixed"
    message = _("This line cannot be changed here.")


class NotSold(BadInput):
    code = "not-sold"
    message = _("This is not on offer any more. Choose something else.")


class TooManyPieces(BadInput):
    code = "too-many-pieces"
    message = _("Enter a number of pieces from 1 to 999.")


class DiscountTooHigh(BadInput):
    code = "discount-too-high"
    message = _("A discount is at most the price.")


class DiscountReasonMissing(BadInput):
    code = "discount-reason-missing"
    message = _("Say why the price is lower.")


class PaidMore(DomainError):
    """A line cannot shrink below what was paid already."""

    code = "paid-more"
    message = _("More is paid already. Take a payment back first.")


class NothingOnSale(DomainError):
    code = "nothing-on-sale"
    message = _("Add a service or product first.")


class NothingLeftToPay(DomainError):
    code = "nothing-left-to-pay"
    message = _("Nothing is left to pay.")


class MoreThanLeft(BadInput):
    code = "more-than-left"
    message = _("This is more than what is left to pay.")


class StillToPay(DomainError):
    code = "still-to-pay"
    message = _("Something is left to pay. Take the payment first.")


class CardsBuyNoCards(DomainError):
    code = "cards-buy-no-cards"
    message = _("A gift card does not pay for another gift card. Choose another way to pay.")


class ClientMissing(DomainError):
    code = "client-missing"
    message = _("Choose a client first: points belong to somebody.")


class PaymentGone(DomainError):
    code = "payment-gone"
    message = _("This payment was taken back already.")


class NobodyToWriteTo(DomainError):
    code = "nobody-to-write-to"
    message = _("There is no e-mail address to send it to. Print the receipt instead.")


class AlreadyRefunded(DomainError):
    code = "already-refunded"
    message = _("Part of this was refunded already. Look at the sale again.")


class NothingChosen(BadInput):
    code = "nothing-chosen"
    message = _("Choose what to refund.")


class RefundChanged(DomainError):
    """What a refund does is not what the page said any more."""

    code = "refund-changed"
    message = _("What the refund does has changed. Read it again before you press the button.")


class RefundNotToday(DomainError):
    code = "refund-not-today"
    message = _("Your role refunds on the day of the sale only. Ask a manager.")
    status = 403
