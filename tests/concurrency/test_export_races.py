"""Large files asked for and begun by many at once: one per person, one in the house (F55)."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from itertools import count
from types import SimpleNamespace

import pytest
from django.db import connection
from django.http import QueryDict

from foundation.models import User
from reports import jobs
from reports.errors import OneFileAtATime
from reports.exports import read_export
from reports.models import ExportJob
from tests.concurrency.contests import kinds
from tests.concurrency.racing import CONNECTIONS, PATIENCE, Operation, lost, race, won
from tests.factories import UserFactory

pytestmark = [pytest.mark.postgres_only, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "_nudge", lambda: None)


def asker(user: User, kind: str = "csv") -> Operation:
    question = read_export("movements", QueryDict("range=all"))
    return lambda: jobs.ask_for_file(actor=user, report="movements", kind=kind, export=question)


def test_one_person_has_one_job_whoever_asks_first() -> None:
    """Half of the clicks ask for another file: they get the first one's, or hear of it."""
    maria = UserFactory()

    results = race(*[asker(maria, kind) for kind in ("csv", "xlsx")] * (CONNECTIONS // 2))

    job = ExportJob.objects.get()
    assert {each.pk for each in won(results)} == {job.pk}
    assert kinds(results) == {"ExportJob": CONNECTIONS // 2, "OneFileAtATime": CONNECTIONS // 2}
    assert all(isinstance(each, OneFileAtATime) and each.job == job.pk for each in lost(results))


@pytest.fixture
def all_have_looked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every worker saw that nobody was at a file before the first of them begins one."""
    looked, calls = threading.Barrier(CONNECTIONS), count()

    def uuid4() -> uuid.UUID:
        if next(calls) < CONNECTIONS:
            looked.wait(PATIENCE)
        return uuid.uuid4()

    monkeypatch.setattr(jobs, "uuid", SimpleNamespace(uuid4=uuid4))


def _running() -> int:
    return ExportJob.objects.filter(state="running").count()


@pytest.mark.usefixtures("all_have_looked")
def test_workers_at_once_begin_one_file() -> None:
    for _ in range(3):
        asker(UserFactory())()

    results = race(*[jobs.claim_next] * CONNECTIONS)

    assert kinds(results) == {"ExportJob": 1, "NoneType": CONNECTIONS - 1}
    assert _running() == 1


# --- the protection off -----------------------------------------------------------------------


@pytest.fixture
def without_constraint() -> Iterator[None]:
    """Afterwards the table is empty and whole again."""
    constraint = next(
        each for each in ExportJob._meta.constraints if each.name == "export_job_one_running"
    )
    with connection.schema_editor() as editor:
        editor.remove_constraint(ExportJob, constraint)
    yield
    ExportJob.objects.all().delete()
    with connection.schema_editor() as editor:
        editor.add_constraint(ExportJob, constraint)


@pytest.mark.usefixtures("without_constraint", "all_have_looked")
def test_without_the_constraint_workers_are_at_many_files() -> None:
    for _ in range(3):
        asker(UserFactory())()

    results = race(*[jobs.claim_next] * CONNECTIONS)

    assert kinds(results) == {"ExportJob": 3, "NoneType": CONNECTIONS - 3}
    assert _running() == 3
