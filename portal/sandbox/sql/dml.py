"""INSERT, UPDATE, DELETE, MERGE and TRUNCATE, with the counts that Databricks answers."""

from __future__ import annotations

from sqlglot import exp

from portal.sandbox.sql import errors, functions, tables
from portal.sandbox.sql.catalog_model import TableInfo
from portal.sandbox.sql.context import Context, Rows
from portal.sandbox.sql.dialect import Translator, name_outputs
from portal.sandbox.sql.types import BIGINT
from portal.sandbox.sql.words import Words


def change(context: Context, words: Words) -> Rows:
    """INSERT, UPDATE, DELETE or MERGE."""
    tree = context.translator.tree(context.text, context.execution.parameters)
    match tree:
        case exp.Insert():
            return _insert(context, tree)
        case exp.Update() | exp.Delete():
            return _change(context, tree)
        case exp.Merge():
            return _merge(context, tree)
    raise errors.unsupported(f"this form of {context.text.word}")


def truncate(context: Context, words: Words) -> Rows:
    words.need("TRUNCATE")
    words.need("TABLE")
    table = context.table(words.name(), "MODIFY")
    words.end()
    context.load([f"{table.catalog_name}.{table.schema_name}"])
    context.changes(f"{table.catalog_name}.{table.schema_name}")
    context.run(_delete_all(table))
    context.catalog.touch(table, context.now, 0)
    return Rows()


def _delete_all(table: TableInfo) -> str:
    return f"DELETE FROM {_name(table)}"


def _name(table: TableInfo) -> str:
    return f'"{table.catalog_name}.{table.schema_name}"."{table.name}"'


def _target(context: Context, node: exp.Expression, privilege: str = "MODIFY") -> TableInfo:
    """The table that a statement changes, put in its place by DuckDB's name."""
    if not isinstance(node, exp.Table):
        raise errors.unsupported("changes of anything but a table")
    table = context.table(tables.parts_of(node), privilege)
    if table.view_definition is not None:
        text = f"The operation is not allowed: {table.full_name} is a view."
        raise errors.SqlError("EXPECT_TABLE_NOT_VIEW.NO_ALTERNATIVE", text, "42809")
    context.load([f"{table.catalog_name}.{table.schema_name}"])
    context.changes(f"{table.catalog_name}.{table.schema_name}")
    return table


def _translated(context: Context, tree: exp.Expression) -> exp.Expression:
    text = context.text.text
    name_outputs(tree, text)
    resolved = tables.resolve(tree, context.catalog, context.session, text)
    context.load(resolved.schemas)
    return functions.rewrite(tree, context.session, text, resolved, functions.types_of(tree, resolved))


def _insert(context: Context, tree: exp.Insert) -> Rows:
    schema = tree.this if isinstance(tree.this, exp.Schema) else None
    table = _target(context, schema.this if schema is not None else tree.this)
    source = tree.expression
    if not isinstance(source, exp.Query | exp.Values):
        raise errors.unsupported("this form of INSERT")
    columns = ""
    if schema is not None:
        named = [item.name for item in schema.expressions]
        for name in named:
            if table.column(name) is None:
                raise errors.column_not_found(name, [one.name for one in table.columns][:5])
        columns = " (" + ", ".join(exp.to_identifier(name, quoted=True).sql("duckdb") for name in named) + ")"
    rows = Translator.sql(_translated(context, source.copy()))
    if tree.args.get("overwrite"):
        context.run(_delete_all(table))
    count = _count(context, f"INSERT INTO {_name(table)}{columns} {rows}")
    _touch(context, table)
    return _answer(context, count, num_affected_rows=count, num_inserted_rows=count)


def _change(context: Context, tree: exp.Update | exp.Delete) -> Rows:
    target = tree.this
    table = _target(context, target)
    alias = target.alias or table.name
    target.replace(exp.Placeholder(this="target"))
    changed = _translated(context, tree)
    holder = changed.find(exp.Placeholder)
    assert holder is not None
    holder.replace(tables.duckdb_table(table, alias))
    count = _count(context, Translator.sql(changed))
    _touch(context, table)
    return _answer(context, count, num_affected_rows=count)


def _merge(context: Context, tree: exp.Merge) -> Rows:
    target = tree.this
    table = _target(context, target)
    alias = target.alias or table.name
    target.replace(exp.Placeholder(this="target"))
    changed = _translated(context, tree)
    holder = changed.find(exp.Placeholder)
    assert holder is not None
    holder.replace(tables.duckdb_table(table, alias))
    done = [row[0] for row in context.run(Translator.sql(changed) + " RETURNING merge_action").fetchall()]
    counts = {action: done.count(action) for action in ("UPDATE", "DELETE", "INSERT")}
    _touch(context, table)
    return _answer(
        context,
        len(done),
        num_affected_rows=len(done),
        num_updated_rows=counts["UPDATE"],
        num_deleted_rows=counts["DELETE"],
        num_inserted_rows=counts["INSERT"],
    )


def _count(context: Context, sql: str) -> int:
    row = context.run(sql).fetchone()
    return int(row[0]) if row else 0


def _touch(context: Context, table: TableInfo) -> None:
    context.catalog.touch(table, context.now, _count(context, f"SELECT count(*) FROM {_name(table)}"))


def _answer(context: Context, modified: int, **counts: int) -> Rows:
    context.execution.modified_rows = modified
    return Rows([(name, BIGINT) for name in counts], [list(counts.values())])
