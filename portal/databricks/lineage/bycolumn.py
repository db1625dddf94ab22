"""Lineage of one column, through the same two doors as a table's (`portal.databricks.lineage.doors`)."""

from __future__ import annotations

from portal.databricks import connector
from portal.databricks.catalog import ask
from portal.databricks.catalog.model import checked
from portal.databricks.lineage.doors import SECONDS, dicts, through
from portal.databricks.lineage.model import ColumnLineage, ColumnName, Path
from portal.viewer.per_viewer import per_viewer

MOST = 500
"""Columns a side."""
_PARTS = ("catalog_name", "schema_name", "table_name")
_SQL = """
SELECT source_table_full_name AS source, source_column_name AS read, target_table_full_name AS target,
  target_column_name AS made, max(event_time) AS at
FROM system.access.column_lineage
WHERE (source_table_full_name = :name AND lower(source_column_name) = :column
    OR target_table_full_name = :name AND lower(target_column_name) = :column)
  AND event_date >= date_sub(current_date(), 90)
GROUP BY ALL ORDER BY at DESC LIMIT 5000
"""


@per_viewer(ttl=SECONDS)
def columns(catalog: str, schema: str, table: str, column: str) -> ColumnLineage:
    """What one column is computed from, and what is computed from it: one call, and one read more where the first door
    is closed. Neither door is an answer too."""
    path, name = checked((catalog, schema, table)), column[:255]
    return through(
        lambda: _asked(path, name),
        lambda: _read(path, name),
        "column_lineage",
        lambda why: ColumnLineage(path, name, why=why),
    )


def _asked(path: Path, column: str) -> ColumnLineage:
    name = ".".join(path)
    query = {"table_name": name, "column_name": column}
    found = ask.get("/api/2.0/lineage-tracking/column-lineage", f"the lineage of {name}", **query)
    return ColumnLineage(
        path, column, _named(found.get("upstream_cols")), _named(found.get("downstream_cols")), door="api"
    )


def _named(found: object) -> tuple[ColumnName, ...]:
    names = {
        (tuple(str(one.get(part) or "") for part in _PARTS), str(one["name"]))
        for one in dicts(found)
        if one.get("name") and all(one.get(part) for part in _PARTS)
    }
    return tuple(sorted(names))[:MOST]


def _read(path: Path, column: str) -> ColumnLineage:
    name, wanted = ".".join(path), column.lower()
    up: set[ColumnName] = set()
    down: set[ColumnName] = set()
    for row in connector.query(_SQL, {"name": name, "column": wanted}, ttl=SECONDS).to_pylist():
        source, target = (tuple(str(row[side] or "").split(".")) for side in ("source", "target"))
        if row["target"] == name and str(row["made"]).lower() == wanted and len(source) == 3:
            up.add((source, str(row["read"])))
        if row["source"] == name and str(row["read"]).lower() == wanted and len(target) == 3:
            down.add((target, str(row["made"])))
    return ColumnLineage(path, column, tuple(sorted(up))[:MOST], tuple(sorted(down))[:MOST], door="system")
