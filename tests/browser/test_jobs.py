"""The list of jobs, as viewers use it."""

from __future__ import annotations

import re
import time

from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.jobs_pages import JobList
from tests.browser.pages import Portal
from tests.sandbox_client import SandboxClient


def test_the_list_shows_what_ran_and_costs_a_call_a_row(visit: Visit, site: SandboxClient) -> None:
    portal = visit("engineer", "/identity")
    portal.expect_no_loading()
    site.clear_calls()
    jobs = JobList(portal.open("/jobs"))
    portal.expect_heading("Jobs")
    portal.expect_title("Jobs")
    jobs.grid.expect_rows(20)
    jobs.expect_runs_shown()
    # A page of jobs, a glance at the newest runs, and the runs of each row; who is who comes from the directory.
    assert site.count("workspace") - site.count("workspace", "/scim/") <= 22, site.calls("workspace")
    names = ["Name", "Owner", "Schedule", "Last runs", "State", "Started", "Duration"]
    expect(jobs.grid.headers).to_have_text(names)
    expect(portal.page.locator("#jobs-order")).to_contain_text("Failed jobs first, then running ones")
    jobs.expect_note("40 jobs")
    portal.open("/jobs?q=orchestrator")
    jobs.expect_rows("Orchestrator")
    jobs.expect_runs_shown()
    row = jobs.row("Orchestrator")
    expect(row).to_contain_text("engineer@example.com")
    expect(row).to_contain_text("Every day at 00:00")
    expect(row).to_contain_text("Succeeded")
    expect(row.get_by_role("list").get_by_role("link")).to_have_count(10)
    expect(row.locator("time[data-when=minute]").first).to_have_text(re.compile(r"^\d{1,2} \w+ 20\d\d, \d\d:\d\d$"))
    portal.open("/jobs")
    jobs.expect_runs_shown()
    site.clear_calls()
    portal.open("/jobs")
    jobs.expect_runs_shown()
    assert site.count("workspace") == 0, site.calls("workspace")


def test_every_page_is_reached_and_is_in_the_address(visit: Visit) -> None:
    portal = visit("engineer", "/jobs")
    jobs = JobList(portal)
    jobs.grid.expect_rows(20)
    first = jobs.grid.box.locator(".job-link").all_inner_texts()
    jobs.turn("Next")
    portal.expect_path("/jobs?page=2")
    expect(jobs.grid.box.locator(".job-link").first).not_to_have_text(first[0])
    second = jobs.grid.box.locator(".job-link").all_inner_texts()
    assert len({*first, *second}) == 40
    portal.page.go_back()
    expect(jobs.grid.box.locator(".job-link").first).to_have_text(first[0])
    portal.open("/jobs?page=2")
    expect(jobs.grid.box.locator(".job-link")).to_have_text(second)


def _until(portal: Portal, script: str, value: object) -> None:
    deadline = time.monotonic() + 10
    while (found := portal.page.evaluate(script)) != value:
        assert time.monotonic() < deadline, found
        portal.page.wait_for_timeout(50)


def test_back_returns_to_where_the_list_was_scrolled(visit: Visit) -> None:
    portal = visit("engineer", "/jobs")
    jobs = JobList(portal)
    jobs.expect_runs_shown()
    link = jobs.grid.box.locator(".job-link").nth(15)
    link.scroll_into_view_if_needed()
    at = portal.page.evaluate("scrollY")
    assert at > 100
    name = link.inner_text()
    link.click()
    portal.expect_heading(name)
    _until(portal, "scrollY", 0)
    portal.page.go_back()
    portal.expect_heading("Jobs")
    _until(portal, "scrollY", at)
    expect(jobs.grid.box.locator(".job-link").nth(15)).to_be_in_viewport()


def test_a_service_principal_is_called_by_its_name(visit: Visit) -> None:
    id = "7d1f3c52-6b1e-4d0a-9c35-2f8b6a4e0098"
    portal = visit("engineer", "/jobs?q=nightly+loader")
    jobs = JobList(portal)
    jobs.choose("Owner", id)
    jobs.expect_rows("Landing zone watcher")
    expect(jobs.row("Landing zone watcher")).to_contain_text(f"Nightly loader ({id})")
    expect(portal.page.get_by_label("Owner", exact=True).locator("option:checked")).to_have_text(
        f"Nightly loader ({id})"
    )
    job = jobs.open("Landing zone watcher")
    expect(job.fact("Runs as")).to_have_text(f"Nightly loader {id}")
    expect(job.fact("Created")).to_contain_text(f"by Nightly loader {id}")


