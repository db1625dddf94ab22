"""/api/2.0/dbfs: the files that clients put there for their jobs, in memory, and everyone's, as DBFS is."""

from __future__ import annotations

import base64
import binascii
import itertools
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import AfterValidator, Field

from portal.sandbox import errors
from portal.sandbox.routing import Body, Call, Json, Query, Route, get, post, table
from portal.sandbox.world import World

BLOCK = 1024 * 1024
"""Bytes of a block, of a `put` and of a `read`."""
MOST = 64 * BLOCK
"""Bytes in all."""


@dataclass
class File:
    data: bytearray = field(default_factory=bytearray)
    changed: float = 0.0


class Files:
    """`world.files`: files by path; a folder is one that was made, or that something is in."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.files: dict[str, File] = {}
        self.folders: set[str] = {"/"}
        self.handles: dict[int, str] = {}
        self._numbers = itertools.count(1)

    def is_folder(self, path: str) -> bool:
        return path in self.folders or any(one.startswith(f"{path.rstrip('/')}/") for one in self.files)

    def create(self, path: str, overwrite: bool, now: float) -> int:
        """The handle of an open stream."""
        if self.is_folder(path) or (path in self.files and not overwrite):
            raise _refused("RESOURCE_ALREADY_EXISTS", f"A file or directory already exists at the input path {path}.")
        self.files[path] = File(changed=now)
        handle = next(self._numbers)
        self.handles[handle] = path
        return handle

    def stream(self, handle: int) -> File:
        path = self.handles.get(handle)
        if path is None or path not in self.files:
            raise errors.not_found(f"No stream exists with the given handle {handle}.")
        return self.files[path]

    def append(self, handle: int, data: bytes, now: float) -> None:
        if len(data) > BLOCK:
            raise _refused("MAX_BLOCK_SIZE_EXCEEDED", f"The block is larger than {BLOCK} bytes.")
        if sum(len(one.data) for one in self.files.values()) + len(data) > MOST:
            raise _refused("IO_ERROR", f"The sandbox keeps {MOST} bytes of files.")
        file = self.stream(handle)
        file.data += data
        file.changed = now

    def at(self, path: str) -> Json:
        """FileInfo."""
        file = self.files.get(path)
        if file is None and not self.is_folder(path):
            raise errors.not_found(f"No file or directory exists on path {path}.")
        size, changed = (len(file.data), file.changed) if file else (0, 0.0)
        return {
            "path": path,
            "is_dir": file is None,
            "file_size": size,
            "modification_time": int(changed * 1000),
        }

    def below(self, path: str) -> list[str]:
        """Paths of the files and folders in a folder, at any depth."""
        prefix = f"{path.rstrip('/')}/"
        return sorted(one for one in {*self.files, *self.folders} if one.startswith(prefix) and one != "/")


def _absolute(path: str) -> str:
    path = path.removeprefix("dbfs:")
    if not path.startswith("/") or "//" in path or {".", ".."} & set(path.split("/")):
        raise ValueError("the path must be absolute")
    return path.rstrip("/") or "/"


def _bytes(text: str) -> str:
    try:
        base64.b64decode(text, validate=True)
    except binascii.Error:
        raise ValueError("it must be base64") from None
    return text


Path = Annotated[str, AfterValidator(_absolute)]
Data = Annotated[str, AfterValidator(_bytes)]


class At(Query):
    path: Path


class Read(At):
    offset: int = Field(0, ge=0)
    length: int = Field(BLOCK // 2, ge=0, le=BLOCK)


class Create(Body):
    path: Path
    overwrite: bool = False


class Put(Create):
    contents: Data = ""


class Block(Body):
    handle: int
    data: Data = ""


class Close(Body):
    handle: int


class Folder(Body):
    path: Path


class Delete(Folder):
    recursive: bool = False


class Move(Body):
    source_path: Path
    destination_path: Path


def routes(world: World) -> list[Route]:
    return table(
        "/api/2.0/dbfs",
        post("/create", create),
        post("/add-block", add_block),
        post("/close", close),
        post("/put", put),
        get("/read", read),
        get("/get-status", status),
        get("/list", listed),
        post("/mkdirs", mkdirs),
        post("/delete", delete),
        post("/move", move),
    )


def _files(world: World) -> Files:
    files: Files = world.files
    return files


async def create(call: Call[Create]) -> Json:
    return {"handle": _files(call.world).create(call.asked.path, call.asked.overwrite, call.world.clock.now())}


async def add_block(call: Call[Block]) -> Json:
    _files(call.world).append(call.asked.handle, base64.b64decode(call.asked.data), call.world.clock.now())
    return {}


async def close(call: Call[Close]) -> Json:
    files = _files(call.world)
    files.stream(call.asked.handle)
    del files.handles[call.asked.handle]
    return {}


async def put(call: Call[Put]) -> Json:
    files, now = _files(call.world), call.world.clock.now()
    handle = files.create(call.asked.path, call.asked.overwrite, now)
    files.append(handle, base64.b64decode(call.asked.contents), now)
    del files.handles[handle]
    return {}


async def read(call: Call[Read]) -> Json:
    files, asked = _files(call.world), call.asked
    if files.at(asked.path)["is_dir"]:
        raise errors.invalid_parameter(f"Cannot read the directory {asked.path}.")
    part = bytes(files.files[asked.path].data[asked.offset : asked.offset + asked.length])
    return {"bytes_read": len(part), "data": base64.b64encode(part).decode()}


async def status(call: Call[At]) -> Json:
    return _files(call.world).at(call.asked.path)


async def listed(call: Call[At]) -> Json:
    """What stands directly in a folder; of a file, itself."""
    files, path = _files(call.world), call.asked.path
    if not files.at(path)["is_dir"]:
        return {"files": [files.at(path)]}
    depth = 1 if path == "/" else path.count("/") + 1
    names = {"/".join(one.split("/")[: depth + 1]) for one in files.below(path)}
    return {"files": [files.at(one) for one in sorted(names)]} if names else {}


async def mkdirs(call: Call[Folder]) -> Json:
    files, parts = _files(call.world), call.asked.path.split("/")
    above = ["/".join(parts[:end]) or "/" for end in range(1, len(parts) + 1)]
    if taken := [one for one in above if one in files.files]:
        raise _refused("RESOURCE_ALREADY_EXISTS", f"A file exists at {taken[0]}.")
    files.folders.update(above)
    return {}


async def delete(call: Call[Delete]) -> Json:
    """What is not there needs no deleting."""
    files, path = _files(call.world), call.asked.path
    inside = files.below(path)
    if inside and not call.asked.recursive:
        raise _refused("IO_ERROR", f"The directory {path} is not empty.")
    for one in (path, *inside):
        files.files.pop(one, None)
        files.folders -= {one} - {"/"}
    return {}


async def move(call: Call[Move]) -> Json:
    files, source, to = _files(call.world), call.asked.source_path, call.asked.destination_path
    folder = files.at(source)["is_dir"]
    if to in files.files or (files.is_folder(to) and not folder):
        raise _refused("RESOURCE_ALREADY_EXISTS", f"A file or directory already exists at {to}.")
    for one in (source, *files.below(source)):
        goes = to + one.removeprefix(source)
        if one in files.files:
            files.files[goes] = files.files.pop(one)
        elif one in files.folders:
            files.folders = files.folders - {one} | {goes}
    return {}


def _refused(code: str, text: str) -> errors.ApiError:
    return errors.ApiError(400, code, text)
