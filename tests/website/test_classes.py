"""The timetable, a class, a session, and booking a place (C10, C11)."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client as Browser
from pytest_django import DjangoAssertNumQueries

from bookings.models import ClassSession, Hold, Visit
from bookings.sessions import create_session
from catalogue.models import Provider, Service
from clients.models import Client
from foundation.form_tokens import new_form_token
from sales.visits import book_place, cancel_visit
from tests.conftest import Clock
from tests.factories import (
    ClassServiceFactory,
    ClientFactory,
    EarningRuleFactory,
    ProviderFactory,
    turn_on,
)
from tests.website.booking import GUEST, last_button, text_of

pytestmark = pytest.mark.django_db

EVENING = dt.datetime(2025, 11, 4, 15, 30, tzinfo=dt.UTC)  # today, 17:30 in Helsinki


@pytest.fixture
def freja(db: None) -> Provider:
    return ProviderFactory(name="Freja")


@pytest.fixture
def yoga(db: None) -> Service:
    service = ClassServiceFactory(slug="yoga", name_en="Yoga basics")
    EarningRuleFactory(service=service, points=20)
    return service


def run(service: Service, provider: Provider, days: int = 0, **fields: Any) -> ClassSession:
    starts = EVENING + dt.timedelta(days=days)
    return create_session(
        service=service, provider=provider, starts_at=starts, actor=None, **fields
    )


def take_place(session: ClassSession, client: Client) -> Visit:
    return book_place(
        client=client,
        guest=None,
        session=session,
        source="desk",  # type: ignore[arg-type]
        form_token=new_form_token(),
        actor=None,
    )


def test_timetable_lists_the_week_by_day(client: Browser, yoga: Service, freja: Provider) -> None:
    turn_on("loyalty")
    run(yoga, freja)
    run(yoga, freja, days=2)
    run(yoga, freja, days=7)
    page = client.get("/classes/")
    words = text_of(page)
    assert words.index("Tuesday 4 November") < words.index("Thursday 6 November")
    assert "Tuesday 11 November" not in words
    assert "17:30 18:30 Yoga basics Freja" in words
    assert "€18.00" in words
    assert "Earn 20 points" in words
    label = 'aria-label="Book Yoga basics, Tue 4 Nov 17:30, with Freja"'
    assert label in page.content.decode()


def test_timetable_states(client: Browser, yoga: Service, freja: Provider, alice: Client) -> None:
    run(yoga, freja, days=1)
    run(yoga, freja, days=2, places=5)
    full = run(yoga, freja, days=3, places=1)
    take_place(full, ClientFactory())
    mine = run(yoga, freja, days=4)
    take_place(mine, alice)
    off = run(yoga, freja, days=5)
    ClassSession.objects.filter(pk=off.pk).update(cancelled_at=EVENING)
    client.force_login(alice.user)
    words = text_of(client.get("/classes/"))
    states = ["Places available", "5 places left", "Full", "You're booked", "Cancelled"]
    positions = [words.index(state) for state in states]
    assert positions == sorted(positions)


def test_timetable_moves_by_week_and_filters(
    client: Browser, yoga: Service, freja: Provider
) -> None:
    pilates = ClassServiceFactory(slug="pilates", name_en="Pilates")
    run(yoga, freja, days=7)
    run(pilates, ProviderFactory(name="Otto"), days=8)
    words = text_of(client.get("/classes/?week=2025-W46"))
    assert "Yoga basics" in words
    assert "Pilates" in words
    only = client.get(f"/classes/?week=2025-W46&type=yoga&with={freja.pk}")
    assert "Filter (2)" in text_of(only)
    assert "with Otto" not in only.content.decode()
    assert "with Freja" in only.content.decode()
    none = client.get("/classes/?week=2025-W46&type=nothing")
    assert "No class fits these filters" in text_of(none)


def test_an_empty_week_leads_to_the_next_one_with_classes(
    client: Browser, yoga: Service, freja: Provider
) -> None:
    run(yoga, freja, days=21)
    page = client.get("/classes/?week=2025-W45")
    assert "No classes this week" in text_of(page)
    assert 'href="?week=2025-W48"' in page.content.decode()


def test_a_week_of_another_year_shows_it(client: Browser) -> None:
    for week, words in (
        ("2025-W52", "Mon 22 Dec – Sun 28 Dec No classes"),
        ("2026-W01", "Mon 29 Dec 2025 – Sun 4 Jan 2026 No classes"),
        ("2026-W02", "Mon 5 Jan – Sun 11 Jan 2026 No classes"),
    ):
        assert words in text_of(client.get(f"/classes/?week={week}"))


def test_timetable_opens_on_the_first_week_with_something_to_come(
    client: Browser, yoga: Service, freja: Provider, clock: Clock
) -> None:
    assert "Mon 3 Nov – Sun 9 Nov" in text_of(client.get("/classes/"))
    run(yoga, freja)
    run(yoga, freja, days=14)
    cancelled = run(yoga, freja, days=7)
    ClassSession.objects.filter(pk=cancelled.pk).update(cancelled_at=EVENING)
    assert "Mon 3 Nov – Sun 9 Nov" in text_of(client.get("/classes/"))
    clock.advance(days=1)  # this week's only one is over
    page = client.get("/classes/")
    assert "Mon 17 Nov – Sun 23 Nov" in text_of(page)
    assert 'href="?week=2025-W45"' in page.content.decode()
    assert "Mon 3 Nov – Sun 9 Nov" in text_of(client.get("/classes/?week=2025-W45"))


def test_cancelling_a_place_frees_a_place(
    client: Browser, yoga: Service, freja: Provider, alice: Client
) -> None:
    visit = take_place(run(yoga, freja, days=2), alice)
    client.force_login(alice.user)
    words = text_of(client.get(f"/booking/{visit.ref}/cancel/"))
    assert "Your place becomes free for others." in words
    assert "Your time becomes" not in words


def test_timetable_answers_htmx_with_the_list_only(
    client: Browser, yoga: Service, freja: Provider
) -> None:
    run(yoga, freja)
    headers = {"HX-Request": "true", "HX-Target": "timetable"}
    body = client.get("/classes/", headers=headers).content.decode()
    assert "<html" not in body
    assert 'data-say="1 class from Mon 3 Nov to Sun 9 Nov"' in body


@pytest.mark.parametrize(
    "query",
    [
        "week=9999-W99",
        "week=0000-W01",
        "week=2025-W00",
        "week=%00",
        "type=%00",
        "with=" + "9" * 400,
    ],
)
def test_nasty_queries_show_a_week(client: Browser, query: str) -> None:
    assert client.get(f"/classes/?{query}").status_code == 200


def test_a_class_lists_its_next_dates(client: Browser, yoga: Service, freja: Provider) -> None:
    run(yoga, freja)
    run(yoga, freja, days=7)
    words = text_of(client.get("/classes/yoga/"))
    assert "Yoga basics" in words
    assert "17:30 18:30 Tuesday 4 November" in words
    assert "17:30 18:30 Tuesday 11 November" in words


def test_a_withdrawn_class_is_gone(client: Browser, yoga: Service, freja: Provider) -> None:
    session = run(yoga, freja)
    Service.objects.filter(pk=yoga.pk).update(online=False)
    assert client.get("/classes/yoga/").status_code == 410
    assert client.get(f"/classes/s/{session.pk}/").status_code == 410
    assert "Yoga basics" not in text_of(client.get("/classes/"))


@pytest.mark.parametrize("number", ["0", "99999", "9" * 400])
def test_a_session_that_is_not_there(client: Browser, number: str) -> None:
    assert client.get(f"/classes/s/{number}/").status_code == 404


def test_a_guest_books_a_place(client: Browser, yoga: Service, freja: Provider) -> None:
    turn_on("loyalty")
    session = run(yoga, freja)
    page = client.get(f"/classes/s/{session.pk}/")
    assert "Step 1 of 3" in text_of(page)
    assert "This can no longer be cancelled online." in text_of(page)
    details = client.post(f"/classes/s/{session.pk}/")["Location"]
    words = text_of(client.get(details))
    assert "Step 2 of 3" in words
    assert "We're holding" not in words
    review = client.post(details, GUEST)["Location"]
    words = text_of(client.get(review))
    assert "Step 3 of 3" in words
    assert "You will earn 20 points, added around Tue 4 Nov 21:30." in words
    answer = client.post(review, last_button(client, review))
    session.refresh_from_db()
    assert session.booked_places == 1
    assert "Booked: Tue 4 Nov 17:30" in text_of(client.get(answer["Location"]))


def test_a_full_session_offers_other_dates(
    client: Browser, yoga: Service, freja: Provider, alice: Client
) -> None:
    session = run(yoga, freja, places=1)
    run(yoga, freja, days=7)
    take_place(session, alice)
    page = client.get(f"/classes/s/{session.pk}/")
    assert "Full" in text_of(page)
    assert "Tuesday 11 November" in text_of(page)
    assert "Book a place" not in text_of(page)
    page = client.post(f"/classes/s/{session.pk}/")
    assert page.status_code == 409
    assert "This class is full." in text_of(page)
    assert not Hold.objects.exists()


def test_the_last_place_lost_at_the_last_button(
    client: Browser, yoga: Service, freja: Provider, alice: Client
) -> None:
    session = run(yoga, freja, places=1)
    next_week = run(yoga, freja, days=7)
    details = client.post(f"/classes/s/{session.pk}/")["Location"]
    review = client.post(details, GUEST)["Location"]
    sent = last_button(client, review)
    visit = take_place(session, alice)
    page = client.post(review, sent)
    assert page.status_code == 409
    assert "This class is full." in text_of(page)
    assert "The next dates: Tue 11 Nov 17:30 · Freja" in text_of(page)
    assert f'href="/classes/s/{next_week.pk}/"' in page.content.decode()
    cancel_visit(visit=visit, actor=None)
    assert client.post(review, sent).status_code == 302


def test_a_place_is_booked_once(
    client: Browser, yoga: Service, freja: Provider, alice: Client
) -> None:
    session = run(yoga, freja)
    client.force_login(alice.user)
    details = client.post(f"/classes/s/{session.pk}/")["Location"]
    review = client.post(details, {})["Location"]
    sent = last_button(client, review)
    take_place(session, alice)
    page = client.post(review, sent)
    assert page.status_code == 409
    assert "You already have a place in this class." in text_of(page)


def test_a_session_that_has_begun_is_over(
    client: Browser, yoga: Service, freja: Provider, clock: Any
) -> None:
    session = run(yoga, freja)
    clock.move_to(EVENING + dt.timedelta(minutes=1))
    assert "Over" in text_of(client.get(f"/classes/s/{session.pk}/"))
    assert client.post(f"/classes/s/{session.pk}/").status_code == 409


def test_timetable_costs_the_same_with_one_session_and_thirty(
    client: Browser,
    yoga: Service,
    freja: Provider,
    alice: Client,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    run(yoga, freja)
    client.force_login(alice.user)
    client.get("/classes/")
    with django_assert_num_queries(10):
        client.get("/classes/")
    for n in range(30):
        provider = ProviderFactory()
        take_place(run(yoga, provider, days=n % 5), alice)
    with django_assert_num_queries(10):
        client.get("/classes/")
