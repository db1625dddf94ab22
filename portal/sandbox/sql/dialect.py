"""A statement in Databricks SQL to one that DuckDB runs, as a given person in a given session.

Names are resolved and privileges checked here, so that nothing reaches DuckDB that its person may not read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlglot import exp

from portal.sandbox.sql import functions, lexing, naming, parameters, parsing, tables
from portal.sandbox.sql.catalog import Catalog
from portal.sandbox.sql.catalog_model import TableInfo
from portal.sandbox.sql.inference import Types
from portal.sandbox.sql.parameters import Parameter
from portal.sandbox.sql.session import SqlSession
from portal.sandbox.sql.types import VOID, SqlType, from_duckdb


@dataclass(frozen=True)
class Query:
    """What DuckDB shall run. `types` says what DuckDB cannot know of an output column: VOID, a kind of INTERVAL."""

    sql: str
    types: dict[int, SqlType] = field(default_factory=dict)
    schemas: frozenset[str] = frozenset()
    """Schemas that must be loaded first (`samples.tpch`)."""
    intervals: dict[str, SqlType] = field(default_factory=dict)
    """Interval types of the tables' columns, by lower-case name: DuckDB has but one."""

    def type(self, position: int, name: str, found: Any) -> SqlType:
        """The type of an output column, which DuckDB calls `name` and types as `found`."""
        if position in self.types:
            return self.types[position]
        type_ = from_duckdb(found)
        return self.intervals.get(name.lower(), type_) if type_.name == "INTERVAL" else type_


class Translator:
    """Translates the statements of one session."""

    def __init__(self, catalog: Catalog, session: SqlSession) -> None:
        self.catalog = catalog
        self.session = session

    def tree(self, text: lexing.Text, given: Sequence[Parameter] = ()) -> exp.Expression:
        """The statement's tree with its parameters in place."""
        numbered = [
            Parameter(f"_{index}", item.type, item.value, item.members)
            for index, item in enumerate((item for item in given if item.name is None), start=1)
        ]
        named = [item for item in given if item.name is not None]
        return parameters.bind(parsing.tree(text), [*named, *numbered], text.text)

    def query(self, tree: exp.Expression, text: str) -> Query:
        """A SELECT (or VALUES, or set operation) for DuckDB."""
        if isinstance(tree, exp.Values):
            tree = exp.select("*").from_(tree)
        tables.identifier_columns(tree)
        name_outputs(tree, text)
        resolved = tables.resolve(tree, self.catalog, self.session, text)
        types = functions.types_of(tree, resolved)
        outputs = _output_types(tree, types)
        tree = functions.rewrite(tree, self.session, text, resolved, types)
        intervals_ = {
            column.name.lower(): column.type
            for table in resolved.tables.values()
            for column in table.columns
            if column.type.name == "INTERVAL"
        }
        return Query(self.sql(tree), outputs, frozenset(resolved.schemas), intervals_)

    def expression(self, node: exp.Expression, text: str, table: TableInfo | None = None) -> str:
        """An expression over one table's columns, or none, for DuckDB."""
        resolved = tables.Resolved()
        if table is not None:
            resolved.tables[table.catalog_name, table.schema_name, table.name] = table
        select = exp.Select(expressions=[node.copy()])
        types = functions.types_of(select, resolved)
        return self.sql(functions.rewrite(select, self.session, text, resolved, types).expressions[0])

    @staticmethod
    def sql(tree: exp.Expression) -> str:
        return tree.sql(dialect="duckdb", identify=True, comments=False)


NAMELESS = "\u200b"
"""Stands for the empty name, which `SELECT ''` gives its column and DuckDB does not allow."""
_NAMED = (exp.Column, exp.Star, exp.Alias, exp.Aliases, exp.Explode, exp.Posexplode, exp.Inline)


def name_outputs(tree: exp.Expression, text: str) -> None:
    """Give every unnamed item of a select list the name that Spark gives it."""
    for values in tree.find_all(exp.Values):
        _name_values(values)
    for select in tree.find_all(exp.Select):
        items = []
        for item in select.expressions:
            if isinstance(item, _NAMED) or item.is_star:
                items.append(item)
            else:
                name = naming.column_name(item, text) or NAMELESS
                items.append(exp.alias_(item, name, quoted=True, copy=False))
        select.set("expressions", items)


def _name_values(values: exp.Values) -> None:
    """The columns of VALUES are `col1`, `col2` …, unless its alias names them."""
    alias = values.args.get("alias")
    if (alias is not None and alias.columns) or not values.expressions:
        return
    first = values.expressions[0]
    width = len(first.expressions) if isinstance(first, exp.Tuple) else 1
    columns = [exp.to_identifier(f"col{index}", quoted=True) for index in range(1, width + 1)]
    name = alias.this if alias is not None and alias.this is not None else exp.to_identifier("inline", quoted=True)
    if isinstance(values.parent, exp.From | exp.Join | exp.Subquery):
        values.set("alias", exp.TableAlias(this=name, columns=columns))


def _output_types(tree: exp.Expression, types: Types) -> dict[int, SqlType]:
    """Types that DuckDB cannot tell, VOID and the kinds of INTERVAL, by position; none from a star on."""
    found: dict[int, SqlType] = {}
    select = tree
    while isinstance(select, exp.SetOperation | exp.Subquery):
        select = select.this
    if not isinstance(select, exp.Select):
        return found
    for position, item in enumerate(select.expressions):
        value = item.this if isinstance(item, exp.Alias) else item
        if item.is_star or isinstance(value, exp.Explode | exp.Posexplode):
            break
        type_ = types.of(item)
        if type_ is not None and (type_.name == "INTERVAL" or (type_ == VOID and select is tree)):
            found[position] = type_
    return found
