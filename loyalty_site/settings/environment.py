"""What every settings file reads first: where things lie, and the environment."""

from pathlib import Path

import environ

BASE_DIR = Path(__file__).resolve().parent.parent.parent

env = environ.Env()


def data_dir() -> Path:
    """The folder for everything that is written: database, spool, mail, beat's own notes."""
    return Path(env.str("DATA_DIR", default=str(BASE_DIR / "var"))).resolve()
