"""Each use of a library's internals is listed, was looked at in the release that is installed, and still works."""

from __future__ import annotations

import ast
import importlib.metadata
import io
import json
import re
import struct
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import dash
import dash_ag_grid
import dash_bootstrap_components as dbc
import pytest
from dash import dcc, html
from dash.development import base_component
from dash.development.base_component import Component

from portal.databricks import client as partial
from portal.databricks import own_client
from portal.patches import USES, Use
from portal.patches import dash as of_dash
from portal.patches.cachelib import redis_client
from portal.patches.databricks import going_out_by, session_of, unprinted, watch
from tests.sandbox_client import ROOT


@pytest.mark.parametrize("use", USES, ids=lambda use: f"{use.library} {use.what[:40]}")
def test_a_use_was_looked_at_in_the_installed_release(use: Use) -> None:
    """Fails with a new release: look whether the use still holds, then write the release down in `portal.patches`."""
    try:
        installed = importlib.metadata.version(use.library.replace("dash_ag_grid", "dash-ag-grid"))
    except importlib.metadata.PackageNotFoundError:
        pytest.skip(f"{use.library} is not in this environment")
    seen = use.version.rstrip(".") + "."
    assert f"{installed}.".startswith(seen), f"{use.library} {installed}: {use.what}, seen in {use.version}"
    assert (ROOT / use.where).exists()
    for test in use.test.split(", "):
        file, _, name = test.partition("::")
        path = ROOT / "tests" / (file if "/" in file else f"unit/{file}")
        assert not name or f"def {name}(" in path.read_text(encoding="utf-8"), test


def private_names() -> dict[str, set[str]]:
    """Attributes with a leading underscore that our modules take of others, by file; without those we define."""
    sources = [
        path
        for folder in ("portal", "pages")
        for path in sorted((ROOT / folder).rglob("*.py"))
        if "sandbox" not in path.parts
    ]
    trees = {path.relative_to(ROOT).as_posix(): ast.parse(path.read_text(encoding="utf-8")) for path in sources}
    ours: set[str] = set()
    for tree in trees.values():
        for node in ast.walk(tree):
            match node:
                case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                    ours.add(name)
                case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                    ours.add(name)
    found: dict[str, set[str]] = {}
    for where, tree in trees.items():
        for node in ast.walk(tree):
            names = []
            if isinstance(node, ast.Attribute):
                names = [node.attr]
            elif isinstance(node, ast.ImportFrom) and not (node.module or "").startswith(("portal", "pages", "__")):
                names = [*(node.module or "").split("."), *(alias.name for alias in node.names)]
            taken = {name for name in names if re.match(r"_[a-z]", name) and name not in ours}
            if taken:
                found.setdefault(where, set()).update(taken)
    return found


def test_no_use_is_left_out() -> None:
    listed = {use.where for use in USES} | {"portal/patches/imports.py"}
    unlisted = {where: names for where, names in private_names().items() if where not in listed}
    assert unlisted == {}, "list these in portal/patches/__init__.py, or do without"


def test_scripts_that_dash_need_not_link() -> None:
    import dash_ag_grid
    from dash import _dash_renderer, dash_table

    assert of_dash.GRID_SCRIPT == "dash_ag_grid.min.js"
    assert (of_dash.GRID_FOLDER / of_dash.GRID_SCRIPT).exists()
    of_dash.leave_out_scripts()
    assert dash_ag_grid._js_dist[0]["dynamic"] is True
    paths = _dash_renderer._js_dist_dependencies[0]["relative_package_path"]
    assert {len(kept) for kept in paths.values()} == {3}, "React, ReactDOM and prop-types are what is left"
    assert [one["relative_package_path"] for one in dash_table._js_dist if one.get("dynamic")]
    app = dash.Dash("linked", use_pages=False)
    app.layout = html.Div()
    document = app.server.test_client().get("/").get_data(as_text=True)
    assert "polyfill" not in document
    assert "dash_ag_grid.min" not in document
    assert "dash_table/bundle" not in document
    assert "react" in document


