"""The waiting list of a session: joining, offers in order, claims, and what runs out."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models.signals import pre_save

from bookings.errors import (
    AlreadyBooked,
    AlreadyWaiting,
    NotOffered,
    OfferGone,
    SessionFull,
    SessionOver,
    StillFree,
    TooManyPlaces,
    WaitingOver,
    WaitingUnknown,
)
from bookings.models import ClassSession, Source, Visit, WaitingPlace
from bookings.sessions import create_session
from bookings.waiting import (
    find_waiting_place,
    forget_old_waiting_places,
    position_of,
    waiting_by_session,
    waiting_token,
)
from business.models import Business
from catalogue.archive import archive_service
from catalogue.models import Service
from clients.models import Client
from clients.people import erase_personal_data
from foundation.audit import load_checks
from foundation.errors import FormAlreadyUsed
from foundation.form_tokens import new_form_token
from notifications.models import Message
from sales.class_sessions import cancel_session, change_session
from sales.errors import CardBalanceChanged, WhoIsComing
from sales.offers import offer_places, serve_waiting_lists
from sales.visits import cancel_visit
from sales.waiting import leave_waiting_list, take_waiting_place, wait_for_session
from tests.conftest import Clock
from tests.factories import ClientFactory, give_card
from tests.sales.test_visits import GUEST, place

pytestmark = pytest.mark.django_db

MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def full(yoga: ClassSession, alice: Client) -> Visit:
    """Both places of the class are Alice's; it begins in 47 hours."""
    return place(alice, yoga, places=2)


def wait(session: ClassSession, client: Client | None = None, **fields: Any) -> WaitingPlace:
    """Without a client or a guest somebody new."""
    return wait_for_session(
        **{
            "client": client if client or fields.get("guest") else ClientFactory(),
            "guest": None,
            "session": session,
            "form_token": new_form_token(),
            "actor": None,
            **fields,
        }
    )


def states(*places: WaitingPlace) -> list[str]:
    return [WaitingPlace.objects.get(pk=each.pk).state for each in places]


def fresh(place: WaitingPlace) -> WaitingPlace:
    return WaitingPlace.objects.get(pk=place.pk)


def told(kind: str) -> list[int]:
    mails = Message.objects.filter(kind=kind).order_by("pk")
    return [mail.subjects["waiting_place"] for mail in mails]


def violations() -> list[str]:
    return [f"{name}: {line}" for name, run in load_checks().items() for line in run().violations]


# --- joining and leaving ------------------------------------------------------------------------


def test_who_joins_stands_last_and_is_told(bob: Client, yoga: ClassSession, full: Visit) -> None:
    first = wait(yoga, bob)
    second = wait(yoga, guest=GUEST, places=2, automatic=True)

    assert [position_of(first), position_of(second)] == [1, 2]
    assert (second.client.email, second.places, second.automatic) == (GUEST.email, 2, True)
    assert (first.day, first.service, first.provider) == (
        dt.date(2025, 11, 6),
        yoga.service,
        yoga.provider,
    )
    assert told("waiting_joined") == [first.pk, second.pk]
    assert waiting_by_session([yoga.pk]) == {yoga.pk: 2}


def test_one_form_joins_once(bob: Client, yoga: ClassSession, full: Visit) -> None:
    token = new_form_token()
    assert wait(yoga, bob, form_token=token) == wait(yoga, bob, form_token=token)
    with pytest.raises(FormAlreadyUsed):
        wait(yoga, bob, form_token=token, places=2)


def test_there_is_nothing_to_wait_for_while_there_is_room(bob: Client, yoga: ClassSession) -> None:
    with pytest.raises(StillFree):
        wait(yoga, bob)
    place(ClientFactory(), yoga)
    assert wait(yoga, bob, places=2).places == 2


def test_joining_refusals(
    alice: Client, bob: Client, yoga: ClassSession, full: Visit, clock: Clock
) -> None:
    wait(yoga, bob)
    with pytest.raises(AlreadyWaiting):
        wait(yoga, bob)
    with pytest.raises(AlreadyBooked):
        wait(yoga, alice)
    with pytest.raises(WhoIsComing):
        wait_for_session(
            client=None, guest=None, session=yoga, form_token=new_form_token(), actor=None
        )
    with pytest.raises(TooManyPlaces):
        wait(yoga, places=3)
    with pytest.raises(TooManyPlaces):
        wait(yoga, places=0)
    Business.objects.update(waiting_cutoff_minutes=120)
    clock.move_to(yoga.starts_at - 120 * MINUTE)
    with pytest.raises(WaitingOver):
        wait(yoga)
    clock.move_to(yoga.starts_at)
    with pytest.raises(SessionOver):
        wait(yoga)
    archive_service(service=yoga.service, actor=None)
    clock.move_to(clock.START)
    with pytest.raises(NotOffered):
        wait(yoga)


