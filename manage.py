#!/usr/bin/env python
"""The command line of the project."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "loyalty_site.settings.development")
    try:
        from django.core.management import execute_from_command_line
    except ImportError:
        sys.exit(
            "Django is not installed here. Run `make` for the list of commands; "
            "`make demo` prepares the environment in .venv."
        )
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
