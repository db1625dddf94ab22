"""A result sorted and filtered: here, where all of it is here (else by the warehouse: `portal.results.pushdown`).

Both ways give the same rows: NULLs come last in either direction, NaN counts above every number, a comparison with NULL
is never true, `contains` looks at letters in any case, and time stamps are in UTC.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from portal.databricks.statements import Column
from portal.results import values
from portal.results.intervals import lengths
from portal.results.result import Result
from portal.results.written import written
from portal.settings import settings
from portal.viewer.errors import StatementFailed
from portal.viewer.given import Given, Whole, read
from portal.viewer.per_viewer import memory

KEPT_SECONDS = 300.0
MOST_SORTS = MOST_FILTERS = 20
MOST_COLUMNS = 20_000
_DIGITS = 38
"""Of a DECIMAL, before its point and behind it."""

TEXT = ("contains", "lacks", "eq", "ne", "starts", "ends")
ORDERED = ("eq", "ne", "lt", "le", "gt", "ge", "between")
ANY = ("null", "present")
_LOCAL = {
    "eq": "equal", "ne": "not_equal", "lt": "less", "le": "less_equal", "gt": "greater", "ge": "greater_equal",
}  # fmt: skip
_NUMBERS = frozenset({"BYTE", "SHORT", "INT", "LONG", "FLOAT", "DOUBLE", "DECIMAL"})
_TIMES = frozenset({"TIMESTAMP", "TIMESTAMP_NTZ"})
_TEXTS = frozenset({"STRING", "CHAR", "VARCHAR"})


class BadFilter(StatementFailed):
    kind = "filter"
    title = "Not filtered"


class GivenSort(Given):
    column: Whole
    descending: bool = False


class GivenFilter(Given):
    column: Whole
    operator: Annotated[str, Field(max_length=20)]
    value: Annotated[str, Field(max_length=10_000)] | int | float | None = None
    other: Annotated[str, Field(max_length=10_000)] | int | float | None = None


class GivenView(Given):
    """`{"sort": [{"column", "descending"}], "filter": [{"column", "operator", "value", "other"}], "columns": […]}`."""

    sort: Annotated[list[GivenSort], Field(max_length=MOST_SORTS)] | None = None
    filter: Annotated[list[GivenFilter], Field(max_length=MOST_FILTERS)] | None = None
    columns: Annotated[list[Whole], Field(max_length=MOST_COLUMNS)] | None = None


@dataclass(frozen=True)
class Sort:
    column: int
    descending: bool


@dataclass(frozen=True)
class Filter:
    """`operator` of TEXT, ORDERED or ANY; `value`, and `other` of "between", as typed."""

    column: int
    operator: str
    value: str
    other: str


@dataclass(frozen=True)
class View:
    """`columns` are those that show, in their order; none named: all."""

    sorts: tuple[Sort, ...] = ()
    filters: tuple[Filter, ...] = ()
    columns: tuple[int, ...] = ()

    @property
    def rows_only(self) -> View:
        """Which rows it shows, in whatever order."""
        return View(filters=self.filters)

    @property
    def key(self) -> str:
        return hashlib.sha256(json.dumps([repr(self.sorts), repr(self.filters)]).encode()).hexdigest()


def kinds(column: Column) -> str:
    """What may be asked of a column: "text", "number", "date", "time", "boolean" or "other" (whether it is NULL)."""
    name = column.type_name
    if name in _TEXTS:
        return "text"
    if name in _NUMBERS:
        return "number"
    return {"DATE": "date", "BOOLEAN": "boolean"}.get(name, "time" if name in _TIMES else "other")


def view_of(given: GivenView | Mapping[str, object] | None, columns: Sequence[Column]) -> View:
    """A view from a request; `NotUnderstood` or `BadFilter` says what is wrong with it."""
    if given is None:
        return View()
    found = read(GivenView, given)
    sorts = tuple(Sort(_index(one.column, columns), one.descending) for one in found.sort or ())
    chosen = tuple(dict.fromkeys(_index(one, columns) for one in found.columns or ()))
    return View(sorts, tuple(_filter(one, columns) for one in found.filter or ()), chosen)


def _index(index: int, columns: Sequence[Column]) -> int:
    if index >= len(columns):
        raise BadFilter("There is no such column.")
    return index


def _filter(one: GivenFilter, columns: Sequence[Column]) -> Filter:
    index = _index(one.column, columns)
    kind = kinds(columns[index])
    allowed = {"text": TEXT, "number": ORDERED, "date": ORDERED, "time": ORDERED, "boolean": ("eq", "ne")}.get(kind, ())
    if one.operator not in (*allowed, *ANY):
        raise BadFilter(f"Column {columns[index].name!r} cannot be filtered so.")
    value, other = ("" if text is None else str(text) for text in (one.value, one.other))
    found = Filter(index, one.operator, value, other)
    for text in _operands(found):
        typed(columns[index], text)  # raises for what is not of the type
    return found


def _operands(one: Filter) -> tuple[str, ...]:
    return () if one.operator in ANY else (one.value, one.other) if one.operator == "between" else (one.value,)


def typed(column: Column, text: str) -> tuple[object, str]:
    """A value as Python has it, and its SQL type."""
    stripped = text.strip()
    try:
        match kinds(column):
            case "number" if column.type_name in {"FLOAT", "DOUBLE"}:
                return float(stripped), "DOUBLE"
            case "number":
                number = Decimal(stripped)
                if not number.is_finite() or number.adjusted() >= _DIGITS or _scale(number) > _DIGITS:
                    raise ValueError
                if len(number.as_tuple().digits) > _DIGITS:
                    raise ValueError
                return number, _decimal_type(number)
            case "date":
                return date.fromisoformat(stripped), "DATE"
            case "time":
                moment = datetime.fromisoformat(stripped)
                if moment.tzinfo is not None:
                    moment.astimezone(UTC)  # raises for what is outside the years 1 to 9999 there
                return moment, column.type_name
            case "boolean" if stripped.lower() in {"true", "false"}:
                return stripped.lower() == "true", "BOOLEAN"
            case "text":
                return text, "STRING"
    except (ValueError, InvalidOperation, OverflowError):
        pass
    raise BadFilter(
        f"{text[:100]!r} is no value of column {column.name!r}, which is {column.type_text or column.type_name}."
    )


def _scale(number: Decimal) -> int:
    return max(0, -int(number.as_tuple().exponent))


def _decimal_type(number: Decimal) -> str:
    _, digits, exponent = number.as_tuple()
    scale = _scale(number)
    whole = max(len(digits) + int(exponent), 0)
    return f"DECIMAL({min(max(whole + scale, 1), 38)},{min(scale, 38)})"


# Here


def local(result: Result, view: View) -> pa.Array:
    """The numbers of the rows that a view shows, in its order; kept for the viewer for some minutes."""
    key = (settings().databricks_host, result.viewer_id, "view", result.id, view.key)
    return memory.get(key, KEPT_SECONDS, lambda: _indices(result.table(), view, result.columns))


def table(result: Result, view: View) -> pa.Table:
    """The rows that a view shows of a result that is here, in the result's order: what charts and profiles are over."""
    return result.table().take(local(result, view.rows_only)) if view.filters else result.table()


