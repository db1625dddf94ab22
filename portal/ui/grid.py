"""Grids: dash-ag-grid (Community) for large ones, a plain table for small ones.

Values are exact. JSON numbers in a browser are doubles, so a 64-bit integer or a decimal that a double cannot hold goes
over as text and is compared as a number there (`assets/src/parts/grid.js`). NULL looks unlike any text. Markup is text.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import dash
import dash_ag_grid as dag
import pyarrow as pa
import pyarrow.compute as pc
from dash import html

from portal.results.values import is_number, text
from portal.ui.attributes import aria, data
from portal.ui.elements import Child, Element, element

Row = Mapping[str, object]

SAFE_INTEGER = 2**53 - 1
"""Number.MAX_SAFE_INTEGER: above it a double skips integers."""

MOST_CELLS = 500
"""A cell of a plain grid is a component, and Dash's renderer takes longer for each the more there are: 3,000 of them
kept Chromium busy for 70 s."""

# The theme takes its colours from our CSS variables, so it follows light and dark by itself.
_THEME = {
    "function": (
        "themeQuartz.withParams({"
        "accentColor:'var(--bs-primary)',backgroundColor:'var(--p-surface)',foregroundColor:'var(--bs-body-color)',"
        "borderColor:'var(--p-line)',chromeBackgroundColor:'var(--p-sunken)',headerBackgroundColor:'var(--p-sunken)',"
        "headerTextColor:'var(--bs-secondary-color)',headerFontWeight:600,oddRowBackgroundColor:'var(--p-surface)',"
        "rowHoverColor:'var(--p-hover)',selectedRowBackgroundColor:'var(--p-selected)',"
        "fontFamily:'inherit',fontSize:'var(--p-grid-font)',headerFontSize:'var(--p-grid-font)',rowHeight:34,"
        "headerHeight:36,cellHorizontalPadding:12,wrapperBorderRadius:'var(--bs-border-radius)',"
        "menuBackgroundColor:'var(--p-raised)',inputFocusShadow:'0 0 0 2px var(--p-focus)',"
        "browserColorScheme:'inherit',checkboxBorderRadius:3,columnBorder:false"
        "})"
    )
}

_OPTIONS: dict[str, object] = {
    "theme": _THEME,
    "suppressFieldDotNotation": True,
    "animateRows": False,
    "enableCellTextSelection": True,
    "ensureDomOrder": True,
    "suppressMenuHide": False,
    "tooltipShowDelay": 400,
    "enableBrowserTooltips": True,
    "suppressColumnMoveAnimation": True,
}

_CELLS: dict[str, object] = {
    "valueFormatter": {"function": "portalValue(params)"},
    "cellClassRules": {"cell-null": "params.value === null"},
    # Inferred types bring formatters of their own, which would show NULL as nothing.
    "cellDataType": False,
    "resizable": True,
    "sortable": True,
    "minWidth": 64,
}


def grid(
    grid_id: str | dict[str, str],
    name: str,
    columns: Sequence[Mapping[str, object]],
    rows: Sequence[Row] | None = None,
    *,
    height: str | None = None,
    options: Mapping[str, object] | None = None,
    cells: Mapping[str, object] | None = None,
    **props: Any,
) -> html.Div:
    """An AG Grid whose own `role=grid` element is named `name`.

    `columns` are column definitions as AG Grid takes them, `rows` one mapping a row keyed by `field`. Up to 20 rows it
    is as high as they are; more scroll inside `height`. `options` go to `dashGridOptions`, `cells` to `defaultColDef`,
    and `props` to `AgGrid` itself (`rowModelType`, `getRowId`, `persistence`, …).
    """
    few = height is None and rows is not None and len(rows) <= 20
    merged = {**_OPTIONS, **({"domLayout": "autoHeight"} if few else {}), **(options or {})}
    style = {"height": None} if few else {"height": height or "min(70vh, 40rem)"}
    inner = dag.AgGrid(
        id=grid_id,
        columnDefs=[dict(column) for column in columns],
        defaultColDef={**_CELLS, **(cells or {})},
        dashGridOptions=merged,
        className="",
        style={"width": "100%", **style},
        **({"rowData": [dict(row) for row in rows]} if rows is not None else {}),
        **props,
    )
    return html.Div(inner, className="grid", **data(grid_name=name))


class Frame(Protocol):
    """A data frame of pandas, polars or another library that hands its columns over as Arrow."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object: ...


def from_arrow(
    grid_id: str | dict[str, str],
    name: str,
    table: pa.Table | Frame,
    *,
    links: Mapping[str, str] | None = None,
    **options: Any,
) -> html.Div:
    """A grid of an Arrow table, or of a frame. Columns are addressed as `c0`, `c1`, …: names of results may repeat or
    hold dots.

    `links` makes cells of a column links inside the portal: `{"order_id": "/sales/{}"}`, `{}` being its value.
    """
    if not isinstance(table, pa.Table):
        table = pa.table(table)
    columns, rows = arrow_columns(table), arrow_rows(table)
    for column in columns:
        if path := (links or {}).get(str(column["headerName"])):
            column |= {"cellRenderer": "PortalTo", "cellRendererParams": {"to": dash.get_relative_path(path)}}
    return grid(grid_id, name, columns, rows, **options)


