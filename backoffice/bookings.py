"""Bookings: /admin/bookings/ and one booking's page with what can be done to it (ux S3).

Every button posts to a command of ``sales``, which knows what else moves. No-show and Cancel first
show what happens to points and gift cards; the page sends that along, and when it is no longer
true the new effects are shown instead of a cancelled visit that surprises.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.base import actor_of
from backoffice.beside import page_or_beside
from backoffice.booking_list import list_bookings, with_parts
from backoffice.cancel_words import CancelForm, read_cancel_form
from backoffice.dashboard import visible_bookings
from bookings.changes import changes_of, earliest_mark
from bookings.models import STANDING, Booking, BookingChange, BookingStatus
from bookings.scheduling import NEXT_STATUSES
from bookings.visits import state_of, visits_before
from business.profile import get_business
from foundation import clock
from foundation.errors import DomainError
from foundation.keyset import LARGEST_ID
from foundation.staff import post_only, refusal, staff_page, staff_response
from foundation.writing import local, write_clock, write_day_time
from loyalty.history import expected_at
from loyalty.models import Award, AwardState
from sales.marking import (
    mark_arrived,
    mark_completed,
    mark_no_show,
    mark_started,
    return_no_show_points,
    undoable_mark,
)
from sales.models import Payment, SaleLine
from sales.quarantine import give_up_points, retry_points
from sales.quotes import Effects, cancellation_effects
from sales.rewards import paying_lines
from sales.visits import cancel_visit

TITLE = gettext_lazy("Bookings")
ONE = gettext_lazy("A booking")
SEE, BOOK, MARK, CANCEL = (
    "bookings.view_booking",
    "bookings.book_for_clients",
    "bookings.mark_bookings",
    "bookings.cancel_bookings",
)
# Points that could not be added wait for somebody who may move any number of points.
DECIDE = "loyalty.adjust_points_without_limit"


@staff_page(SEE, what=TITLE)
def booking_list(request: HttpRequest) -> HttpResponseBase:
    listing = list_bookings(actor_of(request), request.GET, get_business())
    return staff_response(
        request,
        "backoffice/bookings.html",
        {"listing": listing, "filters": listing.form},
        title=TITLE,
    )


@staff_page(SEE, what=ONE)
def booking_page(request: HttpRequest, pk: int) -> HttpResponseBase:
    return with_booking(request, pk, lambda booking: _page(request, booking))


@post_only
@staff_page(MARK, what=ONE)
def arrived(request: HttpRequest, pk: int) -> HttpResponseBase:
    done = _("Marked as arrived.")
    return with_booking(request, pk, lambda booking: _mark(request, booking, mark_arrived, done))


@post_only
@staff_page(MARK, what=ONE)
def started(request: HttpRequest, pk: int) -> HttpResponseBase:
    done = _("Marked as started.")
    return with_booking(request, pk, lambda booking: _mark(request, booking, mark_started, done))


@post_only
@staff_page(MARK, what=ONE)
def completed(request: HttpRequest, pk: int) -> HttpResponseBase:
    done = _("Marked as completed.")
    return with_booking(request, pk, lambda booking: _mark(request, booking, mark_completed, done))


@staff_page(MARK, what=ONE)
def no_show(request: HttpRequest, pk: int) -> HttpResponseBase:
    def answer(booking: Booking) -> HttpResponseBase:
        if not _may_become(booking, BookingStatus.NO_SHOW):
            return too_late(request, booking)
        effects = cancellation_effects(booking.visit)
        if request.method == "POST" and request.POST.get("seen") == fingerprint(booking, effects):
            done = _("Marked as a no-show.")
            return _mark(request, booking, mark_no_show, done, seen=state_sent(request))
        return ask(request, booking, "bookings_no_show.html", _("Mark as a no-show?"), effects)

    return with_booking(request, pk, answer)


@staff_page(CANCEL, what=ONE)
def cancel(request: HttpRequest, pk: int) -> HttpResponseBase:
    def answer(booking: Booking) -> HttpResponseBase:
        if not _may_become(booking, BookingStatus.CANCELLED):
            return too_late(request, booking)
        effects = cancellation_effects(booking.visit)
        form = read_cancel_form(request)
        was_seen = request.POST.get("seen") == fingerprint(booking, effects)
        if request.method == "POST" and was_seen and form.is_valid():
            done = _("The appointment is cancelled.")
            said, actor = form.cleaned_data, actor_of(request)
            state = state_sent(request)
            return do(
                request,
                booking,
                lambda: cancel_visit(visit=booking.visit, actor=actor, seen=state, **said),
                done,
            )
        title = _("Cancel this appointment?")
        return ask(request, booking, "bookings_cancel.html", title, effects, form)

    return with_booking(request, pk, answer)


@post_only
@staff_page(DECIDE, what=ONE)
def points_again(request: HttpRequest, pk: int) -> HttpResponseBase:
    done = _("The points are on the way again.")
    return with_booking(request, pk, lambda booking: _mark(request, booking, retry_points, done))


@post_only
@staff_page(DECIDE, what=ONE)
def points_given_up(request: HttpRequest, pk: int) -> HttpResponseBase:
    done = _("The points will not be added.")
    return with_booking(request, pk, lambda booking: _mark(request, booking, give_up_points, done))


@post_only
@staff_page(CANCEL, what=ONE)
def points_returned(request: HttpRequest, pk: int) -> HttpResponseBase:
    done = _("The points are back on the client's account.")
    command = return_no_show_points
    return with_booking(request, pk, lambda booking: _mark(request, booking, command, done))


def with_booking(
    request: HttpRequest, pk: int, view: Callable[[Booking], HttpResponseBase]
) -> HttpResponseBase:
    """404 for no such booking; another provider's is refused with who may see it."""
    booking = with_parts(Booking.objects.filter(pk=min(pk, LARGEST_ID))).first()
    if booking is None:
        raise Http404
    if not visible_bookings(actor_of(request)).filter(pk=booking.pk).exists():
        return refusal(request, permission="bookings.see_all_bookings", what=ONE)
    return view(booking)


