"""Add-ons, prices and lengths by provider, rules by service, several services in one visit."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bookings.availability import find_slot, free_slots
from bookings.errors import (
    NotOffered,
    OutsideHours,
    SlotTaken,
    TooFar,
    TooSoon,
)
from bookings.holds import place_hold, renew_hold
from bookings.lines import MOST_LINES, Line, kept_lines, wanted_lines
from bookings.models import Booking, Hold, Occupation, OccupationKind, Source, Visit
from bookings.placing import outline
from bookings.scheduling import schedule_visit
from catalogue.models import AddOn, Provider, Service, ServiceProvider
from clients.models import Client
from foundation.audit import load_checks
from tests.bookings.conftest import HELSINKI, TUESDAY, WEDNESDAY, at
from tests.factories import AddOnFactory, ClassServiceFactory, ProviderFactory, ServiceFactory

pytestmark = pytest.mark.django_db


def book(client: Client, lines: list[Line], starts_at: dt.datetime, **options: Any) -> Visit:
    return schedule_visit(
        **{"client": client, "lines": lines, "starts_at": starts_at}
        | {"source": Source.ONLINE, "note": "", "actor": None}
        | options
    )


def booked(visit: Visit) -> list[tuple[str, str, str, str, int]]:
    return [
        (
            booking.service_name,
            booking.provider.name,
            f"{booking.starts_at.astimezone(HELSINKI):%H:%M}",
            f"{booking.ends_at.astimezone(HELSINKI):%H:%M}",
            booking.price_minor,
        )
        for booking in visit.bookings.order_by("starts_at", "pk")
    ]


def times(lines: list[Line], day: dt.date = WEDNESDAY, **options: Any) -> list[str]:
    slots = free_slots(lines=lines, first_day=day, last_day=day, **options)
    return [f"{slot.starts_at.astimezone(HELSINKI):%H:%M}" for slot in slots[day]]


def take(provider: Provider, starts_at: dt.datetime, ends_at: dt.datetime) -> None:
    Occupation.objects.create(
        provider=provider, kind=OccupationKind.TIME_OFF, starts_at=starts_at, ends_at=ends_at
    )


def violations() -> list[str]:
    checks = load_checks().items()
    return [
        line for name, run in checks if name.startswith("bookings-") for line in run().violations
    ]


@pytest.fixture
def wash(haircut: Service) -> AddOn:
    return AddOnFactory(name_en="Wash", services=[haircut])


# --- add-ons ----------------------------------------------------------------------------------


def test_an_add_on_lengthens_costs_and_is_kept_as_it_was(haircut, freja, alice, wash):
    visit = book(alice, [Line(haircut, freja, (wash,))], at(10))
    AddOn.objects.update(name_en="Rinse", price_minor=9900, minutes=60)

    assert booked(visit) == [("Haircut", "Freja", "10:00", "11:15", 8700)]
    assert visit.ends_at == at(11, 15)
    kept = visit.bookings.get().add_ons.get()
    assert (kept.name, kept.minutes, kept.price_minor) == ("Wash", 15, 1500)
    assert violations() == []


def test_an_add_on_needs_its_time(haircut, freja, wash):
    take(freja, at(11), at(12))

    assert "10:00" in times([Line(haircut)])
    assert "10:00" not in times([Line(haircut, None, (wash,))])
    assert times([Line(haircut, None, (wash,))])[-1] == "15:45"


def test_an_add_on_counts_once(haircut, freja, alice, wash):
    visit = book(alice, [Line(haircut, freja, (wash, wash))], at(10))

    assert booked(visit)[0][4] == 8700


@pytest.mark.parametrize("why", ["archived", "not for this"])
def test_an_add_on_that_is_not_offered(haircut, freja, alice, wash, clock, why):
    if why == "archived":
        AddOn.objects.update(archived_at=clock.now)
        wash.refresh_from_db()
    else:
        wash.goes_with.all().delete()
    line = Line(haircut, freja, (wash,))

    assert times([line]) == []
    with pytest.raises(NotOffered):
        book(alice, [line], at(10))
    assert not Visit.objects.exists()


# --- by provider ------------------------------------------------------------------------------


def test_a_provider_may_take_longer_and_cost_more(massage, freja, ville, alice):
    ServiceProvider.objects.filter(provider=ville).update(minutes=90, price_minor=9900)
    take(freja, at(8), at(17))

    slots = free_slots(lines=[Line(massage)], first_day=WEDNESDAY, last_day=WEDNESDAY)[WEDNESDAY]
    visit = book(alice, [Line(massage)], at(15, 30))

    assert slots[-1].starts_at == at(15, 30)
    assert slots[-1].ends_at == at(17)
    assert booked(visit) == [("Massage", "Ville", "15:30", "17:00", 9900)]


def test_somebody_who_is_quicker_is_free_where_the_others_are_not(massage, freja, ville):
    ServiceProvider.objects.filter(provider=ville).update(minutes=30)
    for provider in (freja, ville):
        take(provider, at(10, 30), at(12))

    slot = find_slot(lines=[Line(massage)], starts_at=at(10))

    assert (slot.ends_at, slot.provider_ids) == (at(10, 30), (ville.pk,))


def test_staff_book_who_does_not_usually_do_it_on_the_usual_terms(haircut, ville, alice):
    visit = book(alice, [Line(haircut, ville)], at(10), for_staff=True)
    assert booked(visit) == [("Haircut", "Ville", "10:00", "11:00", 7200)]


# --- rules of a service -----------------------------------------------------------------------


def test_a_service_has_its_own_raster(haircut, freja):
    Service.objects.update(slot_minutes=30)
    haircut.refresh_from_db()

    assert times([Line(haircut)])[:3] == ["09:00", "09:30", "10:00"]
    with pytest.raises(OutsideHours):
        find_slot(lines=[Line(haircut)], starts_at=at(9, 15))


def test_a_service_has_its_own_notice_and_horizon(haircut, freja):
    Service.objects.update(notice_minutes=180, horizon_days=1)
    haircut.refresh_from_db()

    assert times([Line(haircut)], TUESDAY)[0] == "14:00"
    with pytest.raises(TooSoon) as soon:
        find_slot(lines=[Line(haircut)], starts_at=at(13, day=TUESDAY))
    assert soon.value.params == {"minutes": 180}
    thursday = WEDNESDAY + dt.timedelta(days=1)
    assert times([Line(haircut)], thursday) == []
    with pytest.raises(TooFar) as far:
        find_slot(lines=[Line(haircut)], starts_at=at(10, day=thursday))
    assert far.value.params == {"days": 1}


def test_no_notice_at_all_is_a_rule_too(haircut, freja):
    Service.objects.update(notice_minutes=0)
    haircut.refresh_from_db()
    assert times([Line(haircut)], TUESDAY)[0] == "11:00"


def test_several_services_ask_for_the_strictest(haircut, massage, freja):
    Service.objects.filter(pk=massage.pk).update(notice_minutes=240, horizon_days=1)
    massage.refresh_from_db()

    lines = [Line(haircut), Line(massage)]
    assert times(lines, TUESDAY)[0] == "15:00"
    assert times(lines, WEDNESDAY + dt.timedelta(days=1)) == []


# --- several services in one visit ------------------------------------------------------------


def test_services_follow_one_another(haircut, massage, freja, ville, alice):
    visit = book(alice, [Line(haircut, freja), Line(massage, ville)], at(10))

    assert booked(visit) == [
        ("Haircut", "Freja", "10:00", "11:00", 7200),
        ("Massage", "Ville", "11:00", "12:00", 7200),
    ]
    assert (visit.starts_at, visit.ends_at) == (at(10), at(12))
    assert violations() == []


def test_the_same_person_tidies_up_between(freja, alice):
    colour = ServiceFactory(name_en="Colour", minutes=45, buffer_after=15, providers=[freja])
    cut = ServiceFactory(name_en="Cut", minutes=30, buffer_before=10, providers=[freja])

    visit = book(alice, [Line(colour), Line(cut)], at(10))

    assert [row[2:4] for row in booked(visit)] == [("10:00", "10:45"), ("11:10", "11:40")]
    assert violations() == []


def test_the_first_person_may_tidy_up_while_the_second_goes_on(freja, ville, alice):
    colour = ServiceFactory(name_en="Colour", minutes=45, buffer_after=15, providers=[freja])
    cut = ServiceFactory(name_en="Cut", minutes=30, buffer_before=10, providers=[ville])

    visit = book(alice, [Line(colour), Line(cut)], at(10))

    assert [row[2:4] for row in booked(visit)] == [("10:00", "10:45"), ("10:45", "11:15")]
    assert violations() == []


def test_a_buffer_of_the_same_visit_is_not_run_into(freja, ville):
    """Freja tidies up for an hour: she cannot take the third service a quarter later."""
    colour = ServiceFactory(minutes=45, buffer_after=60, providers=[freja])
    wash = ServiceFactory(minutes=15, providers=[ville])
    cut = ServiceFactory(minutes=30, providers=[freja])

    assert times([Line(colour), Line(wash), Line(cut)]) == []
    ServiceProvider.objects.create(service=cut, provider=ville)
    assert times([Line(colour), Line(wash), Line(cut)])


def test_every_part_of_a_chain_must_be_free(haircut, massage, freja, ville):
    take(freja, at(12), at(17))
    take(ville, at(9), at(11))
    take(ville, at(12), at(17))

    # A haircut by Freja, and then a massage by either: all of it over at noon.
    assert times([Line(haircut), Line(massage)]) == [*["09:00", "09:15", "09:30", "09:45", "10:00"]]
    assert times([Line(haircut), Line(massage, ville)]) == ["10:00"]
    with pytest.raises(SlotTaken) as error:
        find_slot(lines=[Line(haircut), Line(massage, ville)], starts_at=at(9))
    assert at(10) in [slot.starts_at for slot in error.value.nearest]


def test_anyone_in_a_chain_is_the_fairest_who_leaves_a_way(haircut, massage, freja, ville, alice):
    """Ville has less to do, but the haircut after the massage is Freja's, who is free."""
    book(alice, [Line(haircut)], at(15))

    visit = book(alice, [Line(massage), Line(haircut)], at(10))

    assert [row[1] for row in booked(visit)] == ["Ville", "Freja"]


