"""What staff book: services one after another, each with add-ons and somebody (ux S4).

Names and prices of everything that can be chosen are read once, whatever the number of lines.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django import forms
from django.db.models import Count
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.new_booking_rewards import read_reward, rewards_by_id
from bookings.lines import MOST_LINES, Line, price_of
from bookings.models import Booking, ClassSession, Visit
from catalogue.models import AddOn, AddOnService, Provider, Service, ServiceKind, ServiceProvider
from catalogue.terms import Terms, terms_of
from clients.models import Client
from foundation import clock
from foundation.keyset import LARGEST_ID
from foundation.models import User
from loyalty.models import Reward
from sales.rewards import Wanted

ALL = "bookings.see_all_bookings"
FAVOURITES = 3
SESSIONS = 8


@dataclass(frozen=True)
class Offer:
    """All that can be booked. ``only`` is the provider of a login that books with itself alone;
    ``is_nobody`` where such a login is no provider's."""

    services: dict[int, Service]
    providers: dict[int, Provider]
    add_ons: dict[int, list[AddOn]]
    does: dict[tuple[int, int], ServiceProvider]
    rewards: dict[int, Reward] = field(default_factory=dict)
    only: Provider | None = None
    is_nobody: bool = False

    def usually(self, service_id: int) -> list[Provider]:
        """Who does the service, in the business's order."""
        return [each for pk, each in self.providers.items() if (service_id, pk) in self.does]

    def terms(self, line: Line) -> tuple[Terms, bool]:
        """What the line comes to, and whether that is certain: with anybody it is the least."""
        who = [line.provider] if line.provider else self.usually(line.service.pk)
        found = [self._terms_with(line, each) for each in who] or [
            terms_of(line.service, line.add_ons)
        ]
        least = min(found, key=lambda each: each.price_minor)
        is_certain = line.by_points or all(each == least for each in found)
        return replace(least, price_minor=price_of(line, least.price_minor)), is_certain

    def _terms_with(self, line: Line, provider: Provider) -> Terms:
        own = self.does.get((line.service.pk, provider.pk))
        return terms_of(
            line.service,
            line.add_ons,
            minutes=own.minutes if own else None,
            price_minor=own.price_minor if own else None,
        )


class LineForm(forms.Form):
    """One row; a row without a service is empty, and counts as nothing where another has one."""

    service = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=LARGEST_ID,
        error_messages={"invalid": gettext_lazy("Choose a service")},
    )
    who = forms.IntegerField(required=False, min_value=1, max_value=LARGEST_ID)


@dataclass
class Row:
    """A row as the page shows it. ``errors``: field → what to do."""

    number: int
    service: Service | None = None
    who: Provider | None = None
    chosen: list[AddOn] = field(default_factory=list)
    offered: list[AddOn] = field(default_factory=list)
    usually: list[Provider] = field(default_factory=list)
    others: list[Provider] = field(default_factory=list)
    terms: Terms | None = None
    is_certain: bool = True
    reward: Wanted | None = None
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def prefix(self) -> str:
        return f"line-{self.number}"

    @property
    def line(self) -> Line | None:
        if self.service is None:
            return None
        return Line(self.service, self.who, tuple(self.chosen), self.reward is not None)


def read_offer(actor: User) -> Offer:
    """Six queries, one more for who sees only their own bookings."""
    services = Service.objects.of_kind(ServiceKind.APPOINTMENT).filter(archived_at__isnull=True)
    by_id = {each.pk: each for each in services.select_related("category")}
    providers = {each.pk: each for each in Provider.objects.filter(archived_at__isnull=True)}
    goes_with = AddOnService.objects.filter(add_on__archived_at__isnull=True)
    add_ons: dict[int, list[AddOn]] = {}
    for link in goes_with.select_related("add_on").order_by("add_on__position", "add_on_id"):
        add_ons.setdefault(link.service_id, []).append(link.add_on)
    does = {(each.service_id, each.provider_id): each for each in ServiceProvider.objects.all()}
    offer = Offer(by_id, providers, add_ons, does, rewards_by_id())
    if actor.has_perm(ALL):
        return offer
    only = own_provider(actor)
    return replace(offer, only=only, is_nobody=only is None)


def own_provider(actor: User) -> Provider | None:
    """The provider whose login this is, unless archived."""
    return Provider.objects.filter(user=actor, archived_at__isnull=True).first()


