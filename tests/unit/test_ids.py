"""What a browser sends as an id enters no path of an API unless it is one; and the client has the last look."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.core import Config
from hypothesis import given
from hypothesis import strategies as st

from portal.databricks import ids, workspace
from portal.viewer.errors import NoSuchThing

ID = "01f0a1b2-c3d4-1e5f-8a9b-0c1d2e3f4a5b"
HOSTILE = [
    "../../../2.2/jobs/run-now?x=", "..", ".", "", " ", "a/b", "a%2fb", "a%2Fb", "%2e%2e", "a?b", "a#b", "a\\b",
    "a\nb", "a\x00b", "ä", "\ud800", "1" * 300, f"{ID}/", f"{ID}\n", f"/{ID}", None, 12.5, True, ["a"], {"a": 1},
]  # fmt: skip


@pytest.mark.parametrize("given_id", HOSTILE)
@pytest.mark.parametrize("check", [ids.warehouse, ids.statement, ids.saved_query, lambda text: ids.number(text, "job")])
def test_what_is_no_id_names_nothing(check, given_id):
    with pytest.raises(NoSuchThing):
        check(given_id)


def test_ids_as_databricks_writes_them_pass():
    assert ids.warehouse("1a2b3c4d5e6f7a8b") == "1a2b3c4d5e6f7a8b"
    assert ids.statement(ID) == ids.saved_query(ID) == ID
    assert ids.number("620987654321", "job") == ids.number(620987654321, "job") == 620987654321


@pytest.mark.parametrize("name", ["", "..", "a/b", "a.b", "a b", "a\x00", "\ud800", "x" * 256, "../../2.2/jobs"])
def test_what_unity_catalog_refuses_in_a_name_names_nothing(name: str):
    with pytest.raises(NoSuchThing):
        ids.names(("main", name))


def test_odd_names_that_unity_catalog_takes_pass():
    assert ids.names(("main", "größe-1", "what?#%2f")) == ("main", "größe-1", "what?#%2f")


@pytest.mark.parametrize(
    "path",
    [
        "/api/2.0/sql/warehouses/../../../2.2/jobs/run-now?x=/start",
        "/api/2.0/sql/warehouses/..",
        "/api/2.0/sql/warehouses/./start",
        "/api/2.0/sql/warehouses/a?b",
        "/api/2.0/sql/warehouses/a#b",
        "/api/2.0/sql/warehouses/a%2fb",
        "/api/2.0/sql/warehouses/a%2Fb",
        "/api/2.0/sql/warehouses/%2e%2e/x",
        "/api/2.0/sql/warehouses/.%2E/x",
        "/api/2.0/sql/warehouses/%252e%252e/x",
        "/api/2.0/sql/warehouses/a\\..\\b",
        "/api/2.0/sql/warehouses/a b",
        "/api/2.0/sql/warehouses/a\r\nb",
        "api/2.0/x",
        "@elsewhere.example/x",
    ],
)
def test_a_path_that_leads_elsewhere_is_refused(path: str):
    with pytest.raises(NoSuchThing):
        ids.path(path)


@pytest.mark.parametrize(
    "path", ["/api/2.1/unity-catalog/tables/main.sales.gr%C3%B6%C3%9Fe%3F", "/api/2.0/fs/files/Volumes/a/b/c..d.csv"]
)
def test_a_path_that_leads_where_it_reads_passes(path: str):
    assert ids.path(path) == path


@given(st.text(alphabet="ab0-_./?#%2fF\\e", max_size=30))
def test_no_id_that_passes_changes_the_path(text: str):
    for check in (ids.warehouse, ids.statement, ids.saved_query):
        try:
            found = check(text)
        except NoSuchThing:
            continue
        assert ids.path(f"/api/2.0/{found}/start").split("/") == ["", "api", "2.0", found, "start"]


@pytest.fixture
def host() -> Iterator[tuple[str, list[str]]]:
    """A host that answers `{}` and remembers the paths that it was asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        do_POST = do_GET

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    server.server_close()


def test_the_client_asks_no_path_that_an_id_has_changed(host: tuple[str, list[str]]):
    address, asked = host
    client = WorkspaceClient(config=Config(host=address, token="t", auth_type="pat", retry_timeout_seconds=1))
    workspace._mended(client.api_client)
    asked.clear()
    for hostile in ("../../../2.2/jobs/run-now?x=", "a?b", "a#b", "a%2fb", ".."):
        for ask in (client.warehouses.start, client.warehouses.get, client.statement_execution.get_statement,
                    client.queries.get, client.queries.delete, client.catalogs.get, client.tables.get):  # fmt: skip
            with pytest.raises(NoSuchThing):
                ask(hostile)
    assert asked == []
    client.warehouses.get("1a2b3c4d")
    assert asked == ["/api/2.0/sql/warehouses/1a2b3c4d"]
