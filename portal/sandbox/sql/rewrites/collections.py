"""Arrays, maps and structs: indexes that count from 0, lambdas, orders that DuckDB does not keep."""

from __future__ import annotations

from sqlglot import exp

from portal.sandbox.sql import errors, twins, types
from portal.sandbox.sql.rewrites import generators
from portal.sandbox.sql.rewrites.env import Env, Rule, call, cast, number, string, to
from portal.sandbox.sql.types import SqlType


def _lambda(body: exp.Expression, *names: str) -> exp.Lambda:
    return exp.Lambda(this=body, expressions=[exp.to_identifier(name) for name in names])


def _substituted(function: exp.Expression, *values: exp.Expression) -> exp.Expression:
    """A lambda's body with expressions in the place of its parameters."""
    if not isinstance(function, exp.Lambda):
        raise errors.unsupported("a function without a lambda here")
    named = {one.name.lower(): value for one, value in zip(function.expressions, values, strict=False)}
    body = function.this.copy()
    for node in list(body.find_all(exp.Identifier)):
        inside = node.parent if isinstance(node.parent, exp.Column) else node
        if node.name.lower() in named and not isinstance(inside.parent, exp.Dot):
            value = named[node.name.lower()].copy()
            if inside is body:
                return value
            inside.replace(value)
    return body


def _count(array: exp.Expression, function: exp.Expression) -> exp.Expression:
    return call("len", call("list_filter", array, function))


def _exists(node: exp.Expression, env: Env) -> exp.Expression:
    """`exists(array, lambda)`, not the predicate on a query."""
    function = node.args.get("expression")
    return node if function is None else exp.Paren(this=exp.GT(this=_count(node.this, function), expression=number(0)))


def _forall(node: exp.Expression, env: Env) -> exp.Expression:
    array, function = node.expressions
    return exp.Paren(this=exp.EQ(this=_count(array, function), expression=call("len", array.copy())))


def _transform(node: exp.Expression, env: Env) -> exp.Expression:
    """The second parameter is the index: from 0 here, from 1 in DuckDB."""
    function = node.expression
    if isinstance(function, exp.Lambda) and len(function.expressions) == 2:
        item, index = (one.name for one in function.expressions)
        shifted = exp.Paren(this=exp.Sub(this=exp.to_identifier(index), expression=number(1)))
        function = _lambda(_substituted(function, exp.to_identifier(item), shifted), item, index)
    return call("list_transform", node.this, function)


def _zip_with(node: exp.Expression, env: Env) -> exp.Expression:
    left, right, function = node.expressions
    pair = exp.to_identifier("pair")
    values = [exp.Bracket(this=pair.copy(), expressions=[number(index)], offset=1) for index in (1, 2)]
    return call("list_transform", call("list_zip", left, right), _lambda(_substituted(function, *values), "pair"))


def _entries(node: exp.Expression) -> tuple[exp.Expression, exp.Expression]:
    """A map's entries, and the body of its lambda over one of them, `entry`."""
    source, function = node.expressions
    values = [exp.Dot(this=exp.to_identifier("entry"), expression=exp.to_identifier(one)) for one in ("key", "value")]
    return call("map_entries", source), _substituted(function, *values)


def _map_filter(node: exp.Expression, env: Env) -> exp.Expression:
    entries, body = _entries(node)
    return call("map_from_entries", call("list_filter", entries, _lambda(body, "entry")))


def _map_changed(changed: str) -> Rule:
    def rule(node: exp.Expression, env: Env) -> exp.Expression:
        entries, body = _entries(node)
        kept = {
            one: exp.Dot(this=exp.to_identifier("entry"), expression=exp.to_identifier(one)) for one in ("key", "value")
        }
        members = [
            exp.PropertyEQ(this=exp.to_identifier(one), expression=body if one == changed else kept[one])
            for one in ("key", "value")
        ]
        changed_entries = call("list_transform", entries, _lambda(exp.Struct(expressions=members), "entry"))
        return call("map_from_entries", changed_entries)

    return rule


def _size(node: exp.Expression, env: Env) -> exp.Expression:
    argument = node.expressions[0] if isinstance(node, exp.Anonymous) else node.this
    name = "cardinality" if env.is_a(argument, "MAP") else "len"
    return cast(call(name, argument), "INTEGER")


