"""What a viewer typed for a statement's parameters, as typed statement parameters: bound by Databricks, never spliced.

A list has no parameter type of its own: its marker becomes as many markers as it has elements (`IN (:ids)` becomes
`IN (:ids_1, :ids_2)`), whose names are ours and whose values are parameters like any other.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from portal.databricks import sqltext
from portal.databricks.statements import Parameter
from portal.viewer.errors import StatementFailed

MOST_ELEMENTS = 1_000
_INTEGER = re.compile(r"[+-]?\d{1,38}")
_DECIMAL = re.compile(r"[+-]?(\d*)\.(\d+)|[+-]?(\d+)\.")
_DOUBLE = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)[eE][+-]?\d+")


class Missing(StatementFailed):
    """A parameter has no value, or one that is not of its type."""

    kind = "parameter"
    title = "Not run"


def bound(sql: str, given: Mapping[str, Any]) -> tuple[str, tuple[Parameter, ...]]:
    """The text to run and the parameters that it names; `given` is `{name: {"type", "value"}}`.

    Raises `Missing`, with a sentence that names the parameter.
    """
    params: list[Parameter] = []
    changes: list[tuple[int, int, str]] = []
    found = sqltext.markers(sql)
    for name, places in found.items():
        one = given.get(name)
        if not isinstance(one, Mapping):
            raise Missing(f"The parameter :{name} has no value.")
        kind, value = str(one.get("type")), str(one.get("value") if one.get("value") is not None else "")
        if kind != "list":
            params.append(_parameter(name, kind, value))
            continue
        elements = _elements(name, value)
        names = _free_names(name, len(elements), found)
        params += [_element(own, element) for own, element in zip(names, elements, strict=True)]
        marker = ", ".join(f":{own}" for own in names)
        changes += [(start, end, marker) for start, end in places]
    for start, end, marker in sorted(changes, reverse=True):
        sql = sql[:start] + marker + sql[end:]
    return sql, tuple(params)


def _parameter(name: str, kind: str, value: str) -> Parameter:
    text = value.strip()
    match kind:
        case "text":
            return Parameter(name, value, "STRING")
        case "null":
            return Parameter(name, None, "VOID")
        case "boolean" if text.lower() in {"true", "false"}:
            return Parameter(name, text.lower(), "BOOLEAN")
        case "number":
            return Parameter(name, text, _number_type(name, text))
        case "date" if _is(date, text):
            return Parameter(name, text, "DATE")
        case "timestamp" if _is(datetime, text):
            return Parameter(name, text.replace("T", " "), "TIMESTAMP")
    raise Missing(f"The value of :{name} should be {_SHOULD.get(kind, 'of a type that the page knows')}.")


_SHOULD = {
    "boolean": "true or false",
    "date": "a date, such as 2026-03-31",
    "timestamp": "a date and time, such as 2026-03-31 17:45",
}


def _number_type(name: str, text: str) -> str:
    if _INTEGER.fullmatch(text):
        return "BIGINT" if -(2**63) <= int(text) < 2**63 else "DECIMAL(38,0)"
    if found := _DECIMAL.fullmatch(text):
        whole, fraction = (found.group(1) or found.group(3) or "").lstrip("0"), found.group(2) or ""
        if len(whole) + len(fraction) <= 38:
            return f"DECIMAL({max(len(whole) + len(fraction), 1)},{len(fraction)})"
    if _DOUBLE.fullmatch(text) or text.lower() in {"nan", "infinity", "-infinity"}:
        return "DOUBLE"
    raise Missing(f"The value of :{name} should be a number, such as 42 or 3.5.")


def _is(kind: type[date] | type[datetime], text: str) -> bool:
    try:
        kind.fromisoformat(text)
    except ValueError:
        return False
    return True


def _elements(name: str, text: str) -> list[Any]:
    """A JSON list, or what stands between commas."""
    if text.lstrip().startswith("["):
        try:
            found = json.loads(text)
        except ValueError:
            raise Missing(f"The list of :{name} starts like a JSON list but is none.") from None
    else:
        found = [part.strip() for part in re.split(r"[,\n]", text) if part.strip()]
        if found and all(_INTEGER.fullmatch(part) for part in found):
            found = [int(part) for part in found]
    if not found:
        raise Missing(f"The list of :{name} is empty: write its elements with commas between them.")
    if len(found) > MOST_ELEMENTS:
        raise Missing(f"The list of :{name} has more than {MOST_ELEMENTS:,} elements.")
    return list(found)


def _element(name: str, value: Any) -> Parameter:
    if value is None:
        return Parameter(name, None, "VOID")
    if isinstance(value, bool):
        return Parameter(name, str(value).lower(), "BOOLEAN")
    if isinstance(value, int | float):
        return Parameter(name, str(value), _number_type(name, str(value)))
    return Parameter(name, value if isinstance(value, str) else json.dumps(value), "STRING")


def _free_names(name: str, count: int, taken: Mapping[str, Any]) -> list[str]:
    """Names for elements that no marker of the text has."""
    lower = {other.lower() for other in taken}
    stem = name
    while any(f"{stem}_{number}".lower() in lower for number in range(1, count + 1)):
        stem += "_"
    return [f"{stem}_{number}" for number in range(1, count + 1)]
