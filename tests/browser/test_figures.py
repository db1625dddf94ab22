"""Figures of any kind are drawn as what they are, in the theme's colours; the whole of plotly.js comes if it must."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.conftest import Visit

DRAW = """async ([type, trace]) => {
  const box = document.createElement("div");
  box.style.cssText = "width:300px;height:300px";
  document.body.append(box);
  await window.Plotly.newPlot(box, [{type, ...trace}], {});
  const drawn = box._fullData[0]?.type;
  window.Plotly.purge(box);
  box.remove();
  return drawn;
}"""
SMALL = "bar box contour heatmap histogram histogram2d histogram2dcontour image pie scatter scatterternary violin"
BEYOND = (
    ("sunburst", {"labels": ["A", "B"], "parents": ["", "A"], "values": [1, 1]}),
    ("treemap", {"labels": ["A", "B"], "parents": ["", "A"], "values": [1, 1]}),
    ("funnel", {"x": [3, 1], "y": ["a", "b"]}),
    ("waterfall", {"x": ["a", "b"], "y": [3, -1]}),
    ("sankey", {"node": {"label": ["a", "b"]}, "link": {"source": [0], "target": [1], "value": [1]}}),
    ("indicator", {"mode": "number", "value": 7}),
    ("table", {"header": {"values": ["a"]}, "cells": {"values": [[1]]}}),
    ("scatterpolar", {"r": [1, 2], "theta": [0, 90]}),
    ("choropleth", {"locations": ["FRA"], "z": [1]}),
)


def scripts(page: Page) -> list[str]:
    return page.evaluate("[...document.scripts].map((one) => one.src).filter((src) => src.includes('plotly'))")  # type: ignore[no-any-return]


def test_what_the_small_bundle_lacks_is_drawn_by_the_whole(visit: Visit) -> None:
    portal = visit("analyst-west", "/trips")
    page = portal.page
    expect(page.get_by_role("img", name="Trips by pickup hour").locator(".bars .point")).to_have_count(24)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    for kind in SMALL.split():
        assert page.evaluate(DRAW, [kind, {}]) == kind
    assert len(scripts(page)) == 1, "the small bundle draws these"
    for kind, trace in BEYOND:
        assert page.evaluate(DRAW, [kind, trace]) == kind
    assert len(scripts(page)) == 2
    assert said == [], "the content security policy holds"
    # What was drawn before goes on.
    page.evaluate("window.portal.theme.choose('dark')")
    expect(page.get_by_role("img", name="Trips by pickup hour").locator(".bars .point")).to_have_count(24)


def test_colours_that_plotly_py_wrote_are_the_themes(visit: Visit) -> None:
    portal = visit("analyst-west", "/trips")
    page = portal.page
    expect(page.get_by_role("img", name="Trips by pickup hour").locator(".bars .point")).to_have_count(24)
    colours = """async () => {
      const box = document.createElement("div");
      document.body.append(box);
      const marker = (color) => ({y: [1, 2], type: "bar", marker: {color}});
      const template = {layout: {font: {size: 40}}};
      await window.Plotly.newPlot(box, [marker("#636efa"), marker("#123456")], {template});
      const shown = box._fullData.map((trace) => trace.marker.color);
      const token = getComputedStyle(document.documentElement).getPropertyValue("--p-series-1").trim();
      return [...shown, token, box._fullLayout.font.size];
    }"""
    first, named, token, size = page.evaluate(colours)
    assert (first, named, size) == (token, "#123456", 12)
