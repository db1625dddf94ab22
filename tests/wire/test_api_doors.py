"""`workspace()` and `write()`: what a page may do beside reading, as the viewer."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Iterator

import pytest
from structlog.testing import capture_logs

from portal.api import (
    Conflict,
    NoSuchThing,
    SignInToConnect,
    StatementFailed,
    acting_as,
    fields,
    me,
    per_viewer,
    query,
    viewer,
    workspace,
    write,
)
from portal.doctor.databricks import a_viewer
from portal.settings import settings
from portal.ui.editgrid import EditTable, GivenChange
from portal.viewer import context
from portal.viewer.errors import PortalError
from tests.sandbox_client import SandboxClient

TABLE = "main.analyst_west.doors"


@pytest.fixture
def full(as_a_viewer: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("PORTAL_SQL_MODE", "full")
    settings.cache_clear()
    write(f"CREATE OR REPLACE TABLE {TABLE} (id BIGINT, region STRING, version BIGINT)")
    write(f"INSERT INTO {TABLE} VALUES (1, 'west', 1), (2, 'east', 1)")
    yield
    write(f"DROP TABLE IF EXISTS {TABLE}")


def test_the_sdk_as_the_viewer(as_a_viewer: None, sandbox: SandboxClient):
    client = workspace()
    assert client.current_user.me().user_name == me().user_name
    names = [catalog.name for catalog in client.catalogs.list()]
    assert "main" in names
    assert list(client.jobs.list(limit=5)), "an iterator fetches as the viewer too"
    assert client.api_client.do("GET", "/api/2.0/preview/scim/v2/Me")["userName"] == me().user_name
    assert {call.viewer for call in sandbox.calls("workspace", "unity-catalog/catalogs")} == {"analyst-west"}


def test_a_refusal_is_a_state_with_the_name_that_the_page_gave(as_a_viewer: None):
    with pytest.raises(NoSuchThing, match="job 987654"):
        workspace("job 987654").jobs.get(987654)
    with pytest.raises(NoSuchThing, match="jobs/get"):
        workspace().jobs.get(987654)


def test_an_api_that_the_workspace_lacks_is_not_there(as_a_viewer: None):
    with pytest.raises(NoSuchThing, match="does not have the API for Genie"):
        workspace("Genie").genie.list_spaces()


def test_a_credential_that_is_refused_is_exchanged_once_more(as_a_viewer: None, sandbox: SandboxClient):
    client = workspace()
    assert client.current_user.me()
    sandbox.fault(route="/api/2.1/unity-catalog/catalogs", status=401, count=1)
    before = sandbox.count("connect", "credentials")
    assert list(client.catalogs.list())
    assert sandbox.count("connect", "credentials") == before + 1


def test_a_thread_acts_as_the_viewer_whose_client_it_was_handed(as_a_viewer: None):
    client, found = workspace(), []
    thread = threading.Thread(target=lambda: found.append(client.current_user.me().user_name))
    thread.start()
    thread.join()
    assert found == [me().user_name]


def test_nobody_and_another_viewer_get_nothing_of_a_client_that_was_kept(as_a_viewer: None, sandbox: SandboxClient):
    kept = workspace()
    other = a_viewer(settings(), sandbox.session("analyst-east"))
    assert other is not None
    with acting_as(other), pytest.raises(RuntimeError, match="another viewer"):
        kept.current_user.me()

    def refused() -> None:
        context.begin(SignInToConnect())
        with pytest.raises(SignInToConnect):
            kept.current_user.me()

    contextvars.Context().run(refused)
    with pytest.raises(SignInToConnect):
        contextvars.Context().run(workspace)


def test_a_write_says_how_many_rows_and_is_on_the_record(full: None):
    with capture_logs() as logs:
        assert write(f"UPDATE {TABLE} SET region = :region WHERE id = :id", {"region": "north", "id": 1}) == 1
    (event,) = [line for line in logs if line["event"] == "page.write"]
    assert (event["outcome"], event["rows"], event["actor"]) == ("ok", 1, viewer().id)
    assert write(f"DELETE FROM {TABLE} WHERE id > :id", {"id": 99}) == 0


def test_a_change_of_somebody_else_is_told(full: None):
    saved = f"UPDATE {TABLE} SET region = :region, version = version + 1 WHERE id = :id AND version = :version"
    seen = {"id": 1, "version": 1}
    assert write(saved, {"region": "mine", **seen}, must_match=True) == 1
    with capture_logs() as logs, pytest.raises(Conflict):
        write(saved, {"region": "theirs", **seen}, must_match=True)
    assert [line["outcome"] for line in logs if line["event"] == "page.write"] == ["failed"]
    assert query(f"SELECT region FROM {TABLE} WHERE id = 1")["region"].to_pylist() == ["mine"]


def test_of_rows_that_are_saved_one_by_one_each_is_told(full: None, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(EditTable, "_register", lambda self: None)  # no callbacks of this process
    columns = [fields.text("region", "Region"), fields.text("nowhere", "Of no column")]
    edited = EditTable("doors", TABLE, "id", columns, "version", "Doors")

    def change(key: int, name: str, version: int = 1) -> tuple[GivenChange, dict[str, object]]:
        return GivenChange(key=key, version=version, was={name: None}, now={name: "north"}), {name: "north"}

    said, done = edited._saved_all(
        [change(1, "region"), change(2, "region", 7), change(2, "nowhere"), change(2, "region")]
    )
    assert done == 2
    text = str(said)
    assert "1 row saved" in text
    assert "removed them meanwhile: 2" in text
    assert "The row 2 failed:" in text
    assert "1 more was not tried" in text
    assert query(f"SELECT region FROM {TABLE} ORDER BY id")["region"].to_pylist() == ["north", "east"]
    with pytest.raises(StatementFailed):
        edited._saved_all([change(2, "nowhere"), change(2, "region")])


def test_what_was_kept_of_the_table_is_not_shown_again(full: None):
    asked = []

    @per_viewer(ttl=60)
    def regions() -> int:
        asked.append(1)
        return query(f"SELECT DISTINCT region FROM {TABLE}").num_rows

    counted = f"SELECT count(*) AS n FROM {TABLE}"
    other = query("SELECT current_timestamp() AS now", ttl=60)
    assert (query(counted, ttl=60)["n"][0].as_py(), regions()) == (2, 2)
    write(f"INSERT INTO {TABLE} VALUES (3, 'north', 1)")
    assert (query(counted, ttl=60)["n"][0].as_py(), regions()) == (3, 3)
    assert len(asked) == 2
    assert query("SELECT current_timestamp() AS now", ttl=60).equals(other), "it has nothing to do with the table"


def test_a_text_that_is_too_long_to_read_is_written_and_says_so(full: None):
    kept = query(f"SELECT count(*) AS n FROM {TABLE}", ttl=60)
    assert write(f"INSERT INTO {TABLE} VALUES (4, 'long', 1)" + "\n--" * 60_000) == 1
    assert query(f"SELECT count(*) AS n FROM {TABLE}", ttl=60)["n"][0].as_py() == kept["n"][0].as_py() + 1


def test_where_the_portal_only_reads_nothing_is_written(as_a_viewer: None):
    with pytest.raises(StatementFailed, match="PORTAL_SQL_MODE=full"):
        write(f"CREATE TABLE {TABLE} (id BIGINT)")
    with pytest.raises(PortalError):
        query(f"SELECT * FROM {TABLE}")
