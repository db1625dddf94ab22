"""ALTER TABLE, ALTER VIEW and ALTER SCHEMA."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from portal.sandbox.sql import constraints, errors
from portal.sandbox.sql.catalog_model import Constraint, TableInfo
from portal.sandbox.sql.context import Context, Rows
from portal.sandbox.sql.ddl import columns, definition
from portal.sandbox.sql.ddl.views import create_view, not_a_table
from portal.sandbox.sql.places import quoted, require_owner, target
from portal.sandbox.sql.words import Words
from portal.sandbox.sql.writes import count, name_of

RESERVED = ("owner", "location", "provider", "external")
"""Properties that have a clause of their own."""


def alter(context: Context, words: Words) -> Rows:
    words.need("ALTER")
    if words.take_any("SCHEMA", "DATABASE"):
        return _schema(context, words)
    kind = words.take_any("TABLE", "VIEW")
    if kind is None:
        raise errors.unsupported(f"ALTER {words.peek}")
    table = context.table(words.name())
    require_owner(context, table, "Table", table.full_name)
    if kind == "VIEW":
        not_a_table(table)
    if kind == "VIEW" and words.take("AS"):
        return _redefined(context, table, words.rest())
    for phrase, change in _CHANGES:
        if words.take(*phrase):
            context.load([f"{table.catalog_name}.{table.schema_name}"])
            context.changes(f"{table.catalog_name}.{table.schema_name}")
            changed = change(context, table, words)
            words.end()
            if changed is not None:
                _keep(context, table, changed, " ".join(phrase))
            return Rows()
    if words.peek.isalpha():
        raise errors.unsupported(f"ALTER {kind} … {words.peek}")
    raise words.error()


def _keep(context: Context, old: TableInfo, new: TableInfo, phrase: str) -> None:
    """The changed table in the catalog, and in its history."""
    if old.view_definition is None:
        context.catalog.history.keep(old, context.run)
    new = replace(new, updated_at=context.now)
    context.catalog.add_table(new)
    if old.view_definition is None:
        context.catalog.history.commit(new, phrase, context.person.user_name, {}, {})


def _redefined(context: Context, table: TableInfo, query: str) -> Rows:
    """`ALTER VIEW v AS query`."""
    name = errors.quoted(table.catalog_name, table.schema_name, table.name)
    context.catalog.drop_table(table.full_name)
    try:
        create_view(context, Words(context.part(f"{name} AS {query}")), or_replace=False, temporary=False)
    except BaseException:
        context.catalog.add_table(table)
        raise
    return Rows()


def _renamed(context: Context, table: TableInfo, words: Words) -> None:
    shown = words.name()
    place = target(context, shown if len(shown) > 1 else [table.catalog_name, table.schema_name, *shown])
    if ".".join(place) in context.catalog.tables:
        raise errors.table_exists(shown)
    if place[:2] != (table.catalog_name, table.schema_name):
        raise errors.unsupported("moving a table to another schema")
    if table.view_definition is None:
        context.run(f"ALTER TABLE {name_of(table)} RENAME TO {quoted(place[2])}")
    context.catalog.drop_table(table.full_name)
    context.catalog.add_table(replace(table, name=place[2], updated_at=context.now))
    context.catalog.history.rename(table.full_name, ".".join(place))


def _set_properties(context: Context, table: TableInfo, words: Words) -> TableInfo:
    given = words.pairs()
    for name in given:
        if name.lower() in RESERVED:
            text = f"The feature is not supported: {name} is a reserved table property."
            raise errors.SqlError("UNSUPPORTED_FEATURE.SET_TABLE_PROPERTY", text, "0A000")
    return replace(table, properties={**table.properties, **given})


def _unset_properties(context: Context, table: TableInfo, words: Words) -> TableInfo:
    tolerant = words.take("IF", "EXISTS")
    given = words.pairs()
    missing = [name for name in given if name not in table.properties]
    if missing and not tolerant:
        shown = ", ".join(f"'{name}'" for name in missing)
        text = f"Cannot unset the nonexistent properties {shown} of {table.full_name}."
        raise errors.SqlError("UNSET_NONEXISTENT_PROPERTIES", text, "42K0J")
    return replace(table, properties={name: value for name, value in table.properties.items() if name not in given})


def _set_tags(context: Context, table: TableInfo, words: Words) -> TableInfo:
    return replace(table, tags={**table.tags, **words.pairs()})


def _unset_tags(context: Context, table: TableInfo, words: Words) -> TableInfo:
    given = words.pairs()
    return replace(table, tags={name: value for name, value in table.tags.items() if name not in given})


def _owner(context: Context, table: TableInfo, words: Words) -> TableInfo:
    return replace(table, owner=words.name(1)[0])


def _add_constraint(context: Context, table: TableInfo, words: Words) -> TableInfo:
    wanted = definition.table_constraint(words)
    if wanted is None:
        raise words.error()
    if nullable := constraints.nullable_keys(table, wanted):
        text = (
            f"Cannot create the primary key {errors.quoted(wanted.name)} because its child column(s) "
            f"{', '.join(errors.quoted(name) for name in nullable)} is nullable. Please change the column nullability "
            "and retry."
        )
        raise errors.SqlError("INVALID_CONSTRAINT.NULLABLE_PRIMARY_KEY", text, "42831")
    changed = constraints.add(context, table, wanted)
    if wanted.kind == "CHECK":
        _check_rows(context, table, changed.constraints[-1])
    return changed


def _check_rows(context: Context, table: TableInfo, check: Constraint) -> None:
    holds = constraints.condition(context, table, check)
    broken = count(context, f"SELECT count(*) FROM {name_of(table)} WHERE NOT ({holds})")
    if broken:
        text = f"{broken} rows in {table.full_name} violate the new CHECK constraint ({check.check})."
        raise errors.SqlError("DELTA_NEW_CHECK_CONSTRAINT_VIOLATION", text, "23512")


def _drop_constraint(context: Context, table: TableInfo, words: Words) -> TableInfo:
    tolerant = words.take("IF", "EXISTS")
    name = words.name(1)[0]
    words.take_any("RESTRICT", "CASCADE")
    kept = tuple(one for one in table.constraints if one.name.lower() != name.lower())
    if len(kept) == len(table.constraints) and not tolerant:
        text = f"Cannot drop nonexistent constraint {name} from table {table.full_name}. To avoid throwing an error, "
        text += "provide the parameter IF EXISTS or set the SQL session configuration."
        raise errors.SqlError("DELTA_CONSTRAINT_DOES_NOT_EXIST", text, "42704")
    return replace(table, constraints=kept)


def _drop_key(kind: str) -> Callable[[Context, TableInfo, Words], TableInfo]:
    def drop(context: Context, table: TableInfo, words: Words) -> TableInfo:
        tolerant = words.take("IF", "EXISTS")
        names = {name.lower() for name in words.names()} if kind == "FOREIGN KEY" else set()
        words.take_any("RESTRICT", "CASCADE")
        kept = tuple(
            one
            for one in table.constraints
            if one.kind != kind or (names and {name.lower() for name in one.columns} != names)
        )
        if len(kept) == len(table.constraints) and not tolerant:
            text = f"Cannot drop the {kind} of table {table.full_name}: there is none."
            raise errors.SqlError("DELTA_CONSTRAINT_DOES_NOT_EXIST", text, "42704")
        return replace(table, constraints=kept)

    return drop


def _cluster(context: Context, table: TableInfo, words: Words) -> TableInfo:
    return replace(table, clustered_by=() if words.take_any("NONE", "AUTO") else words.names())


_CHANGES: tuple[tuple[tuple[str, ...], Callable[[Context, TableInfo, Words], TableInfo | None]], ...] = (
    (("RENAME", "TO"), _renamed),
    (("RENAME", "COLUMN"), columns.rename),
    (("SET", "TBLPROPERTIES"), _set_properties),
    (("UNSET", "TBLPROPERTIES"), _unset_properties),
    (("SET", "TAGS"), _set_tags),
    (("UNSET", "TAGS"), _unset_tags),
    (("SET", "OWNER", "TO"), _owner),
    (("OWNER", "TO"), _owner),
    (("CLUSTER", "BY"), _cluster),
    (("ADD", "COLUMNS"), columns.add),
    (("ADD", "COLUMN"), columns.add),
    (("ALTER", "COLUMN"), columns.change),
    (("CHANGE", "COLUMN"), columns.change),
    (("DROP", "COLUMNS"), columns.drop),
    (("DROP", "COLUMN"), columns.drop),
    (("DROP", "CONSTRAINT"), _drop_constraint),
    (("DROP", "PRIMARY", "KEY"), _drop_key("PRIMARY KEY")),
    (("DROP", "FOREIGN", "KEY"), _drop_key("FOREIGN KEY")),
    (("ADD",), _add_constraint),
)


def _schema(context: Context, words: Words) -> Rows:
    schema = context.schema(words.name(2))
    require_owner(context, schema, "Schema", schema.full_name)
    if words.take("SET", "TAGS"):
        schema = replace(schema, tags={**schema.tags, **words.pairs()})
    elif words.take("UNSET", "TAGS"):
        gone = words.pairs()
        schema = replace(schema, tags={name: value for name, value in schema.tags.items() if name not in gone})
    elif words.take("SET", "OWNER", "TO") or words.take("OWNER", "TO"):
        schema = replace(schema, owner=words.name(1)[0])
    else:
        raise errors.unsupported(f"ALTER SCHEMA … {words.peek}")
    words.end()
    context.changes(schema.full_name)
    context.catalog.add_schema(schema)
    return Rows()
