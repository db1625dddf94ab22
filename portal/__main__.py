"""The command line: `python -m portal COMMAND`.

`demo` is production with a pretend Connect around it: the sandbox runs the very same `wsgi:server` under gunicorn, with
the very variables that Connect would set.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import FrameType

from portal import build, new_page, settings_table
from portal.deploy import command as deploy
from portal.doctor import command as doctor

ROOT = Path(__file__).resolve().parent.parent
CONTENT = f"{sys.executable} -m gunicorn wsgi:server --bind 127.0.0.1:{{port}}"


def _sandbox(arguments: list[str], *, announce: bool = False) -> int:
    """Run the sandbox as a subprocess until it ends; a signal to us is a signal to it.

    `announce`: instead of what it prints, one line with the address to open once it is there.
    """
    command = [sys.executable, "-m", "portal.sandbox", "--exit-with-parent", *arguments]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE if announce else None, text=True) as process:

        def pass_on(number: int, _frame: FrameType | None) -> None:
            process.send_signal(number)

        # A terminal's Ctrl+C reaches the child by itself; waiting for it is what is left to do here.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, pass_on)
        if process.stdout is not None and (line := process.stdout.readline()):
            print(f"Open  {json.loads(line)['connect_url']}/  and choose a viewer. Ctrl+C ends it.", flush=True)
        return process.wait()


def demo(options: argparse.Namespace) -> int:
    """The portal in a pretend Connect, with a pretend Databricks behind it."""
    try:
        build.build()
    except build.BuildError as error:
        print(f"{error}\nGoing on without the built bundles: plainer pages, bigger downloads.", file=sys.stderr)
    arguments = ["--port", str(options.port), "--json", "--eager", "--content-dir", str(ROOT)]
    arguments += ["--content-command", CONTENT]
    # What a publisher would set for the content beside Connect's own variables.
    for name, value in os.environ.items():
        if name.startswith("PORTAL_"):
            arguments += ["--content-env", f"{name}={value}"]
    return _sandbox([*arguments, *(["--verbose"] if options.verbose else [])], announce=True)


def sandbox(options: argparse.Namespace) -> int:
    """The pretend Connect and Databricks alone; prints the variables for any other client."""
    return _sandbox(["--port", str(options.port), *(["--json"] if options.json else [])])


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    whole = argparse.ArgumentParser(prog="python -m portal", description="A data portal that is always the viewer.")
    commands = whole.add_subparsers(dest="command", required=True, metavar="COMMAND")
    port = int(os.environ.get("PORT", "3939"))

    one = commands.add_parser("demo", help="the portal in a pretend Connect, with a pretend Databricks behind it")
    one.add_argument("--port", type=int, default=port, help=f"port of the pretend Connect ({port})")
    one.add_argument("--verbose", action="store_true", help="show requests and the portal's log")
    one.set_defaults(run=demo)

    one = commands.add_parser("sandbox", help="the pretend Connect and Databricks alone")
    one.add_argument("--port", type=int, default=port, help=f"port of the pretend Connect ({port})")
    one.add_argument("--json", action="store_true", help="print one line of JSON instead of variables")
    one.set_defaults(run=sandbox)

    deploy.add(commands)
    doctor.add(commands)
    new_page.add(commands)
    settings_table.add(commands)
    return whole


def main() -> int:
    """Run one command; its exit status."""
    options = parser().parse_args()
    return int(options.run(options))


if __name__ == "__main__":
    sys.exit(main())