def test_the_website_books_as_many_places_as_the_class_allows(yoga: ClassSession) -> None:
    Service.objects.filter(pk=yoga.service_id).update(places_per_booking=1)
    with pytest.raises(TooManyPlaces):
        place(ClientFactory(), yoga, places=2)
    assert place(ClientFactory(), yoga, places=2, source=Source.DESK)


def test_the_database_lets_nobody_stand_twice(bob: Client, yoga: ClassSession, full: Visit) -> None:
    again = wait(yoga, bob)
    again.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        again.save(force_insert=True)


def test_who_leaves_makes_room_and_may_join_again_at_the_end(
    bob: Client, yoga: ClassSession, full: Visit
) -> None:
    first, second = wait(yoga, bob), wait(yoga)
    leave_waiting_list(place=first, actor=None)
    assert leave_waiting_list(place=first, actor=None).state == "left"
    assert (position_of(fresh(first)), position_of(second)) == (0, 1)
    assert position_of(wait(yoga, bob)) == 2


# --- offers --------------------------------------------------------------------------------------


def test_the_first_whose_places_fit_is_offered_them(
    yoga: ClassSession, full: Visit, clock: Clock
) -> None:
    """One place of two becomes free: who wants two waits on, who wants one is next."""
    two, one, next_one = wait(yoga, places=2), wait(yoga), wait(yoga)
    ClassSession.objects.filter(pk=yoga.pk).update(places=3)

    offer_places(session_id=yoga.pk)
    offer_places(session_id=yoga.pk)

    assert states(two, one, next_one) == ["waiting", "offered", "waiting"]
    assert fresh(one).offered_until == clock.now + dt.timedelta(hours=2)
    yoga.refresh_from_db()
    assert (yoga.offered_places, yoga.places_left) == (1, 0)
    assert told("waiting_offer") == [one.pk]
    assert violations() == []


def test_an_offered_place_is_nobody_else_s(yoga: ClassSession, full: Visit) -> None:
    wait(yoga)
    cancel_visit(visit=full, actor=None)
    offer_places(session_id=yoga.pk)
    place(ClientFactory(), yoga)
    with pytest.raises(SessionFull):
        place(ClientFactory(), yoga)
    with pytest.raises(SessionFull):
        place(ClientFactory(), yoga, source=Source.DESK)


@pytest.mark.parametrize(("hours_before", "minutes"), [(24.1, 120), (24, 30), (3, 30), (2.01, 30)])
def test_an_offer_stands_half_an_hour_and_two_hours_if_it_is_far(
    yoga: ClassSession, full: Visit, clock: Clock, hours_before: float, minutes: int
) -> None:
    waiting = wait(yoga)
    cancel_visit(visit=full, actor=None)
    now = clock.move_to(yoga.starts_at - dt.timedelta(hours=hours_before))
    offer_places(session_id=yoga.pk)
    assert fresh(waiting).offered_until == now + minutes * MINUTE


def test_without_a_cut_off_an_offer_ends_when_the_class_begins(
    yoga: ClassSession, full: Visit, clock: Clock
) -> None:
    Business.objects.update(waiting_cutoff_minutes=0)
    waiting = wait(yoga)
    cancel_visit(visit=full, actor=None)
    clock.move_to(yoga.starts_at - 10 * MINUTE)
    offer_places(session_id=yoga.pk)
    assert fresh(waiting).offered_until == yoga.starts_at


def test_inside_the_cut_off_nobody_is_offered_anything_and_the_line_ends(
    yoga: ClassSession, full: Visit, clock: Clock
) -> None:
    waiting = wait(yoga)
    clock.move_to(yoga.starts_at - 120 * MINUTE)
    cancel_visit(visit=full, actor=None)

    serve_waiting_lists()

    assert states(waiting) == ["over"]
    assert (told("waiting_offer"), told("waiting_over")) == ([], [waiting.pk])
    assert place(ClientFactory(), yoga)


