"""Screenshots for README and docs, from the running demo: `python -m tests.pictures`.

Starts the sandbox with the portal as its content, visits each page as a viewer, and writes `docs/pictures/*.png`: light
and dark, 1440 wide, and one as wide as a phone. The pictures share a palette of 160 colours, which an interface does
not outgrow, and keeps all of them together below `MOST` bytes.
"""

from __future__ import annotations

import io
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, expect, sync_playwright

from portal import build
from tests.browser.conftest import CONTENT, QUIET, chromium
from tests.browser.dashboards_page import Board, sample
from tests.browser.jobs_pages import RunPage
from tests.browser.pages import Portal
from tests.sandbox_client import ROOT, SandboxClient, start_sandbox

FOLDER = ROOT / "docs" / "pictures"
TAXI = "nyc-taxi-trip-analysis"
"""A dashboard that Databricks publishes; taken where `DASHBOARDS` names a folder that has it."""
MOST = 2_500_000
COLOURS = 160
SQL = """SELECT region, count(*) AS orders, sum(amount) AS revenue, avg(amount) AS average
FROM main.sales.orders
GROUP BY region
ORDER BY revenue DESC"""

Act = Callable[[Portal], None]


@dataclass(frozen=True)
class Picture:
    """`act` brings the page into the state to show, and waits until it is there."""

    name: str
    path: str
    act: Act
    viewer: str = "engineer"
    width: int = 1440
    height: int = 900


# What is shown


def _drawn(portal: Portal) -> None:
    portal.expect_no_loading()


def _home(portal: Portal) -> None:
    portal.grid("Trips").expect_rows(10)
    _drawn(portal)


def _trips(portal: Portal) -> None:
    portal.grid("Trips").expect_shown()
    expect(portal.page.locator(".bars .point")).to_have_count(24)
    _drawn(portal)


def _warehouse(portal: Portal) -> None:
    editor = portal.page.locator(".cm-content")
    editor.click()
    portal.page.keyboard.press("Control+a")
    portal.page.keyboard.insert_text(SQL)
    portal.page.keyboard.press("Escape")
    portal.page.keyboard.press("Control+Enter")
    expect(portal.page.get_by_role("grid").first.get_by_role("gridcell").first).to_be_visible(timeout=30_000)
    _drawn(portal)


def _run(portal: Portal) -> None:
    portal.page.get_by_role("link", name="Month-end close", exact=True).click()
    portal.page.get_by_role("table", name="Runs", exact=True).get_by_role("link").first.click()
    portal.expect_heading(re.compile(r"^Run \d+$"))
    RunPage(portal).graph.expect_tasks(5)
    _drawn(portal)


def _sign_in(portal: Portal) -> None:
    portal.state("Sign in to Databricks").expect_shown()


def _palette(portal: Portal) -> None:
    _home(portal)
    portal.page.keyboard.press("Control+k")
    portal.page.get_by_role("combobox").press_sequentially("orders", delay=20)
    expect(portal.page.get_by_role("option").nth(1)).to_be_visible()


def _dashboard(portal: Portal) -> None:
    page = Board(portal)
    for name in ("revenue", "by_product", "over_time"):
        page.drawn(name)


def _taxi(portal: Portal) -> None:
    tiles = portal.page.locator("section.tile-data")
    expect(tiles.first).to_have_attribute("data-state", "drawn")
    expect(portal.page.locator("[data-board-part=as-of]")).to_contain_text("As of")
    portal.page.wait_for_timeout(1500)


PICTURES = (
    Picture("home", "/", _home),
    Picture("trips", "/trips", _trips, height=1040),
    Picture("identity", "/identity", _drawn, viewer="analyst-west", height=620),
    Picture("warehouse", "/warehouse", _warehouse),
    Picture("jobs", "/jobs", _drawn),
    Picture("run", "/jobs?q=month-end", _run),
    Picture("table", "/catalog/main/sales/orders", _drawn),
    Picture("dashboard", f"/dashboards/{sample('Sales overview')}", _dashboard, viewer="analyst-west", height=1040),
    Picture("taxi", f"/dashboards/{sample(TAXI)}", _taxi, viewer="analyst-west", height=1040),
    Picture("sign-in", "/", _sign_in, viewer="newcomer", height=620),
    Picture("palette", "/", _palette, height=620),
)
PHONE = Picture("phone", "/", _home, viewer="analyst-west", width=390, height=844)


# How it is taken


@contextmanager
def _page(browser: Browser, site: SandboxClient, one: Picture, theme: str) -> Iterator[Page]:
    context = browser.new_context(
        viewport={"width": one.width, "height": one.height},
        color_scheme="dark" if theme == "dark" else "light",
        reduced_motion="reduce",
        has_touch=one.width < 500,
        device_scale_factor=2 if one.width < 500 else 1,
        locale="en-GB",
    )
    context.set_default_timeout(20_000)
    context.request.post(f"{site.connect_url}/__login__", form={"viewer": one.viewer}, max_redirects=0)
    yield context.new_page()
    context.close()


def take(browser: Browser, site: SandboxClient, one: Picture, theme: str) -> int:
    """Bytes of the picture written."""
    with _page(browser, site, one, theme) as page:
        portal = Portal(page, site.content_url).open(one.path)
        one.act(portal)
        page.wait_for_load_state("networkidle")
        page.mouse.move(one.width - 2, one.height - 2)
        picture = Image.open(io.BytesIO(page.screenshot(animations="disabled", caret="hide"))).convert("RGB")
        portal.expect_clean()
    path = FOLDER / f"{one.name}-{theme}.png"
    picture.quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
    return path.stat().st_size


def main(names: list[str]) -> int:
    """Take all pictures, or those named; 1 where one could not be taken, or all are too large together."""
    build.build()
    FOLDER.mkdir(parents=True, exist_ok=True)
    wanted = [(one, theme) for one in PICTURES for theme in ("light", "dark")] + [(PHONE, "light")]
    folder = os.environ.get("DASHBOARDS")
    if not folder:
        wanted = [(one, theme) for one, theme in wanted if one.name != "taxi"]
    more = ("--dashboards", folder) if folder else ()
    site = start_sandbox("--eager", "--content-dir", str(ROOT), "--content-command", CONTENT, *more)
    failed = []
    try:
        with sync_playwright() as playwright:
            expect.set_options(timeout=20_000)
            browser = playwright.chromium.launch(executable_path=chromium(), args=QUIET)
            for one, theme in wanted:
                if names and one.name not in names:
                    continue
                try:
                    print(f"{one.name}-{theme}: {take(browser, site, one, theme) / 1000:,.0f} KB", flush=True)
                except Exception as error:
                    failed.append(one.name)
                    print(f"{one.name}-{theme}: {str(error)[:600]}", file=sys.stderr)
            browser.close()
    finally:
        site.stop()
    total = sum(path.stat().st_size for path in Path(FOLDER).glob("*.png"))
    print(f"docs/pictures: {total / 1e6:.2f} MB")
    return 1 if failed or total > MOST else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
