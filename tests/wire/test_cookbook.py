"""Each page of docs/cookbook works, as a viewer sees it, and says whose identity acts."""

from __future__ import annotations

import re
import shutil
import uuid
from collections.abc import Iterator

import pytest
from databricks.sdk import WorkspaceClient

from portal.sandbox.lakeview import store as lakeview
from tests.portal_process import Portal, connect_variables, start_portal
from tests.sandbox_client import ROOT, SandboxClient
from tests.wire.sql_clients import connection

COOKBOOK = ROOT / "docs" / "cookbook"
PAGES = sorted(path.stem for path in COOKBOOK.glob("*.py"))
TARGETS = "main.analyst_west.targets"
DASHBOARD = uuid.uuid5(lakeview.NAMESPACE, "Sales overview").hex
SHOWN = {
    "read_table": ("read-table", ["Orders", "west"]),
    "edit_table": ("edit-table", ["Region", "Target", "Save"]),
    "volume_files": ("volume-files", ["readme.txt", "data-file-ticket", "/Volumes/main/sales/landing"]),
    "list_catalogs": ("list-catalogs", ["samples", "nyctaxi", "main", "sales"]),
    "run_job": ("run-job?job={job}", ["Run"]),
    "job_results": ("job-results?run={run}", ["The run's state: "]),
    "current_user": ("current-user", ["analyst.west@example.com", "connect"]),
    "serving_endpoint": ("serving-endpoint", ["About $10.00"]),
    "charts": ("charts", ["sunburst", "Amount by product"]),
    "a_map": ("a-map", ["choropleth", "Stores by country"]),
    "a_dashboard": (f"a-dashboard?id={DASHBOARD}", ["Sales overview"]),
}
"""By its file: the address, and what is there once it has loaded."""


@pytest.fixture(scope="module")
def portal(sandbox_process: SandboxClient, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """The portal with the recipes among its pages, where a team would copy them to."""
    root = tmp_path_factory.mktemp("cookbook")
    shutil.copytree(ROOT / "pages", root / "pages", ignore=shutil.ignore_patterns("__pycache__"))
    for name in PAGES:
        shutil.copy(COOKBOOK / f"{name}.py", root / "pages" / f"cookbook_{name}.py")
    for name in ("assets", "portal", "wsgi.py", "gunicorn.conf.py", "requirements.txt"):
        (root / name).symlink_to(ROOT / name)
    variables = connect_variables(sandbox_process, PORTAL_SQL_MODE="full")
    running = start_portal(variables, "--workers", "1", "--threads", "8", root=root)
    yield running.settle()
    running.stop()


def test_every_recipe_has_its_page_and_is_listed():
    assert set(PAGES) == set(SHOWN)
    text = (COOKBOOK / "README.md").read_text(encoding="utf-8")
    assert set(re.findall(r"\]\((\w+)\.py\)", text)) == set(PAGES)


@pytest.mark.parametrize("name", PAGES)
def test_it_says_whose_identity_acts(name: str):
    assert "Acts as: the" in (COOKBOOK / f"{name}.py").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", PAGES)
def test_it_works(portal: Portal, sandbox: SandboxClient, name: str):
    address, expected = SHOWN[name]
    if "{" in address:
        client = WorkspaceClient(host=sandbox.workspace_url, token="dapi-analyst-west")
        run = next(iter(client.jobs.list_runs(completed_only=True, limit=1)))
        address = address.format(job=run.job_id, run=run.run_id)
    if name == "edit_table":
        with connection(sandbox, "analyst-west") as opened, opened.cursor() as cursor:
            columns = "(id BIGINT, region STRING, target DOUBLE, version BIGINT)"
            cursor.execute(f"CREATE OR REPLACE TABLE {TARGETS} {columns}")
            cursor.execute(f"INSERT INTO {TARGETS} VALUES (1, 'west', 100.0, 1)")
    text = portal.page(f"cookbook/{address}", sandbox.session("analyst-west"))
    for part in expected:
        assert part in text, text[:3000]
    for state in ("is-bad", "Something went wrong", "Not permitted", "Not found"):
        assert state not in text, text[:3000]


def test_without_a_viewer_a_recipe_shows_nothing(portal: Portal, sandbox: SandboxClient):
    for name in ("read_table", "volume_files", "serving_endpoint"):
        text = portal.page(f"cookbook/{SHOWN[name][0]}")
        assert "Sign in to Connect" in text
        assert not any(part in text for part in ("readme.txt", "About $", "customer_email"))