def test_page_of_a_path(monkeypatch: pytest.MonkeyPatch) -> None:
    import dash._pages

    registry = {
        "pages.one": {"module": "pages.one", "path": "/one", "path_template": None},
        "pages.job": {"module": "pages.job", "path": "/jobs/none", "path_template": "/jobs/<job_id>"},
    }
    monkeypatch.setattr(dash._pages, "PAGE_REGISTRY", registry)
    assert of_dash.page_of("one")[0]["module"] == "pages.one"
    page, variables = of_dash.page_of("jobs/12")
    assert (page["module"], variables) == ("pages.job", {"job_id": "12"})
    assert of_dash.page_of("nowhere") == ({}, {})


def test_links_are_remembered_for_a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[dash.Dash] = []
    for name in ("_generate_scripts_html", "_generate_css_dist_html"):
        assert callable(getattr(dash.Dash, name))
        monkeypatch.setattr(dash.Dash, name, lambda app, name=name: made.append(app) or name)
    of_dash.remember_links(0.05)
    monkeypatch.setattr(dash._callback, "GLOBAL_INLINE_SCRIPTS", [])
    one, other = object.__new__(dash.Dash), object.__new__(dash.Dash)
    one._inline_scripts, other._inline_scripts = [], []
    assert [one._generate_scripts_html(), one._generate_scripts_html(), one._generate_css_dist_html()] == [
        "_generate_scripts_html", "_generate_scripts_html", "_generate_css_dist_html",
    ]  # fmt: skip
    assert made == [one, one]
    other._generate_scripts_html()
    time.sleep(0.06)
    one._generate_scripts_html()
    assert made == [one, one, other, one]
    # What a page brings that is imported meanwhile is there at once.
    dash._callback.GLOBAL_INLINE_SCRIPTS.append("x")
    one._generate_scripts_html()
    assert made == [one, one, other, one, one]


def test_components_are_written_as_dash_writes_them(monkeypatch: pytest.MonkeyPatch) -> None:
    source = Path(str(base_component.__file__)).read_text(encoding="utf-8")
    assert "for p in self._prop_names" in source
    assert "if hasattr(self, p)" in source, "Dash writes what is set; so does ours"
    monkeypatch.setattr(Component, "to_plotly_json", Component.to_plotly_json)  # put back at the end
    of_dash.write_components_fast()
    marks = {"data-x": "1", "aria-y": "z"}
    made = [
        html.Div([html.Span("x"), None, 0], id={"type": "a", "index": 1}, n_clicks=0, **marks),
        html.ObjectEl(type="text/html", style={}),
        dcc.Store(id="s", data=None),
        dcc.Dropdown(["a"], "a", id="d"),
        dbc.Modal(id="m", is_open=False),
        dash_ag_grid.AgGrid(columnDefs=[]),
    ]
    for one in made:
        known = {name: getattr(one, name) for name in one._prop_names if hasattr(one, name)}
        assert one.to_plotly_json()["props"] == known | (marks if one is made[0] else {})
    written = made[0].to_plotly_json()["props"]
    written["title"] = "changed"
    assert not hasattr(made[0], "title")
    # A prop that a class itself had would be one that Dash writes and ours does not.
    for one in made:
        assert not [name for name in one._prop_names if hasattr(type(one), name)]


