"""The warehouse page: first rows, jumps in large results, downloads and memory, each beside its baseline.

The baselines run in the same minutes over the same wire: the bare SDK's execute and first chunk for "first rows", and a
script that fetches the same chunks by the same API and writes them with pyarrow for the downloads. Rounds alternate
between the two, and medians are shown, since a shared machine is not equally busy all the time.

Memory is the worker's own: its resident set (VmRSS) before and after, and its peak (VmHWM) over a download.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import requests
from playwright.sync_api import Browser, Page, sync_playwright
from pyarrow import csv

from tests.bench.load import table
from tests.browser.conftest import QUIET, chromium
from tests.portal_process import HEADER, Portal, connect_variables, start_portal
from tests.sandbox_client import ROOT, SandboxClient, start_sandbox

MILLION = "SELECT * FROM main.bench.events_1m"
TEN_MILLION = "SELECT * FROM main.bench.events_10m"
SMALL = "SELECT order_id, region, amount FROM main.sales.orders LIMIT 100"
CONTENT = f"{sys.executable} -m gunicorn wsgi:server --workers 1 --threads 16 --bind 127.0.0.1:{{port}}"
Row = tuple[Any, ...]


# The API, as a bare client uses it


def api(sandbox: SandboxClient, session: requests.Session, method: str, path: str, body: Any = None) -> Any:
    answer = session.request(method, sandbox.workspace_url + path, json=body, timeout=120)
    answer.raise_for_status()
    return answer.json()


def client(sandbox: SandboxClient, viewer: str = "engineer") -> requests.Session:
    session = requests.Session()
    session.verify = sandbox.ca_bundle
    session.headers["Authorization"] = f"Bearer dapi-{viewer}"
    return session


def statement(sandbox: SandboxClient, sql: str, viewer: str = "engineer") -> str:
    """Run to the end; its id."""
    with client(sandbox, viewer) as session:
        body = {"statement": sql, "warehouse_id": sandbox.warehouse_id, "disposition": "EXTERNAL_LINKS",
                "format": "ARROW_STREAM", "wait_timeout": "0s"}  # fmt: skip
        answer = api(sandbox, session, "POST", "/api/2.0/sql/statements", body)
        while answer["status"]["state"] in {"PENDING", "RUNNING"}:
            time.sleep(0.1)
            answer = api(sandbox, session, "GET", f"/api/2.0/sql/statements/{answer['statement_id']}")
        assert answer["status"]["state"] == "SUCCEEDED", answer["status"]
        return str(answer["statement_id"])


def chunks(sandbox: SandboxClient, statement_id: str) -> Any:
    """Every chunk as a table, one after the other: what a short script does."""
    with client(sandbox) as session, requests.Session() as storage:
        storage.verify = sandbox.ca_bundle
        manifest = api(sandbox, session, "GET", f"/api/2.0/sql/statements/{statement_id}")["manifest"]
        for index in range(manifest["total_chunk_count"]):
            data = api(sandbox, session, "GET", f"/api/2.0/sql/statements/{statement_id}/result/chunks/{index}")
            content = storage.get(data["external_links"][0]["external_link"], timeout=120).content
            with pa.ipc.open_stream(content) as reader:
                yield reader.read_all()


# First rows


def bare(sandbox: SandboxClient, sql: str, limit: int | None = None) -> Callable[[], float]:
    """Seconds of the SDK's execute and of fetching the first chunk, with a client that is warm."""
    from databricks.sdk import WorkspaceClient
    from databricks.sdk.service import sql as sdk

    made = WorkspaceClient(host=sandbox.workspace_url, token="dapi-engineer", auth_type="pat")
    storage = requests.Session()

    def once() -> float:
        started = time.perf_counter()
        answer = made.statement_execution.execute_statement(
            statement=sql, warehouse_id=sandbox.warehouse_id, wait_timeout="30s", row_limit=limit,
            disposition=sdk.Disposition.EXTERNAL_LINKS, format=sdk.Format.ARROW_STREAM,
        )  # fmt: skip
        assert answer.result is not None
        assert answer.result.external_links
        with pa.ipc.open_stream(
            storage.get(str(answer.result.external_links[0].external_link), timeout=60).content
        ) as r:
            assert r.read_all().num_rows > 0
        return time.perf_counter() - started

    return once


PAINTED = """([sql, first]) => new Promise((resolve) => {
  const before = document.querySelector('[data-panel]')?.dataset.panel;
  portal.editor.write(sql);
  const started = performance.now();
  const look = () => {
    const panel = document.querySelector('[data-panel]');
    const cell = panel && panel.dataset.panel !== before && panel.querySelector('[row-index="0"] [col-id="c0"]');
    if (cell && cell.textContent === first) requestAnimationFrame(() => resolve(performance.now() - started));
    else requestAnimationFrame(look);
  };
  document.getElementById('warehouse-run').click();
  look();
})"""