def _mark(
    request: HttpRequest,
    booking: Booking,
    command: Callable[..., object],
    done: str,
    **asked: str,
) -> HttpResponseBase:
    actor = actor_of(request)
    return do(request, booking, lambda: command(booking=booking, actor=actor, **asked), done)


def do(
    request: HttpRequest, booking: Booking, command: Callable[[], Any], done: str
) -> HttpResponseBase:
    try:
        command()
    except DomainError as error:
        fresh = with_parts(Booking.objects.filter(pk=booking.pk)).get()
        return _page(request, fresh, error=str(error), status=error.status)
    messages.success(request, done)
    return redirect("backoffice:booking", booking.pk)


def _may_become(booking: Booking, status: BookingStatus) -> bool:
    return status in NEXT_STATUSES[booking.status]


def may_edit(booking: Booking) -> bool:
    """Whether what staff wrote to its visit can be changed: while it stands, and says who comes."""
    return booking.status in STANDING and booking.visit.client_id is not None


def _is_time_for(booking: Booking, status: BookingStatus) -> bool:
    earliest = earliest_mark(booking.starts_at, status, get_business())
    return _may_become(booking, status) and clock.now() >= earliest


def too_late(request: HttpRequest, booking: Booking) -> HttpResponseBase:
    """A repeat of what is done already, or somebody else was quicker: the page says who, when."""
    if request.method != "POST":
        messages.warning(request, _changed_by(booking))
        return redirect("backoffice:booking", booking.pk)
    return _page(request, booking, error=_changed_by(booking), status=409)


def _changed_by(booking: Booking) -> str:
    params = {
        "status": booking.get_status_display(),
        "who": booking.status_changed_by
        or (_("The client") if booking.cancelled_by_client else _("The system")),
        "when": write_clock(booking.status_changed_at, get_business().zone),
    }
    return _("Nothing was changed. The booking is marked %(status)s (%(who)s, %(when)s).") % params


def fingerprint(booking: Booking, effects: Effects) -> str:
    """How the visit stands, and what would become of its points and gift cards."""
    returns = ",".join(f"{last_four}:{minor}" for last_four, minor in effects.card_returns)
    state = state_of(booking.visit.bookings.all())
    points = (effects.points_dropped, effects.points_withdrawn, effects.points_returned)
    return "/".join([state, *map(str, points), returns])


def state_sent(request: HttpRequest) -> str:
    """How the visit stood on the page that was answered."""
    return request.POST.get("seen", "").partition("/")[0]


