"""The roster of one class session (S9): who comes, who is in line, and what staff do with it.

Pages call the commands of ``sales`` and decide nothing. With the script
(static/backoffice/parts.js) a toggle is answered in place.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from backoffice.base import actor_of
from backoffice.dashboard import visible_bookings
from backoffice.session_told import who_waited, who_was_told
from bookings.changes import earliest_mark, mark_to_undo
from bookings.models import (
    STANDING,
    Booking,
    BookingStatus,
    ClassSession,
    WaitingPlace,
    WaitingState,
)
from bookings.waiting import is_offered, is_open, line_of_session
from bookings.weeks import name_of_week
from business.models import Business
from business.profile import get_business
from foundation import clock
from foundation.errors import BadInput, DomainError
from foundation.keyset import LARGEST_ID
from foundation.models import User
from foundation.staff import post_only, refusal, staff_page, staff_response
from foundation.writing import write_day_time
from loyalty.models import Award, AwardState
from sales.marking import mark_arrived, undo_mark
from sales.models import Sale
from sales.offers import offer_places

ONE = gettext_lazy("A class session")
SEE, MARK, CANCEL = (
    "bookings.view_booking",
    "bookings.mark_bookings",
    "bookings.cancel_bookings",
)
BOOK, CHANGE = "bookings.book_for_clients", "bookings.change_classsession"
ALL = "bookings.see_all_bookings"


class CheckInForm(forms.Form):
    booking = forms.IntegerField(min_value=1, max_value=LARGEST_ID)
    arrived = forms.ChoiceField(choices=[("yes", "yes"), ("no", "no")])


def find_session(pk: int) -> ClassSession:
    found = (
        ClassSession.objects.select_related("service", "provider", "rule")
        .filter(pk=min(pk, LARGEST_ID))
        .first()
    )
    if found is None:
        raise Http404
    return found


def _may_see(actor: User, session: ClassSession) -> bool:
    """Everybody's classes for who may see all bookings; their own for a provider."""
    return actor.has_perm(ALL) or session.provider.user_id == actor.pk


def with_session(
    request: HttpRequest, pk: int, view: Callable[[ClassSession], HttpResponseBase]
) -> HttpResponseBase:
    session = find_session(pk)
    if not _may_see(actor_of(request), session):
        return refusal(request, permission=ALL, what=ONE)
    return view(session)


@staff_page(SEE, what=ONE)
def roster(request: HttpRequest, pk: int) -> HttpResponseBase:
    return with_session(request, pk, lambda session: show_roster(request, session))