JUMP = """(row) => new Promise((resolve) => {
  const id = document.querySelector('[data-panel]').dataset.panel;
  const { api } = portal.result(id);
  const started = performance.now();
  api.ensureIndexVisible(row, 'top');
  const look = () => {
    const cell = document.querySelector(`[row-index="${row}"] [col-id="c0"]`);
    if (cell && cell.textContent === String(row)) resolve(performance.now() - started);
    else requestAnimationFrame(look);
  };
  look();
})"""


def paint(page: Page, sql: str, first: str) -> float:
    """Milliseconds from the click on Run to the first row's cell on screen."""
    return float(page.evaluate(PAINTED, [sql, first]))


def jumps(page: Page, sandbox: SandboxClient, total: int) -> tuple[list[float], list[float]]:
    """To rows of chunks that the portal has not fetched, and to the same rows again from the portal's own store."""
    (statement_id,) = page.evaluate("[document.querySelector('[data-panel]').dataset.panel]")
    with client(sandbox) as session:
        listed = api(sandbox, session, "GET", f"/api/2.0/sql/statements/{statement_id}")["manifest"]["chunks"]
    # Every other chunk: the one after a window is fetched ahead, and would not be cold.
    wanted = [one["row_offset"] + one["row_count"] // 5 for one in listed[2::2]][:8]
    cold = [float(page.evaluate(JUMP, row)) for row in wanted]
    # Other rows of the same chunks, each a window that the grid does not have; the portal has their chunks.
    page.evaluate(JUMP, total - 50)
    warm = [float(page.evaluate(JUMP, row + 1_000 * n)) for n in range(1, 4) for row in wanted[-4:]]
    return cold, warm


def in_the_browser(rounds: int) -> list[Row]:
    site = start_sandbox("--eager", "--content-dir", str(ROOT), "--content-command", CONTENT)
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"):
        os.environ[name] = site.ca_bundle
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium(), args=QUIET)
            context = browser.new_context(viewport={"width": 1440, "height": 900})
            context.request.post(site.connect_url + "/__login__", form={"viewer": "engineer"}, max_redirects=0)
            page = context.new_page()
            page.goto(site.content_url + "warehouse")
            page.locator(".cm-editor").wait_for()
            baseline = bare(site, SMALL, 1000)
            paint(page, SMALL, "100000")
            baseline()
            painted, executed = [], []
            for _ in range(rounds):
                painted.append(paint(page, SMALL, "100000"))
                executed.append(baseline() * 1000)
            page.get_by_label("Rows", exact=True).select_option("all")
            rows: list[Row] = [
                ("small query: run to first rows painted", ms(painted), f"SDK {ms(executed)}",
                 f"+{statistics.median(painted) - statistics.median(executed):.0f} ms", "≤ +250 ms"),
            ]  # fmt: skip
            for name, sql, total in (("1M x 6", MILLION, 1_000_000), ("10M x 6", TEN_MILLION, 10_000_000)):
                first = paint(page, sql, "0")
                executed = bare(site, sql)() * 1000
                cold, warm = jumps(page, site, total)
                rows += [
                    (
                        f"{name}: run to first rows painted",
                        f"{first:.0f} ms",
                        f"SDK {executed:.0f} ms",
                        f"+{first - executed:.0f} ms",
                        "after one chunk",
                    ),
                    (f"{name}: jump, chunk cold (worst {max(cold):.0f})", ms(cold), "", "", "≤ 300 ms"),
                    (f"{name}: jump, chunk warm (worst {max(warm):.0f})", ms(warm), "", "", "≤ 100 ms"),
                ]
            rows.append(to_disk(browser, page))
            browser.close()
            return rows
    finally:
        site.stop()


def to_disk(browser: Browser, page: Page) -> Row:
    """The CSV of the result that shows, as the browser downloads it: what all of its processes grow by at most."""

    def resident() -> float:
        listed = browser.new_browser_cdp_session().send("SystemInfo.getProcessInfo")["processInfo"]
        alive = [int(one["id"]) for one in listed if Path(f"/proc/{one['id']}/status").exists()]
        return sum(memory(pid, "VmRSS") for pid in alive)

    before = most = resident()
    started = time.perf_counter()
    with page.expect_download(timeout=60_000) as found:
        page.locator("summary", has_text="Download").click()
        page.locator("[data-download=csv]").click()
    note = page.locator("[data-part=note]")
    while "downloaded" not in note.inner_text():
        most = max(most, resident())
        page.wait_for_timeout(500)
    size = Path(found.value.path()).stat().st_size / 1e6
    what = f"10M x 6: CSV of {size:.0f} MB by the browser"
    return (what, f"{time.perf_counter() - started:.0f} s", "", f"{most - before:+.0f} MB", "flat")


