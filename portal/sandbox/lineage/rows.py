"""The rows of `system.access.table_lineage` and `column_lineage`, newest first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime

from portal.sandbox.lineage.event import Event

ACCOUNT, METASTORE = "7a3f0c52-0000-4000-8000-00000000acc0", "7a3f0c52-0000-4000-8000-00000000e7a5"
Row = list[str | int | float | None]
Computed = Callable[[Event], dict[str, frozenset[tuple[str, str]]]]
"""Column of an event's target -> the (table, column) that it is computed from."""


def of_tables(workspace_id: str, events: Iterable[Event]) -> list[Row]:
    rows: list[Row] = []
    for event in _newest(events):
        sources: list[str | None] = [*sorted(event.touched.sources)] or [None]
        for source in sources:
            rows.append([*_head(workspace_id, event), *_place(source), *_place(event.touched.target), *_tail(event)])
    return rows


def of_columns(workspace_id: str, events: Iterable[Event], computed: Computed) -> list[Row]:
    return [
        [*_head(workspace_id, event), *_place(table), column, *_place(event.touched.target), made, *_tail(event)]
        for event in _newest(events)
        for (table, column), made in _columns(event, computed)
    ]


def _newest(events: Iterable[Event]) -> list[Event]:
    return sorted(events, key=lambda one: -one.at)


def _columns(event: Event, computed: Computed) -> Iterator[tuple[tuple[str, str], str]]:
    if event.touched.target is not None:
        for made, sources in computed(event).items():
            for source in sorted(sources):
                yield source, made


def _head(workspace_id: str, event: Event) -> Row:
    origin = event.origin
    who: Row = [origin.kind, origin.id, origin.run_id or None] if origin else [None, None, None]
    return [ACCOUNT, METASTORE, workspace_id, *who]


def _place(name: str | None) -> Row:
    if name is None:
        return [None] * 6
    return [name, *name.split("."), None, "TABLE"]


def _tail(event: Event) -> Row:
    day = datetime.fromtimestamp(event.at, UTC).strftime("%Y-%m-%d")
    return [event.user_name, float(event.at), day, event.statement_id, event.statement_id, event.statement_id]
