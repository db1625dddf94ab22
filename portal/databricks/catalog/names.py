"""Names in Unity Catalog, for a tree and for completion: kept per viewer, so that both answer at once.

A schema may hold thousands of tables. `tables/list` gives them in small pages, one call each; `table-summaries` gives
ten thousand names in one, but only of what the viewer may read. So both are asked at once, the second for speed, and
the further pages of the first, which add what may only be browsed, are read when somebody asks for more.
"""

from __future__ import annotations

from collections.abc import Iterable

from portal.databricks import workspace
from portal.databricks.catalog import ask
from portal.databricks.catalog.model import Name, Names, checked, missing
from portal.viewer.errors import NoSuchThing, PortalError
from portal.viewer.per_viewer import per_viewer

SECONDS = 120
# What a list of names does not need: a schema of wide tables is then a small answer.
_BRIEF = {"include_browse": True, "omit_columns": True, "omit_properties": True, "omit_username": True}


def kind_of(table_type: str | None) -> str:
    """ "view" or "table", of Unity Catalog's word for it."""
    return "view" if "VIEW" in (table_type or "") else "table"


@per_viewer(ttl=SECONDS)
def catalogs() -> Names:
    """Every catalog that the viewer may see."""
    found = ask.every(ask.address("catalogs"), "catalogs", "the catalogs", include_browse=True)
    return _sorted(Name(one.get("name", ""), "catalog", one.get("comment") or "", _browse(one)) for one in found)


@per_viewer(ttl=SECONDS)
def schemas(catalog: str) -> Names:
    """Every schema of a catalog; `NoSuchThing` where the viewer may not know of the catalog."""
    path = checked((catalog,))
    return ask.hidden(lambda: _schemas(catalog), path)


def _schemas(catalog: str) -> Names:
    found = ask.every(
        ask.address("schemas"), "schemas", f"catalog {catalog}", catalog_name=catalog, include_browse=True
    )
    return _sorted(Name(one.get("name", ""), "schema", one.get("comment") or "", _browse(one)) for one in found)


@per_viewer(ttl=SECONDS)
def tables(catalog: str, schema: str) -> Names:
    """Tables and views of a schema: all that the viewer may read, and the first page of those to browse."""
    path = checked((catalog, schema))
    first, readable = workspace.each(
        lambda read: read(), [lambda: _page(catalog, schema, None), lambda: _readable(catalog, schema)]
    )
    if isinstance(first, PortalError):
        if isinstance(first, NoSuchThing):
            raise missing(path)
        raise first
    if isinstance(readable, PortalError) or first.following is None:
        return first
    seen = {one.name for one in first.items}
    return Names(
        _sorted([*first.items, *(one for one in readable.items if one.name not in seen)]).items, first.following
    )


@per_viewer(ttl=SECONDS)
def more_tables(catalog: str, schema: str, following: str) -> Names:
    """The next page of a schema's tables, those that may only be browsed among them."""
    checked((catalog, schema))
    return _page(catalog, schema, following)


_ONWARDS = 50
"""Pages of tables that one look reads on."""


def tables_up_to(catalog: str, schema: str, count: int) -> Names:
    """As `tables`, and read on until there are so many: those of further pages stand at the end, as they came."""
    found = tables(catalog, schema)
    items = {one.name: one for one in found.items}
    following = found.following
    for _ in range(_ONWARDS):
        if following is None or len(items) >= count:
            break
        more = more_tables(catalog, schema, following)
        items |= {one.name: one for one in more.items if one.name not in items}
        following = more.following
    return Names(tuple(items.values()), following)


def _page(catalog: str, schema: str, token: str | None) -> Names:
    found, following = ask.hidden(
        lambda: ask.page(
            ask.address("tables"), "tables", f"schema {catalog}.{schema}", token,
            catalog_name=catalog, schema_name=schema, **_BRIEF,
        ),
        (catalog, schema),
    )  # fmt: skip
    items = (
        Name(one.get("name", ""), kind_of(one.get("table_type")), one.get("comment") or "", _browse(one))
        for one in found
    )
    return Names(_sorted(items).items, following)


def _readable(catalog: str, schema: str) -> Names:
    found = ask.every(
        ask.address("table-summaries"), "tables", f"schema {catalog}.{schema}",
        catalog_name=catalog, schema_name_pattern=schema,
    )  # fmt: skip
    # The pattern is one of LIKE: another schema may fit it too.
    start = f"{catalog}.{schema}.".lower()
    names = (
        Name(one["full_name"][len(start) :], kind_of(one.get("table_type")))
        for one in found
        if one.get("full_name", "").lower().startswith(start)
    )
    return _sorted(names)


def check(catalog: str | None, schema: str | None) -> None:
    """Raise where a `USE` names what is not there, or not for this viewer."""
    if catalog is None or schema is None:
        return
    try:
        known = {name.name.lower() for name in schemas(catalog).items}
    except NoSuchThing:
        raise
    except PortalError:
        return  # not to be told: the statements that use it will say
    if schema.lower() not in known | {"default", "information_schema"}:
        raise missing((catalog, schema))


def _sorted(names: Iterable[Name]) -> Names:
    return Names(tuple(sorted(names, key=lambda name: (name.name.lower(), name.name))))


def _browse(one: ask.Json) -> bool:
    return bool(one.get("browse_only"))
