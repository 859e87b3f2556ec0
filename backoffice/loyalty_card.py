"""A client's loyalty card to print at the desk."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from clients.card_numbers import grouped_card_number
from clients.models import Client
from foundation.staff import staff_page, staff_response

TITLE = gettext_lazy("Loyalty card")


@require_safe
@staff_page("clients.view_client", what=TITLE)
def loyalty_card(request: HttpRequest, pk: int) -> HttpResponseBase:
    client = get_object_or_404(Client, pk=pk, anonymised_at__isnull=True)
    if not client.card_number:
        raise Http404
    context = {"client": client, "number": grouped_card_number(client.card_number)}
    return staff_response(request, "backoffice/loyalty_card.html", context, title=TITLE)
