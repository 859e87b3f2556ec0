"""The roster of a class, and changing it and its weekly class (S9)."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from django.test import Client as Browser
from pytest_django import DjangoAssertNumQueries

from bookings.models import Booking, BookingStatus, ClassSession, SessionRule, Source
from bookings.session_rules import create_rule
from bookings.sessions import create_session
from business.models import SpecialDay
from catalogue.models import Provider, Service
from clients.models import Client
from foundation.form_tokens import new_form_token
from foundation.models import User
from sales.visits import book_place
from sales.waiting import wait_for_session
from tests.conftest import Clock
from tests.factories import ClassServiceFactory, ClientFactory, ProviderFactory

pytestmark = pytest.mark.django_db

FIVE = dt.datetime(2025, 11, 4, 15, tzinfo=dt.UTC)  # today, 17:00 in Helsinki
WEEK = dt.timedelta(weeks=1)
RULES = "/admin/bookings/sessionrule/"


@pytest.fixture
def yoga(db: None) -> Service:
    return ClassServiceFactory(name_en="Yoga", providers=[ProviderFactory(name="Freja")], places=2)


@pytest.fixture
def session(yoga: Service) -> ClassSession:
    return create_session(service=yoga, provider=yoga.providers.get(), starts_at=FIVE, actor=None)


@pytest.fixture
def weekly(yoga: Service) -> SessionRule:
    """Fridays at 17:30, four times."""
    first = dt.date(2025, 11, 7)
    return create_rule(
        service=yoga,
        provider=yoga.providers.get(),
        starts=dt.time(17, 30),
        first_day=first,
        last_day=first + 3 * WEEK,
        actor=None,
    )


def come(session: ClassSession, client: Client | None = None, places: int = 1) -> Booking:
    visit = book_place(
        client=client or ClientFactory(),
        guest=None,
        session=session,
        places=places,
        source=Source.DESK,
        form_token=new_form_token(),
        actor=None,
    )
    return visit.bookings.get()


def page_of(browser: Browser, address: str) -> str:
    answer = browser.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def at(session: ClassSession, page: str = "") -> str:
    return f"/admin/sessions/{session.pk}/{page}"


def test_the_roster_lists_who_comes_and_who_waits(
    client: Browser, daisy: User, alice: Client, bob: Client, session: ClassSession
) -> None:
    come(session, alice, places=2)
    wait_for_session(
        client=bob, guest=None, session=session, form_token=new_form_token(), actor=None
    )
    client.force_login(daisy)
    page = page_of(client, at(session))
    for words in ("Alice Andersen", "× 2", "2 of 2 places booked", "€36.00 to pay", "Bob Berg"):
        assert words in page
    assert "Offer now" not in page
    # A place for Bob: the button offers it.
    ClassSession.objects.filter(pk=session.pk).update(places=3)
    assert "Offer now" in page_of(client, at(session))
    assert client.post(at(session, "offer/")).status_code == 302
    assert "Offered until 11:30" in page_of(client, at(session))


def test_checking_in_and_taking_it_back(
    client: Browser, daisy: User, alice: Client, session: ClassSession
) -> None:
    booking = come(session, alice)
    client.force_login(daisy)
    for wanted, status in (
        ("yes", "arrived"),
        ("yes", "arrived"),
        ("no", "booked"),
        ("no", "booked"),
    ):
        sent = {"booking": booking.pk, "arrived": wanted}
        assert client.post(at(session, "check-in/"), sent).status_code == 302
        booking.refresh_from_db()
        assert booking.status == status
        pressed = f'aria-pressed="{"true" if status == "arrived" else "false"}"'
        assert pressed in page_of(client, at(session))


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({}, 422),
        ({"booking": 10**30, "arrived": "yes"}, 422),
        ({"booking": 1, "arrived": "no"}, 404),
    ],
)
def test_checking_nobody_in(
    client: Browser, daisy: User, session: ClassSession, sent: dict[str, str], status: int
) -> None:
    client.force_login(daisy)
    assert client.post(at(session, "check-in/"), sent).status_code == status


def test_a_provider_sees_the_classes_of_their_own_only(
    client: Browser, pavel: User, session: ClassSession, yoga: Service
) -> None:
    own = create_session(
        service=yoga,
        provider=Provider.objects.get(user=pavel),
        starts_at=FIVE,
        actor=None,
    )
    client.force_login(pavel)
    assert client.get(at(own)).status_code == 200
    for page in ("", "cancel/"):
        assert client.get(at(session, page)).status_code == 403
    for page in ("offer/", "check-in/", "cancel/"):
        assert client.post(at(session, page)).status_code == 403
    assert client.get("/admin/sessions/999999999999999999999/").status_code == 404


def test_cancelling_shows_first_what_happens(
    client: Browser, daisy: User, alice: Client, session: ClassSession
) -> None:
    come(session, alice)
    client.force_login(daisy)
    page = page_of(client, at(session, "cancel/"))
    assert "1 booking is cancelled, and the client is told by e-mail." in page
    seen = re.search(r'name="seen" value="([^"]*)"', page)
    assert seen
    come(session)
    stale = client.post(at(session, "cancel/"), {"seen": seen[1]})
    assert stale.status_code == 409
    assert "2 bookings are cancelled" in stale.content.decode()
    again = re.search(r'name="seen" value="([^"]*)"', stale.content.decode())
    assert again
    assert client.post(at(session, "cancel/"), {"seen": again[1]}).status_code == 302
    assert not Booking.objects.filter(status=BookingStatus.BOOKED).exists()
    assert client.get(at(session, "cancel/")).status_code == 302
    assert "Cancelled" in page_of(client, at(session))


def test_a_class_that_somebody_missed_is_not_cancelled(
    client: Browser, daisy: User, session: ClassSession
) -> None:
    booking = come(session)
    Booking.objects.filter(pk=booking.pk).update(status=BookingStatus.NO_SHOW)
    client.force_login(daisy)
    page = page_of(client, at(session, "cancel/"))
    seen = re.search(r'name="seen" value="([^"]*)"', page)
    assert seen
    refused = client.post(at(session, "cancel/"), {"seen": seen[1]})
    assert refused.status_code == 409
    assert "The booking is marked: No-show." in refused.content.decode()


def test_changing_one_session(
    client: Browser, maria: User, alice: Client, session: ClassSession
) -> None:
    come(session, alice, places=2)
    client.force_login(maria)
    assert "2 places are booked." in page_of(client, at(session, "change/"))
    sent = {
        "day": "2025-11-04",
        "time": "18:30",
        "provider": session.provider_id,
        "places": "1",
    }
    refused = client.post(at(session, "change/"), sent)
    assert refused.status_code == 409
    assert "2 places are taken already." in refused.content.decode()
    assert client.post(at(session, "change/"), sent | {"places": "3"}).status_code == 302
    session.refresh_from_db()
    assert (session.starts_at, session.places) == (FIVE + dt.timedelta(minutes=90), 3)


@pytest.mark.parametrize(
    "wrong",
    [
        {"day": "2025-11-03"},
        {"day": "9999-12-31"},
        {"time": "25:00"},
        {"places": "0"},
        {"provider": "999999"},
        {"day": "2026-03-29", "time": "03:30"},
    ],
)
def test_nonsense_is_refused_with_the_form(
    client: Browser, maria: User, session: ClassSession, wrong: dict[str, str]
) -> None:
    client.force_login(maria)
    sent = {"day": "2025-11-04", "time": "18:30", "provider": session.provider_id, "places": "3"}
    assert client.post(at(session, "change/"), sent | wrong).status_code == 422
    session.refresh_from_db()
    assert session.starts_at == FIVE


@pytest.mark.parametrize("many", [1, 12])
def test_the_roster_costs_the_same_however_many_come(
    client: Browser,
    daisy: User,
    session: ClassSession,
    django_assert_num_queries: DjangoAssertNumQueries,
    many: int,
) -> None:
    ClassSession.objects.filter(pk=session.pk).update(places=many)
    for _ in range(many):
        come(session)
    for _ in range(many):
        wait_for_session(
            client=ClientFactory(),
            guest=None,
            session=session,
            form_token=new_form_token(),
            actor=None,
        )
    client.force_login(daisy)
    client.get(at(session))
    with django_assert_num_queries(13):
        client.get(at(session))


# --- weekly classes -----------------------------------------------------------------------------


def test_a_weekly_class_is_made_with_its_sessions_and_says_what_is_left_out(
    client: Browser, maria: User, yoga: Service
) -> None:
    SpecialDay.objects.create(day=dt.date(2025, 11, 14), kind="closed")
    client.force_login(maria)
    sent = {
        "service": yoga.pk,
        "provider": yoga.providers.get().pk,
        "starts": "17:30",
        "first_day": "2025-11-07",
        "last_day": "2025-11-21",
        "every_weeks": "1",
        "places": "",
    }
    assert client.post(f"{RULES}add/", sent).status_code == 302
    rule = SessionRule.objects.get()
    assert (rule.sessions.count(), rule.places) == (2, 2)
    page = page_of(client, f"{RULES}{rule.pk}/change/")
    assert "Fri 14 Nov: holiday" in page
    assert "Friday 17:30, every week" in page_of(client, RULES)

    for wrong in ({"last_day": "2025-11-01"}, {"every_weeks": "9"}, {"first_day": "9999-12-31"}):
        assert client.post(f"{RULES}add/", sent | wrong).status_code == 200
    assert SessionRule.objects.count() == 1


def test_the_box_to_move_what_is_booked_stands_beside_its_words(
    client: Browser, maria: User, weekly: SessionRule
) -> None:
    client.force_login(maria)
    page = client.get(f"/admin/sessions/weekly/{weekly.pk}/change/").content.decode()
    label = page[page.index('<label class="check">') :].split("</label>")[0]
    assert 'name="move_booked"' in label
    assert "Also move sessions that somebody has booked" in label


def test_changing_a_weekly_class_from_a_date_on(
    client: Browser, maria: User, alice: Client, weekly: SessionRule
) -> None:
    booked = weekly.sessions.get(rule_day=dt.date(2025, 11, 21))
    come(booked, alice)
    client.force_login(maria)
    address = f"/admin/sessions/weekly/{weekly.pk}/change/"
    assert "Friday 14 November" in page_of(client, f"{address}?from=2025-11-14")
    sent = {
        "from_day": "2025-11-14",
        "weekday": "3",
        "starts": "18:00",
        "provider": weekly.provider_id,
        "places": "4",
    }
    answer = client.post(address, sent, follow=True)
    text = answer.content.decode()
    assert "2 sessions are changed." in text
    assert "Fri 21 Nov 17:30 stays: somebody has booked." in text
    new = SessionRule.objects.exclude(pk=weekly.pk).get()
    assert sorted(new.sessions.values_list("places", flat=True)) == [2, 4, 4]
    for wrong in ({"from_day": "2025-11-15"}, {"weekday": "9"}, {"starts": ""}):
        assert client.post(address, sent | wrong).status_code == 422


def test_ending_a_weekly_class(
    client: Browser, maria: User, alice: Client, weekly: SessionRule
) -> None:
    come(weekly.sessions.get(rule_day=dt.date(2025, 11, 21)), alice)
    client.force_login(maria)
    address = f"/admin/sessions/weekly/{weekly.pk}/stop/"
    assert client.post(address, {"last_day": "2025-11-01"}).status_code == 422
    text = client.post(address, {"last_day": "2025-11-14"}, follow=True).content.decode()
    assert "Fri 21 Nov 17:30 stays: somebody has booked or waits." in text
    assert weekly.sessions.filter(cancelled_at__isnull=True).count() == 3
    assert client.get("/admin/sessions/weekly/999999999999999999999/stop/").status_code == 404


def test_check_in_waits_for_the_day(
    client: Browser, daisy: User, alice: Client, weekly: SessionRule, clock: Clock
) -> None:
    session = weekly.sessions.get(rule_day=dt.date(2025, 11, 7))
    come(session, alice)
    client.force_login(daisy)
    assert "aria-pressed" not in page_of(client, at(session))
    clock.move_to(dt.datetime(2025, 11, 7, 8, tzinfo=dt.UTC))
    later = Browser()  # nobody stays signed in for three days
    later.force_login(daisy)
    assert "aria-pressed" in page_of(later, at(session))
