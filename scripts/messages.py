"""Texts for translation: collect them from the code, compile the catalogues, check both.

    scripts/messages.py collect da fi     needs gettext (on Debian: apt install gettext)
    scripts/messages.py compile da fi
    scripts/messages.py check da fi       says what is missing; exit 1

Unfold brings no catalogues, and makemessages does not look into packages, so a copy of its
templates and code is laid beside ours while collecting. Compiling needs no gettext: Babel does it.
"""

from __future__ import annotations

import datetime as dt
import io
import os
import shutil
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).resolve().parent.parent
LOCALE = ROOT / "locale"
LEFT_OUT = {".venv", ".git", "var", "tests", "static", "node_modules", "requirements", "locale"}
PACKAGES = ("unfold",)
# Babel writes the present minute into a header without a date: every build would differ.
UNDATED = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


def po_path(language: str, base: Path = LOCALE) -> Path:
    return base / language / "LC_MESSAGES" / "django.po"


def read(path: Path, language: str) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=language)


def compiled(language: str) -> bytes:
    """What the .mo file must hold. Fuzzy texts are left out, as gettext does."""
    buffer = io.BytesIO()
    catalogue = read(po_path(language), language)
    catalogue.creation_date = UNDATED
    write_mo(buffer, catalogue)
    return buffer.getvalue()


def gather(languages: list[str], workshop: Path) -> Path:
    """Run makemessages in a copy of the sources; the folder of the catalogues it wrote."""
    for entry in ROOT.iterdir():
        if entry.is_dir() and entry.name not in LEFT_OUT and not entry.name.startswith("."):
            shutil.copytree(
                entry, workshop / entry.name, ignore=shutil.ignore_patterns("__pycache__", "*.mo")
            )
    for package in PACKAGES:
        spec = find_spec(package)
        assert spec is not None
        assert spec.submodule_search_locations
        shutil.copytree(
            spec.submodule_search_locations[0],
            workshop / f"package_{package}",
            ignore=shutil.ignore_patterns("__pycache__", "static", "locale"),
        )
    (workshop / "locale").mkdir()
    for language in languages:
        target = po_path(language, workshop / "locale")
        target.parent.mkdir(parents=True)
        if po_path(language).exists():
            shutil.copy(po_path(language), target)
    environment = {k: v for k, v in os.environ.items() if k != "DJANGO_SETTINGS_MODULE"}
    chosen = [part for language in languages for part in ("-l", language)]
    subprocess.run(
        [
            *(sys.executable, "-m", "django", "makemessages", *chosen),
            *("--no-location", "--no-obsolete", "--no-wrap", "-v", "0"),
        ],
        cwd=workshop,
        env=environment,
        check=True,
    )
    return workshop / "locale"


def without_date(text: str) -> str:
    """The hour of collecting would change the file every time."""
    return "".join(
        line for line in text.splitlines(keepends=True) if not line.startswith('"POT-Creation-Date')
    )


def collect(languages: list[str]) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        written = gather(languages, Path(folder))
        for language in languages:
            target = po_path(language)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(without_date(po_path(language, written).read_text("utf-8")), "utf-8")
    return []


def compile_catalogues(languages: list[str]) -> list[str]:
    for language in languages:
        po_path(language).with_suffix(".mo").write_bytes(compiled(language))
    return []


def incomplete(language: str) -> list[str]:
    """Texts that are fuzzy or not translated, each with why."""
    found = []
    for message in read(po_path(language), language):
        if not message.id:
            continue
        if message.fuzzy:
            found.append(f"{language}: fuzzy: {name(message)!r}")
        elif not is_translated(message):
            found.append(f"{language}: not translated: {name(message)!r}")
    return found


def name(message: Message) -> str:
    return message.id[0] if isinstance(message.id, tuple | list) else str(message.id)


def is_translated(message: Message) -> bool:
    texts = message.string if isinstance(message.string, tuple | list) else [message.string]
    return all(texts)


def stale(languages: list[str]) -> list[str]:
    """Texts that are in the code and not in the catalogue, or the other way round."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        written = gather(languages, Path(folder))
        for language in languages:
            fresh = keys(read(po_path(language, written), language))
            kept = keys(read(po_path(language), language))
            found += [f"{language}: not in the catalogue: {key!r}" for key in sorted(fresh - kept)]
            found += [f"{language}: no longer used: {key!r}" for key in sorted(kept - fresh)]
    return found


def keys(catalogue: Catalog) -> set[str]:
    return {
        f"{message.context}|{name(message)}" if message.context else name(message)
        for message in catalogue
        if message.id
    }


def outdated(language: str) -> list[str]:
    path = po_path(language).with_suffix(".mo")
    if not path.exists() or path.read_bytes() != compiled(language):
        return [f"{language}: the compiled catalogue is not current (make messages)"]
    return []


def check(languages: list[str]) -> list[str]:
    missing = [f"{each}: no catalogue" for each in languages if not po_path(each).exists()]
    if missing:
        return missing
    found = stale(languages)
    for language in languages:
        found += incomplete(language) + outdated(language)
    return found


COMMANDS = {"collect": collect, "compile": compile_catalogues, "check": check}


def main() -> int:
    if len(sys.argv) < 3 or sys.argv[1] not in COMMANDS:
        print(__doc__)
        return 2
    if sys.argv[1] != "compile" and shutil.which("xgettext") is None:
        print("gettext is not installed here (on Debian: apt install gettext).")
        return 2
    found = COMMANDS[sys.argv[1]](sys.argv[2:])
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
