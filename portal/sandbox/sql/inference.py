"""The Databricks type of an expression, as far as its text and the tables' columns tell.

DuckDB types many expressions otherwise: `sum` of a DECIMAL, a quotient of DECIMALs, a day added to a DATE. Where the
type is known here, the rewritten statement casts to it. None means "unknown": DuckDB's type stays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sqlglot import exp

from portal.sandbox.sql.intervals import interval_type
from portal.sandbox.sql.types import BIGINT, BOOLEAN, INT, STRING, VOID, Field, SqlType, from_sqlglot

DOUBLE, DATE, TIMESTAMP = SqlType("DOUBLE"), SqlType("DATE"), SqlType("TIMESTAMP")
_WHOLE = {"TINYINT": 3, "SMALLINT": 5, "INT": 10, "BIGINT": 20}
"""Whole-number types, narrow to wide, with the digits of each as a DECIMAL."""
_FLOATS = ("FLOAT", "DOUBLE")


def decimal(precision: int, scale: int) -> SqlType:
    """A DECIMAL of at most 38 digits; what is too wide loses digits of its fraction, but keeps six, as in Spark."""
    if precision > 38:
        scale = max(38 - (precision - scale), min(scale, 6))
        precision = 38
    return SqlType("DECIMAL", precision=precision, scale=scale)


class Types:
    """Types of the nodes of one statement, found once, before anything is rewritten."""

    def __init__(self, tree: exp.Expression, columns: dict[str, set[SqlType]]) -> None:
        self._columns = columns
        self._found: dict[int, SqlType | None] = {}
        self._kept: list[exp.Expression] = []
        # Inner queries first: their names are columns of the outer ones.
        for select in reversed(list(tree.find_all(exp.Select))):
            for item in select.expressions:
                if isinstance(item, exp.Alias) and (type_ := self.of(item.this)) is not None:
                    self._columns.setdefault(item.alias.lower(), set()).add(type_)
        for node in tree.walk():
            self.of(node)

    def of(self, node: exp.Expression | None) -> SqlType | None:
        if node is None:
            return None
        if id(node) not in self._found:
            self._kept.append(node)
            self._found[id(node)] = self._type(node)
        return self._found[id(node)]

    def replaced(self, old: exp.Expression, new: exp.Expression) -> None:
        """`new` stands where `old` stood, and has its type."""
        self._kept.append(new)
        self._found[id(new)] = self._found.get(id(old))

    def _type(self, node: exp.Expression) -> SqlType | None:
        for kinds, rule in _RULES:
            if isinstance(node, kinds):
                return rule(self, node)
        return None

    def _column(self, node: exp.Expression) -> SqlType | None:
        found = self._columns.get(node.name.lower(), set())
        return next(iter(found)) if len(found) == 1 else None

    def _common(self, nodes: Iterable[exp.Expression | None]) -> SqlType | None:
        """The type that all of them share."""
        types = [type_ for type_ in map(self.of, (node for node in nodes if node is not None)) if type_ != VOID]
        if not types or None in types:
            return None
        first = types[0]
        for other in types[1:]:
            assert first is not None
            assert other is not None
            first = _wider(first, other)
            if first is None:
                return None
        return first

    def _literal(self, node: exp.Expression) -> SqlType | None:
        text = node.name
        if node.args.get("is_string"):
            return STRING
        if "e" in text.lower():
            return DOUBLE
        if "." in text:
            whole, fraction = text.split(".")
            whole = whole.lstrip("0")
            return decimal(max(len(whole) + len(fraction), 1), len(fraction))
        return INT if abs(int(text)) < 2**31 else BIGINT if abs(int(text)) < 2**63 else decimal(len(text), 0)

    def _arithmetic(self, node: exp.Expression) -> SqlType | None:
        left, right = self.of(node.this), self.of(node.expression)
        if left is None or right is None:
            return None
        if "INTERVAL" in (left.name, right.name) or "DATE" in (left.name, right.name):
            return _moment(node, left, right)
        if {left.name, right.name} & set(_FLOATS):
            return DOUBLE if "DOUBLE" in (left.name, right.name) or isinstance(node, exp.Div) else SqlType("FLOAT")
        if left.name in _WHOLE and right.name in _WHOLE:
            if isinstance(node, exp.Div):
                return DOUBLE
            return max(left, right, key=lambda type_: _WHOLE[type_.name])
        first, second = _as_decimal(left, node.this), _as_decimal(right, node.expression)
        return _decimals(node, first, second) if first and second else None

    def _sum(self, node: exp.Expression) -> SqlType | None:
        inner = self.of(_argument(node))
        if inner is None:
            return None
        if inner.name == "DECIMAL":
            return decimal(inner.precision + 10, inner.scale)
        return BIGINT if inner.name in _WHOLE else DOUBLE if inner.name in (*_FLOATS, "STRING") else None

    def _average(self, node: exp.Expression) -> SqlType | None:
        inner = self.of(_argument(node))
        if inner is not None and inner.name == "DECIMAL":
            return decimal(inner.precision + 4, inner.scale + 4)
        return DOUBLE if inner is not None and inner.name in (*_WHOLE, *_FLOATS) else None

    def _rounded(self, node: exp.Expression) -> SqlType | None:
        """CEIL and FLOOR without a scale."""
        inner = self.of(node.this)
        if inner is not None and inner.name == "DECIMAL":
            return decimal(inner.precision - inner.scale + 1, 0)
        return BIGINT

    def _struct(self, node: exp.Expression) -> SqlType | None:
        fields = []
        for index, item in enumerate(node.expressions, start=1):
            value = item.expression if isinstance(item, exp.PropertyEQ) else item
            type_ = self.of(value)
            if type_ is None:
                return None
            named = isinstance(item, exp.PropertyEQ | exp.Alias | exp.Column)
            fields.append(Field((item.alias_or_name or item.name) if named else f"col{index}", type_))
        return SqlType("STRUCT", fields=tuple(fields))

    def _array(self, node: exp.Expression) -> SqlType | None:
        element = self._common(node.expressions)
        return SqlType("ARRAY", element=element) if element else None

    def _map(self, node: exp.Expression) -> SqlType | None:
        keys, values = node.args.get("keys"), node.args.get("values")
        key = self._common(keys.expressions) if keys is not None else None
        value = self._common(values.expressions) if values is not None else None
        return SqlType("MAP", key=key, element=value) if key and value else None

    def _element(self, node: exp.Expression) -> SqlType | None:
        holder = self.of(node.this)
        return holder.element if holder is not None and holder.name in ("ARRAY", "MAP") else None

    def _query(self, node: exp.Expression) -> SqlType | None:
        query = node.this if isinstance(node, exp.Subquery) else node
        items = query.expressions if isinstance(query, exp.Select) else []
        return self.of(items[0]) if len(items) == 1 else None


def _argument(node: exp.Expression) -> exp.Expression:
    """An aggregate's argument, without its DISTINCT."""
    inner = node.this
    return inner.expressions[0] if isinstance(inner, exp.Distinct) and inner.expressions else inner


