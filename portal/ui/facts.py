"""A list of facts: names and values, as a thing's page has them beside its content."""

from __future__ import annotations

from collections.abc import Iterable

from dash import html
from dash.development.base_component import Component

from portal.ui.elements import Children


def facts(rows: Iterable[tuple[str, Children]]) -> html.Dl:
    """Names and what is drawn for them; a value of None is left out."""
    terms: list[Component] = []
    for name, value in rows:
        if value is not None:
            terms += [html.Dt(name), html.Dd(value)]
    return html.Dl(terms, className="facts")
