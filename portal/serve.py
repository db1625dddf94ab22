"""`python -m portal serve`: gunicorn with this project's configuration, after a look at the settings.

gunicorn itself reads WEB_CONCURRENCY and PORT as it is imported, and ends with a traceback where they are no numbers.
"""

from __future__ import annotations

import argparse
import os
import sys

from portal.paths import paths
from portal.settings import SettingsError, load


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the command."""
    one = commands.add_parser(
        "serve",
        help="the portal under gunicorn, as gunicorn.conf.py sets it up",
        description="Run `gunicorn wsgi:server` in this process, with the project's gunicorn.conf.py. What follows is "
        "handed to gunicorn: `python -m portal serve --bind 0.0.0.0:8000 --workers 4`.",
    )
    one.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:  # noqa: RET503
    """Become gunicorn; returns only where the settings are wrong."""
    try:
        load()
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 3
    for name in ("PORT", "WEB_CONCURRENCY"):
        if not os.environ.get(name):
            os.environ.pop(name, None)
    os.chdir(paths.project)
    command = [sys.executable, "-m", "gunicorn", "wsgi:server", *options.flags]
    os.execv(sys.executable, command)  # noqa: S606  # no shell is wanted
