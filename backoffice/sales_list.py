"""Which sales a list shows: those of a day, or by receipt number, client or product."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db.models import Q, QuerySet, Sum
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from backoffice.booking_list import ALL_DAYS, COUNTED, NAMED, DayField
from business.models import Business
from business.profile import local_day_bounds, local_today
from clients.people import search_clients
from foundation.keyset import Page, page_of
from sales.models import Sale, SaleState


class SaleFilterForm(forms.Form):
    day = DayField(label=_("Day"), required=False, max_length=10)
    q = forms.CharField(label=_("Client or receipt number"), required=False, max_length=80)
    at = forms.CharField(required=False, max_length=40)


@dataclass(frozen=True)
class SaleListing:
    """``day`` is None for all days. ``count`` stops at ``COUNTED`` + 1; ``total_minor`` is that of
    the day."""

    form: SaleFilterForm
    day: dt.date | None
    today: dt.date
    page: Page
    count: int
    total_minor: int

    @property
    def is_over(self) -> bool:
        return self.count > COUNTED

    @property
    def text(self) -> str:
        return str(self.form.cleaned_data.get("q") or "")

    @property
    def day_before(self) -> dt.date | None:
        return self.day and self.day - dt.timedelta(days=1)

    @property
    def day_after(self) -> dt.date | None:
        return self.day and self.day + dt.timedelta(days=1)


def list_sales(data: QueryDict, business: Business) -> SaleListing:
    """One day, the latest first, or all days. Without a day it is today; a search without a day
    means all of them."""
    form = SaleFilterForm(data)
    form.is_valid()
    asked = form.cleaned_data
    today = local_today(business)
    day = _day(asked, today, was_emptied=data.get("day") == "")
    rows = _filtered(asked.get("q") or "")
    total = 0
    if day is not None:
        first, after = local_day_bounds(business, day)
        rows = rows.filter(completed_at__gte=first, completed_at__lt=after)
        total = rows.order_by().aggregate(sum=Sum("total_minor"))["sum"] or 0
    whole = rows.select_related("client", "completed_by")
    return SaleListing(
        form=form,
        day=day,
        today=today,
        page=page_of(whole, by="completed_at", descending=True, at=asked.get("at") or ""),
        count=rows.order_by()[: COUNTED + 1].count(),
        total_minor=total,
    )


def _day(asked: dict[str, Any], today: dt.date, *, was_emptied: bool) -> dt.date | None:
    day = asked.get("day")
    if isinstance(day, dt.date):
        return day
    return None if day == ALL_DAYS or was_emptied or asked.get("q") else today


def _filtered(text: str) -> QuerySet[Sale]:
    rows = Sale.objects.filter(state=SaleState.COMPLETED, number__isnull=False)
    if not text:
        return rows
    # Looked up before, so that the sales of a few are found by their clients.
    clients = search_clients(text).order_by().values_list("pk", flat=True)
    ids = list(clients[: NAMED + 1])
    found = Q(client_id__in=ids if len(ids) <= NAMED else clients)
    if text.isascii() and text.isdigit() and len(text) < 19:
        found |= Q(number=int(text))
    return rows.filter(found)
