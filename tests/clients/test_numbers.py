"""A phone number is found as people say it, and tells nobody apart from others by chance."""

from __future__ import annotations

import pytest

from business.models import Business
from clients.numbers import split_numbers
from clients.people import search_clients
from tests.factories import ClientFactory

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "text",
    [
        "040 1000212",
        "0401000212",
        "040-1000212",
        "040-100 02 12",
        "(040) 100.0212",
        "040/1000212",
        "+358 40 1000212",
        "+358 (0)40-1000212",
        "00358 40 1000212",
        "0401000",
        "1000212",
        "zork 040 1000212",
        "040 1000212 zork",
    ],
)
def test_a_number_is_found_as_people_say_it(text):
    zork = ClientFactory(first_name="Zork", phone="+358401000212")
    ClientFactory(first_name="Zork", phone="+358401000213")
    ClientFactory(phone="+4540100021")
    found = search_clients(text)
    assert zork in found
    if "0212" in text.replace(" ", "").replace(".", ""):
        assert [each.pk for each in found] == [zork.pk]


def test_the_zero_of_home_is_the_country_of_the_business(db):
    swede = ClientFactory(phone="+46701740605")
    assert not search_clients("070-174 06 05")

    Business.objects.update(timezone="Europe/Stockholm")

    assert [each.pk for each in search_clients("070-174 06 05")] == [swede.pk]


def test_where_no_zero_is_dialled_first_none_is_taken_away(db):
    Business.objects.update(timezone="Europe/Copenhagen")
    dane = ClientFactory(phone="+4532101010")
    assert [each.pk for each in search_clients("32-10 10 10")] == [dane.pk]
    assert not search_clients("032101010")


def test_words_and_short_figures_stay_as_they_are(db):
    assert split_numbers("anna-maija 2 x40-1") == [("anna-maija",), ("2",), ("x40-1",)]
    assert split_numbers("") == []
    assert split_numbers("04") == [("04",)]
