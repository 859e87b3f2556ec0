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
    """What this record had belongs to another one now, and it is bare."""

    code = "client-joined"
    message = _("This record was joined with another one. Find the client by name or e-mail.")


class OneRecord(BadInput):
    code = "one-record"
    message = _("This is the same record. Choose another one.")


class TwoLogins(DomainError):
    """Which person may sign in to what is not for staff to decide."""

    code = "two-logins"
    message = _(
        "Both records have a login, so both may be in use. The client deletes one account first, "
        "or keeps both."
    )


class LoginStays(DomainError):
    """A login given to another record would open it to whoever holds that login."""

    code = "login-stays"
    message = _(
        "This record has a login, so it is the one that stays. Merge the other record into it."
    )


class ReasonMissing(BadInput):
    code = "reason-missing"
    message = _("Enter the reason. Other staff see it")


class NotInProgramme(DomainError):
    code = "not-in-programme"
    message = _("This client is not in the loyalty programme.")


class NoteMissing(BadInput):
    code = "note-missing"
    message = _("Write the note first")
