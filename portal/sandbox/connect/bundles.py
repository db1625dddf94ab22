"""Bundles and the tasks that deploy them: unpacked, checked against their manifest, then made the content's own.

Connect would build a Python environment from requirements.txt; here the interpreter that runs the sandbox serves, and
what it lacks of the bundle's requirements is said in the log.
"""

from __future__ import annotations

import asyncio
import importlib.metadata
import io
import json
import platform
import re
import secrets
import tarfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from portal.sandbox.connect import modes
from portal.sandbox.connect.state import Bundle, Connect, Content

LINE_SECONDS = 0.08
"""A deployment's log grows a line in so many seconds."""


class BadBundle(ValueError):
    """The archive cannot be a bundle; the text is for the publisher."""


@dataclass
class Task:
    """A task with its log; `code` is 0 when it went well."""

    id: str
    lines: list[str] = field(default_factory=list)
    finished: bool = False
    code: int = 0
    error: str = ""
    over: asyncio.Event = field(default_factory=asyncio.Event)
    runner: asyncio.Task[None] | None = None
    """What fills it; held here, or it might be collected."""

    def say(self, line: str) -> None:
        self.lines.append(line)

    def end(self, code: int, error: str = "") -> None:
        self.finished, self.code, self.error = True, code, error
        self.over.set()

    def as_dict(self, first: int) -> dict[str, Any]:
        return {
            "id": self.id,
            "output": self.lines[first:],
            "result": None,
            "finished": self.finished,
            "code": self.code,
            "error": self.error,
            "last": len(self.lines),
        }


def unpack(connect: Connect, content: Content, archive: bytes, metadata: dict[str, str]) -> Bundle:
    """Stores an uploaded archive; raises BadBundle. Members that would leave its directory are refused."""
    id = connect.next_id()
    directory = connect.bundles / content.guid / id
    directory.mkdir(parents=True)
    path = directory.with_suffix(".tar.gz")
    path.write_bytes(archive)
    try:
        with tarfile.open(fileobj=io.BytesIO(archive), mode="r:*") as packed:
            packed.extractall(directory, filter="data")
    except (tarfile.TarError, OSError, EOFError) as error:
        raise BadBundle(f"The bundle could not be unpacked: {error}") from None
    manifest: dict[str, Any] = {}
    if (directory / "manifest.json").exists():
        try:
            manifest = json.loads((directory / "manifest.json").read_text())
        except ValueError as error:
            raise BadBundle(f"manifest.json is not valid JSON: {error}") from None
    bundle = Bundle(id, content.guid, connect.now_text(), path, len(archive), manifest, metadata)
    content.bundles[id] = bundle
    return bundle


def directory_of(bundle: Bundle) -> Path:
    return bundle.path.with_name(bundle.id)


def as_dict(content: Content, bundle: Bundle) -> dict[str, Any]:
    return {
        "id": bundle.id,
        "content_guid": bundle.content_guid,
        "created_time": bundle.created_time,
        "cluster_name": "Local",
        "image_name": "Local",
        "r_version": None,
        "r_environment_management": None,
        "py_version": (bundle.manifest.get("python") or {}).get("version"),
        "py_environment_management": True,
        "quarto_version": None,
        "active": content.bundle_id == bundle.id,
        "size": bundle.size,
        "metadata": bundle.metadata,
    }


def deploy(connect: Connect, content: Content, bundle: Bundle, activate: bool, restart: Any) -> Task:
    """Starts the task; `restart` ends the content's processes once the bundle is active."""
    task = Task(secrets.token_urlsafe(12))
    connect.tasks[task.id] = task
    task.runner = asyncio.get_running_loop().create_task(_deploy(connect, content, bundle, activate, restart, task))
    return task


async def _deploy(connect: Connect, content: Content, bundle: Bundle, activate: bool, restart: Any, task: Task) -> None:
    try:
        mode, lines = _checked(bundle)
        for line in lines:
            await asyncio.sleep(LINE_SECONDS)
            task.say(line)
        content.app_mode = mode
        content.py_version = (bundle.manifest.get("python") or {}).get("version")
        if activate:
            content.bundle_id, content.directory, content.command = bundle.id, directory_of(bundle), None
            content.last_deployed_time = connect.now_text()
            await restart(content.guid)
        task.say(f"Launching {modes.MODES[mode].title}...")
        task.end(0)
    except BadBundle as error:
        task.say(str(error))
        task.end(1, str(error))


def _checked(bundle: Bundle) -> tuple[str, list[str]]:
    """(app mode, log) of a bundle that can run."""
    directory, manifest = directory_of(bundle), bundle.manifest
    if not manifest:
        raise BadBundle("The bundle has no manifest.json.")
    metadata = manifest.get("metadata") or {}
    mode = str(metadata.get("appmode", ""))
    if why := modes.refused(mode):
        raise BadBundle(why)
    missing = [name for name in manifest.get("files") or {} if not (directory / name).exists()]
    if missing:
        raise BadBundle(f"The manifest names files that the bundle lacks: {', '.join(missing[:5])}")
    entry = str(metadata.get("entrypoint") or "app")
    module = entry.partition(":")[0].replace(".", "/")
    if not any((directory / candidate).exists() for candidate in (f"{module}.py", f"{module}/__init__.py", entry)):
        raise BadBundle(f"The entry point {entry!r} is not in the bundle.")
    package_file = ((manifest.get("python") or {}).get("package_manager") or {}).get("package_file") or ""
    requirements = directory / package_file
    if not package_file or not requirements.exists():
        raise BadBundle(f"The bundle has no {package_file or 'requirements file'}.")
    wanted = (manifest.get("python") or {}).get("version", "")
    ours = platform.python_version()
    lines = [
        f"Building {modes.MODES[mode].title}...",
        f"Bundle created with Python version {wanted} is compatible with environment Local with Python {ours}",
        f"Bundle requested Python version {wanted}; using {ours}, the sandbox's own interpreter",
        f"Reading {package_file}",
    ]
    lacking = [name for name in _requirements(requirements.read_text()) if not _installed(name)]
    if lacking:
        lines.append(f"Not installed in the sandbox's environment: {', '.join(lacking)}")
    lines += ["Completed Python build", f"Entry point is {entry}"]
    return mode, lines


def _requirements(text: str) -> list[str]:
    found = [re.match(r"^\s*([A-Za-z0-9][A-Za-z0-9._-]*)", line) for line in text.splitlines()]
    return [match.group(1) for match in found if match]


def _installed(name: str) -> bool:
    try:
        importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True