def _indices(table: pa.Table, view: View, described: Sequence[Column]) -> pa.Array:
    if view.filters:
        mask: pa.Array | None = None
        for one in view.filters:
            column = table.column(one.column)
            matches = pc.fill_null(_matches(column, one), False)
            mask = matches if mask is None else pc.and_(mask, matches)
        indices = pc.indices_nonzero(mask).cast(pa.int64())
    else:
        indices = pa.array(range(table.num_rows), pa.int64())
    if view.sorts:
        keys, names = [], []
        chosen = table.take(indices) if view.filters else table
        for number, sort in enumerate(view.sorts):
            column = _sortable(chosen.column(sort.column), described[sort.column].type_name)
            order = "descending" if sort.descending else "ascending"
            if pa.types.is_floating(column.type):
                # Arrow puts NaN beside NULL; SQL above every number.
                keys.append((f"n{number}", order))
                names.append(pc.is_nan(column))
                names.append(column)
                keys.append((f"k{number}", order))
                continue
            names.append(column)
            keys.append((f"k{number}", order))
        columns = dict(zip([key for key, _ in keys], names, strict=True))
        # Arrow has one place for NULLs in all keys, and ours is the end.
        order_ = pc.sort_indices(pa.table(columns), sort_keys=keys, null_placement="at_end")
        indices = indices.take(order_)
    return indices.combine_chunks() if isinstance(indices, pa.ChunkedArray) else indices


