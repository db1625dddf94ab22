"""Jobs: what a view of /jobs costs with 100, 1,000 and 10,000 jobs, and how soon a run of 200 tasks is drawn.

In Chromium, against the portal in the sandbox's Connect; a call of Databricks takes 80 ms. A first visit has nothing
kept for the viewer: their session is ended and begun again before it. Calls are counted by the sandbox.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import BrowserContext, Page, sync_playwright

from tests.bench.load import table
from tests.sandbox_client import ROOT, SandboxClient, start_sandbox

RUNS = 7
CALL_SECONDS = 0.08
SLOW_SECONDS = 0.4
TASKS = 200
WATCHED = 60
"""Seconds for which a live run is watched to count its polls."""
CONTENT = f"{sys.executable} -m gunicorn wsgi:server --workers 1 --threads 16 --bind 127.0.0.1:{{port}}"
FLAGS = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync",
         "--disable-quic"]  # fmt: skip

# Milliseconds since the navigation began, as soon as the condition holds; looked at with every frame.
THERE = """(condition) => new Promise((resolve) => {
  const holds = new Function('return ' + condition);
  const look = () => (holds() ? resolve(performance.now()) : requestAnimationFrame(look));
  look();
})"""
ROWS = "document.querySelectorAll('.jobs-grid tbody tr').length >= 20"
CELLS = f"{ROWS} && !document.querySelector('.jobs-grid .skeleton-bar')"
READ = "/^[0-9,]+ jobs$/.test(document.querySelector('#jobs-note')?.textContent ?? '')"

SEARCH = """(text) => new Promise((resolve) => {
  const box = document.querySelector('#jobs-q');
  const started = performance.now();
  box.focus();
  Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(box, text);
  box.dispatchEvent(new Event('input', { bubbles: true }));
  const look = () => {
    const links = [...document.querySelectorAll('.job-link')];
    const there = links.length && links.every((link) => link.textContent.toLowerCase().includes(text));
    requestAnimationFrame(there ? () => resolve(performance.now() - started) : look);
  };
  look();
})"""

# From the element with the run's data to graph, timeline and table on screen.
DRAWN = """() => new Promise((resolve) => {
  const holders = [...document.querySelectorAll('[data-draw]')];
  const started = performance.now();
  for (const holder of holders) {
    const value = holder.dataset.value;
    holder.replaceChildren();
    holder.setAttribute('data-value', value + ' ');
  }
  const look = () => {
    const there = document.querySelectorAll('.graph-task').length >= %d
      && document.querySelectorAll('.timeline-task').length >= %d;
    requestAnimationFrame(there ? () => resolve(performance.now() - started) : look);
  };
  look();
})""" % (TASKS, TASKS)  # braces are JavaScript's


def forget(context: BrowserContext, page: Page, site: SandboxClient) -> None:
    page.goto(site.content_url + "identity")
    page.get_by_text("Obtained").wait_for()
    for step in ("end", "continue"):
        assert context.request.post(f"{site.content_url}session/{step}").ok
    # The credential is exchanged anew before what is measured.
    page.goto(site.content_url + "identity")
    page.get_by_text("Obtained").wait_for()


def there(page: Page, condition: str) -> float:
    return float(page.evaluate(THERE, condition))


def of_the_list(site: SandboxClient, context: BrowserContext, page: Page, jobs: int, runs: int) -> tuple[object, ...]:
    """One line of the table: medians of several first visits, then the second, the whole index and a search."""
    rows, cells, calls = [], [], []
    for _ in range(runs):
        forget(context, page, site)
        site.clear_calls()
        page.goto(site.content_url + "jobs")
        rows.append(there(page, ROWS))
        cells.append(there(page, CELLS))
        listed = 1 if jobs > 100 else site.count("workspace", "/jobs/list")
        calls.append(listed + site.count("workspace", "/jobs/runs/list"))
    whole = there(page, READ) / 1000
    pages = site.count("workspace", "/jobs/list")
    site.clear_calls()
    page.goto(site.content_url + "jobs")
    there(page, CELLS)
    second = site.count("workspace")
    search = statistics.median(float(page.evaluate(SEARCH, text)) for text in ("orchestrator", "ingest", "customer"))
    return (f"{jobs:,}", statistics.median(rows), statistics.median(cells), max(calls), second, pages, whole, search)


def waves(site: SandboxClient, context: BrowserContext, page: Page) -> float:
    """How many calls follow one another until every row has its runs: the list, then what passes between rows and runs,
    with a call so slow that little else counts."""
    forget(context, page, site)
    site.clear_faults()
    site.fault(route="/jobs/", delay=SLOW_SECONDS)
    page.goto(site.content_url + "jobs")
    rows = there(page, ROWS)
    cells = there(page, CELLS)
    site.clear_faults()
    site.fault(route="/api/", delay=CALL_SECONDS)
    return 1 + (cells - rows) / 1000 / SLOW_SECONDS


def of_a_run(site: SandboxClient, context: BrowserContext, page: Page, runs: int) -> list[tuple[object, ...]]:
    job = int(site.control("POST", "/jobs", {"count": 1, "runs": 1, "tasks": TASKS, "name": "Wide"})["job_id"])
    run = newest(site, job)
    loaded, drawn = [], []
    condition = f"document.querySelectorAll('.graph-task').length >= {TASKS}"
    for _ in range(runs):
        forget(context, page, site)
        page.goto(f"{site.content_url}jobs/{job}/runs/{run}")
        loaded.append(there(page, condition))
        drawn.append(float(page.evaluate(DRAWN)))
    started = api(site, "POST", "/run-now", {"job_id": job, "job_parameters": {"sandbox.seconds": "900"}})["run_id"]
    page.goto(f"{site.content_url}jobs/{job}/runs/{started}")
    there(page, condition)
    time.sleep(1)
    site.clear_calls()
    time.sleep(WATCHED)
    polls = site.count("workspace", "/jobs/runs/get")
    page.evaluate("Object.defineProperty(document, 'visibilityState', {value: 'hidden', configurable: true})")
    time.sleep(1)
    site.clear_calls()
    time.sleep(15)
    hidden = site.count("workspace")
    return [
        (f"page of a run of {TASKS} tasks, first visit (ms)", statistics.median(loaded), max(loaded), "–"),
        ("… of that, graph, timeline and table drawn anew (ms)", statistics.median(drawn), max(drawn), "1,000"),
        (f"calls in {WATCHED} s of watching it run", polls, polls, str(WATCHED // 5)),
        ("calls in 15 s while hidden", hidden, hidden, "0"),
    ]


def api(site: SandboxClient, method: str, path: str, body: dict[str, object] | None = None) -> dict[str, object]:
    """The workspace's API, as the engineer."""
    answer = site.http.request(
        method,
        f"{site.workspace_url}/api/2.2/jobs{path}",
        json=body,
        headers={"Authorization": "Bearer dapi-engineer"},
        verify=site.ca_bundle,
        timeout=30,
    )
    assert answer.ok, answer.text
    return dict(answer.json())


