"""Which movements a filter finds, and the four figures."""

from __future__ import annotations

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

import reports.movements
from business.profile import get_business
from clients.people import search_clients, update_client
from foundation.names import fold
from loyalty.models import PointAccount, PointEntry
from loyalty.totals import total_days
from reports.among import Among
from reports.filters import read_awards, read_movements
from reports.folding import Folded
from reports.movements import (
    Figures,
    awards_on_the_way,
    capped_count,
    figures,
    movements,
    parts,
)
from tests.conftest import Clock
from tests.factories import ClientFactory, give_points
from tests.reports.conftest import House

pytestmark = pytest.mark.django_db


def found(query: str) -> QuerySet[PointEntry]:
    business = get_business()
    _form, asked = read_movements(QueryDict(query), business)
    return movements(asked, business)


def amounts(query: str) -> list[int]:
    return list(found(query).order_by("pk").values_list("amount", flat=True))


def test_without_a_filter_it_is_the_last_thirty_days(house: House) -> None:
    assert amounts("") == [1000, 700, 60, 60, -60, -500, -20]


def test_dates_are_days_of_the_salon(house: House) -> None:
    assert amounts("first=2025-11-05&last=2025-11-05") == [-500]
    assert amounts("range=today") == [-20]
    assert amounts("first=2025-11-06") == [-20]
    assert amounts("last=2025-11-03") == []


def test_client_is_found_by_id_and_by_a_part_of_the_name(house: House) -> None:
    of_alice = [1000, 60, -500]
    assert amounts(f"client={house.alice.pk}") == of_alice
    assert amounts("who=ander+ali") == of_alice
    assert amounts("who=nobody") == []


@pytest.mark.parametrize("named", [1, 2])
@pytest.mark.parametrize("query", ["who=e", "who=e&kind=earn", "who=e&q=massage", "who=e&q=sorry"])
def test_a_name_that_several_have_finds_all_their_movements(
    house: House, monkeypatch: pytest.MonkeyPatch, query: str, named: int
) -> None:
    """Told by their ids, or when they are too many by their names."""
    give_points(ClientFactory(first_name="Zoe", last_name="Zimmer"), 5)
    for client in (house.alice, house.bob):
        update_client(client=client, actor=None, last_name="Eklund")
    plain = amounts(query.replace("who=e", f"client={house.alice.pk}"))
    plain += amounts(query.replace("who=e", f"client={house.bob.pk}"))
    monkeypatch.setattr(reports.movements, "NAMED", named)
    assert sorted(amounts(query)) == sorted(plain)
    assert plain


def test_a_client_without_an_account_has_no_movements(house: House) -> None:
    assert amounts(f"client={ClientFactory().pk}") == []


def test_kind(house: House) -> None:
    assert amounts("kind=earn") == [60, 60]
    assert amounts("kind=withdraw") == [-60]
    assert amounts("kind=spend") == [-500]
    assert amounts("kind=adjust") == [1000, 700, -20]


def test_service_and_gift_card(house: House) -> None:
    assert amounts(f"what=service-{house.massage.pk}") == [60, 60, -60]
    assert amounts(f"what=reward-{house.reward.pk}") == [-500]


def test_text_is_found_in_any_case_and_without_accents(house: House) -> None:
    assert amounts("q=raksmorgas") == [1000]
    assert amounts("q=RÄKSMÖRGÅS+sorry") == [1000]


def test_text_is_found_in_the_names_of_what_explains_a_movement(house: House) -> None:
    assert amounts("q=tissue+deep") == [60, 60, -60]
    assert amounts("q=stor+gave") == [-500]


def test_short_words_are_found_where_words_begin(house: House) -> None:
    assert amounts("q=by") == [-20]
    assert amounts("q=ab") == [1000]
    assert amounts("q=bo") == []
    assert amounts("q=ry") == []


def test_a_text_needs_a_letter_or_a_digit(house: House) -> None:
    form, asked = read_movements(QueryDict("q=%25_"), get_business())
    assert form.errors == {"q": ["Type at least one letter or digit"]}
    assert asked.text == ""


@pytest.mark.parametrize(
    "query", ["", "q=tissue", "q=mistake", "q=gave", "q=a", "q=massage&kind=adjust", "kind=earn"]
)
def test_parts_have_no_movement_in_common_and_miss_none(house: House, query: str) -> None:
    give_points(house.bob, 9, description="A massage that was late")
    business = get_business()
    _form, asked = read_movements(QueryDict(query), business)
    found = [pk for part in parts(asked, business) for pk in part.values_list("pk", flat=True)]
    assert sorted(found) == list(
        movements(asked, business).order_by("pk").values_list("pk", flat=True)
    )
    assert len(set(found)) == len(found) == capped_count(parts(asked, business))


