"""The command: starts the sandbox and gunicorn, watches, and has gunicorn fork a new worker at each save."""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping

from portal import assets, build
from portal.develop.watching import Change, Watch
from portal.paths import paths

LOOK = 0.25
"""Seconds between two looks at the files."""
START_SECONDS = 60.0
OURS = paths.code.resolve()
WHOLE = ("gunicorn.conf.py", "patches", "develop")
"""What the master has imported, or read: after a change of it, all of gunicorn starts anew."""


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser], port: int) -> None:
    """Register the command."""
    one = commands.add_parser(
        "dev",
        help="save a page, see it: the sandbox, and the portal as one of its viewers",
        description="Runs the sandbox and the portal on this machine as one of the sandbox's viewers. At each save the "
        "portal starts anew and open pages load again; a page's own mistake shows its traceback in its place.",
    )
    one.add_argument("--port", type=int, default=port, help=f"port of the portal ({port})")
    one.add_argument("--viewer", default="analyst-west", help="as whom: engineer, analyst-west, analyst-east, …")
    one.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Until Ctrl+C."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    bundles()
    sandbox = subprocess.Popen(
        [sys.executable, "-m", "portal.sandbox", "--port", "0", "--json", "--exit-with-parent"],
        cwd=paths.project, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert sandbox.stdout is not None
    line = sandbox.stdout.readline()
    if not line:
        return sandbox.wait() or 1
    portal = Portal(variables(json.loads(line), options.viewer, options.port), options.port)
    try:
        portal.start()
        said = f"Open  {portal.url}  as {options.viewer}. Save a page and look; Ctrl+C ends it."
        print(said if portal.ready() else "The portal did not start; the log says why. Save to try again.", flush=True)
        watch = Watch(paths.project / "pages", paths.package / "pages", OURS, paths.assets, paths.project / "wsgi.py")
        while sandbox.poll() is None:
            time.sleep(LOOK)
            if change := watch.changed():
                saved(portal, change)
    except KeyboardInterrupt:
        pass
    finally:
        portal.stop()
        sandbox.terminate()
        sandbox.wait(10)
    return 0


def saved(portal: Portal, change: Change) -> None:
    """Files have changed: build what is built of them, and have the portal start anew."""
    began = time.perf_counter()
    # Style sheets are sent apart where the joined one is not of today (portal.ui.head): nothing to build.
    if change.touches(".js") and any(file.is_relative_to(assets.FOLDER) for file in change.files):
        bundles()
    if any(part in WHOLE for file in change.files for part in file.parts[-3:]):
        portal.stop()
        portal.start()
    else:
        portal.reload()
    names = ", ".join(os.path.relpath(file, paths.project) for file in change.files[:3])
    more = f" and {len(change.files) - 3} more" if len(change.files) > 3 else ""
    done = f"there after {time.perf_counter() - began:.1f} s" if portal.ready() else "the portal does not start"
    print(f"{time.strftime('%H:%M:%S')}  {names}{more}: {done}", flush=True)


def bundles() -> None:
    """Needs Node only where a source of a bundle has changed."""
    try:
        build.build()
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
    """gunicorn with one worker, which is forked anew at each change."""

    def __init__(self, environment: dict[str, str], port: int) -> None:
        self._environment = environment
        self.url = f"http://127.0.0.1:{port}/"
        self._process: subprocess.Popen[bytes] | None = None
        self._boot = ""

    def start(self) -> None:
        command = [
            sys.executable,
            "-m",
            "gunicorn",
            "wsgi:server",
            "-c",
            str(paths.code / "develop" / "gunicorn_conf.py"),
        ]
        self._process = subprocess.Popen(command, cwd=paths.project, env=self._environment)

    def reload(self) -> None:
        if self._process is None or self._process.poll() is not None:
            self.start()
            return
        self._process.send_signal(signal.SIGHUP)

    def ready(self) -> bool:
        """Waits until another worker than before answers; whether one does."""
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until:
            if self._process is None or self._process.poll() is not None:
                return False
            if (boot := self._answer()) and boot != self._boot:
                self._boot = boot
                return True
            time.sleep(0.05)
        return False

    def _answer(self) -> str:
        try:
            with urllib.request.urlopen(self.url + "dev/boot", timeout=2) as answer:  # noqa: S310  (our own, on loopback)
                return str(answer.read().decode())
        except OSError:
            return ""

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(5)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
