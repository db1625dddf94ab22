"""Puts a statement's functions and operators into DuckDB's terms, for the person who asks.

A function is one that a rule of `rewrites` knows, one that sqlglot knows in both dialects, or a macro of `macros`. Any
other name is answered UNRESOLVED_ROUTINE, as Databricks would: nobody shall lean on a function that only DuckDB has.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from sqlglot import exp

from portal.sandbox.sql import absent, errors, intervals, lexing
from portal.sandbox.sql.inference import Types
from portal.sandbox.sql.macros import MACRO_NAMES
from portal.sandbox.sql.rewrites import NAMED, RULES
from portal.sandbox.sql.rewrites.env import Env, Rule, call, cast
from portal.sandbox.sql.session import SqlSession, Variable
from portal.sandbox.sql.tables import Resolved
from portal.sandbox.sql.types import SqlType


def types_of(tree: exp.Expression, resolved: Resolved) -> Types:
    """The types of a statement's expressions, with its tables' columns."""
    columns: dict[str, set[SqlType]] = {}
    for table in (*resolved.tables.values(), *resolved.inner):
        for column in table.columns:
            columns.setdefault(column.name.lower(), set()).add(column.type)
    return Types(tree, columns)


def rewrite(tree: exp.Expression, session: SqlSession, text: str, resolved: Resolved, types: Types) -> exp.Expression:
    """The tree in DuckDB's terms; it is changed in place where it can be."""
    env = Env(session, types)
    columns = resolved.columns | _named_columns(tree) if session.variables else set()
    names = _Names(tree, resolved)
    # From the leaves up: a rule finds its node's children rewritten, and their types known.
    for node in reversed(list(tree.walk(bfs=False))):
        # A rule may take the node into what it answers: where it stands is noted before.
        parent, key, index = node.parent, node.arg_key, node.index
        new = _variable(node, session.variables, columns) or names.bare(node, env, text)
        new = new or _rule(node, env, text)(node, env)
        if new is node:
            continue
        env.types.replaced(node, new)
        if node is tree:
            tree = new
        elif parent is not None and key is not None:
            parent.set(key, new, index)
    return tree


def _named_columns(tree: exp.Expression) -> set[str]:
    """Lower-case names that inner queries and aliases of tables give to columns."""
    aliased = {name.lower() for alias in tree.find_all(exp.TableAlias) for name in (one.name for one in alias.columns)}
    inner = (one for one in tree.find_all(exp.Alias) if one.parent_select is not tree)
    return aliased | {one.alias.lower() for one in inner}


_OURS = frozenset({"user", "session_user"})
"""Functions that need no brackets, beyond those that the parser knows."""
_THEIRS = frozenset({
    "current_catalog", "current_database", "current_role", "current_schema", "localtime", "localtimestamp", "rowid",
})  # fmt: skip
"""Names that only the engine below would understand without brackets, or without a column of that name."""


class _Names:
    """What a bare name may be: a column, and nothing that only the engine below takes for one."""

    def __init__(self, tree: exp.Expression, resolved: Resolved) -> None:
        self._tree, self._resolved = tree, resolved
        named = {
            table.alias_or_name.lower()
            for table in tree.find_all(exp.Table, exp.Subquery)
            if isinstance(table, exp.Subquery) or isinstance(table.this, exp.Identifier)
        }
        self._tables = named - {"id", "col", "key", "pos", "value"}  # columns of table functions, known to nobody here

    @functools.cached_property
    def _columns(self) -> set[str]:
        inner = {column.name.lower() for table in self._resolved.inner for column in table.columns}
        aliases = {one.alias.lower() for one in self._tree.find_all(exp.Alias)}
        return self._resolved.columns | inner | aliases | _named_columns(self._tree)

    def bare(self, node: exp.Expression, env: Env, text: str) -> exp.Expression | None:
        """The viewer for `user`; UNRESOLVED_COLUMN for a table's name, and for the engine's own words."""
        if not isinstance(node, exp.Column) or node.table or node.is_star:
            return None
        name = node.name.lower()
        if name not in _OURS | _THEIRS | self._tables or name in self._columns:
            return None
        if name in _OURS and not node.this.quoted:
            value = exp.Literal.string(env.session.person.user_name)
            return exp.alias_(value, node.name, quoted=True) if isinstance(node.parent, exp.Select) else value
        start = node.this.meta.get("start")
        raise errors.column_not_found(node.name, (), *(lexing.place(text, start) if start is not None else (0, 0)))


