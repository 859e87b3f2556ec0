"""Several places, waiting lists and the offer page (C10–C12)."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.test import Client as Browser

from bookings.models import ClassSession, Visit, WaitingPlace
from bookings.waiting import waiting_token
from catalogue.models import DateHours, Provider, Service
from clients.models import Client
from foundation.form_tokens import new_form_token
from sales.class_sessions import cancel_session, change_session
from sales.offers import serve_waiting_lists
from sales.visits import cancel_visit
from sales.waiting import wait_for_session
from tests.conftest import Clock
from tests.factories import (
    ClassServiceFactory,
    ClientFactory,
    EarningRuleFactory,
    ProviderFactory,
    fill_the_day,
    give_card,
    turn_on,
)
from tests.website.booking import GUEST, hidden, last_button, massage, text_of
from tests.website.test_classes import run, take_place

pytestmark = pytest.mark.django_db

TOLD = "/classes/waiting/told/"
PERSON = {name: GUEST[name] for name in ("first_name", "last_name", "email", "phone")}


@pytest.fixture
def freja(db: None) -> Provider:
    return ProviderFactory(name="Freja")


@pytest.fixture
def yoga(db: None) -> Service:
    return ClassServiceFactory(slug="yoga", name_en="Yoga basics")


@pytest.fixture
def full(yoga: Service, freja: Provider) -> ClassSession:
    """Yoga in two days, its one place taken."""
    session = run(yoga, freja, days=2, places=1)
    take_place(session, ClientFactory())
    return session


def queue_up(session: ClassSession, client: Client | None = None, **fields: Any) -> WaitingPlace:
    return wait_for_session(
        client=client or ClientFactory(),
        guest=None,
        session=session,
        form_token=new_form_token(),
        actor=None,
        **fields,
    )


def address(place: WaitingPlace) -> str:
    return f"/classes/w/{waiting_token(place)}/"


def offer(session: ClassSession) -> None:
    change_session(session=session, places=session.places + 1, actor=None)
    serve_waiting_lists()


# --- the timetable ------------------------------------------------------------------------------


def test_timetable_says_where_i_stand_and_not_how_many_wait(
    client: Browser, alice: Client, full: ClassSession
) -> None:
    empty = [text_of(client.get(page)) for page in ("/classes/", f"/classes/s/{full.pk}/")]
    assert "Full · waiting list" in empty[0]
    queue_up(full)
    for page, before in zip(("/classes/", f"/classes/s/{full.pk}/"), empty, strict=True):
        assert text_of(client.get(page)) == before
    place = queue_up(full, alice)
    client.force_login(alice.user)
    page = client.get("/classes/")
    assert "You're no. 2 on the waiting list" in text_of(page)
    assert address(place) in page.content.decode()
    offer(full)
    change_session(session=full, places=3, actor=None)
    serve_waiting_lists()
    assert "A place is yours to take" in text_of(client.get("/classes/"))


def test_timetable_by_time_of_day_and_date(
    client: Browser,
    yoga: Service,
    freja: Provider,
) -> None:
    run(yoga, freja, days=8)
    assert "Yoga basics" in text_of(client.get("/classes/?day=2025-11-12"))
    assert "17:30" in text_of(client.get("/classes/?day=2025-11-12&time=evening"))
    text = text_of(client.get("/classes/?day=2025-11-12&time=morning"))
    assert "No class fits these filters" in text
    assert "Filter (1)" in text


# --- several places -----------------------------------------------------------------------------


def test_guest_books_places_for_friends(client: Browser, yoga: Service, freja: Provider) -> None:
    session = run(yoga, freja, days=2, places=3)
    here = f"/classes/s/{session.pk}/"
    assert "Book 2 places" in text_of(client.get(f"{here}?places=1&to=2"))
    assert "€36.00" in text_of(client.get(f"{here}?places=2"))

    details = client.post(here, {"places": "2"})["Location"]
    review = client.post(details, GUEST)["Location"]
    page = client.get(review)
    assert "Yoga basics × 2" in text_of(page)
    assert client.post(review, last_button(client, review)).status_code == 302
    session.refresh_from_db()
    assert session.booked_places == 2
    assert Visit.objects.get().sale.total_minor == 3600


def test_more_places_than_are_left_or_allowed(
    client: Browser,
    yoga: Service,
    freja: Provider,
) -> None:
    Service.objects.filter(pk=yoga.pk).update(places_per_booking=3)
    session = run(yoga, freja, days=2, places=2)
    here = f"/classes/s/{session.pk}/"
    page = client.post(here, {"places": "3"})
    assert page.status_code == 409
    assert "Only 2 places are left." in text_of(page)
    assert 'value="2" min="1" max="2"' in page.content.decode()
    # Nonsense and more than one booking may have are what is possible.
    change_session(session=session, places=9, actor=None)
    for nonsense in ("99", "0", "x", ""):
        assert client.get(here, {"places": nonsense}).status_code == 200
    assert "Book 3 places" in text_of(client.get(here, {"places": "99"}))


def test_more_places_earn_more(client: Browser, yoga: Service, freja: Provider) -> None:
    turn_on("loyalty")
    EarningRuleFactory(service=yoga, points=20)
    session = run(yoga, freja, days=2)
    assert "Earns 60 points" in text_of(client.get(f"/classes/s/{session.pk}/?places=3"))


def test_the_stepper_swaps_itself_alone(client: Browser, yoga: Service, freja: Provider) -> None:
    session = run(yoga, freja, days=2)
    headers = {"HX-Request": "true", "HX-Target": "places"}
    page = client.get(f"/classes/s/{session.pk}/?to=3", headers=headers)
    assert page.content.decode().lstrip().startswith('<div id="places"')
    assert "€54.00" in text_of(page)


# --- joining ------------------------------------------------------------------------------------


def test_guest_joins_the_waiting_list_and_leaves_it(client: Browser, full: ClassSession) -> None:
    page = client.get(f"/classes/s/{full.pk}/")
    assert "Join waiting list" in text_of(page)
    sent = PERSON | {"form_token": hidden(page, "form_token"), "automatic": "on"}
    answer = client.post(f"/classes/s/{full.pk}/waiting/", sent)
    place = WaitingPlace.objects.get()
    assert answer["Location"] == TOLD
    assert (place.client.email, place.automatic) == (GUEST["email"], True)
    told = client.post(f"/classes/s/{full.pk}/waiting/", sent, follow=True)
    assert WaitingPlace.objects.get() == place
    words = text_of(told)
    assert "We have written to greta@example.test." in words
    assert "Yoga basics When Thu 6 Nov" in words
    assert address(place) not in told.content.decode()
    assert told["Cache-Control"] == "no-store, private"

    mine = client.get(address(place))
    assert "You're no. 1 on the waiting list" in text_of(mine)
    assert mine["Referrer-Policy"] == "strict-origin"
    assert client.post(address(place), {"action": "leave"}).status_code == 302
    assert "You left the waiting list" in text_of(client.get(address(place)))


def test_who_joined_nothing_is_told_nothing(client: Browser) -> None:
    assert client.get(TOLD)["Location"] == "/classes/"
    assert client.post(TOLD).status_code == 405


def test_client_joins_without_typing(client: Browser, alice: Client, full: ClassSession) -> None:
    client.force_login(alice.user)
    page = client.get(f"/classes/s/{full.pk}/")
    assert alice.email in text_of(page)
    client.post(f"/classes/s/{full.pk}/waiting/", {"form_token": hidden(page, "form_token")})
    assert WaitingPlace.objects.get().client == alice
    assert "See your place" in text_of(client.get(f"/classes/s/{full.pk}/"))


def test_joining_says_what_is_missing_and_keeps_what_was_typed(
    client: Browser, full: ClassSession
) -> None:
    page = client.post(f"/classes/s/{full.pk}/waiting/", {"first_name": "Greta"})
    assert page.status_code == 422
    body = page.content.decode()
    assert body.index("There is a problem") < body.index('class="back"')
    assert "Enter your e-mail address" in text_of(page)
    assert 'value="Greta"' in page.content.decode()
    assert not WaitingPlace.objects.exists()


def test_joining_what_has_room_leads_to_booking(
    client: Browser,
    yoga: Service,
    freja: Provider,
) -> None:
    session = run(yoga, freja, days=2)
    page = client.post(
        f"/classes/s/{session.pk}/waiting/", PERSON | {"form_token": new_form_token()}
    )
    assert page.status_code == 422
    assert "Book a place" in text_of(page)


def test_joining_a_class_that_is_gone(client: Browser, full: ClassSession) -> None:
    Service.objects.update(online=False)
    assert client.post(f"/classes/s/{full.pk}/waiting/").status_code == 410
    assert client.post("/classes/s/999999/waiting/").status_code == 404
    assert client.get(f"/classes/s/{full.pk}/waiting/").status_code == 405


def test_many_joins_from_one_address_are_too_many(client: Browser, full: ClassSession) -> None:
    answers = [
        client.post(f"/classes/s/{full.pk}/waiting/", PERSON | {"form_token": new_form_token()})
        for _ in range(21)
    ]
    assert [each.status_code for each in answers[:20]] == [302] * 20
    assert "Too many attempts" in text_of(answers[20])


# --- the offer ----------------------------------------------------------------------------------


def test_looking_at_an_offer_takes_nothing_and_the_button_does(
    client: Browser, full: ClassSession
) -> None:
    place = queue_up(full)
    offer(full)
    page = client.get(address(place))
    assert "This place is yours until" in text_of(page)
    assert client.head(address(place)).status_code == 200
    full.refresh_from_db()
    assert (full.booked_places, full.offered_places) == (1, 1)

    answer = client.post(address(place), {"action": "take"})

    assert re.match(r"/booking/\w+/\?k=", answer["Location"])
    assert client.post(address(place), {"action": "take"})["Location"] == answer["Location"]
    full.refresh_from_db()
    assert (full.booked_places, full.offered_places) == (2, 0)
    assert "You're booked" in text_of(client.get(address(place)))


def test_an_offer_is_paid_with_own_gift_cards(
    client: Browser, alice: Client, full: ClassSession
) -> None:
    card, others = give_card(alice, 1000), give_card(ClientFactory(), 1000)
    place = queue_up(full, alice)
    offer(full)
    assert card.last_four not in text_of(client.get(address(place)))
    client.force_login(alice.user)
    assert f"Gift card …{card.last_four}" in text_of(client.get(address(place)))
    client.post(address(place), {"action": "take", "card": [card.token, others.token]})
    place.refresh_from_db()
    assert place.visit is not None
    assert place.visit.sale.paid_minor == 1000
    others.refresh_from_db()
    assert others.balance == 1000


def test_a_declined_offer_goes_on(client: Browser, full: ClassSession) -> None:
    first, second = queue_up(full), queue_up(full)
    offer(full)
    client.post(address(first), {"action": "leave"})
    serve_waiting_lists()
    second.refresh_from_db()
    assert second.state == "offered"


def test_an_offer_that_ran_out_says_so_and_lets_one_stay(
    client: Browser, full: ClassSession, clock: Clock
) -> None:
    place = queue_up(full)
    offer(full)
    clock.advance(hours=2)
    page = client.post(address(place), {"action": "take"})
    assert page.status_code == 409
    assert "This offer has ended" in text_of(page)
    serve_waiting_lists()
    take_place(full, ClientFactory())
    page = client.get(address(place))
    assert "Stay on the list" in text_of(page)
    answer = client.post(
        address(place), {"action": "stay", "form_token": hidden(page, "form_token")}
    )
    again = WaitingPlace.objects.exclude(pk=place.pk).get()
    assert answer["Location"] == address(again)


def test_a_cancelled_class_says_so(client: Browser, full: ClassSession) -> None:
    place = queue_up(full)
    cancel_session(session=full, actor=None)
    assert "This class is cancelled" in text_of(client.get(address(place)))


def test_a_price_that_changed_is_told_and_nothing_is_booked(
    client: Browser, full: ClassSession
) -> None:
    """The page computes it anew; what was agreed to is what the button says."""
    place = queue_up(full)
    offer(full)
    assert client.post(address(place), {"action": "buy"}).status_code == 422
    assert not Visit.objects.filter(client=place.client).exists()


@pytest.mark.parametrize("token", ["1-abc", "x", "1", "0-", "9" * 400])
def test_a_wrong_link_opens_nothing(client: Browser, full: ClassSession, token: str) -> None:
    queue_up(full)
    assert client.get(f"/classes/w/{token}/").status_code == 404
    assert client.post(f"/classes/w/{token}/", {"action": "take"}).status_code == 404


# --- a day without times ------------------------------------------------------------------------


def test_guest_waits_for_a_day_and_takes_the_time(client: Browser) -> None:
    service = massage()
    sunday = dt.date(2025, 11, 9)
    fill_the_day(sunday, *service.providers.all())
    times = client.get(f"/book/{service.slug}/times/?with=any&day={sunday}")
    link = f"/book/{service.slug}/waiting/?day={sunday}"
    assert link in times.content.decode()
    page = client.get(link)
    assert "Tell me if something opens" in text_of(page)
    sent = PERSON | {"form_token": hidden(page, "form_token")}
    answer = client.post(link, sent)
    place = WaitingPlace.objects.get()
    assert answer["Location"] == TOLD
    assert "Sunday 9 November" in text_of(client.get(TOLD))
    assert (place.day, place.service, place.provider) == (sunday, service, None)
    assert "Sunday 9 November" in text_of(client.get(address(place)))

    person = service.providers.get(name="Jonas")
    DateHours.objects.create(provider=person, day=sunday, starts=dt.time(15), ends=dt.time(16))
    serve_waiting_lists()

    page = client.get(address(place))
    assert "This time is yours until" in text_of(page)
    assert "Jonas" in text_of(page)
    assert client.post(address(place), {"action": "take"}).status_code == 302
    visit = Visit.objects.get()
    assert visit.bookings.get().provider == person
    cancel_visit(visit=visit, actor=None)


def test_waiting_for_a_day_that_has_times_or_is_over(client: Browser) -> None:
    service = massage()
    free = f"/book/{service.slug}/waiting/?day=2025-11-06"
    page = client.post(free, PERSON | {"form_token": new_form_token()})
    assert page.status_code == 409
    assert "There is room" in text_of(page)
    past = client.get(f"/book/{service.slug}/waiting/?day=2025-11-01")
    assert "It is too late to wait for this day." in text_of(past)
    assert client.get(f"/book/{service.slug}/waiting/").status_code == 302


@pytest.mark.parametrize("day", ["2026-03-06", "9999-12-31"])
def test_a_day_too_far_ahead_says_when_its_bookings_open(client: Browser, day: str) -> None:
    service = massage(horizon_days=30)
    link = f"/book/{service.slug}/waiting/?day={day}"
    page = client.get(link)
    assert "too late" not in text_of(page)
    assert "too far ahead" in text_of(page)
    assert f"/book/{service.slug}/times/?day=2025-12-04" in page.content.decode()
    answer = client.post(link, PERSON | {"form_token": new_form_token()})
    assert answer.status_code == 409
    assert "too late" not in text_of(answer)
    assert not WaitingPlace.objects.exists()
    times = client.get(f"/book/{service.slug}/times/?day={day}").content.decode()
    assert 'aria-current="true"' in times
    assert 'max="2025-12-04"' in times
    assert "open on 4 Feb 2026." in text_of(
        client.get(f"/book/{service.slug}/waiting/?day=2026-03-06")
    )
