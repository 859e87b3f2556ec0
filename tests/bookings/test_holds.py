from __future__ import annotations

import datetime as dt

import pytest

from bookings.errors import (
    HoldAtItsEnd,
    HoldGone,
    NotOffered,
    OutsideHours,
    SessionFull,
    SessionOver,
    SlotTaken,
)
from bookings.holds import (
    booked_ref,
    extend_hold,
    find_hold,
    forget_old_holds,
    is_live,
    place_hold,
    place_session_hold,
    release_hold,
    renew_hold,
    save_details,
)
from bookings.lines import Line
from bookings.models import ClassSession, Hold, Occupation, OccupationKind, Source, Visit
from bookings.scheduling import schedule_place, schedule_visit
from bookings.tasks import forget_old_holds as forget_task
from catalogue.archive import archive_service
from catalogue.models import Provider, Service
from clients.models import Client
from tests.bookings.conftest import at
from tests.factories import ServiceFactory

pytestmark = pytest.mark.django_db

TEN_MINUTES = dt.timedelta(minutes=10)


def book(
    client: Client,
    service: Service,
    starts_at: dt.datetime,
    provider: Provider | None = None,
    **options,
) -> Visit:
    return schedule_visit(
        **{"client": client, "lines": [Line(service, provider)], "starts_at": starts_at}
        | {"source": Source.ONLINE, "note": "", "actor": None}
        | options
    )


def taken() -> list[tuple[str, str, dt.datetime, dt.datetime]]:
    rows = Occupation.objects.order_by("starts_at").select_related("provider")
    return [(row.kind, row.provider.name, row.starts_at, row.ends_at) for row in rows]


# --- placing ----------------------------------------------------------------------------------


def test_place_hold_takes_the_time_with_its_buffers(freja, alice, clock):
    colour = ServiceFactory(buffer_before=10, buffer_after=20, providers=[freja])

    hold = place_hold(
        lines=[Line(colour, freja)], starts_at=at(10), user=alice.user, details={"note": "Hi"}
    )

    assert taken() == [("hold", "Freja", at(9, 50), at(11, 20))]
    assert (hold.starts_at, hold.ends_at, hold.provider) == (at(10), at(11), freja)
    assert (hold.user, hold.details, hold.any_provider) == (alice.user, {"note": "Hi"}, False)
    assert hold.expires_at == clock.now + TEN_MINUTES
    assert find_hold(hold.token) == hold
    assert is_live(hold)


def test_place_hold_for_anyone_tries_the_next_who_is_free(massage, freja, ville):
    first = place_hold(lines=[Line(massage)], starts_at=at(10))
    second = place_hold(lines=[Line(massage)], starts_at=at(10))

    assert (first.provider, second.provider) == (freja, ville)
    assert first.any_provider
    with pytest.raises(SlotTaken) as error:
        place_hold(lines=[Line(massage)], starts_at=at(10))
    assert [slot.starts_at for slot in error.value.nearest] == [at(9), at(11), at(11, 15)]
    assert Hold.objects.count() == 2


def test_place_hold_follows_the_rules(haircut, freja):
    with pytest.raises(OutsideHours):
        place_hold(lines=[Line(haircut, freja)], starts_at=at(8))
    assert taken() == []


def test_an_expired_hold_gives_way_and_keeps_what_was_typed(haircut, freja, clock):
    old = place_hold(lines=[Line(haircut, freja)], starts_at=at(10), details={"name": "Bo"})
    clock.advance(minutes=10)

    new = place_hold(lines=[Line(haircut, freja)], starts_at=at(10, 30))

    assert taken() == [("hold", "Freja", at(10, 30), at(11, 30))]
    assert Occupation.objects.get().hold == new
    old = find_hold(old.token)
    assert old.details == {"name": "Bo"}
    assert not is_live(old)


def test_a_new_choice_replaces_the_visitor_s_own_hold(haircut, freja):
    """Going back and choosing a time that overlaps the first must not fail on oneself."""
    first = place_hold(lines=[Line(haircut, freja)], starts_at=at(10), details={"name": "Bo"})

    second = place_hold(lines=[Line(haircut, freja)], starts_at=at(10, 30), replacing=first)

    assert taken() == [("hold", "Freja", at(10, 30), at(11, 30))]
    assert second.details == {"name": "Bo"}
    assert list(Hold.objects.all()) == [second]


