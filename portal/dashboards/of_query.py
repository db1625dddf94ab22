"""What people drew of a saved query in the workspace, drawn from its rows: one statement for all, with the values of
parameters that it was last saved with, and only where it does nothing but read. It runs when the viewer says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, tzinfo
from hashlib import sha256
from urllib.parse import quote

from dash import html
from dash.development.base_component import Component

from portal.boards import checked, saved
from portal.boards.checked import Unsafe
from portal.boards.definition import Board
from portal.boards.queries import CHART_ROWS, Planned, Refused
from portal.databricks import definitions, kept, parameters
from portal.databricks.numbers import Missing
from portal.databricks.sqllexer import TooLong
from portal.databricks.sqltext import markers
from portal.settings import settings
from portal.ui.boards import bar, frame


@dataclass(frozen=True)
class Drawn:
    """A saved query with its visualizations as a board."""

    kept: kept.Opened
    board: Board

    @property
    def etag(self) -> str:
        return self.kept.query.updated

    @property
    def link(self) -> str:
        return databricks_link(self.kept.query.id)

    @property
    def own_warehouse(self) -> str:
        return self.kept.query.warehouse_id

    def plan(self, now: datetime, zone: tzinfo) -> list[Planned | Refused]:
        """The query's own text once, for all that can be drawn; else why it does not run."""
        query = self.kept.query
        names = tuple(one.name for one in self.board.canvas[0].widgets if not one.unsupported)
        try:
            text = checked.query(query.text)
            own = definitions.given(one for one in self.kept.definitions if one.name in markers(text))
            text, bound = parameters.bound(text, parameters.settled(own, now, zone))
        except (Unsafe, TooLong) as error:
            return [Refused(name, f"The query is not run here. {error}") for name in names]
        except Missing as error:
            return [Refused(name, f"{error.message} It has none that was saved.") for name in names]
        where = (query.catalog or None, query.schema or None)
        parts = [*where, text, *[(one.name, one.value, one.type) for one in bound]]
        key = sha256(repr(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]
        return [
            Planned(key, text, bound, names, *where, CHART_ROWS, query.name, row_limit=CHART_ROWS + 1, page="query")
        ]


def opened(query_id: str) -> Drawn:
    """As the current viewer; raises `NoSuchThing`."""
    found = kept.glanced(query_id)
    return Drawn(found, saved.board(found.query.name, found.query.text, found.drawn))


def databricks_link(query_id: str) -> str:
    host = settings().databricks_host
    return f"{host}/sql/editor/{quote(query_id, safe='')}" if host else ""


def section(query_id: str) -> list[Component]:
    """What a query's page shows of them; nothing where nobody made any."""
    found = opened(query_id)
    said: list[Component] = [html.P(found.kept.note, className="catalog-note")] if found.kept.note else []
    widgets = found.board.canvas[0].widgets
    if not widgets:
        return said
    text = "Made in Databricks. They are drawn from the query's rows, with the values that it was saved with."
    tools: list[Component | None] = [bar.as_of()]
    if any(not one.unsupported for one in widgets):
        run = "Run the query as yourself, and draw these of its rows"
        tools += [bar.tool("again", "play-fill", "Run and draw", run), bar.tool("stop", "stop-fill", "Stop", "Stop it")]
    tools.append(bar.in_databricks(found.link))
    place = frame.Place(f"queries/{found.kept.query.id}", found.etag, found.link, "query", waits=True)
    return [
        html.Div(
            [html.H2("Visualizations", className="region-title"), html.Div(tools, className="board-tools")],
            className="board-bar",
        ),
        html.P(text, className="grid-note"),
        *said,
        bar.banner(),
        *frame.draw(found.board, found.board.canvas[0], place, {}, tabs=False),
    ]
