"""Buttons of actions and the dialog that asks once more (`assets/src/parts/dialog.js`): how they look and what they
hand over."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import pydantic
from dash import dcc, html
from dash.development.base_component import Component

from portal.ui import badges, joblinks
from portal.ui.attributes import data
from portal.ui.elements import Child
from portal.ui.icons import icon
from portal.viewer.given import Given, Short

ASKED, CONFIRMED, DIALOG, OUTCOME = "job-asked", "job-confirmed", "job-dialog", "job-outcome"


Typed = Annotated[str, pydantic.Field(max_length=100_000)]


class GivenConfirmed(Given):
    """What a dialog hands back: its signed token, and what was typed or ticked by name."""

    action: Short = ""
    token: Annotated[str, pydantic.Field(max_length=8_192)] = ""
    values: Annotated[dict[Short, Typed | bool], pydantic.Field(max_length=1_000)] | None = None


@dataclass(frozen=True)
class Field:
    """What the dialog asks for. `kind` is "text", "area", "check" or "select"; `value` is what stands there first, and
    `options` are (value, text) of a "select"."""

    name: str
    label: str
    value: str | bool
    kind: str = "text"
    options: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Dialog:
    """A dialog, with the signed token that it hands back."""

    action: str
    token: str
    title: str
    text: str
    confirm: str
    leave: str = "Close"
    legend: str = ""
    fields: tuple[Field, ...] = ()
    danger: bool = False
    into: str = CONFIRMED
    """The store that takes what was confirmed."""

    def as_json(self) -> str:
        return json.dumps({**vars(self), "fields": [vars(field) for field in self.fields]})


def parts() -> list[Component]:
    """What a page with actions has in its layout."""
    return dialog_parts(ASKED, CONFIRMED, DIALOG, OUTCOME)


def dialog_parts(asked: str, confirmed: str, dialog: str, outcome: str) -> list[Component]:
    """The same for dialogs of another kind, by the ids of their stores and places."""
    return [
        dcc.Store(id=asked),
        dcc.Store(id=confirmed),
        html.Div(id=dialog, hidden=True, disable_n_clicks=True),
        html.Div(id=outcome, className="outcome", role="status", disable_n_clicks=True),
    ]


def button(
    action: str, text: str, symbol: str, job_id: int, run_id: int | None = None, main: bool = False
) -> Component:
    """A button that opens the dialog of an action."""
    asked = json.dumps({"action": action, "job": str(job_id), "run": str(run_id or "")})
    return html.Button(
        [icon(symbol), html.Span(text)],
        type="button",
        className=f"btn btn-sm {'btn-primary' if main else 'btn-outline-secondary'} action",
        disable_n_clicks=True,
        **data(ask=asked, ask_into=ASKED),
    )


def not_allowed(text: str) -> Component:
    """In place of buttons: why there are none."""
    return html.P([icon("lock"), " ", text], className="toolbar-note")


def outcome(text: Sequence[Child], run: tuple[int, int] | None, state: str | None) -> Component:
    """What came of an action: a sentence, the run's state, and the way to it."""
    parts: list[Child] = [icon("info-circle"), html.Span(list(text))]
    if state:
        parts.append(badges.draw(badges.run(state)))
    if run is not None:
        parts.append(dcc.Link("Open the run", href=joblinks.run_path(*run)))
    return html.Div(parts, className="outcome-line")
