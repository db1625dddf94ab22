"""/api/2.0/workspace: files in folders, each person's own home and `/Shared`, in memory.

A person may do everything in their home and in `/Shared`; another's home is not there for them to read, and refused to
write. Dashboards, saved queries and notebooks are not in it. Source: databricks-sdk, `service/workspace.py` and
`mixins/workspace.py`.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Any, Literal

from aiohttp import web

from portal.sandbox import errors
from portal.sandbox.routing import Body, Call, Flag, Json, Query, Route, get, post, table
from portal.sandbox.world import Person, World

LARGEST = 10 * 1024 * 1024
"""Bytes of a file that is imported or exported."""
MOST = 64 * 1024 * 1024
"""Bytes in all."""


@dataclass
class Node:
    """A file, or a folder (`data` is None). Times are epoch seconds."""

    path: str
    id: int
    created: float
    changed: float
    data: bytes | None = None

    def as_dict(self) -> Json:
        about: Json = {"object_type": "DIRECTORY" if self.data is None else "FILE", "path": self.path}
        about |= {"object_id": self.id, "resource_id": str(self.id)}
        if self.data is not None:
            about |= {"size": len(self.data), "created_at": _ms(self.created), "modified_at": _ms(self.changed)}
        return about


class Folders:
    """`world.folders`."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.reset()

    def reset(self) -> None:
        self.nodes: dict[str, Node] = {}
        homes = (f"/Users/{person.user_name}" for person in self.world.people.values())
        for path in ("/", "/Shared", "/Users", *homes):
            self._put(path, None)

    def find(self, path: str, person: Person) -> Node:
        """What one may not see is answered as if it were not there."""
        found = self.nodes.get(path)
        if found is None or not _theirs(path, person):
            raise errors.not_found(f"Path ({path}) doesn't exist.")
        return found

    def inside(self, path: str) -> list[Node]:
        return sorted(
            (one for one in self.nodes.values() if one.path != "/" and _parent(one.path) == path),
            key=lambda one: one.path,
        )

    def write(self, path: str, data: bytes, overwrite: bool, person: Person) -> None:
        self._may_write(path, person)
        parent, old = self.nodes.get(_parent(path)), self.nodes.get(path)
        if parent is None or parent.data is not None:
            raise errors.not_found(f"The parent folder ({_parent(path)}) does not exist.")
        if old is not None and (old.data is None or not overwrite):
            raise errors.ApiError(
                400, "RESOURCE_ALREADY_EXISTS", f"{path} already exists. Please pass overwrite=true to overwrite it."
            )
        if len(data) > LARGEST or len(data) + sum(len(one.data or b"") for one in self.nodes.values()) > MOST:
            raise errors.ApiError(400, "MAX_NOTEBOOK_SIZE_EXCEEDED", f"{path} exceeds the limit of {LARGEST} bytes.")
        self._put(path, data)

    def make(self, path: str, person: Person) -> None:
        """A folder and those above it that are not there."""
        self._may_write(path, person)
        parts = path.strip("/").split("/")
        for count in range(1, len(parts) + 1):
            step = "/" + "/".join(parts[:count])
            found = self.nodes.get(step)
            if found is not None and found.data is not None:
                raise errors.ApiError(400, "RESOURCE_ALREADY_EXISTS", f"{step} already exists and is not a folder.")
            if found is None:
                self._put(step, None)

    def delete(self, path: str, recursive: bool, person: Person) -> None:
        self.find(path, person)
        self._may_write(path, person)
        below = [one for one in self.nodes if one.startswith(f"{path}/")]
        if below and not recursive:
            raise errors.ApiError(400, "DIRECTORY_NOT_EMPTY", f"Folder ({path}) is not empty")
        for one in (*below, path):
            del self.nodes[one]

    def _may_write(self, path: str, person: Person) -> None:
        homes = (f"/Users/{person.user_name}/", "/Shared/")
        if not path.startswith(homes):
            raise errors.permission_denied(
                f"User {person.user_name} does not have Edit permissions on the parent folder of {path}."
            )

    def _put(self, path: str, data: bytes | None) -> None:
        now = self.world.clock.now()
        old = self.nodes.get(path)
        id = old.id if old else 3_000_000_000_000_000 + len(self.nodes)
        self.nodes[path] = Node(path, id, old.created if old else now, now, data)