@pytest.mark.parametrize(
    ("kind", "children", "props"),
    [
        (html.Li, (), {}),
        (html.Li, ("x",), {}),
        (html.Div, (), {"children": [html.B("x")], "className": "a", "n_clicks": 0, "data-x": 1}),
        (html.Div, (), {"aria-y": None}),
        (html.Div, ("x", "an-id", 3), {"title": "t"}),
        (html.Div, ("x",), {"id": {"part": "a", "index": 1, "on": True}}),
        (html.Div, ("x",), {"id": {"part": None}}),
        (html.Div, ("x",), {"id": {1: "a"}}),
        (html.Div, ("x",), {"id": 7}),
        (html.Div, ("x",), {"children": "y"}),
        (html.Div, ("x",), {"colour": "red"}),
        (html.Div, ("x",), {"title": html.B("x")}),
        (html.Div, ("x",), {"data-x": html.B("x")}),
        (html.Div, ("x",), {"_explicit_args": []}),
        (html.A, ("x",), {"href": "/", "target": None, "style": {"color": "red"}}),
        (dcc.Link, ("x",), {"href": "/a"}),
        (dcc.Link, ("x",), {}),
        (dcc.Link, ("x",), {"href": html.B("x")}),
        (dcc.Store, (), {"id": {"part": "a"}, "data": [1]}),
        (dcc.Store, (), {"id": "s", "wrong": 1}),
        (dbc.Button, ("x",), {"id": "b", "color": "primary", "class_name": "y"}),
        (dash_ag_grid.AgGrid, (), {"id": "g", "columnDefs": []}),
    ],
)
def test_components_are_made_as_dash_makes_them(
    kind: type[Component], children: tuple, props: dict, monkeypatch: pytest.MonkeyPatch
) -> None:
    importlib.import_module("portal.ui.head")  # which makes them fast
    made_of(kind.__init__, kind, (), {})  # the first of a kind is looked at
    ours = made_of(kind.__init__, kind, children, props)
    monkeypatch.setattr(Component, "__init__", of_dash._init)
    theirs = made_of(getattr(kind.__init__, "__wrapped__", kind.__init__), kind, children, props)
    if kind is not dash_ag_grid.AgGrid:
        assert kind.__init__.__code__.co_name == "made"
        assert hasattr(kind.__init__, "__wrapped__"), "the fast way was tried"
    assert ours == theirs


def made_of(init, kind: type[Component], children: tuple, props: dict) -> object:
    """What can be seen of a component that is made so, or the words of the refusal."""
    made = object.__new__(kind)
    try:
        init(made, *children, **props)
    except Exception as refusal:
        return type(refusal), str(refusal)
    looked = ("_prop_names", "_valid_wildcard_attributes", "available_properties", "available_wildcard_properties")
    return (
        {name: getattr(made, name) for name in looked}
        | {
            name: value.to_plotly_json() if isinstance(value, Component) else value
            for name, value in vars(made).items()
        },
        len(made),
        repr(made),
    )


def test_json_is_what_plotly_writes(monkeypatch) -> None:
    import dataclasses
    import decimal

    import numpy
    import pandas
    import plotly.graph_objects as go
    from dash import _utils
    from plotly.io import json as plotly_json

    theirs = plotly_json.to_json_plotly
    monkeypatch.setattr(plotly_json, "to_json_plotly", theirs)  # put back at the end
    of_dash.write_json_fast()
    figure = go.Figure(go.Scatter(x=numpy.arange(5), y=[1.5, None, float("nan"), float("inf"), -0.0]))
    values = [
        {"response": {"a": html.Div(["</script>", "ä\u2028\x00", html.B(7, id={"type": "x", "index": 2})])}},
        {"figure": figure, "times": pandas.to_datetime(["2026-01-02T03:04:05"]).to_pydatetime().tolist()},
        {"n": numpy.float64(1.25), "d": decimal.Decimal("1.10"), 1: True, None: 2, "s": pandas.Series([1, 2])},
        {"big": 2**70, "half": "\ud800"},
        [1e-7, 1e22, 0.1, 123456789012345678],
    ]
    for value in values:
        ours = _utils.to_json(value)
        assert json.loads(ours) == json.loads(theirs(value, engine="json"))
        assert not set("<>/\u2028").intersection(ours)
    assert plotly_json.to_json_plotly({"a": [1]}, pretty=True) == theirs({"a": [1]}, pretty=True, engine="json")

    @dataclasses.dataclass
    class Strange:
        a: int

    for value in (object(), Strange(1), {"a": {1, 2}}):
        with pytest.raises(TypeError):
            _utils.to_json(value)


