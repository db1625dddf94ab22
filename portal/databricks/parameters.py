"""What a viewer set a statement's parameters to, as typed statement parameters: bound by Databricks, never spliced.

Their kinds are those of `definitions`. A date that moves with the day is settled first (`settled`), so that whatever
runs the statement once more takes the same days. Several values have no parameter type of their own. By where the
marker stands they become

    IN (:p)                  as many markers as there are values
    from_json(:p, …)         one JSON text
    array_contains(:p, …)    and the like: from_json of a JSON text, as AI/BI dashboards do
    anywhere else            of a `choice` one text with commas between, as the workspace's SQL editor does

A range's ends are `:p.min` and `:p.max`. Names of markers that are added are ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, tzinfo
from decimal import Decimal

from portal.databricks import marking, several, spans, sqltext
from portal.databricks.dates import NoDate
from portal.databricks.marking import Edit
from portal.databricks.numbers import Missing, number_type
from portal.databricks.statements import Parameter

Given = Mapping[str, object]
"""Of one parameter: `type` and `value`; `min` and `max` of a number; `multi` and `joined` of a choice."""


def settled(given: Mapping[str, Given], now: datetime, zone: tzinfo) -> dict[str, Given]:
    """The same with days written out instead of relative to `now`; raises `Missing` for what is no date."""
    found: dict[str, Given] = {}
    for name, one in given.items():
        kind, value = str(one.get("type")), str(one.get("value") or "")
        try:
            match kind:
                case "date":
                    value = spans.day(value, now, zone)
                case "timestamp":
                    value = spans.moment(value, now, zone)
                case "range":
                    value = "~".join(spans.days(value, now, zone))
                case "times":
                    value = "~".join(spans.moments(value, now, zone))
                case _:
                    found[name] = one
                    continue
        except NoDate:
            raise _unfit(name, kind) from None
        found[name] = {**one, "value": value}
    return found


def bound(sql: str, given: Mapping[str, object]) -> tuple[str, tuple[Parameter, ...]]:
    """The text to run and the parameters that it names; raises `Missing`, with a sentence that names the parameter."""
    found = sqltext.markers(sql)
    taken = {name.lower() for name in found}
    around = marking.places(sql) if found else {}
    params: list[Parameter] = []
    edits: list[Edit] = []
    for name, places in found.items():
        one = given.get(name)
        if not isinstance(one, Mapping):
            raise Missing(f"The parameter :{name} has no value.")
        kind = str(one.get("type"))
        if kind in {"range", "times"}:
            more, changes = _range(sql, name, one, places, taken)
        elif values := several.read(name, one):
            more, changes = values.bound(places, around, taken)
        else:
            is_count = any(around.get(start) == "count" for start, _ in places)
            more, changes = [_parameter(name, kind, one, is_count)], []
        params += more
        edits += changes
    return marking.edited(sql, edits), tuple(params)


def _range(
    sql: str, name: str, one: Given, places: list[tuple[int, int]], taken: set[str]
) -> tuple[list[Parameter], list[Edit]]:
    kind = str(one.get("type"))
    low, _, high = str(one.get("value") or "").partition("~")
    ends = {"min": low, "max": high}
    names: dict[str, str] = {}
    edits: list[Edit] = []
    for start, end in places:
        named = marking.part(sql, end)
        if named is None:
            raise Missing(f"The parameter :{name} is a range: write :{name}.min and :{name}.max.")
        if named[0] not in names:
            names[named[0]] = marking.free(f"{name}_{named[0]}", taken)
        edits.append((start, named[1], f":{names[named[0]]}"))
    own = "date" if kind == "range" else "timestamp"
    if not all(_is(date if kind == "range" else datetime, end) for end in ends.values()):
        raise _unfit(name, kind)
    return [_parameter(names[end], own, {"value": ends[end]}) for end in names], edits


def _parameter(name: str, kind: str, one: Given, is_count: bool = False) -> Parameter:
    value = str(one.get("value") if one.get("value") is not None else "")
    text = value.strip()
    match kind:
        case "text":
            return Parameter(name, value, "STRING")
        case "choice":
            if not value:
                raise Missing(f"Nothing is chosen for :{name}.")
            return Parameter(name, value, "STRING")
        case "null":
            return Parameter(name, None, "VOID")
        case "boolean" if text.lower() in {"true", "false"}:
            return Parameter(name, text.lower(), "BOOLEAN")
        case "number":
            found = _number(name, text, one)
            fits = is_count and found.type == "BIGINT" and abs(int(text)) < 2**31
            return Parameter(name, text, "INT") if fits else found
        case "date" if _is(date, text):
            return Parameter(name, text, "DATE")
        case "timestamp" if _is(datetime, text):
            return Parameter(name, text.replace("T", " "), "TIMESTAMP")
    raise _unfit(name, kind)


def _number(name: str, text: str, one: Given) -> Parameter:
    found = Parameter(name, text, number_type(name, text))
    low, high = (_limit(name, one.get(end)) for end in ("min", "max"))
    value = Decimal(text)
    is_none = value.is_nan() and not low is high is None
    if is_none or (low is not None and value < low) or (high is not None and value > high):
        raise Missing(f"The value of :{name} should be {_within(low, high)}.")
    return found


def _within(low: Decimal | None, high: Decimal | None) -> str:
    if low is None or high is None:
        return f"{low} or more" if high is None else f"{high} or less"
    return f"from {low} to {high}"


def _limit(name: str, text: object) -> Decimal | None:
    if not text:
        return None
    number_type(name, str(text))
    return Decimal(str(text))


_SHOULD = {
    "boolean": "true or false",
    "date": "a date, such as 2026-03-31",
    "timestamp": "a date and time, such as 2026-03-31 17:45",
    "range": "two dates, such as 2026-03-01 to 2026-03-31",
    "times": "two dates and times, such as 2026-03-31 08:00 to 2026-03-31 17:45",
}


def _unfit(name: str, kind: str) -> Missing:
    return Missing(f"The value of :{name} should be {_SHOULD.get(kind, 'of a type that the page knows')}.")


def _is(kind: type[date] | type[datetime], text: str) -> bool:
    try:
        kind.fromisoformat(text)
    except ValueError:
        return False
    return True