def read_rows(data: QueryDict, offer: Offer) -> list[Row]:
    """The rows that were sent, at least one."""
    many = _number(data.get("lines"), least=1, most=MOST_LINES)
    return [_read_row(data, number, offer) for number in range(many)]


def _read_row(data: QueryDict, number: int, offer: Offer) -> Row:
    row = Row(number)
    form = LineForm(data, prefix=row.prefix)
    form.is_valid()
    asked: dict[str, Any] = form.cleaned_data
    if asked.get("service"):
        row.service = offer.services.get(asked["service"])
        if row.service is None:
            row.errors["service"] = _("This service is no longer booked. Choose another.")
    elif "service" in form.errors:
        row.errors["service"] = _("Choose a service")
    row.who = offer.only
    if asked.get("who") and offer.only is None:
        row.who = offer.providers.get(asked["who"])
    if (asked.get("who") or "who" in form.errors) and row.who is None:
        row.errors["who"] = _("Choose a provider")
    elif asked.get("who") and offer.only is not None and asked["who"] != offer.only.pk:
        row.errors["who"] = _("Your role books appointments with yourself only.")
    if row.service is not None:
        row.offered = offer.add_ons.get(row.service.pk, [])
        sent = set(data.getlist(f"{row.prefix}-add"))
        row.chosen = [each for each in row.offered if str(each.pk) in sent]
        row.usually = offer.usually(row.service.pk)
        sent_reward = data.get(f"{row.prefix}-reward", "")
        row.reward = read_reward(sent_reward, offer.rewards, row.service.pk)
        line = row.line
        if line is not None:
            row.terms, row.is_certain = offer.terms(line)
    row.others = [each for each in offer.providers.values() if each not in row.usually]
    return row


def coming_sessions(offer: Offer) -> list[ClassSession]:
    """The next classes of today and the days after: the desk books until one is over."""
    sessions = ClassSession.objects.filter(cancelled_at__isnull=True, ends_at__gt=clock.now())
    if offer.only is not None:
        sessions = sessions.filter(provider=offer.only)
    return list(sessions.select_related("service", "provider")[:SESSIONS])


def lines_of_rows(rows: list[Row]) -> list[Line]:
    return [row.line for row in rows if row.line is not None]


def check_rows(rows: list[Row]) -> None:
    if not any(row.service or row.errors.get("service") for row in rows):
        rows[0].errors["service"] = _("Choose a service")


def service_groups(
    offer: Offer, client: Client | None
) -> list[tuple[str, list[tuple[Service, Terms]]]]:
    """The services by category, with what this client has had most often first."""
    groups: list[tuple[str, list[tuple[Service, Terms]]]] = []
    usual = [(each, terms_of(each)) for each in _favourites(offer, client)]
    if usual:
        groups.append((_("Booked before"), usual))
    by_category: dict[str, list[tuple[Service, Terms]]] = {}
    for each in offer.services.values():
        by_category.setdefault(each.category.name, []).append((each, terms_of(each)))
    return [*groups, *by_category.items()]


def _favourites(offer: Offer, client: Client | None) -> list[Service]:
    if client is None:
        return []
    had = Booking.objects.filter(visit__client=client, service__in=offer.services)
    counted = had.values("service").annotate(many=Count("pk")).order_by("-many", "service")
    return [offer.services[each["service"]] for each in counted[:FAVOURITES]]


def fields_of_visit(visit: Visit) -> Mapping[str, Any]:
    """The lines of a visit as the form has them: for booking the same again."""
    bookings = visit.bookings.filter(session__isnull=True).prefetch_related("add_ons")
    fields: dict[str, Any] = {"client": visit.client_id or ""}
    for number, booking in enumerate(bookings.order_by("starts_at", "pk")[:MOST_LINES]):
        fields[f"line-{number}-service"] = booking.service_id
        fields[f"line-{number}-who"] = booking.provider_id
        fields[f"line-{number}-add"] = [each.add_on_id for each in booking.add_ons.all()]
        fields["lines"] = number + 1
    return fields


def _number(text: Any, *, least: int, most: int) -> int:
    """A whole number that was sent, kept between the two; the least for nonsense."""
    sent = str(text or "")
    number = int(sent) if sent.isascii() and sent.isdigit() and len(sent) < 3 else least
    return max(least, min(most, number))