def test_search_as_one_types_finds_jobs_of_every_page(visit: Visit) -> None:
    portal = visit("engineer", "/jobs")
    jobs = JobList(portal)
    jobs.grid.expect_rows(20)
    jobs.search("ingest orders")
    jobs.expect_rows("Ingest orders")
    jobs.expect_note("1 job of 40")
    portal.expect_path("/jobs?q=ingest+orders")
    expect(jobs.row("Ingest orders")).to_contain_text("Every hour")
    jobs.search("nothing like it")
    portal.state("No jobs match").expect_shown()
    portal.state("No jobs match").press("Show all jobs")
    jobs.grid.expect_rows(20)
    expect(jobs.search_box).to_have_value("")


def test_filters_and_order_are_in_the_address(visit: Visit) -> None:
    portal = visit("engineer", "/jobs")
    jobs = JobList(portal)
    jobs.grid.expect_rows(20)
    jobs.show("Paused")
    jobs.expect_rows("Loyalty points", "Never ran yet", "Coupon fraud check")
    expect(jobs.shown("Paused")).to_have_attribute("aria-pressed", "true")
    expect(jobs.shown("All")).to_have_attribute("aria-pressed", "false")
    jobs.choose("Owner", "analyst.west@example.com")
    jobs.expect_rows("Loyalty points", "Never ran yet")
    jobs.sort("Name")
    expect(jobs.grid.headers.first).to_have_attribute("aria-sort", "ascending")
    jobs.expect_rows("Loyalty points", "Never ran yet")
    jobs.sort("Name")
    jobs.expect_rows("Never ran yet", "Loyalty points")
    portal.expect_path("/jobs?show=paused&owner=analyst.west%40example.com&sort=name&dir=desc")
    portal.open("/jobs?show=paused&owner=analyst.west%40example.com&sort=name&dir=desc")
    jobs.expect_rows("Never ran yet", "Loyalty points")
    expect(portal.page.get_by_label("Owner", exact=True)).to_have_value("analyst.west@example.com")
    jobs.show("Failed lately")
    portal.open("/jobs?show=failed")
    expect(jobs.row("Inventory snapshot")).to_be_visible()
    portal.open("/jobs?tag=region:west")
    jobs.expect_rows("Regional report west")


def test_each_viewer_sees_their_own(visit: Visit) -> None:
    west, east = JobList(visit("analyst-west", "/jobs?show=mine")), JobList(visit("analyst-east", "/jobs?show=mine"))
    expect(west.row("Churn scores")).to_be_visible()
    expect(west.row("Trips forecast")).to_have_count(0)
    expect(east.row("Trips forecast")).to_be_visible()
    west.portal.open("/jobs?q=gdpr")
    west.portal.state("No jobs match").expect_shown()


def test_markup_in_a_name_is_text(visit: Visit) -> None:
    portal = visit("engineer", "/jobs?q=markup")
    JobList(portal).expect_rows('<b>Markup</b> & quotes "job"')
    expect(portal.page.locator("#jobs b")).to_have_count(0)


def test_no_jobs_at_all_says_so(visit: Visit, site: SandboxClient) -> None:
    site.fault(route="/jobs/list", body={}, status=200)
    visit("engineer", "/jobs").state("No jobs").expect_shown()


def test_where_runs_are_limited_the_jobs_stand_and_the_rest_follows(visit: Visit, site: SandboxClient) -> None:
    limit = site.fault(route="/jobs/runs/list", status=429, headers={"Retry-After": "6"}, rate=0.5)
    portal = visit("engineer", "/jobs")
    jobs = JobList(portal)
    jobs.grid.expect_rows(20)
    expect(jobs.grid.box.get_by_text("Busy, retrying").first).to_be_visible()
    site.control("DELETE", f"/faults/{limit}")
    expect(jobs.grid.box.get_by_text("Busy, retrying")).to_have_count(0)
    jobs.expect_runs_shown()


def test_where_the_list_fails_trying_again_mends_it_and_keeps_the_search(visit: Visit, site: SandboxClient) -> None:
    site.fault(route="/jobs/list", status=503)
    portal = visit("engineer", "/jobs?q=orchestrator")
    portal.state("Service unreachable").expect_shown()
    site.clear_faults()
    portal.state("Service unreachable").press("Try again")
    JobList(portal).expect_rows("Orchestrator")


def test_a_thousand_jobs_are_searched_while_they_are_read(visit: Visit, site: SandboxClient) -> None:
    site.control("POST", "/jobs", {"count": 1000, "runs": 1, "name": "Many"})
    site.fault(route="/jobs/list", delay=0.3)
    portal = visit("engineer", "/jobs")
    jobs = JobList(portal)
    jobs.grid.expect_rows(20)
    jobs.expect_note(re.compile(r"Reading all jobs: [0-9,]+ so far"))
    jobs.search("orchestrator")
    jobs.expect_rows("Orchestrator")
    jobs.expect_note("1 job of 1,040")
