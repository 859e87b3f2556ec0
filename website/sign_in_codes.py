"""A sign-in code for whoever booked as a guest, to the address of their record.

Whoever holds the link of a visit may ask for it, and learns nothing: the answer is the same whether
or not the address has an account, and the page that follows shows it only as far as the visit's
page does. An address without an account gets a login without a password, as signing up makes one;
nothing belongs to it until the code proves the address.
"""

from __future__ import annotations

from allauth.account.internal.flows.login_by_code import LoginCodeVerificationProcess
from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction
from django.http import HttpRequest

from clients.models import Client
from foundation.models import User
from website.forms import RequestCodeForm


def masked(email: str) -> str:
    """``me…@example.com``: enough to recognise one's own, too little for who finds the link."""
    name, at, host = email.partition("@")
    return f"{name[:2]}…@{host}" if at else ""


def send_code(request: HttpRequest, client: Client) -> bool:
    """Mail the code and let this browser's next page ask for it; whether one could be asked for.

    Counts as a request for a code. Raises TooManyAttempts.
    """
    form = RequestCodeForm({"email": client.email})
    if not form.is_valid():
        return False
    email = form.cleaned_data["email"]
    user = form.login or _open_login(email, client)
    process = LoginCodeVerificationProcess.initiate(request=request, user=user, email=email)
    process.state["masked_email"] = masked(client.email)
    process.persist()
    return True


def _open_login(email: str, client: Client) -> User | None:
    """A login whose address is to be proved yet; None where there is one that may not sign in."""
    try:
        with transaction.atomic():
            user = User.objects.create_user(email, name=client.full_name, language=client.language)
            EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=False)
    except IntegrityError:
        return User.objects.filter(email=email.lower(), is_active=True).first()
    return user
