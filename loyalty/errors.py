from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from foundation.errors import BadInput, DomainError


class InsufficientPoints(DomainError):
    code = "insufficient-points"
    message = _("You have %(balance)s points; %(missing)s more are needed.")

    def __init__(self, *, balance: int, missing: int) -> None:
        self.missing = missing
        super().__init__(balance=balance, missing=missing)


class NothingToAdjust(BadInput):
    code = "nothing-to-adjust"
    message = _("Enter how many points to add, or a number with a minus sign to deduct")


class DescriptionMissing(BadInput):
    code = "description-missing"
    message = _("Enter a description. The client sees it")


class BelowZero(DomainError):
    code = "below-zero"
    message = _("%(name)s has %(balance)s points; you can deduct at most %(most)s.")
    status = 422


class AboveLimit(BadInput):
    code = "above-limit"
    message = _("You may add or deduct at most %(limit)s points at once. Ask a manager for more.")


class RewardGone(DomainError):
    code = "reward-gone"
    message = _("This gift card can no longer be chosen by points.")


class WrongAwardState(DomainError):
    code = "wrong-award-state"
    message = _("These points cannot be changed any more.")


class InstantInFuture(BadInput):
    code = "instant-in-future"
    message = _("Points can only be added up to now. Give an instant that has passed.")


class ClockSkewed(DomainError):
    code = "clock-skewed"
    message = _(
        "The clock of this machine and that of the database are more than 60 seconds apart. "
        "No points are added until they agree."
    )
