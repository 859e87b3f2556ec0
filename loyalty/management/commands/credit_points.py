"""The sweep from the shell: the same command that Celery beat nudges every five minutes."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from business.profile import get_business
from foundation.errors import DomainError
from loyalty.sweep import credit_due_awards


class Command(BaseCommand):
    help = "Add the points of every visit whose hour has come. Safe to repeat."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--at",
            metavar="INSTANT",
            help="ISO instant, like 2026-11-04T17:30 (business time unless it names an offset); "
            "later than now is refused outside demo and tests",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        at: dt.datetime | None = None
        if options["at"]:
            try:
                at = dt.datetime.fromisoformat(options["at"])
            except ValueError as error:
                raise CommandError(f"Not an instant: {options['at']}") from error
            if at.tzinfo is None:
                at = at.replace(tzinfo=get_business().zone)
        try:
            result = credit_due_awards(at=at)
        except DomainError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"credited {result.credited}, dropped {result.dropped}, failed {result.failed}"
            + (f", flagged {result.flagged}" if result.flagged else "")
        )
