"""The documentation's host page, opened in Chromium: a page of the portal inside another origin's page."""

from __future__ import annotations

import functools
import http.server
import re
import threading
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, FrameLocator, Page, expect

from tests.browser.conftest import CONTENT, closed
from tests.sandbox_client import ROOT, SandboxClient, start_sandbox


class _Files(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Not into the tests' output."""


def serve() -> Iterator[str]:
    """docs/ on an origin of its own."""
    handler = functools.partial(_Files, directory=str(ROOT / "docs"))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def host() -> Iterator[str]:
    yield from serve()


@pytest.fixture(scope="module")
def stranger() -> Iterator[str]:
    yield from serve()


@pytest.fixture(scope="module")
def embeddable(host: str) -> Iterator[SandboxClient]:
    """A portal that lets `host` embed it."""
    words = ("--eager", "--content-dir", str(ROOT), "--content-command", CONTENT)
    client = start_sandbox(*words, "--content-env", f"PORTAL_FRAME_ANCESTORS={host}")
    yield client
    client.stop()


def open_in(
    browser: Browser, embeddable: SandboxClient, host: str, path: str, viewer: str = "analyst-west", more: str = ""
) -> tuple[Page, FrameLocator]:
    embeddable.reset()
    context = browser.new_context(viewport={"width": 1200, "height": 800}, color_scheme="light")
    context.set_default_timeout(15_000)
    context.request.post(embeddable.connect_url + "/__login__", form={"viewer": viewer}, max_redirects=0)
    page = context.new_page()
    page.goto(f"{host}/embedding-host.html?portal={quote(embeddable.content_url + path, safe='')}{more}")
    return page, page.frame_locator("#portal")


def height(page: Page) -> float:
    box = page.locator("#portal").bounding_box()
    assert box is not None
    return box["height"]


def test_the_page_alone_as_high_as_it_is(browser: Browser, embeddable: SandboxClient, host: str):
    page, frame = open_in(browser, embeddable, host, "trips?zip=10103")
    expect(frame.get_by_role("heading", level=1)).to_have_text("Trips")
    expect(frame.get_by_role("navigation", name="Main")).to_be_hidden()
    expect(frame.get_by_label("Pickup ZIP")).to_have_value("10103")
    expect(page.locator("#where")).to_have_text(re.compile(r"/trips\?zip=10103$"))
    expect(frame.get_by_role("grid", name="Trips")).to_be_visible()
    page.wait_for_timeout(800)
    shown = height(page)
    inside = page.frames[1].evaluate(
        "[document.documentElement.scrollHeight, document.documentElement.clientHeight,"
        " document.querySelector('main').offsetHeight]"
    )
    assert inside[0] <= inside[1] + 1, "no scroll bar inside"
    assert abs(shown - inside[2]) < 40, "and no empty space below"
    page.wait_for_timeout(600)
    assert height(page) == shown, "it does not creep"
    closed(page.context)


def test_it_shrinks_again(browser: Browser, embeddable: SandboxClient, host: str):
    page, frame = open_in(browser, embeddable, host, "trips")
    expect(frame.get_by_role("grid", name="Trips")).to_be_visible()
    page.wait_for_timeout(800)
    high = height(page)
    frame.get_by_label("At least miles").fill("100000")
    expect(frame.get_by_role("heading", name="No trips")).to_be_visible()
    page.wait_for_timeout(800)
    assert height(page) < high - 100
    closed(page.context)


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_the_theme_is_the_hosts_to_choose(browser: Browser, embeddable: SandboxClient, host: str, theme: str):
    page, frame = open_in(browser, embeddable, host, "identity", more=f"&theme={theme}")
    expect(frame.get_by_role("heading", level=1)).to_have_text("Identity")
    expect(frame.locator("html")).to_have_attribute("data-bs-theme", theme)
    closed(page.context)


def test_links_inside_stay_embedded_also_over_a_reload(browser: Browser, embeddable: SandboxClient, host: str):
    page, frame = open_in(browser, embeddable, host, "", more="&theme=dark")
    frame.get_by_role("link", name="Shared Endpoint").click()
    expect(page.locator("#where")).to_have_text(re.compile(r"/warehouse(\?.*)?$"))
    inside = page.frames[1]
    assert "embed=true" in inside.url
    assert "theme=dark" in inside.url
    inside.evaluate("location.reload()")
    expect(frame.get_by_role("navigation", name="Main")).to_be_hidden()
    expect(frame.locator("html")).to_have_attribute("data-bs-theme", "dark")
    closed(page.context)


def test_another_origin_may_not_embed_it(browser: Browser, embeddable: SandboxClient, stranger: str):
    page, _ = open_in(browser, embeddable, stranger, "identity")
    page.wait_for_timeout(1500)
    assert "embed=true" not in page.frames[1].url, "the browser refuses the frame"
    expect(page.locator("#where")).to_have_text("nothing yet")
    closed(page.context)


def test_a_deep_link_survives_the_sign_in(browser: Browser, embeddable: SandboxClient, host: str):
    page, frame = open_in(browser, embeddable, host, "trips?zip=10103", viewer="newcomer")
    link = frame.get_by_role("link", name="Sign in to Databricks").first
    expect(link).to_be_visible()
    with page.context.expect_page() as opened:
        link.click()
    opened.value.wait_for_load_state()
    opened.value.close()
    page.bring_to_front()
    page.frames[1].evaluate("window.dispatchEvent(new Event('focus'))")
    expect(frame.get_by_role("grid", name="Trips")).to_be_visible()
    expect(frame.get_by_label("Pickup ZIP")).to_have_value("10103")
    expect(page.locator("#where")).to_have_text(re.compile(r"/trips\?zip=10103$"))
    closed(page.context)


def test_a_deep_link_survives_connects_own_sign_in(browser: Browser, embeddable: SandboxClient):
    """The content's address, opened by someone who is not signed in to Connect yet."""
    embeddable.reset()
    context = browser.new_context()
    page = context.new_page()
    page.goto(embeddable.content_url + "trips?zip=10103&embed=true")
    page.get_by_role("button", name="analyst-west").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Trips")
    expect(page.get_by_label("Pickup ZIP")).to_have_value("10103")
    expect(page.get_by_role("navigation", name="Main")).to_be_hidden()
    closed(context)
