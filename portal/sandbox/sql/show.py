"""SHOW commands: what the person may see, in the columns that Databricks answers."""

from __future__ import annotations

import re
from collections.abc import Callable

from portal.sandbox.sql import errors, functions, information_schema, lexing, routines
from portal.sandbox.sql.builtin import BUILTIN
from portal.sandbox.sql.catalog import INFORMATION_SCHEMA
from portal.sandbox.sql.catalog_model import CatalogInfo, SchemaInfo, TableInfo
from portal.sandbox.sql.context import Context, Rows
from portal.sandbox.sql.create_statement import create_statement
from portal.sandbox.sql.describe import details
from portal.sandbox.sql.types import BOOLEAN, STRING
from portal.sandbox.sql.words import Words


def show(context: Context, words: Words) -> Rows:
    words.need("SHOW")
    for phrase, handler in _COMMANDS:
        if words.take(*phrase):
            found = handler(context, words)
            words.end()
            return found
    if words.peek in _ABSENT:
        raise errors.unsupported(f"SHOW {words.peek}")
    if words.take("ALL", "IN"):
        raise errors.unsupported("SHOW ALL IN SHARE")
    raise words.error()


def _place(words: Words, parts: int) -> list[str] | None:
    return words.name(parts) if words.take_any("IN", "FROM") else None


def _catalogs(context: Context, words: Words) -> Rows:
    pattern = words.pattern()
    found = [one.name for one in context.catalog.visible_catalogs(context.person) if pattern.match(one.name)]
    return Rows([("catalog", STRING)], [[name] for name in found])


def _schemas(context: Context, words: Words) -> Rows:
    catalog = (_place(words, 1) or [context.session.catalog])[0]
    pattern = words.pattern()
    if catalog.lower() not in {one.name for one in context.catalog.visible_catalogs(context.person)}:
        raise errors.catalog_not_found(catalog)
    found = [one.name for one in context.catalog.visible_schemas(context.person, catalog) if pattern.match(one.name)]
    return Rows([("databaseName", STRING)], [[name] for name in found])


def _tables_in(context: Context, words: Words) -> tuple[str, list[TableInfo]]:
    place = _place(words, 2) or [context.session.catalog, context.session.schema]
    catalog, schema = place if len(place) == 2 else (context.session.catalog, place[0])
    if context.schema([catalog, schema]).name == INFORMATION_SCHEMA:
        views = [information_schema.table(catalog, name) for name in information_schema.names()]
        return schema, [one for one in views if one is not None]
    return schema, context.catalog.visible_tables(context.person, catalog, schema)


def _tables(context: Context, words: Words) -> Rows:
    if words.peek == "DROPPED":
        raise errors.unsupported("SHOW TABLES DROPPED")
    schema, tables = _tables_in(context, words)
    pattern = words.pattern()
    found = [[schema, one.name, False] for one in tables if pattern.match(one.name)]
    found += [["", name, True] for name in sorted(context.session.views) if pattern.match(name)]
    return Rows([("database", STRING), ("tableName", STRING), ("isTemporary", BOOLEAN)], found)


def _views(context: Context, words: Words) -> Rows:
    schema, tables = _tables_in(context, words)
    pattern = words.pattern()
    found = [[schema, one.name, False, False] for one in tables if one.table_type == "VIEW" and pattern.match(one.name)]
    found += [["", name, True, False] for name in sorted(context.session.views) if pattern.match(name)]
    columns = [("namespace", STRING), ("viewName", STRING), ("isTemporary", BOOLEAN), ("isMaterialized", BOOLEAN)]
    return Rows(columns, found)


def _columns(context: Context, words: Words) -> Rows:
    words.take_any("IN", "FROM")
    name = words.name()
    place = _place(words, 2)
    table = context.relation([*place, *name] if place else name)
    return Rows([("col_name", STRING)], [[column.name] for column in table.columns])


def _create_table(context: Context, words: Words) -> Rows:
    table = context.table(words.name())
    return Rows([("createtab_stmt", STRING)], [[create_statement(table)]])


def _properties(context: Context, words: Words) -> Rows:
    table = context.table(words.name())
    return Rows([("key", STRING), ("value", STRING)], [list(item) for item in sorted(table.properties.items())])


def _functions(kind: str) -> Callable[[Context, Words], Rows]:
    def show_functions(context: Context, words: Words) -> Rows:
        words.take("FUNCTIONS")
        place = _place(words, 2)
        pattern = words.pattern() if words.is_string or words.peek == "LIKE" else _named(words)
        names = sorted(functions.NAMES | BUILTIN) if kind != "USER" and place is None else []
        found = [name for name in names if pattern.match(name)]
        if kind != "SYSTEM":
            schema = context.schema(place or [context.session.catalog, context.session.schema])
            routines_ = routines.of_schema(context.catalog, schema.full_name)
            found += [one.full_name for one in routines_ if pattern.match(one.name)]
        return Rows([("function", STRING)], [[name] for name in found])

    return show_functions


