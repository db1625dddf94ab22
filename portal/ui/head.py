"""The HTML document around the app: what must be there before the first script runs.

- `lang`, viewport, and inline, so that nothing waits for it: a script that sets the theme (`assets/head/`).
- Bootstrap and our styles ahead of the components' own, as one file unless one of them was edited since; our scripts as
  the bundle that `portal.build` makes, and after it the team's own, which Dash links one by one.
- The page's first picture (`portal.ui.first_paint`), so that the first paint needs no script; the scripts start after
  it (`assets/head/start.js`), and are fetched meanwhile.
- The page's token, and who asks with it (`assets/head/page.js`): also for what the renderer needs as soon as it runs.
- Every script by its address and its hash (`integrity`).
- `preload` for the bundles (grid, chart) of the page that the address names. A page names them at registration:
  `dash.register_page(__name__, bundles=("grid",), …)`.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from functools import lru_cache
from html import escape
from itertools import chain
from pathlib import Path
from threading import Lock
from urllib.parse import urlsplit

import dash
import dash_ag_grid
from cachetools import TTLCache, cached
from dash import dcc
from dash.fingerprint import build_fingerprint

from portal import assets
from portal.patches import dash as patches
from portal.patches.dash import RegisteredPage
from portal.paths import paths
from portal.served import integrity, kept, without_version
from portal.ui import brand, development, typed_paths
from portal.ui.page_rules import NOT_FOUND
from portal.viewer.boot import drawn_by

ASSETS = paths.assets

ASSETS_IGNORED = ["^vendor$", "^head$", f"^{assets.SOURCES}$"]
"""`Dash(assets_path_ignore=…)`: linked or written into the document by this module instead of by Dash."""

_HEAD = "".join((ASSETS / "head" / name).read_text(encoding="utf-8") for name in ("theme.js", "page.js", "start.js"))
# Comments and indentation are for readers of the files.
_INLINE = re.sub(r"(?m)^[ ]*(?://.*)?\n?", "", _HEAD)
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

_LOOKED = 1.0
"""Seconds for which it is known what a document links: not each looks at two hundred files on the disk."""

patches.leave_out_scripts()
patches.make_components_fast()
patches.write_components_fast()
patches.write_json_fast()
patches.remember_links(_LOOKED)
# Left to the main script, this one would load only when a grid is drawn, from an address without a fingerprint.
_GRID_CHUNK = "async-community.js"


def asset(path: str) -> str:
    """The address of a file below `assets/`, with its modification time, so that caches notice a change."""
    file = kept(ASSETS / path)
    stamp = f"?m={file.stat().st_mtime}" if file.exists() else ""
    return dash.get_asset_url(path) + stamp


def _suite(path: str) -> str:
    return f"{dash.get_app().config.requests_pathname_prefix}_dash-component-suites/{path}"


def _grid_script(path: str) -> str:
    """Fingerprinted as Dash would, so that it is cached for good."""
    module = patches.GRID_FOLDER / path
    return _suite("dash_ag_grid/" + build_fingerprint(path, dash_ag_grid.__version__, int(module.stat().st_mtime)))


def bundles() -> dict[str, list[str]]:
    """Scripts by bundle, in the order in which they are needed."""
    chart, whole = (
        [asset(name)] if kept(ASSETS / name).exists() else []
        for name in ("vendor/plotly-cartesian.min.js", "vendor/plotly-strict.min.js")
    )
    grid = [_grid_script(patches.GRID_SCRIPT), _grid_script(_GRID_CHUNK)]
    return {"grid": grid, "chart": chart, "plotly": whole}


def page_at(pathname: str) -> tuple[RegisteredPage, dict[str, str]]:
    """The registered page of a browser path and the variables in it; empty where there is none."""
    stripped = dash.strip_relative_path(pathname)
    page, variables = patches.page_of(stripped if stripped is not None else pathname)
    if not page or page["module"].endswith(NOT_FOUND) or typed_paths.read(page, variables) is None:
        return {}, {}
    return page, variables


def _own(token: str, *, refused: bool = False) -> str:
    """The page's token, and the script that takes it."""
    root = escape(dash.get_app().config.requests_pathname_prefix, quote=True)
    mark = " data-refused" if refused else f' data-scripts="{escape(_later(), quote=True)}"'
    return f'<meta name="portal-page" content="{token}" data-root="{root}"{mark}>\n<script>{_INLINE}</script>'


def refusal(says: str) -> str:
    """The page for a request that may not have a document. It holds no token, but its script still removes a service
    worker that controls the page (`assets/head/page.js`).
    """
    return _REFUSAL.format(head=_own("", refused=True), says=escape(says))


_REFUSAL = """<!DOCTYPE html>
<html lang="en">
<head>
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>Not shown here</title>
{head}
</head>
<body><main><h1>Not shown here</h1><p>{says}</p></main></body>
</html>"""


def _integrity(url: str) -> str:
    found = integrity(url, ASSETS)
    return f' integrity="{found}"' if found else ""


@cached(TTLCache(1, _LOOKED), lock=Lock())
def _later() -> str:
    """Scripts that load when they are needed, Dash's own among them: path below the portal -> integrity, as JSON."""
    prefix = dash.get_app().config.requests_pathname_prefix
    names = (
        path.name for path in Path(str(dcc.__file__)).parent.glob("async-*.js") if not assets.RARE.search(path.name)
    )
    urls = [*chain(*bundles().values()), asset("vendor/editor.js"), *(_suite(f"dash/dcc/{name}") for name in names)]
    paths = (urlsplit(url).path for url in urls)
    found = {without_version(path).removeprefix(prefix): integrity(path, ASSETS) for path in paths}
    return json.dumps({path: digest for path, digest in found.items() if digest}, separators=(",", ":"))


