"""What a statement fails with: error classes, texts and SQLSTATEs as Databricks words them.

The texts follow the public error conditions of Databricks and Apache Spark
(https://docs.databricks.com/en/error-messages/error-classes.html). DuckDB's own errors are put into those words by
`portal.sandbox.sql.duckdb_errors`.
"""

from __future__ import annotations

from collections.abc import Iterable


class SqlError(Exception):
    """A statement failed. `str(error)` is what both doors send."""

    def __init__(self, error_class: str, text: str, sqlstate: str, *, line: int = 0, pos: int = 0) -> None:
        self.error_class = error_class
        self.sqlstate = sqlstate
        self.text = text
        where = f"; line {line} pos {pos}" if line else ""
        super().__init__(f"[{error_class}] {text} SQLSTATE: {sqlstate}{where}")


class ParseError(SqlError):
    """The text does not parse; shows the line with a mark under the place, as Spark does."""

    def __init__(
        self, text: str, statement: str, line: int, pos: int, *, error_class: str = "PARSE_SYNTAX_ERROR",
        sqlstate: str = "42601",
    ) -> None:  # fmt: skip
        super().__init__(error_class, text, sqlstate)
        self.line, self.pos = line, pos
        self.args = (
            f"\n[{error_class}] {text} SQLSTATE: {sqlstate} (line {line}, pos {pos})\n\n{marked(statement, line, pos)}",
        )


def marked(statement: str, line: int, pos: int) -> str:
    """The statement with `---^^^` below the place."""
    lines = statement.split("\n")
    shown = [*lines[:line], "-" * pos + "^^^", *lines[line:]]
    return "== SQL ==\n" + "\n".join(shown) + "\n"


def quoted(*parts: str) -> str:
    """`a`.`b`.`c`, a backtick inside doubled."""
    return ".".join(f"`{part.replace('`', '``')}`" for part in parts)


def syntax(near: str | None, statement: str, line: int, pos: int) -> ParseError:
    place = f"'{near}'" if near is not None else "end of input"
    return ParseError(f"Syntax error at or near {place}.", statement, line, pos)


def table_not_found(parts: Iterable[str], line: int = 0, pos: int = 0) -> SqlError:
    text = (
        f"The table or view {quoted(*parts)} cannot be found. Verify the spelling and correctness of the schema and "
        "catalog.\nIf you did not qualify the name with a schema, verify the current_schema() output, or qualify the "
        "name with the correct schema and catalog.\nTo tolerate the error on drop use DROP VIEW IF EXISTS or DROP "
        "TABLE IF EXISTS."
    )
    return SqlError("TABLE_OR_VIEW_NOT_FOUND", text, "42P01", line=line, pos=pos)


def table_exists(parts: Iterable[str]) -> SqlError:
    text = (
        f"Cannot create table or view {quoted(*parts)} because it already exists.\nChoose a different name, drop or "
        "replace the existing object, add the IF NOT EXISTS clause to tolerate pre-existing objects, add the OR "
        "REPLACE clause to replace the existing materialized view, or add the OR REFRESH clause to refresh the "
        "existing streaming table."
    )
    return SqlError("TABLE_OR_VIEW_ALREADY_EXISTS", text, "42P07")


def schema_not_found(catalog: str, schema: str) -> SqlError:
    text = (
        f"The schema {quoted(catalog, schema)} cannot be found. Verify the spelling and correctness of the schema and "
        "catalog.\nIf you did not qualify the name with a catalog, verify the current_schema() output, or qualify the "
        "name with the correct catalog.\nTo tolerate the error on drop use DROP SCHEMA IF EXISTS."
    )
    return SqlError("SCHEMA_NOT_FOUND", text, "42704")


def schema_exists(catalog: str, schema: str) -> SqlError:
    text = (
        f"Cannot create schema {quoted(catalog, schema)} because it already exists.\nChoose a different name, drop the "
        "existing schema, or add the IF NOT EXISTS clause to tolerate pre-existing schema."
    )
    return SqlError("SCHEMA_ALREADY_EXISTS", text, "42P06")


def catalog_not_found(catalog: str) -> SqlError:
    text = (
        f"Catalog '{catalog}' was not found. Please verify the catalog name and then retry the query or command again."
    )
    return SqlError("NO_SUCH_CATALOG_EXCEPTION", text, "42704")


