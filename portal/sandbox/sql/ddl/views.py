"""CREATE VIEW: stored ones keep their text, metric views their YAML, temporary ones their tree in the session."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from sqlglot import exp

from portal.sandbox.sql import errors, lexing, metric_views, parsing, tables
from portal.sandbox.sql.catalog_model import ColumnInfo, TableInfo
from portal.sandbox.sql.context import Context, Rows
from portal.sandbox.sql.dialect import Query
from portal.sandbox.sql.places import exists, target
from portal.sandbox.sql.session import TemporaryView
from portal.sandbox.sql.words import Words


@dataclass
class _Head:
    """What stands before AS."""

    names: list[tuple[str, str | None]] = field(default_factory=list)
    """Columns and their comments."""
    comment: str | None = None
    properties: dict[str, str] = field(default_factory=dict)
    metrics: bool = False


def create_view(context: Context, words: Words, or_replace: bool, temporary: bool) -> Rows:
    tolerant = words.take("IF", "NOT", "EXISTS")
    shown = words.name()
    head = _head(words)
    words.need("AS")
    if head.metrics:
        yaml = words.body()
        words.end()
        return _metric_view(context, shown, head, yaml, or_replace, tolerant)
    text = words.rest()
    tree = context.translator.tree(lexing.read(text), context.parameters)
    if not isinstance(tree, exp.Query):
        raise lexing.at(lexing.read(text).tokens[0], text)
    tables.qualify(tree, context.session)
    if temporary:
        return _temporary_view(context, shown, head, tree, text, or_replace)
    place = target(context, shown)
    if exists(context, place, shown, tolerant=tolerant, replaced=or_replace):
        return Rows()
    not_a_table(context.catalog.tables.get(".".join(place)))
    _nothing_temporary(context, tree, place)
    definition = tree.sql("databricks")
    columns = _columns(context, tree.copy(), text, head)
    context.changes(f"{place[0]}.{place[1]}")
    context.catalog.add_table(_info(context, place, head, columns, "VIEW", definition))
    return Rows()


def _head(words: Words) -> _Head:
    found = _Head()
    if words.take("("):
        while True:
            name = words.name(1)[0]
            found.names.append((name, words.string() if words.take("COMMENT") else None))
            if not words.take(","):
                break
        words.need(")")
    while words.more and words.peek != "AS":
        if words.take("COMMENT"):
            found.comment = words.string()
        elif words.take("TBLPROPERTIES"):
            found.properties = words.pairs()
        elif words.take("WITH", "METRICS"):
            found.metrics = True
        elif words.take("WITH", "SCHEMA"):
            words.take("TYPE")
            words.take_any("BINDING", "COMPENSATION", "EVOLUTION")
        elif words.take("DEFAULT", "COLLATION"):
            words.name(1)
        else:
            words.need("LANGUAGE", "YAML")
    return found


def _nothing_temporary(context: Context, tree: exp.Query, place: tuple[str, str, str]) -> None:
    """A stored view outlives the session's own."""
    for table in tree.find_all(exp.Table):
        own = not table.args.get("db") and table.name.lower() in context.session.views
        if own and not tables.is_cte(table):
            name, full = errors.quoted(table.name), errors.quoted(*place)
            text = (
                f"Cannot create the persistent object {full} of the type VIEW because it references to the temporary "
                f"object {name} of the type VIEW. Please make the temporary object {name} persistent, or make the "
                f"persistent object {full} temporary."
            )
            raise errors.SqlError("INVALID_TEMP_OBJ_REFERENCE", text, "42K0F")


def not_a_table(existing: TableInfo | None) -> None:
    if existing is not None and existing.view_definition is None:
        text = f"'{existing.full_name}' is a table. The operation expects a view."
        raise errors.SqlError("EXPECT_VIEW_NOT_TABLE.NO_ALTERNATIVE", text, "42809")


def _info(
    context: Context, place: tuple[str, str, str], head: _Head, columns: tuple[ColumnInfo, ...], kind: str, text: str
) -> TableInfo:
    return TableInfo(
        *place,
        columns,
        table_type=kind,
        data_source_format=None,
        comment=head.comment,
        owner=context.person.user_name,
        view_definition=text,
        properties=head.properties,
        created_at=context.now,
        updated_at=context.now,
    )


