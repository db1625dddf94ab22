"""Scripts and style sheets that were compressed ahead."""

from __future__ import annotations

import base64
import gzip
import hashlib
from pathlib import Path

import brotli
import dash_ag_grid
import pytest
from flask import Flask
from flask.testing import FlaskClient

from portal import build
from portal.paths import paths
from portal.served import content, integrity
from portal.web import static

SCRIPT = "/prefix/_dash-component-suites/dash_ag_grid/dash_ag_grid.v35_3_0m1795519800.min.js"


@pytest.fixture(scope="module")
def assets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    build.compress()
    return paths.assets


@pytest.fixture
def client(assets: Path) -> FlaskClient:
    server = Flask("static", static_folder=None)
    static.install(server, assets)
    return server.test_client()


def test_the_best_encoding_that_the_browser_takes(client: FlaskClient) -> None:
    source = (Path(str(dash_ag_grid.__file__)).parent / "dash_ag_grid.min.js").read_bytes()
    best = client.get(SCRIPT, headers={"Accept-Encoding": "gzip, deflate, br, zstd"})
    assert best.headers["Content-Encoding"] == "br"
    assert best.headers["Vary"] == "Accept-Encoding"
    assert best.cache_control.max_age == 31_536_000
    assert brotli.decompress(best.data) == source
    plain_http = client.get(SCRIPT, headers={"Accept-Encoding": "gzip"})
    assert plain_http.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(plain_http.data) == source
    assert len(best.data) < len(plain_http.data)


def test_a_file_that_is_kept_compressed_alone_is_whole_for_everybody(tmp_path: Path) -> None:
    source = b"let answer = 42; // the whole of it\n" * 400
    (tmp_path / "large.min.js.br").write_bytes(brotli.compress(source))
    server = Flask("static", static_folder=None)
    static.install(server, tmp_path)
    client = server.test_client()
    best, older, plain = (
        client.get("/assets/large.min.js", headers={"Accept-Encoding": taken}) for taken in ("br", "gzip", "identity")
    )
    assert brotli.decompress(best.data) == gzip.decompress(older.data) == plain.data == source
    assert plain.headers.get("Content-Encoding") is None
    assert plain.mimetype == "text/javascript"
    found = integrity("/assets/large.min.js", tmp_path)
    assert found == f"sha256-{base64.b64encode(hashlib.sha256(source).digest()).decode()}"


def test_both_bundles_of_plotly_are_there_compressed(assets: Path) -> None:
    for name in ("plotly-cartesian.min.js", "plotly-strict.min.js"):
        assert not (assets / "vendor" / name).exists()
        assert b"plotly.js" in content(assets / "vendor" / name)[:400]


def test_an_asset_that_did_not_change_is_not_sent_again(client: FlaskClient) -> None:
    headers = {"Accept-Encoding": "br"}
    first = client.get("/assets/portal.css", headers=headers)
    assert first.status_code == 200
    assert first.mimetype == "text/css"
    again = client.get("/assets/portal.css", headers={**headers, "If-None-Match": first.headers["ETag"]})
    assert again.status_code == 304
    assert not again.data


@pytest.mark.parametrize(
    "path",
    [
        "/assets/../portal/app.js",
        "/assets/%2e%2e/package.js",
        "/_dash-component-suites/os/path.js",
        "/_dash-component-suites/portal/app.js",
        "/_dash-component-suites/dash/../../etc/passwd.js",
        "/assets/no-such-file.js",
        "/assets/vendor/.stamp",
        "/assets/src/portal.js",
        "/assets//src/portal.js",
        "/assets/vendor/../src/portal.js",
        "/other/portal.css",
    ],
)
def test_everything_else_goes_its_way(client: FlaskClient, path: str) -> None:
    assert client.get(path, headers={"Accept-Encoding": "br"}).status_code == 404


def test_a_file_changed_since_the_build_is_left_to_dash(tmp_path: Path) -> None:
    (tmp_path / "mine.css").write_text("/* new */" * 400)
    server = Flask("static", static_folder=None)
    static.install(server, tmp_path)
    assert server.test_client().get("/assets/mine.css", headers={"Accept-Encoding": "br"}).status_code == 404
