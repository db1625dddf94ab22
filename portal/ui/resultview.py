"""A statement and its result on a page: the panel, what stands in it while it runs, and the grid of its rows.

A panel is a region by the statement's id. Its parts are addressed `{"region": id, "part": …}`: `again` (ask where it
stands), `state` (what `assets/src/warehouse/warehouse.js` shows in the status line and keeps in the address) and
`content`.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from dash import dcc, html
from dash.development.base_component import Component

from portal import viewer
from portal.databricks.statements import Column, Statement
from portal.results import values, views, windows
from portal.results.result import Result
from portal.settings import settings
from portal.shapes import Json
from portal.ui import grid, positions, resultbar, states
from portal.ui.attributes import aria, data
from portal.ui.elements import Children
from portal.ui.icons import icon
from portal.viewer.errors import StatementFailed

if TYPE_CHECKING:
    import pyarrow as pa

ROW_HEIGHT = 32
"""Far down a long result a browser places things at multiples of 4 px: of another height, rows would lie unevenly and
over each other's lines."""
LINES = 50_000
"""Characters of a single text that are shown below the grid."""
FEW = 12
"""A result of so many rows is as high as they are."""
State = Json
"""What is known of a statement: `id`, `state`, `rows`, `truncated`, `started` (epoch, ms), `seconds`, `warehouse`,
`start` (its offset in the editor's text), `line` and `column` (of an error, in the editor's text, from 1)."""


def part(region: object, name: str) -> dict[str, object]:
    return {"region": region, "part": name}


def panel(region_id: str, state: State, content: Children = None) -> html.Section:
    """One result. Without content it asks where its statement stands as soon as it is on the page."""
    return html.Section(
        [
            dcc.Store(id=part(region_id, "again"), data=0 if content is None else states.DRAWN),
            dcc.Store(id=part(region_id, "state"), data=dict(state)),
            html.Div(
                waiting() if content is None else content, id=part(region_id, "content"), className="region-content"
            ),
        ],
        id=part(region_id, "panel"),
        className="panel",
        **data(panel=region_id),
    )


def waiting() -> html.Div:
    """Stands where rows will be. The status line says what happens, so this says nothing."""
    bars = [html.Div(className="skeleton-bar") for _ in range(8)]
    return html.Div(bars, className="skeleton skeleton-grid", **aria(hidden="true"))


def note(title: str, message: str) -> html.Div:
    """An end without rows, said in the place of the grid."""
    return html.Div(
        html.Div([html.H2(title, className="state-title"), html.P(message, className="state-message")]),
        className="state state-empty",
    )


def inline_note() -> html.P:
    """Said above rows that came through the API, since a larger result will not."""
    return html.P(
        "The storage of results cannot be reached from here, so these rows came through Databricks' API, which carries "
        "up to 25 MiB. The team that runs the portal can open the way; `doctor` says to which host.",
        className="grid-note",
    )


def ended(statement: Statement) -> Component | None:
    """What an ended statement without a result leaves; None for one that has a result."""
    if statement.state == "CANCELED":
        return note("Canceled", "Databricks has stopped the statement.")
    if statement.state == "CLOSED":
        return expired()
    if statement.error is not None:
        return states.draw(statement.error)
    if statement.manifest is not None and not statement.manifest.columns:
        return note("Done", "The statement ran and returned nothing.")
    return None


def expired() -> html.Div:
    return note("Expired", "Databricks keeps a result for an hour, and this one is gone. Run it again.")


def someone_elses() -> html.Div:
    """What an address leads to whose statement another viewer ran: its SQL is in the editor, where the link has it."""
    run = html.Button(
        [icon("play-fill"), html.Span("Run")],
        type="button",
        className="btn btn-primary btn-sm",
        disable_n_clicks=True,
        **data(warehouse="run"),
    )
    hint = "Databricks shows a result to whoever ran its statement. The SQL of the link is in the editor."
    return states.empty("This is someone else's result. Run it as yourself.", hint, run)


