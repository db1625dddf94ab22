"""Other content of the same Connect server against the portal, in Chromium: what its scripts reach, and what not.

The viewer is signed in to Connect and has both open. `framing` is PORTAL_FRAME_ANCESTORS: as Connect's dashboard needs
it, and `none`.
"""

from __future__ import annotations

import io
import json
import re
import tarfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

import pytest
import requests
from playwright.sync_api import Browser, BrowserContext, Error, Page, expect

from portal import build
from tests.browser import other_content
from tests.browser.conftest import CONTENT, closed
from tests.sandbox_client import ROOT, SandboxClient, start_sandbox

STATEMENT = "SELECT 'only for the eyes of the west'"


@dataclass
class Server:
    """A Connect that serves the portal and the other content."""

    connect: SandboxClient
    other: str
    framing: str

    @property
    def portal(self) -> str:
        return self.connect.content_url

    @property
    def path(self) -> str:
        return urlsplit(self.portal).path

    def loot(self, context: BrowserContext) -> str:
        """What the other content has caught since the last look."""
        return "\n".join(context.request.get(f"{self.other}loot").json())


def deploy_other(connect: SandboxClient) -> str:
    """Publish the other content for everyone who is signed in; its address."""
    api, key = f"{connect.connect_url}/__api__/v1", {"Authorization": f"Key {connect.api_key}"}
    made = requests.post(f"{api}/content", json={"name": "other", "access_type": "logged_in"}, headers=key, timeout=30)
    made.raise_for_status()
    content = made.json()
    manifest = {
        "version": 1,
        "metadata": {"appmode": "python-api", "entrypoint": "other_content:server"},
        "python": {"version": "3.11.0", "package_manager": {"name": "pip", "package_file": "requirements.txt"}},
        "files": {},
    }
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as bundle:
        for name, text in (
            ("manifest.json", json.dumps(manifest)),
            ("requirements.txt", "flask\n"),
            ("other_content.py", Path(other_content.__file__).read_text(encoding="utf-8")),
        ):
            member = tarfile.TarInfo(name)
            member.size = len(text.encode())
            bundle.addfile(member, io.BytesIO(text.encode()))
    where = f"{api}/content/{content['guid']}"
    sent = requests.post(f"{where}/bundles", data=packed.getvalue(), headers=key, timeout=30).json()
    task = requests.post(f"{where}/deploy", json={"bundle_id": sent["id"]}, headers=key, timeout=30).json()["task_id"]
    deadline = time.monotonic() + 60
    while not (state := requests.get(f"{api}/tasks/{task}", headers=key, timeout=30).json())["finished"]:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert state["code"] == 0, state
    return str(content["content_url"])


@pytest.fixture(scope="module", params=["", "none"], ids=["framed", "alone"])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    build.build()
    words = ("--eager", "--content-dir", str(ROOT), "--content-command", CONTENT)
    more = ("--content-env", f"PORTAL_FRAME_ANCESTORS={request.param}") if request.param else ()
    connect = start_sandbox(*words, *more)
    yield Server(connect, deploy_other(connect), request.param)
    connect.stop()


@pytest.fixture
def context(browser: Browser, server: Server) -> Iterator[BrowserContext]:
    """A browser of analyst-west's."""
    server.connect.control("POST", "/tokens", {"rotate": "never"})
    made = browser.new_context()
    made.set_default_timeout(20_000)
    made.request.post(server.connect.connect_url + "/__login__", form={"viewer": "analyst-west"}, max_redirects=0)
    server.loot(made)
    yield made
    closed(made)


@pytest.fixture
def stranger(context: BrowserContext, server: Server) -> Page:
    """The other content's page."""
    page = context.new_page()
    page.goto(server.other)
    return page


def until(page: Page, condition: str) -> None:
    """The policy forbids what `wait_for_function` does with a text."""
    deadline = time.monotonic() + 20
    while True:
        try:
            if page.evaluate(condition):
                return
        except Error:  # it is loading
            pass
        assert time.monotonic() < deadline, condition
        page.wait_for_timeout(100)


def works(page: Page) -> None:
    expect(page.locator("#react-entry-point").get_by_role("heading", level=1)).to_contain_text(
        "Analyst West", timeout=40_000
    )


def test_a_script_cannot_fetch_a_document(stranger: Page, server: Server):
    found = stranger.evaluate(
        """async (portal) => {
          const found = [];
          const headers = { "Sec-Fetch-Dest": "document", "Sec-Fetch-Mode": "navigate", "X-Portal-Page": "x" };
          const modes = [{}, { mode: "same-origin" }, { mode: "no-cors" }, { cache: "force-cache" }, { headers }];
          for (const options of modes) {
            const answer = await fetch(portal, { credentials: "include", ...options });
            found.push([answer.status, await answer.text()]);
          }
          found.push(await new Promise((done) => {
            const request = new XMLHttpRequest();
            request.onload = () => done([request.status, request.responseText]);
            request.open("GET", portal);
            request.setRequestHeader("Sec-Fetch-Dest", "document");
            request.send();
          }));
          return found;
        }""",
        server.portal,
    )
    assert [status for status, _ in found] == [403] * 6
    assert not any(re.search(r'portal-page" content="[^"]', text) for _, text in found)
    assert "Analyst" not in str(found)


