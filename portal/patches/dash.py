"""Dash 4.4 and its components: scripts that it need not link, the page of a path, what a component says."""

from __future__ import annotations

from pathlib import Path
from threading import Lock
from typing import Any

import dash_ag_grid
from cachetools import TTLCache, cached
from dash import Dash, _callback, _dash_renderer, dash_table
from dash._pages import _path_to_page
from dash.development.base_component import Component

GRID_FOLDER = Path(str(dash_ag_grid.__file__)).parent
GRID_SCRIPT = str(dash_ag_grid._js_dist[0]["relative_package_path"])
"""The grid's main script, below its package."""
RegisteredPage = dict[str, Any]
"""An entry of `dash.page_registry`: what `register_page` was given, `module`, `path` and `relative_path`."""


def leave_out_scripts() -> None:
    """Scripts that Dash links on every page, and that few pages need or none."""
    # The grid's main script (284 KB compressed) would load ahead of the renderer. Dash's own flag for "served, not
    # linked" keeps it off; `assets/src/parts/bundles.js` loads it when the first grid is drawn.
    dash_ag_grid._js_dist[0]["dynamic"] = True
    # Polyfills for old browsers: 99 KB, and the slowest of all scripts to start (177 ms in a trace of a slowed CPU).
    # The one part that today's browsers still need, `regeneratorRuntime`, comes with the Bootstrap components.
    for paths in _dash_renderer._js_dist_dependencies[0]["relative_package_path"].values():
        paths[:] = [path for path in paths if not path.startswith("deps/polyfill")]
    # The DataTable (9 KB), which no page here uses. A page that did would load it when drawn.
    for resource in dash_table._js_dist:  # type: ignore[attr-defined]
        if resource["relative_package_path"] == "dash_table/bundle.js":
            resource["dynamic"] = True


def remember_links(seconds: float) -> None:
    """Dash looks each script and style sheet up on the disk for each document, a millisecond of them; now once in so
    many seconds, an application each."""
    for name in ("_generate_scripts_html", "_generate_css_dist_html"):
        setattr(Dash, name, cached(TTLCache(8, seconds), key=_as_of, lock=Lock())(getattr(Dash, name)))


def _as_of(app: Dash) -> tuple[int, int]:
    # Functions of the browser's that a page brought since then are written beside the links.
    return id(app), len(app._inline_scripts) + len(_callback.GLOBAL_INLINE_SCRIPTS)


def page_of(path: str) -> tuple[RegisteredPage, dict[str, str]]:
    """The registered page of a path without the prefix, and the variables in it; empty where there is none."""
    page, variables = _path_to_page(path)
    return page or {}, variables or {}


def write_components_fast() -> None:
    """`Component.to_plotly_json` asks a component for each of its twenty to fifty possible props; few of them are set.

    What is set lies in the instance: a third of the time (3.4 µs against 10.6 for a Div of four props, best of nine).
    """
    Component.to_plotly_json = _to_plotly_json  # type: ignore[method-assign]


def _to_plotly_json(self: Component) -> dict[str, object]:
    here = vars(self)
    props = {name: here[name] for name in self._prop_names if name in here}
    # The fifth character first: most names lack a hyphen there.
    props |= {name: here[name] for name in here if name[4:5] == "-" and name.startswith(("data-", "aria-"))}
    return {"props": props, "type": self._type, "namespace": self._namespace}
