"""Buttons of actions and the dialog that asks once more (`assets/dialog.js`): how they look and what they hand over."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from portal.ui import badges, joblist
from portal.ui.attributes import data
from portal.ui.icons import icon

ASKED, CONFIRMED, DIALOG, OUTCOME = "job-asked", "job-confirmed", "job-dialog", "job-outcome"


@dataclass(frozen=True)
class Field:
    """What the dialog asks for. `kind` is "text" or "check"; `value` is what stands there first."""

    name: str
    label: str
    value: str | bool
    kind: str = "text"


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

    def as_json(self) -> str:
        fields = [{"name": f.name, "label": f.label, "value": f.value, "kind": f.kind} for f in self.fields]
        return json.dumps(
            {**{k: v for k, v in vars(self).items() if k != "fields"}, "fields": fields, "into": CONFIRMED}
        )


def parts() -> list[Component]:
    """What a page with actions has in its layout."""
    return [
        dcc.Store(id=ASKED),
        dcc.Store(id=CONFIRMED),
        html.Div(id=DIALOG, hidden=True, disable_n_clicks=True),
        html.Div(id=OUTCOME, className="outcome", role="status", disable_n_clicks=True),
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


def outcome(text: Sequence[Any], run: tuple[int, int] | None, state: str | None) -> Component:
    """What came of an action: a sentence, the run's state, and the way to it."""
    parts: list[Any] = [icon("info-circle"), html.Span(list(text))]
    if state:
        parts.append(badges.draw(badges.run(state)))
    if run is not None:
        parts.append(dcc.Link("Open the run", href=joblist.run_path(*run)))
    return html.Div(parts, className="outcome-line")
