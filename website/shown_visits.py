"""A visit as its client sees it: where it stands, what it costs, and what it does to points."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Prefetch, QuerySet, prefetch_related_objects

from bookings.models import Booking, BookingAddOn, BookingStatus, ChangeKind, Visit
from business.models import Business, Features
from foundation import clock
from loyalty.history import expected_at
from loyalty.models import Award, AwardState, DropReason
from sales.models import Payment, Sale, Tender


@dataclass(frozen=True)
class PointsEffect:
    """``kind``: coming (``at`` is the hour that was told), earned or taken_back."""

    kind: str
    points: int
    at: dt.datetime | None = None


@dataclass(frozen=True)
class ShownVisit:
    """``state``: coming, now, done, cancelled or no_show. Amounts are minor units.
    ``points_dropped`` were on the way until it was cancelled."""

    visit: Visit
    bookings: Sequence[Booking]
    state: str
    total_minor: int
    paid_minor: int
    is_paid_by_cards: bool
    effects: list[PointsEffect]
    points_dropped: int
    year: int

    @property
    def is_coming(self) -> bool:
        return self.state == "coming"

    @property
    def left_minor(self) -> int:
        return self.total_minor - self.paid_minor

    @property
    def first(self) -> Booking:
        return self.bookings[0]

    @property
    def changed_at(self) -> dt.datetime:
        """When it got its present state: for "cancelled on"."""
        return max(booking.status_changed_at for booking in self.bookings)

    @property
    def moved_by_salon_at(self) -> dt.datetime | None:
        """When the salon gave it the time that it has; None where the client chose it."""
        moves = [
            change
            for booking in self.bookings
            for change in booking.changes.all()
            if change.kind == ChangeKind.MOVED
        ]
        last = max(moves, key=lambda change: change.pk, default=None)
        return None if last is None or last.by_client else last.created_at

    @property
    def cancelled_by_client(self) -> bool:
        return all(booking.cancelled_by_client for booking in self.bookings)


def _parts() -> tuple[str | Prefetch[str], ...]:
    """What ``show`` and its pages read of a visit, beside its bookings; one query each."""
    add_ons = BookingAddOn.objects.order_by("pk")
    return (
        "bookings__awards",
        "bookings__changes",
        "sale__payments",
        Prefetch("bookings__add_ons", add_ons),
    )


def with_parts(visits: QuerySet[Visit]) -> QuerySet[Visit]:
    """Everything that ``show`` reads, in a fixed number of queries."""
    return visits.select_related("client", "sale").prefetch_related(*_parts())


def show_one(visit: Visit, business: Business, features: Features) -> ShownVisit:
    prefetch_related_objects([visit], *_parts())
    return show(visit, business, features)


def show(visit: Visit, business: Business, features: Features) -> ShownVisit:
    bookings = list(visit.bookings.all())
    sale: Sale | None = getattr(visit, "sale", None)
    # Who is left out of the programme is told nothing of points.
    earning = bookings if visit.client is None or visit.client.left_out_at is None else []
    awards = [award for booking in earning for award in booking.awards.all()]
    effects = [_effect(award, business, features) for award in awards]
    return ShownVisit(
        visit=visit,
        bookings=bookings,
        state=_state(visit, bookings),
        total_minor=sale.total_minor if sale else sum(b.price_minor for b in bookings),
        paid_minor=sale.paid_minor if sale else 0,
        is_paid_by_cards=sale is not None
        and all(payment.tender == Tender.GIFT_CARD for payment in sale.payments.all()),
        effects=[effect for effect in effects if effect is not None],
        points_dropped=sum(map(_dropped, earning)),
        year=visit.starts_at.astimezone(business.zone).year,
    )


def _dropped(booking: Booking) -> int:
    """Points that were on the way when it was last cancelled."""
    last = max(booking.awards.all(), key=lambda award: award.pk, default=None)
    return last.points if last is not None and last.reason == DropReason.CANCELLED else 0


def _state(visit: Visit, bookings: Sequence[Booking]) -> str:
    statuses = {booking.status for booking in bookings}
    if statuses == {BookingStatus.CANCELLED}:
        return "cancelled"
    if statuses <= {BookingStatus.CANCELLED, BookingStatus.NO_SHOW}:
        return "no_show"
    now = clock.now()
    if visit.ends_at <= now or statuses <= {BookingStatus.CANCELLED, BookingStatus.COMPLETED}:
        return "done"
    return "now" if visit.starts_at <= now else "coming"


def _effect(award: Award, business: Business, features: Features) -> PointsEffect | None:
    if award.state == AwardState.CREDITED:
        return PointsEffect("earned", award.points)
    if award.state == AwardState.WITHDRAWN:
        return PointsEffect("taken_back", award.points)
    # While loyalty is off nothing falls due, so nothing is promised.
    if award.state == AwardState.PROMISED and features.loyalty:
        return PointsEffect("coming", award.points, expected_at(award, business))
    return None


def returned_to_cards(visit: Visit) -> list[tuple[str, int]]:
    """What went back to gift cards when it was cancelled: last four characters, minor units."""
    refunds = Payment.objects.filter(sale__visit=visit, refunds__isnull=False)
    return [
        (payment.card_entry.card.last_four, -payment.amount_minor)
        for payment in refunds.select_related("card_entry__card").order_by("pk")
        if payment.card_entry is not None
    ]
