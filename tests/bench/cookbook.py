"""`python -m tests.bench.cookbook FOLDER PYTHON`: the vendor's Apps cookbook for Dash against ours, recipe by recipe.

FOLDER is the `dash` folder of a checkout of it, PYTHON an environment that has what its requirements.txt names (of
databricks-connect, mcp and psycopg nothing is asked: pages that are not compared are left out). Each visit ends when
the recipe has done what it is for. A first visit is a browser that has never been here, as a viewer of whom the portal
keeps nothing; a second is another tab of it. The vendor's recipes act as the application, so they have no exchange.
Not compared is the upload: the vendor's looks for a grant to the person, and refuses who has it by a group.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import statistics
import subprocess
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import requests
from databricks.sdk import WorkspaceClient
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.bench.load import table
from tests.bench.pages import FLAGS
from tests.browser.conftest import chromium
from tests.portal_process import HEADER, connect_variables, free_port, start_portal
from tests.sandbox_client import ROOT, SandboxClient, start_sandbox
from tests.wire.sql_clients import connection

RUNS = 5
VIEWER = "analyst-west"
ME = "analyst.west@example.com"
TARGETS = "main.analyst_west.targets"
README = "/Volumes/main/sales/landing/readme.txt"
ROWS = "SELECT * FROM main.sales.orders WHERE amount > 500 LIMIT 100"
PAGES = ("book_intro", "ml_serving_invoke", "tables_edit", "tables_read", "users_get_current", "volumes_download",
         "workflows_get_results", "workflows_run")  # fmt: skip
ALONE = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"
"""Other hosts, from which the vendor's pages take icons and a style sheet, are not waited for."""
SERVED = """
from urllib.parse import urlsplit

from databricks import sql


def connect(server_hostname, made=sql.connect, **more):
    where = urlsplit(server_hostname)
    return made(server_hostname=where.hostname, _port=where.port, enable_telemetry=False, **more)


sql.connect = connect  # a workspace's port is 443, the sandbox's is not, and telemetry goes to 443 alone

from app import app

server = app.server
"""
"""What gunicorn serves of the vendor's."""
Act = Callable[[Page], None]


@dataclass(frozen=True)
class Recipe:
    """An address of each cookbook, and what a viewer does there until it is done."""

    name: str
    theirs: tuple[str, Act]
    ours: tuple[str, Act]


@dataclass(frozen=True)
class Facts:
    """What pages are told of the sandbox."""

    path: str
    job: int
    run: int
    task_run: int


@dataclass
class App:
    """A running cookbook. `fresh` makes its viewer one of whom nothing is kept, and returns their headers; `workers`
    are the processes that answer."""

    url: str
    fresh: Callable[[], dict[str, str]]
    workers: Callable[[], list[int]] = list


@dataclass(frozen=True)
class Visit:
    milliseconds: float
    requests: int
    exchanges: int
    calls: int


def shown(text: str) -> Act:
    return lambda page: expect(page.get_by_text(text).first).to_be_visible(timeout=60_000)


def rows(page: Page) -> None:
    expect(page.locator(".ag-row").first).to_be_visible(timeout=60_000)


def filled(button: str, done: Act, **fields: str) -> Act:
    def act(page: Page) -> None:
        for name, value in fields.items():
            page.fill(f"#{name.replace('_', '-')}", value)
        page.click(f"#{button}")
        done(page)

    return act


