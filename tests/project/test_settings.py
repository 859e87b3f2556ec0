"""Production refuses to start when unsafe, and says what to set."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.conf import settings

from loyalty_site.settings.safety import refusals
from tests.project.production import production_environment

pytestmark = pytest.mark.once

SAFE: dict[str, Any] = {
    "SECRET_KEY": "k3y-" + "abcdefghij" * 6,
    "FIELD_ENCRYPTION_KEYS": [Fernet.generate_key().decode()],
    "CODE_HASH_PEPPER": "pepper-" * 6,
    "ALLOWED_HOSTS": ["salon.example"],
    "BASE_URL": "https://salon.example",
    "DEFAULT_FROM_EMAIL": "hello@salon.example",
    "DEBUG": False,
    "DEMO": False,
    "DATABASES": {"default": {"ENGINE": "django.db.backends.postgresql"}},
    "CELERY_BROKER_URL": "redis://redis:6379/0",
}
ON_SQLITE = {"default": {"ENGINE": "django.db.backends.sqlite3"}}


def test_safe_settings_are_not_refused() -> None:
    assert refusals(SAFE, single_machine=False) == []


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("SECRET_KEY", "", "SECRET_KEY is missing"),
        ("SECRET_KEY", "short", "SECRET_KEY is guessable"),
        ("SECRET_KEY", "django-insecure-" + "x1y2z3" * 10, "SECRET_KEY is guessable"),
        ("SECRET_KEY", "a" * 60, "SECRET_KEY is guessable"),
        ("FIELD_ENCRYPTION_KEYS", [], "FIELD_ENCRYPTION_KEYS is missing"),
        ("FIELD_ENCRYPTION_KEYS", ["no key"], "no Fernet key"),
        ("CODE_HASH_PEPPER", "", "CODE_HASH_PEPPER is missing"),
        ("CODE_HASH_PEPPER", "short", "CODE_HASH_PEPPER is missing or short"),
        ("ALLOWED_HOSTS", [], "ALLOWED_HOSTS is missing"),
        ("ALLOWED_HOSTS", ["salon.example", "*"], "ALLOWED_HOSTS holds a wildcard"),
        ("BASE_URL", "http://salon.example", "BASE_URL is not an https address"),
        ("BASE_URL", "salon.example", "BASE_URL is not an https address"),
        ("DEFAULT_FROM_EMAIL", "salon@localhost", "DEFAULT_FROM_EMAIL is missing"),
        ("DEBUG", True, "DEBUG is on"),
        ("DEMO", True, "DEMO is on"),
        ("DATABASES", ON_SQLITE, "DATABASE_URL is missing"),
        ("CELERY_BROKER_URL", "spool://", "REDIS_URL is missing"),
    ],
)
def test_one_unsafe_setting_is_refused_by_name(name: str, value: Any, says: str) -> None:
    (sentence,) = refusals(SAFE | {name: value}, single_machine=False)
    assert says in sentence


@pytest.mark.parametrize("unsafe", [{"DATABASES": ON_SQLITE}, {"CELERY_BROKER_URL": "spool://"}])
def test_one_machine_may_do_without_other_servers(unsafe: dict[str, Any]) -> None:
    assert refusals(SAFE | unsafe, single_machine=True) == []


def run_check(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "manage.py", "check", *arguments],
        cwd=settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.slow
def test_production_names_everything_that_is_missing_at_once() -> None:
    bare = {"PATH": os.environ["PATH"], "DATA_DIR": str(settings.DATA_DIR)}
    answer = run_check(bare | {"DJANGO_SETTINGS_MODULE": "loyalty_site.settings.production"})
    assert answer.returncode != 0
    for name in (
        "SECRET_KEY",
        "FIELD_ENCRYPTION_KEYS",
        "CODE_HASH_PEPPER",
        "ALLOWED_HOSTS",
        "BASE_URL",
        "DATABASE_URL",
        "REDIS_URL",
    ):
        assert f"- {name} " in answer.stderr


@pytest.mark.slow
def test_deployment_check_is_clean() -> None:
    answer = run_check(production_environment(), "--deploy", "--fail-level", "WARNING")
    assert answer.returncode == 0, answer.stderr
    assert "no issues" in answer.stdout


@pytest.mark.slow
def test_cookies_of_production_are_bound_to_the_host_and_to_https() -> None:
    script = (
        "from django.conf import settings as s;"
        "print(s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME, s.SESSION_COOKIE_SECURE,"
        " s.CSRF_COOKIE_SECURE, s.SESSION_COOKIE_HTTPONLY, s.SESSION_COOKIE_SAMESITE,"
        " s.SECURE_HSTS_SECONDS)"
    )
    answer = subprocess.run(
        [sys.executable, "-c", script],
        cwd=settings.BASE_DIR,
        env=production_environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout.split() == [
        "__Host-session",
        "__Host-csrf",
        "True",
        "True",
        "True",
        "Lax",
        "31536000",
    ]


def test_no_page_view_takes_the_write_lock() -> None:
    """ATOMIC_REQUESTS would make every page on SQLite a writer (reliability, trap 9)."""
    assert settings.DATABASES["default"]["ATOMIC_REQUESTS"] is False
