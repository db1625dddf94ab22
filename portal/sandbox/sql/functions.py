"""Puts a statement's functions and operators into DuckDB's terms, for the person who asks.

A function is one that a rule of `rewrites` knows, one that sqlglot knows in both dialects, or a macro of `macros`. Any
other name is answered UNRESOLVED_ROUTINE, as Databricks would: nobody shall lean on a function that only DuckDB has.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlglot import exp

from portal.sandbox.sql import errors, intervals, parsing
from portal.sandbox.sql.inference import Types
from portal.sandbox.sql.macros import MACRO_NAMES
from portal.sandbox.sql.rewrites import NAMED, RULES
from portal.sandbox.sql.rewrites.env import Env, Rule, call
from portal.sandbox.sql.session import SqlSession
from portal.sandbox.sql.tables import Resolved
from portal.sandbox.sql.types import SqlType


def types_of(tree: exp.Expression, resolved: Resolved) -> Types:
    """The types of a statement's expressions, with its tables' columns."""
    columns: dict[str, set[SqlType]] = {}
    for table in resolved.tables.values():
        for column in table.columns:
            columns.setdefault(column.name.lower(), set()).add(column.type)
    return Types(tree, columns)


def rewrite(tree: exp.Expression, session: SqlSession, text: str, resolved: Resolved, types: Types) -> exp.Expression:
    """The tree in DuckDB's terms; it is changed in place where it can be."""
    variables = {name: value for name, value in session.variables.items() if name not in resolved.columns}
    env = Env(session, types)
    # From the leaves up: a rule finds its node's children rewritten, and their types known.
    for node in reversed(list(tree.walk(bfs=False))):
        # A rule may take the node into what it answers: where it stands is noted before.
        parent, key, index = node.parent, node.arg_key, node.index
        new = _variable(node, variables) or _rule(node, env, text)(node, env)
        if new is node:
            continue
        env.types.replaced(node, new)
        if node is tree:
            tree = new
        elif parent is not None and key is not None:
            parent.set(key, new, index)
    return tree


def _variable(node: exp.Expression, variables: dict[str, exp.Expression]) -> exp.Expression | None:
    """A session variable's value, in the place of its name."""
    if not isinstance(node, exp.Column) or len(node.parts) != 1 or node.name.lower() not in variables:
        return None
    value = variables[node.name.lower()].copy()
    return exp.alias_(value, node.name, quoted=True) if isinstance(node.parent, exp.Select) else value


def _rule(node: exp.Expression, env: Env, text: str) -> Rule:
    if isinstance(node, exp.ReadCSV | exp.ReadParquet):
        raise _unknown(node.meta, type(node).__name__.replace("Read", "read_").lower(), env, text)
    if not isinstance(node, exp.Anonymous):
        return next((_BY_CLASS[kind] for kind in type(node).__mro__ if kind in _BY_CLASS), _as_it_is)
    name = node.name.lower()
    if name in _VIEWER:
        return _VIEWER[name]
    if name == "range" and isinstance(node.parent, exp.Table):
        return _range
    if name in NAMED:
        return NAMED[name]
    if name in MACRO_NAMES:
        return _as_it_is
    raise _unknown(node.meta, node.name, env, text)


def _unknown(meta: dict[str, Any], name: str, env: Env, text: str) -> errors.SqlError:
    line, pos = parsing.place(text, meta["start"]) if "start" in meta else (0, 0)
    return errors.routine_not_found(name, env.session.catalog, env.session.schema, line, pos)


def _as_it_is(node: exp.Expression, env: Env) -> exp.Expression:
    return node


def _range(node: exp.Expression, env: Env) -> exp.Expression:
    """`RANGE(end)`, `RANGE(start, end[, step[, parts]])`: one BIGINT column `id`."""
    arguments = [argument.sql("duckdb") for argument in node.expressions[:3]]
    table = node.parent
    assert isinstance(table, exp.Table)
    if not table.alias:
        table.set("alias", exp.TableAlias(this=exp.to_identifier("range")))
    inner = exp.maybe_parse(f"SELECT range AS id FROM range({', '.join(arguments)})", dialect="duckdb")
    return exp.Subquery(this=inner)


def _member(node: exp.Expression, env: Env) -> exp.Expression:
    """`is_account_group_member(group)` and `is_member(group)`."""
    groups = exp.Array(expressions=[exp.Literal.string(group) for group in env.session.person.groups])
    return call("list_contains", groups, node.expressions[0])


def _text(value: Callable[[SqlSession], str]) -> Rule:
    return lambda node, env: exp.Literal.string(value(env.session))


_user = _text(lambda session: session.person.user_name)
_catalog = _text(lambda session: session.catalog)
_schema = _text(lambda session: session.schema)
_zone = _text(lambda session: session.setting("TIMEZONE") or "Etc/UTC")
_VIEWER: dict[str, Rule] = {
    "is_account_group_member": _member,
    "is_member": _member,
    "session_user": _user,
    "user": _user,
    "current_metastore": _text(lambda session: "aws:us-west-2:19a85dee-54bc-43a2-87ab-023d0ec16013"),
    "current_database": _schema,
    "current_schema": _schema,
    "current_catalog": _catalog,
    "current_timezone": _zone,
    "version": _text(lambda session: "4.1.0 0000000000000000000000000000000000000000"),
}
_BY_CLASS: dict[type, Rule] = {
    **RULES,
    exp.CurrentUser: _user,
    exp.SessionUser: _user,
    exp.CurrentCatalog: _catalog,
    exp.CurrentSchema: _schema,
    exp.CurrentDatabase: _schema,
    exp.CurrentTimezone: _zone,
    # Inside a type (CAST(x AS INTERVAL DAY)) an Interval has no value.
    exp.Interval: lambda node, env: intervals.rewrite(node) if node.this is not None else node,
}
NAMES = MACRO_NAMES | NAMED.keys() | _VIEWER.keys()
