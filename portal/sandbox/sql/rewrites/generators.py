"""EXPLODE and its like: functions that answer rows, in a select list and in FROM."""

from __future__ import annotations

from sqlglot import exp

from portal.sandbox.sql import errors
from portal.sandbox.sql.rewrites.env import Env, call, cast, number


def select(node: exp.Expression, env: Env) -> exp.Expression:
    """A generator in a select list becomes a column, or two: `col`, `pos` and `col`, `key` and `value`."""
    items: list[exp.Expression] = []
    generators = [one for item in node.expressions if isinstance(one := item.unalias(), exp.UDTF | exp.Explode)]
    if len(generators) > 1:
        calls = ", ".join(f'"{one.sql("databricks").lower()}"' for one in generators)
        text = (
            f"The generator is not supported: only one generator allowed per SELECT clause but found {len(generators)}"
        )
        raise errors.SqlError("UNSUPPORTED_GENERATOR.MULTI_GENERATOR", f"{text}: {calls}.", "42K0E")
    for item in node.expressions:
        names = [one.name for one in item.args["expressions"]] if isinstance(item, exp.Aliases) else []
        value = item.this if isinstance(item, exp.Aliases | exp.Alias) else item
        columns = _columns(value, env)
        if isinstance(value, exp.Inline):
            items.append(exp.maybe_parse(f"unnest({value.this.sql('duckdb')}, max_depth := 2)", dialect="duckdb"))
            continue
        if not columns:
            items.append(item)
            continue
        if isinstance(item, exp.Alias) and len(columns) == 1:
            names = [item.alias]
        for index, (name, column) in enumerate(columns):
            items.append(exp.alias_(column, names[index] if index < len(names) else name, quoted=True))
    node.set("expressions", items)
    return node


def _columns(node: exp.Expression, env: Env) -> list[tuple[str, exp.Expression]]:
    """The columns of EXPLODE or POSEXPLODE, with Databricks' names; none for anything else."""
    if not isinstance(node, exp.Explode | exp.Posexplode):
        return []
    is_map = env.is_a(node.this, "MAP")
    parts = {"key": "map_keys", "value": "map_values"} if is_map else {"col": ""}
    found = []
    for name, function in parts.items():
        source = node.this.copy()
        found.append((name, call("unnest", call(function, source) if function else source)))
    if isinstance(node, exp.Posexplode):
        listed = call("map_keys", node.this.copy()) if is_map else node.this.copy()
        position = exp.Sub(this=call("generate_subscripts", listed, number(1)), expression=number(1))
        found.insert(0, ("pos", cast(exp.Paren(this=position), "INTEGER")))
    return found


def table_function(node: exp.Expression, env: Env) -> exp.Expression:
    """In FROM the column is called `col`."""
    table = node.parent
    if isinstance(table, exp.Table) and not table.args.get("alias"):
        columns = [exp.to_identifier("col", quoted=True)]
        table.set("alias", exp.TableAlias(this=exp.to_identifier("exploded"), columns=columns))
    return node
