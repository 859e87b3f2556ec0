from __future__ import annotations

import datetime as dt
import itertools

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bookings.availability import (
    Slot,
    find_chain,
    find_slot,
    first_free_slot,
    free_slots,
    nearest_slots,
)
from bookings.errors import (
    InThePast,
    NotOffered,
    OutsideHours,
    OutsideRules,
    SlotTaken,
    TooFar,
    TooSoon,
)
from bookings.holds import place_hold
from bookings.lines import Line
from bookings.models import Occupation, OccupationKind, Source
from bookings.scheduling import schedule_visit
from bookings.sessions import create_session
from catalogue.archive import archive_provider, archive_service
from catalogue.models import Provider, Service
from tests.bookings.conftest import HELSINKI, SUNDAY, TUESDAY, WEDNESDAY, at
from tests.factories import ClassServiceFactory, ProviderFactory, ServiceFactory

pytestmark = pytest.mark.django_db


def times(
    service: Service, provider: Provider | None = None, day: dt.date = WEDNESDAY, **options
) -> list[str]:
    slots = free_slots(lines=[Line(service, provider)], first_day=day, last_day=day, **options)
    assert list(slots) == [day]
    return [f"{slot.starts_at.astimezone(HELSINKI):%H:%M}" for slot in slots[day]]


def take(provider: Provider, starts_at: dt.datetime, ends_at: dt.datetime) -> Occupation:
    return Occupation.objects.create(
        provider=provider, kind=OccupationKind.TIME_OFF, starts_at=starts_at, ends_at=ends_at
    )


# --- hours ------------------------------------------------------------------------------------


def test_free_slots_fill_the_working_day(haircut, freja, business):
    business.slot_minutes = 60
    business.save()

    assert times(haircut, freja) == [
        *["09:00", "10:00", "11:00", "12:00", "13:00", "14:00", "15:00", "16:00"]
    ]


def test_a_slot_is_a_pair_of_instants_and_who_could_take_it(massage, freja, ville):
    slots = free_slots(lines=[Line(massage)], first_day=WEDNESDAY, last_day=WEDNESDAY)
    assert slots[WEDNESDAY][0] == Slot(at(9), at(10), (freja.pk, ville.pk))
    assert slots[WEDNESDAY][0].starts_at.tzinfo is dt.UTC


def test_every_day_of_the_range_is_a_key(haircut, freja):
    slots = free_slots(lines=[Line(haircut, freja)], first_day=WEDNESDAY, last_day=SUNDAY)
    assert list(slots) == [WEDNESDAY + dt.timedelta(days=n) for n in range(5)]
    assert slots[SUNDAY] == []


def test_a_range_that_ends_before_it_begins_is_empty(haircut, freja):
    assert free_slots(lines=[Line(haircut, freja)], first_day=SUNDAY, last_day=WEDNESDAY) == {}


def test_times_lie_on_the_wall_clock_raster_whenever_work_begins(business):
    business.slot_minutes = 30
    business.save()
    early = ProviderFactory(hours=[(2, dt.time(8, 50), dt.time(10, 45))])

    assert times(ServiceFactory(providers=[early]), early) == ["09:00", "09:30"]


def test_a_visit_does_not_reach_into_a_break(business):
    business.slot_minutes = 30
    business.save()
    provider = ProviderFactory(
        hours=[(2, dt.time(9), dt.time(11)), (2, dt.time(11, 30), dt.time(13))]
    )
    assert times(ServiceFactory(providers=[provider]), provider) == [
        *["09:00", "09:30", "10:00", "11:30", "12:00"]
    ]


def test_stretches_that_touch_are_one(business):
    business.slot_minutes = 30
    business.save()
    provider = ProviderFactory(hours=[(2, dt.time(9), dt.time(10)), (2, dt.time(10), dt.time(11))])
    assert times(ServiceFactory(providers=[provider]), provider) == ["09:00", "09:30", "10:00"]


def test_only_who_does_the_service_is_offered(haircut, freja, ville):
    slots = free_slots(lines=[Line(haircut)], first_day=WEDNESDAY, last_day=WEDNESDAY)
    assert {slot.provider_ids for slot in slots[WEDNESDAY]} == {(freja.pk,)}
    assert times(haircut, ville) == []


