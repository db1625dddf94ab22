"""Metric views: dimensions and measures over a source, declared in YAML, whose measures MEASURE() asks for.

Source: https://docs.databricks.com/metric-views (YAML versions 0.1 and 1.1). Window measures are not imitated.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import yaml
from sqlglot import exp

from portal.sandbox.sql import errors, lexing, parsing

MAX_YAML = 1_000_000
_INNER = "·"
"""Stands before the name of a source's column that only measures use."""


@dataclass(frozen=True)
class Member:
    """A dimension or a measure."""

    name: str
    expr: str
    comment: str | None = None


@dataclass(frozen=True)
class Join:
    """A table beside the source, many rows to one."""

    name: str
    source: str
    on: str = ""
    using: tuple[str, ...] = ()


@dataclass(frozen=True)
class MetricView:
    source: str
    filter: str
    joins: tuple[Join, ...]
    dimensions: tuple[Member, ...]
    measures: tuple[Member, ...]
    comment: str | None = None

    def measure(self, name: str) -> Member | None:
        return next((one for one in self.measures if one.name.lower() == name.lower()), None)


def parse(text: str) -> MetricView:
    """The YAML's meaning; SqlError where it is no definition."""
    if len(text) > MAX_YAML:
        raise _invalid("it is too long")
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        found = _plain(root, text) if root is not None else None
    except (yaml.YAMLError, RecursionError) as error:
        raise _invalid(str(error).partition("\n")[0]) from None
    if not isinstance(found, dict) or not isinstance(found.get("source"), str):
        raise _invalid("it needs a `source`")
    if str(found.get("version")) not in ("0.1", "1.1"):
        raise _invalid(f"its version {found.get('version')} is not supported")
    dimensions = _members(found.get("dimensions") or found.get("fields") or [])
    measures = _members(found.get("measures") or [])
    names = [one.name.lower() for one in (*dimensions, *measures)]
    if len(set(names)) < len(names):
        raise _invalid("two of its columns have one name")
    return MetricView(
        found["source"].strip(), str(found.get("filter") or ""), tuple(_joins(found.get("joins") or [])), dimensions,
        measures, found.get("comment"),
    )  # fmt: skip


def _plain(node: yaml.Node, text: str) -> Any:
    """Lists, dictionaries and text: `version: 1.1` is no number here, and the key `on` no truth value."""
    if isinstance(node, yaml.SequenceNode):
        return [_plain(one, text) for one in node.value]
    if isinstance(node, yaml.MappingNode):
        return {key.value: _whole(value, node, text) for key, value in node.value if isinstance(key, yaml.ScalarNode)}
    return node.value


def _whole(node: yaml.Node, holder: yaml.MappingNode, text: str) -> Any:
    """A value; where `{name: n, expr: f(a, b)}` cuts it at a comma inside brackets, all of it."""
    value = _plain(node, text)
    if holder.flow_style and isinstance(value, str) and value.count("(") > value.count(")"):
        return text[node.start_mark.index : holder.end_mark.index].rstrip().removesuffix("}").rstrip()
    return value


def _members(given: Any) -> tuple[Member, ...]:
    found = []
    for one in given if isinstance(given, list) else []:
        if not isinstance(one, dict) or not one.get("name") or one.get("expr") is None:
            raise _invalid("each column needs a `name` and an `expr`")
        if one.get("window"):
            raise errors.unsupported("window measures of metric views")
        found.append(Member(str(one["name"]), str(one["expr"]), one.get("comment")))
    return tuple(found)


def _joins(given: Any) -> Iterable[Join]:
    for one in given if isinstance(given, list) else []:
        if not isinstance(one, dict) or not one.get("name") or not one.get("source"):
            raise _invalid("each join needs a `name` and a `source`")
        yield Join(one["name"], one["source"].strip(), one.get("on") or "", tuple(one.get("using") or ()))
        yield from _joins(one.get("joins") or [])


def _invalid(reason: str) -> errors.SqlError:
    text = f"The metric view definition is invalid. Reason: {reason}."
    return errors.SqlError("METRIC_VIEW_INVALID_VIEW_DEFINITION", text, "42K0L")


def missing_measure(names: Iterable[str]) -> errors.SqlError:
    text = (
        f"The usage of measure column [{','.join(names)}] of a metric view requires a MEASURE() (or AGG()) function to "
        "produce results."
    )
    return errors.SqlError("METRIC_VIEW_MISSING_MEASURE_FUNCTION", text, "42803")


def everything(view: MetricView, name: str) -> str:
    """A query of all columns of the view of this name: what they are typed by."""
    items = [errors.quoted(one.name) for one in view.dimensions]
    items += [f"MEASURE({errors.quoted(one.name)}) AS {errors.quoted(one.name)}" for one in view.measures]
    return f"SELECT {', '.join(items)} FROM {name} GROUP BY ALL"


