"""The document around the app: what is linked, in which order, and by whom it is started."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
import shutil
from pathlib import Path

import dash
import pytest

from portal import assets as built
from portal import build
from portal.ui import head

DOCUMENT = """<head><title>Dash</title><!--portal:head-->
<link rel="stylesheet" href="/p/assets/catalog.css?m=1"></head>
<body><!--portal:entry--><div>Loading…</div><!--portal:scripts-->
<script id="_dash-config" type="application/json">{}</script>
<script src="/p/_dash-component-suites/dash/deps/react.js"></script>
<script src="/p/assets/team.js?m=1"></script>
<script src="/p/_dash-component-suites/dash/dash-renderer/build/dash_renderer.js"></script>
<script>var inline = 1;</script>
<script id="_dash-renderer" type="application/javascript">var renderer = new DashRenderer();</script></body>"""


@pytest.fixture(scope="module", autouse=True)
def app() -> dash.Dash:
    return dash.Dash("head", requests_pathname_prefix="/p/", routes_pathname_prefix="/p/", use_pages=False)


@pytest.fixture
def assets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the assets, built."""
    build.build()
    copy = tmp_path / "assets"
    shutil.copytree(built.FOLDER, copy, ignore=shutil.ignore_patterns("compressed"))
    monkeypatch.setattr(built, "FOLDER", copy)
    monkeypatch.setattr(built, "VENDOR", copy / "vendor")
    monkeypatch.setattr(head, "ASSETS", copy)
    return copy


def scripts(document: str) -> list[str]:
    """Sources of the scripts that wait, in order."""
    return re.findall(r'<script type="later"(?: integrity="[^"]*")? src="([^"?]*)', document)


def test_scripts_wait_and_are_fetched_meanwhile(assets: Path) -> None:
    document = head.fill(DOCUMENT, "/p/", "Home · Data portal", "<h1>Hello</h1>", "token")
    assert "<title>Home · Data portal</title>" in document
    assert scripts(document) == [
        "/p/_dash-component-suites/dash/deps/react.js",
        "/p/assets/vendor/portal.js",
        "/p/assets/team.js",
        "/p/_dash-component-suites/dash/dash-renderer/build/dash_renderer.js",
    ]
    preloaded = re.findall(r'<link rel="preload" href="([^"?]*)[^"]*" as="script"', document)
    assert preloaded == scripts(document)
    # Nothing that the parser would run by itself, except what the content security policy knows by its hash.
    assert re.findall(r"<script(?: src=[^>]*)?>", document) == ["<script>", "<script>"]
    assert '<script id="_dash-renderer" type="later">' in document
    assert document.index("<h1>Hello</h1>") < document.index('<script type="later"')


def test_scripts_are_taken_as_they_are_here_or_not_at_all(assets: Path) -> None:
    document = head.fill(DOCUMENT, "/p/", "Home", "", "")
    ours = "sha256-" + base64.b64encode(hashlib.sha256((assets / "vendor/portal.js").read_bytes()).digest()).decode()
    # The same on the preload, or the browser fetches it twice.
    assert re.findall(r'<(script|link)[^>]*integrity="' + re.escape(ours), document) == ["link", "script"]
    (assets / "vendor/portal.js").write_text("// replaced\n")
    head._pieces.cache_clear()  # a second later
    assert ours not in head.fill(DOCUMENT, "/p/", "Home", "", "")


def test_what_is_loaded_later_is_known_too(assets: Path) -> None:
    given = re.search(r'data-scripts="([^"]*)"', head.fill(DOCUMENT, "/p/", "Home", "", ""))
    assert given is not None
    known = json.loads(html.unescape(given[1]))
    assert {"_dash-component-suites/dash/dcc/async-graph.js", "assets/vendor/editor.js"} <= known.keys()
    # Its address has a fingerprint, whichever version is installed.
    assert known["_dash-component-suites/dash_ag_grid/dash_ag_grid.min.js"].startswith("sha256-")
    assert "mathjax" not in str(known), "what no page of ours asks for is not read"


def test_the_token_stands_before_the_script_that_takes_it(assets: Path) -> None:
    document = head.fill(DOCUMENT, "/p/", "Home", "", "token-of-this-page")
    assert document.count("token-of-this-page") == 1
    taken = document.index('<meta name="portal-page" content="token-of-this-page" data-root="/p/" ')
    assert taken < document.index("<script>")
    # Nothing is asked for without it.
    assert 'as="fetch"' not in document


