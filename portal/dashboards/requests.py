"""Answers to the requests of a dashboard's page (`portal.dashboards.routes`). One submits what is in sight and returns
what is done; no callback takes part, which would hold a thread for each tile.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Annotated

import pyarrow as pa
from flask import Response, jsonify
from pydantic import Field

from portal.boards import queries
from portal.boards.definition import Board, Page, Widget
from portal.boards.queries import Click, Planned, Refused
from portal.charts.formats import Locale
from portal.dashboards import answers, of_query
from portal.dashboards.answers import Answer
from portal.dashboards.of_query import Drawn
from portal.dashboards.opened import Opened, opened, warehouse
from portal.dashboards.running import Look
from portal.databricks import dashboards, spans, workspace
from portal.databricks.dashboards import Facts
from portal.results import values
from portal.results.result import opened as result_of
from portal.ui.boards.frame import page_of
from portal.ui.resultsources import lineage_path
from portal.viewer.errors import NoSuchThing, StatementFailed
from portal.viewer.given import Given, Short, Whole
from portal.web.bodies import body

SHOWN_ROWS = 1_000
"""Rows of a tile that its menu lists."""
MENU_SHOWN = 200
"""Choices of a filter at a time: more are found by searching."""

Member = Annotated[str, Field(max_length=10_000)]
Name = Annotated[str, Field(max_length=1_000)]


class GivenIds(Given):
    ids: Annotated[list[Short], Field(max_length=50)]


class GivenClick(Given):
    widget: Name
    field: Name
    value: Member | None = None


class GivenPage(Given):
    """Where a page stands. `values` are the address' own; `zone` the browser's time zone, `separators` its numbers'."""

    page: Name = ""
    values: Annotated[dict[Name, Annotated[list[Member], Field(max_length=10_000)]], Field(max_length=300)] = Field({})
    zone: Short = ""
    separators: Short = ""
    at: Whole | None = None
    """Minutes since 1970 that "now" means for this page: its statements stay the same as long as it is looked at."""
    look: Short = ""
    anew: Short = ""
    clicks: Annotated[list[GivenClick], Field(max_length=20)] = Field([])


class GivenTiles(GivenPage):
    """`widgets` in the order in which they are wanted; `known` are the keys of those that are drawn."""

    widgets: Annotated[list[Name], Field(max_length=100)]
    known: Annotated[dict[Name, Short], Field(max_length=100)] = Field({})


class GivenTile(GivenPage):
    widget: Name
    words: Short = ""
    number: Whole = 0


class GivenMenu(GivenPage):
    widget: Name
    words: Short = ""


class GivenStop(GivenPage):
    widgets: Annotated[list[Name], Field(max_length=100)] = Field([])
    leaving: bool = False


def facts() -> Response:
    """`{ids}` to `{facts: {id: {folder, changed}}}`; null for what may not be seen any more."""
    asked = list(dict.fromkeys(body(GivenIds).ids))
    found = zip(asked, workspace.each(dashboards.facts, asked), strict=True)
    return jsonify(facts={id: _packed(one) for id, one in found})


def _packed(one: object) -> dict[str, object] | None:
    """`changed` is epoch milliseconds."""
    return {"folder": one.folder, "changed": one.changed_at} if isinstance(one, Facts) else None


@dataclass(frozen=True)
class _Place:
    """A page of a dashboard, or a saved query's visualizations, as a request has it."""

    found: Opened | Drawn
    page: Page
    given: GivenPage

    @property
    def board(self) -> Board:
        return self.found.board

    @property
    def zone(self) -> tzinfo:
        return spans.zone_of(self.given.zone)

    @property
    def now(self) -> datetime:
        try:
            return datetime.fromtimestamp(self.given.at * 60, UTC) if self.given.at else datetime.now(UTC)
        except (ValueError, OverflowError, OSError):
            return datetime.now(UTC)

    @property
    def locale(self) -> Locale:
        return Locale.of(self.given.separators)

    @property
    def link(self) -> str:
        return self.found.link

    def plan(self) -> list[Planned | Refused]:
        if isinstance(self.found, Drawn):
            return self.found.plan(self.now, self.zone)
        clicks = [Click(one.widget, one.field, one.value) for one in self.given.clicks]
        return queries.plan(self.board, self.page, self.given.values, now=self.now, zone=self.zone, clicks=clicks)

    def look(self) -> Look:
        return Look(self.given.look, warehouse(self.found).id, self.given.anew)

    def planned(self, widget: str) -> Planned:
        """The statement of a widget; raises where it has none."""
        for one in self.plan():
            if isinstance(one, Planned) and widget in one.widgets:
                return one
            if isinstance(one, Refused) and one.widget == widget:
                raise StatementFailed(one.reason)
        raise NoSuchThing("There is no such widget on this page, or it has no rows.")

    def widget(self, name: str) -> Widget:
        found = self.page.widget(name)
        if found is None:
            raise NoSuchThing("There is no such widget on this page.")
        return found


def _place(of: Mapping[str, str], given: GivenPage) -> _Place:
    """`of` is what the route names: `dashboard_id`, or `query_id`."""
    found = of_query.opened(of["query_id"]) if "query_id" in of else opened(of["dashboard_id"])
    return _Place(found, page_of(found.board, given.page), given)


