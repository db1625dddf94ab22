"""Names of tables in a statement: resolved in the session, checked for its person, filtered and masked."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from sqlglot import exp

from portal.sandbox.sql import absent, errors, history, information_schema, lexing, metric_views, parsing, system_tables
from portal.sandbox.sql.catalog import INFORMATION_SCHEMA, Catalog
from portal.sandbox.sql.catalog_model import TableInfo
from portal.sandbox.sql.data.spec import TableSpec
from portal.sandbox.sql.history import History
from portal.sandbox.sql.session import SqlSession
from portal.sandbox.world import Person


@dataclass
class Resolved:
    """What a statement reads."""

    schemas: set[str] = field(default_factory=set)
    """Full names, to be loaded first."""
    tables: dict[tuple[str, ...], TableInfo] = field(default_factory=dict)
    """By lower-case three-part name."""

    inner: list[TableInfo] = field(default_factory=list)
    """Tables that views read: their columns' types are known, their names are not to be seen."""

    @property
    def columns(self) -> set[str]:
        """Lower-case names of all columns of all tables."""
        return {column.name.lower() for table in self.tables.values() for column in table.columns}

    def add(self, other: Resolved) -> None:
        """What a view within it reads."""
        self.schemas |= other.schemas
        self.inner += [*other.tables.values(), *other.inner]


def resolve(tree: exp.Expression, catalog: Catalog, session: SqlSession, text: str) -> Resolved:
    """Put DuckDB's names (or the viewer's share of a table) in the place of every table."""
    found = Resolved()
    for table in list(tree.find_all(exp.Table)):
        identifier_clause(table)
        if isinstance(table.this, exp.Identifier) and not is_cte(table):
            _resolve_one(table, catalog, session, text, found)
    _shorten_columns(tree, found)
    return found


def qualify(tree: exp.Expression, session: SqlSession) -> None:
    """Give every table its three-part name, for a view that is read later in another session."""
    for table in list(tree.find_all(exp.Table)):
        identifier_clause(table)
        if not isinstance(table.this, exp.Identifier) or is_cte(table) or table.name.lower() in session.views:
            continue
        catalog, schema, _ = session.qualified(parts_of(table))
        table.set("db", exp.to_identifier(schema))
        table.set("catalog", exp.to_identifier(catalog))


def parts_of(table: exp.Table) -> list[str]:
    return [part.name for part in table.parts]


def duckdb_table(info: TableInfo, alias: str) -> exp.Table:
    """`"samples.nyctaxi"."trips" AS alias`: one schema of DuckDB for each of ours."""
    found = exp.Table(
        this=exp.to_identifier(info.name, quoted=True),
        db=exp.to_identifier(f"{info.catalog_name}.{info.schema_name}", quoted=True),
    )
    return exp.alias_(found, alias, table=True, quoted=True, copy=False)


def is_cte(table: exp.Table) -> bool:
    """Whether the name is that of a common table expression that can be seen from here."""
    if table.args.get("db"):
        return False
    node: exp.Expression = table
    inside: exp.CTE | None = None
    while node.parent is not None:
        node = node.parent
        if isinstance(node, exp.CTE):
            inside = node
        with_ = node.args.get("with_")
        if with_ is None:
            continue
        for cte in with_.expressions:
            if cte is inside and not with_.args.get("recursive"):
                break
            if cte.alias.lower() == table.name.lower():
                return True
    return False


def identifier_clause(table: exp.Table) -> None:
    """`IDENTIFIER('a.b.c')`, whose argument may have been a parameter, to the name itself."""
    if not isinstance(table.this, exp.Anonymous) or table.this.name.upper() != "IDENTIFIER":
        return
    parts = _named(table.this)
    for part, name in zip(("this", "db", "catalog"), reversed(parts), strict=False):
        table.set(part, exp.to_identifier(name, quoted=True))


def identifier_columns(tree: exp.Expression) -> None:
    """`IDENTIFIER('a')` where a column may stand, to the column."""
    for call in [one for one in tree.find_all(exp.Anonymous) if one.name.upper() == "IDENTIFIER"]:
        if isinstance(call.parent, exp.Table):
            continue
        parts = [exp.to_identifier(name, quoted=True) for name in reversed(_named(call))]
        call.replace(exp.Column(**dict(zip(("this", "table", "db", "catalog"), parts, strict=False))))


def _named(call: exp.Expression) -> list[str]:
    """The parts of the name that IDENTIFIER's argument says."""
    value = _constant(call.expressions[0]) if len(call.expressions) == 1 else None
    if value is None:
        raise errors.SqlError(
            "NOT_A_CONSTANT_STRING.NOT_CONSTANT",
            "The expression used for the routine or clause IDENTIFIER must be a constant STRING which is NOT NULL.",
            "42601",
        )
    return lexing.name_parts(value)


def _constant(node: exp.Expression) -> str | None:
    """The text of a literal, or of literals put together; None for what is no such thing."""
    match node:
        case exp.Literal(is_string=True):
            return node.name
        case exp.Paren() | exp.Cast():
            return _constant(node.this)
        case exp.DPipe():
            parts = [_constant(node.this), _constant(node.expression)]
        case exp.Concat():
            parts = [_constant(one) for one in node.expressions]
        case _:
            return None
    return None if None in parts else "".join(part or "" for part in parts)


