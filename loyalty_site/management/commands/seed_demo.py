"""The demo data: a salon with a studio and half a year behind it."""

from __future__ import annotations

import logging
import random
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection, transaction

from foundation import clock
from foundation.models import User
from loyalty_site.demo.half_year import HalfYear
from loyalty_site.demo.setting_up import set_up
from loyalty_site.demo_accounts import DEMO_ACCOUNTS
from notifications.outbox import as_already_sent

SEED = "birch and cloudberry"
BAR = 40


@contextmanager
def _sweeps_unlogged() -> Iterator[None]:
    """Half a year of sweeps, some after weeks that nobody booked in, is no news."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(before)


class Command(BaseCommand):
    help = "Load the demo data. Deterministic for a given hour; a second run changes nothing."

    def handle(self, *args: Any, **options: Any) -> None:
        if User.objects.filter(email__in=[each.email for each in DEMO_ACCOUNTS]).exists():
            self.stdout.write("The demo data is there already.")
            return
        started = time.perf_counter()
        now = clock.now().replace(minute=0, second=0, microsecond=0)
        chance = random.Random(SEED)  # noqa: S311 (invented visits, not secrets)
        # All or nothing: a seed that is stopped halfway leaves an empty house, not half a one.
        with _sweeps_unlogged(), as_already_sent(), transaction.atomic():
            story = HalfYear(chance, now)
            with clock.fixed(story.start):
                story.salon = set_up(chance)
            self._play(story)
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("ANALYZE")
        self.stdout.write(f"Demo data loaded in {time.perf_counter() - started:.0f} seconds.")

    def _play(self, story: HalfYear) -> None:
        shown = -1
        for part in story.tell():
            filled = int(part * BAR)
            if filled != shown and sys.stdout.isatty():
                bar = "#" * filled + "." * (BAR - filled)
                self.stdout.write(f"\rHalf a year in the salon [{bar}] {part:4.0%}", ending="")
                self.stdout.flush()
            elif filled // 10 != shown // 10:
                self.stdout.write(f"Half a year in the salon: {part:.0%}")
                self.stdout.flush()
            shown = filled
        if sys.stdout.isatty():
            self.stdout.write("")