def _columns(context: Context, tree: exp.Query, text: str, head: _Head) -> tuple[ColumnInfo, ...]:
    query = context.translator.query(tree, text)
    described = _described(context, query)
    if head.names and len(head.names) != len(described):
        reason = "not enough" if len(described) < len(head.names) else "too many"
        text = f"Cannot create view, the reason is {reason} data columns."
        kind = "NOT_ENOUGH_DATA_COLUMNS" if len(described) < len(head.names) else "TOO_MANY_DATA_COLUMNS"
        raise errors.SqlError(f"CREATE_VIEW_COLUMN_ARITY_MISMATCH.{kind}", text, "21S01")
    named = head.names or [(column.name, None) for column in described]
    return tuple(
        ColumnInfo(name, column.type, index, comment)
        for index, (column, (name, comment)) in enumerate(zip(described, named, strict=True))
    )


def _described(context: Context, query: Query) -> list[ColumnInfo]:
    context.load(query.schemas)
    found = context.run(f"SELECT * FROM ({query.sql}) LIMIT 0").description or []
    return [ColumnInfo(name, query.type(index, name, type_), index) for index, (name, type_, *_) in enumerate(found)]


def _temporary_view(
    context: Context, shown: list[str], head: _Head, tree: exp.Query, text: str, or_replace: bool
) -> Rows:
    if len(shown) > 1:
        message = f"The temporary view name {errors.quoted(*shown)} must be a single-part name."
        raise errors.SqlError("TEMP_VIEW_NAME_TOO_MANY_NAME_PARTS", message, "428EK")
    name = shown[0].lower()
    if name in context.session.views and not or_replace:
        message = f"Cannot create the temporary view {errors.quoted(name)} because it already exists."
        raise errors.SqlError("TEMP_TABLE_OR_VIEW_ALREADY_EXISTS", message, "42P07")
    columns = _columns(context, tree.copy(), text, head)
    if head.names:
        alias = exp.TableAlias(
            this=exp.to_identifier("view"), columns=[exp.to_identifier(one, quoted=True) for one, _ in head.names]
        )
        tree = exp.select("*").from_(exp.Subquery(this=tree, alias=alias))
    context.session.views[name] = TemporaryView(tree, _info(context, ("", "", name), head, columns, "VIEW", text))
    return Rows()


def _metric_view(context: Context, shown: list[str], head: _Head, yaml: str, or_replace: bool, tolerant: bool) -> Rows:
    view = metric_views.parse(yaml)
    place = target(context, shown)
    if exists(context, place, shown, tolerant=tolerant, replaced=or_replace):
        return Rows()
    not_a_table(context.catalog.tables.get(".".join(place)))
    members = (*view.dimensions, *view.measures)
    names = [name for name, _ in head.names] or [one.name for one in members]
    if [name.lower() for name in names] != [one.name.lower() for one in members]:
        raise errors.unsupported("metric views that rename their columns")
    comments = {name.lower(): comment for name, comment in head.names if comment}
    columns = tuple(
        replace(column, comment=comments.get(one.name.lower(), one.comment), measure=one in view.measures)
        for one, column in zip(members, _measured(context, view), strict=True)
    )
    head.comment = head.comment or view.comment
    context.changes(f"{place[0]}.{place[1]}")
    context.catalog.add_table(_info(context, place, head, columns, "METRIC_VIEW", yaml))
    return Rows()


def _measured(context: Context, view: metric_views.MetricView) -> list[ColumnInfo]:
    """The columns' types: what a query of all of them answers."""
    text = metric_views.everything(view, "itself")
    tree = parsing.tree(lexing.read(text))
    table = tree.find(exp.Table)
    assert table is not None
    source = metric_views.expand(view, table)
    tables.qualify(source, context.session)
    table.replace(exp.Subquery(this=source, alias=exp.TableAlias(this=exp.to_identifier("itself", quoted=True))))
    assert isinstance(tree, exp.Query)
    return _described(context, context.translator.query(tree, text))
