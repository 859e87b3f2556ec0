"""Weekly classes: sessions eight weeks ahead, by the wall clock, each once."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import IntegrityError, transaction
from django.db.models.signals import pre_save

from bookings.errors import NotAClass, NotADayOfTheRule, NotOffered
from bookings.models import ClassSession, Occupation, OccupationKind, SessionRule
from bookings.session_rules import (
    SkipReason,
    create_rule,
    create_sessions_ahead,
    create_sessions_of,
    days_of,
    end_rule,
    skipped_days,
    split_rule,
)
from business.models import SpecialDay
from catalogue.archive import archive_provider, archive_service
from catalogue.models import DateHours
from tests.bookings.conftest import HELSINKI, at

pytestmark = pytest.mark.django_db

EVENING = dt.time(17, 30)
FIRST = dt.date(2025, 11, 5)  # the Wednesday after the tests' Tuesday
WEEK = dt.timedelta(weeks=1)


def weekly(yoga, freja, **changes) -> SessionRule:
    fields = {"service": yoga, "provider": freja, "starts": EVENING, "first_day": FIRST}
    return create_rule(**{**fields, **changes}, actor=None)


def shown(rule: SessionRule) -> list[tuple[dt.date, str]]:
    """Rule day and the wall-clock start of each session."""
    return [
        (each.rule_day, f"{each.starts_at.astimezone(HELSINKI):%m-%d %H:%M}")
        for each in rule.sessions.order_by("starts_at")
    ]


def test_saving_a_rule_creates_eight_weeks_at_once(yoga, freja):
    rule = weekly(yoga, freja)

    sessions = list(rule.sessions.order_by("starts_at"))
    assert [each.rule_day for each in sessions] == [FIRST + n * WEEK for n in range(8)]
    assert {(each.places, each.provider, each.service) for each in sessions} == {(3, freja, yoga)}
    assert sessions[0].starts_at == at(17, 30)
    assert Occupation.objects.filter(kind=OccupationKind.SESSION).count() == 8


def test_creating_again_changes_nothing(yoga, freja):
    rule = weekly(yoga, freja)

    assert create_sessions_of(rule=rule) == []
    assert create_sessions_ahead() == 0
    assert rule.sessions.count() == 8


def test_the_same_rule_again_is_the_same_rule(yoga, freja):
    assert weekly(yoga, freja) == weekly(yoga, freja)
    assert ClassSession.objects.count() == 8


def test_the_run_a_week_later_adds_one_week(yoga, freja, clock):
    rule = weekly(yoga, freja)
    clock.advance(days=7)

    assert create_sessions_ahead() == 1
    assert rule.sessions.count() == 9


def test_every_other_week_until_the_last_date(yoga, freja):
    rule = weekly(yoga, freja, every_weeks=2, last_day=FIRST + 4 * WEEK, places=12)

    assert [each.rule_day for each in rule.sessions.order_by("starts_at")] == [
        FIRST,
        FIRST + 2 * WEEK,
        FIRST + 4 * WEEK,
    ]
    assert set(rule.sessions.values_list("places", flat=True)) == {12}


def test_a_rule_that_began_long_ago_keeps_its_rhythm(yoga, freja):
    rule = weekly(yoga, freja, first_day=FIRST - 5 * WEEK, every_weeks=2)
    assert next(iter(days_of(rule, FIRST, FIRST + 8 * WEEK))) == FIRST + WEEK
    assert rule.sessions.order_by("starts_at")[0].rule_day == FIRST + WEEK


def test_today_s_class_is_created_while_it_is_to_come(yoga, freja):
    today = dt.date(2025, 11, 4)
    later = weekly(yoga, freja, first_day=today, last_day=today)
    over = weekly(yoga, freja, first_day=today, last_day=today, starts=dt.time(9))
    assert (later.sessions.count(), over.sessions.count()) == (1, 0)
    assert skipped_days(rule=over) == []


def test_the_wall_clock_decides_across_the_change_of_autumn_and_spring(yoga, freja, clock):
    clock.move_to(dt.datetime(2026, 3, 16, 9, tzinfo=dt.UTC))
    sunday = dt.date(2026, 3, 22)
    rule = weekly(yoga, freja, first_day=sunday, last_day=sunday + WEEK)

    assert [time for _day, time in shown(rule)] == ["03-22 17:30", "03-29 17:30"]
    first, second = rule.sessions.order_by("starts_at")
    assert second.starts_at - first.starts_at == WEEK - dt.timedelta(hours=1)


def test_the_hour_that_spring_skips_has_no_session_and_staff_are_told(yoga, freja, clock):
    clock.move_to(dt.datetime(2026, 3, 16, 9, tzinfo=dt.UTC))
    sunday = dt.date(2026, 3, 22)
    rule = weekly(yoga, freja, first_day=sunday, last_day=sunday + 2 * WEEK, starts=dt.time(3, 30))

    assert [day for day, _time in shown(rule)] == [sunday, sunday + 2 * WEEK]
    assert [(each.day, each.reason) for each in skipped_days(rule=rule)] == [
        (sunday + WEEK, SkipReason.NO_SUCH_TIME)
    ]


def test_the_hour_that_autumn_repeats_has_one_session(yoga, freja, clock):
    clock.move_to(dt.datetime(2025, 10, 20, 9, tzinfo=dt.UTC))
    sunday = dt.date(2025, 10, 26)
    rule = weekly(yoga, freja, first_day=sunday, last_day=sunday, starts=dt.time(3, 30))

    (session,) = rule.sessions.all()
    assert session.starts_at == dt.datetime(2025, 10, 26, 0, 30, tzinfo=dt.UTC)
    assert create_sessions_of(rule=rule) == []


def test_what_is_in_the_way_is_left_out_and_said(yoga, freja):
    SpecialDay.objects.create(day=FIRST + WEEK, kind="closed")
    SpecialDay.objects.create(
        day=FIRST + 2 * WEEK, kind="shorter", opens=dt.time(10), closes=dt.time(18)
    )
    DateHours.objects.create(provider=freja, day=FIRST + 3 * WEEK)
    busy = at(18, day=FIRST + 4 * WEEK)
    Occupation.objects.create(
        provider=freja,
        kind=OccupationKind.TIME_OFF,
        starts_at=busy,
        ends_at=busy + dt.timedelta(hours=1),
    )
    SpecialDay.objects.create(
        day=FIRST + 5 * WEEK, kind="extra", opens=dt.time(10), closes=dt.time(18)
    )

    rule = weekly(yoga, freja, last_day=FIRST + 5 * WEEK)

    assert [(each.day, each.reason) for each in skipped_days(rule=rule)] == [
        (FIRST + WEEK, SkipReason.HOLIDAY),
        (FIRST + 2 * WEEK, SkipReason.CLOSED_THEN),
        (FIRST + 3 * WEEK, SkipReason.DAY_OFF),
        (FIRST + 4 * WEEK, SkipReason.TAKEN),
    ]
    assert rule.sessions.count() == 2


def test_a_date_that_becomes_free_is_filled_by_the_next_run(yoga, freja):
    holiday = SpecialDay.objects.create(day=FIRST + WEEK, kind="closed")
    rule = weekly(yoga, freja)
    holiday.delete()

    assert create_sessions_ahead() == 1
    assert skipped_days(rule=rule) == []


def test_one_broken_rule_stops_no_other(yoga, freja, ville, clock, caplog):
    broken, whole = weekly(yoga, freja), weekly(yoga, ville)

    def disk_full(instance, **_kwargs):
        if instance.rule_id == broken.pk:
            raise OSError("no space left on device")

    clock.advance(days=7)
    pre_save.connect(disk_full, sender=ClassSession)
    try:
        assert create_sessions_ahead() == 1
    finally:
        pre_save.disconnect(disk_full, sender=ClassSession)

    assert (broken.sessions.count(), whole.sessions.count()) == (8, 9)
    assert f"weekly class {broken.pk} could not be created" in caplog.text


def test_a_moved_or_cancelled_session_is_still_that_week_s(yoga, freja):
    rule = weekly(yoga, freja)
    first, second, *_rest = rule.sessions.order_by("starts_at")
    ClassSession.objects.filter(pk=first.pk).update(starts_at=at(12), ends_at=at(13))
    Occupation.objects.filter(session=second).delete()
    ClassSession.objects.filter(pk=second.pk).update(cancelled_at=at(8))

    assert create_sessions_ahead() == 0


def test_the_database_keeps_one_session_per_rule_and_date(yoga, freja):
    rule = weekly(yoga, freja)
    first = rule.sessions.order_by("starts_at")[0]
    first.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        first.save(force_insert=True)


def test_create_rule_refusals(haircut, yoga, freja, ville):
    with pytest.raises(NotAClass):
        weekly(haircut, freja)
    with pytest.raises(NotADayOfTheRule):
        weekly(yoga, freja, last_day=FIRST - WEEK)
    archive_provider(provider=ville, actor=None)
    with pytest.raises(NotOffered):
        weekly(yoga, ville)
    archive_service(service=yoga, actor=None)
    with pytest.raises(NotOffered):
        weekly(yoga, freja)
    assert not SessionRule.objects.exists()


def test_an_archived_class_gets_no_more_sessions_and_keeps_those_it_has(yoga, freja, clock):
    rule = weekly(yoga, freja)
    archive_service(service=yoga, actor=None)
    clock.advance(days=14)

    assert create_sessions_ahead() == 0
    assert create_sessions_of(rule=rule) == []
    assert rule.sessions.count() == 8


def test_an_archived_provider_s_dates_are_left_out(yoga, freja, clock):
    rule = weekly(yoga, freja)
    archive_provider(provider=freja, actor=None)
    clock.advance(days=7)

    assert create_sessions_ahead() == 0
    assert [each.reason for each in skipped_days(rule=rule)] == [SkipReason.TAKEN]


def test_end_rule(yoga, freja, clock):
    rule = weekly(yoga, freja)
    with pytest.raises(NotADayOfTheRule):
        end_rule(rule=rule, last_day=FIRST - WEEK, actor=None)
    end_rule(rule=rule, last_day=FIRST + 9 * WEEK, actor=None)
    clock.advance(days=30)
    assert create_sessions_ahead() == 2


def test_split_rule_ties_later_sessions_to_the_new_rule(yoga, freja, ville):
    rule = weekly(yoga, freja, last_day=FIRST + 5 * WEEK)
    before = {each.pk: each.rule_day for each in rule.sessions.all()}
    from_day = FIRST + 2 * WEEK
    monday = from_day - dt.timedelta(days=2)

    new = split_rule(
        rule=rule,
        from_day=from_day,
        new_first_day=monday,
        starts=dt.time(18),
        provider=ville,
        places=5,
    )

    rule.refresh_from_db()
    assert (rule.last_day, new.first_day, new.last_day) == (
        from_day - dt.timedelta(days=1),
        monday,
        FIRST + 5 * WEEK - dt.timedelta(days=2),
    )
    assert (new.starts, new.provider, new.places, new.every_weeks) == (dt.time(18), ville, 5, 1)
    after = {each.pk: (each.rule, each.rule_day) for each in ClassSession.objects.all()}
    assert after == {
        pk: (rule, day) if day < from_day else (new, day - dt.timedelta(days=2))
        for pk, day in before.items()
    }


def test_split_rule_at_its_first_date_changes_the_rule_itself(yoga, freja):
    rule = weekly(yoga, freja)
    new = split_rule(
        rule=rule,
        from_day=FIRST,
        new_first_day=FIRST + dt.timedelta(days=6),
        starts=EVENING,
        provider=freja,
        places=3,
    )
    assert new == rule
    assert {day.weekday() for day in rule.sessions.values_list("rule_day", flat=True)} == {1}
    assert rule.sessions.count() == 8


@pytest.mark.parametrize(("from_day", "new"), [(1, 1), (7, 14), (-7, -7)])
def test_split_rule_refusals(yoga, freja, from_day, new):
    rule = weekly(yoga, freja)
    with pytest.raises(NotADayOfTheRule):
        split_rule(
            rule=rule,
            from_day=FIRST + dt.timedelta(days=from_day),
            new_first_day=FIRST + dt.timedelta(days=new),
            starts=EVENING,
            provider=freja,
            places=3,
        )
