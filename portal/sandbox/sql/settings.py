"""USE, SET and RESET."""

from __future__ import annotations

from portal.sandbox.sql import errors, variables
from portal.sandbox.sql.catalog import INFORMATION_SCHEMA
from portal.sandbox.sql.context import Context, Rows
from portal.sandbox.sql.session import DEFAULT_SCHEMA, known
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
        shown = {**context.session.defaults, **{name.upper(): value for name, value in settings.items()}}
        return Rows(_PAIR, [[name, value] for name, value in sorted(shown.items())])
    if words.take("CATALOG"):
        _use_catalog(context, words)
        return Rows()
    if words.take("TIME", "ZONE"):
        value = "Etc/UTC" if words.take("LOCAL") else words.string()
        words.end()
        return _assign(context, "TIMEZONE", value)
    if words.take_any("VAR", "VARIABLE"):
        return variables.assign(context, words)
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
