"""What a widget shows: its definition and its query's rows, made into something that is only to be drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from portal.boards import boxes, charts, colours, counters, markdown, older, tables
from portal.boards.counters import Counter
from portal.boards.definition import Board, Widget
from portal.boards.encodings import Reader
from portal.boards.queries import Planned
from portal.boards.tables import Table
from portal.boards.totals import GROUPING
from portal.charts import draw
from portal.charts.formats import ENGLISH, Locale
from portal.charts.model import BadChart
from portal.charts.model import Chart as Definition
from portal.charts.pivot import Pivot, pivot


@dataclass(frozen=True)
class Chart:
    """`figure` is plotly.js's, without the theme's colours. `notes` are sentences on what it does not show."""

    chart: Definition
    figure: dict[str, Any]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Crossed:
    """A pivot, to be drawn as a table."""

    pivot: Pivot
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Listed:
    """A table; its rows are read by the page."""

    table: Table
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Counted:
    counter: Counter
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Text:
    parts: tuple[markdown.Element | str, ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Empty:
    """The query gave nothing to draw."""

    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Undrawn:
    """It cannot be drawn of these rows: why, in a sentence."""

    reason: str


Tile = Chart | Crossed | Listed | Counted | Text | Empty | Undrawn


_AS_BARS = "A map of regions, drawn as bars: the portal has no shapes of regions."


def text(widget: Widget) -> Text:
    """A text widget."""
    read = markdown.read(widget.text)
    return Text(read.parts, ("The text is longer than the portal shows.",) if read.is_cut else ())


def of(board: Board, widget: Widget, rows: pa.Table, planned: Planned, locale: Locale = ENGLISH) -> Tile:
    """What a widget shows of the rows of the statement that was planned for it.

    Of more rows than the cap the first are drawn, and `notes` say so.
    """
    notes: tuple[str, ...] = ()
    if rows.num_rows > planned.cap:
        rows = rows.slice(0, planned.cap)
        if widget.kind != "counter":
            notes = (f"The first {planned.cap:,} rows; there are more.",)
    try:
        made = _made(board, widget, rows, locale)
    except BadChart as error:
        return Undrawn(str(error))
    if notes and not isinstance(made, Undrawn):
        return type(made)(**{**vars(made), "notes": (*made.notes, *notes)})
    return made


def _made(board: Board, widget: Widget, rows: pa.Table, locale: Locale) -> Tile:
    kind = older.kind(widget).lower() if widget.kind == "v0" else widget.kind
    counts = widget.kind == "v0" and kind == "counter" and older.wanted(widget).counts_rows
    if not rows.num_rows and not counts:
        return Empty()
    match kind:
        case "counter":
            reading = older.wanted(widget) if widget.kind == "v0" else counters.read(Reader(board, widget))
            found = counters.counter(reading, rows, locale)
            return Empty() if found is None else Counted(found)
        case "table":
            listed = older.table(widget, rows) if widget.kind == "v0" else tables.read(Reader(board, widget), rows)
            return Listed(listed)
        case "pivot":
            grouping = GROUPING if GROUPING in rows.column_names else ""
            of_old = widget.kind == "v0"
            chart = older.pivot(widget, rows.column_names) if of_old else charts.chart(board, widget)
            crossed = pivot(chart, rows, locale, grouping)
            return Crossed(crossed, crossed.notes) if crossed.lines else Empty()
    chart = older.chart(board, widget, rows.column_names) if widget.kind == "v0" else charts.chart(board, widget)
    if chart.kind == "box":
        chart, rows = boxes.computed(chart, rows)
    drawn = draw.drawn(chart, rows, locale)
    notes = (*([_AS_BARS] if widget.kind == "choropleth-map" else []), *drawn.notes)
    return Chart(chart, drawn.figure, notes) if drawn.marks else Empty(notes)


def background(widget: Widget) -> tuple[str, str]:
    """A widget's own background in the light and the dark theme; "" is the page's."""
    return colours.pair(widget.background)
