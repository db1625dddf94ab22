"""What the portal keeps of a saved query beside it: the row limit, how its rows show, its charts.

The workspace's query has no place for them, so they are in one visualization of the query, of type TABLE and named
"Data portal", under `serialized_options.portal`. The options are documented as the workspace editor's own and the API
as evolving, so what is there has a version and is read tolerantly, and what is refused is told. Visualizations that
people made are listed and never written.

Source: Databricks REST API reference, "Query Visualizations" 2.0.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from itertools import islice
from typing import Any

from portal.databricks import ids, workspace
from portal.viewer.errors import PortalError, TooLarge
from portal.viewer.per_viewer import per_viewer

NAME = "Data portal"
TYPE = "TABLE"
VERSION = 1
LONGEST = 64 * 1024
"""Bytes of the options."""
MOST = 200
"""Visualizations of a query that are looked at."""
Kept = Mapping[str, object]
"""JSON, without its version."""


@dataclass(frozen=True)
class Visualization:
    """`options` is the workspace editor's own, as text."""

    id: str
    name: str
    type: str
    options: str


class Newer(PortalError):
    """What is kept was written by a version of the portal that this one does not understand."""

    kind = "newer"
    title = "Of a newer version"
    status = HTTPStatus.CONFLICT


@per_viewer(ttl=15)
def of(query_id: str) -> tuple[Visualization, ...]:
    """The visualizations of a query, at most `MOST`."""
    checked = ids.saved_query(query_id)
    found = workspace.call(
        lambda client: list(islice(client.queries.list_visualizations(checked, page_size=100), MOST)),
        f"the visualizations of query {checked}",
    )
    return tuple(
        Visualization(one.id or "", one.display_name or "", (one.type or "").upper(), one.serialized_options or "")
        for one in found
    )


def is_ours(one: Visualization) -> bool:
    return one.type == TYPE and one.name == NAME


def people(listed: tuple[Visualization, ...]) -> tuple[Visualization, ...]:
    """Those that people made in the workspace."""
    return tuple(one for one in listed if not is_ours(one))


def read(listed: tuple[Visualization, ...]) -> Kept | None:
    """What the portal has kept; None where it has kept nothing, or nothing that this version of it understands."""
    for one in filter(is_ours, listed):
        portal = _options(one.options).get("portal")
        if isinstance(portal, dict) and portal.get("v") == VERSION:
            return {key: value for key, value in portal.items() if key != "v"}
    return None


def keep(query_id: str, kept: Kept, listed: tuple[Visualization, ...]) -> None:
    """Write what is to be kept; nothing where there is nothing to keep and nothing was kept.

    Raises `TooLarge`, or why Databricks refused.
    """
    from databricks.sdk.service import sql as api

    checked = ids.saved_query(query_id)
    ours = next(filter(is_ours, listed), None)
    if ours is None and not kept:
        return
    # Whatever else stands in the options is the workspace's.
    options = _options(ours.options) if ours else {}
    before = options.get("portal")
    version = before.get("v") if isinstance(before, dict) else VERSION
    if isinstance(version, int) and version > VERSION:
        raise Newer("What is kept of them there is of a newer version of the portal, and was left as it is.")
    options["portal"] = {"v": VERSION, **kept}
    text = json.dumps(options, ensure_ascii=False, separators=(",", ":"))
    if len(text.encode()) > LONGEST:
        raise TooLarge(f"Charts and view take more than {LONGEST // 1024} KB, which is the most that is kept of them.")

    def write(client: Any) -> None:
        if ours is None:
            fresh = api.CreateVisualizationRequestVisualization(NAME, checked, text, None, TYPE)
            client.query_visualizations.create(visualization=fresh)
        else:
            change = api.UpdateVisualizationRequestVisualization(serialized_options=text)
            client.query_visualizations.update(ours.id, "serialized_options", visualization=change)

    workspace.change(write, f"the charts of query {checked}")
    of.drop()


def _options(text: str) -> dict[str, Any]:
    """What a visualization says, whoever wrote it; an empty object where it says nothing that can be read."""
    if len(text) > 4 * LONGEST:
        return {}
    try:
        found = json.loads(text or "{}")
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
