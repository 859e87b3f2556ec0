"""Refunding lines: /admin/sales/<id>/refund/ shows what happens before the button does it (ux S7).

The page sends along what it showed; when that is no longer true the new effects are shown instead
of a refund that surprises.
"""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.base import actor_of
from backoffice.checkout_page import shown_line
from foundation.errors import DomainError
from foundation.form_tokens import new_form_token, was_used
from foundation.keyset import LARGEST_ID
from foundation.staff import refusal, staff_page, staff_response
from sales.checkout_refunds import ANY_DAY, TODAY, may_refund, refund_effects, refund_lines
from sales.checkout_sums import lines_of
from sales.errors import NothingChosen
from sales.models import Sale, SaleState

TITLE = gettext_lazy("Refund")


@staff_page(TODAY, what=TITLE)
def refund(request: HttpRequest, pk: int) -> HttpResponseBase:
    sale = Sale.objects.select_related("client", "visit").filter(pk=min(pk, LARGEST_ID)).first()
    if sale is None or sale.number is None:
        raise Http404
    if sale.state != SaleState.COMPLETED or was_used(request.POST.get("form_token", "")):
        return redirect("backoffice:sale", sale.pk)
    if not may_refund(sale, actor_of(request)):
        return refusal(request, permission=ANY_DAY, what=TITLE)
    chosen = _chosen(request)
    error: DomainError | None = None
    if request.method == "POST" and request.POST.get("step") == "refund":
        try:
            refund_lines(
                sale=sale,
                line_ids=sorted(chosen),
                seen=request.POST.get("seen", ""),
                form_token=request.POST.get("form_token", ""),
                actor=actor_of(request),
            )
        except DomainError as refused:
            error = refused
        else:
            messages.success(request, _("Refunded."))
            return redirect("backoffice:sale", sale.pk)
    return _page(request, sale, chosen, error)


def _chosen(request: HttpRequest) -> set[int]:
    sent = request.POST.getlist("line")
    return {int(each) for each in sent if each.isascii() and each.isdigit() and len(each) < 19}


def _page(
    request: HttpRequest, sale: Sale, chosen: set[int], error: DomainError | None
) -> HttpResponseBase:
    fresh = Sale.objects.select_related("client").get(pk=sale.pk)
    lines = [line for line in lines_of(fresh) if line.refunded_at is None]
    wanted = [line for line in lines if line.pk in chosen]
    effects = refund_effects(fresh, wanted) if wanted else None
    context = {
        "sale": fresh,
        "lines": [(shown_line(line), line in wanted) for line in lines],
        "effects": effects,
        "seen": effects.fingerprint if effects else "",
        "error": error,
        "is_missing": isinstance(error, NothingChosen),
        "form_token": new_form_token(),
    }
    return staff_response(
        request,
        "backoffice/sale_refund.html",
        context,
        title=_("Refund receipt %(number)s") % {"number": sale.number},
        status=error.status if error else 200,
        below=reverse("backoffice:sales"),
    )
