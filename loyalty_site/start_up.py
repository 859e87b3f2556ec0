"""What web, worker and beat check before they take work."""

from __future__ import annotations

import sys

from django.db import DatabaseError, connection

from foundation.guards import GuardsBroken, verify_guards

# What gunicorn takes for "cannot start at all"; with another code it would try for ever.
CANNOT_START = 3


def refuse_unless_ready() -> None:
    """End the process with one sentence when the database is not there, or its guards differ
    from the manifest. SystemExit, because Celery only logs what its signal handlers raise.
    """
    try:
        verify_guards()
    except DatabaseError as error:
        _refuse(f"The database cannot be used ({str(error).strip()}). Run `manage.py migrate`.")
    except GuardsBroken as error:
        _refuse(str(error))
    finally:
        connection.close()


def _refuse(sentence: str) -> None:
    sys.stderr.write(f"Not started: {sentence}\n")
    raise SystemExit(CANNOT_START)
