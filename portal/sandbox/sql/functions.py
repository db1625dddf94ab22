"""Databricks' functions that neither sqlglot nor DuckDB gives the same meaning.

Three ways, in the order they are tried: a rewrite of the tree (who asks, divisions, day numbers), a macro of that name
in DuckDB (`MACROS`), or DuckDB's own function where name and meaning are the same (`SAME`). Any other name is answered
UNRESOLVED_ROUTINE, as Databricks would, so that nobody leans on a function that only DuckDB has.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from portal.sandbox.sql import errors, intervals, parsing
from portal.sandbox.sql.macros import MACRO_NAMES, SAME
from portal.sandbox.sql.session import SqlSession
from portal.sandbox.sql.tables import Resolved


def rewrite(tree: exp.Expression, session: SqlSession, text: str, resolved: Resolved) -> exp.Expression:
    """The tree with functions that DuckDB runs. The tree is changed in place where it can be."""
    variables = {name: value for name, value in session.variables.items() if name not in resolved.columns}

    def one(node: exp.Expression) -> exp.Expression:
        if isinstance(node, exp.Column) and len(node.parts) == 1 and node.name.lower() in variables:
            value = variables[node.name.lower()].copy()
            return exp.alias_(value, node.name, quoted=True) if isinstance(node.parent, exp.Select) else value
        if isinstance(node, exp.Anonymous):
            return _anonymous(node, session, text)
        for kind, change in _REWRITES.items():
            if isinstance(node, kind):
                return change(node, session)
        return node

    return tree.transform(one, copy=False)


def call(name: str, *arguments: exp.Expression) -> exp.Anonymous:
    return exp.Anonymous(this=name, expressions=list(arguments))


def _anonymous(node: exp.Anonymous, session: SqlSession, text: str) -> exp.Expression:
    name = node.name.lower()
    if (viewer := _VIEWER.get(name)) is not None and len(node.expressions) <= 1:
        return viewer(node, session)
    if name == "range" and isinstance(node.parent, exp.Table):
        return _range(node)
    if name in MACRO_NAMES or name in SAME:
        node.set("this", name)
        return node
    line, pos = parsing.place(text, node.meta["start"]) if "start" in node.meta else (0, 0)
    raise errors.routine_not_found(node.name, session.catalog, session.schema, line, pos)


def _range(node: exp.Anonymous) -> exp.Expression:
    """`RANGE(end)`, `RANGE(start, end[, step[, parts]])`: one BIGINT column `id`."""
    arguments = [argument.sql("duckdb") for argument in node.expressions[:3]]
    table = node.parent
    assert isinstance(table, exp.Table)
    if not table.alias:
        table.set("alias", exp.TableAlias(this=exp.to_identifier("range")))
    inner = exp.maybe_parse(f"SELECT range AS id FROM range({', '.join(arguments)})", dialect="duckdb")
    return exp.Subquery(this=inner)


def _member(node: exp.Anonymous, session: SqlSession) -> exp.Expression:
    """`is_account_group_member(group)` and `is_member(group)`."""
    groups = exp.Array(expressions=[exp.Literal.string(group) for group in session.person.groups])
    return call("list_contains", groups, node.expressions[0])


def _text(value: Callable[[SqlSession], str]) -> Callable[[exp.Expression, SqlSession], exp.Expression]:
    return lambda node, session: exp.Literal.string(value(session))


_VIEWER: dict[str, Callable[[exp.Anonymous, SqlSession], exp.Expression]] = {
    "is_account_group_member": _member,
    "is_member": _member,
    "session_user": _text(lambda session: session.person.user_name),
    "user": _text(lambda session: session.person.user_name),
    "current_metastore": _text(lambda session: "aws:us-west-2:19a85dee-54bc-43a2-87ab-023d0ec16013"),
    "current_database": _text(lambda session: session.schema),
    "current_schema": _text(lambda session: session.schema),
    "current_catalog": _text(lambda session: session.catalog),
    "current_timezone": _text(lambda session: session.setting("TIMEZONE") or "Etc/UTC"),
    "current_version": lambda node, session: exp.maybe_parse(
        "{'dbr_version': NULL, 'dbsql_version': '2026.30', 'u_build_hash': NULL, 'r_build_hash': NULL}",
        dialect="duckdb",
    ),
    "version": _text(lambda session: "4.1.0 0000000000000000000000000000000000000000"),
}


def _divide(node: exp.Expression, session: SqlSession) -> exp.Expression:
    """`/`, `%`, `DIV`: Databricks fails on a zero divisor where DuckDB answers NULL."""
    divisor = node.expression.unnest()
    if isinstance(divisor, exp.Literal) and not divisor.is_string and float(divisor.name) != 0:
        return node
    if (session.setting("ANSI_MODE") or "").lower() == "false":
        node.set("expression", exp.func("NULLIF", node.expression, exp.Literal.number(0)))
        return node
    name = {exp.Div: "__divide", exp.Mod: "__remainder", exp.IntDiv: "__div"}[type(node)]
    return call(name, node.this.unnest(), divisor)


def _shifted(name: str) -> Callable[[exp.Expression, SqlSession], exp.Expression]:
    return lambda node, session: call(name, node.this)


def _to_data_type(node: exp.Expression, session: SqlSession) -> exp.Expression:
    """Types that sqlglot leaves as they are, or whose default size differs (DECIMAL is 10,0 here, 18,3 in DuckDB)."""
    assert isinstance(node, exp.DataType)
    if node.is_type(exp.DataType.Type.VARIANT):
        return exp.DataType.build("JSON", dialect="duckdb")
    if node.is_type(exp.DataType.Type.NULL):
        return exp.DataType.build("INT", dialect="duckdb")
    if node.is_type(exp.DataType.Type.DECIMAL) and not node.expressions:
        return exp.DataType.build("DECIMAL(10, 0)", dialect="duckdb")
    return node


_REWRITES: dict[type[exp.Expression], Callable[[exp.Expression, SqlSession], exp.Expression]] = {
    exp.Div: _divide,
    exp.Mod: _divide,
    exp.IntDiv: _divide,
    exp.DataType: _to_data_type,
    exp.CurrentUser: _text(lambda session: session.person.user_name),
    exp.SessionUser: _text(lambda session: session.person.user_name),
    exp.CurrentTimezone: _text(lambda session: session.setting("TIMEZONE") or "Etc/UTC"),
    exp.CurrentCatalog: _text(lambda session: session.catalog),
    exp.CurrentSchema: _text(lambda session: session.schema),
    exp.Interval: lambda node, session: intervals.rewrite(node),
    exp.DayOfWeek: _shifted("__dayofweek"),
}
