"""The two processes of Spark: the Spark Connect server, a JVM, and the gateway before it."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import time
from pathlib import Path

from portal.sandbox.connect.process import base_environment, die_with_parent, free_port
from portal.sandbox.spark import place

START_SECONDS = 180.0
STOP_SECONDS = 5.0
GATEWAY = Path(__file__).with_name("gateway.py")
JAVA_OPTIONS = "-XX:+UseSerialGC -XX:TieredStopAtLevel=1"
"""A few small queries at a time: what starts soonest is quickest."""
CLIENTS_CONFIGURATION = {
    # What databricks-connect 17.3 asks for and Spark 4.0 does not know; the values are Spark 4.1's.
    "spark.sql.session.localRelationCacheThreshold": "1048576",
    "spark.sql.session.localRelationChunkSizeRows": "10000",
    "spark.sql.session.localRelationChunkSizeBytes": "16777216",
    "spark.sql.session.localRelationBatchOfChunksSizeBytes": "1073741824",
}


class NotStarted(OSError):
    """Spark did not start; the text holds its last lines."""


class Spark:
    """`await start(…)` when the workspace's address is known; `gateway` is then the port of the gateway."""

    def __init__(self, folder: Path, tables: Path) -> None:
        self.gateway = 0
        self._folder, self._tables = folder, tables
        self._port = free_port()
        self._server: asyncio.subprocess.Process | None = None
        self._gateway: asyncio.subprocess.Process | None = None

    async def start(self, workspace: str, ca_bundle: Path) -> None:
        """Both processes; returns when both answer. Raises NotStarted."""
        if not place.READY.exists():
            raise NotStarted("there is no Spark: `make spark` sets it up (Java 17, Python 3.12, 470 MB to fetch)")
        self._gateway = await asyncio.create_subprocess_exec(
            str(place.PYTHON), str(GATEWAY), workspace, str(ca_bundle), str(self._port),
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, env=base_environment(),
            preexec_fn=die_with_parent,
        )  # fmt: skip
        await self.start_server()
        assert self._gateway.stdout is not None
        self.gateway = int(await asyncio.wait_for(self._gateway.stdout.readline(), START_SECONDS) or 0)
        if not self.gateway:
            raise NotStarted("Spark's gateway did not start")

    async def start_server(self) -> None:
        """The JVM, unless it runs."""
        if self._server is not None and self._server.returncode is None:
            return
        log = self._folder / "spark.log"
        settings = {
            "spark.connect.grpc.binding.address": "127.0.0.1",
            "spark.connect.grpc.binding.port": str(self._port),
            "spark.connect.grpc.interceptor.classes": "portal.sandbox.spark.Who",
            "spark.driver.extraJavaOptions": JAVA_OPTIONS,
            "spark.master": "local[2]",
            "spark.sql.catalogImplementation": "in-memory",
            "spark.sql.runSQLOnFiles": "false",
            "spark.sql.shuffle.partitions": "2",
            "spark.ui.enabled": "false",
            **{f"spark.sql.catalog.{name}": "portal.sandbox.spark.Viewers" for name in ("main", "samples")},
            **{f"spark.sql.catalog.{name}.folder": str(self._tables) for name in ("main", "samples")},
            **CLIENTS_CONFIGURATION,
        }
        confs = [word for name, value in settings.items() for word in ("--conf", f"{name}={value}")]
        home = str(place.spark_home())
        own = {"SPARK_HOME": home, "SPARK_LOCAL_DIRS": str(self._folder), "PYSPARK_PYTHON": str(place.PYTHON)}
        environment = {**base_environment(), **own}
        with log.open("ab") as said:
            self._server = await asyncio.create_subprocess_exec(
                str(place.spark_home() / "bin" / "spark-submit"), "--driver-memory", "1g",
                "--driver-class-path", str(place.VIEWERS), *confs,
                "--class", "org.apache.spark.sql.connect.service.SparkConnectServer", "spark-internal",
                cwd=self._folder, env=environment, stdin=asyncio.subprocess.DEVNULL, stdout=said, stderr=said,
                preexec_fn=die_with_parent,
            )  # fmt: skip
        until = time.monotonic() + START_SECONDS
        while not await self._listens():
            if self._server.returncode is not None or time.monotonic() > until:
                last = log.read_text(errors="replace").splitlines()[-20:]
                raise NotStarted("\n".join(["Spark did not start:", *last]))
            await asyncio.sleep(0.1)

    async def _listens(self) -> bool:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", self._port)
        except OSError:
            return False
        writer.close()
        return True

    async def stop_server(self) -> None:
        """The JVM is killed, as one that breaks down."""
        await _end(self._server, signal.SIGKILL)

    async def close(self) -> None:
        await _end(self._gateway, signal.SIGTERM)
        await _end(self._server, signal.SIGTERM)


async def _end(process: asyncio.subprocess.Process | None, number: signal.Signals) -> None:
    if process is None:
        return
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(number)
        try:
            await asyncio.wait_for(process.wait(), STOP_SECONDS)
        except TimeoutError:
            process.kill()
            await process.wait()