def test_a_new_choice_that_fails_leaves_the_old_hold(haircut, freja):
    first = place_hold(lines=[Line(haircut, freja)], starts_at=at(10))
    place_hold(lines=[Line(haircut, freja)], starts_at=at(11))

    with pytest.raises(SlotTaken):
        place_hold(lines=[Line(haircut, freja)], starts_at=at(10, 30), replacing=first)

    assert taken()[0] == ("hold", "Freja", at(10), at(11))
    assert is_live(find_hold(first.token))


# --- longer, again, never ---------------------------------------------------------------------


def test_extend_hold_ten_times(haircut, freja, clock):
    hold = place_hold(lines=[Line(haircut, freja)], starts_at=at(10))
    placed = clock.now
    for times in range(1, 11):
        clock.advance(minutes=9)
        hold = extend_hold(hold=hold)
        assert hold.expires_at == placed + TEN_MINUTES * (times + 1)

    with pytest.raises(HoldAtItsEnd):
        extend_hold(hold=hold)


def test_extend_hold_that_ran_out(haircut, freja, clock):
    hold = place_hold(lines=[Line(haircut, freja)], starts_at=at(10))
    clock.advance(minutes=10)
    with pytest.raises(HoldGone):
        extend_hold(hold=hold)


def test_renew_hold_leaves_a_live_one_alone(haircut, freja):
    hold = place_hold(lines=[Line(haircut, freja)], starts_at=at(10))
    assert renew_hold(hold=hold).expires_at == hold.expires_at


def test_renew_hold_gets_the_same_time_again(haircut, freja, clock):
    hold = place_hold(lines=[Line(haircut, freja)], starts_at=at(10), details={"name": "Bo"})
    clock.advance(hours=3)

    renewed = renew_hold(hold=hold)

    assert (renewed.pk, renewed.token, renewed.details) == (hold.pk, hold.token, {"name": "Bo"})
    assert renewed.expires_at == clock.now + TEN_MINUTES
    assert taken() == [("hold", "Freja", at(10), at(11))]


def test_renew_hold_whose_time_is_gone(haircut, freja, alice, clock):
    hold = place_hold(lines=[Line(haircut, freja)], starts_at=at(10), details={"name": "Bo"})
    clock.advance(minutes=11)
    book(alice, haircut, at(10))

    with pytest.raises(SlotTaken) as error:
        renew_hold(hold=hold)

    assert [slot.starts_at for slot in error.value.nearest] == [at(9), at(11), at(11, 15)]
    assert find_hold(hold.token).details == {"name": "Bo"}


def test_renew_hold_for_anyone_may_get_somebody_else(massage, freja, ville, alice, clock):
    hold = place_hold(lines=[Line(massage)], starts_at=at(10))
    clock.advance(minutes=11)
    book(alice, massage, at(10), provider=freja)

    assert renew_hold(hold=hold).provider == ville


def test_renew_hold_for_anyone_keeps_the_same_person_if_it_can(massage, freja, ville, alice, clock):
    """Freja has more to do that day by now, but the page already names her."""
    hold = place_hold(lines=[Line(massage)], starts_at=at(10))
    assert hold.provider == freja
    book(alice, massage, at(14), provider=freja)
    clock.advance(minutes=11)

    assert renew_hold(hold=hold).provider == freja


def test_save_details_merges(haircut, freja, clock):
    hold = place_hold(lines=[Line(haircut, freja)], starts_at=at(10), details={"a": 1, "b": 2})
    clock.advance(hours=1)  # also on one that ran out

    save_details(hold=hold, details={"b": 3})

    assert find_hold(hold.token).details == {"a": 1, "b": 3}


def test_save_details_merges_into_the_row_and_not_into_what_a_page_had(haircut, freja):
    stale = place_hold(lines=[Line(haircut, freja)], starts_at=at(10))
    save_details(hold=stale, details={"name": "Bo"})
    save_details(hold=stale, details={"note": "Hi"})
    assert find_hold(stale.token).details == {"name": "Bo", "note": "Hi"}


