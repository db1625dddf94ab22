"""Casts: what CAST AS INT does to 1.7, and AS STRING to a timestamp; types whose default size differs."""

from __future__ import annotations

from sqlglot import exp

from portal.sandbox.sql import errors, moments
from portal.sandbox.sql.rewrites.env import Env, Rule, call, cast, string
from portal.sandbox.sql.types import SqlType

_WHOLE = ("TINYINT", "SMALLINT", "INT", "BIGINT")
_PLAIN_TEXT = ("STRING", "BOOLEAN", *_WHOLE, "DECIMAL", "DATE", "VARIANT")
_JSON = (exp.JSONExtract, exp.JSONExtractScalar, exp.ParseJSON)


def _cast(node: exp.Expression, env: Env) -> exp.Expression:
    """Whole numbers are cut off, not rounded; timestamps print without their offset; JSON text loses its quotes."""
    target = env.type(node)
    inner = node.this
    if target is None:
        return node
    if isinstance(inner, _JSON):
        return _scalar(inner) if target.name == "STRING" else node
    source = env.type(inner)
    kind = source.name if source is not None else ""
    if kind == "STRING" and target.name in moments.OF_TYPE:
        return call(moments.macro(target.name, isinstance(node, exp.TryCast) or not env.ansi), inner)
    if not env.ansi and type(node) is exp.Cast:
        return _lenient(node, kind, target, env)
    if target.name in _WHOLE and kind not in ("BOOLEAN", *_WHOLE):
        return _whole(node, kind, target)
    if target.name == "TIMESTAMP" and kind in (*_WHOLE, "FLOAT", "DOUBLE", "DECIMAL"):
        return call("to_timestamp", cast(inner, "DOUBLE"))
    if target.name == "STRING" and kind not in _PLAIN_TEXT:
        return call("__text", inner)
    return node


def _lenient(node: exp.Cast, kind: str, target: SqlType, env: Env) -> exp.Expression:
    """Without ANSI mode, what cannot be cast is NULL, and a whole number too large keeps its low bits."""
    if kind in _WHOLE and target.name in _WHOLE:
        return call(f"__wrap_{target.name.lower()}", node.this)
    found = exp.TryCast(this=node.this, to=node.args["to"])
    env.types.replaced(node, found)
    return _cast(found, env)


def _whole(node: exp.Expression, kind: str, target: SqlType) -> exp.Expression:
    """To a whole number, from a source of this kind (empty if that is not known)."""
    inner, safe = node.this, isinstance(node, exp.TryCast)
    if kind in ("TIMESTAMP", "DATE"):
        return cast(call("floor", call("epoch", cast(inner, "TIMESTAMPTZ"))), target)
    if kind in ("FLOAT", "DOUBLE", "DECIMAL"):
        node.set("this", call("trunc", inner))
    elif kind == "STRING":
        node.set("this", call("__digits_or_null", inner) if safe else call("__digits", inner, string(target.name)))
    else:
        found = call("__whole", inner, string(target.name))
        node.set("this", call("TRY", found) if safe else found)
    return node


def _scalar(node: exp.Expression) -> exp.Expression:
    """The value that a path leads to as text: `"a"` is a."""
    if isinstance(node, exp.JSONExtract):
        return exp.JSONExtractScalar(this=node.this, expression=node.expression)
    return node


def _extract(node: exp.Expression, env: Env) -> exp.Expression:
    """`text:path` of a STRING is a STRING; of a VARIANT it is a VARIANT."""
    return _scalar(node) if env.is_a(node.this, "STRING") else node


def _data_type(node: exp.Expression, env: Env) -> exp.Expression:
    """Types that sqlglot leaves as they are, or whose default size differs (DECIMAL is 10,0 here, 18,3 in DuckDB)."""
    assert isinstance(node, exp.DataType)
    kinds = exp.DataType.Type
    if isinstance(node.this, exp.Interval):
        return exp.DataType.build("INTERVAL", dialect="duckdb")
    if node.this in (kinds.DECIMAL,) and not node.expressions:
        return exp.DataType.build("DECIMAL(10, 0)", dialect="duckdb")
    text = _DUCKDB_TYPES.get(node.this)
    return exp.DataType.build(text, dialect="duckdb") if text else node


_DUCKDB_TYPES = {
    exp.DataType.Type.VARIANT: "JSON",
    exp.DataType.Type.NULL: "INT",
    exp.DataType.Type.TIMESTAMP: "TIMESTAMPTZ",
    exp.DataType.Type.TIMESTAMPLTZ: "TIMESTAMPTZ",
    exp.DataType.Type.VARCHAR: "TEXT",
    exp.DataType.Type.CHAR: "TEXT",
}


def _named(type_name: str) -> Rule:
    """`bigint(x)`: the types' names are functions."""

    def rule(node: exp.Expression, env: Env) -> exp.Expression:
        found = exp.Cast(this=node.expressions[0], to=exp.DataType.build(type_name, dialect="databricks"))
        found.set("to", _data_type(found.args["to"], env))
        return _cast(found, env)

    return rule


def _typeof(node: exp.Expression, env: Env) -> exp.Expression:
    found = env.type(node.this)
    return exp.Literal.string(found.simple) if found is not None else call("__typeof", node.this)


def _to_date(node: exp.Expression, env: Env) -> exp.Expression:
    """`to_date(text)`; with a format DuckDB reads it."""
    if node.args.get("format") is None and env.is_a(node.this, "STRING"):
        return call(moments.macro("DATE", not env.ansi), node.this)
    return node if env.ansi else call("TRY", node)


def _to_moment(type_: str, safe: bool) -> Rule:
    """`to_timestamp_ntz(text)`, `try_to_date(text)` …"""

    def rule(node: exp.Expression, env: Env) -> exp.Expression:
        if len(node.expressions) != 1:
            raise errors.unsupported(f"{node.name} with a format")
        given = node.expressions[0]
        if env.is_a(given, "STRING"):
            return call(moments.macro(type_, safe or not env.ansi), given)
        return cast(given, SqlType(type_))

    return rule


RULES: dict[type, Rule] = {
    exp.TsOrDsToDate: _to_date,
    exp.Cast: _cast,
    exp.TryCast: _cast,
    exp.DataType: _data_type,
    exp.Typeof: _typeof,
    exp.JSONExtract: _extract,
}
NAMED: dict[str, Rule] = {
    "to_timestamp_ntz": _to_moment("TIMESTAMP_NTZ", safe=False),
    "to_timestamp_ltz": _to_moment("TIMESTAMP", safe=False),
    "try_to_timestamp": _to_moment("TIMESTAMP", safe=True),
    "try_to_date": _to_moment("DATE", safe=True),
} | {
    name: _named(name)
    for name in (
        "bigint", "int", "smallint", "tinyint", "double", "float", "decimal", "string", "boolean", "binary", "date",
        "timestamp",
    )
}  # fmt: skip
