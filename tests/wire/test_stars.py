"""Stars and recents in the viewer's own folder, by the real SDK; and the sandbox's folders as the SDK knows them."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import BadRequest, NotFound, PermissionDenied, ResourceAlreadyExists
from databricks.sdk.service.workspace import ExportFormat, ImportFormat, ObjectType
from structlog.testing import capture_logs

from portal.databricks import stars
from portal.databricks.stars import Mark, Unkept
from portal.settings import settings
from portal.viewer.errors import Busy
from tests.sandbox_client import SandboxClient
from tests.wire.jobs_room import Room, open_room

FILE = "/Workspace/Users/analyst.west@example.com/.data-portal/state.json"
STAR = Mark("dashboard", "abc", "Sales “2025”", True, starred_at=5)


@pytest.fixture
def room(sandbox: SandboxClient, monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    sandbox.reset()
    with open_room(sandbox, monkeypatch) as opened:
        yield opened
    sandbox.reset()


def client(sandbox: SandboxClient, person: str) -> WorkspaceClient:
    return WorkspaceClient(host=sandbox.workspace_url, token=f"dapi-{person}")


def test_a_star_is_in_ones_own_folder_and_nobody_elses(room: Room) -> None:
    with room.as_viewer("analyst-west"), capture_logs() as logs:
        assert stars.mine() == ()
        assert stars.keep([STAR]) == (STAR,)
        assert stars.mine() == (STAR,)
    assert [line["outcome"] for line in logs if line["event"] == "stars.write"] == ["ok"]
    with room.as_viewer("analyst-east"):
        assert stars.mine() == ()
    kept = client(room.sandbox, "analyst-west").workspace.download(FILE, format=ExportFormat.AUTO).read()
    assert json.loads(kept)["marks"][0]["name"] == STAR.name


def test_what_another_process_wrote_meanwhile_is_merged(room: Room) -> None:
    with room.as_viewer("analyst-west"):
        stars.keep([STAR])
        theirs = stars.text(stars.State((STAR, Mark("query", "q", "Q", opened_at=9)), {"version": 2, "more": 1}))
        workspace = client(room.sandbox, "analyst-west").workspace
        workspace.upload(FILE, io.BytesIO(theirs.encode()), format=ImportFormat.AUTO, overwrite=True)
        found = stars.keep([Mark("query", "r", "R", opened_at=10)])
        assert {one.id for one in found} == {"abc", "q", "r"}
        assert json.loads(workspace.download(FILE, format=ExportFormat.AUTO).read())["more"] == 1


def test_where_the_folder_is_refused_nothing_is_written_and_it_is_said(room: Room) -> None:
    room.sandbox.fault("workspace", "/api/2.0/workspace/", status=403, body="", viewer="analyst-west")
    with room.as_viewer("analyst-west"), pytest.raises(Unkept, match="does not let the portal keep stars"):
        stars.keep([STAR])


def test_a_file_that_is_not_ours_is_not_overwritten(room: Room) -> None:
    workspace = client(room.sandbox, "analyst-west").workspace
    workspace.mkdirs(FILE.rpartition("/")[0])
    workspace.upload(FILE, io.BytesIO(b"my notes"), format=ImportFormat.AUTO)
    with room.as_viewer("analyst-west"), pytest.raises(Unkept, match="left as it is"):
        stars.keep([STAR])
    assert workspace.download(FILE, format=ExportFormat.AUTO).read() == b"my notes"


def test_nobody_waits_for_long_behind_a_change_that_stalls(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_CALL_SECONDS", "1")
    settings.cache_clear()
    with room.as_viewer("analyst-west"), stars._turn(), pytest.raises(Busy, match="being written already"):
        stars.keep([STAR])
    with room.as_viewer("analyst-west"):
        assert stars.keep([STAR]) == (STAR,)


def test_folders_of_the_sandbox(room: Room) -> None:
    west, east = (client(room.sandbox, f"analyst-{side}").workspace for side in ("west", "east"))
    home = "/Users/analyst.west@example.com"
    with pytest.raises(NotFound):
        west.get_status(f"{home}/none")
    with pytest.raises(NotFound, match="parent folder"):
        west.upload(f"{home}/a/b.json", io.BytesIO(b"{}"), format=ImportFormat.AUTO)
    west.mkdirs(f"{home}/a/c")
    west.upload(f"{home}/a/b.json", io.BytesIO(b"{}"), format=ImportFormat.AUTO)
    with pytest.raises(ResourceAlreadyExists):
        west.upload(f"{home}/a/b.json", io.BytesIO(b"[]"), format=ImportFormat.AUTO)
    about = west.get_status(f"/Workspace{home}/a/b.json")
    assert (about.object_type, about.size) == (ObjectType.FILE, 2)
    assert [one.path for one in west.list(f"{home}/a")] == [f"{home}/a/b.json", f"{home}/a/c"]
    with pytest.raises(NotFound):
        east.get_status(f"{home}/a/b.json")
    with pytest.raises(PermissionDenied):
        east.upload(f"{home}/a/b.json", io.BytesIO(b"[]"), format=ImportFormat.AUTO, overwrite=True)
    with pytest.raises(BadRequest):
        west.delete(f"{home}/a")
    west.delete(f"{home}/a", recursive=True)
    assert list(west.list(home)) == []
