from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from foundation.errors import BadInput, DomainError


class NameMissing(BadInput):
    code = "name-missing"
    message = _("Enter a first name")


class ClientGone(DomainError):
    code = "client-gone"
    message = _("This client's data was erased.")
