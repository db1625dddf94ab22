"""Unity Catalog as the viewer may see it.

children(path)              names below (), (catalog,), (catalog, schema), (catalog, schema, table): completion
names.catalogs() …          the same for a tree: further pages, and what may only be browsed
search(text)                by name, through all catalogs
details.table(…) …          one thing: columns, comment, tags, owner, grants, functions
written(path), quoted(name) names as SQL takes them
"""

from portal.databricks.catalog import details, names
from portal.databricks.catalog.completion import children
from portal.databricks.catalog.model import (
    Column,
    ForeignKey,
    Function,
    Grant,
    Name,
    Names,
    Securable,
    Table,
    checked,
    quoted,
    written,
)
from portal.databricks.catalog.names import check
from portal.databricks.catalog.search import Found, search

__all__ = [
    "Column",
    "ForeignKey",
    "Found",
    "Function",
    "Grant",
    "Name",
    "Names",
    "Securable",
    "Table",
    "check",
    "checked",
    "children",
    "details",
    "names",
    "quoted",
    "search",
    "written",
]
