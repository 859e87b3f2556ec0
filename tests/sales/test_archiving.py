"""Taking classes and providers off offer, with what is to come of them."""

from __future__ import annotations

import datetime as dt

import pytest

from bookings.models import ClassSession, SessionRule, Source
from bookings.session_rules import create_rule, create_sessions_ahead
from bookings.sessions import create_session
from catalogue.archive import restore_service
from catalogue.models import Provider, Service
from clients.models import Client
from foundation.form_tokens import new_form_token
from sales.archiving import archive_class, archive_provider_with_coming
from sales.visits import book_place, cancel_visit
from sales.waiting import wait_for_session
from tests.conftest import Clock
from tests.factories import ClassServiceFactory, ProviderFactory, ServiceFactory, book

pytestmark = pytest.mark.django_db

FRIDAY = dt.date(2025, 11, 7)
WEEK = dt.timedelta(weeks=1)


@pytest.fixture
def freja() -> Provider:
    return ProviderFactory(name="Freja")


@pytest.fixture
def yoga(freja: Provider) -> Service:
    return ClassServiceFactory(name_en="Yoga", providers=[freja], places=1)


@pytest.fixture
def weekly(yoga: Service, freja: Provider) -> SessionRule:
    """Fridays at 17:30 in Helsinki: eight of them by now."""
    return create_rule(
        service=yoga, provider=freja, starts=dt.time(17, 30), first_day=FRIDAY, actor=None
    )


def come(session: ClassSession, client: Client) -> object:
    return book_place(
        client=client,
        guest=None,
        session=session,
        source=Source.DESK,
        form_token=new_form_token(),
        actor=None,
    )


def standing(service: Service) -> list[ClassSession]:
    return list(service.sessions.filter(cancelled_at__isnull=True).order_by("starts_at"))


def test_archiving_a_class_ends_its_rules_and_cancels_what_nobody_booked(
    yoga: Service, weekly: SessionRule, freja: Provider, alice: Client, clock: Clock
) -> None:
    extra = create_session(
        service=yoga, provider=freja, starts_at=clock.now + dt.timedelta(hours=5), actor=None
    )
    booked = standing(yoga)[2]
    come(booked, alice)
    many = len(standing(yoga))

    archived = archive_class(service=yoga, actor=None)

    assert (archived.rules_ended, archived.cancelled) == (1, many - 1)
    assert archived.stay == [booked] == standing(yoga)
    yoga.refresh_from_db()
    weekly.refresh_from_db()
    extra.refresh_from_db()
    assert yoga.archived_at is not None
    assert weekly.last_day == FRIDAY  # its first date lies in the future
    assert extra.cancelled_at is not None
    assert not freja.occupations.filter(session=extra).exists()


def test_archiving_a_class_twice_changes_nothing_more(
    yoga: Service, weekly: SessionRule, alice: Client
) -> None:
    booked = standing(yoga)[0]
    come(booked, alice)
    archive_class(service=yoga, actor=None)

    again = archive_class(service=yoga, actor=None)

    assert (again.cancelled, again.stay) == (0, [booked])


def test_a_class_put_back_on_offer_stays_without_its_weekly_class(
    yoga: Service, weekly: SessionRule, clock: Clock
) -> None:
    clock.advance(days=10)
    archive_class(service=yoga, actor=None)
    restore_service(service=yoga, actor=None)

    create_sessions_ahead()

    assert standing(yoga) == [yoga.sessions.get(rule_day=FRIDAY)]  # it has been


def test_a_session_that_somebody_waits_for_stays(
    yoga: Service, freja: Provider, alice: Client, bob: Client, clock: Clock
) -> None:
    session = create_session(
        service=yoga, provider=freja, starts_at=clock.now + dt.timedelta(days=2), actor=None
    )
    visit = come(session, alice)
    wait_for_session(
        client=bob, guest=None, session=session, form_token=new_form_token(), actor=None
    )
    cancel_visit(visit=visit, actor=None)  # type: ignore[arg-type]

    assert archive_class(service=yoga, actor=None).stay == [session]


def test_another_class_is_left_alone(yoga: Service, freja: Provider, clock: Clock) -> None:
    other = create_session(
        service=ClassServiceFactory(),
        provider=freja,
        starts_at=clock.now + dt.timedelta(days=2),
        actor=None,
    )

    archive_class(service=yoga, actor=None)

    other.refresh_from_db()
    assert other.cancelled_at is None


def test_archiving_a_provider_says_what_is_to_come(
    yoga: Service, weekly: SessionRule, freja: Provider, alice: Client
) -> None:
    massage = ServiceFactory(providers=[freja])
    book(alice, massage, dt.datetime(2025, 11, 5, 10, tzinfo=dt.UTC))
    cancelled = book(alice, massage, dt.datetime(2025, 11, 6, 10, tzinfo=dt.UTC))
    cancel_visit(visit=cancelled, actor=None)
    many = len(standing(yoga))

    archived = archive_provider_with_coming(provider=freja, actor=None)

    freja.refresh_from_db()
    assert freja.archived_at is not None
    assert (archived.bookings, archived.rules_running, archived.cancelled) == (1, 1, 0)
    assert archived.stay == standing(yoga)
    assert len(archived.stay) == many