def test_a_way_is_found_past_a_dead_end(massage, freja, ville, alice):
    """The fairest for the first would leave nobody for the second."""
    nails = ServiceFactory(name_en="Nails", providers=[freja])
    take(freja, at(9), at(11))
    take(ville, at(11), at(12))
    visit = book(alice, [Line(massage), Line(nails)], at(10))
    assert [row[1] for row in booked(visit)] == ["Ville", "Freja"]


def test_a_chain_does_not_cross_a_break_or_closing_time(haircut, massage, freja, ville):
    assert times([Line(haircut), Line(massage)])[-1] == "15:00"
    with pytest.raises(OutsideHours):
        find_slot(lines=[Line(haircut), Line(massage)], starts_at=at(15, 15))


def test_a_class_is_no_line_and_five_are_enough(haircut, freja, alice):
    with pytest.raises(NotOffered):
        book(alice, [Line(haircut), Line(ClassServiceFactory())], at(10))
    for lines in ([], [Line(ServiceFactory(minutes=5, providers=[freja]))] * (MOST_LINES + 1)):
        with pytest.raises(NotOffered):
            book(alice, lines, at(10))


def test_one_line_that_is_lost_loses_the_visit(haircut, massage, freja, ville, alice, bob):
    book(bob, [Line(massage, ville)], at(11))

    with pytest.raises(SlotTaken):
        book(alice, [Line(haircut, freja), Line(massage, ville)], at(10))

    assert Visit.objects.count() == 1


