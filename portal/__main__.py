"""The command line: `python -m portal COMMAND`.

`demo` is production with a pretend Connect around it: the sandbox runs the very same `wsgi:server` under gunicorn, with
the very variables that Connect would set.
"""

from __future__ import annotations

import argparse
import json
import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path
from types import FrameType

from portal import assets, build, new_page, new_portal, serve, settings_table
from portal.deploy import command as deploy
from portal.develop import command as develop
from portal.doctor import command as doctor
from portal.paths import paths
from portal.version import described

# The sandbox takes it apart as a shell would: a project's folder may have a blank in its path.
CONTENT = f"{shlex.quote(sys.executable)} -m gunicorn wsgi:server --bind 127.0.0.1:{{port}}"


def _sandbox(arguments: list[str], *, announce: bool = False) -> int:
    """Run the sandbox as a subprocess until it ends; a signal to us is a signal to it.

    `announce`: instead of what it prints, one line with the address to open once it is there.
    """
    command = [sys.executable, "-m", "portal.sandbox", "--exit-with-parent", *arguments]
    with subprocess.Popen(
        command, cwd=paths.project, stdout=subprocess.PIPE if announce else None, text=True
    ) as process:

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
    except assets.BuildError as error:
        print(error, file=sys.stderr)
        try:
            assets.require()
        except assets.BuildError:
            return 1
        print("Going on with the bundles that are there.", file=sys.stderr)
    arguments = ["--port", str(options.port), "--json", "--eager", "--content-dir", str(paths.project)]
    content, log = CONTENT, ["--content-log", "--verbose"]
    # What a publisher would set for the content beside Connect's own variables.
    variables = {name: value for name, value in os.environ.items() if name.startswith("PORTAL_")}
    if not options.verbose:
        # Of all that it writes, what somebody who changes a page wants to see at once: warnings, errors, tracebacks.
        content, log = f"{CONTENT} --log-level warning", ["--content-log"]
        kept = paths.writable
        kept.mkdir(exist_ok=True)
        quiet = {"PORTAL_LOG_FORMAT": "console", "PORTAL_LOG_LEVEL": "WARNING", "PORTAL_AUDIT_LOG": f"{kept}/audit.log"}
        variables = {**quiet, **variables}
    arguments += ["--content-command", content, *_dashboards(options)]
    for name, value in variables.items():
        arguments += ["--content-env", f"{name}={value}"]
    return _sandbox([*arguments, *log], announce=True)


def sandbox(options: argparse.Namespace) -> int:
    """The pretend Connect and Databricks alone; prints the variables for any other client."""
    more = [*(["--json"] if options.json else []), *(["--spark"] if options.spark else [])]
    return _sandbox(["--port", str(options.port), *more, *_dashboards(options)])


def _dashboards(options: argparse.Namespace) -> list[str]:
    return ["--dashboards", str(options.dashboards.resolve())] if options.dashboards else []


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    whole = argparse.ArgumentParser(prog="python -m portal", description="A data portal that is always the viewer.")
    whole.add_argument("--version", action="version", version=f"portal {described()}")
    commands = whole.add_subparsers(dest="command", required=True, metavar="COMMAND")
    port = _port(os.environ.get("PORT") or "3939")
    folder = "folder whose *.sql are run as the engineer, and whose *.lvdash.json are added, published, for all"

    one = commands.add_parser("demo", help="the portal in a pretend Connect, with a pretend Databricks behind it")
    one.add_argument("--port", type=_port, default=port, help=f"port of the pretend Connect ({port})")
    one.add_argument("--dashboards", type=Path, metavar="DIR", help=folder)
    one.add_argument("--verbose", action="store_true", help="show every request, not only warnings and errors")
    one.set_defaults(run=demo)

    one = commands.add_parser("sandbox", help="the pretend Connect and Databricks alone")
    one.add_argument("--port", type=_port, default=port, help=f"port of the pretend Connect ({port})")
    one.add_argument("--json", action="store_true", help="print one line of JSON instead of variables")
    one.add_argument("--dashboards", type=Path, metavar="DIR", help=folder)
    one.add_argument("--spark", action="store_true", help="serve Databricks Connect too (`make spark` sets it up)")
    one.set_defaults(run=sandbox)

    develop.add(commands, port)
    serve.add(commands)
    deploy.add(commands)
    doctor.add(commands)
    new_page.add(commands)
    new_portal.add(commands)
    settings_table.add(commands)
    return whole


def _port(text: str) -> int:
    """0 takes any that is free."""
    if not (text.isascii() and text.isdecimal() and int(text) < 65536):
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is no port: a number from 1 to 65535, or 0 for any")
    return int(text)


def main() -> int:
    """Run one command; its exit status."""
    try:
        whole = parser()
    except argparse.ArgumentTypeError as error:
        print(f"PORT: {error}.", file=sys.stderr)
        return 2
    options, flags = whole.parse_known_args()
    if flags and options.command != "serve":
        whole.error(f"unrecognized arguments: {' '.join(flags)}")
    options.flags = flags
    return int(options.run(options))


if __name__ == "__main__":
    sys.exit(main())
