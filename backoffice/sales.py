"""Sales: /admin/sales/ lists what was completed, /admin/sales/<id>/ proves one (ux S7).

The page of a sale is its receipt as well: printed, it holds what the client gets.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.base import actor_of
from backoffice.card_pages import log_card
from backoffice.checkout_page import shown_line
from backoffice.sales_list import list_sales
from business.profile import get_business
from foundation import clock
from foundation.errors import DomainError
from foundation.form_tokens import new_form_token
from foundation.keyset import LARGEST_ID
from foundation.staff import post_only, staff_page, staff_response
from giftcards.cards import reveal_code
from giftcards.models import GiftCard
from loyalty.history import expected_at
from loyalty.models import AwardState
from sales.checkout_lines import CHECK_OUT
from sales.checkout_receipts import send_receipt
from sales.checkout_refunds import may_refund
from sales.checkout_sums import full_price, lines_of, payments_of, vat_parts
from sales.models import Payment, Sale, SaleLine, SaleState

TITLE = gettext_lazy("Sales")
ONE = gettext_lazy("A sale")
# Who sold a gift card reads its code out or prints it; later the code has a page of its own.
CODE_SHOWN_FOR = dt.timedelta(minutes=15)


@staff_page(CHECK_OUT, what=TITLE)
def sale_list(request: HttpRequest) -> HttpResponseBase:
    listing = list_sales(request.GET, get_business())
    context = {"listing": listing, "filters": listing.form}
    return staff_response(request, "backoffice/sales_list.html", context, title=TITLE)


@staff_page(CHECK_OUT, what=ONE)
def sale_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    """A sale that is over. An open one stands at the till."""
    found = Sale.objects.select_related("client", "visit", "completed_by")
    sale = found.filter(pk=min(pk, LARGEST_ID)).first()
    if sale is None:
        raise Http404
    if sale.state == SaleState.OPEN:
        return redirect("backoffice:till", sale.pk)
    title = _("Sale")
    if sale.number:
        title = _("Receipt %(number)s") % {"number": sale.number}
    context = context_of(sale) | {
        "codes": _codes(request, sale),
        "may_refund": may_refund(sale, actor_of(request)),
        "form_token": new_form_token(),
    }
    return staff_response(request, "backoffice/sale.html", context, title=title)


@post_only
@staff_page(CHECK_OUT, what=ONE)
def send(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Mail the receipt to the client."""
    sale = Sale.objects.select_related("client").filter(pk=min(pk, LARGEST_ID)).first()
    if sale is None:
        raise Http404
    token = request.POST.get("form_token", "")
    try:
        send_receipt(sale=sale, form_token=token, actor=actor_of(request))
    except DomainError as error:
        messages.error(request, str(error))
    else:
        told = {"email": sale.client and sale.client.email}
        messages.success(request, _("The receipt goes to %(email)s.") % told)
    return redirect("backoffice:sale", sale.pk)


def context_of(sale: Sale) -> dict[str, Any]:
    """Everything that the sale's page shows of it; in a fixed number of queries."""
    business = get_business()
    lines = lines_of(sale)
    every = sale.payments.select_related("own_tender", "card_entry__card").order_by("pk")
    movements: list[Payment] = list(every)
    payments = payments_of(sale)
    given = [each for each in payments if each.change_minor]
    return {
        "sale": sale,
        "client": sale.client,
        "lines": [shown_line(line) for line in lines],
        "payments": payments,
        "movements": movements if len(movements) > len(payments) else [],
        "change_minor": given[-1].change_minor if given else 0,
        "full_minor": sum(full_price(line) for line in lines),
        "discount_minor": sum(line.discount_minor for line in lines),
        "vat": vat_parts(lines, business),
        "first_booking": next((line.booking for line in lines if line.booking), None),
        "awards": [
            (line.award, expected_at(line.award, business))
            for line in lines
            if line.award and line.award.state == AwardState.PROMISED
        ],
    }


def _codes(request: HttpRequest, sale: Sale) -> list[tuple[GiftCard, str]]:
    """The codes of gift cards that whoever is asking has just sold; written into the log (T05)."""
    just_sold = (
        sale.completed_at is not None
        and sale.completed_by_id == actor_of(request).pk
        and clock.now() - sale.completed_at < CODE_SHOWN_FOR
    )
    if not just_sold:
        return []
    bought = SaleLine.objects.filter(sale=sale, gift_card_type__isnull=False)
    found = []
    for line in bought.select_related("gift_card__type").order_by("pk"):
        if line.gift_card is not None and line.refunded_at is None:
            log_card(request, line.gift_card, "Showed the code")
            found.append((line.gift_card, reveal_code(line.gift_card)))
    return found