def test_a_refusal_holds_no_token_and_starts_nothing(assets: Path) -> None:
    document = head.refusal("Not <here>.")
    assert "Not &lt;here&gt;." in document
    assert '<meta name="portal-page" content="" data-root="/p/" data-refused>' in document
    assert scripts(document) == []


def test_all_styles_are_one_file(assets: Path) -> None:
    document = head.fill(DOCUMENT, "/p/", "Home", "", "")
    assert re.findall(r'<link rel="stylesheet" href="([^"?]*)', document) == ["/p/assets/vendor/portal.css"]


def test_an_edited_style_sheet_is_sent_by_itself(assets: Path) -> None:
    head.fill(DOCUMENT, "/p/", "Home", "", "")
    (assets / "catalog.css").write_text("/* edited */")
    head._pieces.cache_clear()  # a second later
    styles = re.findall(r'<link rel="stylesheet" href="([^"?]*)', head.fill(DOCUMENT, "/p/", "Home", "", ""))
    assert styles[:3] == [
        "/p/assets/vendor/bootstrap.min.css",
        "/p/assets/vendor/icons.css",
        "/p/assets/tokens.css",
    ]
    assert styles.count("/p/assets/catalog.css") == 1


def test_scripts_that_no_team_added_to_come_before_the_renderer(assets: Path) -> None:
    document = DOCUMENT.replace('<script src="/p/assets/team.js?m=1"></script>\n', "")
    assert scripts(head.fill(document, "/p/", "Home", "", "")) == [
        "/p/_dash-component-suites/dash/deps/react.js",
        "/p/assets/vendor/portal.js",
        "/p/_dash-component-suites/dash/dash-renderer/build/dash_renderer.js",
    ]


def test_without_a_build_start_stops_with_the_command_to_run(assets: Path) -> None:
    built.require()
    (assets / "vendor/portal.js").unlink()
    with pytest.raises(built.BuildError, match=r"Run: python -m portal\.build"):
        built.require()


def test_a_bundle_is_made_anew_when_a_module_changes(assets: Path) -> None:
    assert built.is_current("portal.js")
    with (assets / "src/text.js").open("a") as module:
        module.write("// edited\n")
    assert not built.is_current("portal.js")
    assert built.is_current("editor.js")
    shutil.rmtree(assets / "src")
    assert built.is_current("portal.js"), "deployed, there are no sources"


def test_the_styles_are_all_that_dash_would_link(assets: Path) -> None:
    ours = [path.name for path in built.parts("portal.css") if path.parent == assets]
    assert sorted(ours) == sorted(path.name for path in assets.iterdir() if path.suffix == ".css")
    assert ours[-1] == "print.css", "what holds on paper comes after what it is to change"


def test_every_icon_has_its_glyph(assets: Path) -> None:
    rules = (assets / "vendor/icons.css").read_text(encoding="utf-8")
    assert "font/woff2;base64," in rules
    for name in built.ICONS:
        assert re.search(rf'\.i-{re.escape(name)}::before{{content:"\\[0-9a-f]{{4,5}}"}}', rules), name


def test_a_layout_in_the_document_ends_where_it_ends() -> None:
    hostile = json.dumps({"children": "</script><script>alert(1)</script><!-- \u2028 ]]>"})
    element = head.layout(hostile)
    inside = re.fullmatch(r'<script id="portal-layout" type="application/json">(.*)</script>\n', element, re.S)
    assert inside
    assert "<" not in inside[1]
    assert json.loads(inside[1]) == json.loads(hostile)


def test_the_frame_ends_behind_all_that_the_scripts_need(assets: Path) -> None:
    document = head.fill(DOCUMENT, "/p/", "Home", "<h1>Hello</h1>", "", layout=head.layout("{}"), starting=True)
    end = document.index('<i id="frame-end" hidden></i>')
    for before in ("dash_renderer.js", 'id="_dash-config"', 'id="starting"', 'id="picture"', "<h1>Hello</h1>"):
        assert before in document[:end]
    assert document.index('id="portal-layout"') > end
    assert document.rstrip().endswith("</body>")
    assert 'id="starting"' not in head.fill(DOCUMENT, "/p/", "Home", "", "")
