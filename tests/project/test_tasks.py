"""The schedule names tasks that exist, and a nudge never outlives the next one."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta

import pytest
from celery.schedules import crontab
from django.conf import settings

from loyalty_site.celery import app
from tests.project.production import production_environment

ENTRIES = sorted(settings.CELERY_BEAT_SCHEDULE.items())
NAMES = [name for name, entry in ENTRIES]


@pytest.fixture(scope="module", autouse=True)
def _load_tasks() -> None:
    app.loader.import_default_modules()


@pytest.mark.parametrize(("name", "entry"), ENTRIES, ids=NAMES)
def test_scheduled_task_is_registered(name: str, entry: dict) -> None:
    assert entry["task"] in app.tasks


@pytest.mark.parametrize(("name", "entry"), ENTRIES, ids=NAMES)
def test_nudge_expires_before_the_next_is_due(name: str, entry: dict) -> None:
    """Trap 24: a worker that comes back after days finds one nudge, not hundreds."""
    schedule = entry["schedule"]
    apart = timedelta(days=1) if isinstance(schedule, crontab) else timedelta(seconds=schedule)
    assert 0 < entry["options"]["expires"] < apart.total_seconds()


def test_hours_are_utc() -> None:
    """F08: in a zone with summer time one hour a year comes twice, and one never."""
    assert app.conf.timezone == "UTC"
    assert app.conf.enable_utc is True


def test_points_land_within_the_hour_after_the_delay() -> None:
    """The delay is at most 230 minutes, and points land within four hours of the visit."""
    sweep = settings.CELERY_BEAT_SCHEDULE["credit due awards"]["schedule"]
    assert 230 * 60 + 2 * sweep <= 4 * 60 * 60


def test_results_are_rows_of_our_own_and_not_the_broker_s() -> None:
    assert app.conf.task_ignore_result is True


def test_no_request_waits_for_a_lost_broker() -> None:
    assert app.conf.task_publish_retry is False


@pytest.mark.slow
def test_a_lost_redis_is_noticed_at_the_first_try() -> None:
    """F11: the request that nudges goes on. By default kombu would try again for six seconds."""
    script = (
        "from kombu.utils import functional\n"
        "from kombu.exceptions import OperationalError\n"
        "from loyalty_site.celery import app\n"
        "pauses = []\n"
        "functional.sleep = pauses.append\n"
        "try:\n    app.send_task('nobody.listens')\n"
        "except OperationalError:\n    print(len(pauses))\n"
    )
    answer = subprocess.run(
        [sys.executable, "-c", script],
        cwd=settings.BASE_DIR,
        env=production_environment(CELERY_BROKER_URL="redis://127.0.0.1:1/0"),
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout.strip() == "0"
