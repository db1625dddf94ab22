"""The engine's own errors in Databricks' words: neither its name nor its texts reach a client."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable

import duckdb

from portal.sandbox.sql import errors, lexing
from portal.sandbox.sql.session import SqlSession
from portal.sandbox.sql.types import spark_name

log = logging.getLogger(__name__)
Make = Callable[[re.Match[str], str, SqlSession], errors.SqlError]

_OVERFLOW = re.compile(r"Overflow in (\w+) of (\w+)", re.IGNORECASE)
_RAISED = re.compile(r"\[([A-Z_.]+)\] (.*) SQLSTATE: (\w{5})", re.DOTALL)
_ALTERNATIVES = {"addition": "try_add", "subtraction": "try_subtract", "multiplication": "try_multiply"}
_KINDS = {"INT8": "byte", "INT16": "short", "INT32": "integer", "INT64": "long"}
_NEED_OVER = ("row_number", "rank", "dense_rank", "percent_rank", "cume_dist", "ntile", "lag", "lead", "nth_value")
_ANSI = 'If necessary set "ansi_mode" to "false" to bypass this error.'


def translate(error: duckdb.Error, text: str, session: SqlSession) -> errors.SqlError:
    """The nearest Databricks error. What has none is told as something that the sandbox does not imitate."""
    message = str(error)
    if raised := _RAISED.search(message):
        return errors.SqlError(raised[1], raised[2], raised[3])
    for pattern, make in _PATTERNS:
        if found := re.search(pattern, message, re.DOTALL):
            return make(found, text, session)
    if isinstance(error, duckdb.ParserException):
        near = re.search(r'at or near "(.*?)"', message)
        offset = text.lower().find(near[1].lower()) if near else -1
        line, pos = lexing.place(text, offset) if offset >= 0 else lexing.place(text, len(text))
        return errors.syntax(near[1] if near and offset >= 0 else None, text, line, pos)
    if isinstance(error, duckdb.OutOfRangeException):
        return _overflow(message)
    log.warning("an error without a wording: %s", message)
    return errors.unsupported("this statement")


def _overflow(message: str) -> errors.SqlError:
    if found := _OVERFLOW.search(message):
        return errors.overflow(_KINDS.get(found[2].upper(), "long"), _ALTERNATIVES.get(found[1].lower(), ""))
    return errors.overflow("long")


def _place(text: str, name: str) -> tuple[int, int]:
    """Where a name first stands in the text, as (line, position); (0, 0) if it does not."""
    found = re.search(rf"(?<![\w.]){re.escape(name)}(?!\w)", text, re.IGNORECASE)
    return lexing.place(text, found.start()) if found else (0, 0)


def _says(error_class: str, message: str, sqlstate: str) -> Make:
    """An error whose text takes the pattern's groups: `{0}`, types as `{1:type}`."""

    def make(found: re.Match[str], text: str, session: SqlSession) -> errors.SqlError:
        groups = [_Group(group or "") for group in found.groups()]
        return errors.SqlError(error_class, message.format(*groups), sqlstate)

    return make


class _Group(str):
    def __format__(self, spec: str) -> str:
        return spark_name(self) if spec == "type" else str(self)


def _column(found: re.Match[str], text: str, session: SqlSession) -> errors.SqlError:
    name = found[1]
    candidates = re.search(r"Candidate bindings: (.*?)(?:\n\n|\n*$)", found.string, re.DOTALL)
    suggestions = re.findall(r'"([^"]+)"', candidates[1]) if candidates else []
    return errors.column_not_found(name, suggestions[:5], *_place(text, name))


def _qualified_column(found: re.Match[str], text: str, session: SqlSession) -> errors.SqlError:
    table, name = found[1], found[2]
    return errors.column_not_found(f"{table}.{name}", [], *_place(text, f"{table}.{name}"))


def _cast(found: re.Match[str], text: str, session: SqlSession) -> errors.SqlError:
    return errors.cast_invalid(found[1], spark_name(found[2]))


