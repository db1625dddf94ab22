"""Dash 4.4 and its components: scripts that it need not link, the page of a path, how what is drawn is written."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from functools import wraps
from pathlib import Path
from threading import Lock
from typing import Any, cast

import dash_ag_grid
import dash_bootstrap_components as dbc
import orjson
from cachetools import TTLCache, cached
from dash import Dash, _callback, _dash_renderer, dash_table, dcc, html
from dash._pages import _path_to_page
from dash.development.base_component import Component, _deprecated_components
from plotly.io import json as plotly_json

GRID_FOLDER = Path(str(dash_ag_grid.__file__)).parent
GRID_SCRIPT = str(dash_ag_grid._js_dist[0]["relative_package_path"])
"""The grid's main script, below its package."""
RegisteredPage = dict[str, Any]
"""An entry of `dash.page_registry`: what `register_page` was given, `module`, `path` and `relative_path`."""
_WRITTEN = orjson.OPT_NON_STR_KEYS | orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME
_IN_MARKUP = (("<", "\\u003c"), (">", "\\u003e"), ("/", "\\u002f"), ("\u2028", "\\u2028"), ("\u2029", "\\u2029"))
"""What could end the element that a layout stands in; plotly writes it so, too."""
_to_json_plotly = plotly_json.to_json_plotly
_prop_names: dict[type[Component], frozenset[str]] = {}
_init = Component.__init__
_REQUIRED = re.compile(r"Required argument `(\w+)` was not specified")
_SIMPLE = frozenset({str, int, float, bool, list, dict, type(None)})


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

    What is set lies in the instance: a quarter of the time (1.3 µs against 5.4 for a Div of five, best of nine).
    """
    Component.to_plotly_json = _to_plotly_json  # type: ignore[method-assign]


def _to_plotly_json(self: Component) -> dict[str, object]:
    names = _prop_names.get(type(self))
    if names is None:
        names = _prop_names[type(self)] = frozenset(self._prop_names)
    props = dict(vars(self))  # whoever changes what is written does not change the component
    if not props.keys() <= names:
        props = {
            name: value
            for name, value in props.items()
            # The fifth character first: most names lack a hyphen there.
            if name in names or (name[4:5] == "-" and name.startswith(("data-", "aria-")))
        }
    return {"props": props, "type": self._type, "namespace": self._namespace}


def make_components_fast() -> None:
    """Dash writes the words of a refusal for each prop before it looks at it, and gives each component two lists of all
    props that it might have. As strict without: a seventh of the time (1.3 µs against 12.4 for a Div of five props, 1.1
    against 7.4 for a Link; best of nine). What might be refused goes Dash's own way.
    """
    Component.__init__ = _checked  # type: ignore[method-assign]
    for kind in (*vars(html).values(), *vars(dcc).values(), *vars(dbc).values()):
        if (
            isinstance(kind, type)
            and issubclass(kind, Component)
            and "_explicitize_args" in kind.__init__.__qualname__
            and kind._type not in _deprecated_components.get(kind._namespace, {})  # each of them is warned of
        ):
            kind.__init__ = _until_met(kind, kind.__init__)  # type: ignore[method-assign]


def _checked(self: Component, **props: object) -> None:
    if not _is_plain(props, self._prop_names, tuple(self._valid_wildcard_attributes), self._base_nodes):
        return _init(self, **props)
    self._validate_deprecation()
    vars(self).update(props)
    return None


def _is_plain(
    props: dict[str, Any], names: Collection[str], wildcards: tuple[str, ...], nodes: Collection[str]
) -> bool:
    """Whether nothing about these props can be refused."""
    for name, value in props.items():
        if name not in names and not name.startswith(wildcards):
            return False
        if type(value) not in _SIMPLE and isinstance(value, Component) and name not in nodes:
            return False
        if name == "id" and not (isinstance(value, str) or _is_key(value)):
            return False
    return True


def _is_key(value: object) -> bool:
    """Whether this is the id of a component that is one of several."""
    return isinstance(value, dict) and all(
        isinstance(key, str) and isinstance(part, str | int | float) for key, part in value.items()
    )


def _until_met(kind: type[Component], generated: Callable[..., None]) -> Callable[..., None]:
    """Most kinds are never made: the first of its kind is looked at."""

    @wraps(generated)
    def first(self: Component, *children: object, **props: object) -> None:
        kind.__init__ = _lean(kind, generated)  # type: ignore[method-assign]
        kind.__init__(self, *children, **props)

    return first


def _lean(kind: type[Component], generated: Callable[..., None]) -> Callable[..., None]:
    """`kind.__init__`, which sets on the class what is the same of all its instances."""
    one, required = _smallest(kind, generated)
    for name, value in vars(one).items():
        if name not in one._prop_names:
            setattr(kind, name, value)
    names, nodes = frozenset(one._prop_names), frozenset(one._base_nodes)
    wildcards = tuple(one._valid_wildcard_attributes)
    holds = "children" in vars(one)

    @wraps(generated)
    def made(self: Component, *children: object, **props: object) -> None:
        if (
            len(children) > holds
            or (children and "children" in props)
            or not required <= props.keys()
            or not _is_plain(props, names, wildcards, nodes)
        ):
            return generated(self, *children, **props)
        vars(self).update(props)
        if holds:
            vars(self)["children"] = children[0] if children else props.get("children")
        return None

    return made


def _smallest(kind: type[Component], generated: Callable[..., None]) -> tuple[Component, frozenset[str]]:
    """A component with the props alone that this kind asks for."""
    props: dict[str, object] = {}
    while True:
        one = object.__new__(kind)
        try:
            generated(one, **props)
        except TypeError as refused:
            missing = _REQUIRED.search(str(refused))
            if missing is None or missing[1] in props:
                raise
            props[missing[1]] = ""
        else:
            return one, frozenset(props)


def write_json_fast() -> None:
    """What Dash sends goes through plotly's `to_json_plotly`, which the standard library's encoder writes (a callback's
    table of 25 rows: 403 µs against 231), or orjson after going through every value in Python.
    """
    plotly_json.to_json_plotly = to_json


def to_json(value: object, pretty: bool = False, engine: str | None = None) -> str:
    """What a browser gets of a value with components and figures in it, in plotly's own JSON: not a number is null, and
    nothing in it is markup. Raises `TypeError` for what has no such form.
    """
    if not pretty and engine is None:
        try:
            text = orjson.dumps(value, default=_written, option=_WRITTEN).decode()
        except TypeError:
            pass  # whole numbers of more than 64 bits, half a character: there is one who writes them, or says why not
        else:
            for sign, escaped in _IN_MARKUP:
                if sign in text:
                    text = text.replace(sign, escaped)
            return text
    return _to_json_plotly(value, pretty=pretty, engine=engine or "json")


def _written(value: object) -> object:
    if type(value) in _prop_names or isinstance(value, Component):
        return cast(Component, value).to_plotly_json()
    # What is drawn without figures needs none of it.
    from _plotly_utils.utils import PlotlyJSONEncoder  # type: ignore[import-untyped]

    return PlotlyJSONEncoder().default(value)
