"""The panel's first page: today's bookings, points on the way, what needs somebody."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Min, QuerySet, Sum
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from backoffice.outside import count_words
from bookings.models import STANDING, Booking
from bookings.outside import find_outside
from business.features import get_features
from business.models import Business
from business.profile import get_business, local_day_bounds, local_today
from foundation import clock
from foundation.models import User
from loyalty.correcting_requests import waiting_requests
from loyalty.models import Award, AwardState, SweepRun
from notifications.models import Message, MessageTemplate

# The sweep runs every five minutes: after three it was expected and did not come.
SWEEP_IS_LATE = dt.timedelta(minutes=15)
SHOWN = 12


@dataclass(frozen=True)
class Attention:
    """One thing that somebody should look at, with where to do so."""

    text: str | Promise
    link: str = ""
    action: str | Promise = ""


def visible_bookings(user: User) -> QuerySet[Booking]:
    """Every booking for those who may see them all, else those of the provider's own."""
    if user.has_perm("bookings.see_all_bookings"):
        return Booking.objects.all()
    return Booking.objects.filter(provider__user=user)


def dashboard(user: User) -> dict[str, Any]:
    """What the first page shows ``user``; parts that their role does not open are left out."""
    business = get_business()
    context: dict[str, Any] = {"today": local_today(business)}
    if user.has_perm("bookings.view_booking"):
        context.update(_todays_bookings(user, business))
    if user.has_perm("loyalty.see_points_report"):
        context.update(_points_on_the_way())
    if user.has_perm("notifications.view_message"):
        context["attention"] = _attention(business)
        context["is_watched"] = True
    return context


def _todays_bookings(user: User, business: Business) -> dict[str, Any]:
    first, after = local_day_bounds(business, local_today(business))
    today = visible_bookings(user).filter(
        starts_at__gte=first, starts_at__lt=after, status__in=STANDING
    )
    coming = (
        today.filter(ends_at__gt=clock.now())
        .select_related("visit__client", "provider")
        .order_by("starts_at", "pk")
    )
    return {"booked_today": today.count(), "coming": coming[:SHOWN]}


def _points_on_the_way() -> dict[str, Any]:
    way = Award.objects.filter(state=AwardState.PROMISED).aggregate(
        visits=Count("pk"), points=Sum("points"), first_due=Min("due_at")
    )
    return {
        "way_visits": way["visits"],
        "way_points": way["points"] or 0,
        "way_first_due": way["first_due"],
    }


def _attention(business: Business) -> list[Attention]:
    return [
        *_late_sweep(),
        *_stuck_awards(),
        *_waiting_corrections(),
        *_failed_messages(),
        *_broken_texts(),
        *_outside_hours(business),
    ]


def _late_sweep() -> list[Attention]:
    if not get_features().loyalty:
        return []
    last = SweepRun.objects.filter(finished_at__isnull=False).order_by("-started_at").first()
    if last is None:
        return [Attention(_("Points have never been added yet: the worker has not run."))]
    late = clock.now() - last.started_at
    if late < SWEEP_IS_LATE:
        return []
    minutes = int(late.total_seconds() // 60)
    text = ngettext(
        "Points were last looked after %(n)d minute ago. It should happen every five minutes: "
        "check that the worker and the scheduler run.",
        "Points were last looked after %(n)d minutes ago. It should happen every five minutes: "
        "check that the worker and the scheduler run.",
        minutes,
    )
    return [Attention(text % {"n": minutes})]


def _stuck_awards() -> list[Attention]:
    stuck = Award.objects.filter(state=AwardState.QUARANTINED).count()
    if not stuck:
        return []
    text = ngettext(
        "The points of %(n)d visit could not be added after several tries.",
        "The points of %(n)d visits could not be added after several tries.",
        stuck,
    )
    link = reverse("admin:loyalty_award_changelist") + "?state__exact=quarantined"
    return [Attention(text % {"n": stuck}, link, _("Look at them"))]


def _waiting_corrections() -> list[Attention]:
    waiting = waiting_requests().count()
    if not waiting:
        return []
    text = ngettext(
        "%(n)d correction of points waits for a second person.",
        "%(n)d corrections of points wait for a second person.",
        waiting,
    )
    return [Attention(text % {"n": waiting}, reverse("reports:requests"), _("Look at them"))]


def _failed_messages() -> list[Attention]:
    since = clock.now() - dt.timedelta(days=7)
    failed = Message.objects.filter(state=Message.State.FAILED, created_at__gte=since).count()
    if not failed:
        return []
    text = ngettext(
        "%(n)d message of the last seven days could not be sent.",
        "%(n)d messages of the last seven days could not be sent.",
        failed,
    )
    link = reverse("admin:notifications_message_changelist") + "?state__exact=failed"
    return [Attention(text % {"n": failed}, link, _("Look at them"))]


def _broken_texts() -> list[Attention]:
    if not MessageTemplate.objects.filter(broken_at__isnull=False).exists():
        return []
    text = _("A message text of your own could not be used, so the original text went out.")
    return [Attention(text, reverse("backoffice:features"), _("Look at it"))]


def _outside_hours(business: Business) -> list[Attention]:
    link = reverse("backoffice:outside-hours")
    found = find_outside(business, with_things=False)
    return [Attention(words, link, _("Look at them")) for words in count_words(found)]
