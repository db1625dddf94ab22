"""Markdown of other people: what it may become, and what stays text."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from dash.development.base_component import Component
from hypothesis import given
from hypothesis import strategies as st

from portal.ui import markdown

ALLOWED = {
    "A", "Blockquote", "Br", "Code", "Div", "Em", "H4", "H5", "H6", "Hr", "Li", "Ol", "P", "Pre", "S", "Span", "Strong",
    "Table", "Tbody", "Td", "Th", "Thead", "Tr", "Ul",
}  # fmt: skip


def parts(one: Any) -> Iterator[Component]:
    if isinstance(one, list | tuple):
        for inner in one:
            yield from parts(inner)
    elif isinstance(one, Component):
        yield one
        yield from parts(getattr(one, "children", None))


def text(one: Any) -> str:
    if isinstance(one, list | tuple):
        return "".join(map(text, one))
    return text(getattr(one, "children", None)) if isinstance(one, Component) else str(one or "")


def names(source: str) -> list[str]:
    return [type(one).__name__ for one in parts(markdown.draw(source))][1:]


def test_line_breaks_are_kept():
    assert names("one\ntwo\n\nthree") == ["P", "Br", "P"]


def test_what_markdown_is_for():
    assert names("## Title\n\n* **a**\n* `b`\n\n1. c") == [
        "H5",
        "Ul",
        "Li",
        "P",
        "Strong",
        "Li",
        "P",
        "Code",
        "Ol",
        "Li",
        "P",
    ]
    assert names("| a | b |\n|---|---|\n| 1 | 2 |")[:3] == ["Table", "Thead", "Tr"]


@pytest.mark.parametrize(
    "source",
    ["<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "a <b>bold</b> word", "<iframe src='//x'></iframe>"],
)
def test_html_stays_text(source: str):
    assert set(names(source)) <= {"P"}
    assert text(markdown.draw(source)) == source


@pytest.mark.parametrize(
    "to", ["javascript:alert(1)", "data:text/html,x", "vbscript:x", "//evil.example", "/jobs", "#x"]
)
def test_links_lead_only_where_the_web_is(to: str):
    assert not [one for one in parts(markdown.draw(f"[x]({to}) ![y]({to})")) if type(one).__name__ == "A"]


def test_an_image_is_fetched_by_nobody_who_only_looks():
    (link,) = [one for one in parts(markdown.draw("![logo](https://example.com/pixel.gif)")) if hasattr(one, "href")]
    assert (text(link), link.href, link.target) == ("logo", "https://example.com/pixel.gif", "_blank")
    assert "noopener" in link.rel


@given(st.text(alphabet="ab \n*_`[]()<>!#-|~&\\1.:/", max_size=300))
def test_whatever_comes_becomes_allowed_parts(source: str):
    drawn = markdown.draw(source)
    json.dumps(drawn.to_plotly_json(), default=lambda one: one.to_plotly_json())
    for one in parts(drawn):
        assert type(one).__name__ in ALLOWED
        assert set(one.to_plotly_json()["props"]) <= {
            "children",
            "className",
            "href",
            "target",
            "rel",
            "start",
            "scope",
        }


def test_a_comment_without_end_is_shown_whole():
    assert len(text(markdown.draw("word " * 10_000))) >= 49_000
    assert text(markdown.draw(">" * 5_000 + "deep")).endswith("deep")
