"""The document around the app: what is linked, in which order, and by whom it is started."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import dash
import pytest

from portal import build
from portal.ui import head

DOCUMENT = """<head><title>Dash</title><!--portal:head-->
<link rel="stylesheet" href="/p/assets/catalog.css?m=1"></head>
<body><!--portal:entry--><div>Loading…</div><!--portal:scripts-->
<script id="_dash-config" type="application/json">{}</script>
<script src="/p/_dash-component-suites/dash/deps/react.js"></script>
<script src="/p/assets/bundles.js?m=1"></script>
<script src="/p/assets/states.js?m=1"></script>
<script src="/p/_dash-component-suites/dash/renderer.js"></script>
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
    shutil.copytree(build.ROOT / "assets", copy, ignore=shutil.ignore_patterns("compressed"))
    monkeypatch.setattr(build, "ROOT", tmp_path)
    monkeypatch.setattr(build, "VENDOR", copy / "vendor")
    monkeypatch.setattr(head, "ASSETS", copy)
    return copy


def scripts(document: str) -> list[str]:
    """Sources of the scripts that wait, in order."""
    return re.findall(r'<script type="later" src="([^"?]*)', document)


def test_scripts_wait_and_are_fetched_meanwhile(assets: Path) -> None:
    document = head.fill(DOCUMENT, "/p/", "Home · Data portal", "<h1>Hello</h1>")
    assert "<title>Home · Data portal</title>" in document
    assert scripts(document) == [
        "/p/_dash-component-suites/dash/deps/react.js",
        "/p/assets/vendor/portal.js",
        "/p/_dash-component-suites/dash/renderer.js",
    ]
    preloaded = re.findall(r'<link rel="preload" href="([^"?]*)[^"]*" as="script">', document)
    assert preloaded == scripts(document)
    # Nothing that the parser would run by itself, except what the content security policy knows by its hash.
    assert re.findall(r"<script(?: src=[^>]*)?>", document) == ["<script>", "<script>"]
    assert '<script id="_dash-renderer" type="later">' in document
    assert document.index("<h1>Hello</h1>") < document.index('<script type="later"')


def test_all_styles_are_one_file(assets: Path) -> None:
    document = head.fill(DOCUMENT, "/p/", "Home", "")
    assert re.findall(r'<link rel="stylesheet" href="([^"?]*)', document) == ["/p/assets/vendor/portal.css"]


def test_an_edited_or_added_file_is_sent_by_itself(assets: Path) -> None:
    head.fill(DOCUMENT, "/p/", "Home", "")
    (assets / "team.js").write_text("// a script of a team's own")
    document = head.fill(DOCUMENT, "/p/", "Home", "")
    assert "/p/assets/states.js" in scripts(document)
    assert "/p/assets/vendor/portal.js" not in scripts(document)
    (assets / "catalog.css").write_text("/* edited */")
    styles = re.findall(r'<link rel="stylesheet" href="([^"?]*)', head.fill(DOCUMENT, "/p/", "Home", ""))
    assert styles == [
        "/p/assets/vendor/bootstrap.min.css",
        "/p/assets/vendor/icons.css",
        "/p/assets/catalog.css",
    ]


def test_without_a_build_every_file_is_there(assets: Path) -> None:
    shutil.rmtree(assets / "vendor")
    assert "/p/assets/bundles.js" in scripts(head.fill(DOCUMENT, "/p/", "Home", ""))


def test_what_is_joined_is_all_that_dash_would_link(assets: Path) -> None:
    for name, suffix in (("portal.js", ".js"), ("portal.css", ".css")):
        ours = [path.name for path in build.parts(name) if path.parent == assets]
        assert ours == sorted(path.name for path in assets.iterdir() if path.suffix == suffix)


def test_every_icon_has_its_glyph(assets: Path) -> None:
    rules = (assets / "vendor/icons.css").read_text(encoding="utf-8")
    assert "font/woff2;base64," in rules
    for name in build.ICONS:
        assert re.search(rf'\.i-{re.escape(name)}::before{{content:"\\[0-9a-f]{{4,5}}"}}', rules), name
