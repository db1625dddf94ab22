"""What can come next in a dotted name: the editor asks as one types, and keeps the answer for a while."""

from __future__ import annotations

from contextlib import suppress

from portal.databricks.catalog import details, names
from portal.databricks.catalog.model import Name
from portal.viewer.errors import NoSuchThing, PortalError


def children(path: tuple[str, ...]) -> tuple[Name, ...]:
    """Names below a path of up to three: () is the workspace; a schema's functions come behind its tables."""
    match path:
        case ():
            return names.catalogs().items
        case (catalog,):
            return names.schemas(catalog).items
        case (catalog, schema):
            return (*names.tables(catalog, schema).items, *_functions(catalog, schema))
        case (catalog, schema, table):
            return tuple(
                Name(one.name, "column", one.type_text) for one in details.table(catalog, schema, table).columns
            )
    raise NoSuchThing("There is nothing below a column.")


def _functions(catalog: str, schema: str) -> tuple[Name, ...]:
    # Tables must not hang on the functions: a workspace may refuse or lack them.
    with suppress(PortalError):
        return tuple(Name(one.name, "function", one.returns) for one in details.functions(catalog, schema))
    return ()
