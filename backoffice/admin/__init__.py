"""Every ModelAdmin of the panel, a module per area. Importing this package registers them.

Other packages register admins in Django's plain style and with deletion; what of them is shown is
registered again here, the rest is taken away.
"""

from allauth.account.models import EmailAddress
from django.contrib import admin
from django.contrib.auth.models import Group

for _model in (EmailAddress, Group):
    if admin.site.is_registered(_model):
        admin.site.unregister(_model)

from backoffice.admin import (  # noqa: E402
    add_ons,
    business,
    cards,
    catalogue,
    clients,
    ledgers,
    limits,
    logins,
    outbox,
    own_tenders,
    products,
    providers,
    resources,
    rewards,
    session_rules,
    sessions,
    special_days,
)

__all__ = [
    "add_ons",
    "business",
    "cards",
    "catalogue",
    "clients",
    "ledgers",
    "limits",
    "logins",
    "outbox",
    "own_tenders",
    "products",
    "providers",
    "resources",
    "rewards",
    "session_rules",
    "sessions",
    "special_days",
]
