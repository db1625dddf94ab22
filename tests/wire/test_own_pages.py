"""A team's own portal: its pages, what it hides, and what is for members of a group only, over HTTP."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import own_project
from tests.portal_process import Portal, connect_variables, start_portal
from tests.sandbox_client import SandboxClient


@pytest.fixture(scope="module")
def portal(sandbox_process: SandboxClient, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    root = own_project.make(tmp_path_factory.mktemp("own") / "team")
    variables = {**connect_variables(sandbox_process), "PYTHONPATH": own_project.environment()["PYTHONPATH"]}
    running = start_portal(variables, "--workers", "1", root=root)
    yield running
    running.stop()


def document(portal: Portal, path: str, token: str) -> tuple[int, str]:
    answer = portal.get(path, token, headers={"Sec-Fetch-Dest": "document"})
    return answer.status_code, answer.text


def ask(portal: Portal, token: str, output: str, inputs: list[object]) -> str:
    """A callback by itself, with the token of a page of this viewer's."""
    page = portal.get("welcome", token).text
    mark = page.partition('<meta name="portal-page" content="')[2].partition('"')[0]
    component, _, prop = output.rpartition(".")
    body = {"output": output, "outputs": {"id": component, "property": prop}, "inputs": inputs, "changedPropIds": []}
    answer = portal.post("_dash-update-component", token, json=body, headers={"X-Portal-Page": mark})
    return f"{answer.status_code} {answer.text}"


ROUTE = "route/own/fares/<int:number>/note"
EAST = "4001000000000002"


ROUTE_OF_ALL = """
from portal.api import route


@route("of-all")
def of_all():
    return {"of": "all"}
"""


def refusals(portal: Portal) -> list[dict[str, str]]:
    whole = portal.log.rpartition("\n")[0]
    events = (json.loads(line) for line in whole.splitlines() if '"portal.audit"' in line)
    return [one for one in events if one["event"] == "page.refused"]


def again(region: str) -> list[object]:
    return [{"id": {"region": region, "part": "again"}, "property": "data", "value": 0}]


def test_a_page_of_the_team_and_ours_work_side_by_side(portal: Portal, sandbox: SandboxClient):
    token = sandbox.session("analyst-west")
    page = portal.page("welcome", token)
    assert "pickup_zip" in page
    assert "Sales portal" in page
    assert "Questions: the sales team" in page
    assert "warehouse" in portal.page("", token)


def test_a_hidden_page_is_nowhere(portal: Portal, sandbox: SandboxClient):
    token = sandbox.session("analyst-west")
    for path in ("jobs", "jobs/12", "jobs/12/runs/3"):
        status, text = document(portal, path, token)
        assert status == 404, path
        assert "Newest runs" not in text
    home = portal.page("", token)
    for trace in ('"/jobs"', "Newest runs", "Your jobs"):
        assert trace not in home
    known = [one["output"] for one in portal.get("_dash-dependencies", token).json()]
    assert not [output for output in known if "run-now" in output or output.startswith(("jobs", "job-"))]
    assert "There is no such callback" in ask(portal, token, "jobs.children", again("jobs"))


def test_the_page_of_a_group_is_its_members_and_of_nobody_else(portal: Portal, sandbox: SandboxClient):
    west, east = sandbox.session("analyst-west"), sandbox.session("analyst-east")
    assert "fares_of_members" in portal.page("fares", west)
    assert '"/fares"' in portal.page("welcome", west)
    assert document(portal, "fares", west)[0] == 200

    refused = portal.page("fares", east)
    assert "members of west" in refused
    assert '"/fares"' not in portal.page("welcome", east)
    status, text = document(portal, "fares", east)
    assert status == 403
    layout = portal.get("_dash-layout", east, headers={"Referer": portal.url + "fares"}).text
    for answer in (refused, text, layout):
        for secret in ("a layout for members", "fares_of_members", "a detail for members"):
            assert secret not in answer
    # Whoever knows the callbacks' names gets no further: of the page's own module, nor of one that it imports.
    for output, inputs in (
        ("fares.children", again("fares")),
        ("fares-detail.children", [{"id": "fares-detail", "property": "id", "value": "fares-detail"}]),
        ("fares-form.children", [{"id": "fares-form", "property": "id", "value": "fares-form"}]),
    ):
        assert "for members" not in ask(portal, east, output, inputs).replace("for members of west", "")
        assert "members of west" in ask(portal, east, output, inputs)
    assert "a detail for members" in ask(
        portal, west, "fares-detail.children", [{"id": "fares-detail", "property": "id", "value": "fares-detail"}]
    )
    router = [
        {"id": "_pages_location", "property": "pathname", "value": "/fares"},
        {"id": "_pages_location", "property": "search", "value": ""},
    ]
    text = json.dumps(portal.post("_dash-update-component", east, json={}).text) + str(router)
    assert "a layout for members" not in text


FROM_A_BROWSER = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Dest": "empty", "Sec-Fetch-Mode": "cors"}


