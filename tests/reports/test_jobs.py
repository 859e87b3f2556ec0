"""The life of an export job, whatever happens to workers, roles, disks and clicks."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import ObjectDoesNotExist
from django.http import QueryDict
from django.utils.translation import override

from foundation.models import User
from reports import jobs, storage, tasks, working
from reports.errors import OneFileAtATime
from reports.exports import read_export
from reports.models import ExportJob
from tests.conftest import Clock
from tests.factories import give_points
from tests.reports.conftest import House

pytestmark = pytest.mark.django_db

State, Reason = ExportJob.State, ExportJob.Reason


@pytest.fixture(autouse=True)
def nudges(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The broker of these tests takes every nudge and loses it."""
    lost: list[dict[str, Any]] = []
    monkeypatch.setattr(tasks.write_exports, "apply_async", lambda **how: lost.append(how))
    return lost


def ask(actor: User, query: str = "range=all", *, report: str = "movements", kind: str = "csv"):
    found = read_export(report, QueryDict(query))
    return jobs.ask_for_file(actor=actor, report=report, kind=kind, export=found)


def now(job: ExportJob) -> ExportJob:
    job.refresh_from_db()
    return job


def lines(job: ExportJob) -> list[str]:
    with storage.open_file(now(job).stored) as file:
        return file.read().decode("utf-8-sig").splitlines()