def _named(words: Words) -> re.Pattern[str]:
    """A function's name in the place of a pattern."""
    return re.compile(re.escape(words.name()[-1]) + "$" if words.more else "", re.IGNORECASE)


def _table_extended(context: Context, words: Words) -> Rows:
    schema, tables = _tables_in(context, words)
    if words.peek != "LIKE":
        raise words.error()
    pattern = words.pattern()
    if words.peek == "PARTITION":
        raise errors.unsupported("SHOW TABLE EXTENDED … PARTITION")
    found = [[schema, one.name, False, information(one)] for one in tables if pattern.match(one.name)]
    views = [view.info for name, view in sorted(context.session.views.items()) if pattern.match(name)]
    found += [["", one.name, True, information(one)] for one in views]
    columns = [("database", STRING), ("tableName", STRING), ("isTemporary", BOOLEAN), ("information", STRING)]
    return Rows(columns, found)


def information(table: TableInfo) -> str:
    """What DESCRIBE EXTENDED says, in lines, and the columns as a tree."""
    lines = [f"{name}: {value}" for name, value, _ in details(table) if name and not name.startswith("#")]
    tree = [
        f" |-- {one.name}: {one.type.simple} (nullable = {'true' if one.nullable else 'false'})"
        for one in table.columns
    ]
    return "\n".join([*lines, "Schema: root", *tree, ""])


def _partitions(context: Context, words: Words) -> Rows:
    table = context.table(words.name())
    if not table.partitioned_by:
        name = errors.quoted(table.catalog_name, table.schema_name, table.name)
        text = f"The partition command is invalid. Table {name} is not partitioned."
        raise errors.SqlError("INVALID_PARTITION_OPERATION.PARTITION_SCHEMA_IS_EMPTY", text, "42601")
    if words.peek == "PARTITION":
        raise errors.unsupported("SHOW PARTITIONS … PARTITION")
    columns = [one for name in table.partitioned_by if (one := table.column(name)) is not None]
    names = ", ".join(errors.quoted(one.name) for one in columns)
    text = (
        f"SELECT DISTINCT {names} FROM {errors.quoted(table.catalog_name, table.schema_name, table.name)} ORDER BY ALL"
    )
    query = context.translator.query(context.translator.tree(lexing.read(text)), text)
    context.load(query.schemas)
    return Rows([(one.name, one.type) for one in columns], context.run(query.sql).fetchall())


def _volumes(context: Context, words: Words) -> Rows:
    """There are none; of a schema that the person may use."""
    context.schema(_place(words, 2) or [context.session.catalog, context.session.schema])
    words.pattern()
    return Rows([("database", STRING), ("volume_name", STRING)], [])


def _grants(context: Context, words: Words) -> Rows:
    words.take("ON")
    kind = words.take_any("TABLE", "VIEW", "SCHEMA", "DATABASE", "CATALOG") or "TABLE"
    securable: CatalogInfo | SchemaInfo | TableInfo | None
    if kind == "CATALOG":
        name = words.name(1)[0]
        securable, key = context.catalog.catalogs.get(name.lower()), name
        if securable is None:
            raise errors.catalog_not_found(name)
    elif kind in ("SCHEMA", "DATABASE"):
        securable = context.schema(words.name(2))
        key, kind = securable.full_name, "SCHEMA"
    else:
        securable = context.table(words.name())
        key, kind = securable.full_name, "TABLE"
    rows = [
        [principal, privilege.replace("_", " "), kind, key]
        for principal, privileges in sorted(securable.grants.items())
        for privilege in privileges
    ]
    columns = [("Principal", STRING), ("ActionType", STRING), ("ObjectType", STRING), ("ObjectKey", STRING)]
    return Rows(columns, rows)


_ABSENT = (
    "CONNECTIONS", "CREDENTIALS", "EXTERNAL", "GROUPS", "USERS", "LOCKS", "POLICIES", "PROCEDURES", "PROVIDERS",
    "RECIPIENTS", "SHARES", "STORAGE", "SERVICE", "ROLES", "INDEXES",
)  # fmt: skip
_COMMANDS = (
    (("CATALOGS",), _catalogs),
    (("SCHEMAS",), _schemas),
    (("DATABASES",), _schemas),
    (("TABLES",), _tables),
    (("VIEWS",), _views),
    (("COLUMNS",), _columns),
    (("CREATE", "TABLE"), _create_table),
    (("TBLPROPERTIES",), _properties),
    (("TABLE", "EXTENDED"), _table_extended),
    (("PARTITIONS",), _partitions),
    (("VOLUMES",), _volumes),
    (("FUNCTIONS",), _functions("ALL")),
    (("ALL", "FUNCTIONS"), _functions("ALL")),
    (("SYSTEM", "FUNCTIONS"), _functions("SYSTEM")),
    (("USER", "FUNCTIONS"), _functions("USER")),
    (("GRANTS",), _grants),
    (("GRANT",), _grants),
)