def test_release_hold_gives_the_time_back(haircut, freja):
    hold = place_hold(lines=[Line(haircut, freja)], starts_at=at(10))
    release_hold(hold=hold)
    release_hold(hold=hold)
    assert taken() == []
    for command in (
        lambda: find_hold(hold.token),
        lambda: extend_hold(hold=hold),
        lambda: renew_hold(hold=hold),
        lambda: save_details(hold=hold, details={}),
    ):
        with pytest.raises(HoldGone):
            command()


# --- becoming a visit -------------------------------------------------------------------------


def test_a_hold_becomes_the_booking_of_its_time(haircut, freja, alice):
    hold = place_hold(lines=[Line(haircut, freja)], starts_at=at(10), details={"name": "Bo"})

    visit = book(alice, haircut, at(10), hold=hold)

    assert taken() == [("booking", "Freja", at(10), at(11))]
    assert visit.bookings.get().provider == freja
    used = find_hold(hold.token)
    assert booked_ref(used) == visit.ref
    assert used.details == {"booked_visit": visit.ref}  # nothing personal stays
    assert not is_live(used)


def test_a_used_hold_is_good_for_nothing_else(haircut, freja, alice, bob, clock):
    hold = place_hold(lines=[Line(haircut, freja)], starts_at=at(10))
    book(alice, haircut, at(10), hold=hold)

    for command in (
        lambda: extend_hold(hold=hold),
        lambda: renew_hold(hold=hold),
        lambda: save_details(hold=hold, details={"name": "Bo"}),
    ):
        with pytest.raises(HoldGone):
            command()
    with pytest.raises(SlotTaken):
        book(bob, haircut, at(10), hold=hold)


def test_a_live_hold_outlasts_the_notice(haircut, freja, alice, clock):
    """It was early enough when the time was chosen; typing took a while."""
    today = at(12, day=dt.date(2025, 11, 4))
    hold = place_hold(lines=[Line(haircut, freja)], starts_at=today)
    clock.advance(minutes=9)

    assert book(alice, haircut, today, hold=hold).starts_at == today


def test_an_expired_hold_helps_while_its_time_is_free(haircut, freja, alice, clock):
    hold = place_hold(lines=[Line(haircut, freja)], starts_at=at(10))
    clock.advance(minutes=30)

    visit = book(alice, haircut, at(10), hold=hold)

    assert booked_ref(find_hold(hold.token)) == visit.ref
    assert taken() == [("booking", "Freja", at(10), at(11))]


def test_a_lost_hold_keeps_what_was_typed(haircut, freja, alice, bob, clock):
    hold = place_hold(lines=[Line(haircut, freja)], starts_at=at(10), details={"name": "Bo"})
    clock.advance(minutes=10)
    book(alice, haircut, at(10))

    with pytest.raises(SlotTaken) as error:
        book(bob, haircut, at(10), hold=hold)

    assert len(error.value.nearest) == 3
    assert find_hold(hold.token).details == {"name": "Bo"}
    assert Visit.objects.count() == 1


def test_a_hold_of_another_time_is_given_back(haircut, freja, alice):
    hold = place_hold(lines=[Line(haircut, freja)], starts_at=at(10))
    book(alice, haircut, at(10, 30), hold=hold)
    assert taken() == [("booking", "Freja", at(10, 30), at(11, 30))]


def test_a_hold_for_anyone_is_not_a_hold_of_a_named_person(massage, freja, ville, alice):
    hold = place_hold(lines=[Line(massage)], starts_at=at(10))
    visit = book(alice, massage, at(10), provider=ville, hold=hold)
    assert taken() == [("booking", "Ville", at(10), at(11))]
    assert visit.bookings.get().provider == ville


