"""The account: what is next, what is owned, and one's own data (ux C20, C25)."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import translate_url
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_http_methods, require_POST

from clients.models import Client
from clients.people import update_client
from foundation import clock
from giftcards.cards import spendable_cards_of
from sales.joining import guest_records
from website.coming import last_booking, next_booking
from website.forms_account import BackQuery, ProfileForm
from website.forms_booking import read_query
from website.private import for_clients
from website.purse import purse_of
from website.visitors import business_of, my_user
from website.ways_back import own_page


@for_clients
@require_http_methods(["GET", "HEAD"])
def overview(request: HttpRequest, client: Client) -> HttpResponse:
    at = clock.now()
    cards = spendable_cards_of(client)
    user = my_user(request)
    context = {
        "client": client,
        "next_booking": next_booking(client, at),
        "last_booking": last_booking(client, at),
        "purse": purse_of(request, client),
        "guest_records": guest_records(user) if user is not None else [],
        "cards_count": len(cards),
        "cards_minor": sum(card.balance for card in cards),
    }
    return render(request, "website/account.html", context)


@for_clients
@require_POST
def open_record(request: HttpRequest, client: Client) -> HttpResponse:
    """A login without a client record asks for one; ``for_clients`` has made it on the way."""
    return redirect("website:account")


@for_clients
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: HttpRequest, client: Client) -> HttpResponse:
    """One's own data; after saving, back to the page of this site that led here."""
    back = own_page(read_query(BackQuery, request.POST or request.GET)["next"])
    sent = request.POST if request.method == "POST" else None
    form = ProfileForm(sent, client=client, business=business_of(request))
    if form.is_bound and form.is_valid():
        data = form.cleaned_data
        update_client(
            client=client, actor=my_user(request), **{**data, "phone": str(data["phone"] or "")}
        )
        with override(data["language"]):
            messages.success(request, _("Saved"))
        return redirect(translate_url(back or request.path, data["language"]))
    context = {"form": form, "has_password": _has_password(request), "back": back}
    return render(request, "website/profile.html", context, status=422 if form.errors else 200)


def _has_password(request: HttpRequest) -> bool:
    user = my_user(request)
    return user is not None and user.has_usable_password()
