"""`aria-*` and `data-*` attributes, whose names are no Python identifiers: `html.Nav(…, **aria(label="Main"))`."""

from __future__ import annotations

from typing import Any

Attributes = dict[str, Any]
"""Keyword arguments for a component (`html.Div(…, **data(…))`). Their values are text; Dash's hints would have each of
them be whatever any parameter of the component is."""


def aria(**values: str) -> Attributes:
    """`aria(expanded="false")` is `{"aria-expanded": "false"}`."""
    return {f"aria-{name.replace('_', '-')}": value for name, value in values.items()}


def data(**values: str) -> Attributes:
    """`data(theme_choice="dark")` is `{"data-theme-choice": "dark"}`."""
    return {f"data-{name.replace('_', '-')}": value for name, value in values.items()}