def test_an_offer_made_before_the_cut_off_stands_until_its_hour(
    yoga: ClassSession, full: Visit, clock: Clock
) -> None:
    waiting = wait(yoga)
    cancel_visit(visit=full, actor=None)
    clock.move_to(yoga.starts_at - 125 * MINUTE)
    serve_waiting_lists()
    clock.advance(minutes=10)
    serve_waiting_lists()
    assert states(waiting) == ["offered"]
    assert take_waiting_place(place=waiting, actor=None)


def test_an_offer_that_runs_out_passes_to_the_next(
    yoga: ClassSession, full: Visit, clock: Clock
) -> None:
    first, second = wait(yoga, places=2), wait(yoga, places=2)
    cancel_visit(visit=full, actor=None)
    serve_waiting_lists()
    clock.advance(hours=2)
    serve_waiting_lists()

    assert states(first, second) == ["passed", "offered"]
    assert told("waiting_offer") == [first.pk, second.pk]
    yoga.refresh_from_db()
    assert yoga.offered_places == 2
    with pytest.raises(OfferGone):
        take_waiting_place(place=first, actor=None)
    assert violations() == []


def test_a_declined_offer_goes_to_the_next(yoga: ClassSession, full: Visit) -> None:
    first, second = wait(yoga), wait(yoga)
    cancel_visit(visit=full, actor=None)
    ClassSession.objects.filter(pk=yoga.pk).update(places=1)
    serve_waiting_lists()
    leave_waiting_list(place=first, actor=None)
    serve_waiting_lists()
    assert states(first, second) == ["left", "offered"]


def test_a_larger_session_is_offered_to_the_line(yoga: ClassSession, full: Visit) -> None:
    waiting = wait(yoga)
    change_session(session=yoga, places=3, actor=None)
    serve_waiting_lists()
    assert states(waiting) == ["offered"]


def test_a_class_taken_off_the_website_ends_its_lines(yoga: ClassSession, full: Visit) -> None:
    waiting = wait(yoga)
    Service.objects.filter(pk=yoga.service_id).update(online=False)
    serve_waiting_lists()
    assert states(waiting) == ["over"]


def test_an_erased_client_leaves_the_line(yoga: ClassSession, full: Visit) -> None:
    first, second = wait(yoga), wait(yoga)
    erase_personal_data(client=first.client, actor=None)
    change_session(session=yoga, places=3, actor=None)
    serve_waiting_lists()
    assert states(first, second) == ["left", "offered"]


def test_what_goes_wrong_with_one_line_stops_no_other(
    yoga: ClassSession, full: Visit, caplog: pytest.LogCaptureFixture
) -> None:
    later = create_session(
        service=yoga.service,
        provider=yoga.provider,
        starts_at=yoga.starts_at + dt.timedelta(days=1),
        places=1,
        actor=None,
    )
    place(ClientFactory(), later)
    first, second = wait(yoga), wait(later)
    ClassSession.objects.filter(pk=later.pk).update(places=2)
    ClassSession.objects.filter(pk=yoga.pk).update(places=3)

    def disk_full(instance: WaitingPlace, **_kwargs: object) -> None:
        if instance.pk == first.pk:
            raise OSError("no space left on device")

    pre_save.connect(disk_full, sender=WaitingPlace)
    try:
        serve_waiting_lists()
    finally:
        pre_save.disconnect(disk_full, sender=WaitingPlace)

    assert states(first, second) == ["waiting", "offered"]
    assert "could not be served" in caplog.text
    serve_waiting_lists()
    assert states(first, second) == ["offered", "offered"]


# --- taking -------------------------------------------------------------------------------------


def test_who_takes_the_offer_has_booked(bob: Client, yoga: ClassSession, full: Visit) -> None:
    card = give_card(bob, 1000)
    waiting = wait(yoga, bob, places=2)
    cancel_visit(visit=full, actor=None)
    serve_waiting_lists()

    visit = take_waiting_place(
        place=waiting,
        actor=bob.user,
        card_ids=(card.pk,),
        expected_card_minor=1000,
        expected_total_minor=3600,
    )

    booking = visit.bookings.get()
    assert (visit.client, booking.places, booking.price_minor) == (bob, 2, 3600)
    assert (fresh(waiting).state, fresh(waiting).visit) == ("taken", visit)
    yoga.refresh_from_db()
    assert (yoga.booked_places, yoga.offered_places) == (2, 0)
    assert take_waiting_place(place=waiting, actor=None) == visit
    assert Visit.objects.count() == 2
    assert leave_waiting_list(place=waiting, actor=None).state == "taken"
    assert violations() == []