def _variable(node: exp.Expression, variables: dict[str, Variable], columns: set[str]) -> exp.Expression | None:
    """A variable's value, in the place of its name; a column of that name goes before, unless it says `session.`."""
    if not isinstance(node, exp.Column) or node.name.lower() not in variables:
        return None
    qualifier = [part.name.lower() for part in node.parts[:-1]]
    if qualifier not in ([], ["session"], ["system", "session"]) or (not qualifier and node.name.lower() in columns):
        return None
    value = variables[node.name.lower()].value.copy()
    return exp.alias_(value, node.name, quoted=True) if isinstance(node.parent, exp.Select) else value


def _rule(node: exp.Expression, env: Env, text: str) -> Rule:
    if isinstance(node, exp.EQ) and isinstance(node.parent, exp.Update) and node.arg_key == "expressions":
        return _as_it_is  # `SET a = b` compares nothing
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
    if name in ("measure", "agg") and node.expressions:
        raise errors.column_not_found(node.expressions[0].name, ())
    raise _unknown(node.meta, node.name, env, text)


def _unknown(meta: dict[str, Any], name: str, env: Env, text: str) -> errors.SqlError:
    if absent.function(name):
        return errors.unsupported(f"the function {name.lower()}")
    line, pos = lexing.place(text, meta["start"]) if "start" in meta else (0, 0)
    return errors.routine_not_found(name, env.session.catalog, env.session.schema, line, pos)


def _as_it_is(node: exp.Expression, env: Env) -> exp.Expression:
    return node


def _range(node: exp.Expression, env: Env) -> exp.Expression:
    """`RANGE(end)`, `RANGE(start, end[, step[, parts]])`: one BIGINT column `id`."""
    arguments = [cast(argument.copy(), "BIGINT").sql("duckdb") for argument in node.expressions[:3]]
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


def _unnest(node: exp.Expression, env: Env) -> exp.Expression:
    raise errors.routine_not_found("unnest", env.session.catalog, env.session.schema)


def _collate(node: exp.Expression, env: Env) -> exp.Expression:
    raise errors.unsupported("collations")


def _text(value: Callable[[SqlSession], str]) -> Rule:
    return lambda node, env: exp.Literal.string(value(env.session))


def _current_version(node: exp.Expression, env: Env) -> exp.Expression:
    """A STRUCT: a warehouse has no runtime's version, but one of Databricks SQL."""
    members = {"dbr_version": None, "dbsql_version": "2026.40", "u_build_hash": _HASH, "r_build_hash": _HASH}
    fields = [exp.PropertyEQ(this=exp.to_identifier(name), expression=exp.cast(exp.convert(value), "TEXT"))
              for name, value in members.items()]  # fmt: skip
    return exp.Struct(expressions=fields)


_HASH = "0" * 40
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
    "version": _text(lambda session: f"4.1.0 {_HASH}"),
}
_BY_CLASS: dict[type, Rule] = {
    **RULES,
    exp.CurrentUser: _user,
    exp.Collate: _collate,
    exp.Unnest: _unnest,
    exp.SessionUser: _user,
    exp.CurrentVersion: _current_version,
    exp.CurrentCatalog: _catalog,
    exp.CurrentSchema: _schema,
    exp.CurrentDatabase: _schema,
    exp.CurrentTimezone: _zone,
    # Inside a type (CAST(x AS INTERVAL DAY)) an Interval has no value.
    exp.Interval: lambda node, env: intervals.rewrite(node) if node.this is not None else node,
}
NAMES = MACRO_NAMES | NAMED.keys() | _VIEWER.keys()