def _preload(url: str) -> str:
    return f'<link rel="preload" href="{url}" as="script"{_integrity(url)}>'


def _head(names: tuple[str, ...]) -> str:
    scripts = bundles()
    config = escape(json.dumps(scripts), quote=True)
    lines = [
        f'<meta name="portal-bundles" content="{config}">',
        _own(_GAP),
        *_development(),
        *(f'<link rel="stylesheet" href="{address}">' for address in _styles()),
        *(_preload(url) for name in names for url in scripts.get(name, ())),
    ]
    return "\n".join(lines)


def _development() -> list[str]:
    """Which process this is, for a developer's page to notice when another one answers (`portal.develop`)."""
    root = escape(dash.get_app().config.requests_pathname_prefix, quote=True)
    return [f'<meta name="portal-boot" content="{drawn_by()}" data-root="{root}">'] if development.on() else []


def _styles() -> list[str]:
    """Addresses of our style sheets: all as one, or apart where one has been edited."""
    apart = [part.relative_to(ASSETS).as_posix() for part in assets.parts("portal.css")]
    return [asset(name) for name in (["vendor/portal.css"] if _is_current("portal.css") else apart)]


def styles() -> list[str]:
    """Addresses of a page's style sheets in the cascade's order: ours, and a team's own."""
    return [*_styles(), *filter(None, [brand.style()])]


def _is_current(name: str) -> bool:
    """`assets.is_current`, computed again only when a file has changed."""
    file = assets.VENDOR / name
    if not file.exists():
        return False
    return _is_current_as_of(name, tuple(path.stat().st_mtime_ns for path in [file, *assets.parts(name)]))


@lru_cache(maxsize=8)
def _is_current_as_of(name: str, _changed: tuple[int, ...]) -> bool:
    return assets.is_current(name)


_FAVICON = re.compile(r'<link rel="icon"[^>]*>')
_SCRIPT = re.compile(r'<script (?=[^>]*\bsrc="([^"]*)")')
# After React and the components, before the team's own and the renderer.
_PLACE = re.compile(r'<script src="[^"]*/(?:assets|dash-renderer)/')
_OUR_STYLES = re.compile(r'<link rel="stylesheet" href="[^"]*/assets/[^"/]+">\s*')


def layout(written: str) -> str:
    """The element that holds a layout, written as JSON; `assets/head/page.js` reads it."""
    # Inside of a script only these could end it, or begin a comment; in JSON they stand in strings alone.
    safe = written.replace("<", "\\u003c")
    return f'<script id="portal-layout" type="application/json">{safe}</script>\n'


def late(picture: str) -> str:
    """The picture that takes the place of the first one (`assets/head/start.js`)."""
    return f'<template id="late-picture">{picture}</template>\n'


_STARTING = '<p id="starting" class="starting" role="status">The portal is starting; your page is on its way.</p>\n'

_GAP = "\0"
"""Stands in a document's pieces where each request has its own."""


def fill(
    document: str, pathname: str, title: str, picture: str, token: str, *, layout: str = "", starting: bool = False
) -> str:
    """Dash's document with what depends on the request: title, the page's token, and its first picture.

    `layout` is the element of that name, where the layout is known; `starting` says that the process is young.
    """
    page, _ = page_at(pathname)
    # Dash's configuration differs from one document to the next.
    document, config = _without_config(document)
    pieces = _pieces(document, tuple(page.get("bundles", ())))
    # All that the scripts need is here once this mark is (`assets/head/start.js`).
    shown = f'{_STARTING if starting else ""}<i id="frame-end" hidden></i>\n{layout}'
    own = (escape(title), token, picture, config, shown, "")
    return "".join(chain.from_iterable(zip(pieces, own, strict=True)))


def _without_config(document: str) -> tuple[str, str]:
    before, start, rest = document.replace(_GAP, "").partition('<script id="_dash-config"')
    config, end, after = rest.partition("</script>")
    return f"{before}{start}{_GAP}{end}{after}", config


@cached(TTLCache(64, _LOOKED), lock=Lock())
def _pieces(document: str, names: tuple[str, ...]) -> list[str]:
    """What stands in the document of a page with these bundles between title, token, picture, configuration and what
    follows the picture.
    """
    document = re.sub("<title>.*?</title>", f"<title>{_GAP}</title>", document, count=1)
    head, _, rest = document.partition("<!--portal:entry-->")
    _, _, scripts = rest.partition("<!--portal:scripts-->")
    # Never as Dash links them: the cascade has an order, and it is not the alphabet's.
    head = _OUR_STYLES.sub("", head)
    if place := _PLACE.search(scripts):
        ours = f'<script src="{asset("vendor/portal.js")}"></script>\n'
        scripts = scripts[: place.start()] + ours + scripts[place.start() :]
    fetched = map(_preload, _SCRIPT.findall(scripts))
    # A team's own last: behind what Dash links of the components.
    head = head.replace("</head>", f"{brand.head()}\n</head>", 1)
    if own := brand.favicon():
        head = _FAVICON.sub(lambda _: own, head, count=1)
    head = head.replace("<!--portal:head-->", "\n".join([_head(names), *fetched]), 1)
    entry = f'<div id="picture" inert>{_GAP}</div>\n<div id="react-entry-point"></div>\n'
    scripts = _SCRIPT.sub(lambda found: f'<script type="later"{_integrity(found[1])} ', scripts).replace(
        'type="application/javascript"', 'type="later"'
    )
    body, end, last = scripts.rpartition("</body>")
    return (head + entry + body + _GAP + end + last).split(_GAP)
