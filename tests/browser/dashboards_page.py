"""A dashboard's page object: its tiles by their widgets' names, their values, its filters by their titles."""

from __future__ import annotations

import json
import re
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from playwright.sync_api import Locator, expect

from portal.sandbox.lakeview.store import NAMESPACE
from tests.browser.conftest import Visit
from tests.browser.pages import Portal
from tests.sandbox_client import SandboxClient


def sample(name: str) -> str:
    """The id of a sample of the sandbox, or of a file that was added, by its name."""
    return uuid.uuid5(NAMESPACE, name).hex


def asked(site: SandboxClient, method: str, path: str, body: Any = None, viewer: str = "engineer") -> Any:
    """A call of the workspace's API by another tool."""
    answer = requests.request(
        method, f"{site.workspace_url}{path}", json=body, timeout=60, verify=site.ca_bundle,
        headers={"Authorization": f"Bearer dapi-{viewer}"},
    )  # fmt: skip
    assert answer.status_code == 200, answer.text
    return answer.json()


def made(site: SandboxClient, content: dict[str, Any] | str, name: str = "Made") -> str:
    """A dashboard of the engineer's that everyone may read; its id."""
    text = content if isinstance(content, str) else json.dumps(content)
    body = {"display_name": name, "serialized_dashboard": text, "warehouse_id": site.warehouse_id}
    id = str(asked(site, "POST", "/api/2.0/lakeview/dashboards", body)["dashboard_id"])
    grants = {"access_control_list": [{"group_name": "users", "permission_level": "CAN_READ"}]}
    asked(site, "PUT", f"/api/2.0/permissions/dashboards/{id}", grants)
    return id


def rows(site: SandboxClient, sql: str, viewer: str = "analyst-west") -> list[list[str]]:
    """What a statement of another tool gives, as text."""
    body = {"statement": sql, "warehouse_id": site.warehouse_id, "wait_timeout": "30s"}
    return asked(site, "POST", "/api/2.0/sql/statements", body, viewer)["result"].get("data_array", [])


@dataclass
class Board:
    portal: Portal

    def tile(self, name: str) -> Locator:
        return self.portal.page.locator(f'section[data-widget="{name}"]')

    def expect_state(self, name: str, state: str) -> Locator:
        tile = self.tile(name)
        tile.scroll_into_view_if_needed()
        expect(tile).to_have_attribute("data-state", state)
        return tile

    def drawn(self, name: str) -> Locator:
        """A tile, once it shows what holds now."""
        tile = self.expect_state(name, "drawn")
        expect(tile).not_to_have_class(re.compile("is-stale"))
        expect(tile).not_to_have_attribute("aria-busy", "true")
        return tile

    def expect_value(self, name: str, value: str | re.Pattern[str]) -> None:
        """A counter's number as Databricks gave it."""
        expect(self.drawn(name).locator("[data-part=value]")).to_have_attribute("data-value", value)

    def traces(self, name: str) -> list[dict[str, Any]]:
        """What plotly.js was given, by trace; what a chart holds by x, y, labels and values."""
        graph = self.drawn(name).locator(".js-plotly-plot")
        expect(graph).to_be_visible()
        return graph.evaluate(
            """graph => graph.data.map(one => Object.fromEntries(['type', 'name', 'x', 'y', 'z', 'labels', 'values',
               'orientation', 'lat', 'lon'].map(key => [key, one[key]?.bdata !== undefined ? null
               : ArrayBuffer.isView(one[key]) ? [...one[key]] : one[key]])))"""
        )

    def expect_traces(self, name: str, good: Callable[[list[dict[str, Any]]], bool]) -> None:
        """After a change, a tile shows what was there until the new comes."""
        until = time.monotonic() + 30
        while not good(found := self.traces(name)):
            assert time.monotonic() < until, f"{name}: {str(found)[:500]}"
            self.portal.page.wait_for_timeout(100)

    def cells(self, name: str) -> list[list[str]]:
        """A table's rows as they are shown."""
        lines = self.drawn(name).get_by_role("row")
        return [row for row in (lines.nth(at).get_by_role("gridcell").all_inner_texts() for at in range(lines.count()))
                if row]  # fmt: skip

    def filter(self, title: str) -> Locator:
        return self.portal.page.get_by_label(title, exact=True)

    def choose(self, title: str, *choices: str) -> None:
        """Choices of a menu, then its list is left."""
        self.portal.page.get_by_role("button", name=title, exact=True).click()
        panel = self.portal.page.get_by_role("dialog", name=title)
        for choice in choices:
            panel.get_by_role("option", name=choice, exact=True).click()
        if panel.is_visible():
            self.portal.page.keyboard.press("Escape")

    def tab(self, name: str) -> None:
        self.portal.page.get_by_role("tab", name=name).click()
        expect(self.portal.page.get_by_role("tab", name=name)).to_have_attribute("aria-selected", "true")

    def menu(self, name: str, item: str) -> None:
        self.tile(name).get_by_role("button", name=re.compile("^Menu of ")).click()
        self.portal.page.get_by_role("menuitem", name=item).click()

    @property
    def address(self) -> dict[str, list[str]]:
        return parse_qs(urlsplit(self.portal.page.url).query, keep_blank_values=True)


def board(visit: Visit, name: str, viewer: str = "analyst-west", query: str = "", **how: Any) -> Board:
    """The sample `name`, or a dashboard by its id."""
    id = name if re.fullmatch("[0-9a-f]{32}", name) else sample(name)
    return Board(visit(viewer, f"/dashboards/{id}{query}", **how))
