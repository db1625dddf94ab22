"""The warehouse page's object: what a viewer writes, runs, stops and does with a result."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Download, Locator, expect

from tests.browser.conftest import Visit
from tests.browser.pages import Grid, Portal

SLOW = "SELECT count(*) FROM main.bench.events_10m a JOIN main.bench.events_10m b ON a.user_id = b.user_id"


@dataclass
class Warehouse:
    """One tab that shows the page."""

    portal: Portal

    @property
    def editor(self) -> Locator:
        return self.portal.page.get_by_role("textbox", name="SQL", exact=True)

    @property
    def status(self) -> Locator:
        return self.portal.page.get_by_role("group", name="Run", exact=True).get_by_role("status")

    @property
    def result(self) -> Grid:
        return self.portal.grid("Result")

    @property
    def note(self) -> Locator:
        return self._tools.locator("[data-part=note]")

    @property
    def _tools(self) -> Locator:
        return self.portal.page.get_by_role("group", name="Result tools")

    def button(self, name: str) -> Locator:
        return self.portal.page.get_by_role("button", name=name, exact=True)

    def ready(self) -> Warehouse:
        """The code editor is there, and everything that the page asks for at first."""
        expect(self.portal.page.locator(".cm-editor")).to_be_visible()
        expect(self.portal.page.get_by_label("Warehouse", exact=True)).to_contain_text("Shared Endpoint")
        return self

    # Writing and running

    def write(self, sql: str) -> None:
        self.editor.fill(sql)
        # The list of completions would lie over what comes next.
        self.editor.press("Escape")

    def run(self, sql: str | None = None) -> Warehouse:
        if sql is not None:
            self.write(sql)
        self.button("Run").click()
        return self

    def rows(self, limit: str) -> None:
        self.portal.page.get_by_label("Rows", exact=True).select_option(limit)

    def expect_state(self, text: str | re.Pattern[str], timeout: float = 20_000) -> None:
        expect(self.status).to_contain_text(text, timeout=timeout)

    def expect_rows(self, count: int) -> None:
        self.expect_state(re.compile(rf"Succeeded.*\b{count:,} rows?\b", re.DOTALL))
        if count:
            # Rows come in a moment after their places do.
            expect(self.result.cells.first).not_to_be_empty()

    @property
    def statements(self) -> list[str]:
        return parse_qs(urlsplit(self.portal.page.url).query).get("statement", [])

    @property
    def fragment(self) -> dict[str, list[str]]:
        return parse_qs(urlsplit(self.portal.page.url).fragment, keep_blank_values=True)

    # Results

    def column(self, index: int) -> list[str]:
        return self.result.box.locator(f"[role=gridcell][col-id=c{index}]").all_inner_texts()

    def cell(self, row: int, index: int) -> Locator:
        return self.result.box.locator(f"[role=row][row-index='{row}'] [role=gridcell][col-id=c{index}]")

    def sort(self, name: str) -> None:
        self.result.box.get_by_role("columnheader", name=name, exact=True).click()

    def filter(self, column: str, operator: str, value: str) -> None:
        form = self._tools.locator("form")
        if not form.is_visible():
            self._tools.get_by_role("button", name="Filter", exact=True).click()
        form.get_by_label("Column", exact=True).select_option(label=column)
        form.get_by_label("Comparison").select_option(label=operator)
        form.get_by_label("Value", exact=True).fill(value)
        form.get_by_role("button", name="Add filter").click()

    def act(self, name: str) -> None:
        self._tools.get_by_role("button", name=name, exact=True).click()

    def open_menu(self, name: str) -> None:
        self._tools.locator("summary", has_text=name).click()

    def jump(self, row: int) -> None:
        """To a row by its number, from 1."""
        self.open_menu("More")
        self.portal.page.get_by_label("Go to row").fill(str(row))
        self.portal.page.keyboard.press("Enter")

    def download(self, name: str) -> Download:
        with self.portal.page.expect_download() as found:
            self.open_menu("Download")
            self._tools.get_by_role("button", name=re.compile(f"^{name}")).click()
        return found.value

    def tab(self, number: int) -> Locator:
        return self.portal.page.get_by_role("tab").nth(number - 1)


def warehouse(visit: Visit, viewer: str = "engineer", path: str = "/warehouse", **how: object) -> Warehouse:
    return Warehouse(visit(viewer, path, **how)).ready()  # type: ignore[arg-type]