def test_a_pages_routes_are_its_members_and_its_own_scripts(portal: Portal, sandbox: SandboxClient):
    west, east = sandbox.session("analyst-west"), sandbox.session("analyst-east")
    for path, answer in (("own/fares/7/note", "a route for members, 7"), ("fares-plain", "a plain route for members")):
        found = portal.post(path, west, json={})
        assert (found.status_code, answer in found.text) == (200, True), found.text
        refused = portal.post(path, east, json={})
        assert refused.status_code == 403
        assert "members of west" in refused.json()["message"]
        assert "for members," not in refused.text
        # Not for other content of the same server either, whoever looks at it.
        assert portal.post(path, west, json={}, headers=FROM_A_BROWSER).status_code == 403
        assert portal.post(path, json={}).status_code == 401, "nobody"
    assert portal.post("own/fares/x/note", west, json={}).status_code in {404, 405}


def test_each_refusal_is_on_the_record_once(portal: Portal, sandbox: SandboxClient):
    east = sandbox.session("analyst-east")
    before = len(refusals(portal))
    portal.page("fares", east)
    document(portal, "fares", east)
    ask(portal, east, "fares-detail.children", [{"id": "fares-detail", "property": "id", "value": "fares-detail"}])
    portal.post("own/fares/7/note", east, json={})
    deadline = time.monotonic() + 30
    wanted = {"page/fares", "callback/fares-detail.children", ROUTE}
    while {one["object"] for one in refusals(portal)[before:]} != wanted:
        assert time.monotonic() < deadline, refusals(portal)[before:]
        time.sleep(0.1)
    found = refusals(portal)[before:]
    assert len({(one["request_id"], one["object"]) for one in found}) == len(found)
    for one in found:
        assert (one["outcome"], one["reason"], one["groups"]) == ("denied", "not-permitted", "west")
        assert one["actor"] == EAST


def test_nobody_is_no_member(portal: Portal, sandbox: SandboxClient):
    sandbox.clear_calls()
    assert "a layout for members" not in portal.page("fares")
    assert sandbox.count("workspace") == 0


def test_the_looks_are_the_teams(portal: Portal, sandbox: SandboxClient):
    token = sandbox.session("analyst-west")
    _, text = document(portal, "welcome", token)
    head = text.partition("</head>")[0]
    assert "--p-accent:#0b6b5d" in head
    assert ".icon.i-truck::before" in head
    assert head.rindex("assets/own/own.css") > head.rindex("vendor/portal.css")
    assert '<link rel="icon" href="/assets/own/logo.svg' in head
    # As a browser asks for a picture: with whose page it is, and without the page's token.
    logo = portal.get(
        "assets/own/logo.svg", token, headers={"Sec-Fetch-Dest": "image", "Sec-Fetch-Site": "same-origin"}
    )
    assert logo.status_code == 200
    assert "sandbox" in logo.headers["Content-Security-Policy"]
    for path in ("assets/own/../portal.toml", "assets/own/%2e%2e/wsgi.py", "assets/own/.hidden.css", "assets/own/a.py"):
        assert portal.get(path).status_code == 404, path


@pytest.mark.parametrize(
    ("toml", "says"),
    [
        ('pages = ["nowhere"]', "should be a folder that is there"),
        ('titel = "x"', "titel in portal.toml is no setting; is title meant?"),
        ('hidden_pages = ["jbos"]', "'jbos', and there is no such page; is jobs meant?"),
        ('[page_groups]\nfaers = ["west"]', "'faers', and there is no such page"),
        ("[page_groups]\njobs = []", "should name a page and its groups"),
        ('logo = "portal.toml"', "should be a file in the project's assets"),
        ('logo = "assets/own.css"', "should be a picture"),
        ('logo = "assets/script.svg"', "should be an SVG that only draws: script.svg holds <script>"),
        ('[colours]\naccent = "#ffcc00"', "has a contrast of 1.5 to 1, and 4.5 is the least; #8f7200 would do"),
        ('home_page = "nowhere"', "there is no such page"),
        ('hidden_pages = ["all"]', "No page has the address /"),
        ('signing_key = "x"', "set PORTAL_SIGNING_KEY in the environment instead"),
    ],
)
def test_what_is_wrong_ends_the_start_with_a_sentence(tmp_path: Path, toml: str, says: str):
    root = own_project.make(tmp_path / "team", toml)
    (root / "assets/script.svg").write_text('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>')
    done = subprocess.run(
        [sys.executable, "-c", "import wsgi"],
        cwd=root, env=own_project.environment(), capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 3, done.stderr[-2000:]
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_two_pages_with_one_address_are_told_and_ours_stays(sandbox: SandboxClient, tmp_path: Path):
    root = own_project.make(tmp_path / "team", 'pages = ["pages"]\n')
    text = (root / "pages/welcome.py").read_text().replace("/welcome", "/trips")
    (root / "pages/trips.py").write_text(f"{text}\n\n{ROUTE_OF_ALL}")
    variables = {**connect_variables(sandbox), "PYTHONPATH": own_project.environment()["PYTHONPATH"]}
    running = start_portal(variables, "--workers", "1", root=root)
    try:
        assert "own_pages.trips" in running.get("readyz").text
        assert "choose another, or hide that page (PORTAL_HIDDEN_PAGES)" in running.log
        assert "Trips" in running.page("trips", sandbox.session("analyst-west"))
        left = running.post("own/of-all", sandbox.session("analyst-west"), json={})
        assert (left.status_code, left.json()["error"]) == (404, "no-such-thing"), "of a page that is not shown"
    finally:
        running.stop()
