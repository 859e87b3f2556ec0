"""The loyalty card: a number and a QR code that the desk scans, to show or to print (ux C20)."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from clients.card_numbers import grouped_card_number
from clients.models import Client
from clients.people import give_card_number
from website.private import for_clients
from website.visitors import features_of


@for_clients
@require_http_methods(["GET", "HEAD", "POST"])
def loyalty_card(request: HttpRequest, client: Client) -> HttpResponse:
    """A client without a number is made one by the button. While loyalty is off there are no new
    cards, and who has one keeps it; who is left out of the programme has none."""
    is_kept = client.card_number and client.left_out_at is None
    if not (is_kept or features_of(request).loyalty):
        raise Http404
    if request.method == "POST":
        give_card_number(client=client)
        return redirect("website:loyalty_card")
    context = {"client": client, "number": grouped_card_number(client.card_number)}
    return render(request, "website/loyalty_card.html", context)
