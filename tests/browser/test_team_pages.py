"""A team's own pages (`tests/team_pages`), in a folder of `pages/`: what `portal.api` has for them, in a browser."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from portal import build
from tests.browser.conftest import CONTENT, Visit
from tests.browser.jobs_api import job_id
from tests.sandbox_client import ROOT, SandboxClient, start_sandbox
from tests.wire.sql_clients import connection

TARGETS = "main.analyst_west.targets"
CREATE = f"CREATE OR REPLACE TABLE {TARGETS} (id BIGINT, region STRING, target DOUBLE, version BIGINT, by STRING)"


@pytest.fixture(scope="module")
def connect(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxClient]:
    """A portal with the team's pages, which may write."""
    build.build()
    root = tmp_path_factory.mktemp("portal")
    shutil.copytree(ROOT / "pages", root / "pages", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copytree(ROOT / "tests" / "team_pages", root / "pages" / "team", ignore=shutil.ignore_patterns("__*__*"))
    for name in ("assets", "portal", "wsgi.py", "gunicorn.conf.py", "requirements.txt"):
        (root / name).symlink_to(ROOT / name)
    client = start_sandbox(
        "--eager", "--content-dir", str(root), "--content-command", CONTENT,
        "--content-env", "PORTAL_SQL_MODE=full",
    )  # fmt: skip
    yield client
    client.stop()


@pytest.fixture
def trust(site: SandboxClient, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"):
        monkeypatch.setenv(variable, site.ca_bundle)


def run(site: SandboxClient, *statements: str) -> None:
    """SQL as analyst-west, beside the page."""
    with connection(site, "analyst-west") as opened, opened.cursor() as cursor:
        for sql in statements:
            cursor.execute(sql)


def test_filters_stand_in_the_address_and_orders_lead_to_their_page(visit: Visit):
    portal = visit("analyst-west", "/sales?region=west")
    page = portal.page
    expect(page.get_by_text("Revenue", exact=True)).to_be_visible()
    expect(page.get_by_role("img", name=re.compile("Revenue by month"))).to_be_visible()
    expect(page).to_have_url(re.compile(r"region=west.*start_date=2020-01-01"))
    link = page.get_by_role("grid", name="Orders").get_by_role("link").first
    number = link.inner_text()
    link.click()
    portal.expect_heading(f"Order {number}")
    expect(page.get_by_role("grid", name=f"Order {number}")).to_contain_text("west")
    portal.expect_accessible()


def test_what_is_no_number_is_no_page(visit: Visit):
    portal = visit("analyst-west", None)
    answer = portal.page.goto(portal.root + "sales/abc")
    assert answer is not None
    assert answer.status == 404
    portal.expect_heading("Not found")
    portal.open("/sales/99999999")
    expect(portal.page.get_by_text("There is no order 99999999")).to_be_visible()


def test_only_rows_that_changed_are_saved_and_a_conflict_is_told(visit: Visit, site: SandboxClient, trust: None):
    run(
        site,
        CREATE,
        f"INSERT INTO {TARGETS} VALUES (1, 'west', 100, 1, ''), (2, 'east', 200, 1, ''), (3, 'west', 5, 1, '')",
    )
    portal = visit("analyst-west", "/targets")
    page = portal.page
    grid = page.get_by_role("grid", name="targets")

    _edit(grid, 1, "a lot")
    expect(page.get_by_text("1 row changed, not saved yet")).to_be_visible()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("id 1: Target is a number, such as 2.5.")).to_be_visible()
    _edit(grid, 1, "150")
    _edit(grid, 2, "250")
    run(site, f"UPDATE {TARGETS} SET target = 999, version = version + 1 WHERE id = 2")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("1 row saved.")).to_be_visible()
    expect(page.get_by_text(re.compile(r"somebody else has changed or removed them meanwhile: 2\."))).to_be_visible()
    expect(_cell(grid, 1)).to_have_text("150")
    expect(_cell(grid, 2)).to_have_text("999")
    expect(page.get_by_role("button", name="Save")).to_be_disabled()

    new = page.get_by_role("group", name="Add")
    new.get_by_label("Id").fill("x")
    new.get_by_role("button", name="Add").click()
    expect(new.get_by_text("Id is a whole number, such as 12.")).to_be_visible()
    expect(new.get_by_text("Region is needed.")).to_be_visible()
    new.get_by_label("Id").fill("4")
    new.get_by_label("Region").select_option("north")
    new.get_by_label("Target").fill("7.5")
    new.get_by_role("button", name="Add").click()
    expect(new.get_by_text("Added 4.")).to_be_visible()
    portal.expect_accessible()


def _cell(grid, row: int):  # type: ignore[no-untyped-def]
    return grid.locator(f'[row-id="{row}"] [col-id="target"]')


def _edit(grid, row: int, value: str) -> None:  # type: ignore[no-untyped-def]
    _cell(grid, row).click()
    box = _cell(grid, row).locator("input")
    box.fill(value)
    box.press("Enter")


def test_a_long_run_is_found_again_and_cancelled_without_a_failure(visit: Visit):
    portal = visit("analyst-west", "/long")
    page = portal.page
    page.get_by_role("button", name="Start").click()
    expect(portal.region("Count")).to_contain_text("Running")
    page.reload()
    expect(portal.region("Count")).to_contain_text("Running")
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("heading", name="Canceled")).to_be_visible()
    expect(page.get_by_role("button", name="Cancel")).to_be_disabled()
    expect(page.get_by_role("alert")).to_have_count(0)
    portal.expect_accessible()


def test_a_job_runs_by_its_signed_dialog_and_its_output_is_shown(visit: Visit, site: SandboxClient):
    portal = visit("engineer", f"/trigger?job={job_id(site, 'Month-end close')}")
    page = portal.page
    page.get_by_role("button", name="Run now").click()
    page.get_by_role("dialog").get_by_role("button", name="Run now").click()
    expect(page.get_by_text("Started.")).to_be_visible()
    expect(portal.region("Run")).to_contain_text("Succeeded", timeout=60_000)
    portal.expect_accessible()


def test_a_file_is_sent_and_comes_back_and_what_is_not_there_says_so(visit: Visit, site: SandboxClient):
    portal = visit("analyst-west", "/files")
    page = portal.page
    expect(page.get_by_text("Two miles: $10.00")).to_be_visible()
    expect(page.get_by_role("heading", name="Not there")).to_be_visible()
    data = bytes(range(256)) * 40_000  # two parts
    page.locator("input[type=file]").set_input_files({"name": "new.bin", "mimeType": "x/y", "buffer": data})
    expect(page.get_by_text("new.bin is there, 10.2 MB.")).to_be_visible()
    row = page.get_by_role("listitem").filter(has_text="new.bin")
    with page.expect_download() as begun:
        row.get_by_role("button", name="Download new.bin").click()
    assert begun.value.suggested_filename == "new.bin"
    assert begun.value.path().read_bytes() == data
    # Once more: it is there, and this page does not overwrite.
    page.locator("input[type=file]").set_input_files({"name": "new.bin", "mimeType": "x/y", "buffer": b"1"})
    expect(page.get_by_text("new.bin was not written.")).to_contain_text("already exists")
    portal.expect_accessible()


def test_who_may_not_write_is_told(visit: Visit):
    portal = visit("analyst-east", "/files")
    field = portal.page.locator("input[type=file]")
    field.set_input_files({"name": "no.bin", "mimeType": "x/y", "buffer": b"1"})
    expect(portal.page.get_by_text("no.bin was not written.")).to_contain_text("WRITE VOLUME")
