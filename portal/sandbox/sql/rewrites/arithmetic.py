"""Operators and numeric functions: divisions that fail on zero, DECIMAL results, rounding."""

from __future__ import annotations

from sqlglot import exp

from portal.sandbox.sql import moments
from portal.sandbox.sql.inference import INT_FUNCTIONS
from portal.sandbox.sql.rewrites.env import Env, Rule, call, cast, number, to, typed
from portal.sandbox.sql.types import BIGINT, INT, SqlType

_MACROS = {exp.Div: "__divide", exp.Mod: "__remainder", exp.IntDiv: "__div"}
_WRAPPERS = (exp.Window, exp.Filter, exp.WithinGroup, exp.IgnoreNulls, exp.RespectNulls)


_NUMBERS = ("TINYINT", "SMALLINT", "INT", "BIGINT", "FLOAT", "DOUBLE", "DECIMAL")


def coerced(node: exp.Expression, env: Env) -> None:
    """A STRING beside a number is cast: to BIGINT beside whole numbers, else to DOUBLE."""
    for mine, other in (("this", "expression"), ("expression", "this")):
        given = node.args.get(mine)
        if given is not None and env.is_a(given, "STRING"):
            node.set(mine, _beside(given, env.type(node.args.get(other)), env))


def _beside(node: exp.Expression, other: SqlType | None, env: Env) -> exp.Expression:
    """A STRING as it is read beside a value of another type."""
    if other is None:
        return node
    if other.name in _NUMBERS:
        return cast(node, "DOUBLE" if other.name in ("FLOAT", "DOUBLE", "DECIMAL") else "BIGINT")
    if other.name in moments.OF_TYPE:
        return call(moments.macro(other.name, not env.ansi), node)
    return node


def _between(node: exp.Expression, env: Env) -> exp.Expression:
    for edge in ("low", "high"):
        if env.is_a(node.args[edge], "STRING"):
            node.set(edge, _beside(node.args[edge], env.type(node.this), env))
    return node


def _in(node: exp.Expression, env: Env) -> exp.Expression:
    type_ = env.type(node.this)
    items = [_beside(one, type_, env) if env.is_a(one, "STRING") else one for one in node.expressions]
    node.set("expressions", items)
    return node


def _compared(node: exp.Expression, env: Env) -> exp.Expression:
    coerced(node, env)
    return node


def _divide(node: exp.Expression, env: Env) -> exp.Expression:
    """`/`, `%` and `DIV`: Databricks fails on a zero divisor where DuckDB answers NULL."""
    coerced(node, env)
    divisor = node.expression.unnest()
    found: exp.Expression = node
    constant = isinstance(divisor, exp.Literal) and not divisor.is_string and float(divisor.name) != 0
    if not constant and not env.ansi:
        found.set("expression", exp.func("NULLIF", node.expression, number(0)))
    elif not constant:
        found = call(_MACROS[type(node)], node.this.unnest(), divisor)
    elif isinstance(node, exp.IntDiv):
        found = cast(exp.Paren(this=node), BIGINT)
    return _decimal(found, env, node)


def _decimal(found: exp.Expression, env: Env, node: exp.Expression) -> exp.Expression:
    """With a cast, if Databricks' type is a DECIMAL."""
    type_ = env.type(node)
    return cast(found, type_) if type_ is not None and type_.name == "DECIMAL" else found


def wrapped(node: exp.Expression, env: Env) -> exp.Expression:
    """A sum, difference or product of whole numbers: without ANSI mode it keeps its low bits."""
    type_ = env.type(node)
    if env.ansi or type_ is None or type_.name not in ("TINYINT", "SMALLINT", "INT", "BIGINT"):
        return node
    node.set("this", cast(node.this, "HUGEINT"))
    return call(f"__wrap_{type_.name.lower()}", node)


def _product(node: exp.Expression, env: Env) -> exp.Expression:
    coerced(node, env)
    return wrapped(_decimal(node, env, node), env)


def _aggregate(node: exp.Expression, env: Env) -> exp.Expression:
    """SUM and AVG of DECIMALs; within OVER or FILTER the cast goes around the whole. A STRING is summed as a DOUBLE."""
    if env.is_a(node.this, "STRING"):
        node.set("this", cast(node.this, "DOUBLE"))
    return node if isinstance(node.parent, _WRAPPERS) else _decimal(node, env, node)


