"""What is in a volume: a directory's entries, and a file's bytes as they come."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, BinaryIO

import requests

from portal.databricks import workspace
from portal.databricks.files.paths import DIRECTORIES, FILES, asked, thing, volume
from portal.patches.databricks import connection_of
from portal.settings import settings
from portal.shapes import Json
from portal.viewer.audit import audited
from portal.viewer.errors import PortalError, TooLarge, Unreachable
from portal.viewer.failures import DATABRICKS, understood
from portal.viewer.upstream import deadline, lines

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient

PIECE = 1024 * 1024
"""Bytes of a file that are in memory at a time."""
PIECE_SECONDS = 30.0
"""What one may take: a line that brings a byte now and then is none."""
MOST_READ = 64 * 1024 * 1024
MOST_LISTED = 1_000
_PAGE = 1_000
_EMPTY_PAGES = 50
_AGAIN = 3
"""Times that a file is gone on with where its bytes broke off, without one more of them."""


@dataclass(frozen=True)
class Entry:
    """A file or a directory. `size` is in bytes (None of a directory), `changed` in UTC (None where nobody says)."""

    path: str
    name: str
    is_directory: bool
    size: int | None = None
    changed: datetime | None = None


@dataclass(frozen=True)
class Listing:
    """What stands in a directory, by name, directories first. `is_cut`: there is more than was asked for."""

    entries: tuple[Entry, ...]
    is_cut: bool = False

    def __iter__(self) -> Iterator[Entry]:
        return iter(self.entries)

    def __len__(self) -> int:
        return len(self.entries)


@dataclass(frozen=True)
class Opened:
    """A file on its way: `pieces` are its bytes, read as they are asked for."""

    entry: Entry
    pieces: Iterator[bytes]


def entries(path: str, most: int = MOST_LISTED) -> Listing:
    """The entries of a directory, `most` of them at most, page after page."""
    path = volume(path)
    found: list[Entry] = []
    token: str | None = None
    empty = 0
    while True:
        some, token = _page(path, token)
        found += some
        # A page may hold nothing and still lead on; so many in a row lead nowhere.
        empty = 0 if some else empty + 1
        if not token or len(found) > most or empty == _EMPTY_PAGES:
            break
    shown = sorted(found[:most], key=lambda one: (not one.is_directory, one.name))
    return Listing(tuple(shown), is_cut=len(found) > most or bool(token))


def _page(path: str, token: str | None) -> tuple[list[Entry], str | None]:
    """The entries of a page, and what leads on from it. What is no such page is the state to show."""
    query = {"page_size": _PAGE, **({"page_token": token} if token else {})}

    def ask(client: WorkspaceClient) -> tuple[list[Entry], str | None]:
        answer = client.api_client.do("GET", asked(DIRECTORIES, path), query=query)
        if not isinstance(answer, dict):
            raise ValueError("not an object")
        return [_entry(one) for one in answer.get("contents") or ()], answer.get("next_page_token") or None

    return workspace.call(ask, f"the directory {path}")


def _entry(one: Json) -> Entry:
    path, changed = str(one.get("path") or ""), one.get("last_modified")
    return Entry(
        path,
        str(one.get("name") or path.rpartition("/")[2]),
        bool(one.get("is_directory")),
        one.get("file_size"),
        datetime.fromtimestamp(changed / 1000, UTC) if isinstance(changed, int) else None,
    )


def about(path: str) -> Entry:
    """A file's size and time; raises `NoSuchThing` where there is none."""
    path = volume(path)
    names = ["content-length", "last-modified"]
    answer: Json = workspace.call(
        lambda w: w.api_client.do("HEAD", asked(FILES, path), response_headers=names),  # type: ignore[arg-type,return-value]
        f"the file {path}",
    )
    return _described(path, answer)


def _described(path: str, headers: Json) -> Entry:
    changed, length = headers.get("last-modified"), headers.get("content-length")
    return Entry(
        path,
        path.rpartition("/")[2],
        False,
        int(length) if length else None,
        parsedate_to_datetime(changed) if changed else None,
    )


def read(path: str, most: int = MOST_READ) -> bytes:
    """All of a file, `most` bytes at most; raises `TooLarge` for a larger one: that is for `opened`. It takes no longer
    than PORTAL_READ_SECONDS, or the state says that Databricks does not answer.
    """
    with audited("file.read", thing(volume(path)), read=True), deadline.within(settings().read_seconds):
        found = opened(path)
        size = found.entry.size
        if size is not None and size > most:
            raise TooLarge(f"{found.entry.name} has {size:,} bytes, more than the {most:,} that are read at once.")
        held = bytearray()
        for piece in found.pieces:
            held += piece
            if len(held) > most:
                raise TooLarge(f"{found.entry.name} has more than the {most:,} bytes that are read at once.")
        return bytes(held)


def opened(path: str) -> Opened:
    """A file's bytes as they come, `PIECE` at a time. Where they break off, they are gone on with from there."""
    path = volume(path)
    answer = _begun(path, {})
    entry = _described(path, answer)
    return Opened(entry, _pieces(path, answer))


def _begun(path: str, headers: dict[str, str]) -> Json:
    names = ["content-length", "last-modified"]
    found: Json = workspace.call(
        lambda w: w.api_client.do(  # type: ignore[arg-type,return-value]
            "GET", asked(FILES, path), headers=headers, raw=True, response_headers=names
        ),
        f"the file {path}",
    )
    return found


def _pieces(path: str, answer: Json) -> Iterator[bytes]:
    body: BinaryIO = answer["contents"]
    at = failed = 0
    try:
        while True:
            try:
                with deadline.within(PIECE_SECONDS) as bound:
                    lines.bind(connection_of(body))
                    piece = body.read(PIECE)
                    if bound.expired:  # which may look like the file's end
                        raise Unreachable(DATABRICKS, cause="total time-out")
            except (requests.RequestException, OSError, PortalError) as error:
                failed += 1
                # Without the time of what was begun, the rest could be another file's.
                if failed > _AGAIN or bound.expired or not answer["last-modified"]:
                    raise _broken(error, path) from None
                body.close()
                same = {"Range": f"bytes={at}-", "If-Unmodified-Since": answer["last-modified"]}
                body = _begun(path, same)["contents"]
                continue
            if not piece:
                return
            at, failed = at + len(piece), 0
            yield piece
    finally:
        body.close()


def _broken(error: Exception, path: str) -> PortalError:
    state = understood(error, DATABRICKS, f"the file {path}")
    return state if isinstance(state, Unreachable) else Unreachable(DATABRICKS)
