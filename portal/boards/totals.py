"""A pivot's totals, by the warehouse: of averages and distinct counts nobody else can make them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

from portal.boards import given
from portal.boards.definition import Field, Widget
from portal.boards.rewriting import Unsupported
from portal.databricks.sqllexer import code

GROUPING = "portal.grouping"
"""The column of a pivot's query that tells its totals: a bit for each field of its rows and then of its columns, the
first one highest, set where the row is a total over that field."""
_MOST_SETS = 64


def axes(widget: Widget, fields: Sequence[Field]) -> list[list[Field]]:
    """A pivot's fields of rows and of columns, where the warehouse makes its totals: it groups, and knows how."""
    if widget.kind != "pivot" or widget.query is None or widget.query.disaggregated:
        return []
    encodings = given.node(widget.spec, "encodings")
    named = {one.name: one for one in fields}
    found = []
    for key in ("rows", "columns"):
        listed = dict.fromkeys(given.text(one, "fieldName") for one in given.fields(encodings, key, 20))
        found.append([named[one] for one in listed if one in named])
    inside = {one.name for axis in found for one in axis}
    cells = [one for one in fields if one.name not in inside]
    # A bare column in the cells cannot be grouped by nothing.
    return found if cells and all(len(code(one.expression)) > 1 for one in cells) else []


def grouping_sets(axes_: Sequence[Sequence[Field]]) -> tuple[str, str]:
    """GROUPING SETS for a pivot's every total, and the expression of `GROUPING`.

    Each axis is rolled up from its last field to its first, each with each of the other axes.
    """
    levels = [[axis[:count] for count in range(len(axis), -1, -1)] for axis in axes_]
    sets = [[one for part in chosen for one in part] for chosen in product(*levels)]
    if len(sets) > _MOST_SETS:
        raise Unsupported("This pivot has more totals than the portal computes.")
    all_of = [one for axis in axes_ for one in axis]
    written = ", ".join("(" + ", ".join(one.expression for one in chosen) + ")" for chosen in sets)
    bits = " + ".join(
        f"grouping({one.expression}) * {2 ** (len(all_of) - 1 - place)}" for place, one in enumerate(all_of)
    )
    return f"\nGROUP BY GROUPING SETS ({written})", bits
