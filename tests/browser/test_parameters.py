"""Parameters of a query on the warehouse page: what they may be set to, kept with the draft and in its link."""

from __future__ import annotations

import json
from typing import Any

import requests
from playwright.sync_api import Locator, expect

from tests.browser.conftest import Visit
from tests.browser.warehouse_page import Warehouse, warehouse
from tests.sandbox_client import SandboxClient

ORDERS = "SELECT order_id, region, order_date FROM main.sales.orders WHERE region IN (:regions)"


def parameters(page: Warehouse) -> Locator:
    return page.portal.page.get_by_role("group", name="Parameters")


def settings(page: Warehouse, name: str) -> Locator:
    parameters(page).get_by_role("button", name=f"Settings of {name}", exact=True).click()
    return page.portal.page.get_by_role("dialog", name=f"Settings of :{name}")


def saved(site: SandboxClient, name: str, sql: str, **more: Any) -> str:
    answer = requests.post(
        f"{site.workspace_url}/api/2.0/sql/queries", timeout=30, verify=site.ca_bundle,
        headers={"Authorization": "Bearer dapi-engineer"},
        json={"query": {"display_name": name, "query_text": sql, "warehouse_id": site.warehouse_id, **more}},
    )  # fmt: skip
    assert answer.status_code == 200, answer.text
    return str(answer.json()["id"])


def test_several_are_chosen_from_a_list_kept_shared_and_run_on_change(visit: Visit, site: SandboxClient):
    page = warehouse(visit)
    page.write(f"{ORDERS} AND order_date BETWEEN :days.min AND :days.max AND order_id < :least")
    group = parameters(page)
    # What stands as :days.min is a range.
    expect(group.get_by_label("Type of days")).to_have_value("range")
    expect(group.get_by_label(":days", exact=True)).to_have_value("LAST_7_DAYS")
    group.get_by_label("Type of regions").select_option("choice")
    group.get_by_label("Type of least").select_option("number")
    dialog = settings(page, "regions")
    dialog.get_by_label("Title").fill("Regions")
    dialog.get_by_label("Or from a list").fill("west\neast\nit's nowhere")
    dialog.get_by_label("Several may be chosen").check()
    dialog.get_by_label("Run when its value changes").check()
    dialog.get_by_role("button", name="Keep").click()
    dialog = settings(page, "least")
    dialog.get_by_label("No more than").fill("200000")
    dialog.get_by_label("Place").select_option("First")
    dialog.get_by_role("button", name="Keep").click()
    expect(group.locator("label")).to_have_text([":least", "Regions", ":days"])
    group.get_by_label(":least", exact=True).fill("200001")
    page.run()
    page.expect_state("Not run")
    group.get_by_label(":least", exact=True).fill("200000")
    group.get_by_label(":days", exact=True).select_option("Between …")
    group.get_by_label("days, from").fill("2000-01-01")
    group.get_by_label("days, to").fill("2100-12-31")
    # A change runs the query.
    group.get_by_role("button", name="Regions", exact=True).click()
    group.get_by_role("option", name="west").click()
    page.expect_state("Succeeded")
    expect(page.cell(0, 1)).to_have_text("west")
    group.get_by_role("option", name="it's nowhere").click()
    page.portal.page.keyboard.press("Escape")
    expect(group.get_by_role("button", name="Regions", exact=True)).to_have_text("west, it's nowhere")
    page.run()
    page.expect_state("Succeeded")
    assert page.fragment["p.regions"] == ['choice:["west","it\'s nowhere"]']
    assert [one["name"] for one in json.loads(page.fragment["parameters"][0])] == ["least", "regions", "days"]
    # Another viewer opens the link, and is offered the same.
    other = warehouse(visit, "analyst-west")
    other.portal.open("/warehouse#" + page.portal.page.url.partition("#")[2])
    other.ready()
    expect(parameters(other).locator("label")).to_have_text([":least", "Regions", ":days"])
    expect(parameters(other).get_by_role("button", name="Regions", exact=True)).to_have_text("west, it's nowhere")


