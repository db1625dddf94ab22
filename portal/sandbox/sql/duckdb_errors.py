"""DuckDB's errors in Databricks' words."""

from __future__ import annotations

import re

import duckdb

from portal.sandbox.sql import errors, parsing
from portal.sandbox.sql.session import SqlSession
from portal.sandbox.sql.types import _FROM_DUCKDB

_OVERFLOW = re.compile(r"Overflow in (\w+) of (\w+)", re.IGNORECASE)
_RAISED = re.compile(r"\[([A-Z_.]+)\] (.*) SQLSTATE: (\w{5})", re.DOTALL)
_ALTERNATIVES = {"addition": "try_add", "subtraction": "try_subtract", "multiplication": "try_multiply"}
_TYPES = {"INT8": "TINYINT", "INT16": "SMALLINT", "INT32": "INT", "INT64": "BIGINT", "BOOL": "BOOLEAN"}
_KINDS = {"INT8": "byte", "INT16": "short", "INT32": "integer", "INT64": "long"}


def translate(error: duckdb.Error, text: str, session: SqlSession) -> errors.SqlError:
    """The nearest Databricks error. What has no near one is INTERNAL_ERROR with DuckDB's first line."""
    message = str(error)
    if raised := _RAISED.search(message):
        return errors.SqlError(raised[1], raised[2], raised[3])
    first = message.split("\n", 1)[0]
    for pattern, make in _PATTERNS:
        if found := re.search(pattern, message, re.DOTALL):
            return make(found, text, session)
    if isinstance(error, duckdb.ParserException):
        near = re.search(r'at or near "(.*?)"', message)
        offset = text.lower().find(near[1].lower()) if near else -1
        line, pos = parsing.place(text, offset) if offset >= 0 else parsing.place(text, len(text))
        return errors.syntax(near[1] if near and offset >= 0 else None, text, line, pos)
    if isinstance(error, duckdb.OutOfRangeException):
        return _overflow(message)
    if isinstance(error, duckdb.BinderException):
        return errors.SqlError("DATATYPE_MISMATCH", first.removeprefix("Binder Error: "), "42K09")
    return errors.SqlError("INTERNAL_ERROR", first, "XX000")


def _overflow(message: str) -> errors.SqlError:
    if found := _OVERFLOW.search(message):
        return errors.overflow(_KINDS.get(found[2].upper(), "long"), _ALTERNATIVES.get(found[1].lower(), ""))
    return errors.overflow("long")


def _place(text: str, name: str) -> tuple[int, int]:
    """Where a name first stands in the text, as (line, position); (0, 0) if it does not."""
    found = re.search(rf"(?<![\w.]){re.escape(name)}(?!\w)", text, re.IGNORECASE)
    return parsing.place(text, found.start()) if found else (0, 0)


def _column(found: re.Match[str], text: str, session: SqlSession) -> errors.SqlError:
    name = found[1]
    candidates = re.search(r"Candidate bindings: (.*?)(?:\n\n|\n*$)", found.string, re.DOTALL)
    suggestions = re.findall(r'"([^"]+)"', candidates[1]) if candidates else []
    return errors.column_not_found(name, suggestions[:5], *_place(text, name))


def _qualified_column(found: re.Match[str], text: str, session: SqlSession) -> errors.SqlError:
    table, name = found[1], found[2]
    return errors.column_not_found(f"{table}.{name}", [], *_place(text, f"{table}.{name}"))


def _cast(found: re.Match[str], text: str, session: SqlSession) -> errors.SqlError:
    target = found[2]
    return errors.cast_invalid(found[1], _TYPES.get(target, _FROM_DUCKDB.get(target.lower(), target)))


def _range(found: re.Match[str], text: str, session: SqlSession) -> errors.SqlError:
    message = (
        f'The value {found[2]} of the type "{_TYPES.get(found[1], found[1])}" cannot be cast to '
        f'"{_TYPES.get(found[3], found[3])}" due to an overflow. Use `try_cast` to tolerate overflow and return NULL '
        'instead. If necessary set "ansi_mode" to "false" to bypass this error.'
    )
    return errors.SqlError("CAST_OVERFLOW", message, "22003")


