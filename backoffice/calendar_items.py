"""What stands in the calendar, in words: a booking, a class, time off, and what is told of each."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

from django.urls import reverse
from django.utils.translation import gettext as _

from bookings.models import STANDING, Booking, BookingStatus, ClassSession, Occupation, Source
from business.models import Business
from foundation.money import format_money

STATUS_ICONS = {
    BookingStatus.BOOKED: "calendar",
    BookingStatus.ARRIVED: "user-check",
    BookingStatus.STARTED: "hourglass",
    BookingStatus.COMPLETED: "check",
    BookingStatus.NO_SHOW: "user-x",
}
# Minutes below which a block has room for one line, and for two, by how high the columns are.
_LINES = {"s": (25, 55), "m": (25, 50), "l": (16, 34)}
ZOOMS = tuple(_LINES)
LEGEND = tuple(
    (status.value, icon, BookingStatus(status).label) for status, icon in STATUS_ICONS.items()
)


@dataclass(frozen=True)
class Badge:
    """An icon and its words, which screen readers get and a mouse is shown."""

    icon: str
    text: str
    kind: str = ""


@dataclass(frozen=True)
class Item:
    """``kind`` is booking, class or off. ``place`` is where it stands in its column
    (calendar_frame.py); ``visit_from`` is where its visit begins, for one that can be moved."""

    kind: str
    pk: int
    provider_id: int
    provider: str
    starts_at: dt.datetime
    ends_at: dt.datetime
    place: str
    title: str
    detail: str = ""
    status: str = ""
    status_icon: str = ""
    status_text: str = ""
    badges: tuple[Badge, ...] = ()
    address: str = ""
    visit_from: dt.datetime | None = None
    height: str = ""

    @property
    def minutes(self) -> int:
        return int((self.ends_at - self.starts_at).total_seconds()) // 60

    @property
    def is_work(self) -> bool:
        return self.kind == "class" or (self.kind == "booking" and self.status in STANDING)

    def at_zoom(self, zoom: str) -> Item:
        """As it is drawn in columns of this height."""
        one_line, two_lines = _LINES[zoom]
        height = "is-low" if self.minutes < two_lines else ""
        return replace(self, height="is-short" if self.minutes < one_line else height)


def booking_item(
    booking: Booking, place: str, *, business: Business, enough: int | None, may_move: bool
) -> Item:
    """``enough`` is how many points buy something, or None while points buy nothing."""
    client = booking.visit.client
    status = BookingStatus(booking.status)
    return Item(
        kind="booking",
        pk=booking.pk,
        provider_id=booking.provider_id,
        provider=booking.provider.name,
        starts_at=booking.starts_at,
        ends_at=booking.ends_at,
        place=place,
        title=client.full_name if client else _("Personal data erased"),
        detail=booking.service_name,
        status=status.value,
        status_icon=STATUS_ICONS[status],
        status_text=str(status.label),
        badges=tuple(_badges(booking, business, enough)),
        address=reverse("backoffice:booking", args=[booking.pk]),
        visit_from=booking.visit.starts_at if may_move and status in STANDING else None,
    )


def class_item(session: ClassSession, place: str) -> Item:
    full = {"booked": session.booked_places, "places": session.places}
    return Item(
        kind="class",
        pk=session.pk,
        provider_id=session.provider_id,
        provider=session.provider.name,
        starts_at=session.starts_at,
        ends_at=session.ends_at,
        place=place,
        title=session.service.name,
        detail=_("%(booked)s/%(places)s places") % full,
        status_icon="users",
        status_text=_("Class"),
        address=reverse("backoffice:session", args=[session.pk]),
    )


def off_item(occupation: Occupation, place: str) -> Item:
    return Item(
        kind="off",
        pk=occupation.pk,
        provider_id=occupation.provider_id,
        provider=occupation.provider.name,
        starts_at=occupation.starts_at,
        ends_at=occupation.ends_at,
        place=place,
        title=_("Time off"),
        detail=occupation.reason,
        status_icon="ban",
    )


def _badges(booking: Booking, business: Business, enough: int | None) -> list[Badge]:
    visit, badges = booking.visit, list[Badge]()
    if booking.by_points:
        badges.append(Badge("gift", _("REWARD"), "reward"))
    if visit.client is not None and visit.client.allergies:
        told = _("Allergies: %(what)s") % {"what": visit.client.allergies}
        badges.append(Badge("alert-triangle", told, "allergies"))
    if visit.source == Source.ONLINE:
        badges.append(Badge("globe", _("booked on the website")))
    if visit.note:
        badges.append(Badge("file-text", _("has a note")))
    if visit.client is not None and booking.is_first_visit:  # type: ignore[attr-defined]
        badges.append(Badge("sparkles", _("first visit")))
    account = getattr(visit.client, "point_account", None)
    if enough is not None and account is not None and account.balance >= enough:
        badges.append(Badge("star", _("has points for a reward"), "points"))
    sale = getattr(visit, "sale", None)
    if sale is not None and booking.status in STANDING and sale.total_minor:
        if sale.left_to_pay_minor:
            left = format_money(sale.left_to_pay_minor, currency=business.currency)
            badges.append(Badge("banknote", _("%(amount)s to pay") % {"amount": left}, "owes"))
        else:
            badges.append(Badge("circle-check", _("paid"), "paid"))
    return badges
