"""What every page of the client card shares: who it is about, its head and its tabs (ux S8).

The tabs are links to pages of their own. A record that was merged into another leads on to it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from backoffice.base import actor_of
from backoffice.dashboard import visible_bookings
from bookings.models import STANDING
from clients.models import Client
from foundation import clock
from foundation.keyset import LARGEST_ID
from foundation.models import User
from foundation.staff import staff_response

SEE = "clients.view_client"
LIST = "admin:clients_client_changelist"
DETAILS = "admin:clients_client_change"

ClientView = Callable[[HttpRequest, Client], HttpResponseBase]


@dataclass(frozen=True)
class Tab:
    """One part of the card: the name of its address, its title and who may see it."""

    view: str
    title: str | Promise
    permission: str = SEE


TABS = (
    Tab(DETAILS, pgettext_lazy("client card", "Details")),
    Tab("backoffice:client-visits", pgettext_lazy("client card", "Visits")),
    Tab("backoffice:client-sales", pgettext_lazy("client card", "Sales")),
    Tab(
        "backoffice:client-loyalty",
        pgettext_lazy("client card", "Loyalty"),
        "loyalty.see_points_report",
    ),
    Tab("backoffice:client-cards", gettext_lazy("Gift cards"), "giftcards.view_giftcard"),
    Tab("backoffice:client-consents", pgettext_lazy("client card", "Consents")),
    Tab("backoffice:client-notes", pgettext_lazy("client card", "Notes")),
)


def one_client(view: ClientView) -> Callable[..., HttpResponseBase]:
    """The client of the address is the view's second argument; a merged record leads on."""

    @wraps(view)
    def found(request: HttpRequest, pk: int) -> HttpResponseBase:
        related = Client.objects.select_related("point_account", "joined_to", "left_out_by")
        client = related.filter(pk=min(pk, LARGEST_ID)).first()
        if client is not None and client.joined_to is not None:
            match = request.resolver_match
            return lead_on(request, client, match.view_name if match else DETAILS)
        if client is None or client.anonymised_at is not None:
            raise Http404
        return view(request, client)

    return found


def lead_on(request: HttpRequest, merged: Client, view: str) -> HttpResponse:
    """From a record that was merged to the same tab of the one that has its things now."""
    kept = merged.joined_to
    if kept is None or kept.anonymised_at is not None:
        raise Http404
    params = {"record": merged.public_id, "name": kept.full_name}
    messages.info(request, _("Record #%(record)s was merged into %(name)s.") % params)
    return redirect(view if view in {tab.view for tab in TABS} else DETAILS, kept.pk)


def head_of(client: Client, user: User, here: str) -> dict[str, Any]:
    """The card's head and tabs for ``user``, one query; ``here`` is the open tab's address."""
    account = getattr(client, "point_account", None)
    coming = visible_bookings(user).filter(
        visit__client=client,
        visit__hidden_at__isnull=True,
        status__in=STANDING,
        starts_at__gt=clock.now(),
    )
    return {
        "client": client,
        "balance": account.balance if account else 0,
        "next_visit": coming.select_related("provider").order_by("starts_at", "pk").first(),
        "tabs": [
            {
                "title": tab.title,
                "link": reverse(tab.view, args=[client.pk]),
                "is_here": tab.view == here,
            }
            for tab in TABS
            if user.has_perm(tab.permission)
        ],
    }


def card_response(
    request: HttpRequest,
    client: Client,
    template: str,
    context: dict[str, Any],
    *,
    here: str = "",
    title: str | Promise = "",
    status: int = 200,
) -> HttpResponse:
    """``template`` in the card: under its head where ``here`` names one of its tabs."""
    user = actor_of(request)
    head = head_of(client, user, here) if here else {"client": client}
    return staff_response(
        request,
        template,
        {**head, **context},
        title=title or client.full_name,
        status=status,
        below=reverse(LIST),
    )