def test_a_script_runs_no_sql_and_ends_no_session(stranger: Page, server: Server):
    found = stranger.evaluate(
        """async ([portal, sql]) => {
          const send = async (path, body) => {
            const headers = { "Content-Type": "application/json", "X-Portal-Page": "A".repeat(48) };
            const answer = await fetch(portal + path, { method: "POST", headers, body: JSON.stringify(body) });
            return [answer.status, await answer.text()];
          };
          const ask = { sql, from: 0, to: 0, all: false, ended: [], limit: "1000", params: {} };
          return [
            await send("_dash-update-component", {
              output: "warehouse-panels.children", outputs: { id: "warehouse-panels", property: "children" },
              inputs: [{ id: "warehouse-ask", property: "data", value: ask }], changedPropIds: ["warehouse-ask.data"],
            }),
            await send("catalog/names", { path: [] }),
            await send("session/end", {}),
            await fetch(portal + "_dash-layout").then(async (answer) => [answer.status, await answer.text()]),
          ];
        }""",
        [server.portal, STATEMENT],
    )
    assert [status for status, _ in found] == [403] * 4
    assert "main" not in str(found[1])
    history = server.connect.control("GET", "/calls")["calls"]
    assert not [call for call in history if "/sql/statements" in call["route"] and call["viewer"] == "analyst-west"]


@pytest.mark.parametrize("coop", ["unsafe-none", "same-origin", "same-origin-allow-popups", "noopener-allow-popups"])
@pytest.mark.parametrize("first", ["", "about:blank"])
def test_an_opener_reaches_nothing(context: BrowserContext, stranger: Page, server: Server, coop: str, first: str):
    stranger.goto(f"{server.other}?coop={coop}")
    with context.expect_page() as opened:
        stranger.evaluate(
            "([first, portal]) => { window.got = window.open(first || portal); if (first) got.location = portal; }",
            [first, server.portal],
        )
    page = opened.value
    works(page)
    reached = stranger.evaluate(
        """() => {
          try { return [got.closed, got.document?.documentElement.outerHTML ?? null, got.frames.length]; }
          catch (error) { return [got.closed, String(error)]; }
        }"""
    )
    assert reached[0] is True, "to its opener, the window is gone"
    assert "Analyst" not in str(reached)
    assert page.evaluate("window.opener") is None


@pytest.mark.parametrize("way", ["documents", "preload", "scripts", "requests"])
def test_a_service_worker_sees_nothing_and_is_shown_out(
    context: BrowserContext, stranger: Page, server: Server, way: str
):
    stranger.evaluate(
        """async ([worker]) => {
          await navigator.serviceWorker.register(worker, { scope: "/" });
          await navigator.serviceWorker.ready;
          await new Promise((done) => navigator.serviceWorker.controller ? done() :
            navigator.serviceWorker.addEventListener("controllerchange", done));
        }""",
        [f"{server.other}worker.js?way={way}&portal={quote(server.path)}"],
    )
    page = context.new_page()
    page.goto(server.portal)
    works(page)
    assert page.evaluate("navigator.serviceWorker.controller") is None
    assert page.evaluate("navigator.serviceWorker.getRegistrations().then((found) => found.length)") == 0
    caught = server.loot(context)
    assert "Analyst" not in caught
    assert "script ran" not in caught
    assert not re.search(r"x-portal-page\W+[A-Za-z0-9_-]{20}", caught)
    assert not re.search(r"portal-page\W+content=\W+[A-Za-z0-9_-]{20}", caught)


def test_a_service_worker_that_comes_later_ends_the_page_and_it_begins_anew(
    context: BrowserContext, stranger: Page, server: Server
):
    page = context.new_page()
    page.goto(server.portal)
    works(page)
    page.evaluate("window.before = true")
    stranger.evaluate(
        """async ([worker]) => {
          const found = await navigator.serviceWorker.register(worker, { scope: "/" });
          await navigator.serviceWorker.ready;
          found.active.postMessage("claim");
        }""",
        [f"{server.other}worker.js?way=late&portal={quote(server.path)}"],
    )
    until(page, "window.before === undefined && !navigator.serviceWorker.controller")
    works(page)
    assert page.evaluate("navigator.serviceWorker.getRegistrations().then((found) => found.length)") == 0
    assert "Analyst" not in server.loot(context)


def test_a_worker_that_always_comes_back_is_named_and_the_portal_does_not_start(
    context: BrowserContext, stranger: Page, server: Server
):
    worker = f"{server.other}worker.js?way=requests&portal={quote(server.path)}"
    stranger.evaluate(
        """async ([worker]) => {
          await navigator.serviceWorker.register(worker, { scope: "/" });
          setInterval(() => navigator.serviceWorker.register(worker, { scope: "/" }).catch(() => {}), 20);
        }""",
        [worker],
    )
    page = context.new_page()
    page.goto(server.portal)
    notice = page.get_by_role("alert")
    shown = page.locator("#react-entry-point").get_by_role("heading", level=1)
    # Whether it wins a race is the browser's affair. It never gets both a page that works and what is in it.
    expect(notice.or_(shown).first).to_be_visible(timeout=40_000)
    stranger.close()
    if notice.is_visible():
        expect(notice).to_contain_text("stands between this page and the portal")
        expect(notice).to_contain_text("worker.js")
        notice.get_by_role("button", name="Load this page again").click()
        works(page)