def _scalar_subquery(found: re.Match[str], text: str, session: SqlSession) -> errors.SqlError:
    message = "More than one row returned by a subquery used as an expression."
    return errors.SqlError("SCALAR_SUBQUERY_TOO_MANY_ROWS", message, "21000")


def _set_operation(found: re.Match[str], text: str, session: SqlSession) -> errors.SqlError:
    operator = next((one for one in ("UNION", "INTERSECT", "EXCEPT") if one in text.upper()), "UNION")
    message = f"{operator} can only be performed on inputs with the same number of columns."
    return errors.SqlError("NUM_COLUMNS_MISMATCH", message, "42826")


def _arity(found: re.Match[str], text: str, session: SqlSession) -> errors.SqlError:
    few = int(found[3]) < int(found[2])
    kind, reason = ("NOT_ENOUGH_DATA_COLUMNS", "not enough") if few else ("TOO_MANY_DATA_COLUMNS", "too many")
    message = (
        f"Cannot write to {errors.quoted(found[1])}, the reason is {reason} data columns: the table has {found[2]} "
        f"columns, the data {found[3]}."
    )
    return errors.SqlError(f"INSERT_COLUMN_ARITY_MISMATCH.{kind}", message, "21S01")


def _date(found: re.Match[str], text: str, session: SqlSession) -> errors.SqlError:
    return errors.cast_invalid(found[2], "TIMESTAMP" if found[1].lower().startswith("timestamp") else "DATE")


def _ambiguous(found: re.Match[str], text: str, session: SqlSession) -> errors.SqlError:
    candidates = ", ".join(errors.quoted(*one.split(".")) for one in re.findall(r'"([^"]+)"', found[2]))
    line, pos = _place(text, found[1])
    message = f"Reference {errors.quoted(found[1])} is ambiguous, could be: [{candidates}]."
    return errors.SqlError("AMBIGUOUS_REFERENCE", message, "42704", line=line, pos=pos)


def _aggregation(found: re.Match[str], text: str, session: SqlSession) -> errors.SqlError:
    name = found[1]
    message = (
        f'The non-aggregating expression "{name}" is based on columns which are not participating in the GROUP BY '
        f"clause.\nAdd the columns or the expression to the GROUP BY, aggregate the expression, or use "
        f'"any_value({name})" if you do not care which of the values within a group is returned.'
    )
    return errors.SqlError("MISSING_AGGREGATION", message, "42803")


def _routine(found: re.Match[str], text: str, session: SqlSession) -> errors.SqlError:
    name = found[1].lower()
    return errors.routine_not_found(name, session.catalog, session.schema, *_place(text, name))


def _arguments(found: re.Match[str], text: str, session: SqlSession) -> errors.SqlError:
    name = found[1].lower()
    line, pos = _place(text, name)
    message = (
        f'Cannot resolve "{name}({found[2]})" due to data type mismatch: no variant of `{name}` takes these types.'
    )
    return errors.SqlError("DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE", message, "42K09", line=line, pos=pos)


_PATTERNS = (
    (r'Referenced column "([^"]+)" not found', _column),
    (r'Referenced table "([^"]+)" not found', lambda found, text, session: errors.column_not_found(found[1], [])),
    (r'Table "([^"]+)" does not have a column named "([^"]+)"', _qualified_column),
    (r'Ambiguous reference to column name "([^"]+)" \(use: (.*?)\)', _ambiguous),
    (r"column \"?([^\" ]+)\"? must appear in the GROUP BY clause", _aggregation),
    (r"Could not convert string '(.*?)' to (\w+)", _cast),
    (
        r"Type (\w+) with value (\S+) can't be cast because the value is out of range for the destination type (\w+)",
        _range,
    ),
    (r"More than one row returned by a subquery", _scalar_subquery),
    (r"Set operations can only apply to expressions with the same number of result columns", _set_operation),
    (r"[Tt]able (\w+) has (\d+) columns but (\d+) values were supplied", _arity),
    (r'invalid (timestamp|date) field format: "(.*?)"', _date),
    (r"Function with name \"?(\w+)\"? does not exist", _routine),
    (r"No function matches the given name and argument types '(\w+)\((.*?)\)'", _arguments),
)
