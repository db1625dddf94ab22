"""Files and what a cluster is chosen from, through the unmodified databricks-sdk: what a job is made with."""

from __future__ import annotations

import base64

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import BadRequest, NotFound, ResourceAlreadyExists

from tests.sandbox_client import SandboxClient


@pytest.fixture
def workspace(sandbox: SandboxClient) -> WorkspaceClient:
    return WorkspaceClient(host=sandbox.workspace_url, token="dapi-engineer")


def test_a_file_is_written_read_listed_moved_and_deleted(workspace: WorkspaceClient) -> None:
    text = bytes(range(256)) * 10_000
    with workspace.dbfs.open("/home/me/a.bin", write=True, overwrite=True) as file:
        file.write(text)
    with workspace.dbfs.open("/home/me/a.bin", read=True) as file:
        assert file.read() == text
    workspace.dbfs.mkdirs("/home/me/more/still")
    found = {one.path: (one.is_dir, one.file_size) for one in workspace.dbfs.list("/home/me")}
    assert found == {"/home/me/a.bin": (False, len(text)), "/home/me/more": (True, 0)}
    workspace.dbfs.delete("/gone", recursive=False)
    with pytest.raises(BadRequest, match="not empty"):
        workspace.api_client.do("POST", "/api/2.0/dbfs/delete", body={"path": "/home"})
    workspace.api_client.do(
        "POST", "/api/2.0/dbfs/move", body={"source_path": "/home/me", "destination_path": "/home/you"}
    )
    assert workspace.dbfs.get_status("/home/you/a.bin").file_size == len(text)
    with pytest.raises(NotFound):
        workspace.dbfs.get_status("/home/me/a.bin")
    workspace.dbfs.delete("/home", recursive=True)
    with pytest.raises(NotFound):
        workspace.dbfs.get_status("/home/you")


def test_what_a_file_may_not_be_is_refused(workspace: WorkspaceClient) -> None:
    workspace.dbfs.put("/x", contents=base64.b64encode(b"1").decode())
    with pytest.raises(ResourceAlreadyExists):
        workspace.dbfs.put("/x", contents=base64.b64encode(b"2").decode())
    for path in ("x", "/a/../b", "/a//b"):
        with pytest.raises(BadRequest, match="absolute"):
            workspace.dbfs.put(path, contents="")
    with pytest.raises(BadRequest, match="base64"):
        workspace.dbfs.put("/y", contents="no")
    with pytest.raises(BadRequest, match="larger"):
        workspace.dbfs.put("/y", contents=base64.b64encode(b"0" * (1024 * 1024 + 1)).decode())
    with pytest.raises(NotFound):
        workspace.dbfs.close(99)


def test_runtimes_and_node_types_can_be_chosen_from(workspace: WorkspaceClient) -> None:
    assert workspace.clusters.select_spark_version(long_term_support=True) == "16.4.x-scala2.12"
    assert workspace.clusters.select_node_type(local_disk=True)
    assert list(workspace.clusters.list()) == []
