"""CREATE TABLE, with columns or as a query's rows."""

from __future__ import annotations

from sqlglot import exp

from portal.sandbox.sql import errors, tables
from portal.sandbox.sql.catalog_model import ColumnInfo, TableInfo
from portal.sandbox.sql.context import Context, Rows
from portal.sandbox.sql.ddl.places import duckdb_name, exists, quoted, target
from portal.sandbox.sql.dialect import Query
from portal.sandbox.sql.types import BIGINT, VOID, SqlType, from_duckdb, from_sqlglot

_AFFECTED: list[tuple[str, SqlType]] = [("num_affected_rows", BIGINT), ("num_inserted_rows", BIGINT)]


def create_table(context: Context, tree: exp.Create) -> Rows:
    schema = tree.this if isinstance(tree.this, exp.Schema) else None
    table = schema.this if schema is not None else tree.this
    shown = tables.parts_of(table)
    place = target(context, shown)
    if exists(context, place, shown, tolerant=bool(tree.args.get("exists")), replaced=bool(tree.args.get("replace"))):
        return Rows()
    columns: tuple[ColumnInfo, ...]
    name = duckdb_name(place)
    query = tree.expression
    context.changes(f"{place[0]}.{place[1]}")
    context.run(f'CREATE SCHEMA IF NOT EXISTS "{place[0]}.{place[1]}"')
    if isinstance(query, exp.Query):
        translated = context.translator.query(query.copy(), context.text.text)
        context.load(translated.schemas)
        context.run(f"CREATE OR REPLACE TABLE {name} AS {translated.sql}")
        columns = _described(context, name, translated)
    else:
        columns = tuple(column_of(item, index) for index, item in enumerate(schema.expressions if schema else []))
        members = ", ".join(
            f"{quoted(one.name)} {one.type.duckdb}{'' if one.nullable else ' NOT NULL'}" for one in columns
        )
        context.run(f"CREATE OR REPLACE TABLE {name} ({members})")
    context.catalog.add_table(
        TableInfo(
            *place,
            columns,
            comment=_comment(tree),
            owner=context.person.user_name,
            properties=_properties(tree),
            created_at=context.now,
            updated_at=context.now,
            row_count=(context.run(f"SELECT count(*) FROM {name}").fetchone() or (None,))[0],
        )
    )
    return Rows() if not isinstance(query, exp.Query) else Rows(_AFFECTED, [])


def column_of(item: exp.Expression, position: int) -> ColumnInfo:
    if not isinstance(item, exp.ColumnDef) or item.args.get("kind") is None:
        raise errors.unsupported("constraints of tables")
    type_ = from_sqlglot(item.args["kind"])
    if type_ is None:
        text = f'DataType "{item.args["kind"].sql("databricks")}" is not supported.'
        raise errors.SqlError("UNSUPPORTED_DATATYPE", text, "0A000")
    comment, nullable = None, True
    for constraint in item.args.get("constraints") or []:
        match constraint.kind:
            case exp.CommentColumnConstraint():
                comment = constraint.kind.this.name
            case exp.NotNullColumnConstraint():
                nullable = bool(constraint.kind.args.get("allow_null"))
            case exp.PrimaryKeyColumnConstraint():
                nullable = False  # informational in Databricks: nothing enforces it
            case _:
                raise errors.unsupported(f"the column constraint {constraint.sql('databricks')}")
    return ColumnInfo(item.name, type_, position, comment, nullable)


def _described(context: Context, name: str, query: Query) -> tuple[ColumnInfo, ...]:
    described = context.run(f"SELECT * FROM {name} LIMIT 0").description or []
    found = []
    for position, (column, type_, *_) in enumerate(described):
        kind = query.type(position, column, type_)
        found.append(ColumnInfo(column, from_duckdb(type_) if kind == VOID else kind, position))
    return tuple(found)


def _comment(tree: exp.Create) -> str | None:
    found = tree.find(exp.SchemaCommentProperty)
    return found.this.name if found is not None else None


def _properties(tree: exp.Create) -> dict[str, str]:
    holder = tree.args.get("properties")
    named = [one for one in holder.expressions if type(one) is exp.Property] if holder is not None else []
    return {one.this.name if hasattr(one.this, "name") else str(one.this): one.args["value"].name for one in named}
