"""Where finished files lie until they expire: a folder that web and worker share.

A file is written beside its name and moved into place, so nobody reads half of one. Names are
random and say nothing; who may have a file is what its row in the database says.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO
from uuid import UUID

from django.conf import settings

DRAFT = ".part"


def folder() -> Path:
    return Path(settings.EXPORT_DIR)


def stored_name(claim: UUID | None, kind: str) -> str:
    """Of the file that the run ``claim`` writes: no two runs write the same one."""
    return f"{claim}.{kind}"


@contextmanager
def writing(name: str) -> Iterator[IO[bytes]]:
    """An open file that appears under ``name`` when the block ends, and not at all when it is
    left by an exception. Raises OSError where there is no room or no right."""
    folder().mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = folder() / f"{name}{DRAFT}"
    try:
        with draft.open("xb") as file:
            draft.chmod(0o600)
            yield file
            file.flush()
            os.fsync(file.fileno())
        draft.replace(folder() / name)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


def size_of(name: str) -> int:
    return (folder() / name).stat().st_size


def open_file(name: str) -> IO[bytes]:
    """Raises FileNotFoundError."""
    return (folder() / name).open("rb")


def forget(name: str) -> None:
    if name:
        (folder() / name).unlink(missing_ok=True)


def names() -> list[str]:
    """What lies there, drafts included."""
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        return [path.name for path in folder().iterdir() if path.is_file()]
    return []


def forget_all_but(kept: Collection[str], among: list[str]) -> int:
    """Delete those of ``among`` that are nobody's: what a killed worker left. How many."""
    lost = [name for name in among if name.removesuffix(DRAFT) not in kept]
    for name in lost:
        forget(name)
    return len(lost)