def test_container_of_pages() -> None:
    ids = [child.id for child in dash.page_container.children]
    assert ids == ["_pages_location", "_pages_content", "_pages_store", "_pages_dummy"]


def test_callbacks_before_an_app_takes_them() -> None:
    from dash import Input, Output, _callback

    before = len(_callback.GLOBAL_CALLBACK_LIST)
    dash.callback(Output("patches-out", "children"), Input("patches-in", "value"))(lambda value: value)
    assert _callback.GLOBAL_CALLBACK_LIST[before]["output"] == "patches-out.children"
    assert "patches-out.children" in _callback.GLOBAL_CALLBACK_MAP
    del _callback.GLOBAL_CALLBACK_LIST[before:], _callback.GLOBAL_CALLBACK_MAP["patches-out.children"]


def test_client_of_a_redis_cache() -> None:
    from cachelib import RedisCache

    client = SimpleNamespace(set=lambda *a, **k: True)
    assert redis_client(RedisCache(host=client)) is client


def test_name_of_a_redis_host() -> None:
    import socket
    from contextlib import nullcontext

    import redis
    from redis.connection import SSLConnection

    from portal.patches.redis import bounded

    asked, watched, closed = [], [], []

    class Net:
        within, watch, forget = nullcontext, watched.append, closed.append

        def resolve(self, host: str) -> tuple[str, ...]:
            asked.append(host)
            return "127.0.0.2", "127.0.0.1"

    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen()
        client = redis.Redis(host="cache.invalid", port=server.getsockname()[1], socket_connect_timeout=2)
        bounded(client.connection_pool, Net())
        made = client.connection_pool.make_connection()
        made._connect().close()
        made.disconnect()
    assert asked == ["cache.invalid"]
    assert made.host == "cache.invalid"
    assert watched == closed
    assert len(closed) == 1
    closed[0].close()
    over_tls = redis.Redis(host="cache.invalid", ssl=True)
    bounded(over_tls.connection_pool, Net())
    kinds = [kind.__name__ for kind in over_tls.connection_pool.connection_class.__mro__[:4]]
    assert kinds == ["BoundedByTls", "SSLConnection", "Bounded", "Connection"]
    assert issubclass(over_tls.connection_pool.connection_class, SSLConnection)


def test_header_of_a_cached_file(tmp_path: Path) -> None:
    from cachelib import FileSystemCache

    before = time.time()
    FileSystemCache(str(tmp_path), threshold=0).set("key", "value", timeout=100)
    [value] = [path for path in tmp_path.iterdir() if not path.name.endswith(".__wz_cache")]
    expires = int.from_bytes(value.read_bytes()[:4], sys.byteorder)
    assert before + 99 <= expires <= time.time() + 101
    assert struct.calcsize("I") == 4


@pytest.fixture(scope="module")
def config() -> object:
    from databricks.sdk.core import Config

    return Config(
        host="http://127.0.0.1:9", token="none", http_timeout_seconds=0.2, retry_timeout_seconds=1, auth_type="pat"
    )


def test_inside_of_the_sdk(config: object, monkeypatch: pytest.MonkeyPatch) -> None:
    import requests
    from databricks.sdk.core import ApiClient

    api = ApiClient(config)  # type: ignore[arg-type]
    asked: list[str] = []
    sent: list[str] = []

    def send(self: requests.Session, request: requests.PreparedRequest, **how: object) -> requests.Response:
        sent.append(str(request.url))
        assert self is session_of(api)
        answer = requests.Response()
        answer.status_code, answer.request, answer.url = 200, request, str(request.url)
        answer._content, answer.raw = b"{}", io.BytesIO()
        return answer

    monkeypatch.setattr(requests.Session, "send", send)
    watch(api, lambda path: asked.append(path) or f"{path}-checked")
    api.do("GET", "/api/2.0/one")
    assert asked == ["/api/2.0/one"]
    assert sent == ["http://127.0.0.1:9/api/2.0/one-checked"]
    # A service's own calls pass by there too.
    from databricks.sdk.service.sql import WarehousesAPI

    WarehousesAPI(api).get("abc")
    assert asked[-1] == "/api/2.0/sql/warehouses/abc"


