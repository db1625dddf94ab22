"""What a viewer has starred, and what they opened of late: dashboards and saved queries.

Databricks' own favourites have no API. So they are a small file in the viewer's own folder of the workspace,
`.data-portal/state.json`, written and read as the viewer: it follows them to every process and browser, and the portal
keeps nothing. Where they may not write there, the browser keeps them (`assets/src/parts/stars.js`).

Two processes, or a browser that kept marks for itself, may have changed it meanwhile, and the API has no etag for
files: so each change is read, merged and written, and of two marks of one thing the later star and the later visit
hold. What a newer version of the portal has written beside stays as it is.

Source: databricks-sdk, `WorkspaceExt.upload` and `.download` (mixins/workspace.py).
"""

from __future__ import annotations

import io
import json
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, get_args

from cachetools import TTLCache

from portal.databricks import workspace
from portal.databricks.identity import me
from portal.settings import settings
from portal.viewer.audit import audited
from portal.viewer.context import current
from portal.viewer.errors import Busy, NoSuchThing, NotPermitted, PortalError
from portal.viewer.failures import DATABRICKS
from portal.viewer.per_viewer import per_viewer
from portal.viewer.upstream import admission

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient

Kind = Literal["dashboard", "query"]
KINDS = get_args(Kind)
FOLDER, FILE = ".data-portal", "state.json"
VERSION = 1
MOST = 200
"""Marks of a kind; those that were touched longest ago go."""
LARGEST = 256 * 1024
"""Bytes of the file: a larger one was not written here, and is left alone."""
LONGEST_NAME = 255


@dataclass(frozen=True)
class Mark:
    """`name` is what it was called when it was seen last; times are epoch milliseconds, 0 for never."""

    kind: Kind
    id: str
    name: str
    starred: bool = False
    starred_at: int = 0
    """When it was starred, or its star was taken away."""
    opened_at: int = 0

    @property
    def touched_at(self) -> int:
        return max(self.starred_at, self.opened_at)


@dataclass(frozen=True)
class State:
    """The file: the marks that this version knows, and whatever else it holds."""

    marks: tuple[Mark, ...] = ()
    rest: Mapping[str, object] | None = None
    """Members of the file, and under `marks` those that are not understood."""


@per_viewer(ttl=10)
def mine() -> tuple[Mark, ...]:
    """The viewer's marks. Raises `Unkept` where their folder holds what is not ours, and the usual states."""
    return _read().marks


def keep(marks: Sequence[Mark]) -> tuple[Mark, ...]:
    """Write these, merged with what is there; all that are kept now. Raises `Unkept` where it is refused."""
    with _turn(), audited("stars.write", f"{FOLDER}/{FILE}"):
        state = _read()
        changed = fitting(State(merged((*state.marks, *marks)), state.rest))
        found = changed.marks
        if found != state.marks:
            _write(text(changed))
    mine.learned(current().id, found)
    return found


class Unkept(PortalError):
    """The workspace does not keep them: the browser has to."""

    kind = "unkept"
    title = "Not kept in the workspace"
    lasting = True


def merged(marks: Iterable[Mark]) -> tuple[Mark, ...]:
    """One for each thing, with its later star and its later visit; the last touched first, `MOST` of a kind."""
    found: dict[tuple[str, str], Mark] = {}
    for one in marks:
        old = found.setdefault((one.kind, one.id), one)
        starred = max(old, one, key=lambda mark: mark.starred_at)
        named = max(old, one, key=lambda mark: mark.touched_at)
        found[one.kind, one.id] = replace(
            named,
            starred=starred.starred,
            starred_at=starred.starred_at,
            opened_at=max(old.opened_at, one.opened_at),
        )
    # A star outlives any number of visits.
    ordered = sorted(found.values(), key=lambda mark: (not mark.starred, -mark.touched_at, mark.kind, mark.id))
    kept = [mark for kind in KINDS for mark in [one for one in ordered if one.kind == kind][:MOST]]
    return tuple(sorted(kept, key=lambda mark: (-mark.touched_at, mark.kind, mark.id)))


# The file


def read(raw: bytes) -> State:
    """Whatever is understood of a file; raises `Unkept` where it is no file of ours."""
    try:
        whole = json.loads(raw) if len(raw) <= LARGEST else None
    except (ValueError, RecursionError):
        whole = None
    listed = whole.get("marks", []) if isinstance(whole, dict) else None
    if not isinstance(whole, dict) or not isinstance(listed, list):
        raise Unkept(
            f"The file {FOLDER}/{FILE} of your folder in Databricks is not one that this portal wrote, so it is left "
            "as it is. Rename it to have stars kept there."
        )
    marks, others = [], []
    for one in listed:
        found = _mark(one)
        if found is None:
            others.append(one)
        else:
            marks.append(found)
    return State(merged(marks), {**whole, "marks": others})