def _wider(left: SqlType, right: SqlType) -> SqlType | None:
    if left == right:
        return left
    if left.name in _WHOLE and right.name in _WHOLE:
        return max(left, right, key=lambda type_: _WHOLE[type_.name])
    if {left.name, right.name} <= {*_WHOLE, *_FLOATS, "DECIMAL"}:
        if {left.name, right.name} & set(_FLOATS):
            return DOUBLE
        first, second = _as_decimal(left), _as_decimal(right)
        if first and second:
            scale = max(first.scale, second.scale)
            return decimal(max(first.precision - first.scale, second.precision - second.scale) + scale, scale)
    return None


def _as_decimal(type_: SqlType, node: exp.Expression | None = None) -> SqlType | None:
    if type_.name == "DECIMAL":
        return type_
    if isinstance(node, exp.Literal) and type_.name in _WHOLE:
        return decimal(len(node.name), 0)
    return decimal(_WHOLE[type_.name], 0) if type_.name in _WHOLE else None


def _decimals(node: exp.Expression, left: SqlType, right: SqlType) -> SqlType | None:
    """The rules of https://spark.apache.org/docs/latest/sql-ref-ansi-compliance.html for DECIMAL operations."""
    (p1, s1), (p2, s2) = (left.precision, left.scale), (right.precision, right.scale)
    match node:
        case exp.Add() | exp.Sub():
            return decimal(max(p1 - s1, p2 - s2) + max(s1, s2) + 1, max(s1, s2))
        case exp.Mul():
            return decimal(p1 + p2 + 1, s1 + s2)
        case exp.Div():
            scale = max(6, s1 + p2 + 1)
            return decimal(p1 - s1 + s2 + scale, scale)
        case exp.Mod():
            return decimal(min(p1 - s1, p2 - s2) + max(s1, s2), max(s1, s2))
    return None