def _resolve_one(table: exp.Table, catalog: Catalog, session: SqlSession, text: str, found: Resolved) -> None:
    shown = parts_of(table)
    alias = table.alias or shown[-1]
    line, pos = lexing.place(text, table.parts[0].meta["start"]) if "start" in table.parts[0].meta else (0, 0)
    version = table.args.get("version")
    if len(shown) == 1 and shown[0].lower() in session.views:
        view = session.views[shown[0].lower()].tree.copy()
        found.add(resolve(view, catalog, session, text))
        _put(table, view, alias)
        return
    try:
        parts = session.qualified(shown)
    except ValueError:
        raise errors.table_not_found(shown, line, pos) from None
    if len(shown) == 2 and shown[0].lower() in absent.SOURCES and "/" in shown[1]:
        raise errors.unsupported(f"reading {shown[0].upper()} files by their path")
    if parts[1].lower() == INFORMATION_SCHEMA:
        rows = information_schema.query(catalog, session.person, parts[0], parts[2], _asked_of(table))
        if rows is None and parts[2].lower() in absent.INFORMATION:
            raise errors.unsupported(f"information_schema.{parts[2].lower()}")
        if rows is None:
            raise errors.table_not_found(shown, line, pos)
        _put(table, rows, alias)
        return
    info = catalog.require_table(session.person, parts, shown, "SELECT", line, pos)
    found.tables[tuple(part.lower() for part in parts)] = info
    if info.full_name in system_tables.TABLES:
        rows_of = catalog.system_rows.get(info.full_name)
        _put(table, system_tables.query(info, rows_of() if rows_of else (), _asked_of(table)), alias)
        return
    if info.view_definition is not None:
        if version is not None:
            raise errors.view_instead_of_table(info.full_name)
        found.add(_resolve_view(table, info, catalog, session, alias))
        return
    found.schemas.add(f"{info.catalog_name}.{info.schema_name}")
    spec = catalog.specs.get(info.full_name.lower())
    source = duckdb_table(info, alias)
    if version is not None:
        source, info = _version(info, history.chosen(catalog.history, info, version, session), source)
        table.set("version", None)
    limited = viewers_share(info, spec, session.person, source) if spec else None
    _put(table, source if limited is None else limited, alias)


def _asked_of(table: exp.Table) -> set[str] | None:
    """Names of columns that the table's statement holds, in small letters; None where it may mean others, too."""
    statement = table.root()
    if statement.find(exp.Star, exp.Pivot, exp.Anonymous) is not None:
        return None
    if any(join.args.get("using") or join.args.get("method") for join in statement.find_all(exp.Join)):
        return None
    return {column.name.lower() for column in statement.find_all(exp.Column)}


def _version(info: TableInfo, version: history.Version, newest: exp.Table) -> tuple[exp.Table, TableInfo]:
    """An old version's rows, and the table as it was declared then; masks and filters are today's."""
    if not version.kept:
        return newest, info
    return exp.to_table(History.place(version), dialect="duckdb"), replace(version.table, owner=info.owner)


def _resolve_view(table: exp.Table, info: TableInfo, catalog: Catalog, session: SqlSession, alias: str) -> Resolved:
    """A stored view reads with its owner's rights, as Unity Catalog's views do; its filters go by its owner too."""
    text = info.view_definition or ""
    if info.table_type == "METRIC_VIEW":
        view: exp.Expression = metric_views.expand(metric_views.parse(text), table)
    else:
        view = parsing.tree(lexing.read(text))
    owner = next((one for one in catalog.people if one.user_name == info.owner), session.person)
    found = resolve(view, catalog, SqlSession(owner, info.catalog_name, info.schema_name), text)
    names = [column.name for column in info.columns] if info.table_type == "VIEW" else None
    _put(table, view, alias, names)
    return found


def viewers_share(info: TableInfo, spec: TableSpec, person: Person, source: exp.Table) -> exp.Query | None:
    """What this person sees of a table, or of an old version of it: only their region's rows, masked columns.

    None if that is all of it.
    """
    masked = {name: mask for name, mask in spec.masks.items() if mask[1] not in person.groups}
    filtered = spec.row_filter is not None and person.region is not None
    if not masked and not filtered:
        return None
    items = []
    for column in info.columns:
        name = exp.to_identifier(column.name, quoted=True).sql("duckdb")
        mask = masked.get(column.name)
        shown = mask[2].format(column=name) if mask else name
        items.append(exp.alias_(exp.maybe_parse(shown, dialect="duckdb"), column.name, quoted=True))
    found = exp.select(*items).from_(source.copy())
    if filtered:
        assert spec.row_filter
        column = exp.column(exp.to_identifier(spec.row_filter[1], quoted=True))
        found = found.where(column.eq(exp.Literal.string(person.region)))
    return found


def _put(table: exp.Table, found: exp.Expression, alias: str, names: list[str] | None = None) -> None:
    """Replace a table by a table or a query; what hangs on it (pivots, samples, joins) moves along."""
    columns = table.args["alias"].args.get("columns") if table.args.get("alias") else None
    if columns is None and names:
        columns = [exp.to_identifier(name, quoted=True) for name in names]
    named = exp.TableAlias(this=exp.to_identifier(alias, quoted=True), columns=columns)
    if isinstance(found, exp.Query):
        found = exp.Subquery(this=found)
    for kind in ("pivots", "sample", "joins", "laterals"):
        if table.args.get(kind):
            found.set(kind, table.args[kind])
    if table.args.get("pivots"):
        # A pivot's alias belongs to the pivot; the source below it needs none.
        found.set("alias", named if table.alias else None)
    else:
        found.set("alias", named)
    table.replace(found)


def _shorten_columns(tree: exp.Expression, found: Resolved) -> None:
    """`samples.nyctaxi.trips.fare` and `nyctaxi.trips.fare` to `trips.fare`: DuckDB knows the tables by other names."""
    for column in tree.find_all(exp.Column):
        qualifier = tuple(part.name.lower() for part in column.parts[:-1])
        if len(qualifier) < 2:
            continue
        if any(name[-len(qualifier) :] == qualifier for name in found.tables):
            column.set("db", None)
            column.set("catalog", None)
