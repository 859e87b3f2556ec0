"""docker-compose.yml: its form, and each service's own command against real servers."""

from __future__ import annotations

import os
import shlex
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import redis
import yaml
from django.conf import settings
from django.db import connection

from tests.project.production import production_environment

ROOT: Path = settings.BASE_DIR
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
SERVICES: dict[str, Any] = COMPOSE["services"]
OURS = ("migrate", "web", "worker", "beat")
LONG_RUNNING = ("db", "redis", "web", "worker", "beat")
REDIS_URL = os.environ.get("TEST_REDIS_URL", "redis://127.0.0.1:6379/9")


# --- the form -----------------------------------------------------------------------------------


def test_the_six_services() -> None:
    assert set(SERVICES) == {"db", "redis", *OURS}


@pytest.mark.parametrize("name", LONG_RUNNING)
def test_what_runs_on_has_a_health_check_and_comes_back(name: str) -> None:
    assert SERVICES[name]["healthcheck"]["test"]
    assert SERVICES[name]["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", ["web", "worker", "beat"])
def test_migrations_come_first(name: str) -> None:
    waits = SERVICES[name]["depends_on"]
    assert waits["migrate"] == {"condition": "service_completed_successfully"}
    assert waits["db"] == {"condition": "service_healthy"}
    assert waits["redis"] == {"condition": "service_healthy"}


def test_migrations_run_once_when_the_database_answers() -> None:
    assert SERVICES["migrate"]["restart"] == "no"
    assert SERVICES["migrate"]["depends_on"] == {"db": {"condition": "service_healthy"}}


@pytest.mark.parametrize("name", OURS)
def test_secrets_come_from_the_env_file(name: str) -> None:
    assert SERVICES[name]["env_file"] == ".env"
    assert set(SERVICES[name]["environment"]) == {"DATABASE_URL", "REDIS_URL"}
    assert (ROOT / ".env.example").is_file()


def test_data_outlives_the_containers() -> None:
    assert set(COMPOSE["volumes"]) == {"database", "data"}
    assert SERVICES["db"]["volumes"] == ["database:/var/lib/postgresql/data"]
    for name in OURS:
        assert SERVICES[name]["volumes"] == ["data:/srv/data"]


def test_web_serves_the_files_that_the_worker_writes() -> None:
    """EXPORT_DIR lies in DATA_DIR, which is one volume for both."""
    assert "DATA_DIR=/srv/data" in (ROOT / "Dockerfile").read_text("utf-8")
    assert Path(settings.EXPORT_DIR).is_relative_to(settings.DATA_DIR)
    assert SERVICES["web"]["volumes"] == SERVICES["worker"]["volumes"] == ["data:/srv/data"]


def test_only_the_proxy_on_this_host_reaches_the_site() -> None:
    published = {name: each["ports"] for name, each in SERVICES.items() if "ports" in each}
    assert published == {"web": ["127.0.0.1:8000:8000"]}


def test_the_image_runs_as_an_ordinary_user() -> None:
    lines = (ROOT / "Dockerfile").read_text("utf-8").splitlines()
    users = [line.split()[1] for line in lines if line.startswith("USER ")]
    assert users == ["salon"]
    assert any("--require-hashes" in line for line in lines)


def test_neither_secrets_nor_data_get_into_the_image() -> None:
    left_out = (ROOT / ".dockerignore").read_text("utf-8").split()
    assert {".env", ".git", "var", ".venv"} <= set(left_out)


# --- the commands -------------------------------------------------------------------------------


def redis_answers() -> bool:
    try:
        return bool(redis.Redis.from_url(REDIS_URL, socket_connect_timeout=2).ping())
    except redis.RedisError:
        return False


