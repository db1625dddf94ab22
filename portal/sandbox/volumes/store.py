"""Files of volumes, on this machine's disk: a gigabyte goes through in pieces, and none of it stays in memory."""

from __future__ import annotations

import hashlib
import os
import shutil
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

from portal.sandbox import errors
from portal.sandbox.world import World

MOST = 4 * 1024**3
"""Bytes in all."""
LONGEST = 255
"""Characters of a name."""
_SEED = {
    "/Volumes/main/sales/landing/readme.txt": b"One folder a day, one file a region.\n",
    "/Volumes/main/sales/landing/2026-06-01/west.csv": b"order_id,amount\n100001,12.50\n100007,80.00\n",
    "/Volumes/main/sales/landing/2026-06-01/east.csv": b"order_id,amount\n100002,7.25\n",
    "/Volumes/main/sales/archive/2025.csv": b"order_id,amount\n1,1.00\n",
}
_SEEDED_AT = 1_780_300_800.0
"""1 June 2026, seconds since the epoch."""


@dataclass(frozen=True)
class File:
    blob: Path
    size: int
    changed: float


@dataclass(frozen=True)
class Part:
    """`blob` is where it lies by itself; None once it is in `Upload.whole`."""

    etag: str
    blob: Path | None
    size: int


@dataclass
class Upload:
    """A multipart upload under way; nobody sees its parts before it is completed."""

    path: str
    overwrite: bool
    person: str
    parts: dict[int, Part] = field(default_factory=dict)
    whole: Path | None = None
    """The first parts, one after the other, as far as they have come in order: completing takes no copying then."""
    joined: int = 0
    """How many these are."""


class Store:
    """`world.volumes`: files by path; a folder is one that was made, or that something is in."""

    def __init__(self, world: World, directory: Path) -> None:
        self._world = world
        self._directory = directory
        self.reset()

    def reset(self) -> None:
        shutil.rmtree(self._directory, ignore_errors=True)
        self._directory.mkdir(parents=True)
        self.files: dict[str, File] = {}
        self.folders: set[str] = set()
        self.uploads: dict[str, Upload] = {}
        for path, data in _SEED.items():
            blob = self._blob()
            blob.write_bytes(data)
            self._keep(path, blob, len(data), _SEEDED_AT)

    def _blob(self) -> Path:
        return self._directory / uuid.uuid4().hex

    def is_folder(self, path: str) -> bool:
        return path in self.folders or path.count("/") == 4 or any(one.startswith(f"{path}/") for one in self.files)

    def changed(self, path: str) -> float:
        """Of a folder too: when the newest in it was."""
        inside = (file.changed for name, file in self.files.items() if name == path or name.startswith(f"{path}/"))
        return max(inside, default=_SEEDED_AT)

    def inside(self, path: str) -> list[str]:
        """Paths that stand directly in a folder."""
        depth = path.count("/") + 2
        known = (one for one in (*self.files, *self.folders) if one.startswith(f"{path}/"))
        return sorted({"/".join(one.split("/")[:depth]) for one in known})

    async def written(self, chunks: AsyncIterator[bytes]) -> tuple[Path, int, str]:
        """A blob of what comes: where it lies, its bytes and its ETag. A body that breaks off leaves nothing."""
        blob, size, digest = self._blob(), 0, hashlib.md5(usedforsecurity=False)
        held = sum(one.size for one in self.files.values())
        held += sum(part.size for upload in self.uploads.values() for part in upload.parts.values())
        try:
            with blob.open("wb") as out:
                async for chunk in chunks:
                    size += len(chunk)
                    if held + size > MOST:
                        raise errors.ApiError(413, "QUOTA_EXCEEDED", f"The sandbox keeps {MOST} bytes of files.")
                    out.write(chunk)
                    digest.update(chunk)
        except BaseException:
            blob.unlink(missing_ok=True)
            raise
        return blob, size, f'"{digest.hexdigest()}"'

    def free(self, path: str, overwrite: bool) -> None:
        """Refuses a path that is a folder, below a file, or taken."""
        above = ["/".join(path.split("/")[:end]) for end in range(6, path.count("/") + 1)]
        if self.is_folder(path) or any(one in self.files for one in above):
            raise errors.ApiError(409, "ALREADY_EXISTS", f"The path {path} conflicts with a directory or a file.")
        if path in self.files and not overwrite:
            raise errors.ApiError(409, "ALREADY_EXISTS", f"The file {path} already exists.")

    def put(self, path: str, blob: Path, size: int) -> None:
        """In place of what was there."""
        old = self.files.get(path)
        self._keep(path, blob, size, self._world.clock.now())
        if old is not None:
            old.blob.unlink(missing_ok=True)

    def _keep(self, path: str, blob: Path, size: int, changed: float) -> None:
        os.utime(blob, (changed, changed))  # what an answer with the file says of it
        self.files[path] = File(blob, size, changed)

    def take(self, upload: Upload, number: int, part: Part) -> bool:
        """A part has come. False where it is in the whole already and is another one now."""
        old = upload.parts.get(number)
        if old is not None and old.blob is None:
            return old.etag == part.etag
        upload.parts[number] = part
        if old is not None and old.blob is not None:
            old.blob.unlink()
        while (next_one := upload.parts.get(upload.joined + 1)) is not None and next_one.blob is not None:
            upload.whole = upload.whole or self._blob()
            with upload.whole.open("ab") as out, next_one.blob.open("rb") as read:
                shutil.copyfileobj(read, out, 1024 * 1024)
            next_one.blob.unlink()
            upload.joined += 1
            upload.parts[upload.joined] = Part(next_one.etag, None, next_one.size)
        return True

    def drop(self, upload: str) -> None:
        """An upload that nobody goes on with."""
        dropped = self.uploads.pop(upload)
        for blob in (dropped.whole, *(part.blob for part in dropped.parts.values())):
            if blob is not None:
                blob.unlink(missing_ok=True)
