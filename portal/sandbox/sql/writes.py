"""A change of a table's rows: alone, in a transaction, with its checks, and remembered as a version."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from sqlglot import exp

from portal.sandbox.sql import constraints, errors, functions, moments, tables
from portal.sandbox.sql.catalog_model import TableInfo
from portal.sandbox.sql.context import Context, Rows
from portal.sandbox.sql.dialect import name_outputs
from portal.sandbox.sql.places import duckdb_name
from portal.sandbox.sql.types import BIGINT


def name_of(table: TableInfo) -> str:
    return duckdb_name((table.catalog_name, table.schema_name, table.name))


@dataclass
class Write:
    """What a write reports when it is done."""

    operation: str
    parameters: dict[str, str] = field(default_factory=dict)
    metrics: dict[str, int] = field(default_factory=dict)
    changed: bool = True
    """Whether there is a new version: a DELETE that finds no row makes none."""


@contextmanager
def writing(context: Context, table: TableInfo, operation: str) -> Iterator[Write]:
    """All or nothing: what fails on the way, or breaks a CHECK, leaves the table as it was."""
    if table.view_definition is not None:
        raise errors.view_instead_of_table(table.full_name)
    schema = f"{table.catalog_name}.{table.schema_name}"
    spec = context.catalog.specs.get(table.full_name)
    if spec is not None and spec.generated:
        raise errors.unsupported(f"changes of {table.full_name}, which is computed as it is read")
    context.load([schema])
    context.changes(schema)
    with context.store.lock(table.full_name, context.execution.check):
        context.catalog.history.keep(table, context.run)
        write = Write(operation)
        context.run("BEGIN TRANSACTION")
        try:
            yield write
            _check(context, table)
            rows = count(context, f"SELECT count(*) FROM {name_of(table)}")
            context.run("COMMIT")
        except BaseException:
            context.cursor.execute("ROLLBACK")
            raise
        if write.changed:
            now = replace(table, updated_at=context.now, row_count=rows)
            context.catalog.add_table(now)
            user = context.person.user_name
            context.catalog.history.commit(now, operation, user, write.parameters, write.metrics)


def _check(context: Context, table: TableInfo) -> None:
    for check in (one for one in table.constraints if one.kind == "CHECK"):
        holds = constraints.condition(context, table, check)
        found = context.run(f"SELECT * FROM {name_of(table)} WHERE NOT ({holds}) LIMIT 1")
        if (row := found.fetchone()) is not None:
            named = {name: row[index] for index, (name, *_) in enumerate(found.description or [])}
            raise constraints.violated(table, check, named)


def count(context: Context, sql: str) -> int:
    row = context.run(sql).fetchone()
    return int(row[0]) if row else 0


def answer(context: Context, modified: int, **counts: int) -> Rows:
    context.execution.modified_rows = modified
    return Rows([(name, BIGINT) for name in counts], [list(counts.values())])


def translated(context: Context, tree: exp.Expression) -> exp.Expression:
    """A tree for DuckDB, what it reads being resolved and loaded."""
    text = context.text.text
    tables.identifier_columns(tree)
    name_outputs(tree, text)
    resolved = tables.resolve(tree, context.catalog, context.session, text)
    context.load(resolved.schemas)
    return functions.rewrite(tree, context.session, text, resolved, functions.types_of(tree, resolved))


def changing(context: Context, tree: exp.Expression, table: TableInfo) -> exp.Expression:
    """An UPDATE, DELETE or MERGE for DuckDB. Its target is hidden from the resolving of names: it is not read."""
    alias = tree.this.alias or table.name
    tree.this.replace(exp.Placeholder(this="target"))
    changed = translated(context, tree)
    holder = changed.find(exp.Placeholder)
    assert holder is not None
    holder.replace(tables.duckdb_table(table, alias))
    return changed


def is_default(node: exp.Expression) -> bool:
    """Whether this is the word DEFAULT, where it stands for a column's default."""
    plain = isinstance(node, exp.Column) and len(node.parts) == 1 and not node.this.args.get("quoted")
    return (plain or isinstance(node, exp.Var)) and node.name.upper() == "DEFAULT"


def assigned(tree: exp.Expression, table: TableInfo) -> None:
    """What UPDATE and MERGE give to a date or a time is read as CAST reads it, be it a text; `SET t.a = …` is
    `SET a = …`, as DuckDB has it."""
    for one in tree.find_all(exp.EQ):
        if isinstance(one.parent, exp.Update) and isinstance(one.this, exp.Column):
            one.set("this", exp.column(one.this.this.copy()))
            one.set("expression", _as_moment(one.expression, table, one.this.name))
    for insert in tree.find_all(exp.Insert):
        values = insert.expression
        if not isinstance(values, exp.Tuple):
            continue
        listed = insert.this.expressions if isinstance(insert.this, exp.Tuple) else []
        names = [one.name for one in listed] or [one.name for one in table.columns]
        if len(names) == len(values.expressions):
            pairs = zip(names, values.expressions, strict=True)
            values.set("expressions", [_as_moment(value, table, name) for name, value in pairs])


def _as_moment(value: exp.Expression, table: TableInfo, name: str) -> exp.Expression:
    column = table.column(name)
    if column is None or column.type.name not in moments.OF_TYPE or is_default(value):
        return value
    return exp.Cast(this=value.copy(), to=exp.DataType.build(column.type.name, dialect="databricks"))


def defaults(tree: exp.Expression) -> None:
    """`SET a = DEFAULT`, which sqlglot takes for a column, as DuckDB writes it."""
    for assigned in tree.find_all(exp.EQ):
        if is_default(assigned.expression) and isinstance(assigned.parent, exp.Update):
            assigned.set("expression", exp.Var(this="DEFAULT"))
