"""Charts: plotly.js (the cartesian bundle), in the portal's colours, with a name and a text alternative.

`assets/bundles.js` loads the bundle when a page draws its first chart, and `assets/chart.js` re-colours charts when the
theme changes; figures here carry no theme of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import dcc, html

from portal.ui.attributes import aria

PALETTE = ("#3566d6", "#c2571a", "#0f8a6a", "#8a4fbf", "#b0841b", "#c0396b", "#5a6b7b", "#1f8fb0")
"""Eight hues that keep 3:1 against both themes' surfaces; beyond them a chart should group."""


def figure(traces: Sequence[dict[str, Any]], *, x: str = "", y: str = "", **layout: Any) -> dict[str, Any]:
    """A figure as plotly.js takes it. `x` and `y` are the axes' titles; `layout` overrides what we set.

    Of `xaxis` and `yaxis` it overrides what it names and leaves the rest.
    """
    axis = {"automargin": True, "zeroline": False, "fixedrange": True, "ticks": "", "showline": False}
    return {
        "data": [{"hoverlabel": {"namelength": -1}, **trace} for trace in traces],
        "layout": {
            "autosize": True,
            "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "colorway": list(PALETTE),
            "font": {"size": 12},
            "hovermode": "x unified",
            "dragmode": False,
            "bargap": 0.18,
            "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
            **layout,
            "xaxis": {**axis, "title": {"text": x}, "showgrid": False, **layout.get("xaxis", {})},
            "yaxis": {
                **axis,
                "title": {"text": y},
                "rangemode": "tozero",
                "tickformat": ",~r",
                **layout.get("yaxis", {}),
            },
        },
    }


def chart(
    chart_id: str, drawn: dict[str, Any], name: str, description: str = "", *, height: str = "20rem"
) -> html.Figure:
    """A chart named `name`; `description` says in a sentence what it shows, for those who do not see it."""
    graph = dcc.Graph(
        id=chart_id,
        figure=drawn,
        responsive=True,
        config={"displayModeBar": False, "displaylogo": False, "responsive": True},
        style={"height": height},
    )
    return html.Figure(
        [
            html.Div(graph, role="img", className="chart", **aria(label=f"{name}. {description}".strip())),
            html.Figcaption(description, className="chart-caption") if description else None,
        ],
        className="chart-figure card card-body",
    )
