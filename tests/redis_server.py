"""A real Redis (or Valkey) for the tests, on a free port, with nothing written to disk."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from dataclasses import dataclass, field

import redis

from tests.portal_process import free_port


def program() -> str:
    """The server's program: the machine's, else Debian's package where we may install it."""
    for name in ("redis-server", "valkey-server"):
        if found := shutil.which(name):
            return found
    if os.geteuid() == 0 and shutil.which("apt-get"):
        subprocess.run(["apt-get", "update", "-qq"], check=True)
        subprocess.run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", "redis-server"], check=True)
        if found := shutil.which("redis-server"):
            return found
    raise RuntimeError("These tests need redis-server or valkey-server: install one of them.")


@dataclass
class RedisServer:
    """`start` and `stop` it as often as a test likes: the port stays, the data does not."""

    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> RedisServer:
        flags = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self.process = subprocess.Popen([program(), *flags], stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 15
        while True:
            try:
                redis.Redis(port=self.port).ping()
                return self
            except redis.ConnectionError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def content(self) -> bytes:
        """Everything that is kept in it, keys and values."""
        client = redis.Redis(port=self.port)
        return b"\n".join(part for key in client.keys("*") for part in (key, client.get(key) or b""))
