"""A download: which rows, in which format, how many a viewer may have under way, and what is recorded of it."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from itertools import chain

import pyarrow as pa

from portal import viewer
from portal.databricks import rerun
from portal.databricks.parameters import bound
from portal.databricks.sqlguard import check
from portal.results import result as results
from portal.results import sending
from portal.results.exports import FORMATS, Format, sliced
from portal.results.rerun_context import RerunContext
from portal.results.shown import Shown
from portal.results.shown import rows as showing
from portal.results.tickets import Ticket
from portal.settings import settings
from portal.viewer.audit import audit
from portal.viewer.errors import Busy, NoSuchThing, NotPermitted, PortalError, SessionEnded


@dataclass(frozen=True)
class Download:
    """`body` yields the file's bytes. `total` is None where nobody knows; `ran_again` is for the viewer to be told."""

    format: Format
    name: str
    body: Iterator[bytes]
    estimate: int | None
    ran_again: bool


def start(
    statement_id: str,
    extension: str,
    again: RerunContext | None = None,
    *,
    whole: bool = False,
    shown: Shown | None = None,
    ticket: object = None,
    hang_up: Callable[[], None] = lambda: None,
) -> Download:
    """Begin a download as the current viewer; its first bytes are there when this returns, so what fails early raises.

    `whole`: not the kept result but all rows of its SQL, run once more (a row limit had cut it). `shown`: only what a
    view shows of the kept result. `ticket`: the page's, to ask how far it is and to stop it. `hang_up` breaks the
    connection that the body goes out by, from another thread.
    """
    chosen = FORMATS.get(extension)
    if chosen is None:
        raise NoSuchThing("There is no such format.")
    who = viewer.current()
    viewer_id = who.id
    thing = f"statement/{statement_id[:64]}"
    try:
        run = sending.enter(viewer_id, hang_up)
    except Busy as error:
        audit("download", thing, "denied", format=extension, reason=error.kind)
        raise
    try:
        schema, parts, total, ran_again = _rows(statement_id, again, whole, shown)
        expected = min(total, chosen.most_rows or total) if total is not None else None
        told = Ticket(who, ticket)
        pieces = _counted(
            viewer_id, thing, chosen, schema, parts, total, told, {"expected": expected, "ran_again": ran_again}
        )
        first, rows = next(pieces)
        if run.stopped:
            pieces.close()
            raise SessionEnded
        run.streaming = True
        # A process that is killed writes no end: what began and has none was cut.
        audit("download.begin", thing, "ok", actor=viewer_id, format=extension)
    except BaseException as error:
        sending.leave(viewer_id, run)
        kind = error.kind if isinstance(error, PortalError) else "failed"
        outcome = "denied" if isinstance(error, NotPermitted | NoSuchThing) else "failed"
        audit("download", thing, outcome, format=extension, reason=kind)
        raise
    estimate = int(len(first) / rows * expected) if rows and expected else None
    name = _name(statement_id, chosen.extension, shown)
    return Download(chosen, name, sending.Body(viewer_id, run, first, _bytes(pieces)), estimate, ran_again)


def _rows(
    statement_id: str, again: RerunContext | None, whole: bool, shown: Shown | None
) -> tuple[pa.Schema, Iterator[pa.Table], int | None, bool]:
    """Schema, rows, how many, and whether the SQL runs again for them."""
    if shown is not None and not shown.is_all:
        # It never runs again: another run's rows need not be those that showed.
        return (*showing(results.opened(statement_id), shown), False)
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
    facts: dict[str, object],
) -> Generator[tuple[bytes, int], None, None]:
    """Pieces of the file with the rows read for them so far; tells the page and the audit stream how it ended."""
    rows = sent = 0

    def counted() -> Iterator[pa.Table]:
        nonlocal rows
        for table in sliced(parts):
            rows += table.num_rows
            yield table

    def tell(outcome: str, seconds: int) -> None:
        told.tell(outcome, rows=rows, bytes=sent, **facts)
        audit(
            "download", thing, outcome, actor=viewer_id, format=chosen.extension, rows=rows, bytes=sent, seconds=seconds
        )

    with sending.recorded(tell):
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


def _bytes(pieces: Generator[tuple[bytes, int], None, None]) -> Generator[bytes, None, None]:
    try:
        for piece, _ in pieces:
            yield piece
    finally:
        pieces.close()


def _name(statement_id: str, extension: str, shown: Shown | None) -> str:
    which = "" if shown is None or shown.is_all else "-rows-shown"
    return f"result-{statement_id[:8]}{which}.{extension}"