def test_a_hold_for_anyone_whose_person_is_lost_falls_to_the_next(
    massage, freja, ville, alice, bob
):
    hold = place_hold(lines=[Line(massage)], starts_at=at(10))
    # What a wrong clock or a hand in the database could do.
    Occupation.objects.update(starts_at=at(9, 30), ends_at=at(10))
    book(alice, massage, at(10), provider=freja)

    assert book(bob, massage, at(10), hold=hold).bookings.get().provider == ville


def test_a_held_service_that_was_archived_is_refused(haircut, freja, alice):
    hold = place_hold(lines=[Line(haircut, freja)], starts_at=at(10))
    archive_service(service=haircut, actor=None)
    with pytest.raises(NotOffered):
        book(alice, haircut, at(10), hold=hold)


# --- classes ----------------------------------------------------------------------------------


def test_a_session_hold_keeps_details_and_no_place(session, alice, clock):
    hold = place_session_hold(session=session, user=alice.user)

    assert [kind for kind, *_rest in taken()] == ["session"]
    assert (hold.session, hold.service, hold.starts_at) == (
        session,
        session.service,
        session.starts_at,
    )
    clock.advance(hours=5)
    assert renew_hold(hold=hold).expires_at == clock.now + TEN_MINUTES


def test_a_session_hold_is_used_up(session, alice):
    hold = place_session_hold(session=session)
    save_details(hold=hold, details={"name": "Bo"})
    visit = schedule_place(
        client=alice,
        session=session,
        places=1,
        source=Source.ONLINE,
        note="",
        actor=None,
        hold=hold,
    )
    assert find_hold(hold.token).details == {"booked_visit": visit.ref}


def test_no_session_hold_for_what_cannot_be_booked(session, clock):
    ClassSession.objects.update(booked_places=3)
    with pytest.raises(SessionFull):
        place_session_hold(session=session)
    ClassSession.objects.update(booked_places=0)
    Service.objects.update(online=False)
    with pytest.raises(NotOffered):
        place_session_hold(session=session)
    Service.objects.update(online=True)
    hold = place_session_hold(session=session)
    clock.move_to(session.starts_at)
    with pytest.raises(SessionOver):
        place_session_hold(session=session)
    with pytest.raises(SessionOver):
        renew_hold(hold=hold)


# --- forgetting -------------------------------------------------------------------------------


def test_forget_old_holds_a_day_after_they_ended(haircut, freja, clock):
    """What was typed may be personal, so it does not stay for ever (guest privacy)."""
    old = place_hold(lines=[Line(haircut, freja)], starts_at=at(10), details={"name": "Bo"})
    clock.advance(hours=2)
    later = place_hold(lines=[Line(haircut, freja)], starts_at=at(14))
    clock.move_to(old.expires_at + dt.timedelta(days=1))
    assert forget_old_holds() == 0

    clock.advance(minutes=1)
    assert forget_old_holds() == 1
    assert list(Hold.objects.all()) == [later]
    assert [row.hold for row in Occupation.objects.all()] == [later]

    clock.advance(days=2)
    forget_task()
    assert not Hold.objects.exists()


def test_an_extended_hold_is_counted_from_its_end(haircut, freja, clock):
    hold = place_hold(lines=[Line(haircut, freja)], starts_at=at(10))
    hold = extend_hold(hold=hold)
    clock.move_to(hold.created_at + dt.timedelta(days=1, minutes=15))
    assert forget_old_holds() == 0


def test_holds_beyond_one_batch_are_forgotten_too(haircut, freja: Provider, clock, monkeypatch):
    monkeypatch.setattr("bookings.holds._BATCH", 2)
    for hour in (9, 11, 13):
        place_hold(lines=[Line(haircut, freja)], starts_at=at(hour))
    clock.advance(days=2)
    assert forget_old_holds() == 3


def test_time_off_is_nobody_s_hold(haircut, freja, clock):
    """Clearing expired holds touches nothing else that lies in the way."""
    Occupation.objects.create(
        provider=freja, kind=OccupationKind.TIME_OFF, starts_at=at(10), ends_at=at(11)
    )
    clock.advance(hours=1)
    with pytest.raises(SlotTaken):
        place_hold(lines=[Line(haircut, freja)], starts_at=at(10))
    assert taken() == [("time_off", "Freja", at(10), at(11))]
