"""What a script of other content on the same origin may ask the portal for: nothing that reads or acts."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
import requests

from tests.portal_process import HEADER, Portal, connect_variables, start_portal
from tests.sandbox_client import SandboxClient

TOKEN = "X-Portal-Page"
NAVIGATION = {"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
SCRIPT = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"}
FRAME = {"Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"}
NAME = {
    "output": "viewer-name.children",
    "outputs": {"id": "viewer-name", "property": "children"},
    "inputs": [{"id": {"part": "again", "region": "viewer-name"}, "property": "data", "value": 0}],
    "changedPropIds": [],
}
STATEMENT = "01ef0000-0000-1000-8000-000000000000"
READS_AND_ACTS = [
    "_dash-update-component", "session/end", "session/continue", "catalog/names", "catalog/tree", "catalog/search",
    "sql/format", "sql/save", f"results/{STATEMENT}/rows", f"results/{STATEMENT}/cancel",
    f"results/{STATEMENT}/download/csv", "downloads/" + "0" * 32,
]  # fmt: skip


@pytest.fixture(scope="module")
def portal(sandbox_process: SandboxClient) -> Iterator[Portal]:
    """As gunicorn.conf.py has it: two workers."""
    running = start_portal(connect_variables(sandbox_process))
    yield running
    running.stop()


def token_of(portal: Portal, session: str, headers: dict[str, str] = NAVIGATION) -> str:
    answer = portal.get("", session, headers=headers)
    assert answer.status_code == 200, answer.text[:300]
    found = re.search(r'<meta name="portal-page" content="([^"]+)"', answer.text)
    assert found is not None
    return found[1]


def name(portal: Portal, session: str, headers: dict[str, str]) -> requests.Response:
    return portal.post("_dash-update-component", session, json=NAME, headers=headers)


@pytest.mark.parametrize(
    "headers",
    [
        SCRIPT,
        {**SCRIPT, "Sec-Fetch-Mode": "navigate"},
        {**SCRIPT, "Sec-Fetch-Dest": "script"},
        {**NAVIGATION, "Service-Worker-Navigation-Preload": "anything"},
        {**FRAME, "Sec-Fetch-Dest": "object"},
        {**FRAME, "Sec-Fetch-Dest": "embed"},
        {"Sec-Fetch-Site": "same-origin"},
    ],
)
@pytest.mark.parametrize("path", ["", "identity", "nosuchpage"])
def test_a_document_goes_to_navigations_only(portal: Portal, sandbox: SandboxClient, headers, path):
    answer = portal.get(path, sandbox.session("analyst-west"), headers=headers)
    assert answer.status_code == 403
    assert 'name="portal-page" content=""' in answer.text
    assert "Not shown here" in answer.text
    assert TOKEN not in answer.headers


@pytest.mark.parametrize("path", READS_AND_ACTS)
def test_a_script_without_a_pages_token_reads_and_does_nothing(portal: Portal, sandbox: SandboxClient, path):
    session = sandbox.session("analyst-west")
    assert "Analyst West" in portal.page("identity", session)
    sandbox.clear_calls()
    for headers in (SCRIPT, {**SCRIPT, TOKEN: "x" * 48}, {**SCRIPT, TOKEN: "y" * 100_000}):
        try:
            answer = portal.post(path, session, json=NAME, headers=headers)
        except requests.RequestException:
            continue  # gunicorn takes no header of that length
        assert answer.status_code in {400, 403, 431}, path
        assert answer.headers.get(TOKEN) in {"refused", None}
    answer = portal.post(path, session, json=NAME, headers=SCRIPT)
    assert answer.status_code == 403
    assert answer.headers[TOKEN] == "refused"
    assert answer.json()["error"] == "other-page"
    # Another page's form, sent as a navigation.
    form = portal.post(path, session, data={"page": "x" * 48}, headers={**NAVIGATION, "Sec-Fetch-Site": "same-origin"})
    assert form.status_code == 403
    assert sandbox.count("workspace") == 0
    assert "Analyst West" in portal.page("identity", session), "nothing was ended"


def test_the_layout_is_no_document(portal: Portal, sandbox: SandboxClient):
    session = sandbox.session("analyst-west")
    assert portal.get("_dash-layout", session, headers=SCRIPT).status_code == 403
    assert portal.get("_dash-layout", session, headers=NAVIGATION).status_code == 403
    good = {**SCRIPT, TOKEN: token_of(portal, session)}
    assert portal.get("_dash-layout", session, headers=good).status_code == 200


def test_a_page_of_its_own_goes_on_from_answer_to_answer(portal: Portal, sandbox: SandboxClient):
    session = sandbox.session("analyst-west")
    token = token_of(portal, session)
    for _ in range(4):
        answer = name(portal, session, {**SCRIPT, TOKEN: token})
        assert "Analyst West" in answer.text
        token = answer.headers[TOKEN]
    form = {**FRAME, "Content-Type": "application/x-www-form-urlencoded"}
    answer = portal.post(f"results/{STATEMENT}/download/csv", session, data={"page": token}, headers=form)
    assert answer.status_code == 404, "refused for what it asks for, not for who asks"


def test_a_page_is_its_viewers_only(portal: Portal, sandbox: SandboxClient):
    west, east = sandbox.session("analyst-west"), sandbox.session("analyst-east")
    token = name(portal, east, {**SCRIPT, TOKEN: token_of(portal, east)}).headers[TOKEN]
    assert name(portal, west, {**SCRIPT, TOKEN: token}).status_code == 403
    assert name(portal, west, {TOKEN: token}).status_code == 403, "one that is brought must be good"


def test_a_page_outlives_its_session_token(portal: Portal, sandbox: SandboxClient):
    session = sandbox.session("analyst-west")
    token = name(portal, session, {**SCRIPT, TOKEN: token_of(portal, session)}).headers[TOKEN]
    for _ in range(6):  # either worker may answer
        session = sandbox.session("analyst-west")
        answer = name(portal, session, {**SCRIPT, TOKEN: token})
        assert "Analyst West" in answer.text
        token = answer.headers[TOKEN]


def test_a_page_that_loads_again_is_known_by_its_viewer(portal: Portal, sandbox: SandboxClient):
    """Where Connect replaces the token with every request, the first document knows nobody yet, and the second does."""
    again = {**NAVIGATION, "Cache-Control": "max-age=0"}
    token = token_of(portal, sandbox.session("analyst-west"), again)
    assert "Analyst West" in name(portal, sandbox.session("analyst-west"), {**SCRIPT, TOKEN: token}).text


def test_who_has_no_credential_is_nobody_and_sees_why(portal: Portal, sandbox: SandboxClient):
    token = token_of(portal, sandbox.session("newcomer"))
    answer = portal.get("_dash-layout", sandbox.session("newcomer"), headers={**SCRIPT, TOKEN: token})
    assert answer.status_code == 200
    assert portal.get("_dash-layout", headers=SCRIPT).status_code == 200, "nobody needs no proof"


def test_scripts_without_fetch_metadata_need_no_token(portal: Portal, sandbox: SandboxClient):
    session = sandbox.session("analyst-west")
    assert "Analyst West" in name(portal, session, {}).text
    assert "Analyst West" in name(portal, session, {TOKEN: token_of(portal, session, {})}).text


def test_what_shows_nothing_of_a_viewer_is_open(portal: Portal, sandbox: SandboxClient):
    for path in ("healthz", "readyz", "_dash-dependencies", "assets/vendor/portal.js", "_favicon.ico"):
        answer = portal.get(path, sandbox.session("analyst-west"), headers=SCRIPT)
        assert answer.status_code == 200, path
        assert TOKEN not in answer.headers


def test_no_opener_reaches_in(portal: Portal, sandbox: SandboxClient):
    answer = portal.get("", sandbox.session("analyst-west"), headers=NAVIGATION)
    assert answer.headers["Cross-Origin-Opener-Policy"] == "noopener-allow-popups"


def test_framing_is_as_set(portal: Portal, sandbox: SandboxClient):
    session = sandbox.session("analyst-west")
    assert token_of(portal, session, FRAME)
    alone = start_portal(connect_variables(sandbox, PORTAL_FRAME_ANCESTORS="none"), "--workers", "1")
    try:
        assert token_of(alone, session)
        framed = alone.get("", session, headers=FRAME)
        assert framed.status_code == 403
        assert "Open it in a tab of its own" in framed.text
        assert "frame-ancestors 'none'" in framed.headers["Content-Security-Policy"]
        # Where the page itself downloads into a frame, it reads there what was refused.
        refused = alone.post(f"results/{STATEMENT}/download/csv", session, headers=FRAME)
        assert "frame-ancestors 'self'" in refused.headers["Content-Security-Policy"]
    finally:
        alone.stop()


@pytest.fixture(scope="module")
def developers(sandbox_process: SandboxClient) -> Iterator[Portal]:
    """Without CONNECT_SERVER: no other origin is known."""
    variables = {
        "DATABRICKS_HOST": sandbox_process.env["DATABRICKS_HOST"],
        "DATABRICKS_TOKEN": "dapi-engineer",
        "SSL_CERT_FILE": sandbox_process.ca_bundle,
        "REQUESTS_CA_BUNDLE": sandbox_process.ca_bundle,
        "PORTAL_IDENTITY": "developer",
    }
    running = start_portal(variables, "--workers", "1")
    yield running
    running.stop()


@pytest.mark.parametrize("where", ["null", "", "file://", "data:", "http://[", "https://evil.example.com"])
def test_an_opaque_origin_is_another_site(developers: Portal, sandbox: SandboxClient, where):
    assert developers.post("session/continue", headers={"Origin": where}).status_code == 403
    own = {"Origin": developers.url.rstrip("/")}
    assert developers.post("session/continue", headers=own).status_code == 200


def test_the_key_is_in_no_log_and_no_page(sandbox: SandboxClient):
    key = "0123456789abcdef" * 4
    keyed = start_portal(connect_variables(sandbox, PORTAL_SIGNING_KEY=key, PORTAL_LOG_LEVEL="DEBUG"))
    try:
        session = sandbox.session("analyst-west")
        token = token_of(keyed, session)
        assert "Analyst West" in name(keyed, session, {**SCRIPT, TOKEN: token}).text
        assert name(keyed, session, SCRIPT).status_code == 403
        assert key not in keyed.log
        assert token not in keyed.log
    finally:
        keyed.stop()


def test_processes_without_anything_in_common_but_the_session(sandbox: SandboxClient):
    """Connect may run several processes, each with a key of its own and no cache that they share."""
    running = [start_portal(connect_variables(sandbox, PORTAL_CACHE_URL="memory"), "--workers", "1") for _ in range(2)]
    try:
        session = sandbox.session("analyst-west")
        token = token_of(running[0], session)
        for number in range(4):
            answer = name(running[number % 2], session, {**SCRIPT, TOKEN: token})
            assert "Analyst West" in answer.text
            token = answer.headers[TOKEN]
        assert HEADER not in answer.headers
    finally:
        for portal in running:
            portal.stop()
