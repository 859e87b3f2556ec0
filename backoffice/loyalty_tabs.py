"""What the two *Loyalty* tabs say beside their fields (ux S11, S12)."""

from __future__ import annotations

import math

from django.db.models import Count
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from business.features import get_features
from business.profile import get_business
from catalogue.models import Service
from foundation.money import format_money
from foundation.writing import write_points
from giftcards.models import GiftCardType
from loyalty.models import Award, AwardState, EarningRule, Reward


def _average(numbers: list[int]) -> int:
    return round(sum(numbers) / len(numbers)) if numbers else 0


def service_tab(service: Service | None) -> SafeString:
    """The average of the other services, visits to the smallest card, and who keeps what."""
    return render_to_string(
        "backoffice/parts/loyalty_tab.html",
        {
            "is_on": get_features().loyalty,
            "lines": _service_lines(service),
            "reward_link": _reward_link(service),
        },
    )


def _reward_link(service: Service | None) -> tuple[str, str] | None:
    """Where the service as a reward is set up, and what it says; a class is none."""
    if service is None or service.is_class:
        return None
    reward = Reward.objects.filter(service_id=service.pk).first()
    if reward is None:
        address = reverse("admin:loyalty_reward_add")
        return f"{address}?service={service.pk}", _("Let clients book it as a reward")
    text = _("As a reward: %(points)s") % {"points": write_points(reward.points or 0)}
    return reverse("admin:loyalty_reward_change", args=[reward.pk]), text


def _service_lines(service: Service | None) -> list[str]:
    lines = []
    rules = EarningRule.objects.filter(enabled=True)
    given = [points or 0 for points in rules.values_list("points", flat=True)]
    if given:
        lines.append(
            _("Your services earn %(points)s on average.")
            % {"points": write_points(_average(given))}
        )
    own = EarningRule.objects.filter(service=service, enabled=True).first() if service else None
    cheapest = Reward.objects.filter(enabled=True).order_by("points").first()
    if own and own.points and cheapest and cheapest.points:
        visits = math.ceil(cheapest.points / own.points)
        text = ngettext(
            "About %(n)d visit to the smallest gift card.",
            "About %(n)d visits to the smallest gift card.",
            visits,
        )
        lines.append(text % {"n": visits})
    lines.append(_("Changes count for bookings made from now on."))
    return lines + (_kept(service) if service else [])


def _kept(service: Service) -> list[str]:
    """Points of a booking were fixed when it was booked: one sentence for each number."""
    promised = (
        Award.objects.filter(booking__service_id=service.pk, state=AwardState.PROMISED)
        .values("rate")
        .annotate(visits=Count("pk"))
        .order_by("-visits", "rate")
    )
    return [
        ngettext(
            "%(n)d booked visit keeps %(points)s.",
            "%(n)d booked visits keep %(points)s.",
            row["visits"],
        )
        % {"n": row["visits"], "points": write_points(row["rate"])}
        for row in promised
    ]


def card_type_tab(card_type: GiftCardType | None) -> SafeString:
    """What its points are worth in visits, with a warning where the card is worth more."""
    reward = Reward.objects.filter(gift_card_type=card_type).first() if card_type else None
    warning, lines = "", []
    visits, spent = _visits_for(reward.points) if reward and reward.points else (0, 0)
    if visits and reward and card_type:
        money = format_money(spent, currency=get_business().currency)
        text = ngettext(
            "%(points)s are earned by about %(n)d visit worth %(money)s.",
            "%(points)s are earned by about %(n)d visits worth %(money)s.",
            visits,
        )
        line = text % {"points": write_points(reward.points or 0), "n": visits, "money": money}
        if spent < card_type.value_minor:
            warning = line + " " + _("The card is worth more than that.")
        else:
            lines.append(line)
    return render_to_string(
        "backoffice/parts/loyalty_tab.html",
        {
            "is_on": get_features().loyalty,
            "lines": lines,
            "warning": warning,
            "preview": reward if reward and reward.points else None,
            "balance_enough": (reward.points or 0) + 40 if reward else 0,
            "balance_short": max((reward.points or 0) - 160, 0) if reward else 0,
            "value": format_money(card_type.value_minor, currency=get_business().currency)
            if card_type
            else "",
        },
    )


def _visits_for(points: int) -> tuple[int, int]:
    """How many average visits earn ``points``, and what they cost in minor units."""
    rules = list(
        EarningRule.objects.filter(enabled=True).values_list("points", "service__price_minor")
    )
    if not rules:
        return 0, 0
    visits = math.ceil(points / max(_average([rule[0] or 0 for rule in rules]), 1))
    return visits, visits * _average([rule[1] for rule in rules])
