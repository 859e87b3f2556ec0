"""Agreeing to messages and stopping them, signed in and by the link in a mail (ux C25, C26)."""

from __future__ import annotations

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from clients.consents import record_consent
from clients.models import Client, ConsentRecord
from notifications.errors import BadStopLink
from notifications.stop_links import read_stop_token
from website.forms_account import ConsentForm
from website.private import for_clients, secret_address
from website.visitors import my_user

MOST_DECISIONS = 20


@for_clients
@require_http_methods(["GET", "HEAD", "POST"])
def consents(request: HttpRequest, client: Client) -> HttpResponse:
    if request.method == "POST":
        form = ConsentForm(request.POST)
        if form.is_valid():
            record_consent(
                client=client,
                granted=form.cleaned_data["marketing"],
                language=get_language() or "en",
                source="account",
                actor=my_user(request),
            )
            messages.success(request, _("Saved"))
            return redirect("website:consents")
    decisions = list(_decisions(client.pk)[:MOST_DECISIONS])
    agreed = bool(decisions) and decisions[0].granted
    form = ConsentForm(initial={"marketing": agreed})
    return render(request, "website/consents.html", {"form": form, "decisions": decisions})


@csrf_exempt
@secret_address
@require_http_methods(["GET", "HEAD", "POST"])
def stop_messages(request: HttpRequest, token: str) -> HttpResponse:
    """The way out of marketing mail, without signing in. A mail program may POST here by itself
    (RFC 8058), without session or CSRF token: the signed token is what it needs (T28)."""
    try:
        client = Client.objects.filter(pk=read_stop_token(token)).first()
    except BadStopLink:
        client = None
    if client is None:
        return render(request, "website/stop_messages.html", {"broken": True}, status=404)
    if request.method == "POST":
        record_consent(
            client=client, granted=False, language=client.language, source="stop-link", actor=None
        )
    newest = _decisions(client.pk).first()
    stopped = newest is None or not newest.granted
    context = {
        "address": masked(client.email),
        "stopped": stopped,
        "since": newest.recorded_at if newest is not None and stopped else None,
        "just_now": request.method == "POST",
    }
    return render(request, "website/stop_messages.html", context)


def _decisions(client_id: int) -> QuerySet[ConsentRecord]:
    return ConsentRecord.objects.filter(client_id=client_id).order_by("-pk")


def masked(email: str) -> str:
    """``m…@example.com``: enough to know whose it is, too little to write to."""
    name, at, host = email.partition("@")
    # The word joiner keeps the address on one line.
    return f"{name[:1]}…\N{WORD JOINER}{at}{host}" if at else ""
