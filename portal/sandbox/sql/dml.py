"""INSERT, UPDATE, DELETE and TRUNCATE, with the counts that Databricks answers."""

from __future__ import annotations

from collections.abc import Sequence

from sqlglot import exp

from portal.sandbox.sql import errors, moments, tables
from portal.sandbox.sql.catalog_model import ColumnInfo, TableInfo
from portal.sandbox.sql.context import Context, Rows
from portal.sandbox.sql.dialect import Translator
from portal.sandbox.sql.merge import merge
from portal.sandbox.sql.places import quoted
from portal.sandbox.sql.words import Words
from portal.sandbox.sql.writes import (
    answer,
    assigned,
    changing,
    count,
    defaults,
    is_default,
    name_of,
    translated,
    writing,
)


def change(context: Context, words: Words) -> Rows:
    """INSERT, UPDATE, DELETE or MERGE."""
    tree = context.translator.tree(context.text, context.parameters)
    match tree:
        case exp.Insert():
            return _insert(context, tree)
        case exp.Update() | exp.Delete():
            return _change(context, tree)
        case exp.Merge():
            return merge(context, tree, target(context, tree.this))
    raise errors.unsupported(f"this form of {context.text.word}")


def truncate(context: Context, words: Words) -> Rows:
    words.need("TRUNCATE")
    words.need("TABLE")
    table = context.table(words.name(), "MODIFY")
    words.end()
    with writing(context, table, "TRUNCATE"):
        context.run(f"DELETE FROM {name_of(table)}")
    return Rows()


def target(context: Context, node: exp.Expression) -> TableInfo:
    """The table that a statement changes, if its person may."""
    if not isinstance(node, exp.Table):
        raise errors.unsupported("changes of anything but a table")
    tables.identifier_clause(node)
    return context.table(tables.parts_of(node), "MODIFY")


def _insert(context: Context, tree: exp.Insert) -> Rows:
    schema = tree.this if isinstance(tree.this, exp.Schema) else None
    node = schema.this if schema is not None else tree.this
    if schema is not None and node.name.upper() == "IDENTIFIER" and isinstance(schema.expressions[0], exp.Literal):
        node, schema = exp.to_table(schema.expressions[0].name, dialect="databricks"), None
    source = tree.expression
    if node.args.get("partition") or tree.args.get("using") or not isinstance(source, exp.Query | exp.Values):
        raise errors.unsupported("this form of INSERT")
    table = target(context, node)
    has_defaults = isinstance(source, exp.Values) and any(is_default(one) for one in source.find_all(exp.Var))
    rows = Translator.sql(translated(context, _with(source, tree.args.get("with_"))))
    given = [] if has_defaults else _columns(context, rows)
    names = [one.name for one in source.expressions[0].expressions] if has_defaults else [name for name, _ in given]
    columns = _chosen(table, schema, names, bool(tree.args.get("by_name")))
    rows = _as_moments(context, rows, given, columns)
    replaced = tree.args.get("where")
    with writing(context, table, "WRITE") as write:
        write.parameters = {"mode": "Overwrite" if tree.args.get("overwrite") or replaced else "Append"}
        if replaced is not None:
            condition = context.translator.expression(replaced, context.text.text, table)
            context.run(f"DELETE FROM {name_of(table)} WHERE {condition}")
        elif tree.args.get("overwrite"):
            context.run(f"DELETE FROM {name_of(table)}")
        listed = ", ".join(quoted(one.name) for one in columns)
        done = count(context, f"INSERT INTO {name_of(table)} ({listed}) {rows}")
        write.metrics = {"numOutputRows": done}
    return answer(context, done, num_affected_rows=done, num_inserted_rows=done)


