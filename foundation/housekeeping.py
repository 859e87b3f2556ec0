"""Rows that served their purpose, deleted by the night's housekeeping."""

from __future__ import annotations

import datetime as dt

from foundation import clock
from foundation.models import FormUse
from foundation.rates import forget_expired

# A form that was sent a month ago is not sent again by a double click.
FORMS_KEPT = dt.timedelta(days=30)


def forget_old_forms() -> int:
    """Delete the one-time tokens of forms long sent. Returns how many."""
    return FormUse.objects.filter(created_at__lt=clock.now() - FORMS_KEPT).delete()[0]


def keep_house() -> dict[str, int]:
    """Everything of this floor that is old; how many rows of each went."""
    return {"rate counters": forget_expired(), "form tokens": forget_old_forms()}
