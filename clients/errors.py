from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from foundation.errors import BadInput, DomainError


class NameMissing(BadInput):
    code = "name-missing"
    message = _("Enter a first name")


class PhoneUnknown(BadInput):
    code = "phone-unknown"
    message = _("Enter a phone number with its country code, like +358 40 123 4567")


class CardNumberOdd(BadInput):
    code = "card-number-odd"
    message = _("Enter the number on the card: 4 to 20 letters and digits")


class CardNumberTaken(DomainError):
    code = "card-number-taken"
    message = _("Another client has this loyalty card number.")


class ClientGone(DomainError):
    code = "client-gone"
    message = _("This client's data was erased.")


class ClientJoined(ClientGone):
    """The guest's record belongs to an account now, and is bare."""

    code = "client-joined"
    message = _("These bookings belong to an account now. Find the client by name or e-mail.")


class ReasonMissing(BadInput):
    code = "reason-missing"
    message = _("Enter the reason. Other staff see it")


class NotInProgramme(DomainError):
    code = "not-in-programme"
    message = _("This client is not in the loyalty programme.")


class NoteMissing(BadInput):
    code = "note-missing"
    message = _("Write the note first")
