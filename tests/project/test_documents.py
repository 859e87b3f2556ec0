"""Documents that a test keeps true."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings

pytestmark = pytest.mark.once

ROOT: Path = settings.BASE_DIR
READ = re.compile(r"""env\.\w+\(\s*["']([A-Z_]+)["']""")
READ_FROM_OS = re.compile(r"""os\.environ(?:\.get\(|\.setdefault\(|\[)\s*["']([A-Z_]+)["']""")
NOT_FOR_PEOPLE = {
    "DJANGO_SETTINGS_MODULE",
    "DJANGO_ALLOW_ASYNC_UNSAFE",
    "CI",
    "HOME",
    "PATH",
    "PORT",
    # Between the suite's own processes.
    "ONCE_IS_DONE",
    "PROVE_RESULTS",
    "PYTEST_DISABLE_PLUGIN_AUTOLOAD",
    "TMPDIR",
}
DOCUMENTED = re.compile(r"^#?([A-Z_]+)=", re.MULTILINE)


def names_read() -> set[str]:
    names: set[str] = set()
    folders = (ROOT / "loyalty_site", ROOT / "scripts", ROOT / "tests")
    for path in (path for folder in folders for path in folder.rglob("*.py")):
        text = path.read_text("utf-8")
        names |= set(READ.findall(text)) | set(READ_FROM_OS.findall(text))
    return names - NOT_FOR_PEOPLE


def names_documented() -> set[str]:
    return set(DOCUMENTED.findall((ROOT / ".env.example").read_text("utf-8")))


def test_every_variable_that_is_read_is_documented() -> None:
    assert names_read() - names_documented() == set()


def test_every_documented_variable_is_read() -> None:
    by_compose = {"POSTGRES_PASSWORD"}
    assert names_documented() - names_read() - by_compose == set()


def test_the_example_holds_no_secret() -> None:
    text = (ROOT / ".env.example").read_text("utf-8")
    for name in ("SECRET_KEY", "FIELD_ENCRYPTION_KEYS", "CODE_HASH_PEPPER", "POSTGRES_PASSWORD"):
        assert re.search(rf"^{name}=$", text, re.MULTILINE), name


def test_locks_pin_by_hash_and_name_no_address() -> None:
    for path in sorted((ROOT / "requirements").glob("*.txt")):
        text = path.read_text("utf-8")
        assert "--hash=sha256:" in text
        assert not re.search(r"https?://|--(extra-)?index|--find-links|file:", text), path.name


def test_readme_names_the_two_commands() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    assert "make demo" in text
    assert "make test" in text


def test_readme_shows_every_demo_login() -> None:
    from loyalty_site.demo_accounts import DEMO_ACCOUNTS

    text = (ROOT / "README.md").read_text("utf-8")
    assert [a.email for a in DEMO_ACCOUNTS if a.email not in text] == []
    assert {a.password for a in DEMO_ACCOUNTS if a.password not in text} == set()


def test_changelog_has_an_open_section() -> None:
    assert "## Unreleased" in (ROOT / "CHANGELOG.md").read_text("utf-8")
