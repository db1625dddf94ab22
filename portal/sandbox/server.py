"""The whole sandbox as one object: three sites on loopback, started and stopped together."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import socket
import ssl
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import trustme
from aiohttp import web

from portal.sandbox import (
    alerts,
    clusters,
    connect,
    control,
    dbfs,
    folders,
    jobs,
    lakeview,
    lineage,
    queries,
    serving,
    volumes,
    workspace,
)
from portal.sandbox.connect.front import FRONT
from portal.sandbox.faults import Faults
from portal.sandbox.routing import Route
from portal.sandbox.spark import alpn, door
from portal.sandbox.spark.rows import Rows
from portal.sandbox.spark.server import Spark
from portal.sandbox.weather import Weather
from portal.sandbox.world import PEOPLE, World, crowd


@dataclass
class Options:
    """How to start. Port 0 is any free one."""

    port: int = 3939
    workspace_port: int = 0
    storage_port: int = 0
    seed: int = 0
    weather: str = "fair"
    """A name of `weather.CLIMATES`."""
    more_viewers: int = 0
    content_dir: Path | None = None
    content_command: str | None = None
    content_env: dict[str, str] = field(default_factory=dict)
    eager: bool = False
    """Start the content's process at once, not on the first request."""
    access_log: bool = False
    spark: bool = False
    """Serve Databricks Connect too; see `portal.sandbox.spark`."""
    dashboards: Path | None = None
    """A folder of `*.sql` and `*.lvdash.json`, run and added at the start and after each reset."""