def column_not_found(name: str, suggestions: Iterable[str], line: int = 0, pos: int = 0) -> SqlError:
    near = ", ".join(quoted(*suggestion.split(".")) for suggestion in suggestions)
    text = f"A column, variable, or function parameter with name {quoted(*name.split('.'))} cannot be resolved."
    if not near:
        return SqlError("UNRESOLVED_COLUMN.WITHOUT_SUGGESTION", text, "42703", line=line, pos=pos)
    text = f"{text} Did you mean one of the following? [{near}]."
    return SqlError("UNRESOLVED_COLUMN.WITH_SUGGESTION", text, "42703", line=line, pos=pos)


def routine_not_found(name: str, catalog: str, schema: str, line: int = 0, pos: int = 0) -> SqlError:
    path = f"[{quoted('system', 'builtin')}, {quoted('system', 'session')}, {quoted(catalog, schema)}]"
    text = (
        f"Cannot resolve routine {quoted(name)} on search path {path}. Verify the spelling of {quoted(name)}, check "
        "that the routine exists, and confirm you have `USE` privilege on the catalog and schema, and `EXECUTE` on "
        "the routine."
    )
    return SqlError("UNRESOLVED_ROUTINE", text, "42883", line=line, pos=pos)


def insufficient(privilege: str, securable: str, name: str) -> SqlError:
    text = f"Insufficient privileges:\nUser does not have {privilege} on {securable} '{name}'."
    return SqlError("INSUFFICIENT_PERMISSIONS", text, "42501")


def unbound_parameter(name: str, line: int = 0, pos: int = 0) -> SqlError:
    text = (
        f"Found the unbound parameter: {name}. Please, fix `args` and provide a mapping of the parameter to either a "
        "SQL literal or collection constructor functions such as `map()`, `array()`, `struct()`."
    )
    return SqlError("UNBOUND_SQL_PARAMETER", text, "42P02", line=line, pos=pos)


def cast_invalid(value: str, target: str, line: int = 0, pos: int = 0) -> SqlError:
    text = (
        f'The value \'{value}\' of the type "STRING" cannot be cast to "{target}" because it is malformed. Correct '
        "the value as per the syntax, or change its target type. Use `try_cast` to tolerate malformed input and return "
        "NULL instead."
    )
    return SqlError("CAST_INVALID_INPUT", text, "22018", line=line, pos=pos)


def view_instead_of_table(name: str) -> SqlError:
    text = f"'{name}' is a view. The operation expects a table."
    return SqlError("EXPECT_TABLE_NOT_VIEW.NO_ALTERNATIVE", text, "42809")


def not_null_violated(column: str) -> SqlError:
    text = f"NOT NULL constraint violated for column: {column}."
    return SqlError("DELTA_NOT_NULL_CONSTRAINT_VIOLATED", text, "23502")


def defaults_not_enabled(command: str) -> SqlError:
    text = (
        f"Failed to execute {command} command because it assigned a column DEFAULT value, but the corresponding table "
        "feature was not enabled. Please retry the command again after executing ALTER TABLE tableName SET "
        "TBLPROPERTIES('delta.feature.allowColumnDefaults' = 'supported')."
    )
    return SqlError("WRONG_COLUMN_DEFAULTS_FOR_DELTA_FEATURE_NOT_ENABLED", text, "0AKDE")


DIVIDE_BY_ZERO = (
    "Division by zero. Use `try_divide` to tolerate divisor being 0 and return NULL instead. If necessary set "
    '"ansi_mode" to "false" to bypass this error.'
)
REMAINDER_BY_ZERO = (
    "Remainder by zero. Use `try_mod` to tolerate divisor being 0 and return NULL instead. If necessary set "
    '"ansi_mode" to "false" to bypass this error.'
)


def overflow(kind: str, alternative: str = "") -> SqlError:
    hint = f" Use '{alternative}' to tolerate overflow and return NULL instead." if alternative else ""
    text = f'{kind} overflow.{hint} If necessary set "ansi_mode" to "false" to bypass this error.'
    return SqlError("ARITHMETIC_OVERFLOW", text, "22003")


class InlineLimit(SqlError):
    """An INLINE result that is too large; the API's own text, without class and SQLSTATE."""

    def __init__(self, limit: int) -> None:
        super().__init__("BAD_REQUEST", "", "")
        self.args = (
            "Inline byte limit exceeded. Statements executed with disposition=INLINE can have a result size of at most "
            f"{limit} bytes. Please execute the statement with disposition=EXTERNAL_LINKS if you want to download the "
            "full result.",
        )


def unsupported(what: str) -> SqlError:
    """The sandbox does not imitate this; worded so that nobody takes it for Databricks' own."""
    return SqlError("UNSUPPORTED_FEATURE.SANDBOX", f"The sandbox does not imitate {what}.", "0A000")