def test_an_archived_provider_is_not_offered(massage, freja, ville):
    archive_provider(provider=freja, actor=None)
    slots = free_slots(lines=[Line(massage)], first_day=WEDNESDAY, last_day=WEDNESDAY)
    assert {slot.provider_ids for slot in slots[WEDNESDAY]} == {(ville.pk,)}


# --- what is taken ----------------------------------------------------------------------------


def test_occupied_time_is_not_offered(haircut, freja, business):
    business.slot_minutes = 60
    business.save()
    take(freja, at(11, 30), at(13))

    assert times(haircut, freja) == ["09:00", "10:00", "13:00", "14:00", "15:00", "16:00"]


def test_a_visit_may_begin_the_instant_another_ends(haircut, freja, alice):
    schedule_visit(
        client=alice,
        lines=[Line(haircut, freja)],
        starts_at=at(10),
        source=Source.ONLINE,
        note="",
        actor=None,
    )
    free = times(haircut, freja)
    assert "09:00" in free
    assert "11:00" in free
    assert not {"09:15", "10:00", "10:45"} & set(free)


def test_buffers_count_against_neighbours(freja, business):
    business.slot_minutes = 15
    business.save()
    colour = ServiceFactory(minutes=30, buffer_before=15, buffer_after=30, providers=[freja])
    take(freja, at(11), at(12))

    free = times(colour, freja)

    # 30 + 30 minutes must fit before 11:00, and 15 minutes after 12:00 belong to the visit.
    assert [time for time in free if time <= "13"] == [
        *["09:00", "09:15", "09:30", "09:45", "10:00", "12:15", "12:30", "12:45"]
    ]


def test_buffers_may_lie_outside_the_working_hours(freja, business):
    business.slot_minutes = 60
    business.save()
    colour = ServiceFactory(buffer_before=30, buffer_after=30, providers=[freja])

    free = times(colour, freja)

    assert (free[0], free[-1]) == ("09:00", "16:00")


def test_time_taken_before_the_day_begins_still_counts(freja, business):
    business.slot_minutes = 60
    business.save()
    take(freja, at(20, day=TUESDAY), at(9, 30))

    assert times(ServiceFactory(providers=[freja]), freja)[0] == "10:00"


def test_buffers_look_over_midnight(business):
    """What lies just before and just after the days asked for still counts."""
    business.slot_minutes = 15
    business.save()
    owl = ProviderFactory(hours=[(2, dt.time(0), dt.time(1)), (2, dt.time(23), dt.time(23, 45))])
    sauna = ServiceFactory(minutes=30, buffer_before=15, buffer_after=30, providers=[owl])
    thursday = WEDNESDAY + dt.timedelta(days=1)
    assert times(sauna, owl) == ["00:00", "00:15", "00:30", "23:00", "23:15"]

    take(owl, at(23, day=TUESDAY), at(0))
    take(owl, at(0, day=thursday), at(1, day=thursday))

    assert times(sauna, owl) == ["00:15", "00:30", "23:00"]


def test_a_class_session_takes_its_provider(haircut, freja):
    yoga = ClassServiceFactory(buffer_before=30)
    create_session(service=yoga, provider=freja, starts_at=at(12), actor=None)

    free = times(haircut, freja)
    assert "10:30" in free
    assert not {"10:45", "11:30", "12:45"} & set(free)
    assert "13:00" in free


def test_a_live_hold_is_taken_and_an_expired_one_is_not(haircut, freja, clock):
    place_hold(lines=[Line(haircut, freja)], starts_at=at(10))
    assert "10:00" not in times(haircut, freja)

    clock.advance(minutes=10)
    assert "10:00" in times(haircut, freja)


def test_who_asks_sees_the_own_hold_as_free(haircut, freja):
    hold = place_hold(lines=[Line(haircut, freja)], starts_at=at(10))
    assert "10:00" in times(haircut, freja, ignoring=hold)


# --- who may book when ------------------------------------------------------------------------


def test_notice_binds_the_website(haircut, freja, business):
    """It is 11:00: with an hour's notice the first time is 12:00."""
    assert times(haircut, freja, TUESDAY)[0] == "12:00"

    business.notice_minutes = 90
    business.save()
    assert times(haircut, freja, TUESDAY)[0] == "12:30"


def test_staff_are_offered_what_is_not_over(haircut, freja):
    """A visit of an hour that began at 10:00 is over at 11:00; one from 10:15 is not."""
    assert times(haircut, freja, TUESDAY, for_staff=True)[0] == "10:15"


