"""Unity Catalog as the viewer may see it: catalogs, schemas, tables, columns, tags and grants.

Names are kept per viewer for a minute, so that a tree and completion answer at once. Lists of tables leave columns and
properties out: a schema of thousands is then one or a few small answers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from portal.databricks import workspace
from portal.viewer.errors import NoSuchThing, PortalError
from portal.viewer.per_viewer import per_viewer

NAMES_SECONDS = 60


@dataclass(frozen=True)
class Name:
    """One thing in the tree. `kind`: "catalog", "schema", "table", "view" or "column"; `note` a type or a comment."""

    name: str
    kind: str
    note: str = ""


@dataclass(frozen=True)
class Column:
    name: str
    type_text: str
    comment: str
    nullable: bool
    mask: str | None = None
    """Full name of the function that masks it."""


@dataclass(frozen=True)
class Table:
    """A table or view. Times are epoch milliseconds; `rows` and `nbytes` where Unity Catalog knows them."""

    full_name: str
    kind: str
    format: str
    comment: str
    owner: str
    columns: tuple[Column, ...]
    created_at: int | None
    updated_at: int | None
    rows: int | None
    nbytes: int | None
    view_definition: str | None
    row_filter: str | None
    browse_only: bool


@dataclass(frozen=True)
class Grant:
    """`inherited_from` is a full name, "" where it is granted on the thing itself."""

    principal: str
    privilege: str
    inherited_from: str


def quoted(name: str) -> str:
    """A name as SQL takes it, whatever it holds."""
    return "`" + name.replace("`", "``") + "`"


def children(path: tuple[str, ...]) -> tuple[Name, ...]:
    """What is below a path of up to three names, by name: () is the workspace."""
    match path:
        case ():
            return catalogs()
        case (catalog,):
            return schemas(catalog)
        case (catalog, schema):
            return tables(catalog, schema)
        case (catalog, schema, table):
            found = get(catalog, schema, table)
            return tuple(Name(column.name, "column", column.type_text) for column in found.columns)
    raise NoSuchThing("There is nothing below a column.")


@per_viewer(ttl=NAMES_SECONDS)
def catalogs() -> tuple[Name, ...]:
    found = workspace.call(lambda client: list(client.catalogs.list(max_results=0)), "the catalogs")
    return _sorted(Name(one.name or "", "catalog", one.comment or "") for one in found)


@per_viewer(ttl=NAMES_SECONDS)
def schemas(catalog: str) -> tuple[Name, ...]:
    found = workspace.call(lambda client: list(client.schemas.list(catalog, max_results=0)), f"catalog {catalog}")
    return _sorted(Name(one.name or "", "schema", one.comment or "") for one in found)


@per_viewer(ttl=NAMES_SECONDS)
def tables(catalog: str, schema: str) -> tuple[Name, ...]:
    found = workspace.call(
        lambda client: list(
            # Unset, Unity Catalog answers all of them at once where it can; else the SDK turns the pages.
            client.tables.list(catalog, schema, omit_columns=True, omit_properties=True, omit_username=True)
        ),
        f"schema {catalog}.{schema}",
    )
    return _sorted(Name(one.name or "", _kind(one), one.comment or "") for one in found)


@per_viewer(ttl=NAMES_SECONDS)
def get(catalog: str, schema: str, table: str) -> Table:
    """One table with its columns."""
    full_name = f"{catalog}.{schema}.{table}"
    found = workspace.call(lambda client: client.tables.get(full_name, include_browse=True), f"table {full_name}")
    properties = found.properties or {}
    return Table(
        full_name=full_name,
        kind=_kind(found),
        format=workspace.word(found.data_source_format),
        comment=found.comment or "",
        owner=found.owner or "",
        columns=tuple(_column(column) for column in sorted(found.columns or (), key=lambda c: c.position or 0)),
        created_at=found.created_at,
        updated_at=found.updated_at,
        rows=_count(properties, "spark.sql.statistics.numRows", "numRows"),
        nbytes=_count(properties, "spark.sql.statistics.totalSize", "sizeInBytes"),
        view_definition=found.view_definition,
        row_filter=found.row_filter.function_name if found.row_filter else None,
        browse_only=bool(found.browse_only),
    )


@per_viewer(ttl=NAMES_SECONDS)
def tags(catalog: str, schema: str, table: str) -> tuple[tuple[str, str], ...]:
    """Key and value of each tag of a table."""
    full_name = f"{catalog}.{schema}.{table}"
    found = workspace.call(
        lambda client: list(client.entity_tag_assignments.list("tables", full_name)), f"the tags of {full_name}"
    )
    return tuple(sorted((one.tag_key or "", one.tag_value or "") for one in found))


@per_viewer(ttl=NAMES_SECONDS)
def grants(catalog: str, schema: str, table: str) -> tuple[Grant, ...]:
    """Who may do what with a table, as far as this viewer may know."""
    full_name = f"{catalog}.{schema}.{table}"

    def every(client: Any) -> list[Any]:
        token: str | None = None
        found: list[Any] = []
        while True:
            page = client.grants.get_effective("TABLE", full_name, page_token=token)
            found += page.privilege_assignments or []
            token = page.next_page_token
            if not token:
                return found

    return tuple(
        sorted(
            (
                Grant(
                    one.principal or "",
                    workspace.word(privilege.privilege).replace("_", " "),
                    privilege.inherited_from_name or "",
                )
                for one in workspace.call(every, f"the grants of {full_name}")
                for privilege in one.privileges or ()
            ),
            key=lambda grant: (grant.principal, grant.privilege, grant.inherited_from),
        )
    )


def check(catalog: str | None, schema: str | None) -> None:
    """Raise where a `USE` names what is not there, or not for this viewer."""
    if catalog is None or schema is None:
        return
    try:
        names = {name.name.lower() for name in schemas(catalog)}
    except NoSuchThing:
        raise
    except PortalError:
        return  # not to be told: the statements that use it will say
    if schema.lower() not in names and schema != "default":
        raise NoSuchThing(f"There is no schema {catalog}.{schema}, or you may not see it.")


def _sorted(names: Iterable[Name]) -> tuple[Name, ...]:
    return tuple(sorted(names, key=lambda name: name.name.lower()))


def _kind(table: Any) -> str:
    return "view" if "VIEW" in workspace.word(table.table_type) else "table"


def _column(column: Any) -> Column:
    mask = column.mask.function_name if column.mask else None
    return Column(
        column.name or "", column.type_text or "", column.comment or "", bool(column.nullable is not False), mask
    )


def _count(properties: dict[str, str], *names: str) -> int | None:
    text = next((properties[name] for name in names if name in properties), "")
    return int(text) if text.isdigit() else None