# --- holds ------------------------------------------------------------------------------------


def test_a_hold_keeps_every_line(haircut, massage, freja, ville, alice, wash):
    lines = [Line(haircut, freja, (wash,)), Line(massage)]
    hold = place_hold(lines=lines, starts_at=at(10))

    hold.refresh_from_db()
    assert (hold.starts_at, hold.ends_at) == (at(10), at(12, 15))
    assert wanted_lines(hold) == lines
    assert kept_lines(hold) == [lines[0], Line(massage, freja)]
    assert hold.occupations.count() == 2
    assert violations() == []

    visit = book(alice, lines, at(10), hold=hold)
    assert [row[:4] for row in booked(visit)] == [
        ("Haircut", "Freja", "10:00", "11:15"),
        ("Massage", "Freja", "11:15", "12:15"),
    ]
    assert not Occupation.objects.filter(kind=OccupationKind.HOLD).exists()
    assert violations() == []


def test_a_hold_of_other_lines_is_no_hold_of_these(haircut, freja, alice, wash, clock):
    """It would book past the notice what was never held."""
    hold = place_hold(lines=[Line(haircut)], starts_at=at(12, day=TUESDAY))
    clock.advance(minutes=5)

    with pytest.raises(TooSoon):
        book(alice, [Line(haircut, None, (wash,))], at(12, day=TUESDAY), hold=hold)

    assert booked(book(alice, [Line(haircut)], at(12, day=TUESDAY), hold=hold))


