"""What one statement reads and writes, told from its text."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError
from sqlglot.lineage import lineage

from portal.sandbox.sql import tables

WRITES = ("INSERT", "CREATE", "REPLACE", "MERGE", "UPDATE", "DELETE")
"""Kinds of statements that leave lineage by themselves; a query does where something of the workspace ran it."""
MOST_COLUMNS = 200


@dataclass(frozen=True)
class Touched:
    """Full names, in small letters. `loose` are names of one part, which may be a temporary view's."""

    sources: frozenset[str] = frozenset()
    target: str | None = None
    loose: frozenset[str] = frozenset()


@functools.lru_cache(maxsize=4096)
def touched(text: str, catalog: str, schema: str) -> Touched:
    """Nothing for what is no single statement, or no SQL that sqlglot reads."""
    tree = _tree(text)
    if tree is None:
        return Touched()
    goal = _target(tree)
    named = [
        table
        for table in tree.find_all(exp.Table)
        if table is not goal and isinstance(table.this, exp.Identifier) and not tables.is_cte(table)
    ]
    full = {_full(table, catalog, schema): len(table.parts) for table in named if len(table.parts) <= 3}
    kept = {name: parts for name, parts in full.items() if name.split(".")[1] != "information_schema"}
    target = _full(goal, catalog, schema) if goal is not None else None
    loose = frozenset(name for name, parts in kept.items() if parts == 1)
    return Touched(frozenset(kept), target, loose)


def _tree(text: str) -> exp.Expression | None:
    try:
        trees = sqlglot.parse(text, dialect="databricks")
    except (SqlglotError, RecursionError):
        return None
    # Of a comment behind the last semicolon the parser makes a statement of its own.
    trees = [tree for tree in trees if tree is not None and not isinstance(tree, exp.Semicolon)]
    found = trees[0] if len(trees) == 1 else None
    return found if isinstance(found, exp.Expression) else None


def _target(tree: exp.Expression) -> exp.Table | None:
    if isinstance(tree, exp.Create) and tree.kind not in ("TABLE", "VIEW"):
        return None
    if not isinstance(tree, exp.Insert | exp.Merge | exp.Update | exp.Delete | exp.Create):
        return None
    if isinstance(tree, exp.Create) and tree.find(exp.TemporaryProperty):
        return None
    node = tree.this.this if isinstance(tree.this, exp.Schema) else tree.this
    return node if isinstance(node, exp.Table) else None


def _full(table: exp.Table, catalog: str, schema: str) -> str:
    return ".".join(part.lower() for part in (table.catalog or catalog, table.db or schema, table.name))


Schemas = dict[str, dict[str, str]]
"""Full name of a table -> its columns and their types, in order."""


def columns(text: str, catalog: str, schema: str, known: Schemas) -> dict[str, frozenset[tuple[str, str]]]:
    """Column of the target -> (table, column) of those that it is computed from, as far as sqlglot can tell."""
    tree, goal = _tree(text), touched(text, catalog, schema).target
    source = tree.args.get("expression") if isinstance(tree, exp.Insert | exp.Create) else None
    if goal is None or not isinstance(source, exp.Query):
        return {}
    nested: dict[str, dict[str, dict[str, dict[str, str]]]] = {}
    for name, of_table in known.items():
        first, second, third = name.split(".")
        nested.setdefault(first, {}).setdefault(second, {})[third] = of_table
    for table in source.find_all(exp.Table):
        if not tables.is_cte(table):
            for part, name in zip(("catalog", "db", "this"), _full(table, catalog, schema).split("."), strict=True):
                table.set(part, exp.to_identifier(name))
    given = source.named_selects
    into = tree.this if tree is not None else None
    listed = [one.name for one in into.expressions] if isinstance(into, exp.Schema) else []
    target = listed or (list(known.get(goal, {})) if isinstance(tree, exp.Insert) else given)
    found: dict[str, frozenset[tuple[str, str]]] = {}
    for name, selected in list(zip(target, given, strict=False))[:MOST_COLUMNS]:
        try:
            nodes = list(lineage(selected, source.copy(), schema=nested, dialect="databricks").walk())
        except (SqlglotError, ValueError, RecursionError):
            continue
        leaves = {
            (_full(node.expression, catalog, schema), node.name.rsplit(".", 1)[-1].lower().strip("`"))
            for node in nodes
            if isinstance(node.expression, exp.Table)
        }
        if leaves:
            found[name.lower()] = frozenset(leaves)
    return found
