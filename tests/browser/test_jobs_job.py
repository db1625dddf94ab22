"""A job's page and its runs' pages, live, and each action with its refusal."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.jobs_api import databricks, job_id, newest, run_now
from tests.browser.jobs_pages import JobList, JobPage, RunPage
from tests.browser.pages import Portal
from tests.sandbox_client import SandboxClient


def open_job(portal: Portal, site: SandboxClient, name: str) -> JobPage:
    portal.open(f"/jobs/{job_id(site, name)}")
    portal.expect_heading(name)
    return JobPage(portal)


def test_from_the_list_to_a_job_to_a_run_to_a_task(visit: Visit) -> None:
    portal = visit("engineer", "/jobs?q=month-end")
    job = JobList(portal).open("Month-end close")
    expect(job.fact("Schedule")).to_contain_text("At 03:00, on the last day of the month (Europe/Berlin)")
    expect(job.fact("Runs as")).to_have_text("engineer@example.com")
    expect(portal.region("Settings")).to_contain_text("Can manage")
    job.graph.expect_tasks(5)
    job.graph.expect_state("is_full", "Succeeded")
    expect(job.matrix.get_by_role("row")).to_have_count(6)
    expect(job.durations.get_by_role("link").first).to_be_visible()
    expect(portal.region("Durations")).to_contain_text("95th percentile")
    job.runs.get_by_role("link").first.click()
    run = RunPage(portal)
    portal.expect_heading(re.compile(r"^Month-end close, "))
    run.graph.expect_tasks(5)
    run.graph.expect_state("full_load", "Excluded")
    expect(run.timeline.get_by_role("link")).to_have_count(5)
    run.choose("is_full")
    expect(run.details).to_contain_text("{{job.parameters.mode}} = full")
    expect(run.details).to_contain_text("false")
    assert portal.page.url.endswith("?task=is_full")
    portal.page.go_back()
    expect(run.details.get_by_role("heading", name="Task is_full")).to_have_count(0)


def test_what_failed_shows_its_error_trace_and_attempts(visit: Visit, site: SandboxClient) -> None:
    job = job_id(site, "Product images")
    portal = visit("engineer", f"/jobs/{job}/runs/{newest(site, job)}")
    run = RunPage(portal)
    run.expect_state("Failed")
    cause = portal.page.locator(".run-cause")
    expect(cause.get_by_role("heading", name="What failed")).to_be_visible()
    expect(cause).to_contain_text("ValueError: column order_id holds 3 duplicates")
    expect(cause.get_by_label("End of the trace of fetch")).to_contain_text("raise ValueError")
    expect(cause.get_by_role("button", name="Repair run")).to_be_visible()
    place = cause.bounding_box()
    assert place is not None
    assert place["y"] < 300, "it comes first"
    expect(portal.page).to_have_title(re.compile(r"^Product images, \d{4}-\d\d-\d\d \d\d:\d\d UTC"))
    cause.get_by_role("button", name="fetch", exact=True).click()
    expect(run.details.get_by_label("Error")).to_contain_text("ValueError: column order_id holds 3 duplicates")
    expect(run.details.get_by_label("Trace")).to_contain_text("Traceback (most recent call last)")
    expect(run.details).to_contain_text("Attempt 3")


def test_for_each_shows_its_iterations(visit: Visit, site: SandboxClient) -> None:
    job = job_id(site, "Backfill 2019")
    run = RunPage(visit("engineer", f"/jobs/{job}/runs/{newest(site, job)}?task=years"))
    expect(run.details).to_contain_text("8 succeeded, 0 failed, 0 active, of 8")
    iterations = run.details.get_by_role("table", name="Iterations", exact=True)
    expect(iterations.get_by_role("row")).to_have_count(9)


def test_of_hundreds_of_iterations_the_failed_one_comes_first_and_the_rest_by_pages(
    visit: Visit, site: SandboxClient
) -> None:
    job = job_id(site, "Vacuum and optimize")
    run = RunPage(visit("engineer", f"/jobs/{job}/runs/{newest(site, job)}?task=tables"))
    expect(run.details).to_contain_text("349 succeeded, 1 failed, 0 active, of 350")
    expect(run.details).to_contain_text("350 iterations, failed ones first")
    iterations = run.details.get_by_role("table", name="Iterations", exact=True)
    expect(iterations.get_by_role("row").nth(1)).to_contain_text("340")
    expect(iterations.get_by_role("row").nth(1)).to_contain_text("Failed")
    pages = run.details.get_by_role("navigation", name="Pages of iterations")
    for page in range(2, 8):
        pages.get_by_role("button", name="Next").click()
        expect(pages).to_contain_text(f"Page {page} of 7")
    expect(iterations.get_by_role("row").last).to_contain_text("349")
    expect(pages.get_by_role("button", name="Next")).to_be_disabled()


def test_a_run_that_another_jobs_task_started_names_and_links_it(visit: Visit, site: SandboxClient) -> None:
    job = job_id(site, "Orchestrator")
    run = RunPage(visit("engineer", f"/jobs/{job}/runs/{newest(site, job)}?task=orders"))
    run.details.get_by_role("link", name=re.compile(r"^run \d+$")).click()
    expect(run.fact("Trigger")).to_contain_text("By task orders of Orchestrator")
    run.fact("Trigger").get_by_role("link", name="Orchestrator").click()
    run.portal.expect_heading(re.compile("^Orchestrator, "))


def test_the_graph_is_reached_and_used_by_keyboard(visit: Visit, site: SandboxClient) -> None:
    job = job_id(site, "Ingest orders")
    portal = visit("engineer", f"/jobs/{job}/runs/{newest(site, job)}")
    run = RunPage(portal)
    run.graph.expect_tasks(4)
    run.graph.box.focus()
    portal.page.keyboard.press("Tab")
    expect(run.graph.task("extract")).to_be_focused()
    portal.page.keyboard.press("Tab")
    portal.page.keyboard.press("Enter")
    expect(run.details.get_by_role("heading", name="Task transform")).to_be_visible()


@pytest.mark.slow
def test_a_run_is_live_until_it_ends_and_asks_nothing_while_hidden(visit: Visit, site: SandboxClient) -> None:
    job = job_id(site, "Regional report west")
    started = run_now(site, job, **{"sandbox.seconds": "4"})
    portal = visit("engineer", f"/jobs/{job}/runs/{started}")
    run = RunPage(portal)
    run.expect_state("Succeeded", seconds=60)
    site.clear_calls()
    time.sleep(7)
    assert site.count("workspace", "/jobs") == 0, "a finished run is not asked for"

    started = run_now(site, job, **{"sandbox.seconds": "600"})
    portal.forget()
    portal.open(f"/jobs/{job}/runs/{started}")
    run.expect_state("Running", seconds=30)
    hide = "Object.defineProperty(document, 'visibilityState', {value: '%s', configurable: true})"
    portal.page.evaluate(hide % "hidden")
    time.sleep(1)
    site.clear_calls()
    time.sleep(7)
    assert site.count("workspace", "/jobs") == 0, site.calls("workspace")
    portal.page.evaluate(hide % "visible" + "; document.dispatchEvent(new Event('visibilitychange'))")
    expect_calls(site, "/jobs/runs/get", 1)


def expect_calls(site: SandboxClient, route: str, at_least: int) -> None:
    for _ in range(100):
        if site.count("workspace", route) >= at_least:
            return
        time.sleep(0.1)
    raise AssertionError(site.calls("workspace"))


@pytest.mark.slow
def test_a_look_that_fails_leaves_the_run_on_the_page(visit: Visit, site: SandboxClient) -> None:
    job = job_id(site, "Regional report west")
    started = run_now(site, job, **{"sandbox.seconds": "600"})
    portal = visit("engineer", f"/jobs/{job}/runs/{started}")
    run = RunPage(portal)
    run.expect_state("Running", seconds=30)
    site.clear_calls()
    site.fault(route="/jobs/runs/get", status=503)
    expect_calls(site, "/jobs/runs/get", 2)
    time.sleep(1)
    run.expect_state("Running")
    run.graph.expect_tasks(2)


def test_runs_are_filtered_and_paged_in_the_address(visit: Visit, site: SandboxClient) -> None:
    job = job_id(site, "Ingest payments")
    site.control("POST", f"/jobs/{job}/runs", {"count": 100})
    portal = visit("engineer", None)
    page = open_job(portal, site, "Ingest payments")
    expect(page.runs.get_by_role("row")).to_have_count(25)
    first = page.runs.get_by_role("link").first.inner_text()
    page.turn("Older")
    expect(page.runs.get_by_role("link").first).not_to_have_text(first)
    page.turn("Newer")
    expect(page.runs.get_by_role("link").first).to_have_text(first)
    page.show_runs("Failed")
    expect(portal.page.get_by_text(re.compile(r"0 failed among the \d+ finished runs"))).to_be_visible()
    assert portal.page.url.endswith("?runs=failed")


@pytest.mark.parametrize("path", ["/jobs/abc", "/jobs/999", "/jobs/12/runs/abc", "/jobs/12/runs/34", "/jobs/1/2/3"])
def test_what_is_not_there_is_not_found_once(visit: Visit, path: str) -> None:
    portal = visit("engineer", path)
    portal.state("Not found").expect_shown()
    portal.expect_no_loading()
    expect(portal.page.get_by_role("heading", name="Not found")).to_have_count(1)


def test_a_hidden_run_and_a_run_of_another_job_are_not_found(visit: Visit, site: SandboxClient) -> None:
    hidden, other = job_id(site, "GDPR deletion requests"), job_id(site, "Ingest orders")
    run = newest(site, hidden)
    visit("analyst-west", f"/jobs/{hidden}/runs/{run}").state("Not found").expect_shown()
    visit("engineer", f"/jobs/{other}/runs/{run}").state("Not found").expect_shown()


def test_a_job_with_neither_runs_nor_schedule_nor_tasks(visit: Visit, site: SandboxClient) -> None:
    bare = databricks(site, "POST", "/create", json={"name": "<img src=x onerror=alert(1)>", "tasks": []})["job_id"]
    portal = visit("engineer", f"/jobs/{bare}")
    portal.expect_heading("<img src=x onerror=alert(1)>")
    portal.state("No tasks").expect_shown()
    portal.state("This job has never run").expect_shown()
    portal.state("No finished runs").expect_shown()
    expect(JobPage(portal).fact("Schedule")).to_have_text("By hand")


# Actions


def test_run_now_with_a_parameter(visit: Visit, site: SandboxClient) -> None:
    portal = visit("engineer", None)
    job = open_job(portal, site, "Customer 360")
    dialog = job.ask("Run now", "Run now")
    portal.page.keyboard.press("Escape")
    dialog.expect_gone()
    expect(job.action("Run now")).to_be_focused()
    dialog = job.ask("Run now", "Run now")
    dialog.fill(mode="full")
    dialog.confirm("Run now")
    job.expect_outcome("Started.")
    expect(job.runs.get_by_role("row").nth(1)).to_contain_text(re.compile("Pending|Running"))
    portal.page.get_by_role("link", name="Open the run").click()
    run = RunPage(portal)
    expect(run.fact("Started by")).to_have_text("engineer@example.com")
    expect(portal.region("Run")).to_contain_text("full instead of delta")


def test_cancel(visit: Visit, site: SandboxClient) -> None:
    job = job_id(site, "Regional report west")
    started = run_now(site, job, **{"sandbox.seconds": "600"})
    run = RunPage(visit("engineer", f"/jobs/{job}/runs/{started}"))
    dialog = run.ask("Cancel run", "Cancel this run")
    dialog.confirm("Cancel the run")
    run.expect_outcome("Cancellation requested.")
    run.expect_state("Canceled", seconds=30)
    expect(run.action("Cancel run")).to_have_count(0)


def test_repair_of_the_chosen_task(visit: Visit, site: SandboxClient) -> None:
    job = job_id(site, "Regional report west")
    started = run_now(site, job, **{"sandbox.seconds": "0.2", "sandbox.fail": "query"})
    run = RunPage(visit("engineer", f"/jobs/{job}/runs/{started}"))
    run.expect_state("Failed", seconds=60)
    dialog = run.ask("Repair run", "Repair this run")
    dialog.check("query", True)
    dialog.check("summary", False)
    dialog.confirm("Repair")
    run.expect_outcome("The repair has begun.")
    run.expect_state("Succeeded", seconds=60)
    expect(run.fact("Repaired")).to_contain_text("1 ×")
    expect(run.tasks.get_by_role("row").nth(1)).to_contain_text("2")


def test_who_may_only_view_is_told_so_and_has_no_buttons(visit: Visit, site: SandboxClient) -> None:
    portal = visit("analyst-west", None)
    job = open_job(portal, site, "Customer 360")
    expect(portal.region("Settings")).to_contain_text("To run it takes Can manage run; engineer@example.com")
    expect(job.action("Run now")).to_have_count(0)
    id = job_id(site, "Web clickstream")
    run = RunPage(portal.open(f"/jobs/{id}/runs/{newest(site, id)}"))
    run.expect_state("Running")
    expect(run.action("Cancel run")).to_have_count(0)
    # And whoever asks all the same is refused.
    asked = {"action": "run", "job": str(id), "run": "", "at": 1}
    portal.page.evaluate("asked => dash_clientside.set_props('job-asked', {data: asked})", asked)
    portal.state("Not permitted").expect_shown()
    forged = {"action": "run", "token": "x.y.z", "values": {}}
    portal.page.evaluate("forged => dash_clientside.set_props('job-confirmed', {data: forged})", forged)
    portal.state("Out of date").expect_shown()
    assert site.count("workspace", "/jobs/run-now", "analyst-west") == 0


def test_a_right_lost_while_the_dialog_is_open_is_said_in_databricks_words(visit: Visit, site: SandboxClient) -> None:
    portal = visit("analyst-west", None)
    job = open_job(portal, site, "Refresh sales marts")
    dialog = job.ask("Run now", "Run now")
    no = {"error_code": "PERMISSION_DENIED", "message": "User does not have Manage Run permissions on the job."}
    site.fault(route="/jobs/run-now", status=403, body=no)
    dialog.confirm("Run now")
    portal.state("Not permitted").expect_shown()
    expect(portal.page.get_by_text("User does not have Manage Run permissions")).to_be_visible()


def test_at_the_limit_the_outcome_says_that_the_run_was_skipped(visit: Visit, site: SandboxClient) -> None:
    id = job_id(site, "Currency rates")
    run_now(site, id, **{"sandbox.seconds": "600"})
    job = open_job(visit("engineer", None), site, "Currency rates")
    job.ask("Run now", "Run now").confirm("Run now")
    job.expect_outcome("Skipped because the maximum of 1 concurrent runs was reached.")


# Large, accessible, small


def test_two_hundred_tasks_are_drawn_within_a_second(visit: Visit, site: SandboxClient) -> None:
    id = int(site.control("POST", "/jobs", {"count": 1, "runs": 1, "tasks": 200, "name": "Wide"})["job_id"])
    # Run ids begin anew with the sandbox, and the portal remembers runs.
    portal = visit("engineer", f"/jobs/{id}/runs/{newest(site, id)}")
    run = RunPage(portal)
    run.graph.expect_tasks(200)
    expect(run.timeline.get_by_role("link")).to_have_count(200)
    expect(run.tasks.get_by_role("row")).to_have_count(201)


def test_a_failed_task_and_the_dialog_are_accessible_and_fit_a_phone(visit: Visit, site: SandboxClient) -> None:
    id = job_id(site, "Product images")
    portal = visit("engineer", f"/jobs/{id}/runs/{newest(site, id)}?task=fetch")
    expect(RunPage(portal).details.get_by_label("Trace")).to_be_visible()
    portal.page.get_by_role("button", name="Repair run").click()
    expect(portal.page.get_by_role("dialog", name="Repair this run")).to_be_visible()
    portal.expect_accessible()
    portal.page.set_viewport_size({"width": 390, "height": 844})
    portal.expect_no_sideways_scrolling()
    portal.page.keyboard.press("Escape")
    portal.expect_accessible()
    portal.expect_no_sideways_scrolling()


def test_long_names_stay_inside_what_holds_them(visit: Visit, site: SandboxClient) -> None:
    long = "prod_eu_west_1__finance_reporting__daily_general_ledger_reconciliation__incremental"
    tasks = [{"task_key": long, "notebook_task": {"notebook_path": "/Workspace/x"}}]
    job = int(str(databricks(site, "POST", "/create", json={"name": long, "tasks": tasks})["job_id"]))
    run = RunPage(visit("engineer", f"/jobs/{job}/runs/{run_now(site, job)}?task={long}", width=390))
    expect(run.details.get_by_role("heading", name=f"Task {long}", exact=True)).to_be_visible()
    run.portal.expect_no_sideways_scrolling()
    name = run.graph.task(long).locator("text").first
    held = "name => name.getBBox().width <= name.parentNode.querySelector('rect').getBBox().width"
    assert name.evaluate(held)


# Many tasks


def test_a_graph_of_112_tasks_fits_zooms_and_is_filtered_with_all_the_rest(visit: Visit, site: SandboxClient) -> None:
    job = job_id(site, "Nightly warehouse load")
    portal = visit("engineer", f"/jobs/{job}/runs/{newest(site, job)}")
    run = RunPage(portal)
    run.graph.expect_tasks(112)
    size = portal.page.get_by_role("group", name="Size of the graph")
    expect(size).to_contain_text("100 %")
    size.get_by_role("button", name="Fit all tasks").click()
    expect(size).not_to_contain_text("100 %")
    box = run.graph.box
    assert box.evaluate("one => one.scrollWidth <= one.clientWidth && one.scrollHeight <= one.clientHeight")
    fitted = size.inner_text()
    size.get_by_role("button", name="Larger").click()
    expect(size).not_to_have_text(fitted)
    size.get_by_role("button", name="Full size").click()

    field = portal.page.get_by_role("searchbox", name="Find tasks")
    field.fill("table_091")
    expect(run.timeline.get_by_role("link")).to_have_count(1)
    expect(run.tasks.get_by_role("row")).to_have_count(2)
    expect(box.locator(".graph-task:not(.is-out)")).to_have_count(1)
    box.evaluate("one => one.scrollIntoView()")
    expect(run.graph.task("load_table_091")).to_be_in_viewport()
    expect(portal.page.get_by_text("1 of 112 tasks")).to_be_visible()
    field.fill("")
    states = portal.page.get_by_role("group", name="States of tasks")
    running = states.get_by_role("button", name="Running")
    running.click()
    expect(running).to_have_attribute("aria-pressed", "true")
    expect(run.timeline.get_by_role("link")).to_have_count(1)
    # It stays while the page draws itself anew, and goes with the page.
    portal.page.wait_for_timeout(6000)
    expect(run.timeline.get_by_role("link")).to_have_count(1)
    portal.expect_accessible()
    portal.open(f"/jobs/{job}")
    page = JobPage(portal)
    page.graph.expect_tasks(112)
    expect(page.matrix.get_by_role("row")).to_have_count(113)
    portal.page.get_by_role("searchbox", name="Find tasks").fill("table_00")
    expect(page.matrix.get_by_role("row")).to_have_count(10)


def test_a_run_of_a_thousand_tasks_says_how_far_it_is_read(visit: Visit, site: SandboxClient) -> None:
    job = job_id(site, "Store traffic counts")
    run = newest(site, job)
    site.fault(route="/jobs/runs/get", delay=0.15)
    portal = visit("engineer", f"/jobs/{job}/runs/{run}")
    expect(portal.region("Run")).to_contain_text(re.compile(r"1,\d00 of … read"), timeout=30_000)
    expect(portal.page.get_by_role("heading", name="What failed, among the attempts read so far")).to_be_visible()
    expect(portal.page.get_by_text("of … read")).to_have_count(0, timeout=60_000)
    states = portal.page.get_by_role("group", name="States of tasks")
    expect(states.get_by_role("button", name="Failed 2")).to_be_visible()
    site.clear_faults()
