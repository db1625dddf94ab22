"""`aria-*` and `data-*` attributes, whose names are no Python identifiers: `html.Nav(…, **aria(label="Main"))`."""

from __future__ import annotations

from typing import Any


def aria(**values: str) -> dict[str, Any]:
    """`aria(expanded="false")` is `{"aria-expanded": "false"}`."""
    return {f"aria-{name.replace('_', '-')}": value for name, value in values.items()}


def data(**values: str) -> dict[str, Any]:
    """`data(theme_choice="dark")` is `{"data-theme-choice": "dark"}`."""
    return {f"data-{name.replace('_', '-')}": value for name, value in values.items()}
