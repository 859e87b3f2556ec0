"""What follows when somebody proves that an address is theirs.

The client record and the consent wait until then: until the code is entered, the address may be
somebody else's, who agreed to nothing.
"""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from allauth.account.signals import email_changed, email_confirmed
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import get_language

from clients.consents import record_consent
from clients.models import Client
from clients.people import client_for_user, update_client
from foundation.models import User

_CONSENT = "sign_up_consent"


def remember_consent(request: HttpRequest, user: User) -> None:
    """Somebody ticked the box: keep it in their session until the address is proved."""
    request.session[_CONSENT] = {"user": user.pk, "language": get_language() or "en"}


def open_client_record(sender: Any, request: HttpRequest, **kwargs: Any) -> None:
    """The address is proved: the login gets its client record, and the consent is written down."""
    address: EmailAddress = kwargs["email_address"]
    user: User = address.user
    if user.is_staff:
        return
    with transaction.atomic():
        client = client_for_user(user)
        kept = request.session.pop(_CONSENT, None)
        if kept and kept["user"] == user.pk:
            record_consent(
                client=client,
                granted=True,
                language=kept["language"].split("-")[0],
                source="sign-up",
                actor=user,
            )


def follow_address(sender: Any, user: User, **kwargs: Any) -> None:
    """The login's address changed: mail goes to the new one."""
    address: EmailAddress = kwargs["to_email_address"]
    client = Client.objects.filter(user=user).first()
    if client is not None and client.email != address.email:
        update_client(client=client, actor=user, email=address.email)


def connect() -> None:
    """Listen to the accounts library; called once Django is ready."""
    email_confirmed.connect(open_client_record, dispatch_uid="website.open_client_record")
    email_changed.connect(follow_address, dispatch_uid="website.follow_address")