def newest(site: SandboxClient, job: int) -> int:
    return int(api(site, "GET", f"/runs/list?job_id={job}&limit=1")["runs"][0]["run_id"])  # type: ignore[index]


def with_page(site: SandboxClient, measure: Callable[[BrowserContext, Page], None]) -> None:
    with sync_playwright() as playwright:
        chromium = "/usr/bin/chromium" if Path("/usr/bin/chromium").exists() else None
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        assert context.request.post(site.connect_url + "/__login__", form={"viewer": "engineer"}).ok
        measure(context, context.new_page())
        browser.close()


def main(runs: int = RUNS) -> None:
    site = start_sandbox("--eager", "--content-dir", str(ROOT), "--content-command", CONTENT)
    lines: list[tuple[object, ...]] = []
    others: list[tuple[object, ...]] = []

    def measure(context: BrowserContext, page: Page) -> None:
        site.fault(route="/api/", delay=CALL_SECONDS)
        page.goto(site.content_url + "jobs")  # what the first visitor of a process pays for
        there(page, CELLS)
        known = 40
        for jobs in (100, 1_000, 10_000):
            site.control("POST", "/jobs", {"count": jobs - known, "runs": 3})
            known = jobs
            lines.append(of_the_list(site, context, page, jobs, runs))
        counted = waves(site, context, page)
        others.append(("waves of calls until each row has its runs", counted, counted, "5"))
        others.extend(of_a_run(site, context, page, runs))

    try:
        with_page(site, measure)
    finally:
        site.stop()
    header = ("jobs", "rows", "with runs", "calls", "2nd: calls", "pages read", "all read (s)", "search")
    title = f"/jobs with {CALL_SECONDS * 1000:.0f} ms a call of Databricks, medians of {runs} first visits (ms)"
    table(title, header, lines)
    table("A run", ("what", "median", "worst", "target"), others)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else RUNS)
