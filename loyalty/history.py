"""What a client sees of their points: on the way, the history, and why each movement is there."""

from __future__ import annotations

import datetime as dt

from django.db import models
from django.utils.translation import gettext_lazy as _

from business.models import Business
from clients.models import Client
from foundation.writing import grouped, write_day_time
from loyalty.awards import due_at
from loyalty.explaining import EARNED_AT_RATE, TAKEN_BACK_AT_RATE, factors
from loyalty.explaining import explain as explain_points
from loyalty.models import Award, AwardState, PointEntry, PointKind
from loyalty.points import account_of
from loyalty.rewards import ITEMS

RELATIONS = ("booking", "service", "provider", *ITEMS, "actor", "reverses")

# The sentences that explain a movement; reports write the same ones by the database.
CORRECTED = _("Correction by staff")
EARNED = _("%(points)s for %(service)s, %(when)s")
TAKEN_BACK = _("%(points)s taken back: %(service)s, %(when)s")
CARD_RETURNED = _("Gift card returned: %(reward)s")
REWARD_BOOKED = _("Reward: %(service)s, %(when)s")
REWARD_RETURNED = _("Reward returned: %(service)s, %(when)s")
PRODUCT_RETURNED = _("Reward returned: %(reward)s")


def on_the_way(client: Client) -> list[Award]:
    """Promised awards, the one that arrives first on top, with their bookings loaded."""
    account = account_of(client)
    if account is None:
        return []
    awards = Award.objects.filter(account=account, state=AwardState.PROMISED)
    return list(awards.select_related("booking").order_by("due_at", "pk"))


def expected_at(award: Award, business: Business) -> dt.datetime:
    """The hour that is told to the client: when it is due, rounded up to five minutes (the
    sweep's own step)."""
    return _told(award.due_at)


def expected_after(ends_at: dt.datetime, business: Business) -> dt.datetime:
    """The same hour for a visit that is not booked yet and would end at ``ends_at``."""
    return _told(due_at(ends_at, business))


def _told(due: dt.datetime) -> dt.datetime:
    step = dt.timedelta(minutes=5)
    over = (due - due.replace(minute=0, second=0, microsecond=0)) % step
    return due if not over else due + step - over


def entries_of(client: Client) -> models.QuerySet[PointEntry]:
    """All movements of a client, the newest first, with what explains them loaded."""
    # By the account's number: through a join all of a long history is read for one page of it.
    account = account_of(client)
    entries = PointEntry.objects.filter(account=account) if account else PointEntry.objects.none()
    return entries.select_related(*RELATIONS).order_by("-sequence")


def what(entry: PointEntry) -> str:
    """The thing that a movement is about: the service, the gift card, the product, or nothing."""
    if entry.booking is not None:
        return entry.booking.service_name
    if entry.reward is not None:
        return entry.reward.name
    return ""


def explain(entry: PointEntry, business: Business) -> str:
    """One movement in a sentence: the staff member's words, or rule, service and visit."""
    if entry.kind == PointKind.ADJUST:
        return entry.description or str(CORRECTED)
    if entry.booking is not None:
        params = {
            "points": grouped(abs(entry.amount)),
            "service": entry.booking.service_name,
            "when": write_day_time(entry.booking.starts_at, business.zone),
        }
        by_kind = {
            PointKind.WITHDRAW: TAKEN_BACK,
            PointKind.SPEND: REWARD_BOOKED,
            PointKind.RETURN: REWARD_RETURNED,
        }
        is_taken_back = entry.kind == PointKind.WITHDRAW
        if entry.base is not None and entry.rate is not None:
            params |= factors(
                rule=entry.rule, base=entry.base, rate=entry.rate, currency=business.currency
            )
            return str(TAKEN_BACK_AT_RATE if is_taken_back else EARNED_AT_RATE) % params
        return str(by_kind.get(PointKind(entry.kind), EARNED)) % params
    if entry.kind == PointKind.RETURN:
        is_card = entry.reward is not None and entry.reward.gift_card_type is not None
        return str(CARD_RETURNED if is_card else PRODUCT_RETURNED) % {"reward": what(entry)}
    return what(entry) or entry.description


def explain_award(award: Award, business: Business) -> str:
    """Points on the way in the same words, without the visit, which stands beside them."""
    return explain_points(
        rule=award.rule,
        base=award.base,
        rate=award.rate,
        points=award.points,
        what=award.booking.service_name,
        currency=business.currency,
    )
