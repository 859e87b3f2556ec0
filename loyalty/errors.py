from __future__ import annotations

from django.utils.translation import gettext as _said
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from foundation.errors import BadInput, DomainError
from foundation.writing import grouped, write_points


class InsufficientPoints(DomainError):
    code = "insufficient-points"

    def __init__(self, *, balance: int, missing: int) -> None:
        self.balance, self.missing = balance, missing
        super().__init__(balance=balance, missing=missing)

    def __str__(self) -> str:
        return ngettext(
            "The balance is %(points)s; %(number)s more is needed.",
            "The balance is %(points)s; %(number)s more are needed.",
            self.missing,
        ) % {"points": write_points(self.balance), "number": grouped(self.missing)}


class NothingToAdjust(BadInput):
    code = "nothing-to-adjust"
    message = _("Enter how many points to add, or a number with a minus sign to deduct")


class DescriptionMissing(BadInput):
    code = "description-missing"
    message = _("Enter a description. The client sees it")


class BelowZero(DomainError):
    code = "below-zero"
    status = 422

    def __init__(self, *, name: str, balance: int) -> None:
        self.name, self.balance = name, balance
        super().__init__(name=name, balance=balance)

    def __str__(self) -> str:
        params = {
            "name": self.name,
            "points": write_points(self.balance),
            "most": grouped(max(self.balance, 0)),
        }
        return _said("%(name)s has %(points)s; you can deduct at most %(most)s.") % params


class AboveLimit(BadInput):
    code = "above-limit"

    def __init__(self, *, limit: int) -> None:
        self.limit = limit
        super().__init__(limit=limit)

    def __str__(self) -> str:
        return ngettext(
            "You may add or deduct at most %(number)s point at once.",
            "You may add or deduct at most %(number)s points at once.",
            self.limit,
        ) % {"number": grouped(self.limit)}


class AboveDayLimit(BadInput):
    code = "above-day-limit"

    def __init__(self, *, limit: int, left: int) -> None:
        self.limit, self.left = limit, left
        super().__init__(limit=limit, left=left)

    def __str__(self) -> str:
        return ngettext(
            "You may add or deduct at most %(number)s point a day; %(left)s are left today.",
            "You may add or deduct at most %(number)s points a day; %(left)s are left today.",
            self.limit,
        ) % {"number": grouped(self.limit), "left": grouped(self.left)}


class RequestDecided(DomainError):
    code = "request-decided"
    message = _("Somebody has decided about this request already.")


class OwnRequest(DomainError):
    code = "own-request"
    status = 403
    message = _("You asked for this yourself: somebody else has to decide.")


class AnswerMissing(BadInput):
    code = "answer-missing"
    message = _("Enter why you decline. Whoever asked sees it")


class NotACorrection(DomainError):
    code = "not-a-correction"
    message = _("Only points added or deducted by hand can be taken back here, and only once.")


class NothingLeft(DomainError):
    code = "nothing-left"
    message = _("There are no points left to take back.")


class UndoChanged(DomainError):
    code = "undo-changed"
    message = _("The balance has changed meanwhile. Look at the numbers again.")


class RewardGone(DomainError):
    code = "reward-gone"
    message = _("This gift card can no longer be chosen by points.")


class WrongAwardState(DomainError):
    code = "wrong-award-state"
    message = _("These points do not wait for a decision any more.")


class InstantInFuture(BadInput):
    code = "instant-in-future"
    message = _("Points can only be added up to now. Give an instant that has passed.")


class ClockSkewed(DomainError):
    code = "clock-skewed"
    message = _(
        "The clock of this machine and that of the database are more than 60 seconds apart. "
        "No points are added until they agree."
    )
