"""Why a time, a place or a change of status was refused."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from foundation.errors import BadInput, DomainError

if TYPE_CHECKING:
    from bookings.availability import Slot
    from bookings.models import WaitingPlace


class SlotTaken(DomainError):
    """Somebody else has this time. ``nearest`` holds up to three free slots around it."""

    code = "slot-taken"
    message = _("This time has just been taken. Choose another one.")

    def __init__(self, *, nearest: Sequence[Slot] = ()) -> None:
        self.nearest = list(nearest)
        super().__init__()


class VisitChanged(DomainError):
    """The visit is no longer as the page showed it: moved, marked or cancelled meanwhile."""

    code = "visit-changed"
    message = _("Something changed meanwhile. Look again at what happens, then choose.")


class NoteChanged(DomainError):
    """Somebody else wrote to the visit meanwhile."""

    code = "note-changed"
    message = _("Somebody changed the note meanwhile. Look at both, then save again.")


class OutsideRules(DomainError):
    """The time is not on offer, taken or not. Subclasses say which rule."""

    code = "outside-rules"
    message = _("This time cannot be booked. Choose another one.")


class NotOffered(OutsideRules):
    code = "not-offered"
    message = _("This cannot be booked any more.")


class InThePast(OutsideRules):
    code = "in-the-past"
    message = _("This time has passed. Choose a later one.")


class TooSoon(OutsideRules):
    """``params['minutes']`` is the notice that the business asks for."""

    code = "too-soon"

    def __str__(self) -> str:
        minutes: int = self.params["minutes"]
        if minutes % 60 == 0:
            return ngettext(
                "Online booking closes %(count)s hour before the start. Choose a later time.",
                "Online booking closes %(count)s hours before the start. Choose a later time.",
                minutes // 60,
            ) % {"count": minutes // 60}
        return ngettext(
            "Online booking closes %(count)s minute before the start. Choose a later time.",
            "Online booking closes %(count)s minutes before the start. Choose a later time.",
            minutes,
        ) % {"count": minutes}


class TooFar(OutsideRules):
    """``params['days']`` is how far ahead the website takes bookings."""

    code = "too-far"

    def __str__(self) -> str:
        days: int = self.params["days"]
        return ngettext(
            "You can book online up to %(count)s day ahead. Choose an earlier time.",
            "You can book online up to %(count)s days ahead. Choose an earlier time.",
            days,
        ) % {"count": days}


class OutsideHours(OutsideRules):
    code = "outside-hours"
    message = _("Nobody is free for this at that time of day. Choose another time.")


class HoldGone(DomainError):
    code = "hold-gone"
    message = _("We no longer keep this time. Choose it again.")


class HoldAtItsEnd(DomainError):
    """Extended ten times: a time is not kept for ever."""

    code = "hold-at-its-end"
    message = _("This time cannot be kept any longer. Finish the booking now.")


class SessionFull(DomainError):
    """``params['left']`` places are left, fewer than were asked for."""

    code = "session-full"

    def __init__(self, *, left: int) -> None:
        super().__init__(left=max(0, left))

    def __str__(self) -> str:
        left: int = self.params["left"]
        if left == 0:
            return str(_("This class is full."))
        return ngettext("Only %(left)s place is left.", "Only %(left)s places are left.", left) % {
            "left": left
        }


class SessionOver(DomainError):
    """It has begun, is over, or was cancelled."""

    code = "session-over"
    message = _("This class can no longer be booked.")


class AlreadyBooked(DomainError):
    code = "already-booked"
    message = _("You already have a place in this class.")


class NotAClass(BadInput):
    code = "not-a-class"
    message = _("Choose a class.")


class WrongStatus(DomainError):
    """``params['status']`` is the label of the status that stands in the way."""

    code = "wrong-status"
    message = _("This cannot be done any more. The booking is marked: %(status)s.")


class TooLateToCancel(DomainError):
    code = "too-late-to-cancel"
    message = _("It is too late to cancel online. Please call us.")


class TooLateToMove(DomainError):
    code = "too-late-to-move"
    message = _("It is too late to move this online. Please call us.")


class VisitUnknown(DomainError):
    code = "visit-unknown"
    message = _("This link is no longer valid.")
    status = 404


class TooManyPlaces(DomainError):
    """``params['most']`` places go into one booking on the website."""

    code = "too-many-places"
    status = 422

    def __str__(self) -> str:
        most: int = self.params["most"]
        return ngettext(
            "You can book %(most)s place at a time.", "You can book up to %(most)s places.", most
        ) % {"most": most}


class PlacesTaken(DomainError):
    """A session cannot have fewer places than ``params['taken']``: they are booked or offered."""

    code = "places-taken"

    def __init__(self, *, taken: int) -> None:
        super().__init__(taken=taken)

    def __str__(self) -> str:
        taken: int = self.params["taken"]
        return ngettext(
            "%(taken)s place is taken already. Enter at least as many.",
            "%(taken)s places are taken already. Enter at least as many.",
            taken,
        ) % {"taken": taken}


class NoSuchTime(BadInput):
    """The clocks skip it on that day."""

    code = "no-such-time"
    message = _("The clocks skip this time on that day. Choose another one.")


class NotADayOfTheRule(BadInput):
    code = "not-a-day-of-the-rule"
    message = _("The class does not take place on that date.")


class AlreadyWaiting(DomainError):
    """``place`` is the one there is, where it may be another record of the same address."""

    code = "already-waiting"
    message = _("You are already on this waiting list.")

    def __init__(self, *, place: WaitingPlace | None = None) -> None:
        self.place = place
        super().__init__()


class StillFree(DomainError):
    """There is nothing to wait for."""

    code = "still-free"
    message = _("There is room. You can book now.")


class NobodyWorks(OutsideRules):
    """Closed that day, or nobody who does it works."""

    code = "nobody-works"
    message = _("Nobody does this on that day. Choose another day.")


class WaitingOver(DomainError):
    """The list is closed: it begins soon, or does not take place."""

    code = "waiting-over"
    message = _("It is too late for the waiting list.")


class OfferGone(DomainError):
    """It ran out, was taken, or was never made."""

    code = "offer-gone"
    message = _("This offer has ended.")


class NotInLine(DomainError):
    """The person whom staff chose from the line has left it, or stands in another."""

    code = "not-in-line"
    message = _("This person is not on the waiting list any more.")


class WaitingUnknown(DomainError):
    code = "waiting-unknown"
    message = _("This link is no longer valid.")
    status = 404
