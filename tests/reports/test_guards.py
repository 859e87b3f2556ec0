"""Guards of the reports that stand before a command's own."""

from __future__ import annotations

import uuid

import pytest
from django.contrib.auth.models import Permission
from django.core.exceptions import ValidationError
from django.test import Client as Browser
from django.test import RequestFactory
from django.urls import reverse

from clients.models import Client
from clients.people import erase_personal_data
from foundation import clock
from foundation.models import User
from loyalty.models import MOST_POINTS
from reports import jobs
from reports.adding import AddForm, PointsField, safe_next
from reports.models import ExportJob
from tests.factories import UserFactory

pytestmark = pytest.mark.django_db


def test_an_erased_client_is_not_offered(alice: Client) -> None:
    erase_personal_data(client=alice, actor=None)

    form = AddForm({"client": alice.pk})

    assert form.errors["client"] == ["Choose a client"]


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", "/account/", ""])
def test_adding_leads_back_to_a_report_only(rf: RequestFactory, back: str) -> None:
    assert safe_next(rf.get("/"), back).startswith("/admin/reports/")


def test_an_absurd_number_is_refused_where_it_is_typed() -> None:
    with pytest.raises(ValidationError) as refused:
        PointsField().clean(str(MOST_POINTS + 1))

    assert refused.value.code == "too-many"


def test_a_worker_whose_job_another_has_writes_nothing(maria: User) -> None:
    ExportJob.objects.create(
        asked_by=maria,
        report="movements",
        kind="csv",
        language="en",
        file_name="points.csv",
        asked_at=clock.now(),
    )
    mine = jobs.claim_next()
    assert mine is not None
    ExportJob.objects.update(claim=uuid.uuid4())

    assert jobs.keep_alive(mine, rows_done=1, rows_total=1) is False


@pytest.mark.parametrize(
    ("codes", "status"),
    [
        (["view_client"], 403),
        (["export_points_report"], 403),
        (["view_client", "export_points_report"], 200),
    ],
)
def test_the_file_of_clients_needs_both_rights(
    client: Browser, alice: Client, codes: list[str], status: int
) -> None:
    user = UserFactory(is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=codes))
    client.force_login(user)

    answer = client.get(reverse("reports:clients-file", args=["csv"]))

    assert answer.status_code == status
