"""Class sessions in the panel: made by the command, then only looked at."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.test import Client as Browser

from bookings.models import ClassSession, Occupation
from catalogue.models import Provider, Service
from foundation.models import User
from tests.conftest import Clock
from tests.factories import ClassServiceFactory, ProviderFactory, ServiceFactory

pytestmark = pytest.mark.django_db
SESSIONS = "/admin/bookings/classsession/"


@pytest.fixture
def lesson(db: None) -> Service:
    return ClassServiceFactory(name_en="Yoga", providers=[ProviderFactory(name="Aino")])


def _fields(lesson: Service, **fields: Any) -> dict[str, Any]:
    data = {
        "service": lesson.pk,
        "provider": Provider.objects.get(name="Aino").pk,
        "day": "2025-11-06",
        "time": "17:30",
        "places": "",
    }
    return data | fields


def test_a_session_is_made_at_the_salons_hour_with_the_providers_time_taken(
    client: Browser, maria: User, lesson: Service
) -> None:
    client.force_login(maria)

    answer = client.post(f"{SESSIONS}add/", _fields(lesson))

    assert answer.status_code == 302
    session = ClassSession.objects.get()
    # Helsinki is two hours ahead in November.
    assert session.starts_at == dt.datetime(2025, 11, 6, 15, 30, tzinfo=dt.UTC)
    assert session.places == 10
    assert Occupation.objects.get().session == session
    assert "Thu 6 Nov 17:30–18:30" in client.get(SESSIONS).content.decode()


def test_the_list_begins_with_todays_sessions(
    client: Browser, maria: User, lesson: Service, clock: Clock
) -> None:
    client.force_login(maria)
    for day in ("2025-11-04", "2025-11-06", "2025-11-05"):
        client.post(f"{SESSIONS}add/", _fields(lesson, day=day))
    clock.advance(hours=16)
    client.logout()
    client.force_login(maria)

    def days(query: str) -> list[str]:
        page = client.get(SESSIONS + query)
        assert page.status_code == 200
        return re.findall(r"(\w{3} \d Nov) 17:30", page.content.decode())

    assert days("") == ["Wed 5 Nov", "Thu 6 Nov"]
    assert days("?when=past") == ["Tue 4 Nov"]
    assert days("?when=all") == ["Thu 6 Nov", "Wed 5 Nov", "Tue 4 Nov"]


def test_the_list_is_filtered_by_classes_only(
    client: Browser, maria: User, lesson: Service
) -> None:
    aino = Provider.objects.get(name="Aino")
    pilates = ClassServiceFactory(name_en="Pilates", providers=[aino])
    haircut = ServiceFactory(name_en="Haircut", providers=[aino])
    client.force_login(maria)
    client.post(f"{SESSIONS}add/", _fields(lesson))
    client.post(f"{SESSIONS}add/", _fields(pilates, time="19:00"))

    page = client.get(SESSIONS).content.decode()

    assert f"service__id__exact={lesson.pk}" in page
    assert f"service__id__exact={haircut.pk}" not in page


def test_a_provider_who_is_taken_is_refused_with_a_sentence(
    client: Browser, maria: User, lesson: Service
) -> None:
    client.force_login(maria)
    client.post(f"{SESSIONS}add/", _fields(lesson))

    answer = client.post(f"{SESSIONS}add/", _fields(lesson, time="18:00"))

    assert answer.status_code == 409
    assert "This time has just been taken." in answer.content.decode()
    assert ClassSession.objects.count() == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"places": "0"},
        {"places": "9999999999"},
        {"time": "25:00"},
        {"day": "yesterday"},
        {"day": "2025-11-03"},
        {"day": "9999-12-31", "time": "23:59"},
        {"day": "0001-01-01", "time": "00:00"},
        {"service": "999999999999999999999"},
    ],
)
def test_nonsense_is_refused_with_the_form(
    client: Browser, maria: User, lesson: Service, wrong: dict[str, str]
) -> None:
    client.force_login(maria)

    assert client.post(f"{SESSIONS}add/", _fields(lesson, **wrong)).status_code == 422
    assert not ClassSession.objects.exists()


def test_only_classes_are_offered(client: Browser, maria: User, lesson: Service) -> None:
    massage = ServiceFactory()
    client.force_login(maria)

    answer = client.post(f"{SESSIONS}add/", _fields(lesson, service=massage.pk))

    assert answer.status_code == 422
    assert not ClassSession.objects.exists()


def test_a_session_is_not_changed_here(client: Browser, maria: User, lesson: Service) -> None:
    client.force_login(maria)
    client.post(f"{SESSIONS}add/", _fields(lesson))
    session = ClassSession.objects.get()

    answer = client.post(f"{SESSIONS}{session.pk}/change/", _fields(lesson, time="20:00"))

    assert answer.status_code == 403