def expand(view: MetricView, table: exp.Table) -> exp.Select:
    """What stands for the view in the FROM that `table` is in; its MEASUREs there become aggregates of that."""
    alias = table.alias or table.name
    select = table.find_ancestor(exp.Select)
    used: dict[str, exp.Column] = {}
    if select is not None:
        for call in [one for one in select.find_all(exp.Anonymous) if one.name.lower() in ("measure", "agg")]:
            if call.find_ancestor(exp.Select) is select:
                _measure(view, call, alias, used)
        _check_measures(view, select, alias)
    items: list[exp.Expression] = []
    for one in view.dimensions:
        items.append(exp.alias_(_expression(view, one.expr), one.name, quoted=True))
    items += [exp.alias_(column, name, quoted=True) for name, column in used.items()]
    inner = exp.select(*items or ["1"]).from_(_source(view.source, "source"))
    for join in view.joins:
        joined = _source(join.source, join.name)
        on = _expression(view, join.on, qualify=False) if join.on else None
        inner = inner.join(joined, on=on, using=list(join.using) or None, join_type="left")
    if view.filter:
        inner = inner.where(_expression(view, view.filter))
    return inner


def _source(text: str, alias: str) -> exp.Expression:
    """A table's name or a query, under a name."""
    read = lexing.read(text if lexing.is_query(text) else f"TABLE {text}")
    query = parsing.tree(read)
    if isinstance(query, exp.Select) and read.word == "TABLE":
        table = query.find(exp.Table)
        assert table is not None
        return exp.alias_(table, alias, table=True, quoted=True)
    if not isinstance(query, exp.Query):
        raise _invalid("its `source` is no query")
    return exp.Subquery(this=query, alias=exp.TableAlias(this=exp.to_identifier(alias, quoted=True)))


def _expression(view: MetricView, text: str, qualify: bool = True) -> exp.Expression:
    """An expression of the definition; with joins, a name alone is the source's, or a dimension's."""
    found: exp.Expression = parsing.tree(lexing.read(f"SELECT {text}")).expressions[0]
    if isinstance(found, exp.Alias):
        raise _invalid(f"`{text}` is no expression")
    joined = {one.name.lower() for one in view.joins}
    dimensions = {one.name.lower() for one in view.dimensions}
    for column in list(found.find_all(exp.Column)):
        parts = [part.name for part in column.parts]
        if len(parts) > 2 and parts[-2].lower() in joined:
            new = exp.column(column.this.copy(), table=exp.to_identifier(parts[-2], quoted=True))
        elif len(parts) == 1 and joined and qualify and parts[0].lower() not in dimensions:
            new = exp.column(column.this.copy(), table="source")
        else:
            continue
        if column is found:
            return new
        column.replace(new)
    return found


def _measure(view: MetricView, call: exp.Anonymous, alias: str, used: dict[str, exp.Column]) -> None:
    """Put a measure's aggregate in the place of MEASURE(name), if the name is one of this view's."""
    argument = call.expressions[0] if len(call.expressions) == 1 else None
    if not isinstance(argument, exp.Column):
        text = (
            "The current metric view usage is not supported. MEASURE() requires exactly one measure column as argument."
        )
        raise errors.SqlError("UNSUPPORTED_METRIC_VIEW_USAGE.MEASURE_REQUIRES_EXACTLY_ONE_COLUMN", text, "0A000")
    member = view.measure(argument.name)
    if member is None or argument.table.lower() not in ("", alias.lower()):
        return
    if isinstance(call.parent, exp.Filter | exp.Window):
        raise errors.unsupported("MEASURE() with FILTER or OVER")
    call.replace(exp.Paren(this=_aggregate(view, member, alias, used, depth=0)))


def _aggregate(view: MetricView, member: Member, alias: str, used: dict[str, exp.Column], depth: int) -> exp.Expression:
    if depth > 20:
        raise _invalid(f"the measure `{member.name}` refers to itself")
    found = exp.Paren(this=_expression(view, member.expr))
    for call in [one for one in found.find_all(exp.Anonymous) if one.name.lower() in ("measure", "agg")]:
        inner = view.measure(call.expressions[0].name) if call.expressions else None
        if inner is None:
            raise _invalid(f"the measure `{member.name}` refers to a measure that there is not")
        call.replace(exp.Paren(this=_aggregate(view, inner, alias, used, depth + 1)))
    for column in list(found.find_all(exp.Column)):
        if column.name.startswith(_INNER):
            continue
        name = _INNER + ".".join(part.name for part in column.parts)
        used.setdefault(name, column.copy())
        column.replace(exp.column(exp.to_identifier(name, quoted=True), table=exp.to_identifier(alias, quoted=True)))
    inner_expression: exp.Expression = found.this
    return inner_expression


def _check_measures(view: MetricView, select: exp.Select, alias: str) -> None:
    """No measure stands bare in the query."""
    for item in select.expressions:
        if isinstance(item, exp.Star) or (isinstance(item, exp.Column) and isinstance(item.this, exp.Star)):
            raise missing_measure(one.name for one in view.measures)
    bare = [
        column.name
        for column in select.find_all(exp.Column)
        if column.find_ancestor(exp.Select) is select
        and column.table.lower() in ("", alias.lower())
        and view.measure(column.name) is not None
        and column.find_ancestor(exp.Order, exp.Having) is None
    ]
    if bare:
        raise missing_measure(dict.fromkeys(bare))