@post_only
@staff_page(MARK, what=ONE)
def check_in(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The toggle of one person. ``arrived`` says what the page wants, so that a repeat or a
    second tablet changes nothing."""

    def answer(session: ClassSession) -> HttpResponseBase:
        form = CheckInForm(request.POST)
        if not form.is_valid():
            return show_roster(request, session, error=str(BadInput()), status=422)
        known = visible_bookings(actor_of(request)).filter(session=session)
        booking = known.filter(pk=form.cleaned_data["booking"]).first()
        if booking is None:
            raise Http404
        return do(request, session, lambda: _toggle(request, booking, form.cleaned_data))

    return with_session(request, pk, answer)


def _toggle(request: HttpRequest, booking: Booking, sent: dict[str, Any]) -> str:
    actor = actor_of(request)
    if sent["arrived"] == "yes":
        mark_arrived(booking=booking, actor=actor)
    elif booking.status == BookingStatus.ARRIVED:
        mark = mark_to_undo(booking)
        if mark is not None:
            undo_mark(booking=booking, mark=mark, actor=actor)
    return ""


@post_only
@staff_page(BOOK, what=ONE)
def offer_now(request: HttpRequest, pk: int) -> HttpResponseBase:
    def offer(session: ClassSession) -> str:
        offer_places(session_id=session.pk)
        return str(_("Whatever is free was offered to the first in line."))

    return with_session(request, pk, lambda s: do(request, s, lambda: offer(s)))


def do(request: HttpRequest, session: ClassSession, command: Callable[[], str]) -> HttpResponseBase:
    try:
        done = command()
    except DomainError as error:
        return show_roster(request, find_session(session.pk), error=str(error), status=error.status)
    if done:
        messages.success(request, done)
    return redirect("backoffice:session", session.pk)


def title_of(session: ClassSession, business: Business) -> str:
    return f"{session.service.name} · {write_day_time(session.starts_at, business.zone)}"


def is_open_at_desk(session: ClassSession) -> bool:
    """The desk books until a class is over."""
    return session.cancelled_at is None and session.ends_at > clock.now()


def taken(session: ClassSession) -> int:
    return session.booked_places + session.offered_places


def booked_of_places(session: ClassSession) -> str:
    """As in "7 of 10 places booked"."""
    return ngettext(
        "%(booked)d of %(places)d place booked",
        "%(booked)d of %(places)d places booked",
        session.places,
    ) % {"booked": session.booked_places, "places": session.places}


def _people(request: HttpRequest, session: ClassSession) -> list[dict[str, Any]]:
    """Who comes or came, with what each owes and earns; four queries, however many."""
    bookings = list(
        visible_bookings(actor_of(request))
        .filter(session=session)
        .exclude(status=BookingStatus.CANCELLED)
        .select_related("visit__client", "status_changed_by")
        .order_by("visit__client__search_name", "pk")
    )
    sales = {
        sale.visit_id: sale
        for sale in Sale.objects.filter(visit__in=[booking.visit_id for booking in bookings])
    }
    awards = {
        award.booking_id: award
        for award in Award.objects.filter(booking__in=bookings, state=AwardState.PROMISED)
    }
    opens = earliest_mark(session.starts_at, BookingStatus.ARRIVED, get_business())
    can_arrive = clock.now() >= opens
    may_mark = request.user.has_perm(MARK)
    return [
        {
            "booking": booking,
            "client": booking.visit.client,
            "sale": sales.get(booking.visit_id),
            "award": awards.get(booking.pk),
            "arrived": booking.status == BookingStatus.ARRIVED,
            "may_toggle": may_mark
            and can_arrive
            and booking.status in (BookingStatus.BOOKED, BookingStatus.ARRIVED),
            "may_move": booking.status in STANDING,
        }
        for booking in bookings
    ]


@dataclass(frozen=True)
class InLine:
    """Somebody in line, as the page shows them. ``fits``: there is room for their places."""

    number: int
    place: WaitingPlace
    is_offered: bool
    fits: bool


def _line(session: ClassSession) -> list[InLine]:
    places = line_of_session(session.pk).select_related("client")
    return [
        InLine(
            number=number,
            place=place,
            is_offered=is_offered(place),
            fits=place.state == WaitingState.OFFERED or place.places <= session.places_left,
        )
        for number, place in enumerate(places, start=1)
    ]


def show_roster(
    request: HttpRequest, session: ClassSession, *, error: str = "", status: int = 200
) -> HttpResponseBase:
    business = get_business()
    people = _people(request, session)
    line = _line(session)
    is_coming = session.cancelled_at is None and session.starts_at > clock.now()
    arrived = sum(person["booking"].places for person in people if person["arrived"])
    waits = any(not each.is_offered for each in line)
    may_book = request.user.has_perm(BOOK)
    context = {
        "session": session,
        "local_start": session.starts_at.astimezone(business.zone).replace(tzinfo=None),
        "people": people,
        "was_told": who_was_told(actor_of(request), session) if session.cancelled_at else [],
        "waited": who_waited(session) if session.cancelled_at else [],
        "line": line,
        "arrived": arrived,
        "taken": taken(session),
        "is_coming": is_coming,
        "may_change": is_coming and request.user.has_perm(CHANGE),
        "may_cancel": session.cancelled_at is None and request.user.has_perm(CANCEL),
        "may_book": may_book and is_open_at_desk(session),
        "may_offer": may_book
        and waits
        and session.places_left > 0
        and is_open(session, business, clock.now()),
        "error": error,
        "counts": booked_of_places(session),
        "week": name_of_week(session.starts_at.astimezone(business.zone).date()),
    }
    return staff_response(
        request,
        "backoffice/session.html",
        context,
        title=title_of(session, business),
        status=status,
    )