def test_ask_for_file_queues_it_and_nudges(
    house: House, maria: User, nudges: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        job = ask(maria)
    assert (job.state, job.attempts, job.file_name) == ("waiting", 0, "loyalty-points_all.csv")
    assert nudges == [{"expires": 60, "retry": False}]


def test_ask_for_file_goes_on_without_a_broker(
    house: House,
    maria: User,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    def gone(**how: Any) -> None:
        raise ConnectionError

    monkeypatch.setattr(tasks.write_exports, "apply_async", gone)
    with django_capture_on_commit_callbacks(execute=True):
        job = ask(maria)
    tasks.write_exports()
    assert now(job).state == State.DONE


def test_same_question_again_is_the_same_job(house: House, maria: User, olga: User) -> None:
    first = ask(maria)
    assert ask(maria) == first
    assert ask(olga) != first


@pytest.mark.parametrize(
    "other", [{"query": "kind=earn"}, {"kind": "xlsx"}, {"report": "awards", "query": ""}]
)
def test_another_question_waits_until_the_first_is_done(
    house: House, maria: User, other: dict[str, str]
) -> None:
    first = ask(maria)
    with pytest.raises(OneFileAtATime) as refusal:
        ask(maria, **other)
    assert refusal.value.job == first.pk
    tasks.write_exports()
    assert ask(maria, **other) != first


def test_write_exports_makes_the_file(house: House, maria: User) -> None:
    job = ask(maria)
    tasks.write_exports()
    assert (now(job).state, job.rows_done, job.rows_total) == ("done", 7, 7)
    assert len(lines(job)) == 8
    assert job.size == len((storage.folder() / job.stored).read_bytes())
    assert maria.email not in job.stored
    assert [path.stat().st_mode & 0o077 for path in storage.folder().iterdir()] == [0]


def test_file_holds_what_was_asked_when_it_was_asked(
    house: House, maria: User, clock: Clock
) -> None:
    """Yesterday's "last 7 days", in the asker's language, without what was recorded since."""
    with override("da"):
        job = ask(maria, "range=7-days")
    clock.advance(days=10)
    give_points(house.alice, 5)
    tasks.write_exports()
    assert len(lines(job)) == 8
    assert ";Optjent;" in "\n".join(lines(job))
    assert job.file_name == "loyalty-points_2025-10-31_2025-11-06.csv"


def test_file_of_all_movements_ends_when_it_was_asked_for(
    house: House, maria: User, clock: Clock
) -> None:
    """The days of "all" do not end: only the instant of asking bounds them."""
    job = ask(maria, "range=all")
    clock.advance(minutes=5)
    give_points(house.alice, 5)
    tasks.write_exports()
    assert len(lines(job)) == 8


@pytest.mark.parametrize("report", ["movements", "awards", "clients"])
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_every_report_is_made_by_the_worker(
    house: House, maria: User, report: str, kind: str
) -> None:
    job = ask(maria, "", report=report, kind=kind)
    tasks.write_exports()
    assert now(job).state == State.DONE
    assert job.rows_done > 0


def test_silent_worker_loses_the_job_and_its_late_file(
    house: House, maria: User, clock: Clock
) -> None:
    job = ask(maria)
    first = jobs.claim_next()
    assert first is not None
    assert jobs.claim_next() is None
    clock.advance(minutes=4)
    tasks.write_exports()
    assert (now(job).state, job.attempts) == ("done", 2)

    late = storage.stored_name(first.claim, "csv")
    with storage.writing(late) as file:
        file.write(b"late")
    assert jobs.finish(first, stored=late, rows=1) is False
    assert storage.names() == [now(job).stored]
    assert jobs.keep_alive(first, rows_done=1, rows_total=1) is False


def test_job_that_kills_its_worker_is_given_up(house: House, maria: User, clock: Clock) -> None:
    job = ask(maria)
    for _attempt in range(jobs.MOST_ATTEMPTS):
        assert jobs.claim_next() is not None
        clock.advance(minutes=4)
    assert jobs.claim_next() is None
    assert (now(job).state, job.reason) == ("failed", Reason.GIVEN_UP)


def test_one_worker_at_a_time_makes_files(house: House, maria: User, olga: User) -> None:
    """The other one credits points and sends mail meanwhile."""
    first, second = ask(maria), ask(olga)
    assert jobs.claim_next() == first
    assert jobs.claim_next() is None
    assert jobs.cancel(first)
    assert jobs.claim_next() == second


def test_a_dead_job_is_taken_over_before_one_that_was_asked_for_earlier(
    house: House, maria: User, olga: User, clock: Clock
) -> None:
    """Until then it is the one that runs, and no other can begin."""
    dead = ask(maria)
    assert jobs.claim_next() == dead
    earlier = ask(olga)
    ExportJob.objects.filter(pk=earlier.pk).update(asked_at=dead.asked_at - jobs.LEASE)
    clock.advance(minutes=4)
    assert jobs.claim_next() == dead


def test_cancelled_file_is_not_finished(
    house: House, maria: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(working, "STEP", 1)
    job = ask(maria)
    alive = jobs.keep_alive

    def cancel_in_the_middle(mine: ExportJob, *, rows_done: int, rows_total: int) -> bool:
        if rows_done:
            jobs.cancel(job)
        return alive(mine, rows_done=rows_done, rows_total=rows_total)

    monkeypatch.setattr(jobs, "keep_alive", cancel_in_the_middle)
    tasks.write_exports()
    assert now(job).state == State.CANCELLED
    assert storage.names() == []


@pytest.mark.parametrize("taken", ["role", "active", "staff"])
def test_who_lost_the_role_gets_no_file(house: House, maria: User, taken: str) -> None:
    job = ask(maria)
    if taken == "role":
        maria.groups.clear()
    else:
        User.objects.filter(pk=maria.pk).update(**{f"is_{taken}": False})
    tasks.write_exports()
    assert (now(job).state, job.reason) == ("failed", Reason.ROLE)
    assert storage.names() == []


def test_filter_of_something_gone_makes_no_other_file(house: House, maria: User) -> None:
    job = ask(maria)
    ExportJob.objects.update(question="range=all&what=service-999")
    tasks.write_exports()
    assert (now(job).state, job.reason) == ("failed", Reason.FILTER)


@pytest.mark.parametrize(
    ("number", "reason"),
    [(errno.ENOSPC, Reason.DISK_FULL), (errno.EROFS, Reason.STORAGE), (errno.EIO, Reason.STORAGE)],
)
def test_disk_that_takes_nothing_is_a_failed_job(
    house: House, maria: User, monkeypatch: pytest.MonkeyPatch, number: int, reason: str
) -> None:
    """F47: told in a sentence, nothing half-written stays, and the next one works."""
    job = ask(maria)

    def full(descriptor: int) -> None:
        raise OSError(number, "the disk")

    with monkeypatch.context() as patch:
        patch.setattr("os.fsync", full)
        tasks.write_exports()
    assert (now(job).state, job.reason, storage.names()) == ("failed", reason, [])
    assert str(job.get_reason_display())
    again = ask(maria)
    tasks.write_exports()
    assert now(again).state == State.DONE


def test_folder_that_cannot_be_made_is_a_failed_job(
    house: House, maria: User, settings: Any, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    settings.EXPORT_DIR = str(tmp_path / "file" / "exports")
    job = ask(maria)
    tasks.write_exports()
    assert (now(job).state, job.reason) == ("failed", Reason.STORAGE)


def test_mistake_of_ours_is_a_failed_job(
    house: House, maria: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = ask(maria)
    monkeypatch.setattr(working, "write_export", None)
    tasks.write_exports()
    assert (now(job).state, job.reason) == ("failed", Reason.BROKEN)


def test_file_expires_after_a_day(house: House, maria: User, clock: Clock) -> None:
    job = ask(maria)
    tasks.write_exports()
    clock.advance(hours=23, minutes=59)
    tasks.write_exports()
    assert now(job).is_ready(clock.now)
    clock.advance(minutes=1)
    assert not job.is_ready(clock.now)
    tasks.write_exports()
    assert (now(job).state, storage.names()) == ("expired", [])
    clock.advance(days=3)
    tasks.write_exports()
    with pytest.raises(ObjectDoesNotExist):
        job.refresh_from_db()


def test_housekeeping_deletes_what_killed_workers_left_and_nothing_else(
    house: House, maria: User, olga: User
) -> None:
    done = ask(maria)
    tasks.write_exports()
    ask(olga)
    running = jobs.claim_next()
    assert running is not None
    mine = f"{storage.stored_name(running.claim, 'csv')}{storage.DRAFT}"
    for name in (mine, "lost.csv", f"lost.csv{storage.DRAFT}"):
        (storage.folder() / name).touch()
    assert jobs.forget_old_files() == 2
    assert sorted(storage.names()) == sorted([now(done).stored, mine])


def test_role_that_came_back_is_looked_at_when_it_is_made(house: House, maria: User) -> None:
    roles = list(maria.groups.all())
    job = ask(maria)
    maria.groups.clear()
    maria.groups.add(*Group.objects.filter(pk__in=[role.pk for role in roles]))
    tasks.write_exports()
    assert now(job).state == State.DONE
