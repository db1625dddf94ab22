"""Page objects of the jobs' pages: list, job, run and the dialog of an action."""

from __future__ import annotations

import re
from dataclasses import dataclass

from playwright.sync_api import Locator, expect

from tests.browser.pages import Grid, Portal


@dataclass
class JobList:
    """/jobs."""

    portal: Portal

    @property
    def grid(self) -> Grid:
        return self.portal.grid("Jobs")

    @property
    def search_box(self) -> Locator:
        return self.portal.page.get_by_role("searchbox", name="Search jobs")

    def search(self, text: str) -> None:
        self.search_box.fill(text)

    def show(self, name: str) -> None:
        self.portal.page.get_by_role("group", name="Show").get_by_role("button", name=name, exact=True).click()

    def shown(self, name: str) -> Locator:
        return self.portal.page.get_by_role("group", name="Show").get_by_role("button", name=name, exact=True)

    def choose(self, label: str, value: str) -> None:
        self.portal.page.get_by_label(label, exact=True).select_option(value)

    def sort(self, column: str) -> None:
        self.grid.headers.get_by_role("button", name=column).click()

    def turn(self, name: str) -> None:
        pages = self.portal.page.get_by_role("navigation", name="Pages of jobs")
        pages.get_by_role("button", name=name).click()

    def row(self, name: str) -> Locator:
        link = self.portal.page.get_by_role("link", name=name, exact=True)
        return self.grid.rows.filter(has=link)

    def expect_rows(self, *names: str) -> None:
        """These jobs, in this order."""
        expect(self.grid.box.locator(".job-link")).to_have_text(list(names))

    def expect_note(self, text: str | re.Pattern[str]) -> None:
        expect(self.portal.page.locator("#jobs-note")).to_have_text(text)

    def expect_runs_shown(self) -> None:
        """Every row has its runs, or says that there are none."""
        expect(self.grid.box.locator(".skeleton-bar")).to_have_count(0)

    def open(self, name: str) -> JobPage:
        self.row(name).get_by_role("link", name=name, exact=True).click()
        page = JobPage(self.portal)
        self.portal.expect_heading(name)
        return page


@dataclass
class Dialog:
    """The modal dialog of an action."""

    box: Locator

    def fill(self, **fields: str) -> None:
        for name, value in fields.items():
            self.box.get_by_label(name, exact=True).fill(value)

    def check(self, name: str, on: bool) -> None:
        self.box.get_by_role("checkbox", name=name, exact=True).set_checked(on)

    def confirm(self, name: str) -> None:
        self.box.get_by_role("button", name=name, exact=True).click()

    def expect_gone(self) -> None:
        expect(self.box).to_have_count(0)


@dataclass
class _Acting:
    portal: Portal

    def action(self, name: str) -> Locator:
        return self.portal.page.get_by_role("button", name=name, exact=True)

    def ask(self, button: str, title: str) -> Dialog:
        self.action(button).click()
        box = self.portal.page.get_by_role("dialog", name=title)
        expect(box).to_be_visible()
        return Dialog(box)

    def expect_outcome(self, text: str | re.Pattern[str]) -> None:
        expect(self.portal.page.locator("#job-outcome")).to_contain_text(text)


@dataclass
class JobPage(_Acting):
    """/jobs/<id>."""

    @property
    def graph(self) -> Graph:
        return Graph(self.portal.page.get_by_role("group", name="Task graph"))

    @property
    def runs(self) -> Locator:
        return self.portal.page.get_by_role("table", name="Runs", exact=True)

    @property
    def matrix(self) -> Locator:
        return self.portal.page.get_by_role("table", name="Tasks by runs", exact=True)

    @property
    def durations(self) -> Locator:
        return self.portal.page.get_by_role("group", name="Duration of each run")

    def show_runs(self, name: str) -> None:
        group = self.portal.page.get_by_role("group", name="Runs shown")
        group.get_by_role("button", name=name, exact=True).click()

    def turn(self, name: str) -> None:
        self.portal.page.get_by_role("navigation", name="Pages of runs").get_by_role("button", name=name).click()

    def fact(self, name: str) -> Locator:
        return self.portal.page.locator(f"dt:text-is('{name}') + dd").first


@dataclass
class Graph:
    """A task graph as SVG."""

    box: Locator

    def expect_tasks(self, count: int) -> None:
        expect(self.box.locator(".graph-task")).to_have_count(count)

    def task(self, name: str) -> Locator:
        return self.box.locator(f".graph-task[aria-label^='{name},']")

    def expect_state(self, name: str, state: str) -> None:
        expect(self.task(name)).to_have_attribute("aria-label", re.compile(rf"^{re.escape(name)}, {re.escape(state)}"))


@dataclass
class RunPage(_Acting):
    """/jobs/<id>/runs/<id>."""

    @property
    def graph(self) -> Graph:
        return Graph(self.portal.page.get_by_role("group", name="Task graph"))

    @property
    def timeline(self) -> Locator:
        return self.portal.page.get_by_role("group", name="Timeline of tasks")

    @property
    def tasks(self) -> Locator:
        return self.portal.page.get_by_role("table", name="Tasks", exact=True)

    @property
    def details(self) -> Locator:
        return self.portal.region("Task")

    def fact(self, name: str) -> Locator:
        return self.portal.region("Run").locator(f"dt:text-is('{name}') + dd").first

    def expect_state(self, text: str, seconds: float = 15) -> None:
        expect(self.fact("State")).to_contain_text(text, timeout=seconds * 1000)

    def choose(self, task: str) -> None:
        self.tasks.get_by_role("link", name=task, exact=True).click()
        expect(self.details.get_by_role("heading", name=f"Task {task}", exact=True)).to_be_visible()
