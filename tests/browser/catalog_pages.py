"""Page objects of the catalog: its tree, and the page of a thing."""

from __future__ import annotations

import re
from dataclasses import dataclass

from playwright.sync_api import Locator, expect

from tests.browser.pages import Grid, Portal


@dataclass
class Tree:
    """The tree of names. A row is found by its name alone, wherever it is among the rows in view."""

    portal: Portal

    @property
    def box(self) -> Locator:
        return self.portal.page.get_by_role("tree", name="Catalog")

    @property
    def rows(self) -> Locator:
        return self.box.get_by_role("treeitem")

    def row(self, name: str) -> Locator:
        exactly = self.portal.page.get_by_text(name, exact=True)
        return self.rows.filter(has=exactly)

    @property
    def active(self) -> Locator:
        """The row that keys act on, as assistive technology is told."""
        shown = self.box.get_attribute("aria-activedescendant")
        assert shown
        return self.portal.page.locator(f'[id="{shown}"]')

    def expect_active(self, name: str) -> None:
        row = self.row(name)
        expect(row).to_be_visible()
        expect(self.box).to_have_attribute("aria-activedescendant", row.get_attribute("id") or "?")

    def expect_open(self, name: str, opened: bool = True) -> None:
        expect(self.row(name)).to_have_attribute("aria-expanded", str(opened).lower())

    def expect_current(self, name: str) -> None:
        expect(self.row(name)).to_have_attribute("aria-current", "page")

    def press(self, *keys: str) -> None:
        self.box.focus()
        for key in keys:
            self.portal.page.keyboard.press(key)

    def open(self, *names: str) -> None:
        """Open one below the other, by their twists."""
        for name in names:
            row = self.row(name)
            if row.get_attribute("aria-expanded") != "true":
                row.locator("[data-twist]").click()
            expect(row).to_have_attribute("aria-expanded", "true")
            expect(self.box.get_by_text("Loading…")).to_have_count(0)

    def follow(self, name: str) -> None:
        self.row(name).get_by_role("link").click()

    @property
    def search(self) -> Locator:
        return self.portal.page.get_by_role("searchbox", name="Search: Catalog")

    def expect_said(self, text: str | re.Pattern[str]) -> None:
        expect(self.portal.region("Catalog tree").get_by_role("status").first).to_have_text(text)


@dataclass
class Thing:
    """The page of a catalog, schema or table."""

    portal: Portal

    def expect_shown(self, name: str) -> None:
        self.portal.expect_heading(name)
        self.portal.expect_no_loading()

    def fact(self, term: str) -> Locator:
        return self.portal.region("About").locator(f"dt:text-is('{term}') + dd")

    def grid(self, name: str) -> Grid:
        return self.portal.grid(name)

    @property
    def query(self) -> Locator:
        return self.portal.page.get_by_role("link", name="Query this table")