def _theirs(path: str, person: Person) -> bool:
    home = f"/Users/{person.user_name}"
    return not path.startswith("/Users/") or path == home or path.startswith(f"{home}/")


def _parent(path: str) -> str:
    return path.rpartition("/")[0] or "/"


def _ms(seconds: float) -> int:
    return int(seconds * 1000)


def _path(given: str) -> str:
    """From the root, without `/Workspace` and without a slash at its end."""
    if not given.startswith("/"):
        raise errors.invalid_parameter(f"Path ({given}) doesn't start with '/'")
    path = given.removeprefix("/Workspace").rstrip("/") or "/"
    if not {"", ".", ".."}.isdisjoint(path.split("/")[1:]) and path != "/":
        raise errors.invalid_parameter(f"Path ({given}) is not valid.")
    return path


class At(Query):
    path: str
    notebooks_modified_after: int = 0


class Export(Query):
    path: str
    format: Literal["SOURCE", "AUTO", "RAW", "HTML", "JUPYTER", "DBC", "R_MARKDOWN"] = "SOURCE"
    direct_download: Flag = False


class Import(Body):
    """As JSON, or as the fields of a form with `content` as a file."""

    path: str
    content: Any = None
    format: Literal["SOURCE", "AUTO", "RAW", "HTML", "JUPYTER", "DBC", "R_MARKDOWN"] = "SOURCE"
    language: str = ""
    overwrite: Flag = False


class Made(Body):
    path: str


class Deleted(Body):
    path: str
    recursive: Flag = False


def routes(world: World) -> list[Route]:
    return table(
        "/api/2.0/workspace",
        get("/get-status", status),
        get("/list", listed),
        get("/export", export),
        post("/import", import_),
        post("/mkdirs", mkdirs),
        post("/delete", delete),
    )


def _of(call: Call[Any]) -> Folders:
    found: Folders = call.world.folders
    return found


async def status(call: Call[At]) -> Json:
    return _of(call).find(_path(call.asked.path), call.person).as_dict()


async def listed(call: Call[At]) -> Json:
    """What is in a folder; of a file itself. An empty folder has no `objects`."""
    folders, path = _of(call), _path(call.asked.path)
    found = folders.find(path, call.person)
    inside = [one for one in folders.inside(path) if _theirs(one.path, call.person)]
    listed = [found] if found.data is not None else inside
    return {"objects": [one.as_dict() for one in listed]} if listed else {}


async def export(call: Call[Export]) -> Json | web.Response:
    """A file as it is. SOURCE is for notebooks, which there are none of."""
    asked = call.asked
    found = _of(call).find(_path(asked.path), call.person)
    if found.data is None or asked.format not in ("AUTO", "RAW", "SOURCE"):
        raise errors.invalid_parameter(f"{found.path} cannot be exported as {asked.format}.")
    if asked.direct_download:
        return web.Response(body=found.data, content_type="application/octet-stream")
    return {"content": base64.b64encode(found.data).decode(), "file_type": found.path.rpartition(".")[2]}


async def import_(call: Call[Import]) -> Json:
    """Files only: a notebook (SOURCE with a language) is none."""
    asked = call.asked
    if asked.format not in ("AUTO", "RAW"):
        raise errors.invalid_parameter(f"The format {asked.format} is for notebooks.")
    content = asked.content
    if isinstance(content, web.FileField):
        data = content.file.read()
    elif isinstance(content, bytes | bytearray):
        data = bytes(content)
    else:
        try:
            data = base64.b64decode(str(content or ""), validate=True)
        except (binascii.Error, ValueError):
            raise errors.invalid_parameter("content is not base64.") from None
    _of(call).write(_path(asked.path), data, asked.overwrite, call.person)
    return {}


async def mkdirs(call: Call[Made]) -> Json:
    path = _path(call.asked.path)
    if path not in _of(call).nodes or not _theirs(path, call.person):
        _of(call).make(path, call.person)
    return {}


async def delete(call: Call[Deleted]) -> Json:
    _of(call).delete(_path(call.asked.path), call.asked.recursive, call.person)
    return {}
