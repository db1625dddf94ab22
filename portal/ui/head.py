"""The HTML document around the app: what must be there before the first script runs.

- `lang`, viewport, and inline, so that nothing waits for it: a script that sets the theme (`assets/head/`).
- Bootstrap and our styles ahead of the components' own; all style sheets as one file, and all of our scripts
  (`portal.build.JOINED`), unless one of them was edited since.
- The page's first picture (`portal.ui.first`), so that the first paint needs no script; the scripts start after it
  (`assets/head/start.js`), and are fetched meanwhile.
- `preload` for what the renderer will ask for as soon as it runs (`_dash-layout`, `_dash-dependencies`) and for the
  bundles (grid, chart) of the page that the address names. A page names them at registration:
  `dash.register_page(__name__, bundles=("grid",), …)`.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Any

import dash
import dash_ag_grid
from dash import _dash_renderer, dash_table
from dash.fingerprint import build_fingerprint

from portal import build

ASSETS = build.ROOT / "assets"

ASSETS_IGNORED = ["^vendor$", "^head$"]
"""`Dash(assets_path_ignore=…)`: linked or written into the document by this module instead of by Dash."""

_INLINE = "\n".join((ASSETS / "head" / name).read_text(encoding="utf-8") for name in ("theme.js", "start.js"))
INLINE_HASH = f"'sha256-{base64.b64encode(hashlib.sha256(_INLINE.encode()).digest()).decode()}'"
"""What the content security policy calls the script that is written into the head."""

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
# Dash brings what old browsers lack: 99 KB of script, the longest of all to start (177 ms in a trace
# of a slowed CPU). What browsers of today lack of it, `regeneratorRuntime`, Bootstrap's components bring.
for _paths in _dash_renderer._js_dist_dependencies[0]["relative_package_path"].values():
    _paths[:] = [path for path in _paths if not path.startswith("deps/polyfill")]
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


def _head(pathname: str, styles: list[str]) -> str:
    scripts = bundles()
    page, _ = page_at(pathname)
    prefix = dash.get_app().config.requests_pathname_prefix
    config = escape(json.dumps(scripts), quote=True)
    lines = [
        f'<meta name="portal-bundles" content="{config}">',
        f"<script>{_INLINE}</script>",
        *(f'<link rel="stylesheet" href="{asset(name)}">' for name in styles),
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


def _is_joined(name: str) -> bool:
    """Whether the one file is there, and made of its parts as they are now."""
    file = build.VENDOR / name
    if not file.exists():
        return False
    return _is_made_of(name, tuple(path.stat().st_mtime_ns for path in [file, *build.parts(name)]))


@lru_cache(maxsize=8)
def _is_made_of(name: str, _changed: tuple[int, ...]) -> bool:
    with (build.VENDOR / name).open(encoding="utf-8") as lines:
        return lines.readline().strip() == build.made_of(name)


_SCRIPT = re.compile(r'<script (?=[^>]*\bsrc="([^"]*)")')
_OUR_SCRIPT = re.compile(r'<script src="[^"]*/assets/[^"/]+"></script>\s*')
_OUR_STYLES = re.compile(r'<link rel="stylesheet" href="[^"]*/assets/[^"/]+">\s*')


def fill(document: str, pathname: str, title: str, picture: str) -> str:
    """Dash's document with what depends on the request: the head, the title, and the first picture of the page."""
    document = re.sub("<title>.*?</title>", lambda _: f"<title>{escape(title)}</title>", document, count=1)
    head, _, rest = document.partition("<!--portal:entry-->")
    _, _, scripts = rest.partition("<!--portal:scripts-->")
    styles = ["vendor/bootstrap.min.css", "vendor/icons.css"]
    if _is_joined("portal.css"):
        styles, head = ["vendor/portal.css"], _OUR_STYLES.sub("", head)
    if _is_joined("portal.js") and (first := _OUR_SCRIPT.search(scripts)):
        others = _OUR_SCRIPT.sub("", scripts[first.end() :])
        scripts = f'{scripts[: first.start()]}<script src="{asset("vendor/portal.js")}"></script>\n{others}'
    fetched = [f'<link rel="preload" href="{url}" as="script">' for url in _SCRIPT.findall(scripts)]
    head = head.replace("<!--portal:head-->", "\n".join([_head(pathname, styles), *fetched]), 1)
    entry = f'<div id="picture" inert>{picture}</div>\n<div id="react-entry-point"></div>\n'
    scripts = _SCRIPT.sub('<script type="later" ', scripts).replace('type="application/javascript"', 'type="later"')
    return head + entry + scripts
