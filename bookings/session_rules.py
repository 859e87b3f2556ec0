"""Weekly classes: a rule says when, and its sessions are created eight weeks ahead.

A rule speaks the business's wall clock: the class that begins at 17:30 begins at 17:30 in summer
and in winter. On the date whose clocks skip its hour there is no session, on the one that repeats
it there is one, the first of the two.

``(rule, rule_day)`` is unique, so that a session is created once, whoever creates it and how
often. A session keeps its ``rule_day`` when it is moved, given to somebody else or cancelled: it
stays that week's session, and nobody makes another.

A date on which the class cannot take place (a holiday, the provider is taken or has the day off)
is left out, and staff are told why: ``skipped_days`` finds it from the rows each time, so what was
in the way may go away, and the next run creates the session.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from bookings.errors import NotAClass, NotADayOfTheRule, NotOffered, SlotTaken
from bookings.models import ClassSession, SessionRule
from bookings.sessions import create_session
from business.models import Business, SpecialDay, SpecialDayKind
from business.profile import get_business, local_today
from catalogue.models import DateHours, Provider, Service
from foundation import clock
from foundation.locks import lock_one
from foundation.models import User

logger = logging.getLogger(__name__)

AHEAD = dt.timedelta(weeks=8)


class SkipReason(models.TextChoices):
    NO_SUCH_TIME = "no-such-time", _("the clocks skip this hour")
    HOLIDAY = "holiday", _("holiday")
    CLOSED_THEN = "closed-then", _("closed at that time")
    DAY_OFF = "day-off", _("the provider has the day off")
    TAKEN = "taken", pgettext_lazy("why a class is left out", "the provider or a room is taken")


@dataclass(frozen=True)
class Skipped:
    """A date of a rule that has no session, and why."""

    day: dt.date
    reason: SkipReason


def instant_on(day: dt.date, starts: dt.time, zone: ZoneInfo) -> dt.datetime | None:
    """When the wall clock shows ``starts`` on ``day``, in UTC; None where the clocks skip it.

    The first of the two where they repeat it.
    """
    local = dt.datetime.combine(day, starts, tzinfo=zone)
    instant = local.astimezone(dt.UTC)
    shown = instant.astimezone(zone)
    return instant if shown.replace(tzinfo=None) == local.replace(tzinfo=None) else None


def days_of(rule: SessionRule, first: dt.date, last: dt.date) -> Iterator[dt.date]:
    """The rule's dates from ``first`` to ``last``, both included."""
    step = dt.timedelta(weeks=rule.every_weeks)
    behind = (first - rule.first_day) // step if first > rule.first_day else 0
    day = rule.first_day + behind * step
    if rule.last_day is not None:
        last = min(last, rule.last_day)
    while day <= last:
        if day >= first:
            yield day
        day += step


def create_rule(
    *,
    service: Service,
    provider: Provider,
    starts: dt.time,
    first_day: dt.date,
    last_day: dt.date | None = None,
    every_weeks: int = 1,
    places: int | None = None,
    actor: User | None,
) -> SessionRule:
    """A class every week or every few, and at once its sessions of the next eight weeks.

    The same class by the same provider at the same time from the same date is the same rule: asking
    again returns it. Locks the provider.
    Raises NotAClass, NotOffered, NotADayOfTheRule when it would end before it begins.
    """
    if not service.is_class:
        raise NotAClass
    if service.archived_at is not None or provider.archived_at is not None:
        raise NotOffered
    if last_day is not None and last_day < first_day:
        raise NotADayOfTheRule
    with transaction.atomic():
        lock_one(Provider.objects.all(), provider.pk)
        same = SessionRule.objects.filter(
            service=service, provider=provider, starts=starts, first_day=first_day
        )
        rule = same.first() or SessionRule.objects.create(
            service=service,
            provider=provider,
            starts=starts,
            first_day=first_day,
            last_day=last_day,
            every_weeks=every_weeks,
            places=service.places if places is None else places,
        )
        create_sessions_of(rule=rule)
    return rule


def create_sessions_of(*, rule: SessionRule) -> list[Skipped]:
    """Create what the rule lacks in the next eight weeks. Repeating it changes nothing.

    Returns the dates left out. Locks the rule, then one provider after another, each in a
    savepoint: a date on which they are taken stops nothing.
    """
    business = get_business()
    skipped: list[Skipped] = []
    with transaction.atomic():
        locked = lock_rule(rule.pk)
        if locked.service.archived_at is not None:
            return []
        for day, reason in _missing(locked, business):
            starts_at = instant_on(day, locked.starts, business.zone)
            if reason is not None or starts_at is None:
                skipped.append(Skipped(day, reason or SkipReason.NO_SUCH_TIME))
                continue
            try:
                create_session(
                    service=locked.service,
                    provider=locked.provider,
                    starts_at=starts_at,
                    places=locked.places,
                    rule=locked,
                    rule_day=day,
                    actor=None,
                )
            except SlotTaken:
                skipped.append(Skipped(day, SkipReason.TAKEN))
    return skipped