class Sandbox:
    """`async with Sandbox(options) as sandbox: …`; `sandbox.facts()` is what --json prints."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.world = World(people={person.key: person for person in (*PEOPLE, *crowd(options.more_viewers))})
        self.faults = Faults(options.seed)
        self.weather = Weather(self.world.clock, options.seed, options.weather)
        self.connect: connect.Connect
        self.spark: Spark | None = None
        self._stack = contextlib.AsyncExitStack()

    async def __aenter__(self) -> Sandbox:
        try:
            await self._start()
        except BaseException:
            await self._stack.aclose()
            raise
        return self

    async def __aexit__(self, *exception: object) -> None:
        await self._stack.aclose()

    async def _start(self) -> None:
        world, options = self.world, self.options
        directory = Path(self._stack.enter_context(tempfile.TemporaryDirectory(prefix="portal-sandbox-")))
        self.ca_bundle = directory / "ca.pem"
        self._tls = _authority(self.ca_bundle)
        self.engine = self._engine()
        world.jobs = jobs.seeded(world, options.seed)
        world.queries = queries.Saved(world)
        world.files = dbfs.Files()
        world.serving = serving.Endpoints()
        world.volumes = volumes.Store(world, directory / "volumes")
        world.folders = folders.Folders(world)
        world.dashboards = lakeview.Dashboards(world)
        world.alerts = alerts.Alerts(world)
        world.lineage = lineage.Lineage(world)
        if options.dashboards is not None:
            await lakeview.add(world, options.dashboards)
        # Sockets are bound before the applications are built: the rooms need to know their own addresses.
        workspace_socket = _socket(options.workspace_port)
        storage_socket = _socket(options.storage_port)
        front_socket = _socket(options.port)
        world.workspace_url = _url(workspace_socket)
        world.storage_url = _url(storage_socket)
        self.connect = connect.Connect(world, options.seed, options.content_dir, options.content_command)
        self.connect.url = f"http://127.0.0.1:{front_socket.getsockname()[1]}"
        self.connect.bundles = directory / "bundles"
        world.connect = self.connect
        front = connect.app(self.connect, self.faults, control.routes(self))
        self.processes = front[FRONT].processes
        self.processes.ca_bundle = self.ca_bundle
        self.processes.token_directory = directory
        self.processes.extra = dict(options.content_env)
        await self._serve_workspace(workspace_socket, directory)
        await self._serve(workspace.storage_app(world, self.faults, self.weather), storage_socket, self._tls())
        # A visitor who leaves cancels what the content does for them, as a reverse proxy does.
        await self._serve(front, front_socket, None, handler_cancellation=True)
        if options.eager:
            await self.start_content()

    def _engine(self) -> Any:
        """The SQL engine, where its room is installed."""
        try:
            module = importlib.import_module("portal.sandbox.sql.engine")
        except ModuleNotFoundError as error:
            if error.name and error.name.startswith("portal.sandbox"):
                return None
            raise
        engine = module.Engine(self.world, seed=self.options.seed)
        self.world.engine = engine
        engine.start()
        self._stack.callback(engine.close)
        return engine

    async def _serve_workspace(self, sock: socket.socket, directory: Path) -> None:
        """With Spark its port speaks gRPC as well."""
        world, more = self.world, list[Route]()
        if self.options.spark:
            world.clusters = clusters.seeded()
            self._rows = Rows(world, directory / "tables")
            more = door.routes(world, self._rows)
        app = workspace.app(world, self.faults, self.weather, more)
        if not self.options.spark:
            await self._serve(app, sock, self._tls())
            return
        self.spark = Spark(directory, self._rows.folder)
        self._stack.push_async_callback(self.spark.close)
        await self.spark.start(world.workspace_url, self.ca_bundle)
        runner = await self._runner(app)
        listener = await alpn.listen(runner, sock, self._tls(), self.spark.gateway)
        self._stack.callback(listener.close)

    async def _serve(
        self, app: web.Application, sock: Any, tls: ssl.SSLContext | None, handler_cancellation: bool = False
    ) -> None:
        runner = await self._runner(app, handler_cancellation=handler_cancellation)
        await web.SockSite(runner, sock, ssl_context=tls, backlog=1024).start()

    async def _runner(self, app: web.Application, **more: Any) -> web.AppRunner:
        log: dict[str, Any] = {} if self.options.access_log else {"access_log": None}
        runner = web.AppRunner(app, shutdown_timeout=2.0, **log, **more)
        await runner.setup()
        self._stack.push_async_callback(runner.cleanup)
        return runner

    async def start_content(self) -> str | None:
        """Starts the content's process; its address, or None if there is no content."""
        process = self.processes.of(self.connect.contents[self.connect.content_guid])
        return await process.address() if process is not None else None

    def facts(self) -> dict[str, str]:
        world, front = self.world, self.connect
        warehouse = next(iter(world.warehouses))
        spark = {"cluster_id": clusters.SHARED} if self.options.spark else {}
        return {
            **spark,
            "connect_url": front.url,
            "workspace_url": world.workspace_url,
            "workspace_host": world.workspace_url.removeprefix("https://"),
            "storage_url": world.storage_url,
            "ca_bundle": str(self.ca_bundle),
            "warehouse_id": warehouse,
            "http_path": f"/sql/1.0/warehouses/{warehouse}",
            "content_guid": front.content_guid,
            "integration_guid": front.integration_guid,
            "api_key": front.api_key(),
            "control_url": f"{front.url}/__sandbox__",
            "content_url": f"{front.url}/content/{front.content_guid}/",
        }

    def content_environment(self) -> dict[str, str]:
        """The variables that the content's process gets, beside PATH and the like."""
        return self.processes.environment(self.connect.contents[self.connect.content_guid])

    async def reset(self) -> None:
        """Everything back to the seed state, the clock first."""
        world = self.world
        world.clock.offset = 0.0
        world.tokens.lifetime, world.tokens.mint = 3600.0, None
        for person in world.people.values():
            world.tokens.revoke(person)
        world.link_lifetime = 900.0
        world.reset_warehouses()
        clusters.reset(world)
        world.history.clear()
        world.jobs.reset()
        self.faults.reset()
        self.weather.become(self.weather.usual)
        self.connect.reset()
        await self.processes.settle()
        world.queries.reset()
        world.alerts.reset()
        world.lineage.reset()
        world.files.reset()
        world.volumes.reset()
        world.serving.reset()
        world.folders.reset()
        if self.engine is not None and hasattr(self.engine, "reset"):
            await asyncio.to_thread(self.engine.reset)
        if self.spark is not None:
            self._rows.forget()
            await self.spark.start_server()
        world.dashboards.reset()
        if self.options.dashboards is not None:
            await lakeview.add(world, self.options.dashboards)


def _socket(port: int) -> socket.socket:
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind(("127.0.0.1", port))
    return bound


def _url(bound: Any) -> str:
    """The address of a TLS site; 443 goes without saying, as scripts that add the port themselves expect."""
    port = bound.getsockname()[1]
    return "https://localhost" if port == 443 else f"https://localhost:{port}"


def _authority(bundle: Path) -> Callable[[], ssl.SSLContext]:
    """Makes contexts with a certificate for localhost, of an authority made for this start; its root is in `bundle`."""
    authority = trustme.CA(organization_name="portal sandbox")
    authority.cert_pem.write_to_path(str(bundle))
    issued = authority.issue_cert("localhost", "127.0.0.1")

    def context() -> ssl.SSLContext:
        made = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        issued.configure_cert(made)
        return made

    return context