def _moment(node: exp.Expression, left: SqlType, right: SqlType) -> SqlType | None:
    """Sums and differences of dates, timestamps and intervals."""
    if left.name == right.name == "DATE" and isinstance(node, exp.Sub):
        return SqlType("INTERVAL", interval="DAY")
    if left.name == "INTERVAL" and right.name != "INTERVAL":
        left, right = right, left
    if right.name != "INTERVAL":
        return None
    if left.name == "DATE":
        whole_days = right.is_year_month or right.interval == "DAY"
        return DATE if whole_days else TIMESTAMP
    return left if left.name in ("TIMESTAMP", "TIMESTAMP_NTZ") else None


Rule = Callable[["Types", exp.Expression], SqlType | None]


def _always(type_: SqlType) -> Rule:
    return lambda types, node: type_


def _inner(types: Types, node: exp.Expression) -> SqlType | None:
    return types.of(_argument(node))


INT_FUNCTIONS = (
    exp.Year, exp.Month, exp.Day, exp.DayOfMonth, exp.DayOfYear, exp.Week, exp.WeekOfYear, exp.Quarter, exp.Hour,
    exp.Minute, exp.Second, exp.DayOfWeek, exp.Length, exp.StrPosition, exp.Levenshtein, exp.ArraySize, exp.Unicode,
    exp.RegexpCount, exp.RowNumber, exp.Rank, exp.DenseRank, exp.Ntile, exp.Extract,
)  # fmt: skip
"""Functions that answer INT in Databricks and BIGINT in DuckDB."""
_RULES: tuple[tuple[type | tuple[type, ...], Rule], ...] = (
    (exp.Column, Types._column),
    (exp.Literal, Types._literal),
    (exp.Boolean, _always(BOOLEAN)),
    (exp.Null, _always(VOID)),
    (exp.Cast, lambda types, node: from_sqlglot(node.args["to"])),
    (exp.Interval, lambda types, node: interval_type(node) if isinstance(node, exp.Interval) else None),
    (exp.TsOrDsToDate, _always(DATE)),
    ((exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod), Types._arithmetic),
    (exp.IntDiv, _always(BIGINT)),
    ((exp.Predicate, exp.Connector, exp.Not), _always(BOOLEAN)),
    ((exp.Alias, exp.Paren, exp.Neg, exp.Window, exp.Filter, exp.Min, exp.Max, exp.AnyValue, exp.First, exp.Last,
      exp.FirstValue, exp.LastValue, exp.Lag, exp.Lead, exp.Abs, exp.Distinct), _inner),
    ((exp.Count, exp.CountIf, exp.ApproxDistinct), _always(BIGINT)),
    (exp.Sum, Types._sum),
    (exp.Avg, Types._average),
    ((exp.Ceil, exp.Floor), Types._rounded),
    (INT_FUNCTIONS, _always(INT)),
    ((exp.CurrentDate, exp.Date, exp.LastDay, exp.DateTrunc, exp.TsOrDsAdd, exp.DateAdd, exp.DateSub,
      exp.DateFromUnixDate, exp.AddMonths, exp.NextDay), _always(DATE)),
    ((exp.CurrentTimestamp, exp.TimestampTrunc, exp.TimestampAdd, exp.StrToTime), _always(TIMESTAMP)),
    ((exp.Concat, exp.DPipe, exp.ConcatWs, exp.Upper, exp.Lower, exp.Substring, exp.Trim, exp.TimeToStr,
      exp.RegexpReplace, exp.RegexpExtract, exp.Initcap, exp.Left, exp.Right, exp.Pad, exp.Repeat), _always(STRING)),
    ((exp.Sqrt, exp.Exp, exp.Ln, exp.Pow, exp.Stddev, exp.StddevPop, exp.StddevSamp, exp.Variance, exp.VariancePop,
      exp.Corr, exp.Rand), _always(DOUBLE)),
    (exp.Coalesce, lambda types, node: types._common([node.this, *node.expressions])),
    (exp.Case, lambda types, node: types._common([*(one.args["true"] for one in node.args["ifs"]),
                                                   node.args.get("default")])),
    (exp.If, lambda types, node: types._common([node.args.get("true"), node.args.get("false")])),
    ((exp.Greatest, exp.Least), lambda types, node: types._common([node.this, *node.expressions])),
    (exp.Array, Types._array),
    ((exp.VarMap, exp.Map), Types._map),
    (exp.Struct, Types._struct),
    (exp.Bracket, Types._element),
    ((exp.Subquery, exp.Select), Types._query),
)  # fmt: skip
