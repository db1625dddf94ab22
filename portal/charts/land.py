"""The land, for maps: Natural Earth's 110m outlines from the npm package world-atlas, made a trace by `portal.build`.

plotly.js's own maps would cost a larger bundle and fetch their outlines from another host.
"""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from portal.paths import paths

LAND = paths.assets / "vendor" / "land-110m.json"


def trace() -> dict[str, Any]:
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