@pytest.fixture(scope="module")
def production(django_db_setup: None, tmp_path_factory: Any) -> Iterator[dict[str, str]]:
    """What a filled-in .env and compose give a service, with servers on this machine."""
    if connection.vendor != "postgresql":
        pytest.skip("needs PostgreSQL: runs in the second half of make test")
    if not redis_answers():
        assert os.environ.get("CI") != "true", "CI must have Redis"
        pytest.skip("needs Redis (TEST_REDIS_URL names it)")
    made = subprocess.run(
        [sys.executable, "scripts/scratch_database.py", "make"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    address = made.stdout.strip()
    folder = tmp_path_factory.mktemp("production")
    try:
        yield production_environment(
            SINGLE_MACHINE="false",
            DATABASE_URL=address,
            REDIS_URL=REDIS_URL,
            DATA_DIR=str(folder),
            STATIC_ROOT=str(folder / "static"),
            ALLAUTH_TRUSTED_PROXY_COUNT="1",
        )
    finally:
        subprocess.run(
            [sys.executable, "scripts/scratch_database.py", "drop", address], cwd=ROOT, check=True
        )


def command(name: str) -> list[str]:
    """The service's command with this environment's Python in place of the image's."""
    first, *rest = SERVICES[name]["command"]
    return [sys.executable, *rest] if first == "python" else [sys.executable, "-m", first, *rest]


def probe(what: str, environment: dict[str, str]) -> bool:
    return run([sys.executable, "scripts/probe.py", what], environment).returncode == 0


def run(arguments: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        arguments,
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def wait_until(holds: Callable[[], bool], process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        assert process.poll() is None, log.read_text(errors="replace")
        if holds():
            return
        time.sleep(0.5)
    raise AssertionError(log.read_text(errors="replace"))


class Service:
    """One service's command, running; its whole group is ended at the end."""

    def __init__(self, arguments: list[str], environment: dict[str, str], log: Path) -> None:
        self._arguments, self._environment, self.log = arguments, environment, log

    def __enter__(self) -> subprocess.Popen[bytes]:
        with self.log.open("wb") as output:
            self._process = subprocess.Popen(
                self._arguments,
                cwd=ROOT,
                env=self._environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return self._process

    def __exit__(self, *exc: object) -> None:
        os.killpg(self._process.pid, signal.SIGTERM)
        try:
            self._process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


@pytest.mark.slow
def test_every_command_does_its_work(production: dict[str, str], tmp_path: Path) -> None:
    before = run(command("web"), production)
    assert before.returncode != 0, "the web server must not start on an empty database"
    assert "migrate" in before.stdout + before.stderr

    migrated = run(command("migrate"), production)
    assert migrated.returncode == 0, migrated.stderr
    collected = run([sys.executable, "manage.py", "collectstatic", "--noinput"], production)
    assert collected.returncode == 0, collected.stderr

    web_is_well(production, tmp_path / "web.log")
    worker_and_beat_are_well(production, tmp_path)


def web_is_well(environment: dict[str, str], log: Path) -> None:
    port = free_port()
    arguments = [each.replace("0.0.0.0:8000", f"127.0.0.1:{port}") for each in command("web")]
    environment = environment | {"PORT": str(port)}
    with Service(arguments, environment, log) as process:
        wait_until(lambda: probe("web", environment), process, log)
        assert ask(port, "/healthz", host="elsewhere.example") == (400, None)
        status, location = ask(port, "/", host="salon.example")
        assert (status, location) == (301, "https://salon.example/")


def ask(port: int, path: str, *, host: str) -> tuple[int, str | None]:
    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *args: Any, **kwargs: Any) -> None:
            return None

    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={"Host": host})
    try:
        with urllib.request.build_opener(Stay).open(request, timeout=10) as answer:
            return answer.status, answer.headers.get("Location")
    except urllib.error.HTTPError as error:
        return error.code, error.headers.get("Location")


def free_port() -> int:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


def worker_and_beat_are_well(environment: dict[str, str], folder: Path) -> None:
    redis.Redis.from_url(REDIS_URL).flushdb()
    logs = folder / "worker.log", folder / "beat.log"
    check = SERVICES["worker"]["healthcheck"]["test"][1].replace("$$HOSTNAME", socket.gethostname())
    ping = [sys.executable, "-m", *shlex.split(check)]
    with (
        Service(command("worker"), environment, logs[0]) as worker,
        Service(command("beat"), environment, logs[1]) as beat,
    ):
        wait_until(lambda: run(ping, environment).returncode == 0, worker, logs[0])
        wait_until(lambda: probe("beat", environment), beat, logs[1])
        wait_until(lambda: was_swept(environment), worker, logs[0])


def was_swept(environment: dict[str, str]) -> bool:
    """The worker caught up when it started: the sweep left its row."""
    answer = run(
        [
            *(sys.executable, "manage.py", "shell", "-v", "0", "-c"),
            "from loyalty.models import SweepRun as s; print('swept', s.objects.count())",
        ],
        environment,
    )
    return answer.returncode == 0 and "swept 0" not in answer.stdout
