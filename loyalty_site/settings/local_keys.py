"""Keys of one's own for a development machine, made once and kept beside its data.

A demo shown on the local network must not sign its cookies with a key that everybody can read in
the repository.
"""

import json
import os
import secrets
from pathlib import Path

from cryptography.fernet import Fernet


def local_keys(folder: Path) -> dict[str, str]:
    """The keys in ``folder/keys.json``, made at first use. Two processes that start at once end
    with the same keys: the loser of the exclusive creation reads the winner's."""
    path = folder / "keys.json"
    if not path.exists():
        keys = {
            "SECRET_KEY": secrets.token_urlsafe(50),
            "FIELD_ENCRYPTION_KEY": Fernet.generate_key().decode(),
            "CODE_HASH_PEPPER": secrets.token_urlsafe(32),
        }
        draft = folder / f".keys.{os.getpid()}"
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "w") as file:
            json.dump(keys, file)
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        draft.unlink()
    return dict(json.loads(path.read_text()))
