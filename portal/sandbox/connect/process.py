"""The content's process: started with the variables that Connect sets, restarted when it dies, ended when idle."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import logging
import os
import shlex
import signal
import socket
import sys
import time
from collections import deque
from pathlib import Path

log = logging.getLogger(__name__)
said = logging.getLogger("portal.sandbox.content")
"""What the content writes, line by line."""

START_SECONDS = 60.0
"""Connect's default InitTimeout."""
STOP_SECONDS = 8.0
KEPT_FROM_OURS = ("HOME", "LANG", "LC_ALL", "TMPDIR", "TZ", "USER", "LOGNAME")


class NotStarted(Exception):
    """The process ended, or did not listen in time; the text holds its last lines."""


def base_environment() -> dict[str, str]:
    """A clean environment: this interpreter's directory first on PATH, nothing of Databricks' or Connect's."""
    environment = {name: os.environ[name] for name in KEPT_FROM_OURS if name in os.environ}
    environment["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    return environment


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


_PR_SET_PDEATHSIG = 1
# Found before any fork: in the child, which other threads' locks may haunt, it is only called.
_prctl = ctypes.CDLL(None).prctl if sys.platform == "linux" else None


def die_with_parent() -> None:
    """Linux: SIGTERM for the child when the sandbox is killed, so that no server is left behind."""
    if _prctl is not None:
        _prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


class ContentProcess:
    """One process of a content item. `address()` starts it if need be and waits until it listens."""

    def __init__(self, command: str, directory: Path, environment: dict[str, str]) -> None:
        self.command, self.directory, self.environment = command, directory, environment
        self.port: int | None = None
        self.lines: deque[str] = deque(maxlen=400)
        """The last lines that it wrote."""
        self.starts = 0
        self.open_requests = 0
        self.last_used = time.monotonic()
        self._process: asyncio.subprocess.Process | None = None
        self._lock = asyncio.Lock()
        self._reader: asyncio.Task[None] | None = None

    def touch(self) -> None:
        self.last_used = time.monotonic()

    def idle_seconds(self) -> float:
        return time.monotonic() - self.last_used

    @property
    def pid(self) -> int | None:
        return self._process.pid if self.running and self._process else None

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.returncode is None

    async def address(self) -> str:
        """`http://127.0.0.1:<port>`; raises NotStarted."""
        async with self._lock:
            self.touch()
            if not self.running:
                await self._start()
            return f"http://127.0.0.1:{self.port}"

    async def _start(self) -> None:
        self.port = free_port()
        words = shlex.split(self.command.replace("{port}", str(self.port)))
        self.starts += 1
        try:
            self._process = await asyncio.create_subprocess_exec(
                *words,
                cwd=self.directory,
                env=self.environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=die_with_parent if sys.platform == "linux" else None,
            )
        except OSError as error:
            raise NotStarted(f"{words[0]}: {error}") from None
        self._reader = asyncio.create_task(self._read(self._process))
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if not self.running:
                await asyncio.wait([self._reader], timeout=1)
                raise NotStarted("\n".join(list(self.lines)[-20:]) or "the process ended without a word")
            if await self._listens():
                return
            await asyncio.sleep(0.05)
        await self.stop()
        raise NotStarted(f"the process did not listen on port {self.port} within {START_SECONDS:.0f} s")

    async def _listens(self) -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self.port)
        except OSError:
            return False
        writer.close()
        return True

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        while True:
            try:
                line = await process.stdout.readline()
            except ValueError:  # a line longer than the buffer
                continue
            if not line:
                break
            text = line.decode(errors="replace").rstrip()
            self.lines.append(text)
            said.info("%s", text)
        await process.wait()

    async def stop(self, grace: float = STOP_SECONDS) -> None:
        """SIGTERM, `grace` seconds to finish requests, then SIGKILL for it and its children (its process group)."""
        process = self._process
        if process is None:
            return
        if process.returncode is None and grace:
            process.terminate()
            try:
                await asyncio.wait_for(process.wait(), grace)
            except TimeoutError:
                log.warning("content %s did not end in %.0f s", process.pid, grace)
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
        self._process = None
