"""Waiting places: the line for a full class session, or for a service on a day without free times.

Who joined first is first. When places become free, the first in line whose places fit gets an
offer: the places are kept for them (``ClassSession.offered_places``), or a time is, by a hold,
until ``offered_until``. An offer that runs out passes to the next. Inside the business's cut-off
before the start nobody is offered anything any more, and the line ends.

What is free belongs to the line first, offered already or not: between the moment something
becomes free and the offer the website gives it to nobody else; the desk sees the line and decides.
Places are counted so by ``open_places``, times by ``availability.py``.

``waiting`` → ``offered`` → ``taken`` (with its visit) or ``passed``; ``waiting`` and ``offered`` →
``left`` by the client, ``over`` when it is too late. None of the last four changes again: who wants
to stay after an offer ran out joins anew, at the end.

Here are the rows and the arithmetic; what books, offers and tells lies in ``sales``. Order of
locks: service, class session, waiting places by id, provider, hold.
"""

from __future__ import annotations

import datetime as dt
import hmac
from collections import defaultdict
from collections.abc import Iterable

from django.db import models
from django.db.models import Count, Q

from bookings.errors import WaitingUnknown
from bookings.models import IN_LINE, ClassSession, WaitingPlace, WaitingState
from bookings.sessions import keep_for_offer
from business.models import Business
from business.profile import get_business, local_day_bounds
from catalogue.models import Service
from foundation import clock
from foundation.crypto import keyed_hash
from foundation.locks import lock_in_order, lock_one

OFFERED_FOR = dt.timedelta(minutes=30)
OFFERED_FOR_IF_FAR = dt.timedelta(hours=2)
FAR = dt.timedelta(hours=24)
# Who wants to be booked without being asked must still have time to make plans.
AUTOMATIC_UNTIL = dt.timedelta(hours=12)
REMEMBERED_FOR = dt.timedelta(days=14)
_KEY_LENGTH = 32  # hex digits: 128 bits


def waiting_token(place: WaitingPlace) -> str:
    """What the link in the mail holds: which place, and a signature of which nothing is stored."""
    return f"{place.pk}-{_key(place.pk)}"


def find_waiting_place(token: str) -> WaitingPlace:
    """The place behind a mail's link, with what it is for. Raises WaitingUnknown."""
    number, _, key = token.partition("-")
    if not number.isascii() or not number.isdigit() or len(number) > 18:
        raise WaitingUnknown
    place = with_parts(WaitingPlace.objects.filter(pk=int(number))).first()
    if place is None or place.client.anonymised_at is not None:
        raise WaitingUnknown
    expected = _key(place.pk)
    if not hmac.compare_digest(expected.encode(), key.encode(errors="replace")):
        raise WaitingUnknown
    return place


def with_parts(places: models.QuerySet[WaitingPlace]) -> models.QuerySet[WaitingPlace]:
    return places.select_related(
        "client", "service", "provider", "session", "session__provider", "hold", "visit"
    )


def line_of_session(session_id: int) -> models.QuerySet[WaitingPlace]:
    """Who is in line for a session, the first first."""
    places = WaitingPlace.objects.filter(session=session_id, state__in=IN_LINE)
    return places.order_by("joined_at", "pk")


def line_of_day(service_id: int, day: dt.date) -> models.QuerySet[WaitingPlace]:
    """Who is in line for a time of this service on this day, with anybody or with one person."""
    places = WaitingPlace.objects.filter(
        session__isnull=True, service=service_id, day=day, state__in=IN_LINE
    )
    return places.order_by("joined_at", "pk")


def position_of(place: WaitingPlace) -> int:
    """1 for the first in line; 0 for who is in line no more."""
    if place.state not in IN_LINE:
        return 0
    line = (
        line_of_session(place.session_id)
        if place.session_id is not None
        else line_of_day(place.service_id, place.day)
    )
    earlier = Q(joined_at__lt=place.joined_at) | Q(joined_at=place.joined_at, pk__lt=place.pk)
    return line.filter(earlier).count() + 1


def lines_of_sessions(session_ids: Iterable[int]) -> dict[int, list[WaitingPlace]]:
    """Who is in line for each of these sessions, the first first, in one query; empty for one
    without a line."""
    lines: dict[int, list[WaitingPlace]] = defaultdict(list)
    places = WaitingPlace.objects.filter(session__in=list(session_ids), state__in=IN_LINE)
    for place in places.order_by("joined_at", "pk"):
        if place.session_id is not None:
            lines[place.session_id].append(place)
    return lines


def open_places(
    session: ClassSession,
    line: Iterable[WaitingPlace],
    business: Business,
    *,
    client_id: int | None = None,
) -> int:
    """How many places of a session the website gives anybody now: what is free, less what ``line``
    will be offered of it. Who stands in line is behind those who came before them only."""
    left = session.places_left
    if left < 1 or not is_open(session, business, clock.now()):
        return left
    for place in line:
        if client_id is not None and place.client_id == client_id:
            break
        if place.state == WaitingState.WAITING and place.places <= left:
            left -= place.places
    return left


def places_open_to(session: ClassSession, client_id: int | None) -> int:
    """``open_places`` as they are now. It decides under the session's lock, which whoever joins
    the line or leaves it holds as well."""
    line = line_of_session(session.pk)
    return open_places(session, line, get_business(), client_id=client_id)


