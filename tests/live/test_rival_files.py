"""Twenty posts at once for a large file, and for time in which nobody is to be booked."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.contrib.admin.models import DELETION, LogEntry
from django.db import transaction
from django.urls import reverse

from bookings.models import Occupation, ResourceOccupation
from bookings.time_off import TimeOff, add_time_off
from clients.models import Client
from foundation.form_tokens import new_form_token
from loyalty.models import PointAccount, PointEntry, PointKind
from reports.exports import MOST_ROWS
from reports.models import ExportJob
from tests.factories import ProviderFactory, ResourceFactory
from tests.live.rivals import RIVALS, same_place, statuses, together
from tests.live.salon import DAYS_AHEAD, Salon, to_now, workday

pytestmark = [
    pytest.mark.postgres_only,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
]


def too_many_to_wait_for() -> None:
    """So many clients with a movement of points each that a file of them is made by a worker."""
    now = to_now()
    with transaction.atomic():
        clients = Client.objects.bulk_create(
            Client(first_name=f"Many{number}", created_at=now) for number in range(MOST_ROWS + 1)
        )
        accounts = PointAccount.objects.bulk_create(
            PointAccount(client=client, balance=5, last_sequence=1, opened_at=now)
            for client in clients
        )
        PointEntry.objects.bulk_create(
            PointEntry(
                account=account,
                sequence=1,
                kind=PointKind.ADJUST,
                amount=5,
                balance_after=5,
                key=f"many:{account.pk}",
                description="Welcome",
                occurred_at=now,
                created_at=now,
            )
            for account in accounts
        )


@pytest.mark.parametrize("report", ["clients", "loyalty"])
def test_one_large_file_is_asked_for_twenty_times(salon: Salon, report: str) -> None:
    """Half of the posts ask for another kind of file: one at a time per person."""
    too_many_to_wait_for()
    desk = salon.desk()
    csv, excel = (reverse(f"reports:{report}-file", args=[kind]) for kind in ("csv", "xlsx"))
    token = desk.token(f"{csv}?range=all")
    presses = [desk.press(f"{path}?range=all", **token) for path in (csv, excel)]

    answers = together(presses * (RIVALS // 2))

    job = ExportJob.objects.get()
    first = 0 if job.kind == "csv" else 1
    assert statuses(answers[first::2]) == {302: RIVALS // 2}
    assert {each.place for each in answers[first::2]} == {reverse("reports:export", args=[job.pk])}
    assert statuses(answers[1 - first :: 2]) == {409: RIVALS // 2}


TIMES = pytest.mark.parametrize("page", ["time-off", "out-of-order"])


def whose(page: str) -> Any:
    return ProviderFactory() if page == "time-off" else ResourceFactory()


def times_of(page: str) -> Any:
    return (Occupation if page == "time-off" else ResourceOccupation).objects.all()


def entered(page: str) -> TimeOff:
    starts_at = workday(DAYS_AHEAD)
    to_now()
    return add_time_off(
        whose=whose(page),
        starts_at=starts_at,
        ends_at=starts_at + dt.timedelta(hours=2),
        reason="",
        form_token=new_form_token(),
        actor=None,
    )


@TIMES
def test_a_time_entered_twenty_times_is_one(salon: Salon, page: str) -> None:
    desk, path = salon.desk(), reverse(f"backoffice:{page}-add")
    form = desk.form(path, "token")
    words = {"whose": whose(page).pk, "from_day": f"{workday(DAYS_AHEAD):%Y-%m-%d}"}

    answers = together([desk.press(path, **form | words)] * RIVALS)

    assert same_place(answers) == reverse(f"backoffice:{page}")
    assert times_of(page).count() == 1


@TIMES
def test_a_time_changed_twenty_times_is_as_it_was_told(salon: Salon, page: str) -> None:
    row, desk = entered(page), salon.desk()
    path = reverse(f"backoffice:{page}-change", args=[row.pk])
    form = desk.form(path, "from_day") | {"from_time": "", "to_time": "", "to_day": ""}

    answers = together([desk.press(path, **form)] * RIVALS)

    assert same_place(answers) == reverse(f"backoffice:{page}")
    (left,) = times_of(page)
    assert left.ends_at - left.starts_at == dt.timedelta(days=1)


@TIMES
def test_a_time_removed_twenty_times_is_gone(salon: Salon, page: str) -> None:
    row, desk = entered(page), salon.desk()
    path = reverse(f"backoffice:{page}-remove", args=[row.pk])

    answers = together([desk.press(path, **desk.token(path))] * RIVALS)

    # Whoever comes when it is gone already finds no such time.
    assert set(statuses(answers)) <= {302, 404}
    assert {each.place for each in answers if each.is_redirect} == {reverse(f"backoffice:{page}")}
    assert not times_of(page).exists()
    assert LogEntry.objects.filter(action_flag=DELETION).count() == 1