def recipes(facts: Facts) -> tuple[Recipe, ...]:
    def download(page: Page) -> None:
        filled("get-file-button", shown("Download file"), file_path_input=README)(page)
        with page.expect_download():
            page.get_by_role("button", name="Download file").click()

    def our_download(page: Page) -> None:
        with page.expect_download():
            page.get_by_role("button", name="Download readme.txt").click()

    def ask(page: Page) -> None:
        page.click("#model-select")
        page.get_by_text("taxi-fare", exact=True).click()
        page.get_by_text("Traditional ML", exact=True).click()
        filled("ml-invoke-button", shown("10.0"), ml_input='[{"trip_distance": 2}]')(page)

    def our_run(page: Page) -> None:
        page.get_by_role("button", name="Run now").click()
        page.get_by_role("dialog").get_by_role("button", name="Run now").click()
        region = page.get_by_role("region", name="Run", exact=True)
        expect(region).to_contain_text(re.compile("Started|Pending|Running|Succeeded"), timeout=60_000)

    read = filled(
        "load-button-read", shown("Table loaded"), http_path_input=facts.path, table_name_input=f"({ROWS})"
    )  # fmt: skip
    edit = filled(
        "load-button-edit", lambda page: page.wait_for_selector("#editing-table td"), http_path_input=facts.path,
        table_name_input=TARGETS,
    )  # fmt: skip
    run = filled(
        "trigger-button", shown("Workflow triggered"), job_id_input=str(facts.job),
        parameters_input='{"sandbox.seconds": "0.2"}',
    )  # fmt: skip
    results = filled("get-results-button", shown("results retrieved"), task_run_input=str(facts.task_run))
    state = shown("The run's state: ")
    return (
        Recipe("Read a table", ("tables/read", read), ("read-table", rows)),
        Recipe("Edit a table: load", ("tables/edit", edit), ("edit-table", rows)),
        Recipe("Download", ("volumes/download", download), ("volume-files", our_download)),
        Recipe("Current user", ("users/get-current", shown(ME)), ("current-user", shown(ME))),
        Recipe("Ask a model", ("ml/serving-invoke", ask), ("serving-endpoint", shown("About $10.00"))),
        Recipe("Run a job", ("workflows/run", run), (f"run-job?job={facts.job}", our_run)),
        Recipe("A run's results", ("workflows/get-results", results), (f"job-results?run={facts.run}", state)),
    )


def facts_of(sandbox: SandboxClient) -> Facts:
    client = WorkspaceClient(host=sandbox.workspace_url, token=f"dapi-{VIEWER}")
    job = next(job.job_id for job in client.jobs.list(name="Refresh sales marts"))
    run = next(iter(client.jobs.list_runs(job_id=job, completed_only=True, limit=1)))
    tasks = client.jobs.get_run(run.run_id or 0).tasks or []
    with connection(sandbox, VIEWER) as opened, opened.cursor() as cursor:
        cursor.execute(f"CREATE OR REPLACE TABLE {TARGETS} (id BIGINT, region STRING, target DOUBLE, version BIGINT)")
        cursor.execute(f"INSERT INTO {TARGETS} VALUES (1, 'west', 100.0, 1)")
    path = f"/sql/1.0/warehouses/{sandbox.facts['warehouse_id']}"
    return Facts(path, job or 0, run.run_id or 0, tasks[0].run_id or 0)


@contextmanager
def vendors(folder: Path, python: Path, sandbox: SandboxClient) -> Iterator[App]:
    """Its `app.py` under gunicorn, with those of its pages that are compared."""
    port = free_port()
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        for part in ("app.py", "assets"):
            copy = shutil.copytree if (folder / part).is_dir() else shutil.copy
            copy(folder / part, root / part)
        (root / "served.py").write_text(SERVED, encoding="utf-8")
        (root / "pages").mkdir()
        for page in PAGES:
            shutil.copy(folder / "pages" / f"{page}.py", root / "pages")
        environment = {
            "PATH": os.environ["PATH"], "HOME": name, "DATABRICKS_HOST": sandbox.workspace_url,
            "DATABRICKS_TOKEN": f"dapi-{VIEWER}", "SSL_CERT_FILE": sandbox.ca_bundle,
            "REQUESTS_CA_BUNDLE": sandbox.ca_bundle,
        }  # fmt: skip
        process = subprocess.Popen(
            [str(python), "-m", "gunicorn", "served:server", "--bind", f"127.0.0.1:{port}", "--threads", "8"],
            cwd=root, env=environment,
        )  # fmt: skip
        url = f"http://127.0.0.1:{port}/"
        try:
            _answers(url, process)
            # What Databricks Apps put before it tells who the viewer is.
            yield App(url, lambda: {"X-Forwarded-Email": ME})
        finally:
            process.terminate()
            process.wait(20)


