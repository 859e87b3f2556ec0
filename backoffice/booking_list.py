"""Which bookings a list shows: by day, provider, status and text."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import reduce
from itertools import product
from operator import or_
from typing import Any

from django import forms
from django.db.models import Prefetch, Q, QuerySet
from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from backoffice.dashboard import visible_bookings
from bookings.models import Booking, BookingStatus
from bookings.visits import fold_ref
from business.models import Business
from business.profile import local_day_bounds, local_today
from catalogue.models import Provider, Service
from clients.people import search_clients
from foundation.keyset import Page, page_of
from foundation.models import User
from foundation.names import fold
from loyalty.models import Award

COUNTED = 10_000
# Clients that are told to the database one by one, and words that may name a service.
NAMED = 1_000
MOST_WORDS = 4
ALL_DAYS = "all"


class DayField(forms.CharField):
    """A date as browsers send it, or ``all``."""

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if text in ("", ALL_DAYS):
            return text
        try:
            day = dt.date.fromisoformat(text)
        except ValueError as error:
            raise forms.ValidationError(_("Choose a day")) from error
        if not 1900 < day.year < 9000:
            raise forms.ValidationError(_("Choose a day"))
        return day


class FilterForm(forms.Form):
    day = DayField(label=_("Day"), required=False, max_length=10)
    provider = forms.ModelChoiceField(
        label=_("Provider"), queryset=Provider.objects.all(), required=False, empty_label=_("All")
    )
    status = forms.ChoiceField(
        label=_("Status"), required=False, choices=[("", _("All")), *BookingStatus.choices]
    )
    q = forms.CharField(label=_("Client, service or reference"), required=False, max_length=80)
    at = forms.CharField(required=False, max_length=40)

    def __init__(self, data: QueryDict, *, user: User) -> None:
        super().__init__(data)
        if not user.has_perm("bookings.see_all_bookings"):
            del self.fields["provider"]


@dataclass(frozen=True)
class Chip:
    """A filter that is on, and the query parameter that takes it off."""

    label: str | Promise
    value: str
    parameter: str


@dataclass(frozen=True)
class Listing:
    """``day`` is None for all days. ``count`` stops at ``COUNTED`` + 1."""

    form: FilterForm
    day: dt.date | None
    today: dt.date
    page: Page
    count: int
    chips: list[Chip]
    is_empty_house: bool

    @property
    def is_over(self) -> bool:
        return self.count > COUNTED

    @property
    def day_before(self) -> dt.date | None:
        return self.day and self.day - dt.timedelta(days=1)

    @property
    def day_after(self) -> dt.date | None:
        return self.day and self.day + dt.timedelta(days=1)

    @property
    def tomorrow(self) -> dt.date:
        return self.today + dt.timedelta(days=1)


def list_bookings(user: User, data: QueryDict, business: Business) -> Listing:
    """One day from its morning on, or all days with the latest first.

    Without a day it is today; a search without a day, or a day that was emptied in the form,
    means all of them.
    """
    form = FilterForm(data, user=user)
    form.is_valid()
    asked = form.cleaned_data
    today = local_today(business)
    day = _day(asked, today, was_emptied=data.get("day") == "")
    visible = visible_bookings(user).filter(visit__hidden_at__isnull=True)
    rows = _filtered(visible, asked)
    if day is not None:
        first, after = local_day_bounds(business, day)
        rows = rows.filter(starts_at__gte=first, starts_at__lt=after)
    page = page_of(
        with_parts(rows), by="starts_at", descending=day is None, at=asked.get("at") or ""
    )
    return Listing(
        form=form,
        day=day,
        today=today,
        page=page,
        count=rows.order_by()[: COUNTED + 1].count(),
        chips=_chips(asked),
        is_empty_house=not page.rows and not visible.exists(),
    )


def with_parts(rows: QuerySet[Booking]) -> QuerySet[Booking]:
    """With client, provider, sale and awards: as many queries for one row as for fifty."""
    awards = Award.objects.order_by("-pk")
    return rows.select_related("visit__client", "visit__sale", "provider").prefetch_related(
        Prefetch("awards", queryset=awards, to_attr="awards_newest_first")
    )


def _day(asked: dict[str, Any], today: dt.date, *, was_emptied: bool) -> dt.date | None:
    day = asked.get("day")
    if isinstance(day, dt.date):
        return day
    return None if day == ALL_DAYS or was_emptied or asked.get("q") else today


def _filtered(rows: QuerySet[Booking], asked: dict[str, Any]) -> QuerySet[Booking]:
    if asked.get("provider"):
        rows = rows.filter(provider=asked["provider"])
    if asked.get("status"):
        rows = rows.filter(status=asked["status"])
    words = fold(asked.get("q") or "").split()
    return rows.filter(reduce(or_, _ways(words))) if words else rows


def _ways(words: list[str]) -> list[Q]:
    """Every way in which all words fit: some name the service, the others the client; or all
    are the visit's reference.

    Clients are looked up before, so that the bookings of a few are found by their visits: tried on
    each booking, the words would read all that there ever were.
    """
    services = _folded_names()
    ways = []
    for chosen in product((False, True), repeat=min(len(words), MOST_WORDS)):
        named = [word for word, is_service in zip(words, chosen, strict=False) if is_service]
        rest = [word for word in words if word not in named]
        way = Q()
        if named:
            fitting = [pk for pk, names in services if all(word in names for word in named)]
            if not fitting:
                continue
            way &= Q(service_id__in=fitting)
        if rest:
            clients = search_clients(" ".join(rest)).order_by().values_list("pk", flat=True)
            ids = list(clients[: NAMED + 1])
            if not ids:
                continue
            way &= Q(visit__client_id__in=ids if len(ids) <= NAMED else clients)
        ways.append(way)
    return [*ways, Q(visit__ref=fold_ref(" ".join(words)))]


def _folded_names() -> list[tuple[int, str]]:
    """The names of all services in every language: some dozens, which no database folds alike."""
    rows = Service.objects.order_by().values_list("pk", "name_en", "name_da", "name_fi")
    return [(pk, fold(" ".join(names))) for pk, *names in rows]


def _chips(asked: dict[str, Any]) -> list[Chip]:
    chips = []
    if asked.get("provider"):
        chips.append(Chip(_("Provider"), str(asked["provider"]), "provider"))
    if asked.get("status"):
        label = str(BookingStatus(asked["status"]).label)
        chips.append(Chip(_("Status"), label, "status"))
    if asked.get("q"):
        chips.append(Chip(_("Text"), asked["q"], "q"))
    return chips
