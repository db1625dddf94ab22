"""A table's first rows as a plain grid shows them: exact, and never long."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from portal.ui import grid

LONGEST_CELL = 300
"""Characters of a cell's text: a cell of a megabyte is for the warehouse page."""


def short(rows: pa.Table) -> pa.Table:
    """Long texts cut; nested values as they are drawn."""
    kept = []
    for column in rows.columns:
        if pa.types.is_nested(column.type) or pa.types.is_binary(column.type):
            column = pa.chunked_array([pa.array([grid.exact(value) for value in column.to_pylist()], pa.string())])
        if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
            long = pc.greater(pc.utf8_length(column), LONGEST_CELL)
            cut = pc.binary_join_element_wise(pc.utf8_slice_codeunits(column, 0, LONGEST_CELL), "…", "")
            column = pc.if_else(long, cut, column)
        kept.append(column)
    return pa.table(kept, names=rows.column_names)
