"""Keys and checks of tables: keys inform only, a CHECK is enforced by each write."""

from __future__ import annotations

from dataclasses import replace

from portal.sandbox.sql import errors, lexing
from portal.sandbox.sql.catalog_model import Constraint, TableInfo
from portal.sandbox.sql.context import Context
from portal.sandbox.sql.places import duckdb_name


def add(context: Context, table: TableInfo, wanted: Constraint) -> TableInfo:
    """The table with one constraint more; SqlError where that cannot be."""
    for name in wanted.columns:
        if table.column(name) is None:
            raise errors.column_not_found(name, [one.name for one in table.columns][:5])
    name = wanted.name or _name(table, wanted)
    if any(one.name.lower() == name.lower() for one in table.constraints):
        text = f"Constraint '{name}' already exists. Please delete the old constraint first."
        raise errors.SqlError("DELTA_CONSTRAINT_ALREADY_EXISTS", text, "42710")
    if wanted.kind == "PRIMARY KEY":
        if any(one.kind == "PRIMARY KEY" for one in table.constraints):
            text = f"Cannot add the primary key {errors.quoted(name)}: the table has one."
            raise errors.SqlError("INVALID_CONSTRAINT.PRIMARY_KEY_EXISTS", text, "42710")
        keys = {one.lower() for one in wanted.columns}
        columns = [replace(one, nullable=False) if one.name.lower() in keys else one for one in table.columns]
        table = replace(table, columns=tuple(columns))
    if wanted.kind == "FOREIGN KEY":
        wanted = _resolved(context, table, wanted)
    if wanted.kind == "CHECK":
        name_ = duckdb_name((table.catalog_name, table.schema_name, table.name))
        context.run(f"SELECT * FROM {name_} WHERE {condition(context, table, wanted)} LIMIT 0")
    return replace(table, constraints=(*table.constraints, replace(wanted, name=name)))


def nullable_keys(table: TableInfo, wanted: Constraint) -> list[str]:
    """Columns of a primary key that may be NULL, which ALTER TABLE does not take."""
    if wanted.kind != "PRIMARY KEY":
        return []
    columns = [table.column(name) for name in wanted.columns]
    return [one.name for one in columns if one is not None and one.nullable]


def _name(table: TableInfo, wanted: Constraint) -> str:
    if wanted.kind == "PRIMARY KEY":
        return f"{table.name}_pk"
    if wanted.kind == "CHECK":
        return f"{table.name}_chk_{len(table.constraints) + 1}"
    return f"{table.name}_{'_'.join(wanted.columns)}_fk"


def _resolved(context: Context, table: TableInfo, wanted: Constraint) -> Constraint:
    """A foreign key with its parent's full name and columns: those of the parent's primary key if none are named."""
    own = [table.catalog_name, table.schema_name, table.name]
    parts = wanted.parent.split(".")
    itself = [part.lower() for part in context.session.qualified(parts)] == own
    parent = table if itself else context.table(parts, "SELECT")
    columns = wanted.parent_columns
    if not columns:
        key = next((one for one in parent.constraints if one.kind == "PRIMARY KEY"), None)
        if key is None:
            text = f"The table {errors.quoted(*parts)} has no primary key for the foreign key to refer to."
            raise errors.SqlError("INVALID_CONSTRAINT.NO_PARENT_KEY", text, "42830")
        columns = key.columns
    for name in columns:
        if parent.column(name) is None:
            raise errors.column_not_found(name, [one.name for one in parent.columns][:5])
    return replace(wanted, parent=parent.full_name, parent_columns=tuple(columns))


def condition(context: Context, table: TableInfo, check: Constraint) -> str:
    """A CHECK's condition for DuckDB; SqlError if it does not hold together."""
    text = f"SELECT {check.check}"
    tree = context.translator.tree(lexing.read(text))
    return context.translator.expression(tree.expressions[0], text, table)


def violated(table: TableInfo, check: Constraint, row: dict[str, object]) -> errors.SqlError:
    shown = "\n".join(f" - {name} : {'null' if value is None else value}" for name, value in row.items())
    text = f"CHECK constraint {check.name} ({check.check}) violated by row with values:\n{shown}"
    return errors.SqlError("DELTA_VIOLATE_CONSTRAINT_WITH_VALUES", text, "23001")
