"""A widget's rows computed another way: by pandas, over the rows of its dataset.

Knows the expressions that dashboards' editors write; of others it says so (`NotKnown`).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pandas as pd

from portal.boards.definition import Query

COLUMN = r"`((?:[^`]|``)+)`"
AGGREGATES: dict[str, Callable[[pd.Series], Any]] = {
    "SUM": lambda one: sum(one.tolist()) if len(one) else None,
    "AVG": lambda one: math.fsum(float(each) for each in one) / len(one) if len(one) else None,
    "MIN": lambda one: min(one, default=None),
    "MAX": lambda one: max(one, default=None),
    "COUNT": len,
    "MEDIAN": lambda one: float(pd.Series([float(each) for each in one]).median()) if len(one) else None,
}


class NotKnown(Exception):
    """An expression, or a filter, that this does not compute."""


def rows(query: Query, data: pd.DataFrame) -> list[dict[str, Any]]:
    """What the query gives, in any order."""
    for one in query.filters:
        data = data[_mask(one, data)]
    fields = [one for one in query.fields if "associative_filter_predicate_group" not in one.expression]
    if not fields:
        return data.to_dict("records")
    keys: dict[str, pd.Series] = {}
    measures: dict[str, Callable[[pd.DataFrame], Any]] = {}
    for field in fields:
        measure = _measure(field.expression)
        if measure is not None:
            measures[field.name] = measure
        else:
            keys[field.name] = _key(field.expression, data)
    table = pd.DataFrame(keys, index=data.index) if keys else pd.DataFrame(index=data.index)
    if query.disaggregated:
        return table.to_dict("records")
    if not keys:
        return [{name: measure(data) for name, measure in measures.items()}]
    found = []
    groups: dict[tuple[Any, ...], list[Any]] = {}
    for at, values in zip(table.index, table.itertuples(index=False, name=None), strict=True):
        groups.setdefault(tuple(None if _is_null(one) else one for one in values), []).append(at)
    for values, places in groups.items():
        some = data.loc[places]
        found.append(dict(zip(keys, values, strict=True)) | {name: one(some) for name, one in measures.items()})
    return found


def same(found: list[dict[str, Any]], wanted: list[dict[str, Any]]) -> str:
    """ "" if they are the same rows in any order: exactly, but for DOUBLE to a part in 1e9. Else what differs."""
    if len(found) != len(wanted):
        return f"{len(found)} rows and not {len(wanted)}"
    names = list(wanted[0]) if wanted else []

    def key(row: dict[str, Any]) -> list[str]:
        return [repr(_rough(row[name])) for name in names]

    for one, other in zip(sorted(found, key=key), sorted(wanted, key=key), strict=True):
        for name in names:
            if not alike(one[name], other[name]):
                return f"{name}: {one[name]!r} and not {other[name]!r}"
    return ""


def inside(found: list[dict[str, Any]], wanted: list[dict[str, Any]]) -> str:
    """ "" if each row is one of the wanted ones: of rows that a limit has cut."""
    known = {str([_rough(row[name]) for name in wanted[0]]) for row in wanted}
    strange = [row for row in found if str([_rough(row[name]) for name in wanted[0]]) not in known]
    return f"{strange[0]} is none of the rows" if strange else ""


def alike(one: Any, other: Any) -> bool:
    one, other = _plain(one), _plain(other)
    if one is None or other is None:
        return one is None and other is None
    if isinstance(one, float) or isinstance(other, float):
        return math.isclose(float(one), float(other), rel_tol=1e-9, abs_tol=1e-12)
    return bool(one == other)


def _rough(value: Any) -> Any:
    value = _plain(value)
    return (1, f"{float(value):.6e}") if isinstance(value, int | float | Decimal) else (0, str(value))


def _plain(value: Any) -> Any:
    """Python's own, without a time zone; midnight is its day."""
    if _is_null(value):
        return None
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, datetime):
        value = value.replace(tzinfo=None)
        value = value.to_pydatetime() if isinstance(value, pd.Timestamp) else value
        return value.date() if value.time() == datetime.min.time() else value
    return value


def _is_null(value: Any) -> bool:
    return value is None or value is pd.NaT or (isinstance(value, float) and math.isnan(value))


def _series(data: pd.DataFrame, quoted: str) -> pd.Series:
    name = quoted.replace("``", "`")
    if name not in data.columns:
        raise NotKnown(name)
    return data[name]


def _measure(expression: str) -> Callable[[pd.DataFrame], Any] | None:
    if expression in {"COUNT(`*`)", "COUNT(*)"}:
        return len
    if found := re.fullmatch(rf"(SUM|AVG|MIN|MAX|COUNT|MEDIAN)\({COLUMN}\)", expression):
        return lambda some: AGGREGATES[found[1]](_series(some, found[2]).dropna())
    if found := re.fullmatch(rf"COUNT\(DISTINCT {COLUMN}\)", expression):
        return lambda some: int(_series(some, found[1]).dropna().nunique())
    if found := re.fullmatch(rf"PERCENTILE\({COLUMN}, ([0-9.]+)\)", expression):
        return lambda some: float(_series(some, found[1]).dropna().astype(float).quantile(float(found[2])))
    return None


def _key(expression: str, data: pd.DataFrame) -> pd.Series:
    if found := re.fullmatch(COLUMN, expression):
        return _series(data, found[1])
    if found := re.fullmatch(rf'DATE_TRUNC\("(\w+)", {COLUMN}\)', expression):
        return _series(data, found[2]).map(lambda one: None if _is_null(one) else _cut(one, found[1]))
    if found := re.fullmatch(rf"BIN_FLOOR\({COLUMN}, ([0-9.]+)\)", expression):
        width = float(found[2])
        return _series(data, found[1]).map(
            lambda one: None if _is_null(one) else math.floor(float(one) / width) * width
        )
    raise NotKnown(expression)


def _cut(value: Any, unit: str) -> datetime:
    at = datetime(value.year, value.month, value.day)
    match unit:
        case "HOUR":
            return at + timedelta(hours=value.hour)
        case "WEEK":
            return at - timedelta(days=at.weekday())
        case "MONTH":
            return at.replace(day=1)
        case "YEAR":
            return at.replace(month=1, day=1)
        case "DAY":
            return at
    raise NotKnown(unit)


def _mask(expression: str, data: pd.DataFrame) -> Any:
    if re.fullmatch(rf"{COLUMN} IN \(`.*`\) OR TRUE", expression):
        return [True] * len(data)
    if found := re.fullmatch(rf"{COLUMN} IN \(('[^']*'(?:, ?'[^']*')*)\)", expression):
        return _series(data, found[1]).isin(re.findall(r"'([^']*)'", found[2]))
    raise NotKnown(expression)


def frame(found: list[dict[str, Any]], names: list[str]) -> pd.DataFrame:
    """Rows as a frame of objects: DECIMAL stays exact, a day is a day."""
    return pd.DataFrame({name: pd.Series([row[name] for row in found], dtype=object) for name in names})


def day(value: Any) -> date:
    return value.date() if isinstance(value, datetime) else value