def arrow_columns(table: pa.Table) -> list[dict[str, object]]:
    """Column definitions of a table: header, alignment, comparison, filter and a width that fits what is there."""
    columns = [_column(index, field, table.column(index)) for index, field in enumerate(table.schema)]
    if columns:
        fill(columns[-1])
    return columns


def fill(column: dict[str, object]) -> None:
    """Let a column, the last, take what is left, so that rows reach the grid's edge."""
    column |= {"flex": 1, "minWidth": column.pop("width")}


def width_of(longest: int) -> int:
    """Of a column whose longest text, or header, has so many characters; in px."""
    return min(max(int(longest * 8.2) + 34, 90), 360)


def arrow_rows(table: pa.Table, start: int = 0) -> list[dict[str, object]]:
    """Rows as JSON can carry them without loss, keyed `c0`, `c1`, …"""
    names = [f"c{index}" for index in range(table.num_columns)]
    values = [_exact_column(table.column(index)) for index in range(table.num_columns)]
    return [dict(zip(names, row, strict=True)) for row in zip(*values, strict=True)] if values else []


def _column(index: int, field: pa.Field, values: pa.ChunkedArray) -> dict[str, object]:
    number = is_number(field.type)
    sample = _exact_column(values.slice(0, 50))
    longest = max([len(field.name) + 3, *(len(str(value)) for value in sample if value is not None)], default=4)
    column: dict[str, object] = {
        "field": f"c{index}",
        "headerName": field.name,
        "headerTooltip": f"{field.name}: {field.type}",
        "width": width_of(longest),
        "filter": "agNumberColumnFilter" if number and not _as_text(values) else "agTextColumnFilter",
    }
    if number:
        column |= {"type": "rightAligned", "cellClass": "cell-number", "comparator": {"function": "portalCompare"}}
    return column


def _as_text(values: pa.ChunkedArray) -> bool:
    """Whether a column of numbers holds some that a double cannot."""
    kind = values.type
    if pa.types.is_decimal(kind):
        return True
    if not pa.types.is_integer(kind) or kind.bit_width < 64:
        return False
    ends = pc.min_max(values).as_py()
    return any(end is not None and abs(end) > SAFE_INTEGER for end in ends.values())


def _exact_column(values: pa.ChunkedArray) -> list[object]:
    kind = values.type
    if pa.types.is_timestamp(kind) and kind.tz in {None, "UTC", "Etc/UTC"}:
        seconds = values.cast(pa.timestamp("s", kind.tz), safe=False)
        if seconds.cast(kind, safe=False).equals(values):
            # A thousand rows of whole seconds, as `exact` writes each of them, in a tenth of the time.
            return seconds.cast(pa.timestamp("s")).cast(pa.string()).to_pylist()
    plain = values.to_pylist()
    if pa.types.is_integer(kind):
        return [None if value is None else str(value) for value in plain] if _as_text(values) else plain
    if pa.types.is_string(kind) or pa.types.is_boolean(kind):
        return plain
    if pa.types.is_floating(kind) and pc.all(pc.is_finite(values)).as_py() is not False:
        return plain
    return [exact(value) for value in plain]


def exact(value: object) -> object:
    """A value as JSON carries it without loss: text where a double, or JSON itself, could not hold it."""
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        return value if abs(value) <= SAFE_INTEGER else str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else {math.inf: "Infinity", -math.inf: "-Infinity"}.get(value, "NaN")
    if isinstance(value, Mapping | list | tuple):
        return json.dumps(value, default=exact, ensure_ascii=False)
    return text(value)


def small(grid_id: str, name: str, table: pa.Table) -> html.Div:
    """A plain HTML grid for a glance: no script to load, drawn at once. With many cells it is `from_arrow`'s.

    Arrow keys move between cells (`assets/src/parts/grid.js`), as `role=grid` promises.
    """
    if table.num_rows * table.num_columns > MOST_CELLS:
        return from_arrow(grid_id, name, table)
    numbers = [is_number(field.type) for field in table.schema]
    head = element(
        "Tr",
        [
            element(
                "Th",
                field.name,
                scope="col",
                role="columnheader",
                className="cell-number" if number else "",
                title=str(field.type),
            )
            for field, number in zip(table.schema, numbers, strict=True)
        ],
        role="row",
    )
    rows = [
        element("Tr", [_cell(value, number) for value, number in zip(row.values(), numbers, strict=True)], role="row")
        for row in arrow_rows(table)
    ]
    parts: list[Child] = [element("Thead", head, role="rowgroup"), element("Tbody", rows, role="rowgroup")]
    grid_table = html.Table(
        parts,
        id=grid_id,
        role="grid",
        className="table table-hover small-grid",
        disable_n_clicks=True,
        **aria(label=name, rowcount=str(len(rows) + 1), colcount=str(len(numbers))),
    )
    return html.Div(grid_table, className="grid grid-small", tabIndex=-1)


def _cell(value: object, number: bool) -> Element:
    if value is None:
        return element("Td", "NULL", role="gridcell", className="cell-null" + (" cell-number" if number else ""))
    return element("Td", _text(value), role="gridcell", className="cell-number" if number else "")


def _text(value: object) -> str:
    """As a browser writes it: `true`, and `3` for the double 3.0, the same as in a large grid."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e21:
        return str(int(value))
    return str(value)
