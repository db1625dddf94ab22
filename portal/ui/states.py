"""What a page shows instead of its content, drawn once and used everywhere.

A *region* is a part of a page that a callback fills. It shows a skeleton until its content arrives, and one of the
states of `portal.viewer.errors` when it does not. "Try again" sets the region's `again` store, which is an input of the
region's own callback, so nothing else on the page is touched and nothing typed is lost:

    layout:    states.region("jobs", "Jobs", states.loading("Jobs", rows=8))
    callback:  @callback(Output("jobs", "children"), Input(*states.again("jobs")))
               @states.guarded
               def draw(_again): ...

Clicks, countdowns and the recheck on focus are in `assets/src/parts/states.js`; no callback of ours takes part in them.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec

import dash
import dash_bootstrap_components as dbc
import structlog
from dash import dcc, html
from dash.development.base_component import Component
from dash.exceptions import MissingCallbackContextException, PreventUpdate
from flask import g, has_request_context

from portal import viewer
from portal.ui import development
from portal.ui.attributes import Attributes, aria, data
from portal.ui.elements import Child, Children, element
from portal.ui.icons import icon
from portal.ui.next_step import next_step
from portal.viewer import context, errors

log = structlog.get_logger(__name__)
P = ParamSpec("P")
Drawn = Children

PAGE_STATE = "page-state"
"""The live region of the shell, for failures that have no region of their own."""

DRAWN = -1
"""A region's `again` where the layout has drawn its content already: the first call then has nothing to do, and
`assets/src/patches.js` does not even send it."""


def again(region_id: str) -> tuple[dict[str, str], str]:
    """Id and property of a region's store: `Input(*again("jobs"))`."""
    return {"region": region_id, "part": "again"}, "data"


def region(
    region_id: str,
    label: str,
    skeleton: Component | None = None,
    *,
    content: Children = None,
    class_name: str = "",
) -> html.Section:
    """A labelled section whose `html.Div(id=region_id)` a callback fills.

    `content` is what the layout knows already (from the viewer's cache); the skeleton is then not shown.
    """
    # A component without children is false, and one may be asked for: nothing to show while nothing is likely to come.
    inner = content if content is not None else skeleton if skeleton is not None else loading(label)
    return html.Section(
        [
            dcc.Store(id=again(region_id)[0], data=0 if content is None else DRAWN),
            html.Div(inner, id=region_id, className="region-content", disable_n_clicks=True),
        ],
        className=f"region {class_name}".strip(),
        **aria(label=label),
        **data(region=region_id),
    )


def draw_anew(region_id: str) -> None:
    """Have the browser ask for a region once more, after something of it was changed: nothing that is kept counts, for
    the process that answers may be another than the one that made the change."""
    dash.set_props(again(region_id)[0], {"data": -int(time.time() * 1000)})


def _refreshed(args: tuple[object, ...]) -> bool:
    """Whether the viewer pressed "Refresh": `again` is then a time below zero (see assets/src/parts/states.js)."""
    return any(isinstance(arg, int | float) and arg < DRAWN for arg in args)


def _is_drawn(args: tuple[object, ...]) -> bool:
    """Whether this is a page's first call of a callback for which the layout has drawn the content."""
    return DRAWN in args and dash.ctx.triggered_id is None


def guarded(function: Callable[P, object]) -> Callable[P, object]:
    """For any callback: a failure is drawn as a state, and never raised.

    It is drawn in the callback's first `children` output; where it has none (stores, intervals), above the page. What
    the other outputs hold stays, and the state goes when the same callback succeeds. It does nothing on the page's
    first call where the layout has drawn the region's content.
    """

    @wraps(function)
    def run(*args: P.args, **kwargs: P.kwargs) -> object:
        if _is_drawn(args):
            raise PreventUpdate
        try:
            with context.reading_anew(_refreshed(args)):
                return function(*args, **kwargs)
        except PreventUpdate:
            raise
        except Exception as error:
            return _drawn_in_place(understood(error))

    return run


def _drawn_in_place(error: errors.PortalError) -> object:
    """What a callback returns that failed: the state where that is its only output, else nothing, beside it."""
    outputs = _outputs()
    if outputs is None or (isinstance(outputs, dict) and outputs.get("property") == "children"):
        return draw(error, _output_id())
    _draw_beside(error)
    return dash.no_update


def _draw_beside(error: errors.PortalError) -> None:
    """Draw the state in the callback's first `children` output, else above the page, beside what it would return.

    It carries the callback's name, by which `assets/src/patches.js` takes it away when that one succeeds.
    """
    listed = _outputs() or []
    flat = [listed] if isinstance(listed, dict) else [one for one in listed if isinstance(one, dict)]
    place = next((one["id"] for one in flat if one["property"] == "children"), PAGE_STATE)
    retried = place if isinstance(place, str) and _has_again(place) else None
    if place == PAGE_STATE:
        retried = PAGE_STATE
    of = str(g.get("callback", "")) if has_request_context() else ""
    drawn = draw(error, retried, action=None if retried else html.Span(className="d-none"))
    dash.set_props(place, {"children": html.Div(drawn, disable_n_clicks=True, **data(of=of))})


def _outputs() -> Any:
    """The running callback's outputs; None where there is no callback (a layout is drawn)."""
    try:
        return dash.ctx.outputs_list
    except MissingCallbackContextException:
        return None


def _has_again(region_id: str) -> bool:
    """Whether the running callback is asked again by its region's "Try again"."""
    return any(isinstance(one, dict) and one.get("id") == again(region_id)[0] for one in dash.ctx.inputs_list)


