"""Files of volumes and the serving endpoint, through the unmodified databricks-sdk."""

from __future__ import annotations

import io
import os

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import AlreadyExists, BadRequest, NotFound, PermissionDenied
from databricks.sdk.service.serving import DataframeSplitInput

from tests.sandbox_client import SandboxClient

LANDING = "/Volumes/main/sales/landing"
MB = 1024 * 1024


def client(sandbox: SandboxClient, viewer: str) -> WorkspaceClient:
    return WorkspaceClient(host=sandbox.workspace_url, token=f"dapi-{viewer}")


@pytest.fixture
def files(sandbox: SandboxClient):
    found = client(sandbox, "analyst-west").files
    yield found
    sandbox.reset()


def test_a_file_is_written_read_listed_and_deleted(files):
    data = os.urandom(3 * MB)
    files.upload(f"{LANDING}/new/a b.bin", io.BytesIO(data))
    assert files.download(f"{LANDING}/new/a b.bin").contents.read() == data
    found = files.get_metadata(f"{LANDING}/new/a b.bin")
    assert found.content_length == len(data)
    assert found.last_modified
    assert [(one.name, one.file_size) for one in files.list_directory_contents(f"{LANDING}/new")] == [
        ("a b.bin", len(data))
    ]
    with pytest.raises(AlreadyExists):
        files.upload(f"{LANDING}/new/a b.bin", io.BytesIO(b""), overwrite=False)
    with pytest.raises(BadRequest, match="not empty"):
        files.delete_directory(f"{LANDING}/new")
    files.delete(f"{LANDING}/new/a b.bin")
    files.delete_directory(f"{LANDING}/new")
    with pytest.raises(NotFound):
        files.get_directory_metadata(f"{LANDING}/new")
    with pytest.raises(NotFound):
        files.download(f"{LANDING}/new/a b.bin")


def test_a_directory_is_made_with_those_above_it_and_listed_in_pages(files):
    files.create_directory(f"{LANDING}/x/y/z")
    files.get_directory_metadata(f"{LANDING}/x/y")
    for number in range(7):
        files.upload(f"{LANDING}/x/{number}.txt", io.BytesIO(b"1"))
    paged = files.list_directory_contents(f"{LANDING}/x", page_size=2)
    assert {one.name for one in paged} == {"y", *(f"{n}.txt" for n in range(7))}


@pytest.mark.parametrize("parallel", [True, False])
def test_a_large_file_goes_in_parts_by_signed_links(sandbox: SandboxClient, files, parallel):
    data = os.urandom(MB) * 61
    sandbox.clear_calls()
    files.upload(f"{LANDING}/big.bin", io.BytesIO(data), use_parallel=parallel)
    assert sandbox.count("storage", "/volumes/parts/") == 7
    assert files.download(f"{LANDING}/big.bin").contents.read() == data
    assert sandbox.count("storage", "/volumes/files/") == 1


def test_a_part_of_a_file_and_only_if_it_is_the_same(sandbox: SandboxClient, files):
    path = f"/api/2.0/fs/files{LANDING}/readme.txt"
    api = client(sandbox, "analyst-west").api_client
    part = api.do("GET", path, headers={"Range": "bytes=4-9"}, raw=True)
    assert part["contents"].read() == b"folder"
    with pytest.raises(Exception, match=r"412|Precondition"):
        api.do("GET", path, headers={"If-Unmodified-Since": "Mon, 01 Jan 2024 00:00:00 GMT"}, raw=True)


def test_each_has_what_their_grants_say(sandbox: SandboxClient, files):
    east, engineer = client(sandbox, "analyst-east"), client(sandbox, "engineer")
    assert east.files.download(f"{LANDING}/readme.txt").contents.read().startswith(b"One folder")
    for refused in (
        lambda: east.files.upload(f"{LANDING}/no.txt", io.BytesIO(b"1")),
        lambda: east.files.delete(f"{LANDING}/readme.txt"),
        lambda: east.files.create_directory(f"{LANDING}/no"),
        lambda: files.download("/Volumes/main/sales/archive/2025.csv"),
        lambda: list(files.list_directory_contents("/Volumes/main/sales/archive")),
        lambda: client(sandbox, "analyst-west").volumes.read("main.sales.archive"),
    ):
        with pytest.raises(PermissionDenied):
            refused()
    assert [one.name for one in engineer.files.list_directory_contents("/Volumes/main/sales/archive")] == ["2025.csv"]
    assert engineer.volumes.read("main.sales.archive").full_name == "main.sales.archive"
    with pytest.raises(NotFound):
        list(files.list_directory_contents("/Volumes/main/sales/none"))
    with pytest.raises(BadRequest):
        files.download("/Volumes/main/../etc")


def test_an_endpoint_answers_those_who_may_query_it(sandbox: SandboxClient):
    west, newcomer = (client(sandbox, who).serving_endpoints for who in ("analyst-west", "newcomer"))
    assert [one.name for one in newcomer.list()] == ["taxi-fare"]
    assert west.get("taxi-fare").permission_level.value == "CAN_QUERY"
    assert west.query("taxi-fare", inputs=[0, 2]).predictions == [3.0, 10.0]
    asked = DataframeSplitInput(columns=["trip_distance"], data=[[1]])
    assert west.query("taxi-fare", dataframe_split=asked).predictions == [6.5]
    assert west.query("taxi-fare", dataframe_records=[{"trip_distance": 1}]).served_model_name == "taxi_fare-1"
    with pytest.raises(PermissionDenied):
        newcomer.query("taxi-fare", inputs=[1])
    with pytest.raises(BadRequest, match="trip_distance"):
        west.query("taxi-fare", dataframe_records=[{"miles": 1}])
    with pytest.raises(NotFound):
        west.query("llm", inputs=[1])
    levels = client(sandbox, "engineer").serving_endpoints.get_permissions(west.get("taxi-fare").id)
    assert {one.group_name for one in levels.access_control_list} >= {"analysts", "users"}
