"""A download: which rows, in which format, how many a viewer may have under way, and what is recorded of it."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Any

import pyarrow as pa

from portal import viewer
from portal.databricks import rerun
from portal.databricks.sqlguard import check
from portal.databricks.typed import bound
from portal.results import result as results
from portal.results.again import Again
from portal.results.exports import FORMATS, Format, sliced
from portal.results.tickets import Stopped, Ticket
from portal.settings import settings
from portal.viewer.audit import audit
from portal.viewer.errors import Busy, NoSuchThing, NotPermitted, PortalError

_lock = threading.Lock()
_under_way: Counter[str] = Counter()


@dataclass(frozen=True)
class Download:
    """`body` yields the file's bytes. `total` is None where nobody knows; `ran_again` is for the viewer to be told."""

    format: Format
    name: str
    body: Iterator[bytes]
    estimate: int | None
    ran_again: bool


def start(
    statement_id: str, extension: str, again: Again | None = None, *, whole: bool = False, ticket: object = None
) -> Download:
    """Begin a download as the current viewer; its first bytes are there when this returns, so what fails early raises.

    `whole`: not the kept result but all rows of its SQL, run once more (a row limit had cut it). `ticket`: the page's,
    to ask how far it is and to stop it.
    """
    chosen = FORMATS.get(extension)
    if chosen is None:
        raise NoSuchThing("There is no such format.")
    viewer_id = viewer.current().id
    thing = f"statement/{statement_id[:64]}"
    try:
        _enter(viewer_id)
    except Busy as error:
        audit("download", thing, "denied", format=extension, reason=error.kind)
        raise
    try:
        schema, parts, total, ran_again = _rows(statement_id, again, whole)
        expected = min(total, chosen.most_rows or total) if total is not None else None
        told = Ticket(viewer_id, ticket)
        pieces = _counted(
            viewer_id, thing, chosen, schema, parts, total, told, {"expected": expected, "ran_again": ran_again}
        )
        first, rows = next(pieces)
    except BaseException as error:
        _leave(viewer_id)
        kind = error.kind if isinstance(error, PortalError) else "failed"
        outcome = "denied" if isinstance(error, NotPermitted | NoSuchThing) else "failed"
        audit("download", thing, outcome, format=extension, reason=kind)
        raise
    estimate = int(len(first) / rows * expected) if rows and expected else None
    return Download(chosen, _name(statement_id, extension), _Body(viewer_id, first, pieces), estimate, ran_again)


def _rows(
    statement_id: str, again: Again | None, whole: bool
) -> tuple[pa.Schema, Iterator[pa.Table], int | None, bool]:
    """Schema, rows, how many, and whether the SQL runs again for them."""
    if not whole:
        try:
            result = results.opened(statement_id)
            return _with_schema(result.chunks(kept=False), result.nothing().schema, result.total)
        except NoSuchThing:
            # Expired, or another process's viewer's: with the SQL, it runs again as whoever asks.
            if again is None:
                raise
    if again is None:
        raise NoSuchThing("The SQL of this result is not known, so it cannot run again.")
    check(again.sql)
    sql, params = bound(again.sql, again.params)
    parts = rerun.stream(sql, params, warehouse_id=again.warehouse_id, catalog=again.catalog, schema=again.schema)
    schema, rows, _, _ = _with_schema(parts, pa.schema([]), None)
    return schema, rows, None, True


def _with_schema(
    parts: Iterator[pa.Table], otherwise: pa.Schema, total: int | None
) -> tuple[pa.Schema, Iterator[pa.Table], int | None, bool]:
    """The schema is the first table's own: Arrow says more of a type than the manifest does."""
    first = next(parts, None)
    if first is None:
        return otherwise, iter(()), total, False
    return first.schema, chain([first], parts), total, False


def _counted(
    viewer_id: str,
    thing: str,
    chosen: Format,
    schema: pa.Schema,
    parts: Iterator[pa.Table],
    total: int | None,
    told: Ticket,
    facts: dict[str, Any],
) -> Generator[tuple[bytes, int], None, None]:
    """Pieces of the file with the rows read for them so far; tells the page and the audit stream how it ended."""
    rows = sent = 0
    started = time.monotonic()
    outcome = "failed"

    def counted() -> Iterator[pa.Table]:
        nonlocal rows
        for table in sliced(parts):
            rows += table.num_rows
            yield table

    try:
        waiting = b""
        begun = False
        for piece in chosen.write(schema, counted(), total or 0, settings().safe_cells):
            waiting += piece
            # The first piece is handed on with rows in it: what the size is estimated from.
            if not begun and not rows and total != 0:
                continue
            begun = True
            sent += len(waiting)
            yield waiting, rows
            waiting = b""
            told.running(rows=rows, bytes=sent, **facts)
        if waiting or not begun:
            sent += len(waiting)
            yield waiting, rows
        outcome = "ok"
    except (GeneratorExit, Stopped):
        outcome = "stopped"
        raise
    finally:
        seconds = round(time.monotonic() - started)
        told.tell(outcome, rows=rows, bytes=sent, **facts)
        audit(
            "download", thing, outcome, actor=viewer_id, format=chosen.extension, rows=rows, bytes=sent, seconds=seconds
        )


class _Body:
    """The response's body: outlives the request, so it acts as the viewer by itself; closed also if never read."""

    def __init__(self, viewer_id: str, first: bytes, rest: Generator[tuple[bytes, int], None, None]) -> None:
        self._viewer = viewer.current()
        self._viewer_id = viewer_id
        self._first: bytes | None = first
        self._rest = rest
        self._open = True

    def __iter__(self) -> Iterator[bytes]:
        return self

    def __next__(self) -> bytes:
        if self._first is not None:
            first, self._first = self._first, None
            return first
        with viewer.acting_as(self._viewer):
            return next(self._rest)[0]

    def close(self) -> None:
        if self._open:
            self._open = False
            with viewer.acting_as(self._viewer):
                self._rest.close()
            _leave(self._viewer_id)


def _enter(viewer_id: str) -> None:
    most = settings().downloads_per_viewer
    with _lock:
        if _under_way[viewer_id] >= most:
            raise Busy(f"You have {most} downloads under way, which is as many as may be at a time.", retry_after=10)
        _under_way[viewer_id] += 1


def _leave(viewer_id: str) -> None:
    with _lock:
        _under_way[viewer_id] -= 1
        if _under_way[viewer_id] <= 0:
            del _under_way[viewer_id]


def _name(statement_id: str, extension: str) -> str:
    return f"result-{statement_id[:8]}.{extension}"
