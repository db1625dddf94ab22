"""`python -m tests.matrix [3.12 …]`: the tests under each supported Python, as far as this machine has it.

Each gets an environment of its own in `.run/matrix/`, of exactly the packages that are pinned, and one line of what
came of it. A Python is found on the path (`python3.12`), at `PYTHON312`, or among pyenv's.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from tests.sandbox_client import ROOT

VERSIONS = ("3.11", "3.12", "3.13", "3.14")
ENVIRONMENTS = ROOT / ".run" / "matrix"
PINNED = ("requirements.txt", "requirements-dev.txt")
TESTS = ("tests/unit", *(f"tests/wire/test_{name}.py" for name in ("viewer", "start", "stream", "api_doors", "traces")))
"""All without sockets; of those with, what hangs on threads, contexts, TLS and the start of processes."""


def interpreter(version: str) -> str | None:
    """A Python of this version that runs: a shim of pyenv's is on the path whether or not there is one behind it."""
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv") / "versions"
    kept = sorted(pyenv.glob(f"{version}.*/bin/python"), reverse=True)
    for one in (os.environ.get(f"PYTHON{version.replace('.', '')}"), shutil.which(f"python{version}"), *map(str, kept)):
        if one and _said(one, "-V").startswith(f"Python {version}."):
            return one
    return None


def environment(version: str, found: str) -> str:
    """The interpreter of an environment with what is pinned; made anew where that has changed."""
    home = ENVIRONMENTS / version
    wanted = "".join((ROOT / name).read_text() for name in PINNED)
    done = home / ".pinned"
    python = str(home / "bin" / "python")
    if not (done.exists() and done.read_text() == wanted):
        uv = str(Path(sys.executable).with_name("uv"))
        files = [word for name in PINNED for word in ("-r", name)]
        subprocess.run([uv, "venv", "--quiet", "--clear", "--python", found, str(home)], cwd=ROOT, check=True)
        subprocess.run(
            [uv, "pip", "install", "--quiet", "--no-config", "--python", python, "--require-hashes", *files],
            cwd=ROOT,
            check=True,
        )
        done.write_text(wanted)
    return python


def passes(version: str) -> bool | None:
    """Whether its tests pass; None where there is no such Python. Prints one line."""
    found = interpreter(version)
    if found is None:
        print(f"{version:<8} not on this machine", flush=True)
        return None
    begun = time.monotonic()
    try:
        python = environment(version, found)
    except subprocess.CalledProcessError:
        print(f"{_said(found, '-V').split()[1]:<8} what is pinned could not be installed", flush=True)
        return False
    pytest = [python, "-m", "pytest", "-q", "-n", "2", "--dist", "loadfile", "-p", "no:cacheprovider", "--reruns", "2"]
    done = subprocess.run([*pytest, *TESTS], cwd=ROOT, capture_output=True, text=True, check=False)
    lines = done.stdout.strip().splitlines() or [done.stderr.strip()[-300:]]
    if done.returncode:
        print("\n".join(lines[-60:]))
    print(f"{_said(python, '-V').split()[1]:<8} {lines[-1]}  ({time.monotonic() - begun:.0f} s in all)", flush=True)
    return done.returncode == 0


def _said(program: str, *words: str) -> str:
    try:
        done = subprocess.run([program, *words], capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""


if __name__ == "__main__":
    results = [passes(version) for version in sys.argv[1:] or VERSIONS]
    sys.exit(0 if True in results and False not in results else 1)