def word(word_id: str, text: Children, otherwise: str = "", class_name: str = "") -> list[Component]:
    """A word of a heading or menu that a callback fills (`@guarded_text`) where the layout does not know it yet.

    It has no state of its own; when a region of the page is tried again, a missing word is as well.
    """
    shown = otherwise if text is None else text
    return [
        html.Span(shown, id=word_id, className=class_name, disable_n_clicks=True, **data(word=otherwise)),
        dcc.Store(id=again(word_id)[0], data=0 if text is None else DRAWN),
    ]


def guarded_text(otherwise: str | Callable[[], str] = "") -> Callable[[Callable[P, object]], Callable[P, object]]:
    """For a callback that fills a `word`: a failure leaves `otherwise`; the page shows the state."""

    def decorate(function: Callable[P, object]) -> Callable[P, object]:
        @wraps(function)
        def run(*args: P.args, **kwargs: P.kwargs) -> object:
            if _is_drawn(args):
                raise PreventUpdate
            try:
                return function(*args, **kwargs)
            except PreventUpdate:
                raise
            except Exception as error:
                understood(error)
                return otherwise() if callable(otherwise) else otherwise

        return run

    return decorate


def on_error(error: Exception) -> None:
    """Dash's handler for callbacks with other outputs: draw the state in the shell, leave the page as it is."""
    known = understood(error)
    if _output_id() == "_pages_content":
        dash.set_props("_pages_content", {"children": html.Div([_hidden_heading(known), draw(known)])})
        return
    _draw_beside(known)


def refused(error: errors.PortalError) -> dict[str, object]:
    """A callback that was refused before it ran: what is set in the page, as `on_error` does."""
    return {PAGE_STATE: {"children": draw(error, PAGE_STATE)}}


def _hidden_heading(error: errors.PortalError) -> html.H1:
    return html.H1(error.title, className="visually-hidden")


def understood(error: Exception) -> errors.PortalError:
    """The error itself, or a plain one in its place; what it was stands in the log under the same request id."""
    if isinstance(error, errors.PortalError):
        met = context.tally()
        met.state, met.service = error.kind, getattr(error, "service", "")
        return error
    context.tally().state = "failed"
    log.exception("callback failed", exc_info=error)
    known = errors.PortalError(
        "The portal could not do this. The team that runs it finds the cause under the request id."
    )
    known.told = development.told(error)
    return known


def _output_id() -> str | None:
    """The id of the running callback's only output, where it is a plain one."""
    outputs = _outputs()
    found = outputs.get("id") if isinstance(outputs, dict) else None
    return found if isinstance(found, str) else None


def draw(error: errors.PortalError, region_id: str | None = None, *, action: Component | None = None) -> Component:
    """The state of an error: title, one sentence, the next step and the request id.

    With a `region_id` it offers "Try again" (or does so by itself, for *busy* and *warehouse starting*); a page that
    has a better next step gives it as `action`.
    """
    step, actions, wait = next_step(error, region_id)
    if action is not None:
        actions = [action]
    body: list[Child] = [
        html.H2(error.title, className="state-title"),
        html.P(error.message, className="state-message"),
    ]
    if isinstance(error, errors.StatementFailed):
        body[1] = html.Pre(error.message, className="state-message state-sql", tabIndex=0, **aria(label="Message"))
        if error.line:
            where = f"Line {error.line}" + (f", column {error.position}" if error.position else "")
            body.append(html.P(where, className="state-hint"))
    if step is not None:
        body.append(html.P(step, className="state-hint"))
    if error.told:
        body.append(html.Pre(error.told, className="state-message state-sql", tabIndex=0, **aria(label="Traceback")))
    if actions:
        body.append(html.Div(actions, className="state-actions"))
    body.append(html.P(["Request ", html.Code(viewer.request_id())], className="state-request"))
    shown = [icon(error.icon, class_name="state-icon", **data(tone=error.tone)), html.Div(body)]
    name = f"state state-{error.kind}"
    if not error.waits:
        return dbc.Alert(shown, color=_ALERTS.get(error.tone, "primary"), fade=False, className=name)
    # What passes by itself must not interrupt: an alert of Bootstrap's would be `role=alert`.
    retry: Attributes = {"data-retry-after": f"{wait:g}"} if wait and region_id else {}
    return html.Div(shown, className=f"alert {name}", role="status", **retry)


_ALERTS = {"bad": "danger", "warn": "warning"}
"""Bootstrap's colours of alerts by tone; the looks are ours (`assets/states.css`)."""


def empty(title: str, hint: str, action: Component | None = None) -> html.Div:
    """Nothing to show, and what to do about it."""
    body: list[Child] = [html.H2(title, className="state-title"), html.P(hint, className="state-message")]
    if action is not None:
        body.append(html.Div(action, className="state-actions"))
    return html.Div(
        [icon("slash-circle", class_name="state-icon"), html.Div(body)], className="state state-empty", role="status"
    )


def loading(label: str, rows: int = 4, *, kind: str = "text") -> html.Div:
    """A skeleton of about the size of what comes: "text" (lines), "card" (the same in a card), "grid" or "chart"."""
    bars = [element("Div", className="skeleton-bar") for _ in range(rows)]
    return html.Div(
        [
            element("Span", f"Loading {label}…", className="visually-hidden", role="status"),
            element("Div", bars, className=f"skeleton skeleton-{kind}", **aria(hidden="true")),
        ],
        className="loading",
    )
