"""Page objects: what a viewer sees and does, so that tests name no CSS class."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import ConsoleMessage, Locator, Page, Request, expect

_AXE = Axe()


@dataclass
class Portal:
    """One tab. `root` is the content's address, with a slash at its end."""

    page: Page
    root: str
    problems: list[str] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("pageerror", lambda error: self.problems.append(f"script error: {error}"))
        self.page.on("console", self._said)
        self.page.on("request", self._asked)

    def _said(self, message: ConsoleMessage) -> None:
        # A failed load is what some tests are about, and has its own assertions.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.problems.append(f"console: {message.text}")

    def _asked(self, request: Request) -> None:
        self.requests.append(request)
        scheme, host = urlsplit(request.url)[:2]
        if scheme in {"http", "https"} and host != urlsplit(self.root).netloc:
            self.problems.append(f"request to another host: {request.url}")

    def expect_clean(self) -> None:
        assert not self.problems, "\n".join(self.problems)

    # Getting around

    def open(self, path: str = "/") -> Portal:
        self.requests.clear()
        self.page.goto(self.root + path.lstrip("/"))
        # The picture of the page before its scripts have run looks alike, and is on its way out.
        expect(self.page.locator("#picture")).to_have_count(0)
        return self

    def forget(self) -> None:
        """The portal forgets what it keeps for the viewer: begun, so that it knows who they are, ended, begun again."""
        for step in ("continue", "end", "continue"):
            self.page.context.request.post(f"{self.root}session/{step}")

    def go(self, name: str) -> None:
        """By the navigation's link."""
        self.navigation.get_by_role("link", name=name, exact=True).click()

    @property
    def navigation(self) -> Locator:
        return self.page.get_by_role("navigation", name="Main")

    def expect_heading(self, text: str | re.Pattern[str]) -> None:
        """The page's only h1 says so."""
        heading = self.page.get_by_role("heading", level=1)
        expect(heading).to_have_count(1)
        expect(heading).to_have_text(text)

    def expect_title(self, start: str) -> None:
        expect(self.page).to_have_title(re.compile(f"^{re.escape(start)} · "))

    def expect_path(self, path: str) -> None:
        expect(self.page).to_have_url(re.compile(re.escape(self.root + path.lstrip("/")) + "$"))

    # Parts

    def grid(self, name: str) -> Grid:
        return Grid(self.page.get_by_role("grid", name=name, exact=True))

    def region(self, name: str) -> Locator:
        return self.page.get_by_role("region", name=name, exact=True)

    def state(self, title: str) -> State:
        """A state by its heading, the first one on the page that shows."""
        heading = self.page.get_by_role("heading", level=2, name=title, exact=True).first
        return State(heading.locator("xpath=ancestor::*[@role='alert' or @role='status'][1]"))

    def expect_no_loading(self) -> None:
        expect(self.page.get_by_text(re.compile(r"^Loading .*…$"))).to_have_count(0)

    # Themes and access

    @property
    def theme(self) -> str | None:
        return self.page.locator("html").get_attribute("data-bs-theme")

    def choose_theme(self, name: str) -> None:
        menu = self.page.get_by_role("group", name="Theme")
        if not menu.is_visible():
            self.viewer_menu.click()
        menu.get_by_role("button", name=name).click()

    @property
    def viewer_menu(self) -> Locator:
        return self.page.locator("[aria-controls=viewer-panel]")

    def expect_accessible(self) -> None:
        """axe-core finds nothing, in the light theme and in the dark one."""
        for theme in ("light", "dark"):
            # Without motion: a colour on its way from one theme to the other is no colour of ours.
            self.page.emulate_media(color_scheme="light" if theme == "light" else "dark", reduced_motion="reduce")
            expect(self.page.locator("html")).to_have_attribute("data-bs-theme", theme)
            # The picture of the page before its scripts have run is on its way out: the page itself is what counts.
            expect(self.page.locator("#picture")).to_have_count(0)
            self.expect_no_violations(theme)

    def expect_no_violations(self, theme: str) -> None:
        """axe-core finds nothing in the page as it is shown now."""
        found = _AXE.run(self.page, options={"resultTypes": ["violations"]})
        violations = found.response["violations"]
        told = [
            f"{item['id']} ({item['impact']}): {item['help']}\n  "
            + "\n  ".join(f"{node['target']} {node['html'][:160]} {node['any'][:1]}" for node in item["nodes"][:4])
            for item in violations
        ]
        assert not violations, f"{self.page.url}, {theme}\n" + "\n".join(told)

    def expect_no_sideways_scrolling(self) -> None:
        wider = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wider <= 0, f"{self.page.url} is {wider} px wider than the window"


@dataclass
class State:
    """One of the portal's states."""

    box: Locator

    def expect_shown(self) -> None:
        expect(self.box).to_be_visible()

    def expect_gone(self) -> None:
        expect(self.box).to_have_count(0)

    def expect_request_id(self) -> str:
        """Its request id, which the log has too."""
        shown = self.box.get_by_text(re.compile(r"^Request [0-9a-f]{12}$"))
        expect(shown).to_be_visible()
        return shown.inner_text().removeprefix("Request ")

    def press(self, name: str) -> None:
        self.box.get_by_role("button", name=name).click()

    def link(self, name: str) -> Locator:
        return self.box.get_by_role("link", name=name)


@dataclass
class Grid:
    """A grid, small or large: rows without the header."""

    box: Locator

    @property
    def cells(self) -> Locator:
        return self.box.get_by_role("gridcell")

    @property
    def headers(self) -> Locator:
        return self.box.get_by_role("columnheader")

    @property
    def rows(self) -> Locator:
        return self.box.get_by_role("row").filter(has=self.box.page.get_by_role("gridcell"))

    def expect_rows(self, count: int) -> None:
        expect(self.rows).to_have_count(count)

    def expect_shown(self) -> None:
        expect(self.box).to_be_visible()
        expect(self.cells.first).to_be_visible()