def _range(found: re.Match[str], text: str, session: SqlSession) -> errors.SqlError:
    message = (
        f'The value {found[2]} of the type "{spark_name(found[1])}" cannot be cast to "{spark_name(found[3])}" due to '
        f"an overflow. Use `try_cast` to tolerate overflow and return NULL instead. {_ANSI}"
    )
    return errors.SqlError("CAST_OVERFLOW", message, "22003")


def _set_operation(found: re.Match[str], text: str, session: SqlSession) -> errors.SqlError:
    operator = next((one for one in ("UNION", "INTERSECT", "EXCEPT") if one in text.upper()), "UNION")
    message = f"{operator} can only be performed on inputs with the same number of columns."
    return errors.SqlError("NUM_COLUMNS_MISMATCH", message, "42826")


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
    if name in _NEED_OVER:
        message = f'Window function "{name}()" requires an OVER clause.'
        return errors.SqlError("WINDOW_FUNCTION_WITHOUT_OVER_CLAUSE", message, "42601")
    return errors.routine_not_found(name, session.catalog, session.schema, *_place(text, name))


def _mismatch(found: re.Match[str], text: str, session: SqlSession) -> errors.SqlError:
    """No function or operator for these types."""
    name = found[1].strip("_").lower()
    given = [f'"{spark_name(one)}"' for one in re.split(r",\s*(?![^()]*\))", found[2])] if found[2] else []
    if not name.isidentifier() and len(given) == 2:
        message = (
            f'Cannot resolve "({name})" due to data type mismatch: the left and right operands of the binary operator '
            f"have incompatible types ({given[0]} and {given[1]})."
        )
        return errors.SqlError("DATATYPE_MISMATCH.BINARY_OP_DIFF_TYPES", message, "42K09")
    line, pos = _place(text, name)
    message = f'Cannot resolve "{name}" due to data type mismatch: it takes no parameters of the types ('
    message += f"{', '.join(given)})."
    return errors.SqlError("DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE", message, "42K09", line=line, pos=pos)


def _negative_limit(found: re.Match[str], text: str, session: SqlSession) -> errors.SqlError:
    message = "The limit like expression is invalid. The limit expression must be equal to or greater than 0."
    return errors.SqlError("INVALID_LIMIT_LIKE_EXPRESSION.IS_NEGATIVE", message, "42K0E")


def _out_of_range(found: re.Match[str], text: str, session: SqlSession) -> errors.SqlError:
    clause, most = found[1].removesuffix(" BY"), found[2]
    given = [int(one) for one in re.findall(rf"{clause}\s+BY\s[^;]*?\b(\d+)\b", text, re.IGNORECASE)]
    position = next((one for one in given if not 1 <= one <= int(most)), int(most) + 1)
    message = f"{clause} BY position {position} is not in select list (valid range is [1, {most}])."
    return errors.SqlError(f"{clause}_BY_POS_OUT_OF_RANGE", message, "42805")


def _not_null(found: re.Match[str], text: str, session: SqlSession) -> errors.SqlError:
    return errors.not_null_violated(found[1])


def _values(found: re.Match[str], text: str, session: SqlSession) -> errors.SqlError:
    message = "Inline table expected the same number of columns in every row."
    return errors.SqlError("INVALID_INLINE_TABLE.NUM_COLUMNS_MISMATCH", message, "42000")


