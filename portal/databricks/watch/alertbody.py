"""An alert's members as the API has them, from what a dialog was given, and back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from portal.shapes import Json
from portal.viewer.errors import PortalError

OPERATORS = {
    "GREATER_THAN": "is above",
    "GREATER_THAN_OR_EQUAL": "is at least",
    "LESS_THAN": "is below",
    "LESS_THAN_OR_EQUAL": "is at most",
    "EQUAL": "equals",
    "NOT_EQUAL": "differs from",
    "IS_NULL": "is empty (NULL)",
    "IS_NOT_NULL": "is not empty",
}
AGGREGATIONS = {
    "": "first row",
    "SUM": "sum",
    "AVG": "mean",
    "COUNT": "count",
    "COUNT_DISTINCT": "distinct values",
    "MIN": "least",
    "MAX": "largest",
    "MEDIAN": "median",
    "STDDEV": "standard deviation",
}
NO_ROWS = "NO_ROWS"
"""The dialog's word for: fires where the result has no row."""
_MARK = re.compile(r"portal-query=([0-9A-Za-z-]{8,64})")
_NUMBER = re.compile(r"-?\d+(\.\d+)?", re.ASCII)


@dataclass(frozen=True)
class Condition:
    """`operator` is one of `OPERATORS`, or `NO_ROWS`."""

    column: str
    aggregation: str
    operator: str
    threshold: str


def condition(values: Mapping[str, object]) -> Condition:
    """What a dialog's fields say. `PortalError` says what is wrong."""
    operator = str(values.get("operator") or "")
    column = str(values.get("column") or "").strip()
    aggregation = str(values.get("aggregation") or "")
    threshold = str(values.get("threshold") or "").strip()
    if operator != NO_ROWS and (operator not in OPERATORS or aggregation not in AGGREGATIONS):
        raise PortalError("There is no such comparison, so nothing was done.")
    if not column:
        raise PortalError("An alert needs a column of the result to look at, so nothing was done.")
    if operator in OPERATORS and not operator.startswith("IS_") and not threshold:
        raise PortalError("An alert needs a threshold to compare with, so nothing was done.")
    return Condition(column[:255], aggregation, operator, threshold[:1000])


def evaluation(given: Condition, told: tuple[dict[str, str], ...]) -> Json:
    """AlertV2Evaluation. Of "no rows", the comparison is one that no row meets (`is_no_rows`)."""
    no_rows = given.operator == NO_ROWS
    source: Json = {"name": given.column}
    if given.aggregation and not no_rows:
        source["aggregation"] = given.aggregation
    found: Json = {
        "source": {"name": given.column, "aggregation": "COUNT"} if no_rows else source,
        "comparison_operator": "LESS_THAN" if no_rows else given.operator,
        "empty_result_state": "TRIGGERED" if no_rows else "OK",
        "notification": {"notify_on_ok": True, "subscriptions": list(told)},
    }
    if no_rows:
        found["threshold"] = {"value": {"double_value": 0}}
    elif not given.operator.startswith("IS_"):
        found["threshold"] = {"value": _value(given.threshold)}
    return found


def is_no_rows(evaluation_: Json) -> bool:
    """Whether it fires where there are no rows, and never else."""
    return (
        evaluation_.get("empty_result_state") == "TRIGGERED"
        and evaluation_.get("comparison_operator") == "LESS_THAN"
        and (evaluation_.get("source") or {}).get("aggregation") == "COUNT"
        and threshold_text(evaluation_.get("threshold")) == "0"
    )


def known(evaluation_: Json) -> Condition:
    """What the dialog's fields say of an alert that is there."""
    source = evaluation_.get("source") or {}
    operator = NO_ROWS if is_no_rows(evaluation_) else str(evaluation_.get("comparison_operator") or "")
    return Condition(
        str(source.get("display") or source.get("name") or ""), str(source.get("aggregation") or ""), operator,
        threshold_text(evaluation_.get("threshold")),
    )  # fmt: skip


def edited(before: Json, given: Condition, told: tuple[dict[str, str], ...]) -> Json:
    """An evaluation with what the dialog has fields for; whatever else it says stays, as does what was not changed.

    A threshold may be a column, or a text of digits, and an alert may fire or fail on no rows too: the dialog has no
    words for these, so what it shows unchanged is not written anew.
    """
    was, found = known(before), evaluation(given, told)
    rest = {name: one for name, one in before.items() if name not in ("state", "last_evaluated_at")}
    notification = {**(before.get("notification") or {}), "subscriptions": list(told)}
    if given == was:
        return {**rest, "notification": notification}
    if given.column == was.column and NO_ROWS not in (given.operator, was.operator):
        kept = {name: one for name, one in (before.get("source") or {}).items() if name != "aggregation"}
        found["source"] = kept | ({"aggregation": given.aggregation} if given.aggregation else {})
    if "threshold" in found and given.threshold == was.threshold and NO_ROWS not in (given.operator, was.operator):
        found["threshold"] = before["threshold"]
    if NO_ROWS not in (given.operator, was.operator) and "empty_result_state" in before:
        found["empty_result_state"] = before["empty_result_state"]
    rest.pop("threshold", None)
    return {**rest, **found, "notification": notification}


def _value(text: str) -> Json:
    if _NUMBER.fullmatch(text):
        return {"double_value": float(text)}
    if text.lower() in ("true", "false"):
        return {"bool_value": text.lower() == "true"}
    return {"string_value": text}


def threshold_text(operand: object) -> str:
    """A threshold as text: a number without needless places, a text, or the name of a column."""
    if not isinstance(operand, dict):
        return ""
    if isinstance(operand.get("column"), dict):
        return f"column {operand['column'].get('name', '')}"
    value = next((one for one in (operand.get("value") or {}).values() if one is not None), "")
    if isinstance(value, bool):
        return str(value).lower()
    return f"{value:.15g}" if isinstance(value, float) else str(value)


def told(evaluation_: Json) -> tuple[str, ...]:
    subscriptions = (evaluation_.get("notification") or {}).get("subscriptions") or []
    return tuple(str(one.get("user_email") or one.get("destination_id") or "") for one in subscriptions)


def description(name: str, query_id: str) -> str:
    """What subscribers read; by its end the query is found again."""
    return f"From the saved query “{name}” of the data portal (portal-query={query_id})."


def query_of(text: str) -> str:
    """The id of the query that a description names; "" for none."""
    found = _MARK.search(text)
    return found[1] if found else ""