def test_services_are_those_of_the_whole_client(config: object) -> None:
    from databricks.sdk import WorkspaceClient

    whole = WorkspaceClient(config=config)  # type: ignore[arg-type]
    mended: list[object] = []
    parts = partial.PartialClient(config, mended.append)  # type: ignore[arg-type]
    for name in partial.SERVICES:
        assert type(getattr(parts, name)) is type(getattr(whole, name)), name
    assert len(mended) == 1
    assert type(parts.clusters) is type(whole.clusters)
    assert mended == [parts.api_client, mended[1]]


def test_services_of_the_sdk_go_out_by_another_client(config: object) -> None:
    from databricks.sdk import WorkspaceClient
    from databricks.sdk.core import ApiClient

    whole = WorkspaceClient(config=config)  # type: ignore[arg-type]
    names = [name for name, kind in vars(WorkspaceClient).items() if isinstance(kind, property)]
    assert {"jobs", "files", "settings", "genie"} <= set(names)
    for name in {*names} - {"config", "api_client", "api", *own_client.SHARED}:
        found = going_out_by(getattr(whole, name), lambda api: "another")
        assert not clients_in(found, ApiClient), name
        assert clients_in(getattr(whole, name), ApiClient), f"{name}: the original stays as it was"


def clients_in(value: object, kind: type, seen: tuple[object, ...] = ()) -> bool:
    """Whether an SDK object, or one inside it, holds a client."""
    inside = vars(value).values() if type(value).__module__.startswith("databricks.sdk") else ()
    return any(isinstance(one, kind) or (one not in seen and clients_in(one, kind, (*seen, value))) for one in inside)


def test_answers_are_not_printed() -> None:
    from databricks.sql.thrift_api.TCLIService import ttypes

    unprinted()
    assert "secret" not in repr(ttypes.TExecuteStatementReq(statement="secret"))
    assert "arrowBatches" not in repr(ttypes.TRowSet(startRowOffset=0, rows=[]))


def test_lines_of_urllib3() -> None:
    from urllib3 import connectionpool

    from portal.viewer.upstream import lines

    lines.install()
    pool = connectionpool.HTTPConnectionPool("127.0.0.1", 9)
    connection = pool._new_conn()
    assert isinstance(connection, lines.BoundedHTTPConnection)
    assert connection._dns_host == "127.0.0.1"
    assert isinstance(connectionpool.HTTPSConnectionPool("localhost")._new_conn(), lines.BoundedHTTPSConnection)


def test_every_step_of_a_parse_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    from portal.databricks import sqlcanonical

    monkeypatch.setattr(sqlcanonical._Bounded, "left", 5)
    with pytest.raises(sqlcanonical.BeyondBounds):
        sqlcanonical.parsed("SELECT a, b, c FROM d WHERE e = f")
    monkeypatch.setattr(sqlcanonical._Bounded, "left", 500)
    sqlcanonical.parsed("SELECT a, b, c FROM d WHERE e = f")


def test_worker_of_gunicorn() -> None:
    from gunicorn.workers.gthread import TConn, ThreadWorker

    from portal.web.worker import Connection, Worker

    assert issubclass(Worker, ThreadWorker)
    assert issubclass(Connection, TConn)
    for name in ("accept", "on_client_socket_readable", "enqueue_req", "_keepalive_after", "finish_request",
                 "murder_pending"):  # fmt: skip
        assert callable(getattr(ThreadWorker, name)), name
