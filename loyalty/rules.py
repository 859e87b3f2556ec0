"""What a booking earns: fixed points per booking of a service, set on its Loyalty tab."""

from __future__ import annotations

from business.features import get_features
from business.models import Features
from loyalty.models import EarningRule


def points_by_service(features: Features | None = None) -> dict[int, int]:
    """Points per booking by service id; empty while loyalty is off (nothing to promise)."""
    if not (features or get_features()).loyalty:
        return {}
    rules = EarningRule.objects.filter(enabled=True, points__isnull=False)
    return {service: points or 0 for service, points in rules.values_list("service_id", "points")}


def points_for(service_id: int) -> int | None:
    """Points per booking of one service, or None where it earns nothing now."""
    return points_by_service().get(service_id)
