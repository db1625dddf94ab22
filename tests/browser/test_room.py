"""Room and hands on the warehouse page: a split, a result on the whole page, one cell copied, paper."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.warehouse_page import warehouse

ROWS = "SELECT id, concat('name ', id) AS name, id * 1000 AS amount FROM range(1500) ORDER BY id"


def test_the_editor_gives_its_room_to_the_result_and_it_is_remembered(visit: Visit):
    page = warehouse(visit)
    page.run(ROWS)
    page.expect_rows(1_000)
    tab = page.portal.page
    grid = page.result.box
    # It began at 510 of 900 px.
    assert grid.bounding_box()["y"] < 480
    handle = tab.get_by_role("separator", name="Height of the editor")
    before = grid.bounding_box()
    handle.press("Home")
    expect(handle).to_have_attribute("aria-valuenow", "64")
    after = grid.bounding_box()
    assert after["y"] < before["y"] - 40
    assert after["height"] > before["height"] + 40
    box = handle.bounding_box()
    tab.mouse.move(box["x"] + 50, box["y"] + 5)
    tab.mouse.down()
    tab.mouse.move(box["x"] + 50, box["y"] + 105)
    tab.mouse.up()
    expect(handle).to_have_attribute("aria-valuenow", re.compile("16[0-9]"))
    tab.reload()
    page.ready()
    expect(handle).to_have_attribute("aria-valuenow", re.compile("16[0-9]"))
    handle.dblclick()
    tab.reload()
    page.ready()
    expect(handle).not_to_have_attribute("aria-valuenow", re.compile("16[0-9]"))


def test_a_result_has_the_whole_page_until_escape(visit: Visit):
    page = warehouse(visit)
    page.run(ROWS)
    page.expect_rows(1_000)
    page.act("Full screen")
    box = page.result.box
    assert box.bounding_box()["height"] > 700
    assert box.bounding_box()["width"] > 1_380
    # What is behind it is out of reach of the keyboard too.
    assert page.editor.evaluate("(editor) => editor.closest('[inert]') !== null")
    # A dialog over it closes by itself first.
    page.cell(0, 1).dblclick()
    expect(page.portal.page.get_by_role("dialog")).to_be_visible()
    page.portal.page.keyboard.press("Escape")
    expect(page.portal.page.get_by_role("dialog")).not_to_be_visible()
    assert box.bounding_box()["height"] > 700
    page.portal.page.keyboard.press("Escape")
    assert page.editor.evaluate("(editor) => editor.closest('[inert]') === null")


def test_a_key_copies_the_cell_and_rows_where_several_are_selected(visit: Visit):
    page = warehouse(visit)
    tab = page.portal.page
    tab.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.run("SELECT id, repeat(concat('long ', id, ' '), 2000) AS long FROM range(3) ORDER BY id")
    page.expect_rows(3)
    page.cell(1, 0).click()
    tab.keyboard.press("Control+c")
    expect(page.note).to_have_text("Copied id of row 2.")
    assert tab.evaluate("navigator.clipboard.readText()") == "1"
    # A cell shows a part of a long value; the whole is copied.
    page.cell(2, 1).click()
    tab.keyboard.press("Control+c")
    expect(page.note).to_have_text("Copied long of row 3.")
    assert len(tab.evaluate("navigator.clipboard.readText()")) == 2_000 * len("long 2 ")
    page.cell(1, 0).click()
    page.cell(2, 0).click(modifiers=["Control"])
    tab.keyboard.press("Control+c")
    expect(page.note).to_contain_text("2 rows with their headers")


def test_tools_have_words_and_no_two_look_alike(visit: Visit):
    page = warehouse(visit)
    tools = page.portal.page.get_by_role("group", name="Editor", exact=True)
    assert tools.inner_text().split() == ["Catalog", "History", "Format", "Find", "Save", "Link"]
    icons = tools.locator(".icon").evaluate_all("(all) => all.map((one) => one.className)")
    assert len(set(icons)) == len(icons)
    assert not any("box-arrow-up-right" in one for one in icons)


def test_paper_has_the_rows_that_show_and_says_where_there_are_more(visit: Visit):
    page = warehouse(visit)
    tab = page.portal.page
    tab.evaluate("window.print = () => { document.documentElement.dataset.printed = '1'; }")
    page.rows("10000")
    page.run(ROWS)
    page.expect_rows(1_500)
    page.filter("id", "<", "1200")
    page.open_menu("More")
    page.act("Print The rows that show, up to 1,000, and the chart")
    expect(tab.locator("html")).to_have_attribute("data-printed", "1")
    tab.emulate_media(media="print")
    table = tab.get_by_role("table")
    expect(table).to_be_visible()
    expect(table.locator("tbody tr")).to_have_count(1_000)
    expect(table.locator("caption")).to_contain_text("The first 1,000 of 1,200 rows. 1,200 of 1,500 rows (id")
    expect(table.locator("tbody tr").nth(12)).to_have_text("12name 1212,000")
    expect(page.editor).not_to_be_visible()
    expect(tab.get_by_role("navigation")).to_have_count(0)
    tab.evaluate("dispatchEvent(new Event('afterprint'))")
    tab.emulate_media(media="screen")
    expect(page.editor).to_be_visible()
    expect(tab.locator(".print-only")).to_have_count(0)
