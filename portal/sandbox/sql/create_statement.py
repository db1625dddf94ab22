"""The statement that would make a table or view, as SHOW CREATE TABLE writes it."""

from __future__ import annotations

import re

from portal.sandbox.sql import errors
from portal.sandbox.sql.catalog_model import ColumnInfo, Constraint, TableInfo


def text(value: str) -> str:
    """As a string literal."""
    return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"


def name(value: str) -> str:
    """As an identifier, quoted where it must be."""
    return value if re.fullmatch(r"[A-Za-z_]\w*", value, re.ASCII) else errors.quoted(value)


def create_statement(table: TableInfo) -> str:
    full = ".".join(name(part) for part in (table.catalog_name, table.schema_name, table.name))
    if table.view_definition is not None:
        return _view(table, full)
    lines = [_column(one) for one in table.columns] + [_constraint(one) for one in table.constraints]
    found = f"CREATE TABLE {full} (\n" + ",\n".join(lines) + ")\nUSING delta\n"
    if table.partitioned_by:
        found += f"PARTITIONED BY ({_names(table.partitioned_by)})\n"
    if table.clustered_by:
        found += f"CLUSTER BY ({_names(table.clustered_by)})\n"
    if table.comment:
        found += f"COMMENT {text(table.comment)}\n"
    if table.row_filter:
        found += f"WITH ROW FILTER {table.row_filter} ON (region)\n"
    return found + _properties(table)


def _view(table: TableInfo, full: str) -> str:
    columns = ",\n".join(
        f"  {name(one.name)}" + (f" COMMENT {text(one.comment)}" if one.comment else "") for one in table.columns
    )
    found = f"CREATE VIEW {full} (\n{columns})\n"
    if table.table_type == "METRIC_VIEW":
        found += "WITH METRICS\nLANGUAGE YAML\n"
    if table.comment:
        found += f"COMMENT {text(table.comment)}\n"
    found += _properties(table)
    if table.table_type == "METRIC_VIEW":
        return f"{found}AS $$\n{(table.view_definition or '').strip(chr(10))}\n$$\n"
    return f"{found}AS {table.view_definition}\n"


def _names(names: tuple[str, ...]) -> str:
    return ", ".join(name(one) for one in names)


def _column(column: ColumnInfo) -> str:
    line = f"  {name(column.name)} {column.type.text}" + ("" if column.nullable else " NOT NULL")
    if column.identity:
        line += f" GENERATED {column.identity} AS IDENTITY"
    if column.default is not None:
        line += f" DEFAULT {column.default}"
    return line + (f" COMMENT {text(column.comment)}" if column.comment else "")


def _constraint(one: Constraint) -> str:
    head = f"  CONSTRAINT {name(one.name)} {one.kind}"
    if one.kind == "CHECK":
        return f"{head} ({one.check})"
    found = f"{head} ({_names(one.columns)})"
    if one.kind == "FOREIGN KEY":
        parent = ".".join(name(part) for part in one.parent.split("."))
        found += f" REFERENCES {parent} ({_names(one.parent_columns)})"
    return found + (" RELY" if one.rely else "")


def _properties(table: TableInfo) -> str:
    if not table.properties:
        return ""
    pairs = ",\n".join(f"  {text(key)} = {text(value)}" for key, value in sorted(table.properties.items()))
    return f"TBLPROPERTIES (\n{pairs})\n"