def news_of(booking: Booking, seen: str) -> QuerySet[BookingChange]:
    """What changed last where the visit stands otherwise than on the page that sent ``seen``."""
    changes = BookingChange.objects.filter(booking__visit=booking.visit_id)
    if not seen or seen.partition("/")[0] == state_of(booking.visit.bookings.all()):
        return changes.none()
    found = changes.select_related("actor", "provider_before", "provider_after")
    return found.order_by("-pk")[:1]


def has_begun(at: dt.datetime) -> bool:
    return at <= clock.now()


def ask(
    request: HttpRequest,
    booking: Booking,
    template: str,
    title: str,
    effects: Effects,
    form: CancelForm | None = None,
) -> HttpResponseBase:
    context = {
        "booking": booking,
        "client": booking.visit.client,
        "effects": effects,
        "seen": fingerprint(booking, effects),
        "news": news_of(booking, request.POST.get("seen", "")),
        "has_begun": has_begun(booking.starts_at),
        "is_news": request.method == "POST" and not (form and form.errors),
        "form": form,
    }
    status = 200
    if request.method == "POST":
        status = 422 if form and form.errors else 409
    return page_or_beside(request, f"backoffice/{template}", context, title=title, status=status)


def _page(
    request: HttpRequest, booking: Booking, *, error: str = "", status: int = 200
) -> HttpResponseBase:
    business = get_business()
    visit = booking.visit
    client = visit.client
    awards: list[Award] = booking.awards_newest_first  # type: ignore[attr-defined]
    award = awards[0] if awards else None
    sale = getattr(visit, "sale", None)
    context = {
        "booking": booking,
        "booking_day": local(booking.starts_at, business.zone).date().isoformat(),
        "visit": visit,
        "client": client,
        "is_first_visit": client is not None
        and not visits_before(client, visit.starts_at).exists(),
        "others": visit.bookings.exclude(pk=booking.pk)
        .select_related("provider")
        .prefetch_related("add_ons"),
        "add_ons": booking.add_ons.order_by("pk"),
        "award": award,
        "award_due": expected_at(award, business) if award else None,
        "is_promised": award is not None and award.state == AwardState.PROMISED,
        **_spending(booking),
        "sale": sale,
        "payments": Payment.objects.filter(sale__visit=visit)
        .select_related("card_entry__card")
        .order_by("pk"),
        "changes": changes_of(booking),
        "error": error,
        **_buttons(request, booking),
    }
    name = client.full_name if client else _("Personal data erased")
    title = f"{name} · {write_day_time(booking.starts_at, business.zone)}"
    if visit.hidden_at is not None:
        title = _("Deleted: %(booking)s") % {"booking": title}
    return page_or_beside(
        request, "backoffice/bookings_one.html", context, title=title, status=status
    )


def _spending(booking: Booking) -> dict[str, Any]:
    """The points that the booking took as a reward, and what gave them back."""
    line = SaleLine.objects.filter(booking=booking).select_related("spend_entry__reversed_by")
    found = line.first()
    entry = found.spend_entry if found else None
    if entry is None:
        return {}
    back = getattr(entry, "reversed_by", None)
    return {"spending": entry, "spending_points": -entry.amount, "spending_back": back}


def _buttons(request: HttpRequest, booking: Booking) -> dict[str, Any]:
    """What is offered: what this status may become, for who may do it. Nothing is done with a
    visit that was deleted but to take the deletion back."""
    undo = undoable_mark(booking, actor_of(request))
    if booking.visit.hidden_at is not None:
        return {"undo": undo}
    may_mark = request.user.has_perm(MARK)
    return {
        "may_arrive": may_mark and _is_time_for(booking, BookingStatus.ARRIVED),
        "may_start": may_mark and _is_time_for(booking, BookingStatus.STARTED),
        "may_complete": may_mark and _is_time_for(booking, BookingStatus.COMPLETED),
        "may_no_show": may_mark and _is_time_for(booking, BookingStatus.NO_SHOW),
        "may_return": request.user.has_perm(CANCEL)
        and booking.status == BookingStatus.NO_SHOW
        and bool(paying_lines([booking])),
        "may_decide": request.user.has_perm(DECIDE),
        "may_move": request.user.has_perm(BOOK) and booking.status in STANDING,
        "may_edit": request.user.has_perm(BOOK) and may_edit(booking),
        "may_cancel": request.user.has_perm(CANCEL)
        and _may_become(booking, BookingStatus.CANCELLED),
        "may_delete": request.user.has_perm(CANCEL) and booking.status != BookingStatus.NO_SHOW,
        "undo": undo,
    }
