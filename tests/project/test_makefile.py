"""The commands a newcomer meets first."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from django.conf import settings

ROOT: Path = settings.BASE_DIR
pytestmark = [
    pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed"),
    pytest.mark.once,
]


def check_python(python: str, path: str | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", str(ROOT / "scripts" / "check_python.sh"), python],
        env={"PATH": path or os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )


def fake_python(folder: Path, *, version: str, has_venv: bool) -> str:
    """A Python that answers the three questions of the script, and nothing else."""
    path = folder / "python3"
    path.write_text(
        "#!/bin/sh\n"
        'case "$*" in\n'
        f"  *version_info*\\<*) exit {0 if version >= '3.11' else 1};;\n"
        f"  *ensurepip*) exit {0 if has_venv else 1};;\n"
        f"  *version_info*) echo {version};;\n"
        f'  -V) echo "Python {version}.2";;\n'
        "esac\n"
    )
    path.chmod(0o755)
    return str(path)


def test_make_alone_lists_the_commands() -> None:
    # As a newcomer types it: `make test` above this process would announce a folder first.
    outside = {name: value for name, value in os.environ.items() if not name.startswith("MAKE")}
    answer = subprocess.run(
        ["make"], cwd=ROOT, env=outside, capture_output=True, text=True, check=True
    )
    first, second = answer.stdout.splitlines()[:2]
    assert first.startswith("make demo ")
    assert second.startswith("make test ")
    assert "make lint" in answer.stdout


def test_good_python_passes_without_a_word(tmp_path: Path) -> None:
    answer = check_python(fake_python(tmp_path, version="3.11", has_venv=True))
    assert (answer.returncode, answer.stdout, answer.stderr) == (0, "", "")


def test_missing_python_says_what_to_install() -> None:
    answer = check_python("python-that-is-not-there")
    assert answer.returncode == 1
    assert "apt install python3 python3-venv" in answer.stderr


def test_old_python_is_named(tmp_path: Path) -> None:
    answer = check_python(fake_python(tmp_path, version="3.10", has_venv=True))
    assert answer.returncode == 1
    assert "Python 3.11 or newer is needed" in answer.stderr


def test_missing_venv_module_names_the_package(tmp_path: Path) -> None:
    """Debian's own Python comes without it."""
    answer = check_python(fake_python(tmp_path, version="3.11", has_venv=False))
    assert answer.returncode == 1
    assert "apt install python3-venv" in answer.stderr
    assert "python3.11-venv" in answer.stderr


def test_half_made_environment_is_made_anew(tmp_path: Path) -> None:
    """Without its stamp, or with a Python that is gone, .venv does not count."""
    for name in ("Makefile", "requirements", "scripts"):
        (tmp_path / name).symlink_to(ROOT / name)
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    for stamp in ("bootstrap", "run", "test", "dev"):
        (tmp_path / ".venv" / f"{stamp}.stamp").touch()
    answer = subprocess.run(
        ["make", "--dry-run", "install"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert "rm -rf .venv" in answer.stdout
    assert "python3 -m venv .venv" in answer.stdout


@pytest.mark.parametrize("script", [".ci/run", "scripts/check_python.sh", "manage.py"])
def test_scripts_can_be_run(script: str) -> None:
    assert os.access(ROOT / script, os.X_OK)
