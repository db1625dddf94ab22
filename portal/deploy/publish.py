"""Publishing by rsconnect-python's own command line, which packs, uploads, follows the log, verifies and activates."""

from __future__ import annotations

import importlib.util
import os
import re
import shlex
import subprocess
import sys
from collections import deque
from collections.abc import Mapping
from pathlib import Path

from portal.deploy.bundle import READ_BY_RSCONNECT
from portal.deploy.step import StepFailed
from portal.terminal import printable
from portal.viewer.secrets import masked

ENTRY = "wsgi:app"
_START = "import sys; from rsconnect.main import cli; sys.exit(cli())"


def arguments() -> list[str]:
    """The entry point, and what lies beside the files, for `deploy` and `write-manifest` alike."""
    return ["--entrypoint", ENTRY, *(word for name in READ_BY_RSCONNECT for word in ("--exclude", name))]


def words() -> str:
    return shlex.join(arguments())


def publish(folder: Path, guid: str, metadata: Mapping[str, str], *, server: str, key: str) -> str:
    """`rsconnect deploy dash FOLDER --app-id GUID …`, its lines shown as they come; raises `StepFailed`.

    `metadata`: what Connect shows beside the bundle. None is sent where it is empty: older servers do not take it.
    """
    if importlib.util.find_spec("rsconnect") is None:
        raise StepFailed("rsconnect-python is not installed.", "pip install rsconnect-python, and run it again.")
    command = [sys.executable, "-c", _START, "deploy", "dash", str(folder), "--app-id", guid, *arguments()]
    command += [word for name, text in metadata.items() for word in ("--metadata", f"{name}={text}")]
    # By its environment: a command line is there for everyone on the machine to read.
    environment = {**os.environ, "CONNECT_SERVER": server, "CONNECT_API_KEY": key, "PYTHONUNBUFFERED": "1"}
    last: deque[str] = deque(maxlen=12)
    with subprocess.Popen(
        command,
        cwd=folder,
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
                text = printable(masked(re.sub(r"\x1b\[[0-9;]*m", "", line.rstrip())).expandtabs(4))
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
