"""Twenty posts at once on class sessions, weekly classes and the lines for them."""

from __future__ import annotations

import datetime as dt

import pytest
from django.urls import reverse

from bookings.models import (
    ClassSession,
    SessionRule,
    Visit,
    WaitingPlace,
)
from bookings.waiting import waiting_token
from business.profile import get_business
from giftcards.models import GiftCard
from sales.class_sessions import change_session
from tests.factories import (
    ClassServiceFactory,
    ProviderFactory,
    ServiceFactory,
    fill_the_day,
)
from tests.live.classes import in_line, next_to_one_place, offered, under_way, weekly
from tests.live.rivals import RIVALS, same_place, statuses, together
from tests.live.salon import DAYS_AHEAD, Salon, workday

pytestmark = [
    pytest.mark.postgres_only,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
]


def test_a_session_added_twenty_times_is_one_session(salon: Salon) -> None:
    yoga = ClassServiceFactory(providers=[ProviderFactory()])
    desk, path = salon.desk(), reverse("admin:bookings_classsession_add")
    starts_at = workday(DAYS_AHEAD, 14)
    words = {
        "service": yoga.pk,
        "provider": yoga.providers.get().pk,
        "day": starts_at.date().isoformat(),
        "time": "14:00",
        "places": "",
    }

    answers = together([desk.press(path, **desk.form(path, "day") | words)] * RIVALS)

    assert statuses(answers) == {302: 1, 409: RIVALS - 1}
    assert ClassSession.objects.filter(service=yoga).count() == 1


def test_one_join_sent_twenty_times_is_one_place_in_line(salon: Salon) -> None:
    session, _client = next_to_one_place(salon)
    visitor = salon.visitor(salon.client())
    path = reverse("website:wait_for_place", args=[session.pk])
    page = reverse("website:session", args=[session.pk])

    answers = together([visitor.press(path, **visitor.form(page, "form_token"))] * RIVALS)

    same_place(answers)
    assert WaitingPlace.objects.filter(session=session).count() == 1


def test_one_join_for_a_day_is_one_place_in_line(salon: Salon) -> None:
    service = ServiceFactory(providers=[ProviderFactory(hours=[])])
    fill_the_day(workday(DAYS_AHEAD).date(), service.providers.get())
    visitor = salon.visitor(salon.client())
    path = reverse("website:wait_for_time", args=[service.slug])
    path = f"{path}?day={workday(DAYS_AHEAD).date()}"

    answers = together([visitor.press(path, **visitor.form(path, "form_token"))] * RIVALS)

    same_place(answers)
    assert WaitingPlace.objects.filter(service=service).count() == 1


def test_an_offer_taken_twenty_times_is_one_visit(salon: Salon) -> None:
    place, visitor = offered(salon)
    path = reverse("website:waiting_place", args=[waiting_token(place)])

    answers = together([visitor.press(path, **visitor.token(path), action="take")] * RIVALS)

    same_place(answers)
    assert Visit.objects.filter(client=place.client).count() == 1