def tiles(**of: str) -> Response:
    """Submit what is wanted, wait a little, answer what is done: `{tiles: {widget: …}, waiting: [widget, …], etag}`.
    `pending`: the warehouse has not begun with some of them, since it starts or is busy.

    A widget that `known` has under its statement's key is in neither: nothing of it has changed.
    """
    given = body(GivenTiles)
    place = _place(of, given)
    wanted = list(dict.fromkeys(given.widgets))
    order = {name: at for at, name in enumerate(wanted)}
    found: dict[str, Answer] = {}
    planned: list[tuple[int, Planned]] = []
    for one in place.plan():
        if isinstance(one, Refused):
            if one.widget in order:
                found[one.widget] = answers.refused(place.widget(one.widget), one, place.link)
            continue
        mine = [order[name] for name in one.widgets if name in order and given.known.get(name) != one.key]
        if mine:
            planned.append((min(mine), one))
    planned.sort(key=lambda pair: pair[0])
    outcomes = place.look().follow([one for _, one in planned]) if planned else []
    waiting: list[str] = []
    answers.fetch(outcomes)
    for outcome in outcomes:
        for name in outcome.planned.widgets:
            if name not in order or given.known.get(name) == outcome.planned.key:
                continue
            if not outcome.done:
                waiting.append(name)
                continue
            found[name] = answers.of(place.board, place.widget(name), outcome, place.locale, place.link)
            if found[name]["state"] == "loading":
                waiting.append(name)
    pending = any(one.statement is not None and one.statement.state == "PENDING" for one in outcomes)
    return jsonify(tiles=found, waiting=waiting, etag=place.found.etag, pending=pending)


def tile(**of: str) -> Response:
    """Another page of a table, or a search in it; its rows are here already."""
    given = body(GivenTile)
    place = _place(of, given)
    planned = place.planned(given.widget)
    (outcome,) = place.look().follow([planned])
    if outcome.error is not None:
        raise outcome.error
    if not outcome.done or outcome.statement is None:
        return jsonify(waiting=True)
    table = answers.rows(result_of(outcome.statement.id), planned)
    made = answers.made(
        place.board, place.widget(given.widget), table, planned, place.locale, place.link, given.words, given.number
    )
    return jsonify(made)


def rows(**of: str) -> Response:
    """A tile's rows as they came: `{columns, rows, total, sql, params, statement}`."""
    given = body(GivenTile)
    place = _place(of, given)
    planned = place.planned(given.widget)
    (outcome,) = place.look().follow([planned])
    about = {
        "sql": planned.text,
        "params": [{"name": one.name, "type": one.type, "value": one.value} for one in planned.parameters],
        "schema": ".".join(filter(None, (planned.catalog, planned.schema))),
        "warehouse": place.look().warehouse_id,
    }
    if outcome.error is not None or outcome.statement is None or not outcome.done:
        return jsonify(**about, columns=[], rows=[], total=None)
    result = result_of(outcome.statement.id)
    table = result.rows(0, SHOWN_ROWS)
    return jsonify(
        **about,
        columns=[column.name for column in result.columns],
        rows=_texts(table),
        total=result.total,
        statement=result.id,
    )


def tables(**of: str) -> Response:
    """The tables that a tile's statement reads, each with the address of its lineage: `{tables: [[name, href], …]}`."""
    from portal.databricks.lineage.sources import sources  # with its parser

    given = body(GivenTile)
    planned = _place(of, given).planned(given.widget)
    found = sources(planned.text, planned.catalog or "", planned.schema or "")
    return jsonify(tables=[[".".join(path), lineage_path(path)] for path in found])


def _texts(table: pa.Table) -> list[list[object]]:
    columns = [values.cells(column) for column in table.columns]
    return [list(row) for row in zip(*columns, strict=True)]


def menu(**of: str) -> Response:
    """Choices of a filter that hold some words: `{choices: [text or null, …], total, more}`, or `{waiting}`.

    For a range of numbers `{low, high}`.
    """
    given = body(GivenMenu)
    place = _place(of, given)
    widget = _filter(place, given.widget)
    planned = queries.menu(place.board, widget, now=place.now, zone=place.zone)
    if planned is None:
        return jsonify(choices=[], total=0, more=False)
    if isinstance(planned, Refused):
        raise StatementFailed(planned.reason)
    (outcome,) = place.look().follow([planned])
    if outcome.error is not None:
        raise outcome.error
    if not outcome.done or outcome.statement is None:
        return jsonify(waiting=True)
    result = result_of(outcome.statement.id)
    table = answers.rows(result, planned)
    if "low" in table.column_names:
        low, high = (values.text(table.column(name)[0].as_py()) for name in ("low", "high"))
        return jsonify(low=low, high=high)
    offered: list[str | None] = table.column(0).to_pylist()
    cut = len(offered) > planned.cap
    words = given.words.casefold().split()
    fitting = [one for one in offered[: planned.cap] if all(word in (one or "").casefold() for word in words)]
    return jsonify(choices=fitting[:MENU_SHOWN], total=len(fitting), more=cut)


def _filter(place: _Place, address: str) -> Widget:
    """A filter by its name in an address: of this page, or of a global one."""
    for page in (*place.board.globals, place.page):
        for widget in page.widgets:
            if widget.filter is not None and f"{page.name}.{widget.name}" == address:
                return widget
    raise NoSuchThing("There is no such filter on this page.")


def stop(**of: str) -> Response:
    """Cancel what runs for these widgets (or, `leaving`, for this page alone): `{stopped}`."""
    given = body(GivenStop)
    place = _place(of, given)
    planned = [
        one for one in place.plan()
        if isinstance(one, Planned) and (given.leaving or set(given.widgets) & set(one.widgets))
    ]  # fmt: skip
    return jsonify(stopped=place.look().stop(planned, leaving=given.leaving))
