"""The classes of a week in the panel (S9): counts, states, weeks, filters, and whose classes."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.test import Client as Browser
from pytest_django import DjangoAssertNumQueries

from bookings.models import ClassSession
from bookings.sessions import create_session
from catalogue.models import Provider, Service
from clients.models import Client
from foundation.form_tokens import new_form_token
from foundation.models import User
from sales.class_sessions import cancel_session
from sales.waiting import wait_for_session
from tests.backoffice.test_session_pages import come
from tests.conftest import Clock
from tests.factories import ClassServiceFactory, ProviderFactory
from tests.website.booking import text_of

pytestmark = pytest.mark.django_db

FIVE = dt.datetime(2025, 11, 4, 15, tzinfo=dt.UTC)  # today, 17:00 in Helsinki
WEEK = "/admin/sessions/"


@pytest.fixture
def freja(db: None) -> Provider:
    return ProviderFactory(name="Freja")


@pytest.fixture
def yoga(freja: Provider) -> Service:
    return ClassServiceFactory(name_en="Yoga", providers=[freja], places=2)


def run(service: Service, provider: Provider, days: int = 0, minutes: int = 0) -> ClassSession:
    starts = FIVE + dt.timedelta(days=days, minutes=minutes)
    return create_session(service=service, provider=provider, starts_at=starts, actor=None)


def test_a_week_counts_who_comes_and_who_waits(
    client: Browser, daisy: User, alice: Client, bob: Client, yoga: Service, freja: Provider
) -> None:
    full = run(yoga, freja)
    come(full, alice, places=2)
    wait_for_session(client=bob, guest=None, session=full, form_token=new_form_token(), actor=None)
    run(yoga, freja, days=2)
    run(yoga, freja, days=7)
    client.force_login(daisy)
    page = client.get(WEEK)
    words = text_of(page)
    assert "Mon 3 Nov – Sun 9 Nov 2 classes" in words
    assert "Tuesday 4 November today 17:00 –18:00 Yoga Freja" in words
    assert "2 of 2 places booked 1 waiting Full" in words
    assert "Thursday 6 November 17:00 –18:00 Yoga Freja 0 of 2 places booked" in words
    assert f'href="/admin/sessions/{full.pk}/"' in page.content.decode()
    back = client.get(f"/admin/sessions/{full.pk}/").content.decode()
    assert 'href="/admin/sessions/?week=2025-W45"' in back


def test_a_class_that_is_cancelled_or_over_says_so(
    client: Browser, daisy: User, yoga: Service, freja: Provider, clock: Clock
) -> None:
    off = run(yoga, freja)
    cancel_session(session=off, reason="", actor=None)
    run(yoga, freja, minutes=60)
    clock.advance(days=1)
    client.force_login(daisy)
    words = text_of(client.get(WEEK))
    assert re.search(r"17:00 –18:00 Yoga Freja 0 of 2 places booked Cancelled", words)
    assert re.search(r"18:00 –19:00 Yoga Freja 0 of 2 places booked Over", words)


def test_the_weeks_beside_it_and_the_filters(
    client: Browser, daisy: User, yoga: Service, freja: Provider
) -> None:
    otto = ProviderFactory(name="Otto")
    run(yoga, freja, days=7)
    run(ClassServiceFactory(name_en="Pilates"), otto, days=8)
    client.force_login(daisy)
    page = client.get(f"{WEEK}?week=2025-W45").content.decode()
    assert "No classes this week" in page
    assert page.count('href="?week=2025-W46"') == 2  # the week after, and the next with classes
    both = text_of(client.get(f"{WEEK}?day=2025-11-12"))
    assert "Mon 10 Nov – Sun 16 Nov 2 classes" in both
    only = client.get(f"{WEEK}?week=2025-W46&service={yoga.pk}")
    assert "1 class " in text_of(only)
    assert f'href="?week=2025-W47&amp;service={yoga.pk}"' in only.content.decode()
    by = text_of(client.get(f"{WEEK}?week=2025-W46&provider={otto.pk}"))
    assert "–18:00 Pilates Otto" in by
    assert "–18:00 Yoga" not in by
    none = client.get(f"{WEEK}?week=2025-W46&service={yoga.pk}&provider={otto.pk}")
    assert "No class fits these filters" in text_of(none)


NONSENSE = (
    "week=0000-W00 week=9999-W53 week=2025-W99 week=%00 day=9999-12-31 day=x service=x service=999"
)


@pytest.mark.parametrize("query", [*NONSENSE.split(), "provider=" + "9" * 30])
def test_nonsense_shows_a_week(client: Browser, daisy: User, query: str) -> None:
    client.force_login(daisy)
    assert client.get(f"{WEEK}?{query}").status_code == 200


def test_a_week_of_another_year_says_so(client: Browser, daisy: User) -> None:
    client.force_login(daisy)
    for week, words in (
        ("2026-W01", "Mon 29 Dec 2025 – Sun 4 Jan 2026"),
        ("2026-W02", "Mon 5 Jan – Sun 11 Jan 2026"),
        ("2025-W52", "Mon 22 Dec – Sun 28 Dec 0"),
    ):
        assert words in text_of(client.get(f"{WEEK}?week={week}"))


def test_a_provider_sees_a_week_of_their_own_classes(
    client: Browser, pavel: User, yoga: Service, freja: Provider
) -> None:
    run(yoga, freja)
    run(yoga, pavel.provider, days=1)
    run(yoga, freja, days=7)
    client.force_login(pavel)
    page = client.get(WEEK)
    words = text_of(page)
    assert "1 class " in words
    assert "Freja" not in words
    assert "id_provider" not in page.content.decode()
    assert "Next week with classes" not in text_of(client.get(f"{WEEK}?week=2025-W46"))


@pytest.mark.parametrize("many", [1, 30])
def test_a_week_costs_the_same_with_one_class_and_thirty(
    client: Browser,
    daisy: User,
    yoga: Service,
    freja: Provider,
    django_assert_num_queries: DjangoAssertNumQueries,
    many: int,
) -> None:
    for each in range(many):
        run(yoga, freja, days=each % 5, minutes=60 * (each // 5))
    client.force_login(daisy)
    client.get(WEEK)
    with django_assert_num_queries(11):
        client.get(WEEK)
