"""Where Spark lies, and what it needs: Python 3.12, as on clusters of runtime 17.3, and Java 17 or later."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

HOME = Path(__file__).resolve().parents[3] / ".run" / "spark"
SERVER = HOME / "server"
PYTHON = SERVER / "bin" / "python"
VIEWERS = SERVER / "viewers.jar"
READY = SERVER / ".ready"
PYTHON_VERSION = "3.12"


def missing() -> str | None:
    """What this machine lacks, as one sentence; None where Spark can run."""
    if _java() < 17:
        return "Spark needs a Java runtime of 17 or later, and this machine has none."
    if python() is None:
        return f"databricks-connect needs Python {PYTHON_VERSION}, and none was found (PYTHON312=/path/to/it)."
    return None


def python() -> str | None:
    """A Python 3.12 of this machine: PYTHON312, the one on the path, or pyenv's."""
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    of_pyenv = sorted(pyenv.glob(f"{PYTHON_VERSION}*/bin/python"), reverse=True)
    for one in (os.environ.get("PYTHON312"), shutil.which(f"python{PYTHON_VERSION}"), *map(str, of_pyenv)):
        # A shim of pyenv's is on the path whether or not the version behind it is chosen.
        if one and _said([one, "-V"]).startswith(f"Python {PYTHON_VERSION}."):
            return one
    return None


def _java() -> int:
    found = re.search(r'version "(\d+)', _said(["java", "-version"]))
    return int(found[1]) if found else 0


def _said(command: list[str]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout + done.stderr if done.returncode == 0 else ""


def spark_home() -> Path:
    """The folder of the pyspark package of Spark's environment."""
    return next(SERVER.glob("lib/python3*/site-packages/pyspark"))
