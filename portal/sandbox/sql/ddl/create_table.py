"""CREATE TABLE: with columns, as a query's rows, as a clone, or like another."""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from portal.sandbox.sql import constraints, errors, lexing
from portal.sandbox.sql.catalog_model import ColumnInfo, TableInfo
from portal.sandbox.sql.context import Context, Rows
from portal.sandbox.sql.ddl import definition
from portal.sandbox.sql.ddl.definition import Definition
from portal.sandbox.sql.dialect import Query
from portal.sandbox.sql.places import Place, duckdb_name, exists, quoted, target
from portal.sandbox.sql.types import BIGINT, VOID, SqlType, from_duckdb
from portal.sandbox.sql.words import Words

_AFFECTED: list[tuple[str, SqlType]] = [("num_affected_rows", BIGINT), ("num_inserted_rows", BIGINT)]
DEFAULTS_FEATURE = "delta.feature.allowColumnDefaults"


def create_table(context: Context, words: Words, or_replace: bool) -> Rows:
    """What stands behind `CREATE [OR REPLACE] TABLE`."""
    tolerant = words.take("IF", "NOT", "EXISTS")
    shown = words.name()
    source = _copied(context, words)
    wanted = definition.read(words)
    query = words.rest() if words.take("AS") else (words.rest() if words.peek in ("SELECT", "WITH", "VALUES") else "")
    words.end()
    place = target(context, shown)
    if exists(context, place, shown, tolerant=tolerant, replaced=or_replace):
        return Rows()
    if query and wanted.columns:
        text = "Schema may not be specified in a Create Table As Select (CTAS) statement."
        raise errors.ParseError(f"Operation not allowed: {text}", context.text.text, 1, 0)
    context.changes(f"{place[0]}.{place[1]}")
    context.run(f'CREATE SCHEMA IF NOT EXISTS "{place[0]}.{place[1]}"')
    operation = "CREATE OR REPLACE TABLE" if or_replace else "CREATE TABLE"
    if source is not None:
        table, like_only = source
        wanted = Definition(comment=table.comment, properties={**table.properties, **wanted.properties})
        columns, rows = _clone(context, place, table, like_only)
        wanted.constraints = [one for one in table.constraints if one.kind == "CHECK"]
        wanted.partitioned_by, wanted.clustered_by = table.partitioned_by, table.clustered_by
        operation = operation if like_only else "CLONE"
    elif query:
        columns, rows = _as_query(context, place, query)
        operation += " AS SELECT"
    else:
        _check_defaults(wanted)
        columns, rows = tuple(wanted.columns), 0
        _make(context, place, columns, wanted)
    table = TableInfo(
        *place,
        columns,
        comment=wanted.comment,
        owner=context.person.user_name,
        properties=wanted.properties,
        partitioned_by=wanted.partitioned_by,
        clustered_by=wanted.clustered_by,
        created_at=context.now,
        updated_at=context.now,
        row_count=rows,
    )
    for name in (*wanted.partitioned_by, *wanted.clustered_by):
        if table.column(name) is None:
            raise errors.column_not_found(name, [one.name for one in columns][:5])
    for constraint in wanted.constraints:
        table = constraints.add(context, table, constraint)
    context.catalog.add_table(table)
    context.catalog.history.begin(table, operation, context.person.user_name)
    return Rows(_AFFECTED, []) if query else Rows()


def _copied(context: Context, words: Words) -> tuple[TableInfo, bool] | None:
    """`LIKE other` and `[SHALLOW|DEEP] CLONE other`: the other table, and whether its rows stay behind."""
    like = words.take("LIKE")
    if not like:
        words.take_any("SHALLOW", "DEEP")
        if not words.take("CLONE"):
            return None
    table = context.table(words.name())
    if table.view_definition is not None:
        raise errors.view_instead_of_table(table.full_name)
    if words.peek in ("VERSION", "TIMESTAMP"):
        raise errors.unsupported("clones of a table's past")
    return table, like


def _clone(context: Context, place: Place, table: TableInfo, like_only: bool) -> tuple[tuple[ColumnInfo, ...], int]:
    """The rows as the person sees them: a clone shows nobody more than its source did."""
    text = f"SELECT * FROM {errors.quoted(table.catalog_name, table.schema_name, table.name)}"
    _, rows = _as_query(context, place, text + (" LIMIT 0" if like_only else ""))
    return tuple(replace(one, mask=None, tags=()) for one in table.columns), rows


def _as_query(context: Context, place: Place, text: str) -> tuple[tuple[ColumnInfo, ...], int]:
    tree = context.translator.tree(lexing.read(text), context.parameters)
    if not isinstance(tree, exp.Query | exp.Values):
        raise lexing.at(lexing.read(text).tokens[0], text)
    translated = context.translator.query(tree, text)
    context.load(translated.schemas)
    name = duckdb_name(place)
    context.run(f"CREATE OR REPLACE TABLE {name} AS {translated.sql}")
    count = context.run(f"SELECT count(*) FROM {name}").fetchone() or (0,)
    return _described(context, name, translated), int(count[0])


def _described(context: Context, name: str, query: Query) -> tuple[ColumnInfo, ...]:
    described = context.run(f"SELECT * FROM {name} LIMIT 0").description or []
    found = []
    for position, (column, type_, *_) in enumerate(described):
        kind = query.type(position, column, type_)
        found.append(ColumnInfo(column, from_duckdb(type_) if kind == VOID else kind, position))
    return tuple(found)


def _check_defaults(wanted: Definition) -> None:
    if any(one.default is not None for one in wanted.columns) and DEFAULTS_FEATURE not in wanted.properties:
        raise errors.defaults_not_enabled("CREATE TABLE")


def _make(context: Context, place: Place, columns: tuple[ColumnInfo, ...], wanted: Definition) -> None:
    seen: set[str] = set()
    for one in columns:
        if one.name.lower() in seen:
            text = f"The column {errors.quoted(one.name.lower())} already exists. Choose another name or rename the "
            raise errors.SqlError("COLUMN_ALREADY_EXISTS", text + "existing column.", "42711")
        seen.add(one.name.lower())
    parts = []
    for index, one in enumerate(columns):
        part = f"{quoted(one.name)} {one.type.duckdb}{'' if one.nullable else ' NOT NULL'}"
        if one.identity:
            part += f" DEFAULT nextval({_sequence(context, place, index, *wanted.starts[one.name.lower()])})"
        elif one.default is not None:
            part += f" DEFAULT ({default_sql(context, one.default)})"
        parts.append(part)
    context.run(f"CREATE OR REPLACE TABLE {duckdb_name(place)} ({', '.join(parts)})")


def default_sql(context: Context, text: str) -> str:
    """A default's expression for DuckDB."""
    query = f"SELECT {text}"
    return context.translator.expression(context.translator.tree(lexing.read(query)).expressions[0], query)


def _sequence(context: Context, place: Place, index: int, start: int, step: int) -> str:
    """A new sequence for an identity column; its name as a string."""
    name = f"{place[2]}·{index}·{len(context.catalog.history.versions('.'.join(place)))}·{int(context.now * 1000)}"
    full = f"{quoted(f'{place[0]}.{place[1]}')}.{quoted(name)}"
    least = " MINVALUE -9223372036854775808" if start < 1 or step < 0 else ""
    most = " MAXVALUE 9223372036854775807" if step < 0 else ""
    context.run(f"CREATE SEQUENCE {full} START WITH {start} INCREMENT BY {step}{least}{most}")
    return "'" + full.replace("'", "''") + "'"
