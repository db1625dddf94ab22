"""Dates and times. Databricks' TIMESTAMP has a zone, and a DATE stays a DATE when days or months are added."""

from __future__ import annotations

import sqlglot
from sqlglot import exp

from portal.sandbox.sql.rewrites.arithmetic import coerced, wrapped
from portal.sandbox.sql.rewrites.env import Env, Rule, call, cast, string, to, typed
from portal.sandbox.sql.types import BIGINT, INT

_UNITS = {
    "YYYY": "YEAR", "YY": "YEAR", "MM": "MONTH", "MON": "MONTH", "Q": "QUARTER", "DD": "DAY", "D": "DAY", "HH": "HOUR",
}  # fmt: skip


def _unit(node: exp.Expression) -> exp.Expression:
    name = node.args["unit"].name.upper()
    return string(_UNITS.get(name, name))


def _truncated(type_: str) -> Rule:
    """`date_trunc` answers a TIMESTAMP, `trunc` a DATE."""
    return lambda node, env: cast(call("date_trunc", _unit(node), node.this), type_)


def _plus(node: exp.Expression, env: Env) -> exp.Expression:
    """Sums and differences with a DATE."""
    coerced(node, env)
    type_ = env.type(node)
    if type_ is None:
        return node
    if type_.name == "INTERVAL" and env.is_a(node.this, "DATE") and env.is_a(node.expression, "DATE"):
        return call("to_days", cast(exp.Paren(this=node), INT))
    if type_.name in ("DATE", "TIMESTAMP") and "INTERVAL" in {
        kind.name for kind in (env.type(node.this), env.type(node.expression)) if kind
    }:
        return cast(exp.Paren(this=node), type_)
    return wrapped(node, env)


def _added(node: exp.Expression, env: Env) -> exp.Expression:
    """`dateadd(unit, n, expr)`: always a TIMESTAMP (https://docs.databricks.com/sql/language-manual/functions/dateadd)."""
    node.set("this", cast(node.this, "TIMESTAMPTZ"))
    return cast(node, "TIMESTAMPTZ")


def _difference(node: exp.Expression, env: Env) -> exp.Expression:
    """`datediff(end, start)` is INT; with a unit it counts whole units and is BIGINT."""
    unit = node.args.get("unit")
    if unit is None or unit.name.upper() == "DAY":
        return cast(node, INT if unit is None else BIGINT)
    return call("date_sub", string(unit.name), cast(node.expression, "TIMESTAMP"), cast(node.this, "TIMESTAMP"))


def _unix(node: exp.Expression, env: Env) -> exp.Expression:
    """`unix_timestamp([text[, format]])`, `to_unix_timestamp`: seconds, a BIGINT."""
    given = node.args.get("format")
    default = given is None or given.name in ("%Y-%m-%d %H:%M:%S", "yyyy-MM-dd HH:mm:ss")
    if default or isinstance(node.this, exp.CurrentTimestamp) or env.is_a(node.this, "TIMESTAMP", "DATE"):
        moment = cast(node.this, "TIMESTAMPTZ")
    else:
        assert given is not None
        parsed = exp.StrToTime(this=node.this, format=given if "%" in given.name else _format(given.name))
        moment = cast(parsed, "TIMESTAMPTZ")
    return cast(call("floor", call("epoch", moment)), BIGINT)


def _format(pattern: str) -> exp.Expression:
    """Java's date pattern in sqlglot's own spelling."""
    parsed = sqlglot.parse_one(f"to_timestamp(x, '{pattern}')", read="databricks")
    found: exp.Expression = parsed.args["format"]
    return found


def _part(node: exp.Expression, env: Env) -> exp.Expression:
    field = node.expressions[0].name.upper()
    kind = "DECIMAL(8, 6)" if field in ("SECOND", "SECONDS", "S") else INT
    return cast(call("date_part", *node.expressions), kind)


def _name(function: str) -> Rule:
    """Databricks abbreviates: `Fri`, `Nov`."""
    return lambda node, env: call("left", call(function, node.this), exp.Literal.number(3))


def _series(node: exp.Expression, env: Env) -> exp.Expression:
    if env.is_a(node.args["start"], "DATE"):
        return cast(node, "DATE[]")
    return node


def _parsed(node: exp.Expression, env: Env) -> exp.Expression:
    found = cast(node, "TIMESTAMPTZ")
    return found if env.ansi else call("TRY", found)


RULES: dict[type, Rule] = {
    exp.Add: _plus,
    exp.Sub: _plus,
    exp.DateTrunc: _truncated("DATE"),
    exp.TimestampTrunc: _truncated("TIMESTAMPTZ"),
    exp.TsOrDsAdd: typed("DATE"),
    exp.DateAdd: typed("DATE"),
    exp.DateSub: typed("DATE"),
    exp.AddMonths: typed("DATE"),
    exp.LastDay: typed("DATE"),
    exp.DateFromUnixDate: typed("DATE"),
    exp.TimestampAdd: _added,
    exp.DateDiff: _difference,
    exp.TimestampDiff: _difference,
    exp.StrToUnix: _unix,
    exp.StrToTime: _parsed,
    exp.TimestampFromParts: to("__make_timestamp"),
    exp.DayOfWeek: lambda node, env: cast(call("__dayofweek", node.this), INT),
    exp.Dayname: _name("dayname"),
    exp.Monthname: _name("monthname"),
    exp.GenerateSeries: _series,
    # Databricks has no AT TIME ZONE: these two stand for from_utc_timestamp and to_utc_timestamp.
    exp.AtTimeZone: lambda node, env: call("__from_utc", node.this, node.args["zone"]),
    exp.FromTimeZone: lambda node, env: call("__to_utc", node.this, node.args["zone"]),
}
NAMED: dict[str, Rule] = {
    "date_part": _part,
    "datepart": _part,
    "weekday": lambda node, env: cast(call("__weekday", *node.expressions), INT),
    "make_date": lambda node, env: node,
}