def test_a_drop_down_of_ten_thousand_values_of_a_saved_query(visit: Visit, site: SandboxClient):
    saved(site, "Ten thousand", "SELECT concat('value ', id) AS v FROM range(12000) ORDER BY id")
    page = warehouse(visit)
    page.write("SELECT :one AS chosen")
    group = parameters(page)
    group.get_by_label("Type of one").select_option("choice")
    dialog = settings(page, "one")
    dialog.get_by_label("From a saved query").select_option(label="Ten thousand")
    dialog.get_by_role("button", name="Keep").click()
    group.get_by_role("button", name=":one", exact=True).click()
    expect(
        group.get_by_text("200 of 10,000: search for the others. There are more values than are read.")
    ).to_be_visible()
    search = group.get_by_label("Search :one")
    took = search.evaluate(
        """(field) => {
          const list = field.parentElement.querySelector('[role=listbox]');
          const begun = performance.now();
          field.value = "value 777";
          field.dispatchEvent(new Event("input", { bubbles: true }));
          return new Promise((done) => {
            const look = () => list.children.length === 11 ? done(performance.now() - begun) : setTimeout(look);
            look();
          });
        }"""
    )
    print("typed into 10,000 values:", took, "ms")
    search.press("ArrowDown")
    page.portal.page.keyboard.press("ArrowDown")
    page.portal.page.keyboard.press("Enter")
    expect(group.get_by_role("button", name=":one", exact=True)).to_have_text("value 7770")
    page.run()
    page.expect_rows(1)
    expect(page.cell(0, 0)).to_have_text("value 7770")


def test_choices_of_a_query_with_parameters_say_its_values_also_in_a_narrow_window(visit: Visit, site: SandboxClient):
    without = {"name": "without", "title": "Without", "text_value": {"value": "north"}}
    sql = "SELECT v FROM (VALUES ('west'), ('north'), ('east')) AS t(v) WHERE v <> :without"
    saved(site, "Regions but one", sql, parameters=[without])
    page = warehouse(visit, width=390)
    page.write("SELECT :one AS chosen")
    group = parameters(page)
    group.get_by_label("Type of one").select_option("choice")
    dialog = settings(page, "one")
    dialog.get_by_label("From a saved query").select_option(label="Regions but one")
    dialog.get_by_role("button", name="Keep").click()
    group.get_by_role("button", name=":one", exact=True).click()
    expect(group.get_by_role("listbox", name=":one").get_by_role("option")).to_have_text(["west", "east"])
    expect(group.get_by_text("With the values that the query was saved with: Without = north.")).to_be_visible()
    page.portal.expect_no_sideways_scrolling()


def test_time_travel_has_inputs(visit: Visit):
    page = warehouse(visit)
    page.write("SELECT count(*) FROM main.sales.orders VERSION AS OF :v")
    group = parameters(page)
    expect(group.get_by_label("Type of v")).to_have_value("number")
    expect(group.get_by_text("Before Databricks Runtime 18")).to_be_visible()
    group.get_by_label(":v", exact=True).fill("0")
    page.run()
    page.expect_rows(1)
    page.write("SELECT count(*) FROM main.sales.orders TIMESTAMP AS OF :ts")
    expect(group.get_by_label("Type of ts")).to_have_value("timestamp")


def test_settings_go_with_their_page(visit: Visit):
    portal = visit()
    tab = portal.page
    tab.get_by_role("link", name="Warehouse", exact=True).first.click()
    page = Warehouse(portal).ready()
    page.write("SELECT :n")
    dialog = settings(page, "n")
    expect(dialog).to_be_visible()
    tab.go_back()
    expect(dialog).to_have_count(0)
    expect(tab.get_by_role("link", name="Warehouse", exact=True).first).to_be_visible()
