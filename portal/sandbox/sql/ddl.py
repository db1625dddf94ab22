"""CREATE, DROP, ALTER and COMMENT: schemas, tables and views, mostly in a person's own schema."""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from portal.sandbox.sql import errors, parsing, tables
from portal.sandbox.sql.catalog_model import ColumnInfo, SchemaInfo, TableInfo
from portal.sandbox.sql.context import Context, Rows
from portal.sandbox.sql.dialect import Query
from portal.sandbox.sql.types import BIGINT, VOID, SqlType, from_duckdb, from_sqlglot
from portal.sandbox.sql.words import Words


def create(context: Context, words: Words) -> Rows:
    words.need("CREATE")
    or_replace = words.take("OR", "REPLACE")
    if words.take_any("SCHEMA", "DATABASE"):
        return _create_schema(context, words)
    words.take("GLOBAL")
    temporary = bool(words.take_any("TEMPORARY", "TEMP"))
    if words.take("VIEW"):
        return _create_view(context, words, or_replace, temporary)
    if temporary or words.peek not in ("TABLE", "EXTERNAL"):
        raise errors.unsupported(f"CREATE {words.peek}")
    tree = context.translator.tree(context.text, context.execution.parameters)
    if not isinstance(tree, exp.Create) or tree.kind != "TABLE":
        raise errors.unsupported("this form of CREATE TABLE")
    return _create_table(context, tree)


def replace_(context: Context, words: Words) -> Rows:
    """`REPLACE TABLE`: Delta's own way to say CREATE OR REPLACE."""
    text = parsing.read("CREATE OR " + context.text.text)
    return create(replace(context, text=text), Words(text, context.execution.parameters))


# Schemas


def _create_schema(context: Context, words: Words) -> Rows:
    tolerant = words.take("IF", "NOT", "EXISTS")
    parts = words.name(2)
    comment = words.string() if words.take("COMMENT") else None
    words.end()
    catalog, name = parts if len(parts) == 2 else (context.session.catalog, parts[0])
    parent = context.catalog.catalogs.get(catalog.lower())
    if parent is None:
        raise errors.catalog_not_found(catalog)
    if f"{catalog}.{name}".lower() in context.catalog.schemas:
        if tolerant:
            return Rows()
        raise errors.schema_exists(catalog, name)
    if not context.catalog.may(context.person, "CREATE_SCHEMA", parent):
        raise errors.insufficient("CREATE SCHEMA", "Catalog", parent.name)
    owner = context.person.user_name
    context.catalog.add_schema(SchemaInfo(parent.name, name.lower(), comment, owner=owner, created_at=context.now))
    return Rows()


def _drop_schema(context: Context, words: Words) -> Rows:
    tolerant = words.take("IF", "EXISTS")
    parts = words.name(2)
    cascade = words.take_any("CASCADE", "RESTRICT") == "CASCADE"
    words.end()
    catalog, name = parts if len(parts) == 2 else (context.session.catalog, parts[0])
    schema = context.catalog.schemas.get(f"{catalog}.{name}".lower())
    if schema is None:
        if tolerant:
            return Rows()
        raise errors.schema_not_found(catalog, name)
    _require_owner(context, schema, "Schema", schema.full_name)
    inside = [one for one in context.catalog.tables.values() if one.full_name.startswith(schema.full_name + ".")]
    if inside and not cascade:
        text = (
            f"Cannot drop a schema {errors.quoted(catalog, name)} because it contains objects.\n"
            "Use DROP SCHEMA ... CASCADE to drop the schema and all its objects."
        )
        raise errors.SqlError("SCHEMA_NOT_EMPTY", text, "2BP01")
    context.changes(schema.full_name)
    context.run(f'DROP SCHEMA IF EXISTS "{schema.full_name}" CASCADE')
    context.catalog.drop_schema(schema.full_name)
    return Rows()


