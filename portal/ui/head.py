"""The HTML document around the app: what must be there before the first script runs.

- `lang`, viewport, and the theme, set by a script of ours in the head (an inline one would need a CSP hash).
- Bootstrap and our styles ahead of the components' own.
- The page's first picture (`portal.ui.first`), so that the first paint needs no script.
- `preload` for what the renderer will ask for as soon as it runs (`_dash-layout`, `_dash-dependencies`) and for the
  bundles (grid, chart) of the page that the address names. A page names them at registration:
  `dash.register_page(__name__, bundles=("grid",), …)`.
"""

from __future__ import annotations

import json
import re
from html import escape
from pathlib import Path
from typing import Any

import dash
import dash_ag_grid
from dash import dash_table
from dash.fingerprint import build_fingerprint

from portal.build import ROOT

ASSETS = ROOT / "assets"

ASSETS_IGNORED = ["^vendor$", "^head$"]
"""`Dash(assets_path_ignore=…)`: served, but linked by this module instead of by Dash."""

INDEX = """<!DOCTYPE html>
<html lang="en">
<head>
{%metas%}
<meta name="color-scheme" content="light dark">
<title>{%title%}</title>
{%favicon%}
<!--portal:head-->
{%css%}
</head>
<body>
<!--portal:entry-->
{%app_entry%}
<!--portal:scripts-->
{%config%}
{%scripts%}
{%renderer%}
</body>
</html>"""

# The grid's main script (284 KB compressed) would load on every page, ahead of the renderer. Dash's own flag for
# "served, not linked" keeps it off; `assets/bundles.js` loads it when the first grid is drawn.
_GRID_MAIN = dash_ag_grid._js_dist[0]
_GRID_MAIN["dynamic"] = True
# Dash links the script of its table, which no page here uses: 9 KB. A page that did would load it as it is drawn.
for _resource in dash_table._js_dist:  # type: ignore[attr-defined]
    if _resource["relative_package_path"] == "dash_table/bundle.js":
        _resource["dynamic"] = True
# The main script would ask for this one only when a grid is drawn, and at an address without a fingerprint.
_GRID_CHUNK = "async-community.js"


def asset(path: str) -> str:
    """The address of a file below `assets/`, with its time of change for caches."""
    file = ASSETS / path
    stamp = f"?m={file.stat().st_mtime}" if file.exists() else ""
    return dash.get_asset_url(path) + stamp


def _suite(path: str) -> str:
    return f"{dash.get_app().config.requests_pathname_prefix}_dash-component-suites/{path}"


def _grid_script(path: str) -> str:
    """Fingerprinted as Dash would, so that it is cached for good."""
    module = Path(str(dash_ag_grid.__file__)).parent / path
    return _suite("dash_ag_grid/" + build_fingerprint(path, dash_ag_grid.__version__, int(module.stat().st_mtime)))


def bundles() -> dict[str, list[str]]:
    """Scripts by bundle, in the order in which they are needed."""
    chart = [asset("vendor/plotly-cartesian.min.js")] if (ASSETS / "vendor/plotly-cartesian.min.js").exists() else []
    return {"grid": [_grid_script(str(_GRID_MAIN["relative_package_path"])), _grid_script(_GRID_CHUNK)], "chart": chart}


def page_at(pathname: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The registered page of a browser path and the variables in it; empty where there is none."""
    from dash._pages import _path_to_page

    stripped = dash.strip_relative_path(pathname)
    page, variables = _path_to_page(stripped if stripped is not None else pathname)
    if not page or page["module"].endswith("not_found_404"):
        return {}, {}
    return page, variables or {}


def _head(pathname: str) -> str:
    scripts = bundles()
    page, _ = page_at(pathname)
    prefix = dash.get_app().config.requests_pathname_prefix
    config = escape(json.dumps(scripts), quote=True)
    lines = [
        f'<meta name="portal-bundles" content="{config}">',
        f'<script src="{asset("head/theme.js")}"></script>',
        *(f'<link rel="stylesheet" href="{asset(f"vendor/{name}.css")}">' for name in ("bootstrap.min", "icons")),
        *(
            f'<link rel="preload" href="{prefix}{name}" as="fetch" crossorigin="anonymous">'
            for name in ("_dash-layout", "_dash-dependencies")
        ),
        *(
            f'<link rel="preload" href="{url}" as="script">'
            for name in page.get("bundles", ())
            for url in scripts.get(name, ())
        ),
    ]
    return "\n".join(lines)


def fill(document: str, pathname: str, title: str, picture: str) -> str:
    """Dash's document with what depends on the request: the head, the title, and the first picture of the page."""
    document = document.replace("<!--portal:head-->", _head(pathname), 1)
    document = re.sub("<title>.*?</title>", lambda _: f"<title>{escape(title)}</title>", document, count=1)
    start, end = document.find("<!--portal:entry-->"), document.find("<!--portal:scripts-->")
    entry = f'<div id="picture" inert>{picture}</div>\n<div id="react-entry-point"></div>\n'
    return document[:start] + entry + document[end:]
