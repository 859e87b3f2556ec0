#!/bin/sh
# Says in one sentence what is missing before an environment can be made.
python="$1"

if ! command -v "$python" >/dev/null 2>&1; then
    echo "Python 3.11 or newer is needed, and '$python' was not found." >&2
    echo "On Debian: apt install python3 python3-venv. Another one: make PYTHON=/path/to/python3" >&2
    exit 1
fi
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    echo "Python 3.11 or newer is needed, and '$python' is $("$python" -V 2>&1)." >&2
    echo "Name a newer one: make PYTHON=/path/to/python3.11" >&2
    exit 1
fi
if ! "$python" -c 'import venv, ensurepip' >/dev/null 2>&1; then
    version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    echo "'$python' cannot make an environment: its venv module is not installed." >&2
    echo "On Debian: apt install python3-venv (or python$version-venv), then run the command again." >&2
    exit 1
fi
