"""Booking, cancelling and deleting a visit: the commands that bookings, points and gift cards
share a transaction in. Marking stands in ``marking.py``, moving in ``moving.py``.

Each takes its locks in the project's order (feature row, sale, class session, booking, award,
gift cards by id, point accounts by id, outbox), reads again what it decides on, writes, and
queues its messages. Mail leaves after the commit, from the rows written inside.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, astuple, dataclass

from django.db import transaction
from django.db.models import F

from bookings.errors import TooLateToCancel, VisitChanged, WrongStatus
from bookings.lines import Line
from bookings.models import Booking, BookingStatus, ClassSession, Hold, Source, Visit
from bookings.scheduling import schedule_place, schedule_visit, set_status
from bookings.sessions import raise_places
from bookings.visits import free_to_cancel_until, state_of
from business.features import lock_features
from business.models import Business
from business.profile import get_business
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
from sales.asked_consents import ask_for_consent
from sales.errors import PriceChanged, WhoIsComing
from sales.models import LineKind, Sale, SaleLine, SaleState
from sales.nudging import nudge_waiting
from sales.payments import pay_with_cards, refund_all, usable_in_order
from sales.rewards import NO_REWARDS, Wanted, as_rewards, check_rewards, return_rewards, take_points


@dataclass(frozen=True)
class Guest:
    """Somebody without an account: always a client record of their own, whatever records
    share the address."""

    first_name: str
    last_name: str
    email: str
    phone: str
    language: str
    # The box for news and points messages was ticked: asked once more by mail.
    wants_news: bool = False


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
    lines: Sequence[Line],
    starts_at: dt.datetime,
    source: Source,
    form_token: str,
    actor: User | None,
    hold: Hold | None = None,
    note: str = "",
    card_ids: Sequence[int] = (),
    expected_card_minor: int | None = None,
    expected_total_minor: int | None = None,
    rewards: Mapping[int, Wanted] = NO_REWARDS,
    tell: bool = True,
) -> Visit:
    """Book appointments one after another, with the points they will earn, what gift cards pay of
    them, and the points that ``rewards`` cost, by the numbers of their lines.

    A line that names nobody goes to whoever is available. A repeat with the same form token
    returns the visit booked before. Without ``tell`` the client gets no mail. Raises SlotTaken,
    OutsideRules, CardBalanceChanged, WhoIsComing, FormAlreadyUsed, ClientGone, PriceChanged,
    RewardNotNow, InsufficientPoints.
    """
    lines = as_rewards(lines, rewards)

    def schedule(person: Client) -> Visit:
        return schedule_visit(
            client=person,
            lines=lines,
            starts_at=starts_at,
            source=source,
            note=note,
            actor=actor,
            hold=hold,
            for_staff=source == Source.DESK,
        )

    content = ["visit", [line.ids for line in lines], starts_at, note]
    content += [[number, *one.ids] for number, one in sorted(rewards.items())]
    shown = _Shown(tuple(card_ids), expected_card_minor, expected_total_minor)
    return _book(content, client, guest, form_token, actor, schedule, shown, rewards, tell=tell)


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
    tell: bool = True,
    raise_to: int | None = None,
    offered: bool = False,
) -> Visit:
    """Book places in a class session; earns, is paid and is cancelled like any visit.

    ``raise_to``: the session gets that many places first, if it has fewer; all or nothing.
    ``offered``: the places were kept for this client, who stood in line. Raises SessionFull,
    SessionOver, AlreadyBooked and what ``book_visit`` raises.
    """

    def schedule(person: Client) -> Visit:
        if raise_to is not None:
            raise_places(session=session, places=raise_to, actor=actor)
        return schedule_place(
            client=person,
            session=session,
            places=places,
            source=source,
            note=note,
            actor=actor,
            hold=hold,
            offered=offered,
        )

    content = ["place", session.pk, places, note]
    shown = _Shown(tuple(card_ids), expected_card_minor, expected_total_minor)
    return _book(content, client, guest, form_token, actor, schedule, shown, tell=tell)


def _book(
    content: list[object],
    client: Client | None,
    guest: Guest | None,
    form_token: str,
    actor: User | None,
    schedule: Callable[[Client], Visit],
    shown: _Shown,
    rewards: Mapping[int, Wanted] = NO_REWARDS,
    *,
    tell: bool,
) -> Visit:
    if client is None and guest is None:
        raise WhoIsComing
    who = client.pk if client else guest and asdict(guest)
    content = [*content, who, *astuple(shown)]
    with transaction.atomic():
        features = lock_features()
        with once(token=form_token, purpose="book", content=content) as use:
            if use.result:
                return Visit.objects.get(pk=int(use.result))
            business = get_business()
            person = lock_client(client.pk) if client else new_guest(guest, actor)
            visit = schedule(person)
            bookings = list(visit.bookings.order_by("starts_at", "pk"))
            check_rewards(
                client=person,
                bookings=bookings,
                wanted=rewards,
                business=business,
                features=features,
                source=visit.source,
            )
            awards = {
                booking.pk: promise_award(booking=booking, client=person, business=business)
                for booking in bookings
                if not booking.by_points
            }
            _open_sale(visit, bookings, awards, business, shown, actor)
            take_points(bookings=bookings, wanted=rewards, client=person, actor=actor)
            if tell:
                queue_message(
                    kind="visit_booked",
                    client=person,
                    subjects={"visit": visit.pk},
                    dedupe_key=f"visit:{visit.pk}:booked",
                )
            use.result = str(visit.pk)
        nudge_sending()
    return visit


def new_guest(guest: Guest | None, actor: User | None) -> Client:
    if guest is None:
        raise WhoIsComing
    client = create_client(
        first_name=guest.first_name,
        last_name=guest.last_name,
        email=guest.email,
        phone=guest.phone,
        language=guest.language,
        actor=actor,
    )
    if guest.wants_news:
        ask_for_consent(client)
    return client


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
            award=awards.get(booking.pk),
            amount_minor=booking.price_minor,
        )
        for booking in bookings
    )
    pay_with_cards(sale=sale, cards=cards, expected_minor=shown.cards_minor, actor=actor)
    return sale


def cancel_visit(
    *,
    visit: Visit,
    actor: User | None,
    by_client: bool = False,
    tell: bool = True,
    reason: str = "",
    seen: str | None = None,
) -> Visit:
    """Cancel what still stands of a visit: points on the way are dropped, credited ones taken
    back, gift card amounts and the points of rewards return. Repeating it changes nothing.

    ``reason`` stands in the history of the bookings, that of staff in the mail to the client as
    well; without ``tell`` there is no mail. ``seen`` is how the visit stood on the page
    (``state_of``). Staff may also cancel a completed visit that turned out not to have been one.
    Raises VisitChanged, TooLateToCancel when a client is past the deadline, WrongStatus for a
    no-show, and for a client whose visit has begun.
    """
    with transaction.atomic():
        lock_features()
        sale, bookings = lock_visit(visit)
        standing = [b for b in bookings if b.status != BookingStatus.CANCELLED]
        if not standing:
            return visit
        if seen is not None and seen != state_of(bookings):
            raise VisitChanged
        if by_client:
            _check_client_may_cancel(visit, standing)
        for booking in standing:
            set_status(
                booking=booking,
                status=BookingStatus.CANCELLED,
                actor=actor,
                by_client=by_client,
                reason=reason.strip(),
            )
        # Awards before cards, cards before point accounts: the project's order of locks.
        lock_awards(standing)
        if sale is not None:
            refund_all(sale=sale, actor=actor)
            Sale.objects.filter(pk=sale.pk).update(state=SaleState.CANCELLED)
        for booking in standing:
            undo_award(booking=booking, reason=DropReason.CANCELLED, actor=actor)
        return_rewards(bookings=standing, actor=actor)
        Visit.objects.filter(pk=visit.pk).update(calendar_sequence=F("calendar_sequence") + 1)
        visit.refresh_from_db(fields=["calendar_sequence"])
        if tell and visit.client_id is not None:
            # Cancelled again after an undo is another fact: by the sequence.
            queue_message(
                kind="visit_cancelled",
                client=visit.client,
                subjects={"visit": visit.pk},
                dedupe_key=f"visit:{visit.pk}:cancelled:{visit.calendar_sequence}",
                # Nobody is told by mail what they wrote themselves.
                secret="" if by_client else reason.strip(),
            )
        nudge_sending()
        nudge_waiting()
    return visit


def delete_visit(*, visit: Visit, actor: User, seen: str | None = None) -> Visit:
    """Cancel what still stands of a visit, as ``cancel_visit`` does, and hide it: from lists, from
    the calendar and from its client. The rows stay. Repeating it changes nothing.

    ``seen`` as there. Raises VisitChanged, WrongStatus for a no-show: that is kept.
    """
    with transaction.atomic():
        cancel_visit(visit=visit, actor=actor, seen=seen)
        Visit.objects.filter(pk=visit.pk, hidden_at__isnull=True).update(hidden_at=clock.now())
        visit.refresh_from_db(fields=["hidden_at"])
    return visit


def _check_client_may_cancel(visit: Visit, standing: Sequence[Booking]) -> None:
    for booking in standing:
        if booking.status != BookingStatus.BOOKED:
            raise WrongStatus(status=BookingStatus(booking.status).label)
    if clock.now() > free_to_cancel_until(visit, get_business()):
        raise TooLateToCancel


def lock_visit(visit: Visit) -> tuple[Sale | None, list[Booking]]:
    """The visit's sale, sessions and bookings, locked in the project's order and fresh."""
    sale = lock_sale_and_sessions(visit)
    ids = visit.bookings.values_list("pk", flat=True)
    return sale, list(lock_in_order(Booking.objects.all(), ids).values())


def lock_sale_and_sessions(visit: Visit, *, also: Iterable[int] = ()) -> Sale | None:
    """The same for a command that locks providers before the bookings. Whoever changes a visit
    locks its sale first, so its rows can be read without a lock once this is held; ``also`` are
    further sessions, by id."""
    sale = Sale.objects.select_for_update(no_key=True).filter(visit=visit).first()
    sessions = visit.bookings.filter(session__isnull=False).values_list("session_id", flat=True)
    lock_in_order(ClassSession.objects.all(), {*sessions, *also})
    return sale
