"""What the panel says when a class or a provider is taken off offer."""

from __future__ import annotations

import datetime as dt

import pytest
from django.test import Client as Browser
from django.urls import reverse

from bookings.models import Booking, Source
from bookings.session_rules import create_rule
from bookings.sessions import create_session
from catalogue.models import Provider, Service
from clients.models import Client
from foundation.form_tokens import new_form_token
from foundation.models import User
from sales.visits import book_place
from tests.backoffice.booking_pages import at, text_of
from tests.factories import ClassServiceFactory, ProviderFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def freja(db: None) -> Provider:
    return ProviderFactory(name="Freja")


@pytest.fixture
def yoga(freja: Provider) -> Service:
    return ClassServiceFactory(name_en="Yoga", providers=[freja])


@pytest.fixture
def manager(client: Browser, maria: User) -> Browser:
    client.force_login(maria)
    return client


def archive(browser: Browser, model: str, pk: int) -> str:
    sent = {"action": "take_off_offer", "_selected_action": [pk]}
    return text_of(browser.post(reverse(f"admin:catalogue_{model}_changelist"), sent, follow=True))


def test_a_class_says_what_ended_and_what_stays(
    manager: Browser, yoga: Service, freja: Provider, alice: Client
) -> None:
    create_rule(
        service=yoga,
        provider=freja,
        starts=dt.time(8),
        first_day=dt.date(2025, 11, 5),
        last_day=dt.date(2025, 11, 19),
        actor=None,
    )
    session = create_session(service=yoga, provider=freja, starts_at=at(17), actor=None)
    book_place(
        client=alice,
        guest=None,
        session=session,
        source=Source.DESK,
        form_token=new_form_token(),
        actor=None,
    )

    html = archive(manager, "classservice", yoga.pk)

    for words in (
        "1 taken off offer.",
        "Yoga: 1 weekly class has ended.",
        "Yoga: 3 sessions that nobody had booked are cancelled.",
        "Yoga: 1 session stays, because somebody has booked or waits.",
        f'<a href="/admin/sessions/{session.pk}/">Tue 4 Nov 17:00</a>',
    ):
        assert words in html
    assert list(yoga.sessions.filter(cancelled_at=None)) == [session]


def test_a_class_with_nothing_to_come_says_no_more(manager: Browser, yoga: Service) -> None:
    html = archive(manager, "classservice", yoga.pk)

    assert "1 taken off offer." in html
    assert "Yoga:" not in html


def test_a_provider_says_what_is_still_to_come(
    manager: Browser, booking: Booking, yoga: Service
) -> None:
    aino = booking.provider
    sessions = [
        create_session(
            service=yoga,
            provider=aino,
            starts_at=at(18) + number * dt.timedelta(days=1),
            actor=None,
        )
        for number in range(12)
    ]
    create_rule(
        service=yoga, provider=aino, starts=dt.time(7), first_day=dt.date(2026, 11, 5), actor=None
    )

    html = archive(manager, "provider", aino.pk)

    for words in (
        "Aino still has 1 booking to come.",
        f'href="/admin/bookings/?day=all&amp;provider={aino.pk}"',
        "Aino still gives 12 class sessions to come:",
        f'<a href="/admin/sessions/{sessions[9].pk}/">',
        f'classsession/?provider__id__exact={aino.pk}">2 more</a>',
        "Aino gives 1 weekly class, which gets no new sessions now.",
    ):
        assert words in html
    assert f'<a href="/admin/sessions/{sessions[10].pk}/">' not in html
    # The ways on are open.
    for address in (
        f"/admin/bookings/?day=all&provider={aino.pk}",
        f"/admin/bookings/classsession/?provider__id__exact={aino.pk}",
        f"/admin/bookings/classsession/?service__id__exact={yoga.pk}",
        f"/admin/bookings/sessionrule/?provider__id__exact={aino.pk}",
    ):
        assert manager.get(address).status_code == 200
