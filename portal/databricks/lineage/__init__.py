"""Lineage of tables as the viewer may see it.

of(catalog, schema, table)         what it was made of and what was made of it, one hop; which door answered
columns(catalog, schema, table, c) the columns that one is computed from, and those computed from it

`sources.sources(sql, catalog, schema)`, the tables that a text reads, comes with its parser: import it late.
"""

from portal.databricks.lineage.bycolumn import columns
from portal.databricks.lineage.doors import of
from portal.databricks.lineage.model import ColumnLineage, Entity, Lineage, Neighbour

__all__ = ["ColumnLineage", "Entity", "Lineage", "Neighbour", "columns", "of"]
