"""`system.access.table_lineage` and `column_lineage`: rows that are computed as they are read.

Source of the columns: https://docs.databricks.com/admin/system-tables/lineage.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from sqlglot import exp

from portal.sandbox.sql.catalog_model import ColumnInfo, SchemaInfo, TableInfo
from portal.sandbox.sql.literal_rows import rows_query
from portal.sandbox.sql.types import STRING, SqlType

Row = Sequence[str | int | float | None]
Rows = Callable[[], Iterable[Row]]
"""The rows of a system table as they are now; times are seconds since the epoch."""
_PLACE = "{0}_table_full_name {0}_table_catalog {0}_table_schema {0}_table_name {0}_path {0}_type"
_HEAD = "account_id metastore_id workspace_id entity_type entity_id entity_run_id"
_TAIL = "created_by event_time:TIMESTAMP event_date:DATE record_id event_id statement_id"
_COLUMNS = {
    "table_lineage": " ".join((_HEAD, _PLACE.format("source"), _PLACE.format("target"), _TAIL)),
    "column_lineage": " ".join(
        (_HEAD, _PLACE.format("source"), "source_column_name", _PLACE.format("target"), "target_column_name", _TAIL)
    ),
}
SCHEMA = SchemaInfo(
    "system", "access", "Audit and lineage.", owner="System user", grants={"engineers": ("USE_SCHEMA", "SELECT")}
)


def _table(name: str) -> TableInfo:
    columns = []
    for index, one in enumerate(_COLUMNS[name].split()):
        column, _, kind = one.partition(":")
        columns.append(ColumnInfo(column, SqlType(kind) if kind else STRING, index))
    return TableInfo("system", "access", name, tuple(columns), owner="System user", comment="Lineage of a year.")


TABLES = {f"system.access.{name}": _table(name) for name in _COLUMNS}


def query(info: TableInfo, rows: Iterable[Row], wanted: set[str] | None) -> exp.Query:
    """The table's rows as a query of literals."""
    return rows_query(info.columns, rows, wanted)
