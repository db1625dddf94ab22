"""The rows and columns that a view shows, for a file: what one sees is what one gets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa

from portal.results import result as results
from portal.results import views
from portal.results.result import Result
from portal.results.views import View
from portal.viewer.errors import NoSuchThing

_PART = 20_000
"""Rows of a view that are taken out of a result at a time."""


@dataclass(frozen=True)
class Shown:
    """`arranged` is the statement by which the warehouse has sorted and filtered a result that is too large to be here;
    its columns have other names, and are the same."""

    view: View
    arranged: str | None = None

    @property
    def is_all(self) -> bool:
        return self.view == View()


def rows(result: Result, shown: Shown) -> tuple[pa.Schema, Iterator[pa.Table], int]:
    """The schema, the rows in their order, and how many there are."""
    chosen = list(shown.view.columns) or list(range(len(result.columns)))
    rows_of = View(shown.view.sorts, shown.view.filters)
    if rows_of == View():
        return _narrowed(result, result, chosen)
    if result.is_here:
        table = result.table().select(chosen)
        places = views.local(result, rows_of)
        parts = (table.take(places.slice(at, _PART)) for at in range(0, len(places), _PART))
        return table.schema, parts, len(places)
    if shown.arranged is None:
        raise NoSuchThing("This result is sorted and filtered by the warehouse. Wait until its rows show.")
    return _narrowed(results.opened(shown.arranged), result, chosen)


def _narrowed(source: Result, result: Result, chosen: list[int]) -> tuple[pa.Schema, Iterator[pa.Table], int]:
    """Some columns of the rows of one result, under another's names."""
    if len(source.columns) != len(result.columns):
        raise NoSuchThing("The statement that `arranged` names does not hold this result's columns.")
    names = [result.columns[at].name for at in chosen]
    # The first rows tell the schema: Arrow says more of a type than the manifest does.
    schema = source.rows(0, 1).select(chosen).rename_columns(names).schema
    parts = (part.select(chosen).rename_columns(names) for part in source.chunks(kept=False))
    return schema, parts, source.total
