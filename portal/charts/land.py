"""The land, for maps: Natural Earth's 110m outlines from the npm package world-atlas, made a trace by `portal.build`.

plotly.js's own maps would cost a larger bundle and fetch their outlines from another host.
"""

from __future__ import annotations

import json
from functools import cache

from portal.paths import paths
from portal.shapes import Plotly

LAND = paths.assets / "vendor" / "land-110m.json"


def trace() -> Plotly:
    """A filled trace of the land: longitudes across, latitudes up, null between outlines."""
    x, y = _outlines()
    return {
        "type": "scatter", "mode": "lines", "x": list(x), "y": list(y), "fill": "toself", "hoverinfo": "skip",
        "showlegend": False, "name": "",
    }  # fmt: skip


@cache
def _outlines() -> tuple[list[float | None], list[float | None]]:
    found = json.loads(LAND.read_text(encoding="utf-8"))
    return found["x"], found["y"]
