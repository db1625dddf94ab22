"""SHOW commands: what the person may see, in the columns that Databricks answers."""

from __future__ import annotations

from portal.sandbox.sql import errors
from portal.sandbox.sql.catalog_model import CatalogInfo, SchemaInfo, TableInfo
from portal.sandbox.sql.context import Context, Rows
from portal.sandbox.sql.functions import NAMES
from portal.sandbox.sql.types import BOOLEAN, STRING
from portal.sandbox.sql.words import Words


def show(context: Context, words: Words) -> Rows:
    words.need("SHOW")
    for phrase, handler in _COMMANDS:
        if words.take(*phrase):
            found = handler(context, words)
            words.end()
            return found
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
    context.catalog.require_schema(context.person, catalog, schema)
    return schema, context.catalog.visible_tables(context.person, catalog, schema)


def _tables(context: Context, words: Words) -> Rows:
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
    table = context.table([*place, *name] if place else name)
    return Rows([("col_name", STRING)], [[column.name] for column in table.columns])


def _create_table(context: Context, words: Words) -> Rows:
    table = context.table(words.name())
    return Rows([("createtab_stmt", STRING)], [[create_statement(table)]])


def create_statement(table: TableInfo) -> str:
    """The statement that would make the table, as SHOW CREATE TABLE writes it."""

    def text(value: str) -> str:
        return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"

    lines = []
    for column in table.columns:
        line = f"  {column.name} {column.type.text}" + ("" if column.nullable else " NOT NULL")
        lines.append(line + (f" COMMENT {text(column.comment)}" if column.comment else ""))
    name = f"{table.catalog_name}.{table.schema_name}.{table.name}"
    if table.view_definition is not None:
        columns = ",\n".join(f"  {column.name}" for column in table.columns)
        return f"CREATE VIEW {name} (\n{columns})\nAS {table.view_definition}\n"
    found = f"CREATE TABLE {name} (\n" + ",\n".join(lines) + ")\nUSING delta\n"
    if table.comment:
        found += f"COMMENT {text(table.comment)}\n"
    if table.row_filter:
        found += f"WITH ROW FILTER {table.row_filter} ON (region)\n"
    return found


def _properties(context: Context, words: Words) -> Rows:
    table = context.table(words.name())
    return Rows([("key", STRING), ("value", STRING)], [list(item) for item in sorted(table.properties.items())])


def _functions(context: Context, words: Words) -> Rows:
    words.take_any("IN", "FROM")
    pattern = words.pattern()
    names = sorted(name for name in NAMES if pattern.match(name))
    return Rows([("function", STRING)], [[name] for name in names])


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


_COMMANDS = (
    (("CATALOGS",), _catalogs),
    (("SCHEMAS",), _schemas),
    (("DATABASES",), _schemas),
    (("TABLES",), _tables),
    (("VIEWS",), _views),
    (("COLUMNS",), _columns),
    (("CREATE", "TABLE"), _create_table),
    (("TBLPROPERTIES",), _properties),
    (("FUNCTIONS",), _functions),
    (("ALL", "FUNCTIONS"), _functions),
    (("SYSTEM", "FUNCTIONS"), _functions),
    (("USER", "FUNCTIONS"), lambda context, words: Rows([("function", STRING)], [])),
    (("GRANTS",), _grants),
)
