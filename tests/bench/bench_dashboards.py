"""A dashboard's page in Chromium, against the portal in the sandbox's Connect; a call of Databricks takes 80 ms.

`DASHBOARDS=DIR make bench dashboards`: the page with the most statements of DIR's dashboards; else of the sandbox's own
samples. The frame is there once its tiles are in the document; what is in sight, once none of them is loading.
"""

from __future__ import annotations

import os
import statistics
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, Page, sync_playwright

from portal.boards import definition, queries
from portal.sandbox.lakeview.store import SUFFIX
from tests.bench.load import table
from tests.browser.conftest import chromium
from tests.browser.dashboards_page import sample
from tests.sandbox_client import ROOT, SandboxClient, start_sandbox

RUNS = 5
CALL_SECONDS = 0.08
OWN = ROOT / "portal" / "sandbox" / "lakeview" / "samples"
CONTENT = f"{sys.executable} -m gunicorn wsgi:server --workers 2 --threads 16 --bind 127.0.0.1:{{port}}"
FLAGS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync",
         "--disable-quic"]  # fmt: skip
THERE = """(condition) => new Promise((resolve) => {
  const holds = new Function('return ' + condition);
  const look = () => (holds() ? resolve(performance.now()) : requestAnimationFrame(look));
  look();
})"""
FRAME = "document.querySelector('section.tile, .board-grid') !== null"
TILES = "[...document.querySelectorAll('#react-entry-point section.tile-data')]"
IN_SIGHT = f"{TILES}.filter((one) => one.getBoundingClientRect().top < innerHeight)"
SEEN = f"{IN_SIGHT}.length > 0 && {IN_SIGHT}.every((one) => one.dataset.state !== 'loading')"


def largest(folder: Path) -> tuple[str, str, int, int]:
    """Dashboard, page, widgets and distinct statements of the page that has the most."""
    found = []
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        board = definition.read(path.read_text(encoding="utf-8"))
        for page in board.canvas:
            plan = queries.plan(board, page, {}, now=datetime.now(UTC), zone=UTC)
            count = sum(isinstance(one, queries.Planned) for one in plan)
            found.append((count, path.name.removesuffix(SUFFIX), page.name, len(page.widgets)))
    count, name, page_name, widgets = max(found)
    return name, page_name, widgets, count


def submitted(sandbox: SandboxClient) -> int:
    return sum(one.count for one in sandbox.calls("workspace", "/sql/statements") if one.method == "POST")


def visit(page: Page, address: str) -> dict[str, float]:
    """Milliseconds to the frame and to all that is in sight; bytes that came over the wire."""
    sizes: list[int] = []
    client = page.context.new_cdp_session(page)
    client.send("Network.enable")
    client.on("Network.loadingFinished", lambda event: sizes.append(int(event["encodedDataLength"])))
    page.goto(address, wait_until="commit")
    frame = page.evaluate(THERE, FRAME)
    seen = page.evaluate(THERE, SEEN)
    return {"frame": frame, "seen": seen, "bytes": float(sum(sizes))}


def forgotten(context: BrowserContext, root: str) -> None:
    for step in ("continue", "end", "continue"):
        context.request.post(f"{root}session/{step}")


def main() -> None:
    folder = Path(os.environ["DASHBOARDS"]) if os.environ.get("DASHBOARDS") else OWN
    name, page_name, widgets, statements = largest(folder)
    more = () if folder == OWN else ("--dashboards", str(folder))
    sandbox = start_sandbox("--eager", "--content-dir", str(ROOT), "--content-command", CONTENT, *more)
    try:
        sandbox.control("POST", "/faults", {"where": "workspace", "route": "^/api/", "delay": CALL_SECONDS})
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(args=FLAGS, executable_path=chromium())
            context = browser.new_context(bypass_csp=True, viewport={"width": 1440, "height": 900})
            context.request.post(f"{sandbox.connect_url}/__login__", form={"viewer": "engineer"})
            page = context.new_page()
            address = f"{sandbox.content_url}dashboards/{sample(name)}?page={page_name}"
            page.goto(address)
            page.evaluate(THERE, SEEN)
            first, second = [], []
            for _ in range(RUNS):
                forgotten(context, sandbox.content_url)
                sandbox.clear_calls()
                first.append({**visit(page, address), "statements": submitted(sandbox)})
                sandbox.clear_calls()
                second.append({**visit(page, address), "statements": submitted(sandbox)})
            cold = browser.new_context(bypass_csp=True, viewport={"width": 1440, "height": 900})
            cold.request.post(f"{sandbox.connect_url}/__login__", form={"viewer": "engineer"})
            transfer = visit(cold.new_page(), address)["bytes"]
            browser.close()
    finally:
        sandbox.stop()
    title = f"{name}, page {page_name}: {widgets} widgets, {statements} distinct statements on the whole page"
    table(title, ("visit", "frame ms", "in sight ms", "statements"), [row("first", first), row("second", second)])
    print(f"\n  transfer of a browser's first visit: {transfer / 1000:.0f} kB")


def row(name: str, visits: list[dict[str, Any]]) -> tuple[str, ...]:
    """Medians."""
    return name, *(f"{statistics.median(one[key] for one in visits):.0f}" for key in ("frame", "seen", "statements"))


if __name__ == "__main__":
    main()
