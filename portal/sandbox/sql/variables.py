"""Variables of a session and of a script: DECLARE, SET VAR, DROP VARIABLE, EXECUTE IMMEDIATE's values."""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from portal.sandbox.sql import errors, lexing
from portal.sandbox.sql.context import Context, Rows
from portal.sandbox.sql.session import Variable
from portal.sandbox.sql.types import VOID, SqlType
from portal.sandbox.sql.words import Words


def declare(context: Context, words: Words) -> Rows:
    """`DECLARE [OR REPLACE] [VARIABLE] name [, name] [type] [DEFAULT|= expression]`."""
    words.need("DECLARE")
    replaced = words.take("OR", "REPLACE")
    words.take_any("VARIABLE", "VAR")
    names = [words.name()[-1].lower()]
    while words.take(","):
        names.append(words.name()[-1].lower())
    if words.peek in ("CONDITION", "CONTINUE", "EXIT", "HANDLER"):
        raise errors.unsupported(f"DECLARE … {words.peek}")
    type_ = words.sql_type() if words.more and words.peek not in ("DEFAULT", "=") else None
    default = words.rest() if words.take("DEFAULT") or words.take("=") else "NULL"
    words.end()
    for name in names:
        if name in context.session.variables and not replaced and not context.in_script:
            raise exists(name)
        context.session.variables[name] = evaluated(context, default, type_, default)
    return Rows()


def exists(name: str) -> errors.SqlError:
    text = (
        f"Cannot create the variable {errors.quoted('system', 'session', name)} because it already exists. Choose a "
        "different name, or drop or replace the existing variable."
    )
    return errors.SqlError("VARIABLE_ALREADY_EXISTS", text, "42723")


def assign(context: Context, words: Words) -> Rows:
    """What stands behind `SET VAR`: `a = 1, b = DEFAULT`, or `(a, b) = (SELECT …)`."""
    if words.peek == "(":
        names = words.names()
        words.need("=")
        _from_query(context, [name.lower() for name in names], words.rest())
        return Rows()
    found: dict[str, Variable] = {}
    while True:
        name = words.name()[-1].lower()
        old = known(context, name)
        words.need("=")
        value = words.expression()
        found[name] = evaluated(context, old.default if value.upper() == "DEFAULT" else value, old.type, old.default)
        if not words.take(","):
            break
    words.end()
    context.session.variables.update(found)
    return Rows()


def drop(context: Context, words: Words) -> Rows:
    """What stands behind `DROP TEMPORARY VARIABLE`."""
    tolerant = words.take("IF", "EXISTS")
    name = words.name()[-1].lower()
    words.end()
    if not tolerant:
        known(context, name)
    context.session.variables.pop(name, None)
    return Rows()


def known(context: Context, name: str) -> Variable:
    found = context.session.variables.get(name)
    if found is None:
        text = f"Cannot resolve variable {errors.quoted(name)} on search path `SYSTEM`.`SESSION`."
        raise errors.SqlError("UNRESOLVED_VARIABLE", text, "42883")
    return found


def _from_query(context: Context, names: list[str], query: str) -> None:
    """One row's values; NULL for none."""
    text = query.strip().removeprefix("(").removesuffix(")") if query.strip().startswith("(") else query
    into(context, names, text)


def into(context: Context, names: list[str], text: str) -> None:
    """Set variables to the columns of a query's one row."""
    tree = context.translator.tree(lexing.read(text), context.parameters)
    query = context.translator.query(tree, text)
    context.load(query.schemas)
    found = context.run(f"SELECT * FROM ({query.sql}) LIMIT 2")
    width = len(found.description or [])
    if width != len(names):
        message = f"Assignment of {width} columns to {len(names)} variables."
        raise errors.SqlError("ASSIGNMENT_ARITY_MISMATCH", message, "42802")
    rows = found.fetchall()
    if len(rows) > 1:
        message = "More than one row returned by a subquery used as a row."
        raise errors.SqlError("ROW_SUBQUERY_TOO_MANY_ROWS", message, "21000")
    for index, name in enumerate(names):
        old = known(context, name)
        column = f"SELECT column{index} FROM ({query.sql}) AS one({', '.join(f'column{i}' for i in range(width))})"
        context.session.variables[name] = _stored(context, column, old.type, old.default)


def evaluated(context: Context, expression: str, type_: SqlType | None, default: str) -> Variable:
    """A variable of an expression's value now, and of its type where none is declared."""
    text = f"SELECT CAST({expression} AS {type_.text})" if type_ is not None else f"SELECT {expression}"
    tree = context.translator.tree(lexing.read(text), context.parameters)
    query = context.translator.query(tree, text)
    context.load(query.schemas)
    described = context.run(f"SELECT * FROM ({query.sql}) LIMIT 0").description or []
    found = query.type(0, *described[0][:2])
    stored = _stored(context, query.sql, type_ or found, default)
    return replace(stored, type=type_ or found)


def _stored(context: Context, sql: str, type_: SqlType, default: str) -> Variable:
    row = context.run(f"SELECT CAST(value AS VARCHAR) FROM ({sql}) AS one(value)").fetchone()
    value = row[0] if row else None
    literal: exp.Expression = exp.Null() if value is None else exp.Literal.string(str(value))
    if type_ != VOID:
        literal = exp.cast(literal, exp.DataType.build(type_.duckdb, dialect="duckdb"))
    return Variable(type_, literal, default)


def text_of(context: Context, words: Words) -> str:
    """A string: a literal, a parameter, or a variable's value."""
    if words.is_string or words.peek == ":":
        return words.string()
    variable = known(context, words.name()[-1].lower())
    value = variable.value.this if isinstance(variable.value, exp.Cast) else variable.value
    if not isinstance(value, exp.Literal):
        text = "Execute immediate requires a non-null variable as the query string, but the provided variable is null."
        raise errors.SqlError("NULL_QUERY_STRING_EXECUTE_IMMEDIATE", text, "22004")
    return value.name