# Downloads and memory


def memory(pid: int, name: str) -> float:
    """MB of one of /proc's figures."""
    line = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith(name))
    return int(line.split()[1]) / 1024


def reset_peak(pid: int) -> None:
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def download(portal: Portal, token: str, statement_id: str, extension: str) -> float:
    """Seconds to have the whole file on disk."""
    started = time.perf_counter()
    with (
        tempfile.NamedTemporaryFile() as file,
        requests.post(
            f"{portal.url}results/{statement_id}/download/{extension}",
            headers={HEADER: token},
            stream=True,
            timeout=600,
        ) as answer,
    ):
        answer.raise_for_status()
        for piece in answer.iter_content(1 << 20):
            file.write(piece)
        file.flush()
        return time.perf_counter() - started


def script(sandbox: SandboxClient, statement_id: str, extension: str) -> float:
    """The same with pyarrow alone."""
    started = time.perf_counter()
    with tempfile.NamedTemporaryFile() as file:
        writer: Any = None
        for part in chunks(sandbox, statement_id):
            if writer is None:
                writer = csv.CSVWriter(file, part.schema) if extension == "csv" else pq.ParquetWriter(file, part.schema)
            writer.write_table(part)
        writer.close()
        file.flush()
    return time.perf_counter() - started


def out_of_the_portal(rounds: int) -> list[Row]:
    sandbox = start_sandbox("--more-viewers", "10")
    os.environ["REQUESTS_CA_BUNDLE"] = sandbox.ca_bundle
    portal = start_portal(connect_variables(sandbox), "--workers", "1", "--threads", "16")
    rows: list[Row] = []
    try:
        (pid,) = portal.workers()
        token = sandbox.session("engineer")
        million = statement(sandbox, MILLION)
        download(portal, token, million, "arrows")
        for extension in ("csv", "parquet"):
            ours, theirs = [], []
            for _ in range(rounds):
                ours.append(download(portal, token, million, extension))
                theirs.append(script(sandbox, million, extension))
            share = statistics.median(theirs) / statistics.median(ours)
            rows.append((f"{extension} of 1M x 6", seconds(ours), f"script {seconds(theirs)}", f"{share:.2f}", "≥ 0.7"))
        rows.append(("xlsx of 1M x 6", seconds([download(portal, token, million, "xlsx")]), "", "", "≤ 60 s"))
        ten = statement(sandbox, TEN_MILLION)
        for extension in ("csv", "parquet", "xlsx"):
            before = memory(pid, "VmRSS")
            reset_peak(pid)
            took = download(portal, token, ten, extension)
            peak = memory(pid, "VmHWM") - before
            what = f"{extension} of 10M x 6" + (" (to Excel's row limit)" if extension == "xlsx" else "")
            rows.append((f"{what}: peak", f"{peak:+.0f} MB", f"in {took:.1f} s", "", "≤ +150 MB"))
        rows.append(ten_viewers(sandbox))
    finally:
        portal.stop()
        sandbox.stop()
    return rows


def ten_viewers(sandbox: SandboxClient) -> Row:
    """Ten viewers with a result of a million rows each, all of its chunks looked at, in a fresh worker."""
    portal = start_portal(connect_variables(sandbox), "--workers", "1", "--threads", "16")
    try:
        (pid,) = portal.workers()
        viewers = [f"analyst-{number:03}" for number in range(1, 11)]
        opened = [(sandbox.session(viewer), statement(sandbox, MILLION, viewer)) for viewer in viewers]

        def look(token: str, statement_id: str, start: int) -> None:
            answer = portal.post(f"results/{statement_id}/rows", token, json={"start": start, "stop": start + 200})
            assert answer.status_code == 200, answer.text

        # The clients are built and the libraries are loaded by the first look of anyone.
        look(sandbox.session("engineer"), statement(sandbox, "SELECT * FROM main.bench.events_1k"), 0)
        before = memory(pid, "VmRSS")
        for start in range(0, 1_000_000, 100_000):
            for token, statement_id in opened:
                look(token, statement_id, start)
        added = memory(pid, "VmRSS") - before
        return ("ten viewers with 1M rows each, all looked at", f"{added:+.0f} MB", "", "", "≤ +250 MB")
    finally:
        portal.stop()


def ms(values: list[float]) -> str:
    return f"{statistics.median(values):.0f} ms"


def seconds(values: list[float]) -> str:
    return f"{statistics.median(values):.2f} s"


def main(rounds: int = 5) -> None:
    rows = in_the_browser(rounds * 3) + out_of_the_portal(rounds)
    table("The warehouse page", ("what", "measured", "baseline", "difference", "target"), rows)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
