"""The steps from page to page below a list. Each changes the page's address (`portal.ui.address`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dash import html
from dash.development.base_component import Component

from portal.ui import address
from portal.ui.attributes import aria
from portal.ui.icons import icon


def page_of(view: Mapping[str, str], param: str = "page") -> int:
    """The page that an address asks for, from 1: the first for whatever is no number of a page."""
    text = view.get(param, "")
    return max(1, int(text)) if text.isdecimal() and len(text) < 6 else 1


def numbered(page: int, pages: int, label: str, *, more: bool = False, param: str = "page") -> html.Nav:
    """Previous and next of numbered pages, and where one is; the parameter is absent for the first.

    `more`: beyond the last page there is perhaps another, which is read when it is turned to.
    """

    def to(number: int) -> str | int | None:
        return None if not 1 <= number <= pages + more else number if number > 1 else ""

    where = html.Span(f"Page {page:,} of {'at least ' if more else ''}{pages:,}", className="pager-where")
    before, after = back("Previous", **{param: to(page - 1)}), on("Next", **{param: to(page + 1)})
    return steps([before, where, after], label)


def steps(parts: Sequence[Component], label: str) -> html.Nav:
    """Whatever leads from page to page, where pages have no numbers."""
    return html.Nav(list(parts), className="pager", **aria(label=label))


def back(text: str, **changes: str | int | None) -> html.Button:
    """Towards the first page, by what it changes of the address; None where there is nothing to go to."""
    return _step(text, "chevron-left", changes)


def on(text: str, **changes: str | int | None) -> html.Button:
    """Towards the last."""
    return _step(text, "chevron-right", changes)


def _step(text: str, symbol: str, changes: dict[str, str | int | None]) -> html.Button:
    return html.Button(
        [icon(symbol), html.Span(text)],
        type="button",
        className="btn btn-outline-secondary btn-sm",
        disabled=None in changes.values(),
        disable_n_clicks=True,
        **address.sets(**{name: "" if value is None else value for name, value in changes.items()}),
    )
