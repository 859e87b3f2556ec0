from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from foundation.errors import BadInput, DomainError


class NameMissing(BadInput):
    code = "name-missing"
    message = _("Enter a first name")


class PhoneUnknown(BadInput):
    code = "phone-unknown"
    message = _("Enter a phone number with its country code, like +358 40 123 4567")


class ClientGone(DomainError):
    code = "client-gone"
    message = _("This client's data was erased.")