def _chosen(table: TableInfo, schema: exp.Schema | None, names: Sequence[str], by_name: bool) -> list[ColumnInfo]:
    """The columns that the rows go to, in the rows' order."""
    columns = list(table.columns)
    if by_name:
        extra = [name for name in names if table.column(name) is None]
        if extra:
            shown = ", ".join(errors.quoted(name) for name in extra)
            text = f"Cannot write incompatible data for the table {_name(table)}: Cannot write extra columns {shown}."
            raise errors.SqlError("INCOMPATIBLE_DATA_FOR_TABLE.EXTRA_COLUMNS", text, "KD000")
        columns = [_column(table, name) for name in names]
    elif schema is not None:
        columns = [_column(table, item.name) for item in schema.expressions]
    seen: set[str] = set()
    for one in columns:
        if one.name.lower() in seen:
            text = f"The column {errors.quoted(one.name)} already exists. Choose another name or rename the existing "
            raise errors.SqlError("COLUMN_ALREADY_EXISTS", text + "column.", "42711")
        seen.add(one.name.lower())
        if one.identity == "ALWAYS" and (by_name or schema is not None):
            text = f"Providing values for GENERATED ALWAYS AS IDENTITY column {one.name} is not supported."
            raise errors.SqlError("DELTA_IDENTITY_COLUMNS_EXPLICIT_INSERT_NOT_SUPPORTED", text, "42808")
    if len(columns) != len(names):
        few = len(names) < len(columns)
        text = (
            f"Cannot write to {_name(table)}, the reason is {'not enough' if few else 'too many'} data columns:\n"
            f"Table columns: {', '.join(errors.quoted(one.name) for one in columns)}.\n"
            f"Data columns: {', '.join(errors.quoted(name) for name in names)}."
        )
        kind = "NOT_ENOUGH_DATA_COLUMNS" if few else "TOO_MANY_DATA_COLUMNS"
        raise errors.SqlError(f"INSERT_COLUMN_ARITY_MISMATCH.{kind}", text, "21S01")
    return columns


def _name(table: TableInfo) -> str:
    return errors.quoted(table.catalog_name, table.schema_name, table.name)


def _column(table: TableInfo, name: str) -> ColumnInfo:
    found = table.column(name)
    if found is None:
        raise errors.column_not_found(name, [one.name for one in table.columns][:5])
    return found


def _columns(context: Context, rows: str) -> list[tuple[str, str]]:
    """(name, the engine's type) of what is to be inserted."""
    described = context.run(f"SELECT * FROM ({rows}) LIMIT 0").description or []
    return [(name, str(type_)) for name, type_, *_ in described]


def _as_moments(context: Context, rows: str, given: list[tuple[str, str]], columns: list[ColumnInfo]) -> str:
    """The rows, their texts being read as CAST reads them where they go to a date or a time."""
    safe = (context.session.setting("ANSI_MODE") or "").lower() == "false"
    names = [f'"{index}"' for index in range(len(given))]
    read = [
        f"{moments.macro(column.type.name, safe)}({name})"
        if kind == "VARCHAR" and column.type.name in moments.OF_TYPE
        else name
        for name, (_, kind), column in zip(names, given, columns, strict=False)
    ]
    return rows if read == names else f"SELECT {', '.join(read)} FROM ({rows}) AS given({', '.join(names)})"


def _with(source: exp.Query | exp.Values, with_: exp.With | None) -> exp.Query | exp.Values:
    """The rows to insert under the common table expressions that stand before the INSERT."""
    source = source.copy()
    if with_ is None:
        return source
    if isinstance(source, exp.Values):
        source = exp.select("*").from_(source)
    own = source.args.get("with_")
    outer = with_.copy()
    if own is not None:
        outer.set("expressions", [*outer.expressions, *own.expressions])
        outer.set("recursive", outer.args.get("recursive") or own.args.get("recursive"))
    source.set("with_", outer)
    return source


def _change(context: Context, tree: exp.Update | exp.Delete) -> Rows:
    table = target(context, tree.this)
    defaults(tree)
    assigned(tree, table)
    changed = changing(context, tree, table)
    with writing(context, table, "UPDATE" if isinstance(tree, exp.Update) else "DELETE") as write:
        done = count(context, Translator.sql(changed))
        write.metrics = {f"num{'Updated' if isinstance(tree, exp.Update) else 'Deleted'}Rows": done}
        write.changed = done > 0
    return answer(context, done, num_affected_rows=done)