def _require_owner(context: Context, securable: SchemaInfo | TableInfo, kind: str, name: str) -> None:
    parents = [context.catalog.catalogs[securable.catalog_name]]
    if not context.catalog.may(context.person, "MANAGE", securable, *parents):
        raise errors.insufficient("MANAGE", kind, name)


# Tables and views


def _target(context: Context, parts: list[str]) -> tuple[str, str, str]:
    """Where a new table goes: three lower-case names, in a schema where the person may create."""
    catalog, schema, name = context.session.qualified(parts)
    found = context.catalog.require_schema(context.person, catalog, schema)
    if not context.catalog.may(context.person, "CREATE_TABLE", found, context.catalog.catalogs[found.catalog_name]):
        raise errors.insufficient("CREATE TABLE", "Schema", found.full_name)
    return found.catalog_name, found.name, name.lower()


def _exists(context: Context, place: tuple[str, str, str], shown: list[str], *, tolerant: bool, replaced: bool) -> bool:
    """Whether there is nothing to do, for the table exists and that is tolerated."""
    existing = context.catalog.tables.get(".".join(place))
    if existing is None:
        return False
    if tolerant:
        return True
    if not replaced:
        raise errors.table_exists(shown)
    _require_owner(context, existing, "Table", existing.full_name)
    return False


def _create_table(context: Context, tree: exp.Create) -> Rows:
    schema = tree.this if isinstance(tree.this, exp.Schema) else None
    table = schema.this if schema is not None else tree.this
    shown = tables.parts_of(table)
    place = _target(context, shown)
    if _exists(context, place, shown, tolerant=bool(tree.args.get("exists")), replaced=bool(tree.args.get("replace"))):
        return Rows()
    columns: tuple[ColumnInfo, ...]
    name = _duckdb_name(place)
    query = tree.expression
    context.changes(f"{place[0]}.{place[1]}")
    context.run(f'CREATE SCHEMA IF NOT EXISTS "{place[0]}.{place[1]}"')
    if isinstance(query, exp.Query):
        translated = context.translator.query(query.copy(), context.text.text)
        context.load(translated.schemas)
        context.run(f"CREATE OR REPLACE TABLE {name} AS {translated.sql}")
        columns = _described(context, name, translated)
    else:
        columns = tuple(_column(item, index) for index, item in enumerate(schema.expressions if schema else []))
        members = ", ".join(
            f"{_quoted(one.name)} {one.type.duckdb}{'' if one.nullable else ' NOT NULL'}" for one in columns
        )
        context.run(f"CREATE OR REPLACE TABLE {name} ({members})")
    context.catalog.add_table(
        TableInfo(
            *place,
            columns,
            comment=_comment(tree),
            owner=context.person.user_name,
            properties=_properties(tree),
            created_at=context.now,
            updated_at=context.now,
            row_count=(context.run(f"SELECT count(*) FROM {name}").fetchone() or (None,))[0],
        )
    )
    return Rows() if not isinstance(query, exp.Query) else Rows(_AFFECTED, [])


_AFFECTED: list[tuple[str, SqlType]] = [("num_affected_rows", BIGINT), ("num_inserted_rows", BIGINT)]


def _column(item: exp.Expression, position: int) -> ColumnInfo:
    if not isinstance(item, exp.ColumnDef) or item.args.get("kind") is None:
        raise errors.unsupported("constraints of tables")
    type_ = from_sqlglot(item.args["kind"])
    if type_ is None:
        text = f'DataType "{item.args["kind"].sql("databricks")}" is not supported.'
        raise errors.SqlError("UNSUPPORTED_DATATYPE", text, "0A000")
    comment, nullable = None, True
    for constraint in item.args.get("constraints") or []:
        match constraint.kind:
            case exp.CommentColumnConstraint():
                comment = constraint.kind.this.name
            case exp.NotNullColumnConstraint():
                nullable = bool(constraint.kind.args.get("allow_null"))
            case exp.PrimaryKeyColumnConstraint():
                nullable = False  # informational in Databricks: nothing enforces it
            case _:
                raise errors.unsupported(f"the column constraint {constraint.sql('databricks')}")
    return ColumnInfo(item.name, type_, position, comment, nullable)


