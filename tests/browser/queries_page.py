"""The queries page's object: what a viewer finds of what they ran and saved, and does with it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Locator, expect

from tests.browser.conftest import Visit
from tests.browser.pages import Grid, Portal


@dataclass
class Queries:
    portal: Portal

    @property
    def history(self) -> Grid:
        return self.portal.grid("History")

    @property
    def saved(self) -> Grid:
        return self.portal.grid("Saved queries")

    @property
    def dialog(self) -> Locator:
        return self.portal.page.get_by_role("dialog")

    @property
    def address(self) -> dict[str, list[str]]:
        return parse_qs(urlsplit(self.portal.page.url).query)

    def row(self, text: str) -> Locator:
        """The row of either list that has this text."""
        return self.portal.page.get_by_role("row").filter(has_text=text)

    def facts(self, text: str) -> dict[str, str]:
        """A row of the history by its headings."""
        names = self.history.headers.all_inner_texts()
        return dict(zip(names, self.row(text).get_by_role("gridcell").all_inner_texts(), strict=True))

    def show(self, name: str) -> None:
        self.portal.page.get_by_role("button", name=name, exact=True).click()

    def search(self, text: str) -> None:
        box = self.portal.page.get_by_label("Search queries")
        box.fill(text)
        box.press("Enter")

    def choose(self, label: str, option: str) -> None:
        self.portal.page.get_by_label(label, exact=True).select_option(label=option)

    def act(self, text: str, name: str) -> None:
        """A button of the row that has this text."""
        self.row(text).get_by_role("button", name=re.compile(f"^{name}")).click()

    def confirm(self, name: str, value: str | None = None) -> None:
        if value is not None:
            self.dialog.get_by_label("Name").fill(value)
        self.dialog.get_by_role("button", name=name, exact=True).click()
        expect(self.dialog).to_have_count(0)

    def expect_said(self, text: str) -> None:
        expect(self.portal.page.get_by_role("status").filter(has_text=text)).to_be_visible()


def queries(visit: Visit, viewer: str = "analyst-west", path: str = "/queries", **how: object) -> Queries:
    portal = visit(viewer, path, **how)  # type: ignore[arg-type]
    portal.expect_no_loading()
    return Queries(portal)