def _sortable(column: pa.ChunkedArray, type_name: str) -> pa.ChunkedArray:
    kind = column.type
    if values.is_nested(kind) or not (
        values.is_number(kind) or values.is_text(kind) or pa.types.is_boolean(kind) or pa.types.is_temporal(kind)
    ):
        return pa.chunked_array([written(column)])
    return lengths(column) if values.is_text(kind) and type_name == "INTERVAL" else column


def _matches(column: pa.ChunkedArray, one: Filter) -> pa.ChunkedArray:
    match one.operator:
        case "null":
            return column.is_null()
        case "present":
            return column.is_valid()
    if values.is_text(column.type):
        lowered = pc.utf8_lower(column)
        match one.operator:
            case "contains":
                return pc.match_substring(lowered, one.value.lower())
            case "lacks":
                return pc.invert(pc.match_substring(lowered, one.value.lower()))
            case "starts":
                return pc.starts_with(lowered, one.value.lower())
            case "ends":
                return pc.ends_with(lowered, one.value.lower())
        return getattr(pc, _LOCAL[one.operator])(column, one.value)
    if one.operator == "between":
        return pc.and_(_compared(column, "ge", one.value), _compared(column, "le", one.other))
    return _compared(column, one.operator, one.value)


def _compared(column: pa.ChunkedArray, operator: str, text: str) -> pa.ChunkedArray:
    scalar = _scalar(column.type, text)
    if pa.types.is_decimal(scalar.type):
        return getattr(pc, _LOCAL[operator])(*_comparable(column, scalar))
    if not pa.types.is_floating(column.type):
        return getattr(pc, _LOCAL[operator])(column, scalar)
    # To SQL, NaN equals itself and is above every number; to Arrow neither.
    nan = pc.is_nan(column)
    if math.isnan(scalar.as_py()):
        if operator in {"eq", "ge"}:
            return nan
        if operator in {"ne", "lt"}:
            return pc.invert(nan)
        return column.is_valid() if operator == "le" else pc.and_(nan, False)
    found = getattr(pc, _LOCAL[operator])(column, scalar)
    return pc.or_(found, nan) if operator in {"gt", "ge"} else found


def _comparable(column: pa.ChunkedArray, scalar: pa.Scalar) -> tuple[pa.ChunkedArray, pa.Scalar]:
    """Both of one type. Arrow finds none where their digits, before and behind the point, are more than 38 together."""
    try:
        return column, pc.cast(scalar, column.type)
    except pa.ArrowInvalid:
        wide = pa.decimal256(2 * _DIGITS, _DIGITS)
        whole = pc.cast(column, pa.decimal128(19, 0)) if pa.types.is_integer(column.type) else column
        return pc.cast(whole, wide), pc.cast(scalar, wide)


def _scalar(kind: pa.DataType, text: str) -> pa.Scalar:
    stripped = text.strip()
    if pa.types.is_boolean(kind):
        return pa.scalar(stripped.lower() == "true")
    if pa.types.is_floating(kind):
        return pa.scalar(float(stripped))
    if pa.types.is_integer(kind) or pa.types.is_decimal(kind):
        number = Decimal(stripped)
        whole = number == number.to_integral_value() and abs(number) < 2**63
        return pa.scalar(int(number)) if pa.types.is_integer(kind) and whole else pa.scalar(number)
    if pa.types.is_date(kind):
        return pa.scalar(date.fromisoformat(stripped), kind)
    moment = datetime.fromisoformat(stripped)
    if kind.tz:
        return pa.scalar(moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment, kind)
    return pa.scalar(moment.replace(tzinfo=None), kind)