def _from_json(node: exp.Expression, env: Env) -> exp.Expression:
    """`from_json(text, 'a INT, b ARRAY<STRING>')`: NULL where the text is no JSON, as in PERMISSIVE mode."""
    given = node.args.get("expression") or node.args.get("schema")
    if not isinstance(given, exp.Literal):
        raise errors.unsupported("from_json with a schema that is no literal")
    type_ = _schema(given.name)
    return exp.TryCast(
        this=exp.TryCast(this=node.this, to=exp.DataType.build("JSON", dialect="duckdb")),
        to=exp.DataType.build(type_.duckdb, dialect="duckdb"),
    )


def _schema(text: str) -> SqlType:
    for candidate in (text, f"STRUCT<{text}>"):
        try:
            found = types.parse(candidate)
        except ValueError:
            continue
        if found.name in ("STRUCT", "ARRAY", "MAP", "VARIANT"):
            return found
    raise errors.SqlError("PARSE_SYNTAX_ERROR", f"Syntax error at or near '{text}'.", "42601")


def _reverse(node: exp.Expression, env: Env) -> exp.Expression:
    return call("list_reverse", node.this) if env.is_a(node.this, "ARRAY") else node


def _concat(node: exp.Expression, env: Env) -> exp.Expression:
    """`concat` of arrays; of texts sqlglot knows it."""
    if node.expressions and env.is_a(node.expressions[0], "ARRAY"):
        found = node.expressions[0]
        for other in node.expressions[1:]:
            found = call("list_concat", found, other)
        return found
    return node


def _item(node: exp.Expression, env: Env) -> exp.Expression:
    """`array[i]` and `element_at`: an index out of bounds is an error, unless it is `try_element_at`."""
    if len(node.expressions) != 1 or node.args.get("safe") or not env.is_a(node.this, "ARRAY"):
        return node
    strict, lenient = ("__element", "__try_element") if node.args.get("offset") == 1 else ("__item", "__get")
    return call(strict if env.ansi else lenient, node.this, node.expressions[0])


def _struct(node: exp.Expression, env: Env) -> exp.Expression:
    """Fields of one name get names apart, which the result's type takes off again."""
    names = [item.name if isinstance(item, exp.PropertyEQ) else item.alias_or_name for item in node.expressions]
    for item, name, new in zip(node.expressions, names, twins.numbered(names), strict=True):
        if name and new != name and isinstance(item, exp.PropertyEQ):
            item.set("this", exp.to_identifier(new, quoted=True))
    return node


RULES: dict[type, Rule] = {
    exp.Struct: _struct,
    exp.Bracket: _item,
    exp.Exists: _exists,
    exp.Transform: _transform,
    exp.ArraySize: _size,
    exp.ArrayPosition: lambda node, env: call("__array_position", node.this, node.expression),
    exp.ArrayDistinct: to("__distinct"),
    exp.ArrayIntersect: lambda node, env: call("__intersect", *node.expressions),
    exp.ArrayExcept: lambda node, env: call("__except", node.this, node.expression),
    exp.MapContainsKey: lambda node, env: call("list_contains", call("map_keys", node.this), node.args["key"]),
    exp.Elt: lambda node, env: exp.Bracket(
        this=exp.Array(expressions=node.expressions), expressions=[node.this], offset=1
    ),
    exp.FromJson: _from_json,
    exp.Reverse: _reverse,
    exp.Concat: _concat,
    exp.Explode: generators.table_function,
    exp.Select: generators.select,
}
NAMED: dict[str, Rule] = {
    "forall": _forall,
    "zip_with": _zip_with,
    "map_filter": _map_filter,
    "transform_keys": _map_changed("key"),
    "transform_values": _map_changed("value"),
    "cardinality": _size,
    "size": _size,
    "arrays_overlap": to("list_has_any"),
    "json_object_keys": to("json_keys"),
    "monotonically_increasing_id": lambda node, env: exp.Paren(
        this=exp.Sub(this=exp.Window(this=exp.RowNumber()), expression=number(1))
    ),
    **{name: (lambda node, env: node) for name in ("map_concat", "map_entries", "map_values", "json_array_length")},
    "array_repeat": to("__array_repeat"),
    "array_union": to("__array_union"),
    "get": to("__get"),
    "str_to_map": lambda node, env: call(
        "__str_to_map", *[*node.expressions, *[string(","), string(":")][len(node.expressions) - 1 :]]
    ),
}
