"""Which country a phone number without a prefix belongs to."""

from __future__ import annotations

from babel.core import get_global
from django.conf import settings

from business.models import Business


def phone_region(business: Business) -> str:
    """The country of the business's time zone, so that a local number needs no prefix."""
    territory = get_global("zone_territories").get(business.timezone)
    return territory or settings.PHONENUMBER_DEFAULT_REGION
