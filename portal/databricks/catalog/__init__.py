"""Unity Catalog as the viewer may see it.

children(path)              names below (), (catalog,), (catalog, schema), (catalog, schema, table): completion
names.catalogs() …          the same for a tree: further pages, and what may only be browsed
search(text)                by name, through all catalogs; columns.search(text) columns
details.table(…) …          one thing: columns, comment, tags, owner, grants, functions
written(path), quoted(name) names as SQL takes them
"""

from portal.databricks.catalog import columns, details, metrics, names
from portal.databricks.catalog.completion import children
from portal.databricks.catalog.model import (
    Column,
    ForeignKey,
    Function,
    Grant,
    Held,
    Name,
    Names,
    Securable,
    Table,
    checked,
    written,
)
from portal.databricks.catalog.names import check
from portal.databricks.catalog.search import Found, search
from portal.databricks.sqllexer import quoted

__all__ = [
    "Column",
    "ForeignKey",
    "Found",
    "Function",
    "Grant",
    "Held",
    "Name",
    "Names",
    "Securable",
    "Table",
    "check",
    "checked",
    "children",
    "columns",
    "details",
    "metrics",
    "names",
    "quoted",
    "search",
    "written",
]
