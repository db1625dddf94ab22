"""Regions that look again by themselves while something moves, and only while the tab is visible.

The server says with each drawing after how many seconds to look again (`content(…, again_in=…)`), or not at all; the
browser waits (`assets/src/parts/live.js`), longer each time that nothing has changed, and never while hidden.
"""

from __future__ import annotations

import hashlib
import json

import dash
from dash import dcc, html
from dash.exceptions import PreventUpdate

from portal.ui.attributes import data
from portal.ui.elements import Children
from portal.viewer import errors

_DRAWN = "drawn"
SLOWEST = 30.0
"""Seconds; what the waiting grows to while nothing changes."""


def tick(region_id: str) -> tuple[dict[str, str], str]:
    """Id and property of a region's ticker: `Input(*live.tick("jobs"))`."""
    return {"region": region_id, "part": "tick"}, "data"


def ticker(region_id: str, already: bool = False) -> dcc.Store:
    """Goes into the layout, once a region. `already`: the layout has drawn the region's content."""
    return dcc.Store(id=tick(region_id)[0], data=_DRAWN if already else 0)


def drawn(value: object) -> bool:
    """Whether the ticker's `value` says that the layout has drawn the region."""
    return bool(value == _DRAWN)


def skip_first(value: object) -> None:
    """For a callback that has the ticker's `value`: do nothing on the page's first call if the layout has drawn it."""
    if drawn(value) and dash.ctx.triggered_id is None:
        raise PreventUpdate


def content(children: Children, region_id: str, again_in: float | None, mark: object = None) -> html.Div:
    """What a region's callback returns. `mark` is what counts as a change: while it stays, the waiting grows."""
    if again_in is None:
        return html.Div(children)
    digest = hashlib.sha256(json.dumps(mark, default=str).encode()).hexdigest()[:12]
    attributes = data(live=region_id, live_in=f"{again_in:g}", live_mark=digest, live_slowest=f"{SLOWEST:g}")
    return html.Div(children, **attributes)


def passing(error: Exception) -> bool:
    """Whether a look that failed so is better tried again than shown in place of what is there."""
    return isinstance(error, errors.Busy | errors.Unreachable)


def is_tick(component_id: object) -> bool:
    """Whether a callback was triggered by a ticker: `is_tick(dash.ctx.triggered_id)`."""
    return isinstance(component_id, dict) and component_id.get("part") == "tick"
