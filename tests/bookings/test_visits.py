from __future__ import annotations

import datetime as dt

import pytest

from bookings.errors import VisitUnknown
from bookings.lines import Line
from bookings.models import Source, Visit
from bookings.scheduling import schedule_visit
from bookings.visits import (
    check_manage_key,
    find_visit,
    free_to_cancel_at,
    free_to_cancel_until,
    manage_key,
    visits_of,
)
from clients.models import Client
from tests.bookings.conftest import at

pytestmark = pytest.mark.django_db


@pytest.fixture
def book(haircut):
    def make(client: Client, starts_at: dt.datetime) -> Visit:
        return schedule_visit(
            client=client,
            lines=[Line(haircut)],
            starts_at=starts_at,
            source=Source.ONLINE,
            note="",
            actor=None,
        )

    return make


def test_find_visit_takes_what_a_person_types(book, alice, django_assert_num_queries):
    visit = book(alice, at(10))
    with django_assert_num_queries(2):
        found = find_visit(f" {visit.ref.lower()} ")
        assert found == visit
        assert found.client == alice
        assert [b.provider.name for b in found.bookings.all()] == ["Freja"]


@pytest.mark.parametrize("ref", ["", "ABCDEFGH", "' OR 1=1", "x" * 500, "AB\0CD", "\ud800"])
def test_find_visit_that_is_not_there(db, ref):
    with pytest.raises(VisitUnknown) as error:
        find_visit(ref)
    assert error.value.status == 404


def test_the_manage_key_opens_its_own_visit_only(book, alice):
    first, second = book(alice, at(10)), book(alice, at(12))
    assert check_manage_key(first, manage_key(first))
    assert not check_manage_key(second, manage_key(first))
    assert manage_key(first) == manage_key(Visit.objects.get(pk=first.pk))
    assert len(manage_key(first)) == 32


@pytest.mark.parametrize("key", ["", "0" * 32, "ø" * 32, "\ud800"])
def test_a_wrong_manage_key_opens_nothing(book, alice, key):
    assert not check_manage_key(book(alice, at(10)), key)


def test_a_manage_key_follows_the_pepper(book, alice, settings):
    visit = book(alice, at(10))
    key = manage_key(visit)
    settings.CODE_HASH_PEPPER = "another"
    assert not check_manage_key(visit, key)


def test_a_stripped_visit_opens_to_nobody(book, alice, clock):
    visit = book(alice, at(10))
    key = manage_key(visit)
    visit.anonymised_at, visit.client = clock.now, None
    visit.save()
    assert not check_manage_key(visit, key)


def test_visits_of_one_client_latest_first(book, alice, bob, django_assert_num_queries):
    visits = [book(alice, at(hour)) for hour in (9, 11, 13)]
    book(bob, at(15))
    with django_assert_num_queries(2):
        assert list(visits_of(alice)) == visits[::-1]


def test_free_to_cancel_until_counts_elapsed_hours(book, alice, business, clock):
    """Over the autumn change, 24 hours before 10:00 is 11:00 on the wall the day before."""
    visit = book(alice, at(10))
    assert free_to_cancel_until(visit, business) == visit.starts_at - dt.timedelta(hours=24)
    after_change = at(10, day=dt.date(2025, 10, 26))
    assert free_to_cancel_at(after_change, business) == at(11, day=dt.date(2025, 10, 25))