def test_nothing_was_offered_yet(yoga: ClassSession, full: Visit) -> None:
    with pytest.raises(OfferGone):
        take_waiting_place(place=wait(yoga), actor=None)


def test_a_refused_claim_keeps_its_offer(bob: Client, yoga: ClassSession, full: Visit) -> None:
    waiting = wait(yoga, bob)
    cancel_visit(visit=full, actor=None)
    serve_waiting_lists()
    with pytest.raises(CardBalanceChanged):
        take_waiting_place(place=waiting, actor=None, expected_card_minor=500)
    assert states(waiting) == ["offered"]
    yoga.refresh_from_db()
    assert (yoga.booked_places, yoga.offered_places) == (0, 1)


def test_who_asked_for_it_is_booked_at_once(bob: Client, yoga: ClassSession, full: Visit) -> None:
    waiting = wait(yoga, bob, automatic=True)
    cancel_visit(visit=full, actor=None)

    serve_waiting_lists()

    assert states(waiting) == ["taken"]
    assert told("waiting_offer") == []
    assert Message.objects.filter(kind="visit_booked", client=bob).count() == 1
    assert violations() == []


def test_twelve_hours_before_nobody_is_booked_without_being_asked(
    bob: Client, yoga: ClassSession, full: Visit, clock: Clock
) -> None:
    waiting = wait(yoga, bob, automatic=True)
    cancel_visit(visit=full, actor=None)
    clock.move_to(yoga.starts_at - dt.timedelta(hours=12))
    serve_waiting_lists()
    assert states(waiting) == ["offered"]
    assert told("waiting_offer") == [waiting.pk]


def test_an_automatic_offer_that_a_crash_left_behind_is_taken_by_the_next_run(
    bob: Client, yoga: ClassSession, full: Visit, clock: Clock
) -> None:
    waiting = wait(yoga, bob, automatic=True)
    cancel_visit(visit=full, actor=None)
    WaitingPlace.objects.filter(pk=waiting.pk).update(
        state="offered", offered_until=clock.now + 30 * MINUTE
    )
    ClassSession.objects.filter(pk=yoga.pk).update(offered_places=1)

    serve_waiting_lists()

    assert states(waiting) == ["taken"]


def test_who_cannot_be_booked_automatically_lets_the_next_have_it(
    bob: Client, yoga: ClassSession, full: Visit
) -> None:
    """Bob has booked at the desk meanwhile."""
    first, second = wait(yoga, bob, automatic=True), wait(yoga, automatic=True)
    change_session(session=yoga, places=3, actor=None)
    place(bob, yoga, source=Source.DESK)
    change_session(session=yoga, places=4, actor=None)

    serve_waiting_lists()
    serve_waiting_lists()

    assert states(first, second) == ["passed", "taken"]
    assert violations() == []


def test_cancelling_the_class_ends_offers_too(yoga: ClassSession, full: Visit) -> None:
    first, second = wait(yoga), wait(yoga, places=2)
    change_session(session=yoga, places=3, actor=None)
    serve_waiting_lists()
    cancel_session(session=yoga, actor=None)
    assert states(first, second) == ["over", "over"]
    assert told("waiting_over") == [first.pk, second.pk]
    with pytest.raises(OfferGone):
        take_waiting_place(place=first, actor=None)
    assert violations() == []


# --- the link, and forgetting --------------------------------------------------------------------


def test_the_link_opens_its_own_place_and_no_other(yoga: ClassSession, full: Visit) -> None:
    first, second = wait(yoga), wait(yoga)
    token = waiting_token(first)
    assert find_waiting_place(token) == first
    other = f"{second.pk}-{token.partition('-')[2]}"
    for wrong in (other, token[:-1], f"{first.pk}", f"{first.pk}-", "x-y", "٣-y", f"{10**30}-y"):
        with pytest.raises(WaitingUnknown):
            find_waiting_place(wrong)
    erase_personal_data(client=first.client, actor=None)
    with pytest.raises(WaitingUnknown):
        find_waiting_place(token)


def test_places_in_line_are_forgotten_two_weeks_after_their_day(
    yoga: ClassSession, full: Visit, clock: Clock
) -> None:
    left, waiting = wait(yoga), wait(yoga)
    leave_waiting_list(place=left, actor=None)
    clock.move_to(yoga.starts_at + dt.timedelta(days=14))
    assert forget_old_waiting_places() == 0
    clock.advance(days=1)
    assert forget_old_waiting_places() == 1
    assert list(WaitingPlace.objects.all()) == [waiting]