def positions_of(places: Iterable[WaitingPlace]) -> dict[int, int]:
    """Where each of these stands in its line, 1 for the first, by id; two queries."""
    places = list(places)
    sessions = [each.session_id for each in places if each.session_id is not None]
    days = [(each.service_id, each.day) for each in places if each.session_id is None]
    of_a_day = WaitingPlace.objects.filter(
        session__isnull=True,
        service__in={service for service, _day in days},
        day__in={day for _service, day in days},
        state__in=IN_LINE,
    )
    lines: dict[object, list[int]] = defaultdict(list)
    for each in of_a_day.order_by("joined_at", "pk"):
        lines[each.service_id, each.day].append(each.pk)
    for session_id, line in lines_of_sessions(sessions).items():
        lines[session_id] = [each.pk for each in line]
    return {
        each.pk: lines[each.session_id or (each.service_id, each.day)].index(each.pk) + 1
        for each in places
        if each.state in IN_LINE
    }


def waiting_by_session(session_ids: list[int]) -> dict[int, int]:
    """How many are in line for each of these sessions, in one query; who has none is left out."""
    counted = WaitingPlace.objects.filter(session__in=session_ids, state__in=IN_LINE)
    return dict(counted.values_list("session").annotate(many=Count("pk")).order_by())


def places_in_line_of(client_id: int) -> models.QuerySet[WaitingPlace]:
    """The client's own places in line, the next day first."""
    mine = WaitingPlace.objects.filter(client=client_id, state__in=IN_LINE)
    return with_parts(mine).order_by("day", "pk")


def lock_line(line: models.QuerySet[WaitingPlace]) -> list[WaitingPlace]:
    """The line, each row locked by id, fresh and in order; who left meanwhile is not in it."""
    ids = list(line.values_list("pk", flat=True))
    locked = lock_in_order(WaitingPlace.objects.select_related("client"), ids).values()
    still = [place for place in locked if place.state in IN_LINE]
    return sorted(still, key=lambda place: (place.joined_at, place.pk))


def lock_lines_of_days(service_id: int) -> None:
    """Let one after another join the lines for times of this service: an empty line has no row
    of its own to hold, and of two who join at once each would find the other not in it."""
    lock_one(Service.objects.all(), service_id)


def last_offer_at(starts_at: dt.datetime, business: Business) -> dt.datetime:
    """From when nothing that begins at ``starts_at`` is offered any more."""
    return starts_at - dt.timedelta(minutes=business.waiting_cutoff_minutes)


def day_is_over(day: dt.date, business: Business, now: dt.datetime) -> bool:
    """Whether no time of that day is early enough before its cut-off."""
    return now >= last_offer_at(local_day_bounds(business, day)[1], business)


def furthest_day(service: Service, business: Business, now: dt.datetime) -> dt.date:
    """The last day for which the website takes bookings of ``service`` now."""
    horizon = business.horizon_days if service.horizon_days is None else service.horizon_days
    return now.astimezone(business.zone).date() + dt.timedelta(days=horizon)


def is_day_open(service: Service, day: dt.date, business: Business, now: dt.datetime) -> bool:
    """Whether somebody may wait for a time of ``service`` on ``day``: the website takes bookings
    for it, and there is still time to offer one."""
    today = now.astimezone(business.zone).date()
    if not today <= day <= furthest_day(service, business, now):
        return False
    return not day_is_over(day, business, now)


def is_open(session: ClassSession, business: Business, now: dt.datetime) -> bool:
    """Whether somebody may wait for this session: it takes place, is on offer, and there is
    still time to offer a place."""
    return (
        session.cancelled_at is None
        and is_on_offer(session.service)
        and now < last_offer_at(session.starts_at, business)
    )


def is_on_offer(service: Service) -> bool:
    return service.archived_at is None and service.online


def offer_ends_at(starts_at: dt.datetime, now: dt.datetime) -> dt.datetime:
    """Half an hour to decide, two hours when the start is more than a day away."""
    kept = OFFERED_FOR_IF_FAR if starts_at - now > FAR else OFFERED_FOR
    return min(now + kept, starts_at)


def is_offered(place: WaitingPlace) -> bool:
    """Whether the offer can be taken now."""
    return (
        place.state == WaitingState.OFFERED
        and place.offered_until is not None
        and place.offered_until > clock.now()
    )


def has_run_out(place: WaitingPlace, now: dt.datetime) -> bool:
    """Whether it was offered something and the time for that is over."""
    until = place.offered_until
    return place.state == WaitingState.OFFERED and until is not None and until <= now


def settle(place: WaitingPlace, state: WaitingState, *, session: ClassSession | None) -> None:
    """End a place in line, all but taking it; what was offered to it is kept no longer.

    Under the locks of its session (passed here, fresh) and of the place.
    """
    hold = place.hold
    if place.state == WaitingState.OFFERED and session is not None:
        keep_for_offer(session=session, places=-place.places)
    place.state, place.settled_at, place.hold = state, clock.now(), None
    place.save(update_fields=["state", "settled_at", "hold"])
    if hold is not None:
        hold.delete()


def forget_old_waiting_places() -> int:
    """Delete places in line that ended and whose day is two weeks past: what they led to is a
    visit, and for how long somebody waited in vain is nobody's business. How many there were."""
    before = (clock.now() - REMEMBERED_FOR).date()
    old = WaitingPlace.objects.filter(day__lt=before).exclude(state__in=IN_LINE)
    return old.delete()[0]


def _key(pk: int) -> str:
    return keyed_hash(f"{pk}", purpose="waiting-place")[:_KEY_LENGTH]