def test_a_frame_of_the_same_origin(context: BrowserContext, stranger: Page, server: Server):
    """Where Connect's dashboard may frame the portal, so may all other content: SECURITY.md says what that means."""
    stranger.evaluate(
        "(portal) => { const made = document.createElement('iframe'); made.src = portal; document.body.append(made); }",
        server.portal,
    )
    if server.framing == "none":
        stranger.wait_for_timeout(3000)
        inside = stranger.evaluate("document.querySelector('iframe').contentDocument?.documentElement.outerHTML ?? ''")
        assert "portal" not in inside
        assert "Analyst" not in inside
    else:
        frame = stranger.frame_locator("iframe")
        expect(frame.locator("#react-entry-point").get_by_role("heading", level=1)).to_contain_text("Analyst West")


def test_other_content_reads_nothing_in_storage(context: BrowserContext, stranger: Page, server: Server):
    page = context.new_page()
    page.goto(f"{server.portal}warehouse")
    # The plain field makes way for the code editor: its text is the draft's all the same.
    editor = page.locator("#warehouse-editor .cm-content")
    editor.click()
    page.keyboard.insert_text(STATEMENT)
    page.get_by_role("button", name="Run", exact=True).click()
    expect(page.get_by_role("gridcell", name="only for the eyes of the west")).to_be_visible()
    page.wait_for_timeout(600)
    stranger.reload()
    stored = stranger.evaluate(
        """async () => {
          const found = [Object.entries(localStorage), Object.entries(sessionStorage), document.cookie];
          for (const { name } of await indexedDB.databases()) found.push(name);
          for (const name of await caches.keys()) found.push(name);
          return JSON.stringify(found);
        }"""
    )
    assert "portal-sealed:" in stored
    for secret in ("eyes of the west", "SELECT", "sql", server.portal):
        assert secret not in stored
    page.reload()
    expect(editor).to_contain_text("only for the eyes of the west")


def test_the_end_leaves_nothing_of_the_viewers_in_storage(context: BrowserContext, server: Server):
    page = context.new_page()
    page.goto(f"{server.portal}warehouse")
    editor = page.locator("#warehouse-editor .cm-content")
    editor.click()
    page.keyboard.insert_text(STATEMENT)
    until(page, "Object.keys(localStorage).some((name) => name.startsWith('portal-sealed:'))")
    page.goto(f"{server.portal}identity")
    page.locator("[aria-controls=viewer-panel]").click()
    page.get_by_role("button", name="End session").click()
    expect(page.get_by_role("heading", name="Session ended").first).to_be_visible()
    assert page.evaluate("Object.keys(localStorage).filter((name) => name.startsWith('portal-sealed:'))") == []
    page.get_by_role("button", name="Continue").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Identity")


def test_a_page_that_is_not_known_any_longer_loads_again_by_itself(context: BrowserContext, server: Server):
    page = context.new_page()
    page.goto(server.portal)
    works(page)
    page.evaluate("window.before = true")
    # As if its token were from before a restart: what it sends is no token of this portal's.
    page.route("**/_dash-update-component*", lambda route: route.continue_(
        headers={**route.request.headers, "x-portal-page": "A" * 48}), times=1)  # fmt: skip
    page.get_by_role("button", name="Refresh", exact=True).click()
    until(page, "window.before === undefined")
    works(page)


def test_a_page_that_is_never_known_says_so(context: BrowserContext, server: Server):
    page = context.new_page()
    page.route(re.compile("_dash-(layout|update-component)"), lambda route: route.continue_(
        headers={**route.request.headers, "x-portal-page": "A" * 48}))  # fmt: skip
    page.goto(server.portal)
    notice = page.get_by_role("alert").filter(has_text="does not know this page any longer")
    # A page that came whole asks for nothing by itself. What it is asked for then is refused, and it loads again, but
    # not for ever.
    for _ in range(12):
        if notice.is_visible():
            break
        if (refresh := page.get_by_role("button", name="Refresh", exact=True)).is_visible():
            refresh.click()
        page.wait_for_timeout(700)
    expect(notice).to_be_visible()
    expect(notice).to_contain_text("PORTAL_SIGNING_KEY")
    page.unroute_all()
    notice.get_by_role("button", name="Load this page again").click()
    works(page)


def test_session_tokens_that_are_replaced_with_every_request(context: BrowserContext, server: Server):
    server.connect.control("POST", "/tokens", {"rotate": "every-request"})
    page = context.new_page()
    page.goto(server.portal)
    works(page)
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Identity").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Identity")
    expect(page.locator("#main").get_by_text("analyst.west@example.com").first).to_be_visible()
