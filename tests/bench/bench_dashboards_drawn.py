"""How many widgets of a folder of dashboards would be drawn: every page planned, every statement run on the sandbox.

`DASHBOARDS=DIR make bench dashboards_drawn`; without DIR, the sandbox's own samples. `DIR/*.sql` is run before.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pyarrow as pa
from databricks.sdk import WorkspaceClient
from databricks.sdk.service.sql import StatementParameterListItem

from portal.boards import definition, filters, queries, tiles
from portal.boards.definition import Board, Page, Query, Widget
from tests import boards_reference
from tests.sandbox_client import ROOT, SandboxClient, start_sandbox
from tests.wire.sql_clients import arrow, workspace

COMPARED: Counter[str] = Counter()
OWN = ROOT / "portal" / "sandbox" / "lakeview" / "samples"


def run(client: WorkspaceClient, sandbox: SandboxClient, one: queries.Planned) -> pa.Table:
    """A planned statement's rows, through the Statement Execution API; no columns where there are no rows."""
    parameters = [StatementParameterListItem(item.name, item.type, item.value) for item in one.parameters]
    try:
        return arrow(
            client, sandbox, one.text, parameters=parameters, catalog=one.catalog, schema=one.schema, wait_timeout="50s"
        )
    except pa.ArrowInvalid:
        return pa.table({})  # no chunk at all


def outcomes(board: Board, page: Page, client: WorkspaceClient, sandbox: SandboxClient) -> Iterator[tuple[str, str]]:
    """For each widget of a page, how it ends: text, filter, drawn, empty, unsupported or failed, and why."""
    now = datetime.now(UTC)
    found = queries.plan(board, page, {}, now=now, zone=UTC)
    menus = [queries.menu(board, widget, now=now, zone=UTC) for widget in page.widgets]
    with ThreadPoolExecutor(4) as pool:
        statements = [one for one in (*found, *menus) if isinstance(one, queries.Planned)]
        futures = {one.key: pool.submit(run, client, sandbox, one) for one in statements}
    ends: dict[str, tuple[str, str]] = {}
    for one in (*found, *menus):
        if isinstance(one, queries.Refused):
            ends[one.widget] = (one.because, one.reason)
        elif one is not None:
            error = futures[one.key].exception()
            for name in one.widgets:
                if error is not None:
                    ends[name] = ("failed", str(error))
                else:
                    query = page.widget(name).query  # type: ignore[union-attr]
                    filtered = filters.applied(board, page, {}).of(query.dataset) if query else []
                    if query is not None and not page.widget(name).filter and not filtered:  # type: ignore[union-attr]
                        said = numbers(board, query, futures[one.key].result(), one, client, sandbox)
                        COMPARED[said] += 1
                        if said not in {"equal", "not compared"}:
                            print(page.name, name, said)
                    ends[name] = drawn(board, page, name, futures[one.key].result(), one)
    for widget in page.widgets:
        kind = "text" if widget.kind == "text" else "filter" if widget.filter else "unplanned"
        state, why = ends.get(widget.name, (kind, ""))
        yield state, f"{page.name}.{widget.name} {widget.kind}: {why}" if why else ""


def numbers(
    board: Board, query: Query, found: pa.Table, one: queries.Planned, client: WorkspaceClient, sandbox: SandboxClient
) -> str:
    """How a widget's rows compare with pandas over its dataset's rows: equal, not compared, or what differs."""
    dataset = board.datasets[query.dataset]
    if dataset.asset or query.cube:
        return "not compared"
    whole = replace(query, fields=(), disaggregated=True, filters=(), orders=())
    rows = data(board, whole, client, sandbox)
    try:
        wanted = boards_reference.rows(query, boards_reference.frame(rows.to_pylist(), rows.column_names))
    except boards_reference.NotKnown:
        return "not compared"
    cut = found.num_rows > one.cap
    return (boards_reference.inside if cut else boards_reference.same)(found.to_pylist(), wanted) or "equal"


@cache
def _kept() -> dict[str, pa.Table]:
    return {}


def data(board: Board, query: Query, client: WorkspaceClient, sandbox: SandboxClient) -> pa.Table:
    """A dataset's rows as they are, with its parameters' defaults."""
    widget = Widget("all", "table", 0, 0, 1, 1, query=query)
    page = Page("all", "all", False, 6, (widget,))
    [one] = queries.plan(board, page, {}, now=datetime.now(UTC), zone=UTC)
    assert isinstance(one, queries.Planned), one
    if one.key not in _kept():
        _kept()[one.key] = run(client, sandbox, one)
    return _kept()[one.key]


def drawn(board: Board, page: Page, name: str, rows: pa.Table, one: queries.Planned) -> tuple[str, str]:
    widget = page.widget(name)
    assert widget is not None
    if widget.filter is not None:
        return "filter", ""
    tile = tiles.of(board, widget, rows, one)
    if isinstance(tile, tiles.Undrawn):
        return "undrawn", tile.reason
    return ("empty", "has no rows") if isinstance(tile, tiles.Empty) else ("drawn", "")


def main() -> None:
    folder = Path(os.environ.get("DASHBOARDS") or OWN)
    sandbox = start_sandbox("--dashboards", str(folder))
    os.environ |= {"SSL_CERT_FILE": sandbox.ca_bundle, "REQUESTS_CA_BUNDLE": sandbox.ca_bundle}
    counted: Counter[str] = Counter()
    try:
        client = workspace(sandbox, "engineer")
        for path in sorted(folder.glob("*.lvdash.json")):
            board = definition.read(path.read_text())
            for page in board.pages:
                for state, why in outcomes(board, page, client, sandbox):
                    counted[state] += 1
                    if why:
                        print(f"{path.name.removesuffix('.lvdash.json')} {state} {why[:1500]}")
    finally:
        sandbox.stop()
    print("rows against pandas: " + ", ".join(f"{count} {word}" for word, count in COMPARED.most_common()))
    print(f"{counted.total()} widgets: " + ", ".join(f"{count} {state}" for state, count in counted.most_common()))


if __name__ == "__main__":
    main()
