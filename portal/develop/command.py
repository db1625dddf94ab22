"""The command: starts the sandbox and gunicorn, watches, and has the worker that stands by take over at each save."""

from __future__ import annotations

import argparse
import json
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from portal import assets, build
from portal.develop.standby import Line
from portal.develop.watching import Change, Watch
from portal.paths import CONFIGURATION, paths
from portal.settings import SettingsError, load

LOOK = 0.15
"""Seconds between two looks at the files."""
START_SECONDS = 60.0
OURS = paths.code.resolve()
WHOLE = ("gunicorn.conf.py", CONFIGURATION, "patches", "develop")
"""What the master has imported, or read: after a change of it, all of gunicorn starts anew."""


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser], port: int) -> None:
    """Register the command."""
    one = commands.add_parser(
        "dev",
        help="save a page, see it: the sandbox, and the portal as one of its viewers",
        description="Runs the sandbox and the portal on this machine as one of the sandbox's viewers. At each save the "
        "portal starts anew and open pages load again (a style sheet is put in the place of the old one); a page's own "
        "mistake shows its traceback in its place.",
    )
    one.add_argument("--port", type=int, default=port, help=f"port of the portal ({port})")
    one.add_argument("--viewer", default="analyst-west", help="as whom: engineer, analyst-west, analyst-east, …")
    one.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Until Ctrl+C."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        pages = [paths.project / folder for folder in load().pages]
    except SettingsError as error:
        print(error, file=sys.stderr)
        return 3
    pages += [paths.project / "pages", paths.package / "pages"]
    bundles(build.build)
    sandbox = subprocess.Popen(
        [sys.executable, "-m", "portal.sandbox", "--port", "0", "--json", "--exit-with-parent"],
        cwd=paths.project, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert sandbox.stdout is not None
    line = sandbox.stdout.readline()
    if not line:
        return sandbox.wait() or 1
    portal = Portal(variables(json.loads(line), options.viewer, options.port), options.port, pages)
    try:
        portal.start()
        said = f"Open  {portal.url}  as {options.viewer}. Save a page and look; Ctrl+C ends it."
        print(said if portal.ready() else "The portal did not start; the log says why. Save to try again.", flush=True)
        own = (paths.project / name for name in ("assets", "wsgi.py", "gunicorn.conf.py", CONFIGURATION))
        watch = Watch(*dict.fromkeys([*pages, OURS, paths.assets, *own]))
        while sandbox.poll() is None:
            time.sleep(LOOK)
            if change := watch.changed():
                saved(portal, change)
            elif portal.is_silent():
                portal.reload(anew=False)
                portal.ready()
    except KeyboardInterrupt:
        pass
    finally:
        portal.stop()
        sandbox.terminate()
        sandbox.wait(10)
    return 0


def saved(portal: Portal, change: Change) -> None:
    """Files have changed: build what is built of them, and have the portal start anew where it has read them."""
    began = time.perf_counter()
    sources = {file for file in change.files if file.is_relative_to(assets.FOLDER / assets.SOURCES)}
    if sources:
        bundles(build.join)
    # Style sheets, and bundles that have been built, are found by their times when a page asks: nothing to start anew.
    read = [file for file in change.files if file not in sources and file.suffix != ".css"]
    if any(part in WHOLE for file in read for part in file.parts[-3:]):
        portal.stop()
        portal.start()
    elif read:
        portal.reload(anew=not all(map(portal.is_page, read)))
    names = ", ".join(os.path.relpath(file, paths.project) for file in change.files[:3])
    more = f" and {len(change.files) - 3} more" if len(change.files) > 3 else ""
    there = not read or portal.ready()
    done = f"there after {time.perf_counter() - began:.1f} s" if there else "the portal does not start"
    print(f"{time.strftime('%H:%M:%S')}  {names}{more}: {done}", flush=True)


def bundles(make: Callable[[], object]) -> None:
    """Needs Node only where packages of npm are not there yet."""
    try:
        make()
    except assets.BuildError as error:
        print(f"{error}\nGoing on with the bundles that are there.", file=sys.stderr)


def variables(facts: Mapping[str, str], viewer: str, port: int) -> dict[str, str]:
    """What the portal goes by: the pretend workspace, and a viewer's own token in it."""
    ours = ("DATABRICKS_", "CONNECT_", "POSIT_", "RSTUDIO_", "DASH_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    folder = paths.writable
    folder.mkdir(exist_ok=True)
    return {
        "PORTAL_LOG_FORMAT": "console",
        "PORTAL_LOG_LEVEL": "WARNING",
        "PORTAL_AUDIT_LOG": str(folder / "audit.log"),
        "PORTAL_SQL_MODE": "full",
        "PORTAL_SIGNING_KEY": secrets.token_hex(32),  # of every gunicorn that is started: pages that are open stay good
        **kept,
        "PORTAL_IDENTITY": "developer",
        "PORTAL_DEBUG": "on",
        "DATABRICKS_HOST": facts["workspace_url"],
        "DATABRICKS_TOKEN": f"dapi-{viewer}",
        "DATABRICKS_WAREHOUSE_ID": facts["warehouse_id"],
        "SSL_CERT_FILE": facts["ca_bundle"],
        "REQUESTS_CA_BUNDLE": facts["ca_bundle"],
        "DEV_BIND": f"127.0.0.1:{port}",
    }


class Portal:
    """gunicorn with one worker that answers, and the next, which stands by."""

    def __init__(self, environment: Mapping[str, str], port: int, pages: list[Path]) -> None:
        self._environment = environment
        self.url = f"http://127.0.0.1:{port}/"
        self._pages = pages
        self._process: subprocess.Popen[bytes] | None = None
        self._line: Line | None = None

    def is_page(self, file: Path) -> bool:
        """Whether only pages import this file: no worker has done so before it is its turn."""
        return any(file.is_relative_to(folder) for folder in self._pages)

    def start(self) -> None:
        conf = paths.code / "develop" / "gunicorn_conf.py"
        self._line = line = Line(self._pages)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "wsgi:server", "-c", str(conf)],
            cwd=paths.project, env={**self._environment, **line.variables}, pass_fds=line.theirs,
        )  # fmt: skip
        line.handed_over()
        line.go()

    def reload(self, *, anew: bool) -> None:
        if self._line is not None and self._is_alive():
            self._line.go(anew=anew)
        else:
            self.stop()
            self.start()

    def ready(self) -> bool:
        """Waits until another worker than before answers; whether one does."""
        return self._line is not None and self._line.came(START_SECONDS, self._is_alive)

    def is_silent(self) -> bool:
        """Whether gunicorn runs, and nobody answers."""
        return self._line is not None and self._is_alive() and self._line.is_silent()

    def _is_alive(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def stop(self) -> None:
        process, line, self._process, self._line = self._process, self._line, None, None
        if process is not None and process.poll() is None:
            process.terminate()
        if line is not None:
            line.close()
        if process is not None:
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
