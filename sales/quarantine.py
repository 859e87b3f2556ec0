"""Points that the sweep could not add: a person decides, on the booking's page."""

from __future__ import annotations

from bookings.models import Booking
from foundation.models import User
from loyalty.awards import give_up_award, retry_award
from loyalty.errors import WrongAwardState
from loyalty.models import Award, AwardState


def retry_points(*, booking: Booking, actor: User) -> Award:
    """Let the sweep try again. Raises NotAllowed, WrongAwardState."""
    return retry_award(award=_quarantined(booking), actor=actor)


def give_up_points(*, booking: Booking, actor: User) -> Award:
    """End them without points. Raises NotAllowed, WrongAwardState."""
    return give_up_award(award=_quarantined(booking), actor=actor)


def _quarantined(booking: Booking) -> Award:
    award = Award.objects.filter(booking=booking, state=AwardState.QUARANTINED).first()
    if award is None:
        raise WrongAwardState
    return award