def test_the_horizon_binds_the_website(haircut, freja, business):
    business.horizon_days = 7
    business.save()
    last, beyond = TUESDAY + dt.timedelta(days=7), TUESDAY + dt.timedelta(days=8)

    assert times(haircut, freja, last)
    assert times(haircut, freja, beyond) == []
    assert times(haircut, freja, beyond, for_staff=True)


def test_the_past_is_never_offered(haircut, freja):
    yesterday = TUESDAY - dt.timedelta(days=1)
    assert times(haircut, freja, yesterday) == []
    assert times(haircut, freja, yesterday, for_staff=True) == []


def test_a_desk_service_is_offered_to_staff_only(haircut, freja):
    Service.objects.filter(pk=haircut.pk).update(online=False)
    haircut.refresh_from_db()

    assert times(haircut, freja) == []
    assert times(haircut, freja, for_staff=True)


def test_an_archived_service_is_offered_to_nobody(haircut, freja):
    archive_service(service=haircut, actor=None)
    assert times(haircut, freja, for_staff=True) == []


def test_a_class_has_no_free_slots(yoga, freja):
    assert times(yoga, freja) == []


# --- over the change of the clocks ------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "now", "day", "count"),
    [
        ("Europe/Helsinki", dt.datetime(2025, 10, 20), dt.date(2025, 10, 26), 7),
        ("Europe/Helsinki", dt.datetime(2026, 3, 20), dt.date(2026, 3, 29), 5),
        ("Europe/Copenhagen", dt.datetime(2025, 10, 20), dt.date(2025, 10, 26), 7),
        ("Europe/Copenhagen", dt.datetime(2026, 3, 20), dt.date(2026, 3, 29), 5),
    ],
)
def test_night_work_over_the_change(business, clock, zone, now, day, count):
    """Six hours on the wall are seven in autumn and five in spring."""
    clock.move_to(now.replace(tzinfo=dt.UTC))
    business.timezone, business.slot_minutes = zone, 60
    business.save()
    owl = ProviderFactory(hours=[(6, dt.time(0), dt.time(6))])
    sauna = ServiceFactory(providers=[owl])

    slots = free_slots(lines=[Line(sauna, owl)], first_day=day, last_day=day)[day]

    assert len(slots) == count
    assert all(slot.ends_at - slot.starts_at == dt.timedelta(hours=1) for slot in slots)
    gaps = {b.starts_at - a.starts_at for a, b in itertools.pairwise(slots)}
    assert gaps == {dt.timedelta(hours=1)}


def test_a_visit_over_the_change_lasts_its_minutes(business, clock):
    clock.move_to(dt.datetime(2025, 10, 20, tzinfo=dt.UTC))
    owl = ProviderFactory(hours=[(6, dt.time(0), dt.time(6))])
    day = dt.date(2025, 10, 26)

    slots = free_slots(
        lines=[Line(ServiceFactory(minutes=90, providers=[owl]), owl)],
        first_day=day,
        last_day=day,
    )[day]

    last = slots[-1]
    assert last.ends_at.astimezone(HELSINKI).time() == dt.time(6)
    assert f"{last.starts_at.astimezone(HELSINKI):%H:%M}" == "04:30"


# --- queries ----------------------------------------------------------------------------------


def _queries(service: Service, days: int) -> int:
    with CaptureQueriesContext(connection) as captured:
        free_slots(
            lines=[Line(service)],
            first_day=WEDNESDAY,
            last_day=WEDNESDAY + dt.timedelta(days=days - 1),
        )
    return len(captured)


def test_the_number_of_queries_is_fixed(alice):
    """1 and 30 days, 1 and 6 providers, with and without bookings (performance P-S2)."""
    alone = ServiceFactory(providers=[ProviderFactory()])
    many = ServiceFactory(providers=ProviderFactory.create_batch(6))
    for hour in (9, 11, 13):
        schedule_visit(
            client=alice,
            lines=[Line(many)],
            starts_at=at(hour),
            source=Source.ONLINE,
            note="",
            actor=None,
        )
    counts = {_queries(service, days) for service in (alone, many) for days in (1, 30)}
    assert counts == {3}  # business, hours, occupations; the database's clock would be the fourth


# --- first, nearest, fairest ------------------------------------------------------------------


