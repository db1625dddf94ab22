"""Every page and state in one visit each: it looks as it did, axe finds nothing, and nothing scrolls sideways; in both
themes and at three widths.

`make looks` (`LOOKS=remake python -m pytest tests/browser/test_scenes.py`, with `-k '[home]'` for one) looks anew,
after a change that was meant: the pictures in `tests/browser/looks/` are then what was seen. Look at them before you
commit them. Where a page differs, what was seen, what was expected and the difference are in `test-results/looks/`.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser import likeness
from tests.browser.conftest import Visit
from tests.browser.likeness import LOOKS, SIZES, Look, Sheet
from tests.browser.pages import Portal
from tests.browser.scenes import MOST, SCENES, Scene
from tests.sandbox_client import ROOT, SandboxClient

FOLDER = Path(__file__).parent / "looks"
RESULTS = ROOT / "test-results" / "looks"
REMAKE = os.environ.get("LOOKS") == "remake"
PATIENCE = 8.0
"""Seconds in which a page settles after its window has changed: charts, graphs and grids are drawn anew."""
READ_BY_AXE = {(1440, "light"), (1440, "dark"), (390, "dark")}

ZOOMED = {"width": 720, "height": 450}
"""What is left of 1440 × 900 px at 200 % zoom."""

by_name = pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)


def shown(visit: Visit, site: SandboxClient, scene: Scene) -> Portal:
    portal = visit(scene.viewer, None, forget=scene.forget)
    path = scene.address(site)
    if scene.before is not None:
        scene.before(site)
    scene.act(portal.open(path))
    if scene.name != "loading":
        portal.expect_no_loading()
    return portal


def look(portal: Portal, width: int, theme: str) -> None:
    """Change the window as a viewer would, without motion: a colour on its way from one theme to the other is none."""
    portal.page.set_viewport_size({"width": width, "height": SIZES[width]})
    portal.page.emulate_media(color_scheme="dark" if theme == "dark" else "light", reduced_motion="reduce")
    expect(portal.page.locator("html")).to_have_attribute("data-bs-theme", theme)


def picture(portal: Portal) -> Image.Image:
    return likeness.shrink(portal.page.screenshot(animations="disabled", caret="hide"))


def until(portal: Portal, good: Callable[[Image.Image], bool]) -> Image.Image:
    """The page's picture once it is good, or the last one."""
    end = time.monotonic() + PATIENCE
    while not good(taken := picture(portal)) and time.monotonic() < end:
        portal.page.wait_for_timeout(150)
    return taken


def settled(portal: Portal) -> Image.Image:
    """Its picture once two in a row are the same."""
    before = [picture(portal)]
    portal.page.wait_for_timeout(400)

    def same(now: Image.Image) -> bool:
        last, before[0] = before[0], now
        return now == last

    return until(portal, same)


def differs(seen: Image.Image, expected: Image.Image) -> float:
    """The share of blocks that are unlike."""
    return float(likeness.unlike(seen, expected).mean())


@by_name
def test_it_looks_as_it_did_and_axe_finds_nothing(visit: Visit, site: SandboxClient, scene: Scene) -> None:
    sheet = Sheet(FOLDER / f"{scene.name}.webp")
    expected = {} if REMAKE else sheet.read()
    portal = shown(visit, site, scene)
    seen: dict[Look, Image.Image] = {}
    told = []
    for width, theme in LOOKS:
        look(portal, width, theme)
        if REMAKE:
            seen[width, theme] = settled(portal)
        elif trouble := _compared(portal, expected[width, theme], scene, f"{scene.name}-{width}-{theme}"):
            told.append(trouble)
        portal.expect_no_sideways_scrolling()
        if (width, theme) in READ_BY_AXE:
            portal.expect_no_violations(theme)
    portal.page.set_viewport_size(ZOOMED)
    portal.expect_no_sideways_scrolling()
    site.clear_faults()
    if REMAKE:
        sheet.write(seen)
    assert not told, "\n".join(told)


def _compared(portal: Portal, expected: Image.Image, scene: Scene, name: str) -> str | None:
    """What is wrong with how the page looks, if anything; pictures of it are then in `RESULTS`."""
    shares = []

    def alike(now: Image.Image) -> bool:
        shares.append(differs(now, expected))
        return shares[-1] <= scene.most

    seen = until(portal, alike)
    if shares[-1] <= scene.most:
        return None
    likeness.keep(RESULTS, name, seen, expected)
    return f"{name}: {shares[-1]:.1%} of it looks otherwise (at most {scene.most:.1%}), see {RESULTS.relative_to(ROOT)}"


# What the comparison is worth: another font is no difference, each of these faults is one.

SERIF = "*:not(code, pre, .cm-content *) { font-family: 'DejaVu Serif', serif !important; }"
FAULTS = (
    (1440, "a card is missing", "[data-region=home-runs] { visibility: hidden; }"),
    (1440, "the side is wider", ".shell { grid-template-columns: 17rem minmax(0, 1fr) !important; }"),
    (1440, "the side is on the right", ".shell { direction: rtl; } .shell > * { direction: ltr; }"),
    (1440, "cards have the page's colour", ":root { --p-surface: var(--p-canvas) !important; }"),
    (390, "the smallest card is missing", "[data-region=home-warehouse] { visibility: hidden; }"),
)


def test_a_font_is_no_difference_and_a_fault_is_one(visit: Visit, site: SandboxClient) -> None:
    home = next(scene for scene in SCENES if scene.name == "home")
    portal = shown(visit, site, home)
    expected = Sheet(FOLDER / "home.webp").read()

    def with_style(width: int, css: str, theme: str = "light") -> float:
        style = portal.page.add_style_tag(content=css or "/* nothing */")
        look(portal, width, theme)
        share = differs(picture(portal), expected[width, "light"])
        style.evaluate("node => node.remove()")
        return share

    for width in (1440, 390):
        look(portal, width, "light")
        until(portal, lambda now, width=width: differs(now, expected[width, "light"]) <= MOST)  # type: ignore[misc]
        assert with_style(width, SERIF) <= MOST
    shares = {fault: with_style(width, css) for width, fault, css in FAULTS}
    shares["the theme is the other one"] = with_style(1440, "", "dark")
    portal.page.evaluate("document.querySelector('link[href*=\"portal.css\"]').disabled = true")
    shares["a style sheet is lost"] = with_style(1440, "")
    assert min(shares.values()) > MOST, shares
