"""Lineage of a table with 50 neighbours: how many calls its first picture takes, and how soon it stands after them.

Measured in Chromium, from when the browser asks for the region. What the lineage API takes to answer is taken off, and
what the portal does before it asks counts as well. Each run is of a viewer for whom nothing is kept.
"""

from __future__ import annotations

import os
import statistics
import sys

from playwright.sync_api import Page, Request, sync_playwright

from tests.bench.bench_catalog import CONTENT, FLAGS
from tests.bench.load import table
from tests.browser.conftest import chromium
from tests.sandbox_client import ROOT, SandboxClient, start_sandbox

RUNS = int(os.environ.get("RUNS", "7"))
BESIDE = 25
ANSWER_SECONDS = 1.0
TABLE = "main.sales.customers"
PICTURE = """count => new Promise((resolve) => {
  const look = () => document.querySelectorAll('#catalog-lineage .graph-task').length >= count
    ? resolve(Date.now()) : requestAnimationFrame(look);
  look();
})"""


def pictured(page: Page, sandbox: SandboxClient) -> tuple[float, int]:
    """Milliseconds, and calls of the lineage API and of jobs, queries and dashboards until then."""
    for step in ("continue", "end", "continue"):
        page.context.request.post(f"{sandbox.content_url}session/{step}")
    begun: list[Request] = []

    def look(request: Request) -> None:
        if '"catalog-lineage.children"' in (request.post_data or ""):
            begun.append(request)

    page.on("request", look)
    sandbox.clear_calls()
    page.goto(f"{sandbox.content_url}catalog/{TABLE.replace('.', '/')}")
    there = float(page.evaluate(PICTURE, 2 * BESIDE + 1))
    calls = sandbox.count("workspace", "/lineage-tracking/")
    page.remove_listener("request", look)
    asked = float(begun[0].timing["startTime"])
    return there - asked - ANSWER_SECONDS * 1000, calls


def main() -> None:
    sandbox = start_sandbox("--eager", "--content-dir", str(ROOT), "--content-command", CONTENT)
    try:
        names = [f"main.archive.neighbour_{number:02}" for number in range(2 * BESIDE)]
        body = {"table": TABLE, "sources": names[:BESIDE], "targets": names[BESIDE:]}
        sandbox.control("POST", "/lineage", body)
        sandbox.fault("workspace", "/lineage-tracking/", delay=ANSWER_SECONDS)
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(args=FLAGS, executable_path=chromium())
            context = browser.new_context(viewport={"width": 1440, "height": 900})
            context.request.post(f"{sandbox.connect_url}/__login__", form={"viewer": "engineer"})
            page = context.new_page()
            pictured(page, sandbox)  # the worker imports what it needs
            found = [pictured(page, sandbox) for _ in range(RUNS)]
            browser.close()
    finally:
        sandbox.stop()
    times, calls = zip(*found, strict=True)
    rows = [
        ("first picture after the slowest call (ms)", statistics.median(times), max(times), 1_000),
        ("calls of the lineage API until then", statistics.median(calls), max(calls), 3),
    ]
    table(f"Lineage with {2 * BESIDE} neighbours, {RUNS} runs", ("what", "median", "worst", "target"), rows)


if __name__ == "__main__":
    sys.exit(main())
