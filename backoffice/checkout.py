"""The till: /admin/checkout/new/ opens a sale, /admin/checkout/<sale>/ takes the money (ux S6).

Every button of a sale's page posts one step to its own address; what worked leads back to the
page, so that it shows what is true now and a reload does nothing again. With the script
(static/backoffice/parts.js) only the parts that changed are put in.
"""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.base import actor_of
from backoffice.checkout_page import page_of_till
from backoffice.checkout_start import start_page
from backoffice.checkout_steps import Tried, take_step
from backoffice.new_booking_client import bookable_clients
from foundation.errors import DomainError
from foundation.keyset import LARGEST_ID
from foundation.staff import staff_page, staff_response
from sales.checkout import open_sale
from sales.checkout_lines import CHECK_OUT
from sales.models import Sale, SaleState

TITLE = gettext_lazy("Checkout")


@staff_page(CHECK_OUT, what=TITLE)
def new_sale(request: HttpRequest) -> HttpResponseBase:
    """Whose sale: somebody's, nobody's, or one that waits."""
    actor = actor_of(request)
    sent = request.POST if request.method == "POST" else request.GET
    error: DomainError | None = None
    if request.method == "POST" and ("pick" in sent or sent.get("step") == "walk-in"):
        wanted = sent.get("pick", "")
        number = int(wanted) if wanted.isascii() and wanted.isdigit() and len(wanted) < 19 else 0
        client = bookable_clients(actor).filter(pk=number).first() if wanted else None
        try:
            sale = open_sale(client=client, form_token=sent.get("form_token", ""), actor=actor)
        except DomainError as refused:
            error = refused
        else:
            return redirect("backoffice:till", sale.pk)
    return staff_response(
        request,
        "backoffice/checkout_new.html",
        start_page(actor, sent.get("q", "")[:100].strip(), error),
        title=TITLE,
        status=error.status if error else 200,
    )


@staff_page(CHECK_OUT, what=TITLE)
def till(request: HttpRequest, pk: int) -> HttpResponseBase:
    """One open sale; what is over leads to its own page."""
    sale = Sale.objects.select_related("client", "visit").filter(pk=min(pk, LARGEST_ID)).first()
    if sale is None:
        raise Http404
    tried = Tried()
    if request.method == "POST":
        tried = take_step(request, sale)
        if tried.is_over:
            return redirect("backoffice:checkout")
        if tried.is_done:
            return redirect("backoffice:till", sale.pk)
    elif sale.state != SaleState.OPEN:
        return redirect("backoffice:sale", sale.pk)
    fresh = Sale.objects.select_related("client", "visit").get(pk=sale.pk)
    if fresh.state != SaleState.OPEN:
        return redirect("backoffice:sale", sale.pk)
    title = _("Checkout")
    if fresh.client is not None:
        title = _("Checkout · %(name)s") % {"name": fresh.client.full_name}
    return staff_response(
        request,
        "backoffice/checkout.html",
        page_of_till(actor_of(request), fresh, tried),
        title=title,
        status=tried.status,
        below=reverse("backoffice:checkout"),
    )