def text(state: State) -> str:
    """The file as it is written."""
    rest = dict(state.rest or {})
    others = rest.pop("marks", [])
    version = rest.pop("version", VERSION)
    marks = [vars(mark) for mark in state.marks] + (others if isinstance(others, list) else [])[:MOST]
    newer = version if isinstance(version, int) and version > VERSION else VERSION
    return json.dumps({"version": newer, **rest, "marks": marks}, ensure_ascii=False, indent=1)


def fitting(state: State) -> State:
    """With the marks that a file of `LARGEST` bytes holds: a larger one would not be read again."""
    found = state
    while len(text(found).encode()) > LARGEST:
        if not found.marks:
            raise Unkept(f"The file {FOLDER}/{FILE} of your folder in Databricks has no room for stars.")
        stars_first = sorted(found.marks, key=lambda mark: not mark.starred)
        found = State(merged(stars_first[: len(stars_first) * 9 // 10]), state.rest)
    return found


def _mark(one: object) -> Mark | None:
    if not isinstance(one, dict) or one.get("kind") not in KINDS:
        return None
    id, name = one.get("id"), one.get("name")
    if not isinstance(id, str) or not 0 < len(id) <= 64:
        return None
    times = [one.get("starred_at", 0), one.get("opened_at", 0)]
    starred_at, opened_at = (at if isinstance(at, int) and 0 <= at < 2**53 else 0 for at in times)
    named = name[:LONGEST_NAME] if isinstance(name, str) else id
    return Mark(one["kind"], id, named, one.get("starred") is True, starred_at, opened_at)


def _folder() -> str:
    name = me().user_name
    if not name or "/" in name or name in (".", ".."):
        raise Unkept("Databricks gives you no folder of your own to keep stars in.")
    return f"/Workspace/Users/{name}/{FOLDER}"


def _read() -> State:
    """The file as it is now; empty where there is none."""
    path = f"{_folder()}/{FILE}"

    def fetch(client: WorkspaceClient) -> bytes:
        from databricks.sdk.service.workspace import ExportFormat

        with client.workspace.download(path, format=ExportFormat.AUTO) as found:
            return bytes(found.read(LARGEST + 1))

    try:
        return read(workspace.call(fetch, "your stars"))
    except NoSuchThing:
        return State()
    except NotPermitted as error:
        raise _refused(error) from None


def _write(content: str) -> None:
    folder = _folder()

    def send(client: WorkspaceClient) -> None:
        from databricks.sdk.service.workspace import ImportFormat

        data = io.BytesIO(content.encode())
        client.workspace.upload(f"{folder}/{FILE}", data, format=ImportFormat.AUTO, overwrite=True)

    try:
        try:
            workspace.call(send, "your stars")
        except NoSuchThing:
            workspace.call(lambda client: client.workspace.mkdirs(folder), "your folder")
            workspace.call(send, "your stars")
    except (NotPermitted, NoSuchThing) as error:
        raise _refused(error) from None


def _refused(error: PortalError) -> Unkept:
    return Unkept(f"Databricks does not let the portal keep stars in your folder: {error.message}")


_turns: TTLCache[str, threading.Lock] = TTLCache(5_000, 600)
_lock = threading.Lock()


@contextmanager
def _turn() -> Iterator[None]:
    """One change of a viewer's at a time in this process; raises `Busy` for one that would wait for long."""
    with _lock:
        turn = _turns.setdefault(current().id, threading.Lock())
    # While the workspace stalls, each would wait for all before it, and hold a thread.
    with admission.wait(DATABRICKS):
        mine = turn.acquire(timeout=settings().call_seconds)
    if not mine:
        raise Busy("Your stars are being written already.", retry_after=2)
    try:
        yield
    finally:
        turn.release()


def starred(kind: Kind, id: str, name: str, on: bool) -> Mark:
    return Mark(kind, id, name[:LONGEST_NAME], on, _now())


def opened(kind: Kind, id: str, name: str) -> Mark:
    return Mark(kind, id, name[:LONGEST_NAME], opened_at=_now())


def _now() -> int:
    return int(time.time() * 1000)
