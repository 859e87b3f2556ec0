"""Asking the worker to look at the waiting lists soon."""

from __future__ import annotations

import logging

from django.db import transaction

from bookings.models import IN_LINE, WaitingPlace

logger = logging.getLogger(__name__)


def nudge_waiting() -> None:
    """Something became free, or somebody left: once the present transaction is committed, the
    worker offers it to who is in line.

    Only a nudge: with the broker gone, or after a crash, beat asks again every minute, and what
    there is to offer is read from the rows.
    """
    if WaitingPlace.objects.filter(state__in=IN_LINE).exists():
        transaction.on_commit(_publish)


def _publish() -> None:
    from sales.tasks import serve_waiting_lists

    try:
        serve_waiting_lists.apply_async(expires=50, retry=False)
    except Exception:  # noqa: BLE001 - any broker's own errors; what is due is in the rows
        logger.warning("The worker could not be told of free places; beat finds them.")
