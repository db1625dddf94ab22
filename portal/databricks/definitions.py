"""A query's parameters as its author defined them: what each is called, takes and was last set to, in their order.

The workspace keeps them with its saved query (`to_api`, `from_api`). What its shapes have no room for (`kept`) goes
into the query's visualization of the portal: bounds, whether a change runs the query, kinds that are not its own.

Source: Databricks REST API reference, "Queries" 2.0, `parameters`: a numeric value is a float, which is exact for whole
numbers up to 2^53 only (others are kept as a text); the options of an enum are one text of lines.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, ValidationError

from portal.databricks import spans, workspace
from portal.shapes import Json
from portal.viewer.given import Given, Short

if TYPE_CHECKING:
    from databricks.sdk.service import sql as api

MOST_OPTIONS = 10_000
LONGEST_VALUE = 200_000
Kind = Literal[
    "text", "number", "date", "timestamp", "boolean", "list", "numbers", "null", "range", "times", "choice"
]  # fmt: skip
"""`list` and `numbers` are typed, with commas between; `range` is of days, `times` of moments; `choice` is out of
`options`, or of the first column of the saved `query`."""


class Joined(Given):
    """How the workspace's editor makes one text of several values."""

    prefix: Short = ""
    separator: Short = ","
    suffix: Short = ""


class Definition(Given):
    """One parameter. `value` is written as an address has it: several values as a JSON list, a range as `from~to` or
    one of `spans.NAMED`. `rerun`: a change of its value runs the query."""

    name: Short
    type: Kind = "text"
    value: Annotated[str, Field(max_length=LONGEST_VALUE)] = ""
    title: Short = ""
    options: Annotated[list[Annotated[str, Field(max_length=1_000)]], Field(max_length=MOST_OPTIONS)] = Field([])
    query: Short | None = None
    multi: bool = False
    joined: Joined | None = None
    min: Short | None = None
    max: Short | None = None
    rerun: bool = False


_KEPT = ("type", "value", "min", "max", "rerun")
Definitions = Annotated[list[Definition], Field(max_length=1_000)]


def to_api(definitions: Iterable[Definition]) -> list[api.QueryParameter]:
    """As the workspace keeps them."""
    return [_to_api(one) for one in definitions]


def kept(definitions: Iterable[Definition]) -> dict[str, dict[str, object]]:
    """By name, what `to_api` has no room for; small, and JSON."""
    found = {}
    for one in definitions:
        there = from_api([_to_api(one)])[0]
        rest = {key: mine for key in _KEPT if (mine := getattr(one, key)) != getattr(there, key)}
        if rest:
            found[one.name] = rest
    return found


def from_api(
    parameters: Sequence[api.QueryParameter] | None, kept: Mapping[str, object] | None = None
) -> tuple[Definition, ...]:
    """What the workspace has, with what the portal kept beside it; what is not of its kind counts as absent."""
    found = []
    for one in (parameters or ())[:1_000]:
        if not one.name:
            continue
        fields: Json = {"name": one.name[:255], "title": (one.title or "")[:255], **_from_api(one)}
        if fields["title"] == fields["name"]:
            fields["title"] = ""
        more = (kept or {}).get(one.name)
        for key, value in more.items() if isinstance(more, Mapping) else ():
            if key in _KEPT and _fits({**fields, key: value}):
                fields[key] = value
        if fields["type"] != "choice":
            fields["options"] = []
        found.append(
            Definition.model_validate(fields) if _fits(fields) else Definition(name=one.name[:255], options=[])
        )
    return tuple(found)


def given(definitions: Iterable[Definition]) -> dict[str, dict[str, object]]:
    """What a statement is run with, as it was last saved: what `portal.databricks.parameters` takes."""
    return {one.name: one.model_dump(include={"type", "value", "min", "max", "multi", "joined"}) for one in definitions}


def words(one: Definition) -> str:
    """A value as a person reads it."""
    if one.type in {"range", "times"} and "~" in one.value:
        return " to ".join(one.value.split("~", 1))
    if one.value in spans.NAMED or one.value in spans.DAYS:
        return one.value.replace("_", " ").capitalize()
    return ", ".join(chosen(one.value)) if one.multi else "NULL" if one.type == "null" else one.value


def _fits(fields: Mapping[str, object]) -> bool:
    try:
        Definition.model_validate(fields)
    except ValidationError:
        return False
    return True


