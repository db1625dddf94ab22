"""Two results of a draft beside each other."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import Visit
from tests.browser.warehouse_page import warehouse


def test_a_result_is_compared_with_the_one_before(visit: Visit):
    page = warehouse(visit)
    tab = page.portal.page
    page.run("SELECT * FROM VALUES (1, 'a', 10), (2, 'b', 20), (3, 'c', 30) AS t(id, name, n)")
    page.expect_rows(3)
    first = page.statements[0]
    page.run("SELECT * FROM VALUES (4, 'd', 40), (3, 'c', 31), (1, 'a', 10) AS t(id, name, n)")
    expect(page.cell(0, 1)).to_have_text("d")
    assert first not in page.statements
    page.act("Compare")
    # The earlier one is named by its time and its text.
    expect(tab.get_by_label("Compare with")).to_contain_text("SELECT * FROM VALUES (1, 'a', 10)")
    form = tab.locator("[data-part=form]")
    form.get_by_role("button", name="Compare", exact=True).click()
    expect(form.get_by_role("status").first).to_have_text("Rows by id: 1 added, 1 removed, 1 changed, 1 the same.")
    table = form.get_by_role("table")
    assert [" ".join(row.split()) for row in table.locator("tr").all_inner_texts()] == [
        "Row id name n, before n, now", "changed 3 c 30 31", "added 4 d 40", "removed 2 b 20",
    ]  # fmt: skip
    # The button fades back in.
    tab.evaluate("() => Promise.all(document.getAnimations().map((one) => one.finished)).then(() => 1)")
    page.portal.expect_no_violations("light")


def test_a_key_that_is_none_is_told(visit: Visit):
    page = warehouse(visit, width=390, theme="dark")
    tab = page.portal.page
    for _ in range(2):
        page.run("SELECT id % 2 AS half, id FROM range(4) ORDER BY id")
        page.expect_rows(4)
    page.act("Compare")
    form = tab.locator("[data-part=form]")
    form.get_by_role("button", name="Compare", exact=True).click()
    expect(form.get_by_role("status").first).to_contain_text(
        "half is no key: 2 values in the earlier result and 2 in this one stand for several rows"
    )
    form.get_by_role("button", name="by the key").click()
    form.get_by_role("option", name="id", exact=True).click()
    tab.keyboard.press("Escape")
    form.get_by_role("button", name="Compare", exact=True).click()
    expect(form.get_by_role("status").first).to_have_text(
        "Rows by half, id: 0 added, 0 removed, 0 changed, 4 the same."
    )
    page.portal.expect_no_sideways_scrolling()
