"""Who waits on the day of the calendar, and where they are booked from there (ux S2)."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from bookings.models import ClassSession, WaitingPlace, WaitingState
from bookings.sessions import create_session
from catalogue.models import Provider, Service
from clients.models import Client
from foundation import clock
from foundation.models import User
from tests.backoffice.booking_pages import TODAY, at, text_of
from tests.factories import ClassServiceFactory, ClientFactory, ProviderFactory, ServiceFactory

pytestmark = pytest.mark.django_db

CALENDAR = "/admin/calendar/"
DAY = dt.date.fromisoformat(TODAY)


def wait(
    client: Client,
    service: Service,
    *,
    session: ClassSession | None = None,
    provider: Provider | None = None,
    minutes_ago: int = 30,
    day: dt.date = DAY,
    **more: object,
) -> WaitingPlace:
    return WaitingPlace.objects.create(
        client=client,
        service=service,
        session=session,
        provider=session.provider if session else provider,
        day=day,
        joined_at=clock.now() - dt.timedelta(minutes=minutes_ago),
        **more,
    )


@pytest.fixture
def yoga(db: None) -> ClassSession:
    service = ClassServiceFactory(name_en="Yoga")
    provider = ProviderFactory(name="Freja")
    return create_session(service=service, provider=provider, starts_at=at(17), actor=None)


def tray_of(html: str) -> str:
    assert '<details class="cal-tray" id="cal-tray" open>' in html
    return html.partition('id="cal-tray"')[2].partition("</details>")[0]


def test_where_nobody_waits_there_is_no_tray(
    desk: Browser, alice: Client, massage: Service, yoga: ClassSession
) -> None:
    wait(alice, massage, day=DAY + dt.timedelta(days=1))
    wait(alice, massage, state=WaitingState.LEFT)

    assert "cal-tray" not in text_of(desk.get(CALENDAR))


def test_it_says_who_waits_for_a_time_and_since_when(
    desk: Browser, alice: Client, bob: Client, massage: Service
) -> None:
    aino = massage.providers.get()
    wait(alice, massage, minutes_ago=10)
    wait(bob, massage, provider=aino, minutes_ago=90)

    tray = tray_of(text_of(desk.get(CALENDAR)))

    assert "Deep tissue massage" in tray
    assert tray.index("1.</span> <b>Bob Berg</b>") < tray.index("2.</span> <b>Alice Andersen</b>")
    assert "With Aino · Joined Tue 4 Nov 09:30" in tray
    asked = f"client={bob.pk}&amp;service={massage.pk}&amp;day={TODAY}&amp;who={aino.pk}"
    assert f'href="/admin/bookings/new/?{asked}"' in tray
    assert 'aria-label="Book Bob Berg"' in tray


def test_the_new_appointment_is_filled_in(desk: Browser, alice: Client, massage: Service) -> None:
    wait(alice, massage)
    link = tray_of(text_of(desk.get(CALENDAR))).split('href="/admin/bookings/new/')[1]

    page = desk.get(f"/admin/bookings/new/{link.split(chr(34))[0]}".replace("&amp;", "&"))

    assert page.context["who"].client == alice
    assert page.context["rows"][0].line.service == massage
    assert f'name="day" id="id_day" value="{TODAY}"' in text_of(page)


def test_a_class_leads_to_its_roster_and_says_who_has_an_offer(
    desk: Browser, alice: Client, bob: Client, massage: Service, yoga: ClassSession
) -> None:
    wait(alice, massage)
    until = clock.now() + dt.timedelta(minutes=40)
    wait(
        bob,
        yoga.service,
        session=yoga,
        places=2,
        state=WaitingState.OFFERED,
        offered_until=until,
    )

    tray = tray_of(text_of(desk.get(CALENDAR)))

    # A class has its hour, so it stands before what has none.
    assert tray.index("Yoga") < tray.index("Deep tissue massage")
    assert f'<a href="/admin/sessions/{yoga.pk}/">Yoga <span class="num">17:00</span></a>' in tray
    bobs = tray.split("Bob Berg")[1].split("</li>")[0]
    assert "× 2" in bobs
    assert "Offered until 11:40" in bobs
    assert "With Freja" not in bobs
    assert "/admin/bookings/new/" not in bobs


def test_a_look_notices_who_joined(desk: Browser, alice: Client, massage: Service) -> None:
    seen = desk.get(CALENDAR).context["day"].fingerprint
    asked = {"HX-Target": "day", "X-Calendar-Seen": seen}
    assert desk.get(CALENDAR, headers=asked).status_code == 204
    wait(alice, massage)

    look = desk.get(CALENDAR, headers=asked)

    assert look.status_code == 200
    assert "Alice Andersen" in text_of(look)


def test_a_provider_sees_who_waits_for_them_alone(
    client: Browser, alice: Client, bob: Client, pavel: User, massage: Service
) -> None:
    mine = Provider.objects.get(user=pavel)
    service = ServiceFactory(name_en="Haircut", providers=[mine])
    wait(alice, service, provider=mine, minutes_ago=5)
    wait(bob, service, minutes_ago=50)
    client.force_login(pavel)

    tray = tray_of(text_of(client.get(CALENDAR)))

    # Second in the line, whoever is before them.
    assert "2.</span> <b>Alice Andersen</b>" in tray
    assert "Bob Berg" not in tray


def test_it_asks_as_often_however_many_wait(
    desk: Browser, alice: Client, massage: Service, yoga: ClassSession
) -> None:
    wait(alice, massage)
    wait(alice, yoga.service, session=yoga)

    def count() -> int:
        with CaptureQueriesContext(connection) as queries:
            desk.get(CALENDAR)
        return len(queries)

    count()
    few = count()
    for number in range(10):
        wait(ClientFactory(), massage, minutes_ago=number)
        wait(ClientFactory(), yoga.service, session=yoga, minutes_ago=number)
        wait(ClientFactory(), ServiceFactory(), provider=ProviderFactory(hours=()))

    assert count() == few
