"""Writing a file, from bytes or from a stream, and deleting one: as the viewer, on the record, a part at a time."""

from __future__ import annotations

import io
from contextlib import suppress
from typing import BinaryIO

from portal.databricks import workspace
from portal.databricks.files import uploads
from portal.databricks.files.paths import FILES, asked, thing, volume
from portal.databricks.files.reading import Entry
from portal.settings import settings
from portal.viewer.audit import audited
from portal.viewer.errors import PortalError, TooLarge


def most() -> int:
    """Bytes that a file may have which is written here."""
    return settings().upload_mb * 1024 * 1024


def too_large(name: str, limit: int) -> TooLarge:
    return TooLarge(f"{name} is larger than the {limit / 1024**2:,.0f} MB that may be written here.")


def check_size(size: int, name: str) -> None:
    """Raises `TooLarge`."""
    if size > most():
        raise too_large(name, most())


def put(path: str, data: bytes, overwrite: bool) -> None:
    """A small file, in one piece."""
    query = {"overwrite": "true" if overwrite else "false"}
    octets = {"Content-Type": "application/octet-stream"}
    workspace.change(
        lambda w: w.api_client.do("PUT", asked(FILES, path), query=query, headers=octets, data=io.BytesIO(data)),
        f"the file {path}",
    )


def write(path: str, data: bytes | BinaryIO, *, overwrite: bool = False) -> Entry:
    """Write bytes, or a stream to its end, to a file in a volume; folders on the way are made.

    Raises `AlreadyThere` where there is a file and `overwrite` is off, `NotPermitted`, `NoSuchThing` for no such
    volume, and `TooLarge` beyond PORTAL_UPLOAD_MB. At most two parts of 8 MB are in memory, and nobody sees half a
    file.
    """
    path = volume(path)
    stream = io.BytesIO(data) if isinstance(data, bytes) else data
    with audited("file.write", thing(path)):
        first = _piece(stream)
        if len(first) < uploads.PART:
            check_size(len(first), path)
            put(path, first, overwrite)
            size = len(first)
        else:
            size = _in_parts(path, first, stream, overwrite)
    return Entry(path, path.rpartition("/")[2], False, size)


def _in_parts(path: str, first: bytes, stream: BinaryIO, overwrite: bool) -> int:
    session = uploads.begin(path, overwrite)
    try:
        etags: list[str] = []
        size, piece = 0, first
        while piece:
            size += len(piece)
            check_size(size, path)
            etags.append(uploads.part(path, session, len(etags) + 1, piece))
            piece = _piece(stream)
        uploads.complete(path, session, etags, size)
    except BaseException:
        with suppress(PortalError):  # the storage forgets what nobody completes
            uploads.abort(path, session)
        raise
    return size


def _piece(stream: BinaryIO) -> bytes:
    """A whole part, of a stream that may give less at a time; less at its end alone."""
    held = stream.read(uploads.PART)
    while len(held) < uploads.PART and (more := stream.read(uploads.PART - len(held))):
        held += more
    return held


def delete(path: str) -> None:
    """Delete a file of a volume. There is no trash."""
    path = volume(path)
    with audited("file.delete", thing(path)):
        workspace.change(lambda w: w.api_client.do("DELETE", asked(FILES, path)), f"the file {path}")