@pytest.mark.postgres_only
def test_kinds_of_accounts_are_told_without_reading_the_movements(house: House) -> None:
    """In a ledger of seven rows only the absence of the other ways shows it."""
    with connection.cursor() as cursor:
        for way in ("seqscan", "bitmapscan"):
            cursor.execute(f"SET LOCAL enable_{way} = off")
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(
            "SELECT indexrelid::regclass::text, (SELECT conname FROM pg_constraint"
            " WHERE conindid = indexrelid AND contype = 'u') FROM pg_index"
            " WHERE indrelid = 'loyalty_pointentry'::regclass AND NOT indisprimary"
        )
        for index, constraint in cursor.fetchall():
            if constraint:
                cursor.execute(f"ALTER TABLE loyalty_pointentry DROP CONSTRAINT {constraint}")
            elif index != "point_entry_by_account":
                cursor.execute(f"DROP INDEX {index}")
    accounts = PointAccount.objects.values_list("pk", flat=True)
    rows = PointEntry.objects.filter(Among("account", accounts), created_at__gte=Clock.START)
    assert "Index Only Scan using point_entry_by_account" in rows.values("kind").explain()


@pytest.mark.postgres_only
@pytest.mark.parametrize("query", ["q=mistake&range=all", "q=by&range=all", "who=andersen"])
def test_words_are_looked_up_and_not_read_for(house: House, query: str) -> None:
    """In a ledger of seven rows only the costs of reading all of it, made high, show it."""
    business = get_business()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_indexscan = off")
    _form, asked = read_movements(QueryDict(query), business)
    rows = search_clients("andersen").order_by() if asked.who else parts(asked, business)[0]
    index = "client_search_trigrams" if asked.who else "point_entry_words"
    assert index in rows.explain()


def test_filters_hold_together(house: House) -> None:
    assert amounts(f"client={house.bob.pk}&kind=adjust&q=mistake") == [-20]


@pytest.mark.parametrize(
    "text", ["RÄKSMÖRGÅS", "Ærø Øl Åh", "Łódź", "Straße", "Þór Ðið", "Ñandú", "plain", "100 % _x_"]
)
def test_the_database_folds_as_the_names_are_folded(
    loyalty: None, alice: object, text: str
) -> None:
    give_points(alice, 10, description=text)  # type: ignore[arg-type]
    folded = PointEntry.objects.annotate(folded=Folded("description")).get().folded
    assert folded == fold(text)


def test_percent_signs_and_underscores_are_letters(house: House) -> None:
    assert amounts("q=100%25") == []
    assert amounts("q=ra_smorgas") == []


def figures_of(query: str) -> Figures:
    business = get_business()
    _form, asked = read_movements(QueryDict(query), business)
    return figures(asked, business)


def test_figures(house: House) -> None:
    assert figures_of("") == Figures(
        earned=120,
        taken_back=60,
        spent=500,
        returned=0,
        net=1240,
        on_the_way=60,
        visits_on_the_way=1,
        outstanding=1240,
    )


def test_figures_of_one_client_keep_the_outstanding_balance_of_all(house: House) -> None:
    told = figures_of(f"client={house.bob.pk}")
    assert (told.earned, told.on_the_way, told.outstanding) == (60, 0, 1240)


def test_figures_are_the_same_with_daily_totals(house: House) -> None:
    queries = ["", "range=all", "range=today", "kind=earn", "first=2025-11-04&last=2025-11-05"]
    before = [figures_of(query) for query in queries]
    assert total_days() > 0
    assert [figures_of(query) for query in queries] == before


@pytest.mark.parametrize("query", ["", "range=all", "kind=earn", "first=2025-11-04"])
def test_figures_take_as_many_queries_with_daily_totals(house: House, query: str) -> None:
    with CaptureQueriesContext(connection) as before:
        figures_of(query)
    total_days()
    with CaptureQueriesContext(connection) as after:
        figures_of(query)
    assert len(after) == len(before)


def test_figures_of_a_new_house(loyalty: None) -> None:
    assert figures_of("") == Figures(0, 0, 0, 0, 0, 0, 0, 0)


def test_points_on_the_way_by_due_day_client_and_service(house: House) -> None:
    def points(query: str) -> list[int]:
        _form, asked = read_awards(QueryDict(query))
        return list(awards_on_the_way(asked, get_business()).values_list("points", flat=True))

    assert points("") == [60]
    assert points("first=2025-11-07&last=2025-11-07") == [60]
    assert points("last=2025-11-06") == []
    assert points(f"client={house.bob.pk}") == []
    assert points(f"what=service-{house.massage.pk}&who=alice") == [60]