def create_sessions_ahead() -> int:
    """Create what every rule lacks, each in a transaction of its own; how many sessions are new.

    What goes wrong with one rule is logged and stops no other.
    """
    today = local_today(get_business())
    before = ClassSession.objects.count()
    running = SessionRule.objects.filter(
        Q(last_day__isnull=True) | Q(last_day__gte=today), service__archived_at__isnull=True
    )
    for rule in running.order_by("pk"):
        try:
            create_sessions_of(rule=rule)
        except Exception:
            logger.exception("The sessions of weekly class %s could not be created.", rule.pk)
    return ClassSession.objects.count() - before


def skipped_days(*, rule: SessionRule) -> list[Skipped]:
    """The dates of the next eight weeks that have no session, and why, as it is now."""
    found = _missing(rule, get_business())
    return [Skipped(day, reason or SkipReason.TAKEN) for day, reason in found]


def lock_rule(rule_id: int) -> SessionRule:
    return lock_one(SessionRule.objects.select_related("service", "provider"), rule_id)


def end_rule(*, rule: SessionRule, last_day: dt.date, actor: User | None) -> SessionRule:
    """No session after ``last_day``. Those that exist already are the caller's to cancel.

    Raises NotADayOfTheRule when it would end before it begins.
    """
    with transaction.atomic():
        locked = lock_rule(rule.pk)
        if last_day < locked.first_day:
            raise NotADayOfTheRule
        locked.last_day = last_day
        locked.save(update_fields=["last_day"])
    return locked


def split_rule(
    *,
    rule: SessionRule,
    from_day: dt.date,
    new_first_day: dt.date,
    starts: dt.time,
    provider: Provider,
    places: int,
) -> SessionRule:
    """From ``from_day`` on the class is another: the rule ends before, and a new one begins.

    ``new_first_day`` lies in the same seven days, so that every date of the old rule has its date
    in the new one; sessions are tied to that and keep their time: ``sales`` changes it. Where the
    change begins with the rule's first date, the rule itself is changed. Locks the rule. Raises
    NotADayOfTheRule.
    """
    with transaction.atomic():
        locked = lock_rule(rule.pk)
        shift = new_first_day - from_day
        if from_day not in days_of(locked, from_day, from_day) or abs(shift.days) > 6:
            raise NotADayOfTheRule
        later = ClassSession.objects.filter(rule=locked, rule_day__gte=from_day)
        tied = list(later.order_by("pk").values_list("pk", "rule_day"))
        ends = locked.last_day + shift if locked.last_day is not None else None
        if from_day == locked.first_day:
            # Its sessions let go of their dates first: two of them must not meet on the way.
            later.update(rule=None, rule_day=None)
            new = locked
            new.first_day, new.last_day, new.starts = new_first_day, ends, starts
            new.provider, new.places = provider, places
            new.save()
        else:
            new = SessionRule.objects.create(
                service=locked.service,
                provider=provider,
                starts=starts,
                first_day=new_first_day,
                last_day=ends,
                every_weeks=locked.every_weeks,
                places=places,
            )
            locked.last_day = from_day - dt.timedelta(days=1)
            locked.save(update_fields=["last_day"])
        for pk, day in tied:
            if day is not None:
                ClassSession.objects.filter(pk=pk).update(rule=new, rule_day=day + shift)
    return new


def _missing(rule: SessionRule, business: Business) -> list[tuple[dt.date, SkipReason | None]]:
    """The dates still to come that have no session; with the reason where one is known."""
    today = local_today(business)
    last = today + AHEAD
    made = set(
        ClassSession.objects.filter(rule=rule, rule_day__gte=today).values_list(
            "rule_day", flat=True
        )
    )
    days = [day for day in days_of(rule, today, last) if day not in made]
    if not days:
        return []
    special = {each.day: each for each in SpecialDay.objects.filter(day__in=days)}
    off = _days_off(rule.provider_id, days)
    now = clock.now()
    found: list[tuple[dt.date, SkipReason | None]] = []
    for day in days:
        starts_at = instant_on(day, rule.starts, business.zone)
        if starts_at is None:
            found.append((day, SkipReason.NO_SUCH_TIME))
        elif starts_at > now:
            reason = _closed(special.get(day), rule, starts_at, business.zone)
            if reason is None and day in off:
                reason = SkipReason.DAY_OFF
            found.append((day, reason))
    return found


def _days_off(provider_id: int, days: Iterable[dt.date]) -> set[dt.date]:
    rows = DateHours.objects.filter(provider_id=provider_id, day__in=list(days))
    return set(rows.filter(starts__isnull=True).values_list("day", flat=True))


def _closed(
    special: SpecialDay | None, rule: SessionRule, starts_at: dt.datetime, zone: ZoneInfo
) -> SkipReason | None:
    if special is None or special.kind == SpecialDayKind.EXTRA:
        return None
    if special.kind == SpecialDayKind.CLOSED or special.opens is None or special.closes is None:
        return SkipReason.HOLIDAY
    ends = (starts_at + dt.timedelta(minutes=rule.service.minutes)).astimezone(zone)
    closes = dt.datetime.combine(special.day, special.closes, tzinfo=zone)
    if rule.starts < special.opens or ends > closes:
        return SkipReason.CLOSED_THEN
    return None
