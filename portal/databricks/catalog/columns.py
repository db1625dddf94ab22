"""Columns by name through all catalogs, and the tags of a table's columns: by `information_schema`, on a warehouse.

Neither starts one: where the portal's warehouse does not run, that is said.
"""

from __future__ import annotations

from dataclasses import dataclass

from portal.databricks import warehouses, workspace
from portal.databricks.catalog import names
from portal.databricks.catalog.model import checked
from portal.databricks.connector import query
from portal.databricks.sqllexer import quoted
from portal.viewer.errors import NotPermitted, PortalError, StatementFailed
from portal.viewer.per_viewer import per_viewer

SECONDS = 120
SHORTEST = 2
MOST = 100
CATALOGS = 10
"""Catalogs that are asked one by one, for a viewer who may not read `system`."""


@dataclass(frozen=True)
class Hit:
    """A column: its table's path, its name and its type."""

    path: tuple[str, str, str]
    name: str
    type: str


@dataclass(frozen=True)
class Hits:
    """`note` says what was left out, or why nothing could be looked for; "" where there is nothing to say."""

    items: tuple[Hit, ...]
    note: str = ""


def stopped() -> str:
    """Why no column can be looked for, "" where one can."""
    warehouse = warehouses.default()
    return "" if warehouse.running else f"Columns are searched on a warehouse, and {warehouse.name} does not run."


def search(text: str) -> Hits:
    """Columns whose names hold the text (two characters or more), those called exactly so first."""
    wanted = text.strip().strip("`").lower()[:200]
    if len(wanted) < SHORTEST:
        return Hits(())
    if why := stopped():
        return Hits((), why)
    try:
        found, note = _asked("system", wanted), ""
    except (StatementFailed, NotPermitted):
        found, note = _by_catalog(wanted)
    if len(found) > MOST:
        note = f"The first {MOST} columns. {note}".strip()
    return Hits(found[:MOST], note)


def _by_catalog(wanted: str) -> tuple[tuple[Hit, ...], str]:
    every = [one.name for one in names.catalogs().items if one.name not in ("system", "samples")]
    answers = workspace.each(lambda catalog: _asked(catalog, wanted), every[:CATALOGS])
    found = [hit for answer in answers if not isinstance(answer, PortalError) for hit in answer]
    failed = sum(isinstance(answer, PortalError) for answer in answers)
    notes = []
    if len(every) > CATALOGS:
        notes.append(f"Only {CATALOGS} of {len(every)} catalogs were searched for columns.")
    if failed:
        notes.append(f"{failed} {'catalog' if failed == 1 else 'catalogs'} could not be searched for columns.")
    return tuple(found), " ".join(notes)


def _asked(catalog: str, wanted: str) -> tuple[Hit, ...]:
    # `contains` takes the text as it is: % and _ mean nothing in it.
    rows = query(
        f"""SELECT table_catalog, table_schema, table_name, column_name, full_data_type
FROM {quoted(catalog)}.information_schema.columns
WHERE contains(lower(column_name), :text) AND table_schema <> 'information_schema'
ORDER BY lower(column_name) <> :text, table_catalog, table_schema, table_name, column_name
LIMIT {MOST + 1}""",  # noqa: S608 (the name is quoted)
        {"text": wanted},
        ttl=SECONDS,
    ).to_pylist()
    return tuple(
        Hit(
            (row["table_catalog"], row["table_schema"], row["table_name"]),
            row["column_name"],
            row["full_data_type"] or "",
        )
        for row in rows
    )


@per_viewer(ttl=SECONDS)
def tags(catalog: str, schema: str, table: str) -> dict[str, tuple[tuple[str, str], ...]]:
    """By column, key and value of its tags, of those that have any."""
    checked((catalog, schema, table))
    rows = query(
        f"""SELECT column_name, tag_name, tag_value FROM {quoted(catalog)}.information_schema.column_tags
WHERE schema_name = :schema AND table_name = :table ORDER BY column_name, tag_name""",  # noqa: S608 (quoted)
        {"schema": schema, "table": table},
    ).to_pylist()
    found: dict[str, tuple[tuple[str, str], ...]] = {}
    for row in rows:
        found[row["column_name"]] = (*found.get(row["column_name"], ()), (row["tag_name"], row["tag_value"] or ""))
    return found
