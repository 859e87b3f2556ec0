"""What a guest meets again: the link that confirms a tick, and the bookings that join an account.

Neither tells anything about other records with the same address.
"""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from clients.consents import MARKETING_WORDING
from clients.models import Client
from sales.asked_consents import confirm_consent, find_asked
from sales.errors import BadConsentLink
from sales.joining import guest_records, join_guest_records
from website.private import for_clients, secret_address
from website.visitors import my_user


@secret_address
@require_http_methods(["GET", "HEAD", "POST"])
def confirm_news(request: HttpRequest, token: str) -> HttpResponse:
    """Was it you who asked for news? Looking at the page changes nothing; the button does."""
    template = "website/confirm_news.html"
    try:
        if request.method == "POST":
            language = (get_language() or "en").split("-")[0]
            confirm_consent(token=token, language=language)
            return render(request, template, {"confirmed": True})
        find_asked(token)
    except BadConsentLink as error:
        return render(request, template, {"broken": True}, status=error.status)
    return render(request, template, {"wording": MARKETING_WORDING})


@for_clients
@require_http_methods(["GET", "HEAD", "POST"])
def guest_bookings(request: HttpRequest, client: Client) -> HttpResponse:
    """What was booked as a guest with the address that this login proved, to be ticked."""
    user = my_user(request)
    assert user is not None  # noqa: S101 (``for_clients`` asked)
    ticked = request.POST.getlist("record")
    if ticked:
        # The page lists them all; whatever else is sent is passed over by the command. A second
        # press finds nothing to do and lands where the first one did (reliability F22).
        if join_guest_records(user=user, public_ids=ticked):
            messages.success(request, _("What you booked as a guest is in your account now."))
        return redirect("website:account")
    records = guest_records(user)
    nothing_ticked = request.method == "POST" and bool(records)
    context = {"records": records, "nothing_ticked": nothing_ticked}
    status = 422 if nothing_ticked else 200
    return render(request, "website/guest_bookings.html", context, status=status)
