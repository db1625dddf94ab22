"""What the browser is told of a widget: its state, what is in it, and where its rows come from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import pyarrow as pa
import structlog

from portal.boards import tiles
from portal.boards.definition import Board, Widget
from portal.boards.queries import Planned, Refused
from portal.charts.formats import Locale
from portal.dashboards.running import Outcome
from portal.databricks import workspace
from portal.results.result import Result, opened
from portal.ui.boards import tiles as drawn
from portal.viewer.errors import NotPermitted, PortalError

State = Literal["loading", "drawn", "empty", "failed", "not-permitted", "unsupported"]
Answer = dict[str, object]
"""`state` and `body` (elements), with `figure` and `table` of a chart; `statement`, `rows`, `asOf`, `key`, `notes`."""

log = structlog.get_logger(__name__)


def rows(result: Result, planned: Planned) -> pa.Table:
    """The rows that a widget is drawn of: one more than its cap at most."""
    return result.rows(0, planned.cap + 1)


def fetch(outcomes: Sequence[Outcome]) -> None:
    """Bring the rows of what is done, several at a time: drawing then finds them here. A failure is met there again."""

    def bring(outcome: Outcome) -> None:
        if outcome.error is None and outcome.statement is not None:
            rows(opened(outcome.statement.id), outcome.planned)

    workspace.each(bring, [one for one in outcomes if one.done])


def refused(widget: Widget, why: Refused, link: str) -> Answer:
    """A widget whose statement does not run."""
    if why.because == "value":
        return _answer("failed", drawn.state("No value", why.reason, "Choose another one in the filters.", tone="warn"))
    return _answer("unsupported", drawn.unsupported(why.reason, _kind(widget), link))


def of(board: Board, widget: Widget, outcome: Outcome, locale: Locale, link: str) -> Answer:
    """A widget whose statement is done. Never raises for what a stranger's file or rows do."""
    about = {"key": outcome.planned.key, "asOf": outcome.as_of}
    if outcome.error is not None:
        return {**trouble(outcome.error, outcome.planned.dataset), **about}
    assert outcome.statement is not None
    try:
        result = opened(outcome.statement.id)
        table = rows(result, outcome.planned)
        about |= {"statement": result.id, "rows": result.total}
        return {**made(board, widget, table, outcome.planned, locale, link), **about}
    except PortalError as error:
        return {**trouble(error, outcome.planned.dataset), **about}
    except Exception:
        log.exception("a widget could not be drawn", kind=widget.kind)
        said = "The portal could not draw this. The team that runs it finds the cause in its log."
        return {**_answer("failed", drawn.state("Something went wrong", said, tone="bad")), **about}


def made(
    board: Board, widget: Widget, table: pa.Table, planned: Planned, locale: Locale, link: str, words: str = "",
    page: int = 0,
) -> Answer:  # fmt: skip
    """A widget over its rows."""
    tile = tiles.of(board, widget, table, planned, locale)
    title = widget.label
    notes = list(getattr(tile, "notes", ()))
    match tile:
        case tiles.Chart(chart=chart, figure=figure):
            picks = {"x": chart.x.column if chart.x else "", "color": chart.color.column if chart.color else ""}
            body = {"figure": figure, "kind": chart.kind, "picks": picks}
            return {**_answer("drawn", None, notes), **body}
        case tiles.Crossed(pivot=pivot):
            return _answer("drawn", drawn.pivot(pivot, title), notes)
        case tiles.Listed(table=listed):
            return _answer("drawn", drawn.table(listed, title, locale, words, page), notes)
        case tiles.Counted(counter=counter):
            return _answer("drawn", drawn.counter(counter, title), notes)
        case tiles.Text():
            return _answer("drawn", drawn.text(tile))
        case tiles.Empty():
            return _answer("empty", drawn.empty(), notes)
        case tiles.Undrawn(reason=reason):
            return _answer("unsupported", drawn.unsupported(reason, _kind(widget), link))
    raise AssertionError(tile)


def trouble(error: PortalError, dataset: str) -> Answer:
    """What failed, or is not permitted; what passes by itself is still loading."""
    if error.waits:
        return {**_answer("loading", None), "wait": error.message}
    found: State = "not-permitted" if isinstance(error, NotPermitted) else "failed"
    return {**_answer(found, drawn.failed(error, dataset)), "kind": error.kind, "said": error.message}


def _answer(state: State, body: object, notes: Sequence[str] = ()) -> Answer:
    return {"state": state, "body": body, "notes": list(notes)}


def _kind(widget: Widget) -> str:
    kind: Mapping[str, object] = widget.spec
    older = kind.get("viz_spec") if isinstance(kind, Mapping) else None
    if isinstance(older, Mapping) and isinstance(older.get("viz_type"), str):
        return str(older["viz_type"])[:60]
    return widget.kind
