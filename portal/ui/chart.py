"""Charts: plotly.js, in the portal's colours, with a name and a text alternative.

`assets/src/parts/bundles.js` loads the bundle when a page draws its first chart, and
`assets/src/parts/chart-theme.js` gives every figure the theme's template; figures here carry no colours of their own,
and one that names a colour keeps it. A series' colour is a token (`--p-series-1` to `8` of `assets/tokens.css`) unless
a page's layout has a `colorway`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import dcc, html

from portal.results.markup import Figure, Markup, PlotlyFigure, of_plotly, plain
from portal.ui.attributes import aria

__all__ = ["Figure", "Markup", "chart", "figure"]


def figure(traces: Sequence[Mapping[str, object]], *, x: str = "", y: str = "", **layout: Any) -> Figure:
    """A figure as plotly.js takes it. `x` and `y` are the axes' titles; `layout` overrides what we set.

    Of `xaxis` and `yaxis` it overrides what it names and leaves the rest. Text is text: tags of your own go into
    `Markup`, and a `hovertemplate` names data (`%{x}`) instead of holding it.
    """
    axis = {"automargin": True, "zeroline": False, "fixedrange": True, "ticks": "", "showline": False}
    made = {
        "data": [{"hoverlabel": {"namelength": -1}, **trace} for trace in traces],
        "layout": {
            "autosize": True,
            "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
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
    return Figure(plain(made))


def chart(
    chart_id: str,
    drawn: dict[str, object] | PlotlyFigure,
    name: str,
    description: str = "",
    *,
    height: str = "20rem",
) -> html.Figure:
    """A chart named `name`; `description` says in a sentence what it shows, for those who do not see it.

    `drawn` is one of `figure`, or of plotly.py (`px.line(frame, …)`), of any kind: what the portal's own bundle of
    plotly.js does not draw is drawn by the whole of it, which loads then.
    """
    graph = dcc.Graph(
        id=chart_id,
        figure=_figure(drawn),
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


def _figure(drawn: dict[str, object] | PlotlyFigure) -> Figure:
    if isinstance(drawn, dict):
        return drawn if isinstance(drawn, Figure) else Figure(plain(drawn))
    return of_plotly(drawn)
