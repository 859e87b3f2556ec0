"""Which movements a filter finds, and the four figures."""

from __future__ import annotations

import pytest
from django.db.models import QuerySet
from django.http import QueryDict

from business.profile import get_business
from foundation.names import fold
from loyalty.models import PointEntry
from reports.filters import read_awards, read_movements
from reports.folding import Folded
from reports.movements import Figures, awards_on_the_way, figures, movements
from tests.factories import give_points
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


def test_a_client_without_an_account_has_no_movements(house: House) -> None:
    from tests.factories import ClientFactory

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
    assert amounts("q=%25") == []
    assert amounts("q=_") == []


def figures_of(query: str) -> Figures:
    business = get_business()
    _form, asked = read_movements(QueryDict(query), business)
    return figures(movements(asked, business), asked)


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
