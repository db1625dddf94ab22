"""The whole sandbox as one object: three sites on loopback, started and stopped together."""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import ssl
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import trustme
from aiohttp import web

from portal.sandbox import connect, control, jobs, queries, workspace
from portal.sandbox.connect.front import FRONT
from portal.sandbox.faults import Faults
from portal.sandbox.world import PEOPLE, World, crowd


@dataclass
class Options:
    """How to start. Port 0 is any free one."""

    port: int = 3939
    workspace_port: int = 0
    storage_port: int = 0
    seed: int = 0
    more_viewers: int = 0
    content_dir: Path | None = None
    content_command: str | None = None
    content_env: dict[str, str] = field(default_factory=dict)
    eager: bool = False
    """Start the content's process at once, not on the first request."""
    access_log: bool = False


class Sandbox:
    """`async with Sandbox(options) as sandbox: …`; `sandbox.facts()` is what --json prints."""

    def __init__(self, options: Options) -> None:
        self.options = options
        self.world = World(people={person.key: person for person in (*PEOPLE, *crowd(options.more_viewers))})
        self.faults = Faults(options.seed)
        self.connect: connect.Connect
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
        tls = _certificates(self.ca_bundle)
        self.engine = self._engine()
        world.jobs = jobs.Store(world, options.seed)
        world.queries = queries.Saved(world)
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
        await self._serve(workspace.app(world, self.faults), workspace_socket, tls)
        await self._serve(workspace.storage_app(world, self.faults), storage_socket, tls)
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

    async def _serve(
        self, app: web.Application, sock: Any, tls: ssl.SSLContext | None, handler_cancellation: bool = False
    ) -> None:
        log: dict[str, Any] = {} if self.options.access_log else {"access_log": None}
        runner = web.AppRunner(app, handler_cancellation=handler_cancellation, shutdown_timeout=2.0, **log)
        await runner.setup()
        self._stack.push_async_callback(runner.cleanup)
        await web.SockSite(runner, sock, ssl_context=tls, backlog=1024).start()

    async def start_content(self) -> str | None:
        """Starts the content's process; its address, or None if there is no content."""
        process = self.processes.of(self.connect.contents[self.connect.content_guid])
        return await process.address() if process is not None else None

    def facts(self) -> dict[str, str]:
        world, front = self.world, self.connect
        warehouse = next(iter(world.warehouses))
        return {
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
        world.history.clear()
        world.jobs.reset()
        self.faults.reset()
        self.connect.reset()
        await self.processes.settle()
        world.queries.reset()
        if self.engine is not None and hasattr(self.engine, "reset"):
            await asyncio.to_thread(self.engine.reset)


def _socket(port: int) -> Any:
    import socket

    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind(("127.0.0.1", port))
    return bound


def _url(bound: Any) -> str:
    """The address of a TLS site; 443 goes without saying, as scripts that add the port themselves expect."""
    port = bound.getsockname()[1]
    return "https://localhost" if port == 443 else f"https://localhost:{port}"


def _certificates(bundle: Path) -> ssl.SSLContext:
    """A certificate for localhost of an authority made for this start; its root is written to `bundle`."""
    authority = trustme.CA(organization_name="portal sandbox")
    authority.cert_pem.write_to_path(str(bundle))
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost", "127.0.0.1").configure_cert(context)
    return context
