"""F05: a power cut while beat writes its notes. It begins again, whatever they look like."""

from __future__ import annotations

import dbm
from pathlib import Path

import pytest

from loyalty_site.beat import SteadyScheduler
from loyalty_site.celery import app

pytestmark = pytest.mark.once


def start(notes: Path) -> set[str]:
    """What it would do from now on."""
    scheduler = SteadyScheduler(app=app, schedule_filename=str(notes))
    names = set(scheduler.schedule)
    scheduler.close()
    return names


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    """Of a beat that was stopped in peace."""
    app.loader.import_default_modules()
    start(tmp_path / "beat-schedule")
    return tmp_path / "beat-schedule"


def test_the_settings_have_it() -> None:
    assert app.conf.beat_scheduler == "loyalty_site.beat:SteadyScheduler"


@pytest.mark.parametrize("note", [b"entries", b"tz", b"utc_enabled", b"__version__"])
def test_beat_starts_with_a_note_that_is_empty(notes: Path, note: bytes) -> None:
    with dbm.open(str(notes), "w") as file:
        file[note] = b""

    assert "credit due awards" in start(notes)


@pytest.mark.parametrize("keep", [0, 1, 40])
def test_beat_starts_with_files_cut_short(notes: Path, keep: int) -> None:
    for file in notes.parent.glob("beat-schedule*"):
        file.write_bytes(file.read_bytes()[:keep])

    assert "credit due awards" in start(notes)


def test_beat_goes_on_from_good_notes(notes: Path) -> None:
    def files() -> list[int]:
        return sorted(file.stat().st_ino for file in notes.parent.iterdir())

    before = files()

    assert "credit due awards" in start(notes)
    assert files() == before
