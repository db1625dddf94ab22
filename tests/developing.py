"""`python -m portal dev` over a copy of this clone, for tests that save files in it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.portal_process import Portal, free_port
from tests.sandbox_client import ROOT

START_SECONDS = 120.0
SEEN_SECONDS = 60.0
"""By when a save is there, on a machine that is busy."""


@dataclass
class Developing:
    """`portal` is the running portal; its log is what `dev` says on the terminal."""

    root: Path
    portal: Portal

    def save(self, name: str, text: str) -> None:
        """As an editor does: another file in the place of the one before."""
        file = self.root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        new = file.with_name(f".{file.name}.swp")
        new.write_text(text, encoding="utf-8")
        new.replace(file)

    def saved(self, name: str, text: str) -> str:
        """Save it, and wait until the terminal says that it is there; the line."""
        before = len(self.portal.log)
        self.save(name, text)
        return self.said(re.escape(name) + r".*: (there after|the portal does not start).*", before)

    def said(self, pattern: str, after: int = 0, seconds: float = SEEN_SECONDS) -> str:
        """A line of the terminal, once it is there."""
        until = time.monotonic() + seconds
        while (found := re.search(pattern, self.portal.log[after:])) is None:
            assert self.portal.process.poll() is None, self.portal.log[-4000:]
            assert time.monotonic() < until, f"{pattern} is not in {self.portal.log[-4000:]}"
            time.sleep(0.05)
        return found[0]

    def shows(self, path: str, text: str) -> str:
        """The page, once it shows this text."""
        until = time.monotonic() + SEEN_SECONDS
        while text not in (shown := self.portal.page(path)):
            assert time.monotonic() < until, f"{text!r} is not in {shown[-4000:]}"
        return shown


@contextmanager
def developing(root: Path, viewer: str = "analyst-west") -> Iterator[Developing]:
    """Inside it runs, in an empty folder that becomes a clone; files of it are saved, never ours."""
    for name in ("pages", "assets"):
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "portal", root / "portal", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("wsgi.py", "gunicorn.conf.py", "requirements.txt"):
        shutil.copy(ROOT / name, root / name)
    (root / "node_modules").symlink_to(ROOT / "node_modules")
    port = free_port()
    kept = {k: v for k, v in os.environ.items() if not re.match(r"(DATABRICKS|CONNECT|PORTAL|POSIT|RSTUDIO|DASH)_", k)}
    log_file = tempfile.NamedTemporaryFile(prefix="dev-", suffix=".log", delete=False)  # noqa: SIM115
    process = subprocess.Popen(
        [sys.executable, "-m", "portal", "dev", "--port", str(port), "--viewer", viewer],
        cwd=root, env=kept, stdout=log_file, stderr=subprocess.STDOUT,
    )  # fmt: skip
    running = Developing(root, Portal(f"http://127.0.0.1:{port}/", process, log_file))
    try:
        running.said("Open  http", seconds=START_SECONDS)
        yield running
    finally:
        running.portal.stop()