def _described(context: Context, name: str, query: Query) -> tuple[ColumnInfo, ...]:
    described = context.run(f"SELECT * FROM {name} LIMIT 0").description or []
    found = []
    for position, (column, type_, *_) in enumerate(described):
        kind = query.type(position, column, type_)
        found.append(ColumnInfo(column, from_duckdb(type_) if kind == VOID else kind, position))
    return tuple(found)


def _comment(tree: exp.Create) -> str | None:
    found = tree.find(exp.SchemaCommentProperty)
    return found.this.name if found is not None else None


def _properties(tree: exp.Create) -> dict[str, str]:
    holder = tree.args.get("properties")
    named = [one for one in holder.expressions if type(one) is exp.Property] if holder is not None else []
    return {one.this.name if hasattr(one.this, "name") else str(one.this): one.args["value"].name for one in named}


def _create_view(context: Context, words: Words, or_replace: bool, temporary: bool) -> Rows:
    tolerant = words.take("IF", "NOT", "EXISTS")
    shown = words.name()
    names: list[str] = []
    if words.take("("):
        while not words.take(")"):
            names.append(words.name(1)[0])
            if words.take("COMMENT"):
                words.string()
            words.take(",")
    comment = words.string() if words.take("COMMENT") else None
    words.need("AS")
    text = words.rest()
    tree = context.translator.tree(parsing.read(text), context.execution.parameters)
    if not isinstance(tree, exp.Query):
        raise parsing.at(parsing.read(text).tokens[0], text)
    tables.qualify(tree, context.session)
    if temporary:
        return _temporary_view(context, shown, names, tree, or_replace)
    place = _target(context, shown)
    if _exists(context, place, shown, tolerant=tolerant, replaced=or_replace):
        return Rows()
    definition = tree.sql("databricks")
    query = context.translator.query(tree.copy(), text)
    context.load(query.schemas)
    described = context.run(f"SELECT * FROM ({query.sql}) LIMIT 0").description or []
    columns = tuple(
        ColumnInfo(names[index] if index < len(names) else name, query.type(index, name, type_), index)
        for index, (name, type_, *_) in enumerate(described)
    )
    context.catalog.add_table(
        TableInfo(
            *place,
            columns,
            table_type="VIEW",
            data_source_format=None,
            comment=comment,
            owner=context.person.user_name,
            view_definition=definition,
            created_at=context.now,
            updated_at=context.now,
        )
    )
    return Rows()


def _temporary_view(context: Context, shown: list[str], names: list[str], tree: exp.Query, or_replace: bool) -> Rows:
    name = shown[-1].lower()
    if name in context.session.views and not or_replace:
        text = f"Cannot create the temporary view {errors.quoted(name)} because it already exists."
        raise errors.SqlError("TEMP_TABLE_OR_VIEW_ALREADY_EXISTS", text, "42P07")
    context.translator.query(tree.copy(), context.text.text)
    if names:
        alias = exp.TableAlias(
            this=exp.to_identifier("view"), columns=[exp.to_identifier(one, quoted=True) for one in names]
        )
        tree = exp.select("*").from_(exp.Subquery(this=tree, alias=alias))
    context.session.views[name] = tree
    return Rows()


