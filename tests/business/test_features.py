"""The rule of the switches: said politely by the command, and once more by the database."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, connection, transaction

from business.errors import (
    FeatureExcluded,
    FeatureIsNeeded,
    FeatureNeedsOthers,
    FeatureOff,
    UnknownFeature,
)
from business.features import (
    CATEGORIES,
    FEATURES,
    blockers_of,
    dependants_of,
    get_features,
    lock_features,
    names_of,
    needed_for,
    require_feature,
    set_feature,
)
from business.models import Features
from foundation.locks import violated_constraint

pytestmark = pytest.mark.django_db


def switches() -> dict[str, bool]:
    features = Features.objects.get(pk=1)
    return {code: getattr(features, code) for code in FEATURES}


# --- the registry -----------------------------------------------------------------------------


def test_every_feature_is_a_column_and_names_others_that_exist():
    columns = {field.name for field in Features._meta.get_fields()}
    for code, feature in FEATURES.items():
        assert code == feature.code
        assert code in columns
        assert feature.category in CATEGORIES
        assert set(feature.needs) | set(feature.excludes) <= set(FEATURES)
        for other in feature.excludes:
            assert code in FEATURES[other].excludes


def test_what_a_fresh_business_begins_with():
    assert switches() == {
        "client_login": True,
        "payments": True,
        "coupons": False,
        "gift_cards": True,
        "loyalty": False,
        "clean_history": False,
    }


# --- turning on and off -----------------------------------------------------------------------


def test_loyalty_names_what_it_needs_before_turning_it_on(olga):
    Features.objects.update(payments=False)

    with pytest.raises(FeatureNeedsOthers) as error:
        set_feature(code="loyalty", on=True, actor=olga)

    assert error.value.params["needed"] == ["payments", "coupons"]
    assert str(error.value) == "This also turns on: Accept payments, Coupons."
    assert switches()["loyalty"] is False


def test_loyalty_turns_on_with_what_it_needs(olga):
    Features.objects.update(payments=False, client_login=False, gift_cards=False)

    features = set_feature(code="loyalty", on=True, with_others=True, actor=olga)

    assert features.changed_by == olga
    assert switches() == {
        "client_login": True,
        "payments": True,
        "coupons": True,
        "gift_cards": True,
        "loyalty": True,
        "clean_history": False,
    }
    assert features.history.latest().loyalty is True


@pytest.mark.parametrize("code", ["payments", "client_login", "coupons", "gift_cards"])
def test_what_loyalty_needs_does_not_go_off_alone(code):
    set_feature(code="loyalty", on=True, with_others=True, actor=None)

    with pytest.raises(FeatureIsNeeded) as error:
        set_feature(code=code, on=False, actor=None)
    assert error.value.params["dependants"] == ["loyalty"]
    assert switches()["loyalty"] is True

    set_feature(code=code, on=False, with_others=True, actor=None)
    assert (switches()[code], switches()["loyalty"]) == (False, False)


@pytest.mark.parametrize(("first", "second"), [("loyalty", "clean_history")] * 2)
def test_loyalty_and_clean_history_exclude_each_other(first, second):
    for on, other in ((first, second), (second, first)):
        set_feature(code=on, on=True, with_others=True, actor=None)
        with pytest.raises(FeatureExcluded) as error:
            set_feature(code=other, on=True, with_others=True, actor=None)
        assert str(FEATURES[on].name) in str(error.value)
        assert switches()[other] is False
        set_feature(code=on, on=False, with_others=True, actor=None)


def test_turning_what_is_on_changes_nothing(olga):
    before = Features.history.count()
    set_feature(code="gift_cards", on=True, actor=olga)
    assert Features.history.count() == before


def test_an_unknown_feature_is_refused():
    with pytest.raises(UnknownFeature):
        set_feature(code="changed_by", on=True, actor=None)


def test_loyalty_remembers_since_when_it_is_off(clock):
    set_feature(code="loyalty", on=True, with_others=True, actor=None)
    assert get_features().loyalty_off_since is None

    set_feature(code="coupons", on=False, with_others=True, actor=None)
    assert get_features().loyalty_off_since == clock.now


# --- reading ----------------------------------------------------------------------------------


def test_needs_dependants_and_blockers():
    features = Features(payments=False, coupons=False, loyalty=False, clean_history=True)
    assert needed_for("loyalty", features) == ["payments", "coupons"]
    assert blockers_of("loyalty", features) == ["clean_history"]
    assert dependants_of("payments", features) == []
    assert dependants_of("payments", Features(loyalty=True)) == ["loyalty"]
    assert needed_for("coupons", features) == []
    assert names_of(["loyalty", "coupons"]) == "Loyalty system, Coupons"


def test_require_feature():
    features = lock_features()
    require_feature(features, "gift_cards")
    with pytest.raises(FeatureOff) as error:
        require_feature(features, "loyalty")
    assert str(error.value) == "Loyalty system is switched off."


# --- the database -----------------------------------------------------------------------------


def refused(**values: bool) -> str:
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        Features.objects.update(**values)
    return violated_constraint(error.value)


@pytest.mark.parametrize("missing", ["payments", "client_login", "coupons", "gift_cards"])
def test_the_database_refuses_loyalty_without_what_it_needs(missing):
    needs = dict.fromkeys(FEATURES["loyalty"].needs, True) | {missing: False}
    assert "features_loyalty_needs" in refused(loyalty=True, **needs)


@pytest.mark.parametrize("missing", ["payments", "client_login", "coupons", "gift_cards"])
def test_the_database_refuses_to_take_away_what_loyalty_needs(missing):
    set_feature(code="loyalty", on=True, with_others=True, actor=None)
    assert "features_loyalty_needs" in refused(**{missing: False})


def test_the_database_refuses_loyalty_with_clean_history():
    set_feature(code="loyalty", on=True, with_others=True, actor=None)
    assert "features_loyalty_or_clean_history" in refused(clean_history=True)


def test_the_database_refuses_a_second_row():
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        Features.objects.create(pk=2)
    assert "features_single_row" in violated_constraint(error.value)


def test_raw_sql_is_refused_too():
    with (
        pytest.raises(IntegrityError) as error,
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE business_features SET loyalty = true")
    assert "features_loyalty_needs" in violated_constraint(error.value)
