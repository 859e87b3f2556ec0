"""Booking, marking and cancelling a visit: the commands that bookings, points and gift cards
share a transaction in.

Each takes its locks in the project's order (feature row, sale, class session, booking, award,
gift cards by id, point accounts by id, outbox), reads again what it decides on, writes, and
queues its messages. Mail leaves after the commit, from the rows written inside.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, astuple, dataclass

from django.db import transaction

from bookings.errors import TooLateToCancel, WrongStatus
from bookings.models import Booking, BookingStatus, ClassSession, Hold, Source, Visit
from bookings.scheduling import schedule_place, schedule_visit, set_status
from bookings.visits import free_to_cancel_until
from business.features import lock_features
from business.models import Business
from business.profile import get_business, local_day_bounds
from catalogue.models import Provider, Service
from clients.models import Client
from clients.people import create_client, lock_client
from foundation import clock
from foundation.form_tokens import once
from foundation.locks import lock_in_order
from foundation.models import User
from giftcards.models import GiftCard
from loyalty.awards import lock_awards, promise_award, undo_award
from loyalty.models import Award, DropReason
from notifications.outbox import nudge_sending, queue_message
from sales.errors import PriceChanged, TooEarlyToMark, WhoIsComing
from sales.models import LineKind, Sale, SaleLine, SaleState
from sales.payments import pay_with_cards, refund_all, usable_in_order


@dataclass(frozen=True)
class Guest:
    """Somebody without an account: always a client record of their own, whatever records
    share the address."""

    first_name: str
    last_name: str
    email: str
    phone: str
    language: str


@dataclass(frozen=True)
class _Shown:
    """What the person was shown and agreed to, in minor units; None where a face shows none."""

    card_ids: tuple[int, ...]
    cards_minor: int | None
    total_minor: int | None


def book_visit(
    *,
    client: Client | None,
    guest: Guest | None,
    service: Service,
    provider: Provider | None,
    starts_at: dt.datetime,
    source: Source,
    form_token: str,
    actor: User | None,
    hold: Hold | None = None,
    note: str = "",
    card_ids: Sequence[int] = (),
    expected_card_minor: int | None = None,
    expected_total_minor: int | None = None,
) -> Visit:
    """Book one appointment, with the points it will earn and what gift cards pay of it.

    ``provider`` None means anyone available. A repeat with the same form token returns the
    visit booked before. Raises SlotTaken, OutsideRules, CardBalanceChanged, WhoIsComing,
    FormAlreadyUsed, ClientGone, PriceChanged.
    """

    def schedule(person: Client) -> Visit:
        return schedule_visit(
            client=person,
            service=service,
            provider=provider,
            starts_at=starts_at,
            source=source,
            note=note,
            actor=actor,
            hold=hold,
            for_staff=source == Source.DESK,
        )

    content = ["visit", service.pk, provider and provider.pk, starts_at, note]
    shown = _Shown(tuple(card_ids), expected_card_minor, expected_total_minor)
    return _book(content, client, guest, form_token, actor, schedule, shown)


def book_place(
    *,
    client: Client | None,
    guest: Guest | None,
    session: ClassSession,
    source: Source,
    form_token: str,
    actor: User | None,
    hold: Hold | None = None,
    places: int = 1,
    note: str = "",
    card_ids: Sequence[int] = (),
    expected_card_minor: int | None = None,
    expected_total_minor: int | None = None,
) -> Visit:
    """Book places in a class session; earns, is paid and is cancelled like any visit.

    Raises SessionFull, SessionOver, AlreadyBooked and what ``book_visit`` raises.
    """

    def schedule(person: Client) -> Visit:
        return schedule_place(
            client=person,
            session=session,
            places=places,
            source=source,
            note=note,
            actor=actor,
            hold=hold,
        )

    content = ["place", session.pk, places, note]
    shown = _Shown(tuple(card_ids), expected_card_minor, expected_total_minor)
    return _book(content, client, guest, form_token, actor, schedule, shown)


def _book(
    content: list[object],
    client: Client | None,
    guest: Guest | None,
    form_token: str,
    actor: User | None,
    schedule: Callable[[Client], Visit],
    shown: _Shown,
) -> Visit:
    if client is None and guest is None:
        raise WhoIsComing
    who = client.pk if client else guest and asdict(guest)
    content = [*content, who, *astuple(shown)]
    with transaction.atomic():
        lock_features()
        with once(token=form_token, purpose="book", content=content) as use:
            if use.result:
                return Visit.objects.get(pk=int(use.result))
            business = get_business()
            person = lock_client(client.pk) if client else _new_guest(guest, actor)
            visit = schedule(person)
            bookings = list(visit.bookings.order_by("starts_at", "pk"))
            awards = {
                booking.pk: promise_award(booking=booking, client=person, business=business)
                for booking in bookings
            }
            _open_sale(visit, bookings, awards, business, shown, actor)
            queue_message(
                kind="visit_booked",
                client=person,
                subjects={"visit": visit.pk},
                dedupe_key=f"visit:{visit.pk}:booked",
            )
            use.result = str(visit.pk)
        nudge_sending()
    return visit


def _new_guest(guest: Guest | None, actor: User | None) -> Client:
    if guest is None:
        raise WhoIsComing
    return create_client(
        first_name=guest.first_name,
        last_name=guest.last_name,
        email=guest.email,
        phone=guest.phone,
        language=guest.language,
        actor=actor,
    )


def _lock_usable(card_ids: Sequence[int]) -> list[GiftCard]:
    return usable_in_order(lock_in_order(GiftCard.objects.all(), card_ids), card_ids)


def _open_sale(
    visit: Visit,
    bookings: Sequence[Booking],
    awards: Mapping[int, Award | None],
    business: Business,
    shown: _Shown,
    actor: User | None,
) -> Sale:
    total = sum(booking.price_minor for booking in bookings)
    if shown.total_minor is not None and shown.total_minor != total:
        raise PriceChanged
    cards = _lock_usable(shown.card_ids)
    sale = Sale.objects.create(
        visit=visit,
        client=visit.client,
        currency=business.currency,
        total_minor=total,
        created_by=actor,
        created_at=clock.now(),
    )
    SaleLine.objects.bulk_create(
        SaleLine(
            sale=sale,
            kind=LineKind.BOOKING,
            booking=booking,
            award=awards[booking.pk],
            amount_minor=booking.price_minor,
        )
        for booking in bookings
    )
    pay_with_cards(sale=sale, cards=cards, expected_minor=shown.cards_minor, actor=actor)
    return sale


def cancel_visit(*, visit: Visit, actor: User | None, by_client: bool = False) -> Visit:
    """Cancel what still stands of a visit: points on the way are dropped, credited ones taken
    back, gift card amounts return. Repeating it changes nothing.

    Staff may also cancel a completed visit that turned out not to have been one. Raises
    TooLateToCancel when a client is past the deadline, WrongStatus for a no-show, and for a
    client whose visit has begun.
    """
    with transaction.atomic():
        lock_features()
        sale, bookings = _lock_visit(visit)
        standing = [b for b in bookings if b.status != BookingStatus.CANCELLED]
        if not standing:
            return visit
        if by_client:
            _check_client_may_cancel(visit, standing)
        for booking in standing:
            set_status(
                booking=booking, status=BookingStatus.CANCELLED, actor=actor, by_client=by_client
            )
        # Awards before cards, cards before point accounts: the project's order of locks.
        lock_awards(standing)
        if sale is not None:
            refund_all(sale=sale, actor=actor)
            Sale.objects.filter(pk=sale.pk).update(state=SaleState.CANCELLED)
        for booking in standing:
            undo_award(booking=booking, reason=DropReason.CANCELLED, actor=actor)
        if visit.client_id is not None:
            queue_message(
                kind="visit_cancelled",
                client=visit.client,
                subjects={"visit": visit.pk},
                dedupe_key=f"visit:{visit.pk}:cancelled",
            )
        nudge_sending()
    return visit


def _check_client_may_cancel(visit: Visit, standing: Sequence[Booking]) -> None:
    for booking in standing:
        if booking.status != BookingStatus.BOOKED:
            raise WrongStatus(status=BookingStatus(booking.status).label)
    if clock.now() > free_to_cancel_until(visit, get_business()):
        raise TooLateToCancel


def mark_arrived(*, booking: Booking, actor: User | None) -> Booking:
    """Raises WrongStatus unless the booking still waits for the client, TooEarlyToMark before
    its day."""
    return _mark(booking, BookingStatus.ARRIVED, actor)


def mark_completed(*, booking: Booking, actor: User | None) -> Booking:
    """Raises WrongStatus for a cancelled booking or a no-show, TooEarlyToMark before it begins."""
    return _mark(booking, BookingStatus.COMPLETED, actor)


def mark_no_show(*, booking: Booking, actor: User | None) -> Booking:
    """The client did not come: earns nothing; points credited already are taken back whole.

    What a gift card paid stays paid: the policy for no-shows is the business's. Raises
    WrongStatus, TooEarlyToMark before the visit begins.
    """
    return _mark(booking, BookingStatus.NO_SHOW, actor)


def earliest_mark(booking: Booking, status: BookingStatus) -> dt.datetime:
    """From when a booking can be marked so: arrived on its day, what settles it once it began."""
    if status != BookingStatus.ARRIVED:
        return booking.starts_at
    business = get_business()
    day = booking.starts_at.astimezone(business.zone).date()
    return local_day_bounds(business, day)[0]


def _mark(booking: Booking, status: BookingStatus, actor: User | None) -> Booking:
    with transaction.atomic():
        _lock_visit(booking.visit)
        if clock.now() < earliest_mark(booking, status):
            raise TooEarlyToMark
        marked = set_status(booking=booking, status=status, actor=actor)
        if status == BookingStatus.NO_SHOW:
            undo_award(booking=marked, reason=DropReason.NO_SHOW, actor=actor)
    return marked


def _lock_visit(visit: Visit) -> tuple[Sale | None, list[Booking]]:
    """The visit's sale, sessions and bookings, locked in the project's order and fresh."""
    sale = Sale.objects.select_for_update(no_key=True).filter(visit=visit).first()
    rows = visit.bookings.values_list("pk", "session_id")
    sessions = {session for _pk, session in rows if session is not None}
    lock_in_order(ClassSession.objects.all(), sessions)
    bookings = lock_in_order(Booking.objects.all(), [pk for pk, _session in rows])
    return sale, list(bookings.values())
