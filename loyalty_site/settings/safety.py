"""What production refuses to start with. Each refusal is a sentence that says what to set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from cryptography.fernet import Fernet

SHORTEST_KEY = 50
SHORTEST_PEPPER = 32
MAKE_KEY = "python -c 'import secrets; print(secrets.token_urlsafe(50))'"
MAKE_FERNET = (
    "python -c 'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'"
)


def refusals(settings: Mapping[str, Any], *, single_machine: bool) -> list[str]:
    """Everything that is unsafe in ``settings``, so that a person mends it in one go."""
    return [
        *_about_keys(settings),
        *_about_addresses(settings),
        *_about_modes(settings),
        *_about_machines(settings, single_machine=single_machine),
    ]


def _about_keys(settings: Mapping[str, Any]) -> list[str]:
    found = []
    key = settings["SECRET_KEY"]
    if not key:
        found.append(f"SECRET_KEY is missing. Make one with: {MAKE_KEY}")
    elif len(key) < SHORTEST_KEY or len(set(key)) < 5 or key.startswith("django-insecure-"):
        found.append(
            f"SECRET_KEY is guessable: at least {SHORTEST_KEY} random characters. "
            f"Make one with: {MAKE_KEY}"
        )
    if not settings["FIELD_ENCRYPTION_KEYS"]:
        found.append(
            "FIELD_ENCRYPTION_KEYS is missing: gift card codes are stored encrypted with it. "
            f"Make a key with: {MAKE_FERNET}"
        )
    elif not all(_is_fernet_key(each) for each in settings["FIELD_ENCRYPTION_KEYS"]):
        found.append(
            "FIELD_ENCRYPTION_KEYS holds something that is no Fernet key. Separate several by "
            f"commas, the newest first. Make a key with: {MAKE_FERNET}"
        )
    if len(settings["CODE_HASH_PEPPER"]) < SHORTEST_PEPPER:
        found.append(
            f"CODE_HASH_PEPPER is missing or short: at least {SHORTEST_PEPPER} random characters. "
            f"Make one with: {MAKE_KEY}"
        )
    return found


def _is_fernet_key(key: str) -> bool:
    try:
        Fernet(key)
    except ValueError:
        return False
    return True


def _about_addresses(settings: Mapping[str, Any]) -> list[str]:
    found = []
    hosts = settings["ALLOWED_HOSTS"]
    if not hosts:
        found.append("ALLOWED_HOSTS is missing. Set it to the site's names, separated by commas.")
    elif any(host == "*" or host in {".", ""} for host in hosts):
        found.append(
            "ALLOWED_HOSTS holds a wildcard: links could be made to point anywhere. "
            "Set it to the site's names, separated by commas."
        )
    base = urlsplit(settings["BASE_URL"])
    if base.scheme != "https" or not base.hostname:
        found.append(
            "BASE_URL is not an https address. Set it to where clients find the site, such as "
            "https://salon.example: links in mail are built from it."
        )
    if "localhost" in settings["DEFAULT_FROM_EMAIL"]:
        found.append("DEFAULT_FROM_EMAIL is missing. Set it to the address that mail comes from.")
    return found


def _about_modes(settings: Mapping[str, Any]) -> list[str]:
    found = []
    if settings["DEBUG"]:
        found.append("DEBUG is on: error pages would show clients' data. Unset DEBUG.")
    if settings["DEMO"]:
        found.append("DEMO is on: anybody could sign in with a printed password. Unset DEMO.")
    return found


def _about_machines(settings: Mapping[str, Any], *, single_machine: bool) -> list[str]:
    if single_machine:
        return []
    found = []
    if settings["DATABASES"]["default"]["ENGINE"].endswith("sqlite3"):
        found.append(
            "DATABASE_URL is missing, and SQLite serves one machine only. Set DATABASE_URL to a "
            "PostgreSQL address, or SINGLE_MACHINE=true when web, worker and beat share one disk."
        )
    if settings["CELERY_BROKER_URL"].startswith("spool:"):
        found.append(
            "REDIS_URL is missing, and the spool folder serves one machine only. Set REDIS_URL, "
            "or SINGLE_MACHINE=true when web, worker and beat share one disk."
        )
    return found
