"""`edit_table(…)`: a small table that viewers edit in place. What they changed is checked, and only that is written.

A row is written on the condition that it still is as the viewer saw it: by its version, or else by the values that
were there. Somebody else's change in between is told, and nothing of that row is written.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import dash
import dash_bootstrap_components as dbc
import pyarrow as pa
import pydantic
from dash import ClientsideFunction, Input, Output, State, callback, clientside_callback, dcc, html
from dash.development.base_component import Component

from portal.databricks import connector, ids, writing
from portal.databricks.sqllexer import quoted
from portal.ui import grid, states
from portal.ui.fields import Field, Value
from portal.viewer.errors import Conflict, PortalError
from portal.viewer.given import Given, Short, read

MOST_ROWS = 1_000
MOST_CHANGES = 100
"""Rows that are saved at a time: a statement each."""

Cell = Annotated[str, pydantic.Field(max_length=10_000)] | int | float | bool | None


class GivenChange(Given):
    """A row that was edited: its key, its version, and of each changed column what was there and what is now."""

    key: Annotated[str, pydantic.Field(max_length=1_000)] | int
    version: int | None = None
    was: Annotated[dict[Short, Cell], pydantic.Field(max_length=100)]
    now: Annotated[dict[Short, Cell], pydantic.Field(max_length=100)]


class GivenChanges(Given):
    rows: Annotated[list[GivenChange], pydantic.Field(max_length=MOST_CHANGES)]


class EditTable:
    """See `edit_table`."""

    def __init__(self, table_id: str, table: str, key: str, columns: Sequence[Field], version: str, name: str) -> None:
        self._id, self._name = table_id, name
        self._table = ".".join(map(quoted, ids.names(table.split("."))))
        self._key, self._version = key, version
        self._columns = {field.name: field for field in columns}
        self._register()

    def layout(self) -> Component:
        """The grid in its region, and the button that saves."""
        save = dbc.Button("Save", id=self._part("save"), size="sm", color="primary", disabled=True)
        note = html.Span(id=self._part("note"), className="grid-note", role="status")
        return html.Div(
            [
                html.Div([save, note], className="run-buttons"),
                html.Div(id=self._part("said"), role="status", disable_n_clicks=True),
                dcc.Store(id=self._part("changes")),
                states.region(self._id, self._name, states.loading(self._name, rows=6, kind="grid")),
            ]
        )

    def _part(self, name: str) -> str:
        return f"{self._id}-{name}"

    def _register(self) -> None:
        @callback(
            Output(self._id, "children"),
            Output(self._part("changes"), "data"),
            Input(*states.again(self._id)),
        )
        @states.guarded
        def draw(_again: int) -> tuple[Component, dict[str, object]]:
            return self._drawn(self._rows()), {"rows": [], "key": self._key, "version": self._version}

        # What is edited is collected in the browser (`assets/src/parts/edits.js`): row by row, first and last value.
        clientside_callback(
            ClientsideFunction("portal", "collect"),
            Output(self._part("changes"), "data", allow_duplicate=True),
            Input(self._part("grid"), "cellValueChanged"),
            State(self._part("changes"), "data"),
            prevent_initial_call=True,
        )
        clientside_callback(
            ClientsideFunction("portal", "counted"),
            Output(self._part("note"), "children"),
            Output(self._part("save"), "disabled"),
            Input(self._part("changes"), "data"),
        )

        @callback(
            Output(self._part("said"), "children"),
            Input(self._part("save"), "n_clicks"),
            State(self._part("changes"), "data"),
            prevent_initial_call=True,
            running=[(Output(self._part("save"), "disabled"), True, False)],
        )
        @states.guarded
        def save(_clicks: int | None, given: dict[str, object] | None) -> Component:
            changes = read(GivenChanges, given or {"rows": []}).rows
            wrong, checked = self._checked(changes)
            if wrong:
                return html.Div(
                    [html.P("Nothing was saved."), html.Ul([html.Li(one) for one in wrong])], className="form-wrong"
                )
            said, done = self._saved_all(checked)
            if done == len(checked):
                states.draw_anew(self._id)
            else:
                # What was typed stays on the page, and what was not tried can still be saved.
                rest = {**(given or {}), "rows": [change.model_dump() for change in changes[done:]]}
                dash.set_props(self._part("changes"), {"data": rest})
            return said

    def _saved_all(self, checked: list[tuple[GivenChange, dict[str, Value]]]) -> tuple[Component, int]:
        """Row by row: what is said of it, and how many rows came before the first whose statement failed.

        A failure of the first row is raised. After that some are written, which no state says.
        """
        saved, conflicts = 0, []
        for at, (change, values) in enumerate(checked):
            try:
                if self._saved(change, values):
                    saved += 1
                else:
                    conflicts.append(change.key)
            except PortalError as error:
                if not at:
                    raise
                left = f"The row {change.key} failed: {states.understood(error).message}"
                rest = len(checked) - at - 1
                if rest:
                    left += f" {rest:,} more {'was' if rest == 1 else 'were'} not tried, and can still be saved."
                return _told(saved, conflicts, left), at
        return _told(saved, conflicts), len(checked)

    def _rows(self) -> pa.Table:
        names = [self._key, *self._columns, *([self._version] if self._version else [])]
        listed = ", ".join(map(quoted, names))
        # Names of the page's own are joined here, each quoted; no value.
        sql = f"SELECT {listed} FROM {self._table} ORDER BY {quoted(self._key)} LIMIT {MOST_ROWS + 1}"  # noqa: S608
        return connector.query(sql)

    def _drawn(self, rows: pa.Table) -> Component:
        if not rows.num_rows:
            return states.empty("No rows", "There is nothing in it, or nothing that you may see.")
        shown = rows.slice(0, MOST_ROWS)
        names = shown.column_names
        columns = grid.arrow_columns(shown.select([name for name in names if name != self._version]))
        if self._version:
            columns.append({})  # the last, and not shown
        table = grid.grid(
            self._part("grid"),
            self._name,
            [{**column, **self._column(name), "field": name}
             for name, column in zip(names, columns, strict=True)],
            [dict(zip(names, row.values(), strict=True)) for row in grid.arrow_rows(shown)],
            getRowId=f"params.data[{self._key!r}]",
            options={"singleClickEdit": True, "stopEditingWhenCellsLoseFocus": True},
        )  # fmt: skip
        if rows.num_rows <= MOST_ROWS:
            return table
        return html.Div([html.P(f"The first {MOST_ROWS:,} rows; there are more.", className="grid-note"), table])

    def _column(self, name: str) -> dict[str, object]:
        if name == self._version:
            return {"hide": True}
        field = self._columns.get(name)
        if field is None:
            return {"editable": False}
        editors: dict[str, dict[str, object]] = {
            "choice": {"cellEditor": "agSelectCellEditor", "cellEditorParams": {"values": list(field.choices)}},
            "yes": {"cellEditor": "agCheckboxCellEditor"},
        }
        number = " cell-number" if field.kind in {"whole", "number"} else ""
        about = {"editable": True, "headerName": field.label, "cellClass": f"cell-editable{number}"}
        return {**about, **editors.get(field.kind, {"cellEditor": "agTextCellEditor"})}

    def _checked(self, changes: list[GivenChange]) -> tuple[list[str], list[tuple[GivenChange, dict[str, Value]]]]:
        wrong: list[str] = []
        found: list[tuple[GivenChange, dict[str, Value]]] = []
        for change in changes:
            values: dict[str, Value] = {}
            for name, given in change.now.items():
                try:
                    values[name] = self._columns[name].read(given)
                except KeyError:
                    wrong.append(f"{self._key} {change.key}: {name} is not edited here.")
                except ValueError as error:
                    wrong.append(f"{self._key} {change.key}: {error}")
            found.append((change, values))
        return wrong, found

    def _saved(self, change: GivenChange, values: dict[str, Value]) -> bool:
        """Whether the row still was as the viewer saw it, and is now as they want it."""
        params: dict[str, object] = {"key": change.key}
        sets, where = [], [f"{quoted(self._key)} = :key"]
        for at, (name, value) in enumerate(values.items()):
            sets.append(f"{quoted(name)} = :now{at}")
            params[f"now{at}"] = value
            if not self._version:
                where.append(f"{quoted(name)} <=> :was{at}")
                params[f"was{at}"] = _as_was(self._columns[name], change.was.get(name))
        if self._version:
            sets.append(f"{quoted(self._version)} = {quoted(self._version)} + 1")
            where.append(f"{quoted(self._version)} <=> :version")
            params["version"] = change.version
        try:
            writing.write(
                f"UPDATE {self._table} SET {', '.join(sets)} WHERE {' AND '.join(where)}",  # noqa: S608 (names alone)
                params,
                must_match=True,
            )
        except Conflict:
            return False
        return True


def _as_was(field: Field, given: object) -> object:
    try:
        return field.read(given)
    except ValueError:
        return given  # as it stood there, whatever the page asks of new values


def _told(saved: int, conflicts: list[str | int], left: str = "") -> Component:
    said = [html.P(f"{saved:,} {'row' if saved == 1 else 'rows'} saved.")]
    if conflicts:
        listed = ", ".join(map(str, conflicts))
        said.append(html.P(f"Not saved, since somebody else has changed or removed them meanwhile: {listed}."))
    if left:
        said.append(html.P(left))
    return html.Div(said)


def edit_table(
    table_id: str, table: str, *, key: str, columns: Sequence[Field], version: str = "", name: str = ""
) -> EditTable:
    """A table of at most a thousand rows that viewers edit; made once in the page's module, `layout()` draws it.

    `table` is catalog.schema.table, `key` the column that names a row, `columns` those that are edited. With `version`,
    a whole number, each save adds one to it, and a row whose version is another than the viewer saw is not written.
    Writes with `write()`: on the record, as the viewer, where PORTAL_SQL_MODE is `full`.
    """
    return EditTable(table_id, table, key, columns, version, name or table.rpartition(".")[2])