_REGEXP = (
    r"missing [\])]|no argument for repetition|invalid escape sequence|invalid character class|bad repetition|"
    r"unexpected \)|trailing \\|invalid perl operator|invalid repetition size|invalid named capture|invalid UTF-8"
)
_PATTERNS: tuple[tuple[str, Make], ...] = (
    (r'Referenced column "([^"]+)" (?:was )?not found', _column),
    (r'Column "([^"]+)" in (?:EXCLUDE|REPLACE) list not found', _column),
    (r'Referenced table "([^"]+)" not found', lambda found, text, session: errors.column_not_found(found[1], [])),
    (r'(?:Table|Values list|Subquery) "([^"]+)" does not have a column named "([^"]+)"', _qualified_column),
    (r'Ambiguous reference to column name "([^"]+)" \(use: (.*?)\)', _ambiguous),
    (r"column \"?([^\" ]+)\"? must appear in the GROUP BY clause", _aggregation),
    (r"Could not convert string '(.*?)' to ([\w() ,]+)", _cast),
    (
        r"Type (\w+) with value (\S+) can't be cast because the value is out of range for the destination type (\w+)",
        _range,
    ),
    (
        r"Could not cast value (\S+) to DECIMAL\((\d+),(\d+)\)",
        _says(
            "NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION",
            "The value {0} cannot be represented as Decimal({1}, {2}). If necessary set \"ansi_mode\" to \"false\" to "
            "bypass this error, and return NULL instead.",
            "22003",
        ),
    ),
    (
        r"DEFAULT value cannot contain subqueries",
        _says(
            "INVALID_DEFAULT_VALUE.SUBQUERY_EXPRESSION",
            "Failed to execute the command because a column has a DEFAULT value which contains subquery expressions.",
            "42623",
        ),
    ),
    (
        r"Unimplemented type for cast \((.*?) -> (.*?)\)(?: when|\n|$)",
        _says(
            "DATATYPE_MISMATCH.CAST_WITHOUT_SUGGESTION",
            'Cannot resolve "CAST" due to data type mismatch: cannot cast "{0:type}" to "{1:type}".',
            "42K09",
        ),
    ),
    (
        r"More than one row returned by a subquery",
        _says("SCALAR_SUBQUERY_TOO_MANY_ROWS", "More than one row returned by a subquery used as an expression.",
              "21000"),
    ),
    (
        r"Subquery returns (\d+) columns - expected 1",
        _says("INVALID_SUBQUERY_EXPRESSION.SCALAR_SUBQUERY_RETURN_MORE_THAN_ONE_OUTPUT_COLUMN",
              "Scalar subquery must return only one column, but returned {0}.", "42823"),
    ),
    (r"Set operations can only apply to expressions with the same number of result columns", _set_operation),
    (r'invalid (timestamp|date) field format: "(.*?)"', _date),
    (r'(timestamp|date) field value out of range: "(.*?)"', _date),
    (
        r"Date out of range: (\S+)",
        _says("DATETIME_FIELD_OUT_OF_BOUNDS.WITH_SUGGESTION", f"Invalid value for a field of the date {{0}}. {_ANSI}",
              "22023"),
    ),
    (
        r'Could not parse string "(.*?)" according to format',
        _says("CANNOT_PARSE_TIMESTAMP", "Text '{0}' could not be parsed at index 0. Use `try_to_timestamp` to tolerate "
              "invalid input string and return NULL instead.", "22007"),
    ),
    (r"Unknown TimeZone '(.*?)'",
     _says("INVALID_TIMEZONE", "The timezone: {0} is invalid. The timezone must be either a region-based zone ID or a "
           "zone offset.", "22009")),
    (r'extract specifier "(.*?)" not recognized',
     _says("INVALID_EXTRACT_FIELD", "Cannot extract `{0}` from the expression.", "42601")),
    (r"Malformed JSON .*Input: \"(.*)\"",
     _says("MALFORMED_RECORD_IN_PARSING.WITHOUT_SUGGESTION",
           "Malformed records are detected in record parsing: {0}.\nParse Mode: FAILFAST.", "22023")),
    (rf"Invalid Input Error: (?:{_REGEXP})",
     _says("INVALID_PARAMETER_VALUE.PATTERN", "The value of parameter(s) `regexp` in the function is invalid: it is no "
           "regular expression.", "22023")),
    (r"[Ii]nvalid input for hex digit|Could not decode string \"(.*?)\" as base64",
     _says("CONVERSION_INVALID_INPUT", 'The value cannot be converted to "BINARY" because it is malformed. Correct the '
           "value as per the syntax, or change its format.", "22018")),
    (r"Failure in decode",
     _says("MALFORMED_CHARACTER_CODING", "Invalid value found when performing `decode` with UTF-8", "22000")),
    (r"WHERE clause cannot contain (?:aggregates|window functions|UNNEST)",
     _says("INVALID_WHERE_CONDITION", "The WHERE condition contains invalid expressions.\nRewrite the query to avoid "
           "window functions, aggregate functions, and generator functions in the WHERE clause.", "42903")),
    (r"aggregate function calls cannot be nested",
     _says("NESTED_AGGREGATE_FUNCTION", "It is not allowed to use an aggregate function in the argument of another "
           "aggregate function. Please use the inner aggregate function in a sub-query.", "42607")),
    (r'Could not find key "(.*?)" in struct', _says("FIELD_NOT_FOUND", "No such struct field `{0}`.", "42704")),
    (r'Column "(.*?)" does not exist on (left|right) side of join',
     _says("UNRESOLVED_USING_COLUMN_FOR_JOIN", "USING column `{0}` cannot be resolved on the {1} side of the join.",
           "42703")),
    (r"UNNEST\(\) can only be applied to lists, structs and NULL, not (.*?)\n",
     _says("DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE", 'Cannot resolve "explode" due to data type mismatch: The first '
           'parameter requires the ("ARRAY" or "MAP") type, however it has the type "{0:type}".', "42K09")),
    (r"QUANTILE can only take parameters",
     _says("DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE", 'Cannot resolve "percentile" due to data type mismatch: the '
           "`percentage` must be between [0.0, 1.0].", "42K09")),
    (r"ntile must be greater than zero",
     _says("DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE", 'Cannot resolve "ntile" due to data type mismatch: the `buckets` '
           "must be between (0, 2147483647].", "42K09")),
    (r"interval cannot be 0", _says("INVALID_PARAMETER_VALUE.STEP", "The step must not be 0.", "22023")),
    (r"Cannot combine types (.*?) and (.*?) -",
     _says("INVALID_INLINE_TABLE.INCOMPATIBLE_TYPES_IN_INLINE_TABLE",
           'Found incompatible types in a column for inline table: "{0:type}" and "{1:type}".', "42000")),
    (r"VALUES lists must all be the same length", _values),
    (r"LIMIT/OFFSET cannot be negative", _negative_limit),
    (r"NOT NULL constraint failed: .*\.([^.\s]+)", _not_null),
    (r"Duplicate struct entry name \"(.*?)\"",
     lambda found, text, session: errors.unsupported("structs whose fields have equal names, made of columns")),
    (r"Transaction conflict|Conflict on (?:update|tuple)|write-write conflict",
     _says("DELTA_CONCURRENT_APPEND.WITHOUT_HINT", "Transaction conflict detected. A concurrent operation changed the "
           "table. Please retry the operation.", "2D521")),
    (r"Out of Memory|could not allocate|failed to (?:allocate|pin)",
     lambda found, text, session: errors.unsupported("statements that need so much memory")),
    (r"(ORDER|GROUP BY) term out of range - should be between 1 and (\d+)", _out_of_range),
    (r"Cannot extract field '.*?' from expression \"(.*?)\" because it is not",
     _says("INVALID_EXTRACT_BASE_FIELD_TYPE", 'Cannot extract a value from "{0}". Need a complex type [STRUCT, ARRAY, '
           "MAP].", "42000")),
    (r'Referenced update column (.+?) not found in table',
     lambda found, text, session: errors.column_not_found(found[1], (), *_place(text, found[1]))),
    (r"Function with name \"?(\w+)\"? does not exist", _routine),
    (r"No function matches the given name and argument types '(.+?)\((.*?)\)'\.", _mismatch),
    (r"Could not choose a best candidate function for the function call \"(.+?)\((.*?)\)\"\.", _mismatch),
    (r"Cannot deduce template type .* in function: '(\w+)\((.*?)\) ->", _mismatch),
)  # fmt: skip
