"""Files in volumes: through `portal.api.files`, and by what a page's upload and download send."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator

import pytest
import requests

from portal.api import AlreadyThere, NoSuchThing, NotPermitted, PortalError, TooLarge, Unreachable, files
from portal.databricks.files import reading, tickets, uploads
from tests.portal_process import HEADER, Portal, connect_variables, start_portal
from tests.sandbox_client import SandboxClient
from tests.wire.as_viewer import acting

LANDING = "/Volumes/main/sales/landing"
MB = 1024 * 1024


@pytest.fixture
def west(sandbox: SandboxClient, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with acting(sandbox, monkeypatch, sandbox.session("analyst-west"), PORTAL_UPLOAD_MB="40"):
        yield


def test_a_volume_is_listed_read_and_written(west: None):
    found = files.list(LANDING)
    assert [(one.name, one.is_directory) for one in found] == [("2026-06-01", True), ("readme.txt", False)]
    assert not found.is_cut
    assert files.read(f"{LANDING}/readme.txt").startswith(b"One folder a day")
    assert files.write(f"{LANDING}/new/a b&c.txt", b"hello").size == 5
    assert files.about(f"{LANDING}/new/a b&c.txt").size == 5
    assert files.read(f"{LANDING}/new/a b&c.txt") == b"hello"
    with pytest.raises(AlreadyThere, match="already exists"):
        files.write(f"{LANDING}/new/a b&c.txt", b"other")
    files.write(f"{LANDING}/new/a b&c.txt", b"other", overwrite=True)
    files.delete(f"{LANDING}/new/a b&c.txt")
    with pytest.raises(NoSuchThing):
        files.read(f"{LANDING}/new/a b&c.txt")


def test_a_long_list_is_cut_and_says_so(west: None):
    for number in range(5):
        files.write(f"{LANDING}/many/{number}", b"1")
    assert len(files.list(f"{LANDING}/many")) == 5
    cut = files.list(f"{LANDING}/many", most=3)
    assert (len(cut), cut.is_cut) == (3, True)


def test_a_list_that_never_ends_is_given_up(sandbox: SandboxClient, west: None):
    json = {"Content-Type": "application/json"}
    nothing = {"contents": [], "next_page_token": "again"}
    sandbox.fault("workspace", "/fs/directories", status=200, body=nothing, headers=json)
    sandbox.clear_calls()
    found = files.list(LANDING)
    assert (len(found), found.is_cut) == (0, True)
    assert sandbox.count("workspace", "/fs/directories") == 50
    sandbox.clear_faults()
    for odd in ([1], {"contents": "x"}, {"contents": [{"path": "x", "last_modified": 10**18}]}):
        sandbox.fault("workspace", "/fs/directories", status=200, body=odd, headers=json, count=1)
        with pytest.raises(PortalError):
            files.list(LANDING)


def test_a_stream_goes_in_parts_and_comes_in_pieces(sandbox: SandboxClient, west: None):
    data = os.urandom(MB) * 20
    files.write(f"{LANDING}/big.bin", io.BytesIO(data))
    assert sandbox.count("storage", "/volumes/parts/") == 3
    with pytest.raises(TooLarge, match="20,971,520 bytes"):
        files.read(f"{LANDING}/big.bin", most=MB)
    pieces = list(files.opened(f"{LANDING}/big.bin").pieces)
    assert max(map(len, pieces)) <= MB
    assert b"".join(pieces) == data


def test_what_is_too_large_or_breaks_leaves_nothing(sandbox: SandboxClient, west: None):
    with pytest.raises(TooLarge, match="40 MB"):
        files.write(f"{LANDING}/huge.bin", io.BytesIO(bytes(41 * MB)))
    sandbox.fault("storage", "/volumes/parts/", status=500, method="PUT")
    with pytest.raises(Exception, match="storage"):
        files.write(f"{LANDING}/huge.bin", io.BytesIO(bytes(9 * MB)))
    with pytest.raises(NoSuchThing):
        files.about(f"{LANDING}/huge.bin")


def test_a_download_that_breaks_off_goes_on_from_there(sandbox: SandboxClient, west: None):
    data = os.urandom(3 * MB)
    files.write(f"{LANDING}/x.bin", data)
    found = files.opened(f"{LANDING}/x.bin")
    first = next(found.pieces)
    # The line is cut under it: what is asked for next begins at the second megabyte.
    pieces = found.pieces.gi_frame.f_locals["body"]  # type: ignore[attr-defined]
    pieces._response.close()
    pieces._buffer, pieces._content = b"", _broken()
    assert first + b"".join(found.pieces) == data


def test_a_download_that_only_dribbles_is_given_up(sandbox: SandboxClient, west: None, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(reading, "PIECE_SECONDS", 1.0)
    sandbox.fault("workspace", "/fs/files", status=200, body="x" * 600, slow_body=2)
    found = files.opened(f"{LANDING}/readme.txt")
    with pytest.raises(Unreachable):
        next(found.pieces)
    sandbox.clear_faults()
    assert b"".join(files.opened(f"{LANDING}/readme.txt").pieces).startswith(b"One folder a day")


def _broken() -> Iterator[bytes]:
    raise requests.ConnectionError("cut")
    yield b""


@pytest.mark.parametrize(
    "path", ["", "relative", "/Volumes/main/sales", f"{LANDING}/../hr/x", f"{LANDING}//x", f"{LANDING}/a\nb", None]
)
def test_what_is_no_path_in_a_volume_is_refused_before_anybody_is_asked(path):
    with pytest.raises(NoSuchThing):
        files.list(path)


def test_another_viewers_rights_are_not_mine(sandbox: SandboxClient, monkeypatch: pytest.MonkeyPatch):
    with acting(sandbox, monkeypatch, sandbox.session("analyst-east")):
        assert files.read(f"{LANDING}/readme.txt")
        with pytest.raises(NotPermitted, match="WRITE VOLUME"):
            files.write(f"{LANDING}/no.txt", b"1")
        with pytest.raises(NotPermitted, match="READ VOLUME"):
            files.list("/Volumes/main/sales/archive")


# What a page sends


@pytest.fixture(scope="module")
def portal(sandbox_process: SandboxClient) -> Iterator[Portal]:
    running = start_portal(connect_variables(sandbox_process), "--workers", "2", "--threads", "8")
    yield running
    running.stop()


class Browser:
    """What `assets/src/parts/files.js` does, as one viewer."""

    def __init__(self, portal: Portal, session: str, ticket: Callable[[], str]) -> None:
        self.http = requests.Session()
        self.http.headers[HEADER] = session
        self.url = portal.url
        self.ticket = ticket()

    def post(self, path: str, **given: object) -> requests.Response:
        return self.http.post(f"{self.url}/files/{path}", timeout=60, **given)  # type: ignore[arg-type]

    def begin(self, name: str, size: int) -> requests.Response:
        return self.post("upload/begin", json={"ticket": self.ticket, "name": name, "size": size})

    def part(self, upload: str, number: int, data: bytes) -> requests.Response:
        headers = {"X-Portal-Upload": upload, "Content-Type": "application/octet-stream"}
        return self.post(f"upload/part?number={number}", data=data, headers=headers)

    def send(self, name: str, data: bytes) -> requests.Response:
        begun = self.begin(name, len(data))
        if begun.status_code != 200:
            return begun
        upload, step = begun.json()["upload"], begun.json()["part"]
        etags = []
        for number, at in enumerate(range(0, max(1, len(data)), step), 1):
            answer = self.part(upload, number, data[at : at + step])
            if answer.status_code != 200 or "file" in answer.json():
                return answer
            etags.append(answer.json()["etag"])
        return self.post("upload/end", json={"upload": upload, "etags": etags})


@pytest.fixture
def browser(portal: Portal, sandbox: SandboxClient, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Browser]:
    def made(viewer: str = "analyst-west", most: int = 64 * MB, overwrite: bool = False, file: str = "") -> Browser:
        session = sandbox.session(viewer)
        with acting(sandbox, monkeypatch, session):
            folder = tickets.Folder(LANDING, overwrite, most)
            return Browser(portal, session, lambda: tickets.for_file(file) if file else tickets.for_folder(folder))

    return made


@pytest.mark.parametrize("size", [0, 5, uploads.PART, 2 * uploads.PART + 7])
def test_a_file_is_sent_and_fetched(sandbox: SandboxClient, browser: Callable[..., Browser], size: int):
    data = os.urandom(min(size, MB)) * (size // MB + 1)
    data = data[:size]
    answer = browser().send("report é.bin", data)
    assert answer.json() == {"file": {"path": f"{LANDING}/report é.bin", "name": "report é.bin", "size": size}}
    reader = browser("analyst-east", file=f"{LANDING}/report é.bin")
    fetched = reader.post("download", data={"ticket": reader.ticket})
    assert fetched.status_code == 200
    assert fetched.content == data
    assert fetched.headers["Content-Length"] == str(size)
    assert fetched.headers["Content-Disposition"] == "attachment; filename*=UTF-8''report%20%C3%A9.bin"


def test_what_is_refused_is_said(browser: Callable[..., Browser]):
    west = browser()
    assert west.send("a.txt", b"1").status_code == 200
    again = west.send("a.txt", b"2")
    assert (again.status_code, again.json()["error"]) == (409, "already-there")
    assert browser(overwrite=True).send("a.txt", b"2").status_code == 200
    assert "64 MB" in west.begin("b.txt", 64 * MB + 1).json()["message"]
    for name in ("../x", "a/b", ".."):
        assert west.begin(name, 1).status_code == 400
    for size in (1, uploads.PART + 1):
        refused = browser("analyst-east").send("c.txt", bytes(size))
        assert (refused.status_code, refused.json()["error"]) == (403, "not-permitted")
    reader = browser(file="/Volumes/main/sales/archive/2025.csv")
    refused = reader.post("download", data={"ticket": reader.ticket})
    assert (refused.status_code, refused.json()["error"]) == (403, "not-permitted")


def test_a_ticket_is_good_for_its_viewer_and_its_purpose(browser: Callable[..., Browser]):
    west, east = browser(), browser("analyst-east")
    east.ticket = west.ticket
    assert east.begin("x.txt", 1).json()["error"] == "stale"
    assert west.post("download", data={"ticket": west.ticket}).json()["error"] == "stale"
    assert west.part(west.ticket, 1, b"1").json()["error"] == "stale"


def test_parts_are_those_that_were_announced(browser: Callable[..., Browser]):
    west = browser()
    upload = west.begin("y.bin", uploads.PART + 5).json()["upload"]
    for number, size in ((1, 5), (2, 6), (3, 1), (0, 5)):
        assert west.part(upload, number, bytes(size)).status_code == 400
    assert west.part(upload, 2, bytes(5)).status_code == 200
    assert west.post("upload/end", json={"upload": upload, "etags": ["x"]}).status_code == 400
    assert west.post("upload/abort", json={"upload": upload}).status_code == 200
    assert west.part(upload, 1, bytes(uploads.PART)).status_code >= 400
