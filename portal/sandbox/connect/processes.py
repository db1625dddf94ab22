"""Which process serves which content, its variables, and the end of idle ones."""

from __future__ import annotations

import asyncio
import contextlib
import json
from pathlib import Path

from portal.sandbox.connect import bundles, modes
from portal.sandbox.connect.process import ContentProcess, base_environment
from portal.sandbox.connect.state import Connect, Content

IDLE_CHECK_SECONDS = 0.5


class Processes:
    """One process for each content (and for each draft bundle that is looked at)."""

    def __init__(self, connect: Connect) -> None:
        self.connect = connect
        self.extra: dict[str, str] = {}
        """More variables of the publisher, for every content (`--content-env`)."""
        self.ca_bundle: Path | None = None
        self.token_directory: Path | None = None
        """Where content session tokens are written; private to this user."""
        self._processes: dict[tuple[str, str | None], ContentProcess] = {}
        self._reaper: asyncio.Task[None] | None = None

    def environment(self, content: Content, bundle_id: str | None = None) -> dict[str, str]:
        """The variables of the content, without those of the machine: what Connect sets, then the publisher's."""
        world = self.connect.world
        suffix = f"_bundle{bundle_id}/" if bundle_id else ""
        variables = {
            "POSIT_PRODUCT": "CONNECT",
            "RSTUDIO_PRODUCT": "CONNECT",
            "CONNECT_SERVER": f"{self.connect.url}/",
            "CONNECT_API_KEY": self.connect.api_key(content.owner.key),
            "CONNECT_CONTENT_GUID": content.guid,
            "DASH_REQUESTS_PATHNAME_PREFIX": f"/content/{content.guid}/{suffix}",
        }
        if self.token_directory is not None:
            token_file = self.token_directory / f"{content.guid}.token"
            token_file.write_text(self.connect.content_session(content.guid).token)
            variables["CONNECT_CONTENT_SESSION_TOKEN_FILE"] = str(token_file)
        if content.guid == self.connect.content_guid:
            # What its publisher has set; other content brings its own.
            variables["DATABRICKS_HOST"] = world.workspace_url.removeprefix("https://")
            variables["DATABRICKS_WAREHOUSE_ID"] = next(iter(world.warehouses))
        if self.ca_bundle is not None:
            variables["SSL_CERT_FILE"] = variables["REQUESTS_CA_BUNDLE"] = str(self.ca_bundle)
        return {**variables, **self.extra, **content.environment}

    def of(self, content: Content, bundle_id: str | None = None) -> ContentProcess | None:
        """The process (not yet started, perhaps); None for content that was never deployed."""
        if bundle_id is None:
            directory, command = content.directory, content.command
        else:
            directory, command = bundles.directory_of(content.bundles[bundle_id]), None
        if directory is None or not directory.is_dir():
            return None
        if command is None:
            command = command_of(directory)
        key = (content.guid, bundle_id)
        if key not in self._processes:
            environment = {**base_environment(), **self.environment(content, bundle_id)}
            self._processes[key] = ContentProcess(command, directory, environment)
        if self._reaper is None:
            self._reaper = asyncio.get_running_loop().create_task(self._reap())
        return self._processes[key]

    def find(self, guid: str) -> ContentProcess | None:
        return self._processes.get((guid, None))

    async def restart(self, guid: str) -> None:
        """Ends the processes of a content; the next request starts a new one with the variables of then."""
        for key in [key for key in self._processes if key[0] == guid]:
            await self._processes.pop(key).stop()

    async def settle(self) -> None:
        """Ends processes whose content is gone, or is not what they were started with (after a reset)."""
        for (guid, bundle_id), process in list(self._processes.items()):
            content = self.connect.contents.get(guid)
            wanted = {**base_environment(), **self.environment(content, bundle_id)} if content else {}
            draft = bundle_id is not None
            moved = content is None or draft or process.directory != content.directory
            if moved or process.environment != wanted:
                await self._processes.pop((guid, bundle_id)).stop(grace=0)

    async def stop(self) -> None:
        if self._reaper is not None:
            self._reaper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._reaper
            self._reaper = None
        await asyncio.gather(*(process.stop() for process in self._processes.values()))
        self._processes.clear()

    async def _reap(self) -> None:
        """Ends processes that no request used for the content's idle_timeout (seconds; None: never)."""
        while True:
            await asyncio.sleep(IDLE_CHECK_SECONDS)
            for (guid, _), process in list(self._processes.items()):
                content = self.connect.contents.get(guid)
                limit = content.settings.get("idle_timeout") if content else 0
                if limit is None or not process.running or process.open_requests:
                    continue
                if process.idle_seconds() > limit:
                    await process.stop()


def command_of(directory: Path) -> str:
    """How Connect would run a bundle: by its manifest's kind and entry point."""
    metadata: dict[str, str] = {}
    manifest = directory / "manifest.json"
    if manifest.exists():
        metadata = json.loads(manifest.read_text()).get("metadata", {})
    return modes.command(metadata.get("appmode", ""), metadata.get("entrypoint") or "app")