def chosen(value: str) -> list[str]:
    """The values of a `choice` with several: a JSON list of texts."""
    try:
        found = json.loads(value or "[]")
    except ValueError:
        return [value]
    return [str(one) for one in found] if isinstance(found, list) else [value]


def _to_api(one: Definition) -> api.QueryParameter:
    from databricks.sdk.service import sql as api

    made = api.QueryParameter(name=one.name, title=one.title or one.name)
    several = api.MultiValuesOptions(**(one.joined or Joined()).model_dump()) if one.multi else None
    values = [value for value in (chosen(one.value) if one.multi else [one.value]) if one.value]
    match one.type:
        case "number" if _is_exact(one.value):
            made.numeric_value = api.NumericValue(float(one.value))
        case "date" | "timestamp":
            made.date_value = _date(one)
        case "range" | "times":
            made.date_range_value = _range(one)
        case "choice" if one.query:
            made.query_backed_value = api.QueryBackedValue(several, one.query, values)
        case "choice":
            made.enum_value = api.EnumValue("\n".join(one.options), several, values)
        case "boolean":
            made.enum_value = api.EnumValue("true\nfalse", None, values)
        case _:
            made.text_value = api.TextValue(one.value)
    return made


def _is_exact(text: str) -> bool:
    """Whether a float says the same number again."""
    try:
        return Decimal(repr(float(text))) == Decimal(text) and abs(float(text)) <= 2**53
    except (ValueError, InvalidOperation):
        return False


def _date(one: Definition) -> api.DateValue:
    from databricks.sdk.service import sql as api

    precision = _precision(one.type == "date", one.value)
    if one.value in spans.DAYS:
        return api.DateValue(dynamic_date_value=api.DateValueDynamicDate(one.value), precision=precision)
    return api.DateValue(date_value=None if "now" in one.value else one.value or None, precision=precision)


def _range(one: Definition) -> api.DateRangeValue:
    from databricks.sdk.service import sql as api

    precision = _precision(one.type == "range", one.value)
    if one.value in spans.NAMED:
        named = api.DateRangeValueDynamicDateRange(one.value)
        return api.DateRangeValue(dynamic_date_range_value=named, precision=precision)
    start, _, end = one.value.partition("~")
    written = api.DateRange(start, end) if start and end and "now" not in one.value else None
    return api.DateRangeValue(written, precision=precision)


def _precision(is_day: bool, value: str) -> api.DatePrecision:
    from databricks.sdk.service import sql as api

    if is_day:
        return api.DatePrecision.DAY_PRECISION
    return api.DatePrecision.SECOND_PRECISION if value.count(":") != 1 else api.DatePrecision.MINUTE_PRECISION


def _from_api(one: api.QueryParameter) -> Json:
    """The members of a definition by the one value that is there."""
    if (number := one.numeric_value) is not None:
        return {"type": "number", "value": _plain(number.value)}
    if (date := one.date_value) is not None:
        days = workspace.word(date.precision) in {"", "DAY_PRECISION"}
        value = workspace.word(date.dynamic_date_value) or date.date_value or ""
        return {"type": "date" if days else "timestamp", "value": value}
    if (span := one.date_range_value) is not None:
        days = workspace.word(span.precision) in {"", "DAY_PRECISION"}
        ends = span.date_range_value
        value = workspace.word(span.dynamic_date_range_value) or (f"{ends.start}~{ends.end}" if ends else "")
        return {"type": "range" if days else "times", "value": value}
    if (enum := one.enum_value) is not None:
        options = [line for line in (enum.enum_options or "").split("\n") if line][:MOST_OPTIONS]
        return {"type": "choice", "options": options, **_values(enum)}
    if (backed := one.query_backed_value) is not None:
        return {"type": "choice", "query": backed.query_id, **_values(backed)}
    return {"type": "text", "value": (one.text_value.value if one.text_value else None) or ""}


def _values(of: api.EnumValue | api.QueryBackedValue) -> Json:
    values = list(of.values or ())
    if of.multi_values_options is None:
        return {"value": values[0] if values else ""}
    several = of.multi_values_options
    joined = Joined(
        prefix=several.prefix or "",
        separator="," if several.separator is None else several.separator,
        suffix=several.suffix or "",
    )
    return {"value": json.dumps(values, ensure_ascii=False) if values else "", "multi": True, "joined": joined}


def _plain(number: float | None) -> str:
    """A float as a person writes it: 42, not 42.0."""
    return "" if number is None else format(Decimal(repr(number)).normalize(), "f")
