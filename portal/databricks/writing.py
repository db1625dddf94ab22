"""`write()`: SQL of a page that changes something, as the viewer.

It is on the record (`page.write`, with the rows), it honours PORTAL_SQL_MODE, it is never made twice, and what was kept
for this viewer of what it changed is not shown again. Somebody else's change in between is told (`Conflict`).
"""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from portal.databricks import connector
from portal.databricks.sqlguard import Refused, check
from portal.databricks.sqllexer import TooLong, code, name
from portal.settings import settings
from portal.viewer.audit import audited
from portal.viewer.context import current
from portal.viewer.errors import Conflict, StatementFailed
from portal.viewer.per_viewer import memory

if TYPE_CHECKING:
    import pyarrow as pa

_CONFLICTS = re.compile(r"^DELTA_CONCURRENT_|^CONCURRENT_|^DELTA_METADATA_CHANGED|^DELTA_PROTOCOL_CHANGED")
"""Error classes of optimistic concurrency (docs.databricks.com, "Isolation levels and write conflicts")."""
_OURS = "portal."


def write(sql: str, params: Mapping[str, object] | None = None, *, must_match: bool = False) -> int:
    """Run SQL that changes something, as the current viewer; returns how many rows it changed (0 for DDL).

    `params` are bound by name (`:name`), never spliced. With `must_match`, `Conflict` says where no row matched: with
    a condition on what the viewer saw (`… WHERE id = :id AND version = :version`) that is somebody else's change, or
    the row is gone. Raises `Refused` where PORTAL_SQL_MODE is `read`, `Conflict` for a concurrent change of the same
    files, and the states of `portal.viewer.errors`. Nothing is tried again by itself: where the warehouse stopped
    answering, the state says that the outcome is not known.
    """
    if check(sql) is not None:
        raise Refused("USE would have no effect: write the whole name, catalog.schema.table.")
    warehouse_id = connector.awake()
    with audited("page.write", "statement", sql=sql, warehouse=warehouse_id) as facts:
        try:
            rows = _affected(connector.run(warehouse_id, sql, params, read=False))
        except StatementFailed as error:
            if _CONFLICTS.match(error.error_class or ""):
                raise Conflict from None
            raise
        finally:
            _forget(sql)
        facts["rows"] = rows
        if must_match and rows == 0:
            raise Conflict
    return rows


def _affected(answer: pa.Table) -> int:
    """DML answers one row: `num_affected_rows`, and for some what became of them; DDL answers none."""
    if "num_affected_rows" not in answer.column_names or not answer.num_rows:
        return 0
    return int(answer["num_affected_rows"][0].as_py() or 0)


def _forget(sql: str) -> None:
    """Drop what this viewer was answered: by `query` where the two texts share a table's name, and by the functions
    of pages (`@per_viewer`), of which nobody knows what they read.
    """
    viewer = current()
    prefix = (settings().databricks_host, viewer.id)
    names = _names(sql)

    def stale(key: tuple[Hashable, ...]) -> bool:
        if key[:2] != prefix:
            return False
        if key[2] == "query":
            theirs = _names(str(key[3]))
            return names is None or theirs is None or not names.isdisjoint(theirs)
        return not str(key[2]).startswith(_OURS)

    for kind in memory.drop_where(stale) | {"query"}:
        viewer.process.answers.drop((*prefix, kind))


@lru_cache(512)
def _names(sql: str) -> frozenset[str] | None:
    """Names behind a dot, or else all words: the last parts of a text's tables are among them. None of a text that is
    too long to read, which has run all the same.
    """
    try:
        found = [(token.kind, name(sql, token).lower()) for token in code(sql)]
    except TooLong:
        return None
    after = {found[at + 1][1] for at, one in enumerate(found[:-1]) if one[1] == "."}
    words = {text for kind, text in found if kind in {"word", "quoted"}}
    return frozenset(after or words)
