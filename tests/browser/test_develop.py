"""`make dev` in a browser: open pages follow what is saved, and mistakes are told where they are made."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import closed
from tests.developing import SEEN_SECONDS, Developing, developing

PAGE = """
import dash
from dash import Input, Output, State, callback, dcc, html

from portal.api import states

dash.register_page(__name__, path="/ours", name="Ours")


def layout(**_):
    return html.Div(
        [
            html.H1("Ours"),
            html.P("{says}"),
            dcc.Input(id="ours-note", persistence=True, debounce=False),
            html.Button("Count", id="ours-go"),
            states.region("ours-count", "Count", html.P("nothing yet")),
        ]
    )


@callback(Output("ours-count", "children"), Input("ours-go", "n_clicks"), {state} prevent_initial_call=True)
@states.guarded
def count(clicks, note):
    return html.P(f"{{clicks}} of {{note}}")
"""
RIGHT = 'State("ours-note", "value"),'
WRONG = 'State("ours-nowhere", "value"),'
SEEN = SEEN_SECONDS * 1000


@pytest.fixture(scope="module")
def dev(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Developing]:
    with developing(tmp_path_factory.mktemp("dev")) as running:
        running.saved("pages/ours.py", PAGE.format(says="as it was", state=RIGHT))
        yield running


@pytest.fixture
def page(dev: Developing, browser: Browser) -> Iterator[Page]:
    dev.saved("pages/ours.py", PAGE.format(says="as it was", state=RIGHT))
    context = browser.new_context(locale="en-GB", viewport={"width": 1440, "height": 900})
    opened = context.new_page()
    opened.goto(f"{dev.portal.url}ours?region=west")
    expect(opened.get_by_text("as it was")).to_be_visible()
    expect(opened.locator("#picture")).to_have_count(0)
    yield opened
    closed(context)


def marked(page: Page) -> bool:
    """Whether the document is still the one that was marked."""
    return bool(page.evaluate("() => window.marked === true"))


def styles(page: Page) -> list[str]:
    found: list[str] = page.evaluate(
        "() => [...document.querySelectorAll('link[rel=stylesheet]')].map((it) => it.href)"
    )
    return found


def test_an_open_page_shows_what_was_saved_and_keeps_what_was_typed(dev: Developing, page: Page):
    page.get_by_role("textbox").fill("a note of mine")
    dev.save("pages/ours.py", PAGE.format(says="as it is", state=RIGHT))
    expect(page.get_by_text("as it is")).to_be_visible(timeout=SEEN)
    expect(page.locator("#picture")).to_have_count(0, timeout=SEEN)
    expect(page.get_by_role("textbox")).to_have_value("a note of mine")
    assert page.url.endswith("/ours?region=west")
    page.get_by_role("button", name="Count").click()
    expect(page.get_by_text("1 of a note of mine")).to_be_visible()


def test_a_style_sheet_takes_the_place_of_the_old_one_and_the_page_stays(dev: Developing, page: Page):
    page.evaluate("() => { window.marked = true; }")
    before = styles(page)
    text = (dev.root / "assets" / "shell.css").read_text(encoding="utf-8")
    heading = page.get_by_role("heading", name="Ours")
    for colour in ("rgb(1, 2, 3)", "rgb(4, 5, 6)"):
        dev.save("assets/shell.css", f"{text}\nh1 {{ color: {colour} !important; }}\n")
        expect(heading).to_have_css("color", colour, timeout=SEEN)
        expect(page.locator('link[rel="stylesheet"][href*="/assets/shell.css"]')).to_have_count(1)
    dev.save("assets/shell.css", text)
    expect(heading).not_to_have_css("color", "rgb(4, 5, 6)", timeout=SEEN)
    assert marked(page), "the page was not loaded again"
    expect(page.locator('link[rel="stylesheet"]')).to_have_count(len(before), timeout=SEEN)
    assert styles(page) == before


def test_a_state_on_a_part_that_is_not_there_is_told_where_it_is_missed(dev: Developing, page: Page):
    dev.save("pages/ours.py", PAGE.format(says="with a mistake", state=WRONG))
    expect(page.get_by_text("with a mistake")).to_be_visible(timeout=SEEN)
    expect(page.locator("#picture")).to_have_count(0, timeout=SEEN)
    page.get_by_role("button", name="Count").click()
    told = page.get_by_role("region", name="Count").get_by_role("alert")
    expect(told).to_contain_text("ours-nowhere.value")
    expect(told).to_contain_text("State")
    dev.save("pages/ours.py", PAGE.format(says="mended", state=RIGHT))
    expect(page.get_by_text("mended")).to_be_visible(timeout=SEEN)
    expect(page.locator("#picture")).to_have_count(0, timeout=SEEN)
    page.get_by_role("button", name="Count").click()
    expect(page.get_by_text("1 of")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)
