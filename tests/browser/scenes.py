"""Every page and every state, each as one visit: what is compared as pictures and read by axe (`test_scenes.py`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from playwright.sync_api import expect

from tests.browser.dashboards_page import Board, sample
from tests.browser.jobs_api import job_id, newest
from tests.browser.jobs_pages import JobList, JobPage, RunPage
from tests.browser.pages import Portal
from tests.browser.warehouse_page import Warehouse
from tests.sandbox_client import SandboxClient

Prepare = Callable[[SandboxClient], Any]
Address = Callable[[SandboxClient], str]
Act = Callable[[Portal], Any]

MOST = 0.025
DENSE = 0.07
"""Shares of blocks that may be unlike (`tests.browser.likeness`): dense are charts, whose frame follows the width of
their labels, and code that wraps."""
SQL = "SELECT order_id, region, amount, quantity FROM main.sales.orders WHERE region = 'west' ORDER BY order_id"
WITH_PARAMETER = SQL.replace("'west'", ":region")
NO = {"error_code": "PERMISSION_DENIED", "message": "You do not have permission to list warehouses."}


@dataclass(frozen=True)
class Scene:
    """`before` sets the sandbox up, `act` brings the opened page to what is shown and waits until it is there.

    `path` may need the sandbox: ids of jobs and runs are its own. Without `forget` the portal has not met this session
    yet, so that its exchange is still to come.
    """

    name: str
    path: str | Address
    act: Act
    before: Prepare | None = None
    viewer: str = "engineer"
    forget: bool = True
    most: float = MOST

    def address(self, site: SandboxClient) -> str:
        return self.path if isinstance(self.path, str) else self.path(site)


# What is waited for


def _home(portal: Portal) -> None:
    portal.grid("Trips").expect_rows(10)
    expect(portal.page.get_by_role("heading", name="Your jobs")).to_be_visible()


def _trips(portal: Portal) -> None:
    portal.grid("Trips").expect_shown()
    expect(portal.page.locator(".bars .point")).to_have_count(24)


def _warehouse(portal: Portal) -> None:
    page = Warehouse(portal).ready()
    page.write(WITH_PARAMETER)
    portal.page.get_by_label(":region", exact=True).fill("west")
    page.run()
    page.expect_state("Succeeded")
    expect(page.result.cells.first).not_to_be_empty()


def _statement_failed(portal: Portal) -> None:
    page = Warehouse(portal).ready()
    page.run("SELECT nope FROM main.sales.orders")
    portal.state("The statement failed").expect_shown()


def _catalog(portal: Portal) -> None:
    expect(portal.page.get_by_role("tree", name="Catalog").get_by_role("treeitem").nth(1)).to_be_visible()


def _dashboards(portal: Portal) -> None:
    portal.grid("Dashboards").expect_shown()
    expect(portal.page.locator(".board-fact.is-waiting")).to_have_count(0)


def _dashboard(portal: Portal) -> None:
    page = Board(portal)
    for name in ("revenue", "orders_count", "monthly_revenue", "by_product", "over_time"):
        expect(page.tile(name)).to_have_attribute("data-state", "drawn")


def _job(portal: Portal) -> None:
    JobPage(portal).graph.expect_tasks(5)


def _run(portal: Portal) -> None:
    run = RunPage(portal)
    run.graph.expect_tasks(5)
    expect(run.details).to_contain_text("Task is_full")


def _starts(portal: Portal) -> None:
    page = Warehouse(portal).ready()
    page.run(SQL)
    page.expect_state("Warehouse starting")


def _shows(title: str) -> Act:
    return lambda portal: portal.state(title).expect_shown()


def _nothing(portal: Portal) -> None:
    portal.expect_heading("Not found")


def _loading(portal: Portal) -> None:
    expect(portal.page.get_by_text("Loading rows…")).to_be_attached()


def _ended(portal: Portal) -> None:
    portal.expect_no_loading()
    portal.viewer_menu.click()
    portal.page.get_by_role("button", name="End session").click()
    portal.state("Session ended").expect_shown()


def _palette(portal: Portal) -> None:
    portal.expect_no_loading()
    portal.page.keyboard.press("Control+k")
    portal.page.get_by_role("combobox").fill("orders")
    expect(portal.page.get_by_role("option").nth(2)).to_be_visible()


def _menu(portal: Portal) -> None:
    portal.expect_no_loading()
    portal.viewer_menu.click()
    expect(portal.page.get_by_role("group", name="Theme")).to_be_visible()


# What is set up


def _refusing(status: int, route: str = "/api/2.0/sql/warehouses", **more: Any) -> Prepare:
    return lambda site: site.fault(route=route, status=status, **more)


def _exchange(status: int, code: int) -> Prepare:
    body = {"code": code, "error": "told by Connect", "payload": None}
    return lambda site: site.fault("connect", "oauth/integrations/credentials", status=status, body=body)


def _starting(site: SandboxClient) -> None:
    site.control("POST", f"/warehouses/{site.warehouse_id}", {"state": "STOPPED", "start_seconds": 600})


def _a_job(site: SandboxClient) -> str:
    return f"/jobs/{job_id(site, 'Month-end close')}"


def _a_run(site: SandboxClient) -> str:
    job = job_id(site, "Month-end close")
    return f"/jobs/{job}/runs/{newest(site, job)}?task=is_full"


SCENES = (
    # Pages
    Scene("home", "/", _home),
    Scene("trips", "/trips", _trips, most=DENSE),
    Scene("identity", "/identity", Portal.expect_no_loading),
    Scene("warehouse", "/warehouse", _warehouse),
    Scene("catalog", "/catalog", _catalog),
    Scene("table", "/catalog/main/sales/orders", _catalog),
    Scene("queries", "/queries", Portal.expect_no_loading, most=DENSE),
    Scene("dashboards", "/dashboards", _dashboards),
    Scene("dashboard", f"/dashboards/{sample('Sales overview')}", _dashboard, viewer="analyst-west", most=DENSE),
    Scene("jobs", "/jobs", lambda portal: JobList(portal).expect_runs_shown(), most=DENSE),
    Scene("job", _a_job, _job),
    Scene("run", _a_run, _run, most=DENSE),
    Scene("no-such-page", "/no-such-page", _nothing),
    Scene("palette", "/identity", _palette),
    Scene("menu", "/identity", _menu),
    Scene("embedded", "/trips?embed=true", _trips, most=DENSE),
    # States
    Scene("loading", "/", _loading, lambda site: site.fault(delay=60), viewer="analyst-east"),
    Scene("empty", "/trips?zip=99999", _shows("No trips")),
    Scene("sign-in-to-databricks", "/", _shows("Sign in to Databricks"), viewer="newcomer"),
    Scene("sign-in-to-connect", "/", _shows("Sign in to Connect"), _exchange(401, 215), forget=False),
    Scene("session-ended", "/identity", _ended),
    Scene("not-set-up", "/", _shows("Not set up"), _exchange(400, 212), forget=False),
    Scene("not-permitted", "/", _shows("Not permitted"), _refusing(403, body=NO), viewer="analyst-west"),
    Scene("not-found", "/jobs/999", _shows("Not found")),
    Scene("busy", "/", _shows("Busy, retrying"), _refusing(429, headers={"Retry-After": "60"}), viewer="analyst-west"),
    Scene("unreachable", "/", _shows("Service unreachable"), _refusing(500), viewer="analyst-west"),
    Scene("warehouse-starting", "/warehouse", _starts, _starting),
    Scene("statement-failed", "/warehouse", _statement_failed, most=DENSE),
)