def _answers(url: str, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + 120
    while process.poll() is None and time.monotonic() < until:
        try:
            if requests.get(url, timeout=5).status_code == 200:
                return
        except requests.RequestException:
            time.sleep(0.2)
    raise RuntimeError("the vendor's cookbook does not start: see what it said above")


@contextmanager
def ours(sandbox: SandboxClient) -> Iterator[App]:
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        shutil.copytree(ROOT / "pages", root / "pages", ignore=shutil.ignore_patterns("__pycache__"))
        for recipe in (ROOT / "docs" / "cookbook").glob("*.py"):
            shutil.copy(recipe, root / "pages" / f"cookbook_{recipe.name}")
        for part in ("assets", "portal", "wsgi.py", "gunicorn.conf.py", "requirements.txt"):
            (root / part).symlink_to(ROOT / part)
        variables = connect_variables(sandbox, PORTAL_SQL_MODE="full")
        portal = start_portal(variables, "--workers", "1", "--threads", "8", root=root).settle()

        def fresh() -> dict[str, str]:
            headers = {HEADER: sandbox.session(VIEWER)}
            for step in ("continue", "end", "continue"):
                requests.post(f"{portal.url}session/{step}", headers=headers, timeout=30)
            return {HEADER: sandbox.session(VIEWER)}

        try:
            yield App(f"{portal.url}cookbook/", fresh, portal.workers)
        finally:
            portal.stop()


def visited(sandbox: SandboxClient, context: BrowserContext, app: App, path: str, act: Act) -> Visit:
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(urlsplit(request.url).netloc))
    sandbox.clear_calls()
    page.goto(app.url + path, wait_until="commit")
    act(page)
    took = float(page.evaluate("performance.now()"))
    exchanges = sandbox.count("connect", "credentials")
    calls = sum(call.count for call in sandbox.calls() if call.where != "connect")
    page.close()
    own = sum(netloc == urlsplit(app.url).netloc for netloc in asked)
    return Visit(took, own, exchanges, calls)


def both(browser: Browser, sandbox: SandboxClient, app: App, path: str, act: Act) -> tuple[Visit, Visit]:
    context = browser.new_context(locale="en-GB", extra_http_headers=app.fresh())
    context.set_default_timeout(60_000)
    try:
        return (
            visited(sandbox, context, app, path, act),
            visited(sandbox, context, app, path, act),
        )
    finally:
        context.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="the dash folder of a checkout of the vendor's cookbook")
    parser.add_argument("python", type=Path, help="the Python of an environment for it")
    parser.add_argument("--runs", type=int, default=RUNS)
    given = parser.parse_args()
    sandbox = start_sandbox()
    for variable in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"):
        os.environ[variable] = sandbox.ca_bundle
    found: dict[tuple[str, str], list[tuple[Visit, Visit]]] = defaultdict(list)
    try:
        chosen = recipes(facts_of(sandbox))
        with (
            vendors(given.folder.absolute(), given.python.absolute(), sandbox) as theirs,
            ours(sandbox) as mine,
            sync_playwright() as playwright,
        ):
            browser = playwright.chromium.launch(executable_path=chromium(), args=[*FLAGS, ALONE])
            for _ in range(given.runs):
                for recipe in chosen:
                    found[recipe.name, "vendor"].append(both(browser, sandbox, theirs, *recipe.theirs))
                    found[recipe.name, "portal"].append(both(browser, sandbox, mine, *recipe.ours))
            browser.close()
    finally:
        sandbox.stop()
    heads = ("requests", "exchanges", "API calls", "ms")
    for number, name in enumerate(("First visit", "Second visit")):
        lines = [(*key, *_row([pair[number] for pair in pairs])) for key, pairs in found.items()]
        table(f"{name}: medians of {given.runs}", ("recipe", "whose", *heads), lines)


def _row(visits: list[Visit]) -> list[str]:
    facts = ("requests", "exchanges", "calls", "milliseconds")
    return [f"{statistics.median(getattr(visit, fact) for visit in visits):.0f}" for fact in facts]


if __name__ == "__main__":
    main()
