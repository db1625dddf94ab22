"""The viewer's own query history, as the workspace keeps it: what ran, by whichever tool, and what it cost.

Source: Databricks REST API reference, "Query History" 2.0. It lists the newest first, in pages.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from portal.databricks import workspace
from portal.databricks.identity import me
from portal.viewer.errors import NoSuchThing

STATUSES = ("FINISHED", "FAILED", "CANCELED", "RUNNING", "QUEUED")
PAGE = 100
SEARCHED_PAGES = 10
"""A search by text looks through so many pages at a time: the API has no such filter."""


@dataclass(frozen=True)
class Past:
    """One statement. Times are epoch milliseconds, `duration` milliseconds."""

    id: str
    text: str
    status: str
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
    """`following` leads to the next page; None at the end."""

    items: tuple[Past, ...]
    following: str | None


def mine(
    text: str = "",
    status: str | None = None,
    since_ms: int | None = None,
    following: str | None = None,
) -> Page:
    """The viewer's statements, newest first; those that hold `text`, in any case, where it is given."""
    from databricks.sdk.service import sql as api

    own_id = int(me().id)
    wanted = text.strip().lower()
    found: list[Past] = []
    for _ in range(SEARCHED_PAGES if wanted else 1):
        token = following
        period = api.TimeRange(start_time_ms=since_ms) if since_ms is not None else None
        answer = workspace.call(
            lambda client, token=token, period=period: client.query_history.list(  # type: ignore[misc]
                filter_by=api.QueryFilter(
                    user_ids=[own_id],
                    statuses=[api.QueryStatus(status)] if status else None,
                    query_start_time_range=period,
                ),
                include_metrics=True,
                max_results=PAGE,
                page_token=token,
            ),
            "your query history",
        )
        found += [_past(one) for one in answer.res or () if wanted in (one.query_text or "").lower()]
        following = answer.next_page_token if answer.has_next_page else None
        if following is None or len(found) >= PAGE // 2:
            break
    return Page(tuple(found), following)


def find(statement_id: str) -> Past:
    """One statement of the viewer's; `NoSuchThing` where the history does not have it (yet)."""
    from databricks.sdk.service import sql as api

    answer = workspace.call(
        lambda client: client.query_history.list(
            filter_by=api.QueryFilter(statement_ids=[statement_id]), include_metrics=True, max_results=1
        ),
        f"statement {statement_id}",
    )
    found = next((one for one in answer.res or () if one.query_id == statement_id), None)
    if found is None:
        raise NoSuchThing("The query history does not have this statement.")
    return _past(found)


def _past(one: Any) -> Past:
    metrics = one.metrics
    return Past(
        id=one.query_id or "",
        text=one.query_text or "",
        status=workspace.word(one.status),
        kind=workspace.word(one.statement_type),
        started_at=one.query_start_time_ms,
        duration=metrics.total_time_ms if metrics and metrics.total_time_ms is not None else one.duration,
        rows=one.rows_produced,
        read_bytes=metrics.read_bytes if metrics else None,
        from_cache=bool(metrics and metrics.result_from_cache),
        warehouse_id=one.warehouse_id or one.endpoint_id or "",
        client=one.client_application or "",
        error=one.error_message or "",
    )
