"""The viewer's own query history, as the workspace keeps it: what ran, by whichever tool, and what it cost.

The API lists the newest first, in pages, and filters by person, state and time; it has no search by text, so that a
search looks through so many pages at a time and says how far it came.

Source: Databricks REST API reference, "Query History" 2.0: at most 30 days of start times in a filter, metrics only
for small pages, one status a filter.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from portal.databricks import workspace
from portal.databricks.identity import me
from portal.shapes import Json
from portal.viewer.errors import NoSuchThing
from portal.viewer.per_viewer import per_viewer

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient

STATES = ("FINISHED", "FAILED", "CANCELED", "RUNNING", "QUEUED")
SINCE: Mapping[str, int] = {"hour": 3600, "day": 86_400, "week": 7 * 86_400, "month": 30 * 86_400}
"""Seconds that a filter by time reaches back."""
PAGE = 50
SEARCHED_PAGE = 200
SEARCHED_PAGES = 5
"""A search by text looks through a thousand statements at a time."""


@dataclass(frozen=True)
class Past:
    """One statement. Times are epoch milliseconds, `duration` milliseconds. `state` is Databricks' word."""

    id: str
    text: str
    state: str
    kind: str
    started_at: int | None
    duration: int | None
    rows: int | None
    read_bytes: int | None
    from_cache: bool
    warehouse_id: str
    client: str
    error: str


@dataclass(frozen=True)
class Page:
    """`following` leads to the next page, None at the end. `looked`: statements looked at, back to `back_to` (ms)."""

    items: tuple[Past, ...]
    following: str | None
    looked: int
    back_to: int | None


@per_viewer(ttl=5)
def mine(text: str = "", state: str | None = None, since: str | None = None, following: str | None = None) -> Page:
    """The viewer's statements, newest first; those that hold `text`, in any case, where it is given.

    `state` is one of `STATES`, `since` one of `SINCE`, `following` what the page before said.
    """
    filter_by: Json = {"user_ids": [int(me().id)]}
    if state in STATES:
        filter_by["statuses"] = [state]
    if since is not None and since in SINCE:
        filter_by["query_start_time_range"] = {"start_time_ms": int((time.time() - SINCE[since]) * 1000)}
    wanted = text.strip().lower()
    found: list[Past] = []
    looked, back_to = 0, None
    for _ in range(SEARCHED_PAGES if wanted else 1):
        answer = _list(filter_by, following, SEARCHED_PAGE if wanted else PAGE)
        page = [_past(one) for one in answer.get("res") or ()]
        found += [one for one in page if wanted in one.text.lower()]
        looked += len(page)
        back_to = next((one.started_at for one in reversed(page) if one.started_at), back_to)
        following = answer.get("next_page_token") if answer.get("has_next_page") else None
        if following is None or len(found) >= PAGE:
            break
    return Page(tuple(found), following, looked, back_to)


def find(statement_id: str) -> Past:
    """One statement of the viewer's; `NoSuchThing` where the history does not have it (yet)."""
    # Of theirs: an administrator's history has everyone's.
    answer = _list({"statement_ids": [statement_id], "user_ids": [int(me().id)]}, None, 1)
    found = next((one for one in answer.get("res") or () if one.get("query_id") == statement_id), None)
    if found is None:
        raise NoSuchThing("The query history does not have this statement.")
    return _past(found)


def _list(filter_by: Json, token: str | None, most: int) -> Json:
    # By the SDK's client and in the API's own JSON: the SDK turns a state that it does not know into None.
    asked = {"filter_by": filter_by, "include_metrics": True, "max_results": most}
    if token is not None:
        asked["page_token"] = token

    def send(client: WorkspaceClient) -> Json:
        answer = client.api_client.do(
            "GET", "/api/2.0/sql/history/queries", query=asked, headers={"Accept": "application/json"}
        )
        if not isinstance(answer, dict):
            raise ValueError("not an object")
        return answer

    return workspace.call(send, "your query history")


def _past(one: Json) -> Past:
    metrics = one.get("metrics") or {}
    return Past(
        id=one.get("query_id") or "",
        text=one.get("query_text") or "",
        state=one.get("status") or "",
        kind=one.get("statement_type") or "",
        started_at=one.get("query_start_time_ms"),
        duration=metrics.get("total_time_ms", one.get("duration")),
        rows=one.get("rows_produced"),
        read_bytes=metrics.get("read_bytes"),
        from_cache=bool(metrics.get("result_from_cache")),
        warehouse_id=one.get("warehouse_id") or one.get("endpoint_id") or "",
        client=one.get("client_application") or "",
        error=one.get("error_message") or "",
    )
