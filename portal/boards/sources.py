"""A dataset as a statement may read it: its SQL as a CTE, or a table or metric view by its name; and expressions over
its columns. Each text is judged by itself, as its author wrote it and as it is rewritten (`checked`, `rewriting`)."""

from __future__ import annotations

from portal.boards import checked, filters, rewriting
from portal.boards.binding import ARRAYS, Binder
from portal.boards.checked import Unsafe
from portal.boards.definition import LONGEST_EXPRESSION, LONGEST_TEXT, Board, Dataset, Query
from portal.boards.filters import Applied
from portal.boards.rewriting import Unsupported
from portal.boards.selection import Span
from portal.databricks.sqllexer import TooLong, code, name, quoted


def of(board: Board, query: Query) -> Dataset:
    found = board.datasets.get(query.dataset)
    if found is None:
        raise Unsupported("The dataset of this widget is missing from the dashboard.")
    return found


def source(dataset: Dataset, holding: Applied, binder: Binder, called: str) -> tuple[list[str], str]:
    """CTEs, and what stands behind FROM, for a dataset that is `called` so; the values of its parameters are bound."""
    if dataset.asset and not dataset.text:
        return [], _asset(dataset)
    if len(dataset.text) > LONGEST_TEXT:
        raise Unsupported(f"The SQL of the dataset {dataset.title} is too long.")
    try:
        text = checked.query(dataset.text)
    except Unsafe as error:
        raise Unsupported(f"The SQL of the dataset {dataset.title} is not run here. {error}") from None
    arrays = {one.keyword: ARRAYS.get(one.type, "ARRAY<STRING>") for one in dataset.parameters if one.shape == "multi"}
    written, wanted = rewriting.marked(text, dataset, arrays, binder.taken)
    for marker, what in wanted.items():
        parameter, selection, title = filters.value_of(dataset, what.keyword, holding)
        values = (selection.low, selection.high) if isinstance(selection, Span) else selection.values
        if parameter.shape == "multi":
            binder.array(marker, parameter.type, values, title)
        else:
            ends = what.part == "max"
            binder.scalar(marker, parameter.type, values[-1 if ends else 0], title, end=ends)
    return [f"{called} AS (\n{written}\n)"], called


def _asset(dataset: Dataset) -> str:
    """A table's or metric view's name, each part quoted."""
    try:
        listed = code(dataset.asset)
    except TooLong:
        listed = []
    parts = [name(dataset.asset, one) for one in listed[::2]]
    fits = 1 <= len(parts) <= 3 and len(listed) == 2 * len(parts) - 1
    if (
        not fits
        or any(one.kind not in {"word", "quoted"} for one in listed[::2])
        or any(dataset.asset[one.start : one.end] != "." for one in listed[1::2])
    ):
        raise Unsupported(f"The dataset {dataset.title} names no table: {dataset.asset[:200]!r}.")
    return ".".join(quoted(one) for one in parts)


def expression(text: str, dataset: Dataset) -> str:
    """One scalar expression, judged as it is written and as it is rewritten."""
    if len(text) > LONGEST_EXPRESSION:
        raise Unsupported("An expression of this widget is too long.")
    try:
        written = rewriting.expression(checked.expression(text), dataset)
        return written if written == text else checked.expression(written)
    except Unsafe as error:
        raise Unsupported(f"An expression of this widget is not run here. {error}") from None
