"""Is this process well? For the containers' health checks; exit 0 or 1.

python scripts/probe.py web      asks /healthz on this machine
python scripts/probe.py beat     looks at the age of what beat writes every 30 seconds
"""

from __future__ import annotations

import os
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

BEAT_SILENT_AFTER = 180.0  # seconds


def web_is_well() -> bool:
    """By the site's own name: another Host is refused, also from inside."""
    port = os.environ.get("PORT", "8000")
    host = os.environ.get("ALLOWED_HOSTS", "localhost").split(",")[0].strip().lstrip(".")
    request = urllib.request.Request(f"http://127.0.0.1:{port}/healthz", headers={"Host": host})
    try:
        with urllib.request.urlopen(request, timeout=5) as response:
            return bool(response.status == 200)
    except urllib.error.HTTPError as error:
        print(error.read().decode(errors="replace"))
    except OSError as error:
        print(error)
    return False


def beat_is_well() -> bool:
    folder = Path(os.environ.get("DATA_DIR", "var"))
    ages = [time.time() - path.stat().st_mtime for path in folder.glob("beat-schedule*")]
    return bool(ages) and min(ages) < BEAT_SILENT_AFTER


PROBES = {"web": web_is_well, "beat": beat_is_well}


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in PROBES:
        sys.exit(__doc__)
    sys.exit(0 if PROBES[sys.argv[1]]() else 1)