def _window(node: exp.Expression, env: Env) -> exp.Expression:
    if isinstance(node.parent, _WRAPPERS):
        return node
    inner = node.this
    while isinstance(inner, _WRAPPERS):
        inner = inner.this
    if isinstance(inner, INT_FUNCTIONS):
        return cast(node, INT)
    return _decimal(node, env, node) if isinstance(inner, exp.Sum | exp.Avg) else node


def _whole(node: exp.Expression, env: Env) -> exp.Expression:
    """A function whose INT is DuckDB's BIGINT."""
    if isinstance(node.parent, _WRAPPERS):
        return node
    if isinstance(node, exp.Extract) and node.this.name.upper() in ("SECOND", "SECONDS"):
        return cast(node, "DECIMAL(8, 6)")
    return cast(node, INT)


def _rounded(node: exp.Expression, env: Env) -> exp.Expression:
    """CEIL and FLOOR answer whole numbers."""
    if node.args.get("decimals"):
        return node
    type_ = env.type(node) or BIGINT
    return cast(node, type_)


def _safe(operator: type[exp.Binary]) -> Rule:
    return lambda node, env: call("TRY", operator(this=node.this, expression=node.expression))


def _negative(node: exp.Expression, env: Env) -> exp.Expression:
    argument = node.expressions[0] if isinstance(node, exp.Anonymous) else node.this
    return exp.Paren(this=exp.Neg(this=exp.Paren(this=argument)))


def _number(node: exp.Expression, env: Env) -> exp.Expression:
    """`to_number(text, '999.99')`: a DECIMAL as wide as the format."""
    digits = "".join(letter for letter in node.args["format"].name.upper().replace("D", ".") if letter in "09.")
    whole, _, fraction = digits.partition(".")
    kind = f"DECIMAL({max(len(whole) + len(fraction), 1)}, {len(fraction)})"
    return cast(call("regexp_replace", node.this, exp.Literal.string("[$,]"), exp.Literal.string(""),
                     exp.Literal.string("g")), kind)  # fmt: skip


def _pass(node: exp.Expression, env: Env) -> exp.Expression:
    return node


RULES: dict[type, Rule] = {
    exp.Div: _divide,
    exp.Mod: _divide,
    exp.IntDiv: _divide,
    exp.Mul: _product,
    **dict.fromkeys((exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE), _compared),
    exp.Between: _between,
    exp.In: _in,
    exp.Sum: _aggregate,
    exp.Avg: _aggregate,
    exp.Window: _window,
    exp.Filter: _window,
    exp.Ceil: _rounded,
    exp.Floor: _rounded,
    exp.SafeAdd: _safe(exp.Add),
    exp.SafeSubtract: _safe(exp.Sub),
    exp.SafeMultiply: _safe(exp.Mul),
    exp.Sign: typed("DOUBLE"),
    exp.Quantile: to("quantile_cont"),
    exp.Kurtosis: to("kurtosis_pop"),
    exp.ToNumber: _number,
    exp.Negative: _negative,
    exp.Getbit: to("__getbit"),
    exp.Rint: to("round_even_whole"),
    **dict.fromkeys(INT_FUNCTIONS, _whole),
}
NAMED: dict[str, Rule] = {
    "positive": lambda node, env: node.expressions[0],
    "mean": lambda node, env: exp.Avg(this=node.expressions[0]),
    "std": lambda node, env: exp.Stddev(this=node.expressions[0]),
    "every": to("bool_and"),
    "some": to("bool_or"),
    "any": to("bool_or"),
    "hash": to("__hash"),
    "xxhash64": to("__xxhash64"),
    "isnull": lambda node, env: exp.Paren(this=exp.Is(this=node.expressions[0], expression=exp.Null())),
    "isnotnull": lambda node, env: exp.Not(
        this=exp.Paren(this=exp.Is(this=node.expressions[0], expression=exp.Null()))
    ),
    "bin": _pass,
    "log2": _pass,
    "try_mod": lambda node, env: call("TRY", exp.Mod(this=node.expressions[0], expression=node.expressions[1])),
}
