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
            "You have %(points)s; %(number)s more is needed.",
            "You have %(points)s; %(number)s more are needed.",
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
            "You may add or deduct at most %(number)s point at once. Ask a manager for more.",
            "You may add or deduct at most %(number)s points at once. Ask a manager for more.",
            self.limit,
        ) % {"number": grouped(self.limit)}


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
