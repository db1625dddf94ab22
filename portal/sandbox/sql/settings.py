"""USE, SET, RESET and session variables."""

from __future__ import annotations

import re

from sqlglot import exp

from portal.sandbox.sql import errors, parsing
from portal.sandbox.sql.catalog import INFORMATION_SCHEMA
from portal.sandbox.sql.context import Context, Rows
from portal.sandbox.sql.session import DEFAULT_SCHEMA, DEFAULTS, known
from portal.sandbox.sql.types import STRING
from portal.sandbox.sql.words import Words

_PAIR = [("key", STRING), ("value", STRING)]


def use(context: Context, words: Words) -> Rows:
    words.need("USE")
    if words.take("CATALOG"):
        _use_catalog(context, words)
        return Rows()
    words.take_any("SCHEMA", "DATABASE")
    parts = words.name(2)
    words.end()
    catalog, schema = parts if len(parts) == 2 else (context.session.catalog, parts[0])
    if schema.lower() != INFORMATION_SCHEMA:
        context.catalog.require_schema(context.person, catalog, schema)
    context.session.catalog, context.session.schema = catalog.lower(), schema.lower()
    return Rows()


def _use_catalog(context: Context, words: Words) -> None:
    name = words.string() if words.is_string else words.name(1)[0]
    words.end()
    if name.lower() not in {one.name for one in context.catalog.visible_catalogs(context.person)}:
        raise errors.catalog_not_found(name)
    context.session.catalog, context.session.schema = name.lower(), DEFAULT_SCHEMA


def set_(context: Context, words: Words) -> Rows:
    words.need("SET")
    settings = context.session.settings
    if not words.more or words.take("-", "v"):
        shown = {**DEFAULTS, **{name.upper(): value for name, value in settings.items()}}
        return Rows(_PAIR, [[name, value] for name, value in sorted(shown.items())])
    if words.take("CATALOG"):
        _use_catalog(context, words)
        return Rows()
    if words.take("TIME", "ZONE"):
        value = "Etc/UTC" if words.take("LOCAL") else words.string()
        words.end()
        return _assign(context, "TIMEZONE", value)
    if words.take_any("VAR", "VARIABLE"):
        return _set_variable(context, words)
    name, equals, value = words.rest().partition("=")
    name, value = name.strip().strip("`"), value.strip().strip("'\"")
    known(name)
    if not equals:
        return Rows(_PAIR, [[name, context.session.setting(name.upper())]])
    return _assign(context, name.upper(), value)


def _assign(context: Context, name: str, value: str) -> Rows:
    context.session.assign(name, value)
    return Rows(_PAIR, [[name, value]])


def reset(context: Context, words: Words) -> Rows:
    words.need("RESET")
    if words.more:
        context.session.settings.pop(words.rest().strip().upper(), None)
    else:
        context.session.settings.clear()
    return Rows()


def declare(context: Context, words: Words) -> Rows:
    """`DECLARE [OR REPLACE] [VARIABLE] name [type] [DEFAULT|= expression]`."""
    words.need("DECLARE")
    words.take("OR", "REPLACE")
    words.take_any("VARIABLE", "VAR")
    name = words.name(1)[0].lower()
    text = words.rest()
    found = re.match(r"(?is)^\s*(?P<type>.*?)\s*(?:(?:\bDEFAULT\b|=)\s*(?P<value>.+))?$", text)
    type_ = found["type"].strip() if found else ""
    value = (found["value"] if found else None) or "NULL"
    expression = f"CAST({value} AS {type_})" if type_ else value
    context.session.variables[name] = _evaluated(context, expression)
    return Rows()


def _set_variable(context: Context, words: Words) -> Rows:
    name = words.name(1)[0].lower()
    if name not in context.session.variables:
        text = f"Cannot resolve variable `{name}` on search path `system`.`session`."
        raise errors.SqlError("UNRESOLVED_VARIABLE", text, "42883")
    words.need("=")
    words.take("DEFAULT")
    context.session.variables[name] = _evaluated(context, words.rest())
    return Rows()


def _evaluated(context: Context, expression: str) -> exp.Expression:
    """The expression's value now, as a literal."""
    text = f"SELECT {expression}"
    tree = context.translator.tree(parsing.read(text), context.execution.parameters)
    query = context.translator.query(tree, text)
    context.load(query.schemas)
    type_ = str((context.run(f"SELECT * FROM ({query.sql}) LIMIT 0").description or [])[0][1])
    row = context.run(f"SELECT CAST(value AS VARCHAR) FROM ({query.sql}) AS one(value)").fetchone()
    value = row[0] if row else None
    literal = exp.Null() if value is None else exp.Literal.string(str(value))
    return exp.cast(literal, exp.DataType.build(type_, dialect="duckdb"))
