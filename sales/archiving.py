"""Taking a class or a provider off offer, with what is still to come of them.

Locks, in the project's order: feature row, weekly classes by id, class sessions by id; then what
cancelling an empty session takes.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import Q, QuerySet

from bookings.models import STANDING, Booking, BookingKind, ClassSession, SessionRule
from bookings.session_rules import end_rule
from bookings.waiting import line_of_session
from business.features import lock_features
from business.profile import get_business, local_today
from catalogue.archive import archive_provider, archive_service
from catalogue.models import Provider, Service
from foundation import clock
from foundation.locks import lock_in_order
from foundation.models import User
from sales.class_sessions import cancel_session


@dataclass
class Archived:
    """What taking off offer came to. ``stay`` are sessions that somebody has booked or waits for,
    ``bookings`` the appointments still to come: each is the staff's to move or cancel."""

    rules_ended: int = 0
    cancelled: int = 0
    stay: list[ClassSession] = field(default_factory=list)
    rules_running: int = 0
    bookings: int = 0


def archive_class(*, service: Service, actor: User | None) -> Archived:
    """Take a class off offer: its weekly classes end today, and the sessions to come that nobody
    has booked or waits for are cancelled. All or nothing; repeating it changes nothing more.

    Putting the class back on offer brings neither back: whoever was told may have made other plans.
    """
    archived = Archived()
    with transaction.atomic():
        lock_features()
        archive_service(service=service, actor=actor)
        today = local_today(get_business())
        for rule in _running(SessionRule.objects.filter(service=service)).order_by("pk"):
            end_rule(rule=rule, last_day=max(today, rule.first_day), actor=actor)
            archived.rules_ended += 1
        coming = _coming(ClassSession.objects.filter(service=service))
        ids = list(coming.values_list("pk", flat=True))
        for session in lock_in_order(ClassSession.objects.all(), ids).values():
            if session.booked_places or line_of_session(session.pk).exists():
                archived.stay.append(session)
            elif session.cancelled_at is None:
                cancel_session(session=session, actor=actor)
                archived.cancelled += 1
    archived.stay.sort(key=lambda session: (session.starts_at, session.pk))
    return archived


def archive_provider_with_coming(*, provider: Provider, actor: User | None) -> Archived:
    """Take a provider off offer; what they are booked for, sessions of theirs and weekly classes
    stay and are told."""
    with transaction.atomic():
        archive_provider(provider=provider, actor=actor)
    sessions = _coming(ClassSession.objects.filter(provider=provider))
    bookings = Booking.objects.filter(
        provider=provider,
        kind=BookingKind.APPOINTMENT,
        status__in=STANDING,
        starts_at__gt=clock.now(),
    )
    return Archived(
        stay=list(sessions.select_related("service").order_by("starts_at", "pk")),
        rules_running=_running(SessionRule.objects.filter(provider=provider)).count(),
        bookings=bookings.count(),
    )


def _coming(sessions: QuerySet[ClassSession]) -> QuerySet[ClassSession]:
    return sessions.filter(cancelled_at__isnull=True, starts_at__gt=clock.now())


def _running(rules: QuerySet[SessionRule]) -> QuerySet[SessionRule]:
    """Those with a date still to come after today."""
    today = local_today(get_business())
    return rules.filter(Q(last_day__isnull=True) | Q(last_day__gt=today))
