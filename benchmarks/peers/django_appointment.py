"""django-appointment's own slot computation, asked over a pipe.

Runs in an environment of its own (``benchmarks/peer.py``), so it imports nothing of the house. The
first line read tells the shape of the salon and the database; each line after it is a question, and
each answer is one line. Nothing here is faster or slower than what its own pages do: the function
asked is the one behind them, and the rows are those that its pages write.
"""

from __future__ import annotations

import datetime as dt
import json
import sys
import warnings
from importlib import import_module
from typing import Any

Start = tuple[int, str]


def set_up(database: str, zone: str) -> None:
    """Django with the application, on ``database``; mail, templates and sites as it asks for."""
    from django.conf import settings

    settings.configure(
        SECRET_KEY="a benchmark's",
        USE_TZ=True,
        TIME_ZONE=zone,
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        INSTALLED_APPS=[
            "django.contrib.contenttypes",
            "django.contrib.auth",
            "django.contrib.sites",
            "django.contrib.messages",
            "django.contrib.sessions",
            "phonenumber_field",
            "appointment",
        ],
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": database,
                "CONN_MAX_AGE": None,
            }
        },
        CACHES={"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}},
        LOGGING_CONFIG=None,
    )
    import django
    from django.core.management import call_command

    django.setup()
    # It comes without migrations, and its tables point at those of the apps that have some.
    call_command("migrate", verbosity=0)
    call_command("migrate", run_syncdb=True, verbosity=0)


class Salon:
    """Providers who work every day, and their bookings, given as ``[number, day, from, to]``."""

    def __init__(self, shape: dict[str, Any]) -> None:
        from django.contrib.auth.models import User
        from django.utils import timezone

        now = dt.datetime.fromisoformat(shape["now"])
        timezone.now = lambda: now
        models: Any = import_module("appointment.models")
        self._slots_of: Any = import_module("appointment.services").get_available_slots_for_staff
        self.service = models.Service.objects.create(
            name="Service", duration=dt.timedelta(minutes=shape["minutes"]), price=72
        )
        self.staff = []
        for number in range(shape["providers"]):
            member = models.StaffMember.objects.create(
                user=User.objects.create(username=f"provider{number}"),
                slot_duration=shape["step"],
                appointment_buffer_time=0,
            )
            member.services_offered.add(self.service)
            for day in range(7):
                models.WorkingHours.objects.create(
                    staff_member=member,
                    day_of_week=day,
                    start_time=dt.time(shape["opens"]),
                    end_time=dt.time(shape["closes"]),
                )
            self.staff.append(member)
        requests = models.AppointmentRequest.objects.bulk_create(
            models.AppointmentRequest(
                date=dt.date.fromisoformat(day),
                start_time=dt.time.fromisoformat(starts),
                end_time=dt.time.fromisoformat(ends),
                service=self.service,
                staff_member=self.staff[number],
                id_request=f"request{at}",
            )
            for at, (number, day, starts, ends) in enumerate(shape["bookings"])
        )
        client = User.objects.create(username="client")
        models.Appointment.objects.bulk_create(
            models.Appointment(
                client=client,
                appointment_request=request,
                phone="+4532101010",
                address="",
                id_request=f"appointment{at}",
            )
            for at, request in enumerate(requests)
        )

    def free(self, first: dt.date, days: int) -> list[Start]:
        """Every free start, as the pages would list it day by day and provider by provider."""
        return [
            (number, slot.isoformat())
            for day in (first + dt.timedelta(days=n) for n in range(days))
            for number, member in enumerate(self.staff)
            for slot in self._of(member, day)
        ]

    def first(self, first: dt.date, days: int) -> list[Start]:
        """The first day on which anybody is free, and nobody asked about the days behind it."""
        for day in (first + dt.timedelta(days=n) for n in range(days)):
            found = [
                (number, slot.isoformat())
                for number, member in enumerate(self.staff)
                for slot in self._of(member, day)
            ]
            if found:
                return [min(found, key=lambda start: (start[1], start[0]))]
        return []

    def _of(self, member: Any, day: dt.date) -> list[dt.datetime]:
        # It counts Sunday as 0.
        slots: list[dt.datetime] = self._slots_of(
            day, member, day.isoweekday() % 7, service=self.service
        )
        return slots


def main() -> None:
    warnings.simplefilter("ignore")
    # Its log writes to the standard output, where the answers go.
    answers, sys.stdout = sys.stdout, sys.stderr
    shape = json.loads(sys.stdin.readline())
    set_up(shape["database"], shape["zone"])
    from django.db import connection, reset_queries

    salon = Salon(shape)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    print(json.dumps({"ready": True}), file=answers, flush=True)
    for line in sys.stdin:
        asked = json.loads(line)
        connection.force_debug_cursor = asked["counted"]
        reset_queries()
        starts = getattr(salon, asked["what"])(dt.date.fromisoformat(asked["first"]), asked["days"])
        # More than these are not kept, so they are counted over little.
        answer = {"starts": starts, "queries": len(connection.queries_log)}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
