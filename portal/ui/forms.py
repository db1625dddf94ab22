"""`form(…)`: labelled fields, each checked on the server, and what a page does with what was filled in.

A form is made once, beside the page's other callbacks; `layout()` draws it. What is wrong is said at its field, what
went wrong below the button, and nothing that was typed is lost.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import dash_bootstrap_components as dbc
from dash import Input, Output, State, callback, html
from dash.development.base_component import Component

from portal.ui import states
from portal.ui.attributes import aria
from portal.ui.fields import Field, Value

Submitted = Callable[[dict[str, Value]], Component | str]


class Form:
    """See `form`."""

    def __init__(self, form_id: str, fields: Sequence[Field], submit: str) -> None:
        self._id, self._fields, self._submit = form_id, tuple(fields), submit

    def layout(self, values: Mapping[str, Value] | None = None) -> Component:
        """The form, with what stands in its fields at first."""
        given = values or {}
        button = dbc.Button(self._submit, id=self._part("submit"), size="sm", color="primary")
        return html.Div(
            [
                html.Div(
                    [self._field(field, given.get(field.name)) for field in self._fields], className="form-fields"
                ),
                html.Div(button, className="form-actions"),
                html.Div(id=self._part("said"), className="form-said", role="status", disable_n_clicks=True),
            ],
            id=self._id,
            className="form",
            role="group",
            disable_n_clicks=True,
            **aria(label=self._submit),
        )

    def submitted(self, function: Submitted) -> Submitted:
        """Decorates what the page does with the values, by name; it returns what is then shown."""

        @callback(
            Output(self._part("said"), "children"),
            *[Output(self._part(f"{field.name}-wrong"), "children") for field in self._fields],
            Input(self._part("submit"), "n_clicks"),
            *[State(self._part(field.name), "value") for field in self._fields],
            prevent_initial_call=True,
            running=[(Output(self._part("submit"), "disabled"), True, False)],
        )
        @states.guarded
        def submit(_clicks: int | None, *given: object) -> tuple[Component | str, ...]:
            values, wrong = read(self._fields, given)
            if any(wrong):
                return "Nothing was sent: see above.", *wrong
            return function(values), *wrong

        return function

    def _part(self, name: str) -> str:
        return f"{self._id}-{name}"

    def _field(self, field: Field, value: Value) -> Component:
        wrong = html.Div(
            id=self._part(f"{field.name}-wrong"), className="form-wrong", role="alert", disable_n_clicks=True
        )
        if field.kind == "yes":
            box = dbc.Checkbox(id=self._part(field.name), label=field.label, value=bool(value))
            return html.Div([box, wrong])
        marked = field.label if field.required else f"{field.label} (optional)"
        return html.Div([dbc.Label(marked, html_for=self._part(field.name)), self._control(field, value), wrong])

    def _control(self, field: Field, value: Value) -> Component:
        shown = "" if value is None else str(value)
        if field.kind == "choice":
            options = [{"label": "", "value": ""}, *({"label": one, "value": one} for one in field.choices)]
            return dbc.Select(id=self._part(field.name), options=options, value=shown)
        # Not type=number: what a browser does not take for one it does not send, and nobody could say what is wrong.
        kinds = {"day": "date"}
        modes = {"whole": {"inputmode": "numeric"}, "number": {"inputmode": "decimal"}}
        return dbc.Input(
            id=self._part(field.name),
            type=kinds.get(field.kind, "text"),
            value=shown,
            autocomplete="off",
            **modes.get(field.kind, {}),
        )


def read(fields: Sequence[Field], given: Sequence[object]) -> tuple[dict[str, Value], list[str]]:
    """The values by name, and for each field what is wrong with it, "" for nothing."""
    values: dict[str, Value] = {}
    wrong: list[str] = []
    for field, value in zip(fields, given, strict=True):
        try:
            values[field.name] = field.read(value)
            wrong.append("")
        except ValueError as error:
            wrong.append(str(error))
    return values, wrong


def form(form_id: str, fields: Sequence[Field], *, submit: str = "Save") -> Form:
    """A form named `form_id`, made once in a page's module. `submit` is what its button says."""
    return Form(form_id, fields, submit)
