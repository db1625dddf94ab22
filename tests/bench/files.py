"""`python -m tests.bench.files [MB]`: a file (1024 MB) to a volume and back through Chromium, and what a worker holds.

The file is what `docs/cookbook/volume_files.py` uploads and downloads, over gunicorn with one worker, so that all of it
passes one process. Target: a worker's memory grows by 64 MB at most.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
from playwright.sync_api import Page, expect, sync_playwright

from tests.bench.cookbook import ours
from tests.bench.load import table
from tests.bench.pages import FLAGS
from tests.browser.conftest import chromium
from tests.sandbox_client import start_sandbox

MB = 1024 * 1024
MOST_SECONDS = 1800
PIECE = 8 * MB


class Peak:
    """The most that these processes held, MB each, looked at twenty times a second."""

    def __init__(self, processes: list[psutil.Process]) -> None:
        self.processes = processes
        self.before = self.now()
        self.most = list(self.before)

    def now(self) -> list[float]:
        return [process.memory_info().rss / 1e6 for process in self.processes]

    @contextmanager
    def watching(self) -> Iterator[None]:
        done = threading.Event()

        def look() -> None:
            while not done.wait(0.05):
                self.most = [max(pair) for pair in zip(self.most, self.now(), strict=True)]

        thread = threading.Thread(target=look)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()

    @property
    def grown(self) -> float:
        return sum(most - before for most, before in zip(self.most, self.before, strict=True))


def written(path: Path, size: int) -> str:
    """A file of so many bytes that nothing compresses; its hash."""
    digest = hashlib.sha256()
    with path.open("wb") as file:
        for at in range(0, size, PIECE):
            piece = os.urandom(min(PIECE, size - at))
            file.write(piece)
            digest.update(piece)
    return digest.hexdigest()


def read(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def sent(page: Page, file: Path) -> None:
    page.locator("input[type=file]").set_input_files(file)
    expect(page.get_by_text(f"{file.name} is there")).to_be_visible(timeout=MOST_SECONDS * 1000)


def fetched(page: Page, name: str) -> Path:
    with page.expect_download(timeout=MOST_SECONDS * 1000) as begun:
        page.get_by_role("button", name=f"Download {name}").click()
    return begun.value.path()  # when all of it is there


def main() -> None:
    size = int(sys.argv[1] if len(sys.argv) > 1 else 1024) * MB
    sandbox = start_sandbox()
    lines = []
    try:
        with tempfile.TemporaryDirectory() as name, ours(sandbox) as app, sync_playwright() as playwright:
            file = Path(name) / "large.bin"
            digest = written(file, size)
            browser = playwright.chromium.launch(executable_path=chromium(), args=FLAGS, downloads_path=name)
            page = browser.new_context(extra_http_headers=app.fresh(), locale="en-GB").new_page()
            page.set_default_timeout(MOST_SECONDS * 1000)
            page.goto(f"{app.url}volume-files")
            expect(page.get_by_role("button", name="Download readme.txt")).to_be_visible()
            workers = list(map(psutil.Process, app.workers()))
            found = None
            for what in ("upload", "download"):
                peak, began = Peak(workers), time.perf_counter()
                busy = sum(sum(process.cpu_times()[:2]) for process in workers)
                with peak.watching():
                    if what == "upload":
                        sent(page, file)
                    else:
                        found = fetched(page, file.name)
                seconds = time.perf_counter() - began
                busy = sum(sum(process.cpu_times()[:2]) for process in workers) - busy
                lines.append((what, size // MB, seconds, size / MB / seconds, busy, peak.before[0], peak.grown))
            assert found is not None
            assert read(found) == digest, "it is another file that came back"
            browser.close()
    finally:
        sandbox.stop()
    heads = ("", "MB", "s", "MB/s", "s of the worker", "MB before", "MB more at most")
    table("A file to a volume and back, in Chromium; what came back has the hash of what was sent", heads, lines)


if __name__ == "__main__":
    main()