def drop(context: Context, words: Words) -> Rows:
    words.need("DROP")
    if words.take_any("SCHEMA", "DATABASE"):
        return _drop_schema(context, words)
    if words.take("TEMPORARY", "VARIABLE"):
        words.take("IF", "EXISTS")
        context.session.variables.pop(words.name(1)[0].lower(), None)
        return Rows()
    kind = words.take_any("TABLE", "VIEW")
    if kind is None:
        raise errors.unsupported(f"DROP {words.peek}")
    tolerant = words.take("IF", "EXISTS")
    shown = words.name()
    words.take("PURGE")
    words.end()
    if len(shown) == 1 and shown[0].lower() in context.session.views:
        del context.session.views[shown[0].lower()]
        return Rows()
    place = [part.lower() for part in context.session.qualified(shown)]
    existing = context.catalog.tables.get(".".join(place))
    if existing is None:
        if tolerant:
            return Rows()
        raise errors.table_not_found(shown)
    context.schema(place[:2])
    _require_owner(context, existing, "Table", existing.full_name)
    if existing.view_definition is None:
        context.load([f"{place[0]}.{place[1]}"])
        context.changes(f"{place[0]}.{place[1]}")
        generated = context.catalog.specs.get(existing.full_name)
        what = "VIEW" if generated is not None and generated.generated else "TABLE"
        context.run(f"DROP {what} IF EXISTS {_duckdb_name((place[0], place[1], place[2]))}")
    context.catalog.drop_table(existing.full_name)
    return Rows()


def alter(context: Context, words: Words) -> Rows:
    words.need("ALTER")
    words.need("TABLE")
    table = context.table(words.name())
    _require_owner(context, table, "Table", table.full_name)
    name = _duckdb_name((table.catalog_name, table.schema_name, table.name))
    context.load([f"{table.catalog_name}.{table.schema_name}"])
    context.changes(f"{table.catalog_name}.{table.schema_name}")
    if words.take_any("ADD"):
        words.take_any("COLUMNS", "COLUMN")
        return _add_columns(context, table, words.rest())
    if words.take("RENAME", "COLUMN"):
        old = words.name(1)[0]
        words.need("TO")
        new = words.name(1)[0]
        if table.column(old) is None:
            raise errors.column_not_found(old, [one.name for one in table.columns][:5])
        context.run(f"ALTER TABLE {name} RENAME COLUMN {_quoted(old)} TO {_quoted(new)}")
        columns = tuple(replace(one, name=new) if one.name.lower() == old.lower() else one for one in table.columns)
        context.catalog.add_table(replace(table, columns=columns, updated_at=context.now))
        return Rows()
    if words.take("RENAME", "TO"):
        place = _target(context, words.name())
        context.run(f"ALTER TABLE {name} RENAME TO {_quoted(place[2])}")
        context.catalog.drop_table(table.full_name)
        context.catalog.add_table(replace(table, name=place[2], updated_at=context.now))
        return Rows()
    raise errors.unsupported(f"ALTER TABLE … {words.peek}")


def _add_columns(context: Context, table: TableInfo, text: str) -> Rows:
    text = text.strip()
    members = text[1:-1] if text.startswith("(") else text
    parsed = parsing.tree(parsing.read(f"CREATE TABLE x ({members})"))
    added = [_column(item, len(table.columns) + index) for index, item in enumerate(parsed.this.expressions)]
    name = _duckdb_name((table.catalog_name, table.schema_name, table.name))
    for column in added:
        context.run(f"ALTER TABLE {name} ADD COLUMN {_quoted(column.name)} {column.type.duckdb}")
    context.catalog.add_table(replace(table, columns=(*table.columns, *added), updated_at=context.now))
    return Rows()


def comment(context: Context, words: Words) -> Rows:
    words.need("COMMENT", "ON")
    kind = words.take_any("TABLE", "VIEW", "SCHEMA", "DATABASE")
    if kind is None:
        raise errors.unsupported(f"COMMENT ON {words.peek}")
    parts = words.name(3 if kind in ("TABLE", "VIEW") else 2)
    words.need("IS")
    text = None if words.take("NULL") else words.string()
    words.end()
    if kind in ("TABLE", "VIEW"):
        table = context.table(parts)
        _require_owner(context, table, "Table", table.full_name)
        context.catalog.add_table(replace(table, comment=text, updated_at=context.now))
    else:
        schema = context.schema(parts)
        _require_owner(context, schema, "Schema", schema.full_name)
        context.catalog.add_schema(replace(schema, comment=text))
    return Rows()


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _duckdb_name(place: tuple[str, str, str]) -> str:
    return f"{_quoted(f'{place[0]}.{place[1]}')}.{_quoted(place[2])}"