def test_a_hold_of_several_lines_is_renewed_whole(haircut, massage, freja, ville, clock):
    hold = place_hold(lines=[Line(haircut), Line(massage)], starts_at=at(10))
    take(ville, at(9), at(10))
    clock.advance(minutes=10)

    renewed = renew_hold(hold=Hold.objects.get(pk=hold.pk))

    assert renewed.pk == hold.pk
    assert renewed.occupations.count() == 2
    assert kept_lines(renewed) == kept_lines(hold)
    assert violations() == []


def test_an_expired_hold_of_several_lines_gives_all_of_them_up(
    haircut, massage, freja, ville, alice, clock
):
    place_hold(lines=[Line(haircut), Line(massage, ville)], starts_at=at(10))
    clock.advance(minutes=10)

    book(alice, [Line(massage, ville)], at(11))

    assert [row.kind for row in Occupation.objects.all()] == [OccupationKind.BOOKING]


def test_outline_says_what_a_hold_comes_to(haircut, massage, freja, ville, wash):
    hold = place_hold(lines=[Line(haircut, None, (wash,)), Line(massage)], starts_at=at(10))

    shown = outline(lines=kept_lines(hold), starts_at=hold.starts_at)

    assert [(each.starts_at, each.ends_at, each.price_minor) for each in shown] == [
        (at(10), at(11, 15), 8700),
        (at(11, 15), at(12, 15), 7200),
    ]


# --- moving -----------------------------------------------------------------------------------


def test_the_time_of_the_visit_that_is_moved_counts_as_free(haircut, freja, alice):
    visit = book(alice, [Line(haircut)], at(10))

    assert "10:30" not in times([Line(haircut)])
    assert "10:30" in times([Line(haircut)], moving=visit)
    assert find_slot(lines=[Line(haircut)], starts_at=at(10, 30), moving=visit)


# --- queries ----------------------------------------------------------------------------------


def _queries(lines: list[Line], days: int) -> int:
    with CaptureQueriesContext(connection) as captured:
        free_slots(
            lines=lines, first_day=WEDNESDAY, last_day=WEDNESDAY + dt.timedelta(days=days - 1)
        )
    return len(captured)


def test_the_number_of_queries_is_fixed_for_a_chain(alice, rooms):
    team = ProviderFactory.create_batch(4)
    one, two = (ServiceFactory(providers=team) for _ in range(2))
    polish = AddOnFactory(services=[one])
    lines = [Line(one, None, (polish,)), Line(two)]
    before = {_queries(lines, days) for days in (1, 30)}
    for hour in (9, 11, 13):
        book(alice, lines, at(hour))

    assert before | {_queries(lines, days) for days in (1, 30)} == {3}
    rooms(one, two)
    assert {_queries(lines, days) for days in (1, 30)} == {4}
    assert Booking.objects.count() == 6
