"""Moving a visit: everything that it has stays with it.

The same visit, bookings, sale and award go to the new time; gift cards that paid stay used, also
when they expired meanwhile. Only a difference of price, where the visit goes to somebody who costs
another sum, is owed from then on, or goes back to the cards that paid, the one used last first.
Points on the way are due by the new end; points that were credited already are taken back and
promised anew where the new hour is still to come (``loyalty/awards.py``).

Locks: feature row, sale, class sessions by id, providers and resources by id, bookings, awards,
gift cards by id, point accounts, outbox.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.db import transaction

from bookings.errors import NotOffered, VisitChanged
from bookings.models import Booking, BookingKind, ClassSession, Visit
from bookings.moving import goes_to, move_appointments, move_places, price_with
from bookings.visits import state_of
from business.features import lock_features
from business.profile import get_business
from catalogue.models import Provider
from foundation import clock
from foundation.form_tokens import once
from foundation.locks import lock_in_order
from foundation.models import User
from giftcards.models import GiftCard
from loyalty.awards import due_at, lock_awards, move_award
from loyalty.models import LIVE, Award, AwardState
from notifications.outbox import nudge_sending, queue_message
from sales.errors import PriceChanged
from sales.models import Payment, Sale, SaleLine
from sales.nudging import nudge_waiting
from sales.payments import plan_returns, return_excess
from sales.visits import lock_sale_and_sessions


@dataclass(frozen=True)
class MoveEffects:
    """What moving does, in minor units: the price before and after, what stays paid of it and what
    is left to pay, and what returns to gift cards (last four characters). ``points`` are on the
    way afterwards, due at ``due_at``; ``points_withdrawn`` of them were credited and go first."""

    total_before_minor: int
    total_minor: int
    paid_minor: int
    left_minor: int
    card_returns: list[tuple[str, int]]
    points: int
    points_withdrawn: int
    due_at: dt.datetime | None


def move_visit(
    *,
    visit: Visit,
    starts_at: dt.datetime,
    provider: Provider | None = None,
    part: Booking | None = None,
    form_token: str,
    actor: User | None,
    by_client: bool = False,
    expected_total_minor: int | None = None,
    seen: str | None = None,
) -> Visit:
    """Move the visit's appointments to ``starts_at``, as they are or with ``provider``: all of
    them, or only ``part``. ``seen`` is how the visit stood on the page (``state_of``).

    A repeat with the same form token returns the visit; moving it to where it is changes nothing.
    A client moves until the hour of free cancelling, to what the website offers. Raises SlotTaken
    with the nearest free times, OutsideRules, TooLateToMove, WrongStatus, PriceChanged,
    VisitChanged, FormAlreadyUsed.
    """

    def move() -> Sequence[Booking]:
        if visit.bookings.filter(kind=BookingKind.PLACE).exists():
            raise NotOffered
        if _is_there(visit, starts_at, provider, part):
            return []
        return move_appointments(
            visit=visit,
            starts_at=starts_at,
            provider=provider,
            part=part,
            actor=actor,
            by_client=by_client,
        )

    content = ["visit", visit.pk, starts_at, provider and provider.pk, expected_total_minor]
    content += [part.pk] if part else []
    return _move(visit, (), form_token, content, actor, move, expected_total_minor, seen)


def move_place(
    *,
    visit: Visit,
    session: ClassSession,
    form_token: str,
    actor: User | None,
    by_client: bool = False,
    seen: str | None = None,
) -> Visit:
    """Move the visit's places to another session of the same class; the price stays.

    Repeats as ``move_visit``. Raises SessionFull, SessionOver, AlreadyBooked, NotOffered,
    TooLateToMove, WrongStatus, VisitChanged, FormAlreadyUsed.
    """

    def move() -> Sequence[Booking]:
        if visit.bookings.filter(session=session).exists():
            return []
        return move_places(visit=visit, session=session, actor=actor, by_client=by_client)

    content = ["place", visit.pk, session.pk]
    return _move(visit, (session.pk,), form_token, content, actor, move, None, seen)


def move_effects(
    visit: Visit,
    *,
    ends_at: dt.datetime,
    provider: Provider | None = None,
    part: Booking | None = None,
) -> MoveEffects:
    """What moving the visit so that it ends at ``ends_at`` would do, as it would be now."""
    bookings = list(visit.bookings.select_related("service", "provider"))
    before = sum(booking.price_minor for booking in bookings)
    after = sum(price_with(booking, goes_to(booking, provider, part)) for booking in bookings)
    sale = Sale.objects.filter(visit=visit).first()
    paid = sale.paid_minor if sale else 0
    returns = plan_returns(sale, after) if sale else []
    awards = Award.objects.filter(booking__in=bookings, state__in=LIVE)
    due = due_at(ends_at, get_business())
    waits = due > clock.now()
    credited = sum(each.points for each in awards if each.state == AwardState.CREDITED)
    coming = sum(each.points for each in awards if each.state != AwardState.CREDITED or waits)
    return MoveEffects(
        total_before_minor=before,
        total_minor=after,
        paid_minor=min(paid, after),
        left_minor=after - min(paid, after),
        card_returns=[
            (payment.card_entry.card.last_four, goes)
            for payment, goes in returns
            if payment.card_entry is not None
        ],
        points=coming,
        points_withdrawn=credited if waits else 0,
        due_at=due if coming else None,
    )


def _move(
    visit: Visit,
    session_ids: Sequence[int],
    form_token: str,
    content: list[object],
    actor: User | None,
    move: Callable[[], Sequence[Booking]],
    expected_total_minor: int | None,
    seen: str | None,
) -> Visit:
    with transaction.atomic():
        lock_features()
        with once(token=form_token, purpose="move", content=content) as use:
            if use.result:
                return Visit.objects.get(pk=visit.pk)
            sale = lock_sale_and_sessions(visit, also=session_ids)
            if seen is not None and seen != state_of(Booking.objects.filter(visit=visit)):
                raise VisitChanged
            bookings = move()
            if bookings:
                _bring_along(visit, sale, bookings, actor, expected_total_minor)
            use.result = str(visit.pk)
        nudge_sending()
        nudge_waiting()
    return Visit.objects.get(pk=visit.pk)


def _bring_along(
    visit: Visit,
    sale: Sale | None,
    bookings: Sequence[Booking],
    actor: User | None,
    expected_total_minor: int | None,
) -> None:
    total = sum(booking.price_minor for booking in bookings)
    if expected_total_minor is not None and expected_total_minor != total:
        raise PriceChanged
    # Awards before cards, cards before point accounts: the project's order of locks.
    lock_awards(bookings)
    if sale is not None and sale.total_minor != total:
        _reprice(sale, bookings, total, actor)
    business = get_business()
    for booking in bookings:
        award = move_award(booking=booking, business=business, actor=actor)
        if award is not None:
            SaleLine.objects.filter(booking=booking).update(award=award)
    if visit.client is not None:
        queue_message(
            kind="visit_moved",
            client=visit.client,
            subjects={"visit": visit.pk},
            dedupe_key=f"visit:{visit.pk}:moved:{visit.calendar_sequence}",
        )


def _reprice(sale: Sale, bookings: Sequence[Booking], total: int, actor: User | None) -> None:
    """Only the difference is owed or given back; what is returned goes first, because a sale is
    never overpaid."""
    cards = Payment.objects.filter(sale=sale, card_entry__isnull=False)
    lock_in_order(GiftCard.objects.all(), cards.values_list("card_entry__card_id", flat=True))
    return_excess(sale=sale, total_minor=total, actor=actor)
    for booking in bookings:
        SaleLine.objects.filter(booking=booking).update(amount_minor=booking.price_minor)
    Sale.objects.filter(pk=sale.pk).update(total_minor=total)


def _is_there(
    visit: Visit, starts_at: dt.datetime, provider: Provider | None, part: Booking | None
) -> bool:
    bookings = visit.bookings.select_related("provider").order_by("starts_at")
    if bookings[0].starts_at != starts_at:
        return False
    return all(goes_to(each, provider, part) == each.provider for each in bookings)
