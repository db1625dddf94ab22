"""Publishing by rsconnect-python's own command line, which packs, uploads, follows the log, verifies and activates."""

from __future__ import annotations

import importlib.util
import os
import re
import shlex
import subprocess
import sys
from collections import deque
from collections.abc import Sequence
from pathlib import Path

from portal.deploy.step import StepFailed
from portal.viewer.secrets import masked

ENTRY = "wsgi:app"
_START = "import sys; from rsconnect.main import cli; sys.exit(cli())"


def arguments(excludes: Sequence[str]) -> list[str]:
    """The entry point and what is left out, for `deploy` and `write-manifest` alike."""
    return ["--entrypoint", ENTRY, *(word for pattern in excludes for word in ("--exclude", pattern))]


def words(excludes: Sequence[str]) -> str:
    return shlex.join(arguments(excludes))


def publish(root: Path, guid: str, excludes: Sequence[str], *, server: str, key: str) -> str:
    """`rsconnect deploy dash . --app-id GUID …`, its lines shown as they come; raises `StepFailed`."""
    if importlib.util.find_spec("rsconnect") is None:
        raise StepFailed("rsconnect-python is not installed.", "pip install rsconnect-python, and run it again.")
    command = [sys.executable, "-c", _START, "deploy", "dash", ".", "--app-id", guid, *arguments(excludes)]
    # By its environment: a command line is there for everyone on the machine to read.
    environment = {**os.environ, "CONNECT_SERVER": server, "CONNECT_API_KEY": key, "PYTHONUNBUFFERED": "1"}
    last: deque[str] = deque(maxlen=12)
    with subprocess.Popen(
        command,
        cwd=root,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        assert process.stdout is not None
        try:
            for line in process.stdout:
                # Colours of a terminal that is not there.
                text = masked(re.sub(r"\x1b\[[0-9;]*m", "", line.rstrip()))
                if text:
                    last.append(text)
                    print(f"      | {text}", flush=True)
        except KeyboardInterrupt:
            process.terminate()
            raise
    if process.returncode:
        raise StepFailed(f"rsconnect ended with status {process.returncode}.", _mend("\n".join(last)))
    return "published"


def _mend(said: str) -> str:
    if "Could not access the deployed content" in said:
        return "The bundle was built, and does not start: its log in Connect says why. What ran before still runs."
    if re.search(r"Task exited with status|Error building", said):
        return "Connect could not build it: the log above says which package or Python it lacks."
    if re.search(r"refused|timed out|Connection|reset|closed", said, re.IGNORECASE):
        return "Connect went away: run it again when it is back."
    return "The lines above are Connect's and rsconnect's own. Correct it and run this again."