def test_first_free_slot_is_the_first_of_all_providers(massage, freja, ville):
    take(freja, at(0, day=TUESDAY), at(23, day=TUESDAY))
    assert first_free_slot(lines=[Line(massage)]) == Slot(
        at(12, day=TUESDAY), at(13, day=TUESDAY), (ville.pk,)
    )


def test_first_free_slot_looks_a_fortnight_ahead(haircut, freja):
    take(freja, at(0, day=TUESDAY), at(0, day=TUESDAY) + dt.timedelta(days=14))
    assert first_free_slot(lines=[Line(haircut, freja)]) is None
    found = first_free_slot(lines=[Line(haircut, freja)], within_days=15)
    assert found is not None
    assert found.starts_at == at(9, day=TUESDAY + dt.timedelta(days=14))


def test_nearest_slots_lie_around_the_lost_one(haircut, freja):
    take(freja, at(12), at(13))
    nearest = nearest_slots(lines=[Line(haircut, freja)], around=at(12))
    assert [slot.starts_at for slot in nearest] == [at(10, 45), at(11), at(13)]


def test_nearest_slots_reach_into_other_days(haircut, freja):
    take(freja, at(0), at(23, 59))
    nearest = nearest_slots(lines=[Line(haircut, freja)], around=at(9), count=2)
    assert [slot.starts_at for slot in nearest] == [
        at(15, 45, day=TUESDAY),
        at(16, day=TUESDAY),
    ]


def chosen(service: Service, starts_at: dt.datetime) -> int:
    _calendar, (step,) = find_chain(lines=[Line(service)], starts_at=starts_at)
    return step.provider_id


def test_anyone_is_who_has_least_to_do_that_day(massage, freja, ville):
    assert chosen(massage, at(9)) == freja.pk  # a tie: the business's order

    create_session(service=ClassServiceFactory(), provider=freja, starts_at=at(15), actor=None)

    assert chosen(massage, at(9)) == ville.pk
    assert chosen(massage, at(9, day=WEDNESDAY + dt.timedelta(days=1))) == freja.pk


def test_holds_and_time_off_are_no_bookings(massage, freja, ville):
    take(freja, at(16), at(17))
    place_hold(lines=[Line(massage, freja)], starts_at=at(11))

    assert chosen(massage, at(9)) == freja.pk


# --- whether one time can be booked -----------------------------------------------------------


@pytest.mark.parametrize(
    ("starts_at", "error"),
    [
        (at(10, day=TUESDAY), InThePast),
        (at(11, 45, day=TUESDAY), TooSoon),
        (at(10, day=WEDNESDAY + dt.timedelta(days=91)), TooFar),
        (at(8), OutsideHours),
        (at(16, 15), OutsideHours),
        (at(10, day=SUNDAY), OutsideHours),
        (at(10, 5), OutsideHours),
        (at(10) + dt.timedelta(microseconds=1), OutsideHours),
    ],
)
def test_find_slot_names_the_rule(haircut, freja, starts_at, error):
    with pytest.raises(error) as refusal:
        find_slot(lines=[Line(haircut, freja)], starts_at=starts_at)
    assert isinstance(refusal.value, OutsideRules)


def test_find_slot_offers_the_nearest_when_taken(haircut, freja):
    take(freja, at(12), at(13))
    with pytest.raises(SlotTaken) as error:
        find_slot(lines=[Line(haircut, freja)], starts_at=at(12))
    assert [slot.starts_at for slot in error.value.nearest] == [at(10, 45), at(11), at(13)]


def test_find_slot_refuses_what_is_archived(haircut, freja):
    archive_provider(provider=freja, actor=None)
    with pytest.raises(NotOffered):
        find_slot(lines=[Line(haircut, freja)], starts_at=at(10), for_staff=True)


def test_staff_may_book_a_named_provider_outside_the_hours(haircut, freja, ville):
    """The face warns first (ux S4); nobody else is asked for their evening."""
    late = at(20, 7, day=SUNDAY)
    found = find_slot(lines=[Line(haircut, ville)], starts_at=late, for_staff=True)
    assert found == Slot(late, late + dt.timedelta(hours=1), (ville.pk,))
    with pytest.raises(OutsideHours):
        find_slot(lines=[Line(haircut)], starts_at=late, for_staff=True)


def test_staff_may_not_book_over_something(haircut, freja):
    take(freja, at(12), at(13))
    with pytest.raises(SlotTaken):
        find_slot(lines=[Line(haircut, freja)], starts_at=at(12, 30), for_staff=True)
