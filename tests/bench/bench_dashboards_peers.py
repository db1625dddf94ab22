"""A dashboard's page beside the same written by hand in Streamlit, and what ten viewers of it cost in memory.

`DASHBOARDS=DIR STREAMLIT=python make bench dashboards_peers`; `STREAMLIT` is the Python of an environment that has
streamlit, databricks-sql-connector and posit-sdk (this one by default). Both answer exchanges after 150 ms and calls
after 80 ms. Streamlit shows its page once all of it is drawn; ours, once all that is in sight is.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import psutil
from playwright.sync_api import Browser, sync_playwright

from portal.boards import definition, queries
from portal.boards.definition import Page
from portal.boards.queries import Planned
from portal.sandbox.lakeview.store import SUFFIX
from tests.bench.bench_dashboards import CALL_SECONDS, CONTENT, FLAGS, OWN, SEEN, THERE, largest
from tests.bench.load import table
from tests.browser.conftest import chromium
from tests.browser.dashboards_page import sample
from tests.sandbox_client import ROOT, SandboxClient, start_sandbox

RUNS = int(os.environ.get("RUNS", "5"))
EXCHANGE_SECONDS = 0.15
VIEWERS = 10
PEER = str(ROOT / "tests" / "bench" / "peers" / "streamlit_board.py")
DRAWN = "document.body.innerText.includes('All is drawn.')"


def tiles(folder: Path, name: str, page_name: str) -> list[dict[str, object]]:
    """The statements of a page as one would write them down, each once, with their values bound."""
    board = definition.read((folder / f"{name}{SUFFIX}").read_text(encoding="utf-8"))
    page = board.page(page_name)
    assert page is not None
    planned = queries.plan(board, page, {}, now=datetime.now(UTC), zone=UTC)
    return [_tile(page, one) for one in planned if isinstance(one, Planned)]


def _tile(page: Page, one: Planned) -> dict[str, object]:
    widget = page.widget(one.widgets[0])
    assert widget is not None
    parameters = {each.name: each.value for each in one.parameters}
    return {"title": widget.label, "kind": widget.kind, "sql": one.text, "parameters": parameters}


def visits(browser: Browser, sandbox: SandboxClient, address: str, there: str) -> tuple[float, float]:
    """Milliseconds of a new viewer's first visit, and of their second one."""
    context = browser.new_context(bypass_csp=True, viewport={"width": 1440, "height": 900})
    context.request.post(f"{sandbox.connect_url}/__login__", form={"viewer": "engineer"})
    for step in ("continue", "end", "continue"):
        context.request.post(f"{sandbox.content_url}session/{step}")
    found = []
    for _ in range(2):
        page = context.new_page()
        page.goto(address, wait_until="commit")
        found.append(float(page.evaluate(THERE, there)))
        page.close()
    context.close()
    return found[0], found[1]


def started(command: str, more: tuple[str, ...], environment: tuple[str, ...] = ()) -> SandboxClient:
    variables = [word for one in environment for word in ("--content-env", one)]
    sandbox = start_sandbox(
        "--eager", "--content-dir", str(ROOT), "--content-command", command, "--more-viewers", str(VIEWERS),
        *variables, *more,
    )  # fmt: skip
    sandbox.fault("connect", "/oauth/integrations/credentials", delay=EXCHANGE_SECONDS)
    sandbox.fault("workspace", "^/api/|^/sql/", delay=CALL_SECONDS)
    return sandbox


def memory(sandbox: SandboxClient) -> list[float]:
    """MB of each worker of the portal, apart from what they share."""
    workers = [one for one in psutil.Process(sandbox.process.pid).children(recursive=True) if not one.children()]
    return [one.memory_full_info().uss / 1e6 for one in workers if "wsgi:server" in " ".join(one.cmdline())]


def ten(browser: Browser, sandbox: SandboxClient, address: str) -> None:
    """What a worker holds more once ten viewers have looked at the page."""
    before = memory(sandbox)
    for number in range(1, VIEWERS + 1):
        context = browser.new_context(bypass_csp=True, viewport={"width": 1440, "height": 900})
        context.request.post(f"{sandbox.connect_url}/__login__", form={"viewer": f"analyst-{number:03}"})
        page = context.new_page()
        page.goto(address, wait_until="commit")
        page.evaluate(THERE, SEEN)
        context.close()
    after = memory(sandbox)
    grown = [f"{now - then:+.0f}" for then, now in zip(before, after, strict=False)]
    print(
        f"\n  {VIEWERS} viewers: {', '.join(grown)} MB in the workers ({', '.join(f'{one:.0f}' for one in after)} MB)"
    )


def has_streamlit(python: str) -> bool:
    return subprocess.run([python, "-c", "import streamlit"], capture_output=True, check=False).returncode == 0


def main() -> None:
    folder = Path(os.environ["DASHBOARDS"]) if os.environ.get("DASHBOARDS") else OWN
    python = os.environ.get("STREAMLIT", sys.executable)
    name, page_name, widgets, statements = largest(folder)
    more = () if folder == OWN else ("--dashboards", str(folder))
    ours: list[tuple[float, float]] = []
    theirs: list[tuple[float, float]] = []
    with tempfile.TemporaryDirectory() as place, sync_playwright() as playwright:
        written = Path(place) / "board.json"
        written.write_text(json.dumps(tiles(folder, name, page_name)), encoding="utf-8")
        browser = playwright.chromium.launch(args=FLAGS, executable_path=chromium())
        portal = started(CONTENT, more)
        try:
            address = f"{portal.content_url}dashboards/{sample(name)}?page={page_name}"
            visits(browser, portal, address, SEEN)  # the workers import what they need
            ten(browser, portal, address)
            if not has_streamlit(python):
                print("  Streamlit is not installed here: STREAMLIT names a Python that has it.")
                return
            command = (
                f"{python} -m streamlit run {PEER} --server.port {{port}} --server.address 127.0.0.1 "
                "--server.headless true --browser.gatherUsageStats false --server.enableCORS false "
                "--server.enableXsrfProtection false"
            )
            peer = started(command, more, (f"BOARD={written}",))
            try:
                visits(browser, peer, peer.content_url, DRAWN)
                for _ in range(RUNS):
                    ours.append(visits(browser, portal, address, SEEN))
                    theirs.append(visits(browser, peer, peer.content_url, DRAWN))
            finally:
                peer.stop()
        finally:
            portal.stop()
            browser.close()
    first, second = ([statistics.median(one[at] for one in each) for each in (ours, theirs)] for at in (0, 1))
    rows = [
        ("first", *(f"{one:.0f}" for one in first), first[0] / first[1]),
        ("second", *(f"{one:.0f}" for one in second), second[0] / second[1]),
    ]
    title = f"{name}, page {page_name}: {widgets} widgets, {statements} statements; medians of {RUNS}, in turns (ms)"
    table(title, ("visit", "portal", "streamlit", "portal/streamlit"), rows)


if __name__ == "__main__":
    main()
