"""Real Chromium against the portal as content of the sandbox's Connect: `visit` opens it as a viewer."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Page, expect, sync_playwright

from portal import build
from tests.browser.pages import Portal
from tests.sandbox_client import ROOT, SandboxClient, start_sandbox

# The shell has no window to draw and keeps no page ready for one: a sixth less time for this tier (12:09, 14:30).
NAMES = (
    "chromium-headless-shell", "chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome",
    "microsoft-edge",
)  # fmt: skip
QUIET = ["--no-sandbox", "--disable-background-networking", "--disable-component-update", "--disable-sync"]
# One worker, so that "the viewer's cached data is gone" is a fact after one request.
CONTENT = f"{sys.executable} -m gunicorn wsgi:server --bind 127.0.0.1:{{port}} --workers 1 --threads 16"


def _on_this_machine() -> str | None:
    return next(filter(None, map(shutil.which, NAMES)), None)


def chromium() -> str | None:
    """The path of a Chromium: the machine's, else one from apt; None lets Playwright take its own."""
    if (found := os.environ.get("CHROMIUM_PATH") or _on_this_machine()) is not None:
        return found
    if shutil.which("apt-get") and os.geteuid() == 0:
        for command in (["apt-get", "update"], ["apt-get", "install", "--yes", "--no-install-recommends", "chromium"]):
            subprocess.run(command, check=False, capture_output=True, timeout=900)
        if (found := _on_this_machine()) is not None:
            return found
    own = subprocess.run(
        [sys.executable, "-m", "playwright", "install", "chromium"], check=False, capture_output=True, text=True
    )
    if own.returncode:
        pytest.exit(
            "Browser tests need Chromium: none is on PATH (CHROMIUM_PATH may name one), apt-get could not install one, "
            f"and Playwright could not download its own:\n{own.stderr.strip()[-600:]}",
            returncode=1,
        )
    return None


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    expect.set_options(timeout=15_000)
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=chromium(), args=QUIET)
        yield launched
        launched.close()


@pytest.fixture(scope="session")
def connect() -> Iterator[SandboxClient]:
    """A sandbox whose Connect serves the portal, started once."""
    build.build()
    # Rights to kept rows are asked for anew after a second instead of a minute.
    client = start_sandbox(
        "--eager", "--content-dir", str(ROOT), "--content-command", CONTENT,
        "--content-env", "PORTAL_AUTHORISED_SECONDS=1",
    )  # fmt: skip
    yield client
    client.stop()


@pytest.fixture
def site(connect: SandboxClient) -> SandboxClient:
    """The same, in its seed state."""
    connect.reset()
    return connect


def away(page: Page) -> None:
    """From whatever it loads: closing a page that is on its way to another can last for ever (seen in Chromium 156)."""
    with suppress(Error):
        page.goto("about:blank", timeout=5_000)


def closed(context: BrowserContext) -> None:
    """A profile that is not used again."""
    for page in context.pages:
        away(page)
    context.close()


Visit = Callable[..., Portal]


class Profiles:
    """Browser profiles, used again once they are empty: what Chromium has fetched and compiled once stays, as it does
    for a viewer who comes back. A first visit is `visit(..., first=True)`.
    """

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._free: dict[bool, list[BrowserContext]] = {True: [], False: []}

    def take(self, touch: bool, first: bool) -> BrowserContext:
        if self._free[touch] and not first:
            return self._free[touch].pop()
        context = self._browser.new_context(has_touch=touch, locale="en-GB")
        context.set_default_timeout(15_000)
        return context

    def give(self, context: BrowserContext, touch: bool) -> None:
        """Without pages, cookies, storage and permissions: nobody's."""
        for page in context.pages:
            away(page)
            page.close()
        context.set_storage_state({"cookies": [], "origins": []})
        context.clear_permissions()
        self._free[touch].append(context)


@pytest.fixture(scope="session")
def profiles(browser: Browser) -> Profiles:
    return Profiles(browser)


@pytest.fixture
def visit(site: SandboxClient, profiles: Profiles, request: pytest.FixtureRequest) -> Iterator[Visit]:
    """`visit("analyst-west", "/trips", theme="dark", width=390)`: a browser profile of their own, signed in to Connect.

    With no path nothing is opened yet. Unless `forget` is off, what the portal kept for the viewer is dropped first;
    `first` is a browser that has never been here. At the end every page must have been free of script errors, refused
    content (CSP) and requests to other hosts.
    """
    opened: list[tuple[BrowserContext, bool, Portal]] = []

    def open_(
        viewer: str = "engineer",
        path: str | None = "/",
        *,
        theme: str = "light",
        width: int = 1440,
        forget: bool = True,
        first: bool = False,
    ) -> Portal:
        touch = width < 500
        context = profiles.take(touch, first)
        answer = context.request.post(site.connect_url + "/__login__", form={"viewer": viewer}, max_redirects=0)
        assert answer.status == 303, answer.text()
        page = context.new_page()
        page.set_viewport_size({"width": width, "height": 844 if touch else 900})
        page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
        portal = Portal(page, site.content_url)
        if forget:
            portal.forget()
        opened.append((context, touch, portal))
        return portal if path is None else portal.open(path)

    yield open_
    failed = getattr(request.node, "failed", False)
    for index, (context, touch, portal) in enumerate(opened):
        if failed:
            _keep_picture(portal, f"{request.node.name}-{index}")
            closed(context)
        else:
            profiles.give(context, touch)
    if not failed:
        for *_, portal in opened:
            portal.expect_clean()


def _keep_picture(portal: Portal, name: str) -> None:
    folder = Path(ROOT / "test-results")
    folder.mkdir(exist_ok=True)
    portal.page.screenshot(path=folder / f"{name.replace('/', '_')}.png", full_page=True)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    outcome = yield
    if call.when == "call":
        item.failed = outcome.get_result().failed  # type: ignore[attr-defined]