def view(result: Result) -> list[Component]:
    """The grid of a result, its first window already in it."""
    block = windows.block(len(result.columns))
    table = result.rows(0, block)
    first = {
        "id": result.id,
        "columns": [{"name": c.name, "kind": views.kinds(c), "type": c.type_text} for c in result.columns],
        "here": result.is_here,
        "bytes": result.manifest.total_bytes,
        "truncated": result.manifest.truncated,
        "safe": settings().safe_cells,
        **windows.drawn(table, 0, result.total),
    }
    return [
        resultbar.bar(result),
        grid.grid(
            f"result-{result.id}",
            "Result",
            columns(result, table),
            height=f"{38 + ROW_HEIGHT * result.total}px" if result.total <= FEW else "var(--result-height)",
            options={
                "cacheBlockSize": block,
                "maxBlocksInCache": 60,
                # The first window comes with the grid and says how many rows there are: a row for each until then
                # would be drawn twice.
                "infiniteInitialRowCount": 1,
                "maxConcurrentDatasourceRequests": 3,
                "blockLoadDebounceMillis": 10,
                "suppressDragLeaveHidesColumns": True,
                "rowBuffer": 10,
                "rowHeight": ROW_HEIGHT,
                "rowSelection": {
                    "mode": "multiRow",
                    "enableClickSelection": True,
                    "checkboxes": False,
                    "headerCheckbox": False,
                },
                "multiSortKey": "ctrl",
            },
            cells={
                "valueFormatter": {"function": "portalCell(params)"},
                "cellClassRules": {
                    "cell-null": "params.value === null",
                    "cell-blank": "typeof params.value === 'string' && params.value.trim() === ''",
                    "cell-cut": "Array.isArray(params.value)",
                },
                "filter": False,
            },
            rowModelType="infinite",
        ),
        dcc.Store(id=part(result.id, "first"), data=first),
        _below(result, table),
    ]


def _below(result: Result, table: pa.Table) -> Component:
    """What the grid does not show: that there is nothing, or the lines of a single text (the plan of an EXPLAIN)."""
    if not result.total:
        return html.P("No rows.", className="grid-note")
    only = values.texts(table.column(0))[0] if table.num_rows == table.num_columns == 1 else None
    if only is None or "\n" not in only.strip():
        return html.Div()
    return html.Pre(only[:LINES], className="catalog-code result-lines", tabIndex=0, **aria(label="Value"))


def columns(result: Result, table: pa.Table) -> list[dict[str, object]]:
    """Column definitions. Columns are addressed as `c0`, `c1`, …: names of results may repeat or be empty."""
    listed = [_column(index, column, table.column(index)) for index, column in enumerate(result.columns)]
    if listed and len(listed) <= 12 and not values.is_number(table.column(len(listed) - 1).type):
        grid.fill(listed[-1])
    return listed


def _column(index: int, column: Column, shown: pa.ChunkedArray) -> dict[str, object]:
    kind = values.label(shown.type, column.type_text)
    name = column.name or "(no name)"
    sample = values.texts(shown.slice(0, 50))
    number = values.is_number(shown.type)
    grouped = number and not values.IDENTIFIER.search(name)
    lengths = [len(text) + (len(text) - 1) // 3 * grouped for text in sample if text is not None]
    longest = max([len(name) + 3, len(kind), *lengths], default=4)
    # "cell-grouped": with the separators of the viewer's own language (`assets/src/results/result.js`).
    classes = ["cell-number"] * number + ["cell-grouped"] * grouped
    if values.is_nested(shown.type):
        classes.append("cell-nested")
    return {
        "field": f"c{index}",
        "headerName": name,
        "headerTooltip": f"{name}: {kind}",
        **({"headerClass": f"zone-{kind.rpartition(' ')[2].lower()}"} if kind.startswith("TIMESTAMP") else {}),
        "width": grid.width_of(longest),
        **({"type": "rightAligned"} if number else {}),
        **({"cellClass": " ".join(classes)} if classes else {}),
    }


def place(error: StatementFailed, known: State) -> dict[str, object]:
    """Where an error stands in the editor's text: `line` and `column` (as the browser counts) from 1, and its words."""
    line = error.line or 1
    column = error.position
    lines = (known.get("sql") or "").split("\n")
    if column is not None and line <= len(lines):
        column = positions.units(lines[line - 1][: column - 1]) + 1
    if column is not None and line == 1:
        # The statement's first line need not be the line's first.
        column += int(known.get("columnBefore") or 0)
    return {"line": line + int(known.get("lineBefore") or 0), "column": column, "message": error.message}


def state_of(statement: Statement, known: State | None = None) -> State:
    """A statement's state for the page, over what the page knows already."""
    found = {**(known or {}), "id": statement.id, "state": statement.state, "request": viewer.request_id()}
    if statement.ended and found.get("started") and "seconds" not in found:
        found["seconds"] = round(time.time() - found["started"] / 1000, 3)
    if isinstance(statement.error, StatementFailed) and statement.error.line:
        found["error"] = place(statement.error, found)
    if statement.manifest is not None:
        found |= {"rows": statement.manifest.total_rows, "truncated": statement.manifest.truncated}
    return found