def test_an_offer_is_taken_and_declined_at_once(salon: Salon) -> None:
    place, visitor = offered(salon)
    path = reverse("website:waiting_place", args=[waiting_token(place)])
    token = visitor.token(path)
    presses = [visitor.press(path, **token, action=act) for act in ("take", "leave")]

    answers = together(presses * (RIVALS // 2))

    assert set(statuses(answers)) <= {302, 409}
    place.refresh_from_db()
    assert Visit.objects.filter(client=place.client).count() == (place.state == "taken")


def test_a_class_cancelled_twenty_times_is_refunded_once(salon: Salon) -> None:
    session, client = next_to_one_place(salon)
    desk, path = salon.desk(), reverse("backoffice:session-cancel", args=[session.pk])

    answers = together([desk.press(path, **desk.form(path, "seen"))] * RIVALS)

    assert same_place(answers) == reverse("backoffice:session", args=[session.pk])
    card = GiftCard.objects.get(owner=client)
    assert (card.balance, card.entries.count()) == (1800, 3)


def test_a_class_moved_twenty_times_is_moved_once(salon: Salon) -> None:
    session, client = next_to_one_place(salon)
    desk, path = salon.desk(), reverse("backoffice:session-change", args=[session.pk])
    later = session.starts_at + dt.timedelta(hours=2)
    words = {
        "day": later.date().isoformat(),
        "time": later.astimezone(get_business().zone).strftime("%H:%M"),
        "provider": session.provider_id,
        "places": 5,
    }

    answers = together([desk.press(path, **desk.token(path), **words)] * RIVALS)

    same_place(answers)
    visit = Visit.objects.get(client=client)
    assert (visit.starts_at, visit.calendar_sequence) == (later, 1)


def test_somebody_checked_in_twenty_times_has_arrived(salon: Salon) -> None:
    session, booking = under_way(salon)
    desk, path = salon.desk(), reverse("backoffice:session-check-in", args=[session.pk])
    page = reverse("backoffice:session", args=[session.pk])
    words = desk.token(page) | {"booking": booking.pk, "arrived": "yes"}

    answers = together([desk.press(path, **words)] * RIVALS)

    assert same_place(answers) == page
    booking.refresh_from_db()
    assert (booking.status, booking.status_changed_by) == ("arrived", salon.owner)


def test_a_place_offered_twenty_times_is_offered_once(salon: Salon) -> None:
    session, _client = next_to_one_place(salon)
    first, _visitor = in_line(salon, session)
    second, _visitor = in_line(salon, session)
    change_session(session=session, places=2, actor=None)
    desk, path = salon.desk(), reverse("backoffice:session-offer", args=[session.pk])
    page = reverse("backoffice:session", args=[session.pk])

    answers = together([desk.press(path, **desk.token(page))] * RIVALS)

    assert same_place(answers) == page
    states = [WaitingPlace.objects.get(pk=each.pk).state for each in (first, second)]
    assert states == ["offered", "waiting"]
    session.refresh_from_db()
    assert session.offered_places == 1


def test_a_weekly_class_added_twenty_times_is_one(salon: Salon) -> None:
    yoga = ClassServiceFactory(providers=[ProviderFactory()])
    desk, path = salon.desk(), reverse("admin:bookings_sessionrule_add")
    words = {
        "service": yoga.pk,
        "provider": yoga.providers.get().pk,
        "starts": "18:00",
        "first_day": workday(DAYS_AHEAD).date().isoformat(),
        "last_day": "",
        "every_weeks": "1",
        "places": "",
    }

    answers = together([desk.press(path, **desk.form(path, "first_day") | words)] * RIVALS)

    assert statuses(answers) == {302: RIVALS}
    assert SessionRule.objects.filter(service=yoga).count() == 1


def test_a_weekly_class_changed_twenty_times_is_two(salon: Salon) -> None:
    rule = weekly(salon)
    day = rule.first_day + dt.timedelta(weeks=1)
    desk, path = salon.desk(), reverse("backoffice:session-rule-change", args=[rule.pk])
    words = {
        "from_day": day.isoformat(),
        "weekday": day.weekday(),
        "starts": "19:00",
        "provider": rule.provider_id,
        "places": 7,
    }

    answers = together([desk.press(path, **desk.token(path), **words)] * RIVALS)

    # The others' date is no date of the old class any more, when their form is read or later.
    told = statuses(answers)
    assert told.pop(302) == 1
    assert set(told) <= {409, 422}
    assert SessionRule.objects.filter(service=rule.service).count() == 2


def test_a_weekly_class_ended_twenty_times_has_ended(salon: Salon) -> None:
    rule = weekly(salon)
    desk, path = salon.desk(), reverse("backoffice:session-rule-stop", args=[rule.pk])
    words = {"last_day": rule.first_day.isoformat()}

    answers = together([desk.press(path, **desk.token(path), **words)] * RIVALS)

    assert statuses(answers) == {302: RIVALS}
    assert rule.sessions.filter(cancelled_at__isnull=True).count() == 1
