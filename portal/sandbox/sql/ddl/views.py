"""CREATE VIEW: stored ones keep their text, temporary ones their tree in the session."""

from __future__ import annotations

from sqlglot import exp

from portal.sandbox.sql import errors, parsing, tables
from portal.sandbox.sql.catalog_model import ColumnInfo, TableInfo
from portal.sandbox.sql.context import Context, Rows
from portal.sandbox.sql.ddl.places import exists, target
from portal.sandbox.sql.words import Words


def create_view(context: Context, words: Words, or_replace: bool, temporary: bool) -> Rows:
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
    place = target(context, shown)
    if exists(context, place, shown, tolerant=tolerant, replaced=or_replace):
        return Rows()
    context.changes(f"{place[0]}.{place[1]}")
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
