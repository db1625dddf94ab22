"""Saved queries, kept by the workspace itself, so that they show in Databricks too.

Source: Databricks REST API reference, "Queries" 2.0. The list has no search of its own, and is in pages of a hundred.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from portal.databricks import workspace
from portal.databricks.identity import me
from portal.viewer.audit import audit
from portal.viewer.per_viewer import per_viewer

MOST = 2_000
"""Queries that a list goes through: twenty calls."""


@dataclass(frozen=True)
class SavedQuery:
    """`updated_at` is epoch milliseconds. `parameters` are (name, type of ours, value) as the page has them."""

    id: str
    name: str
    text: str
    owner: str
    mine: bool
    warehouse_id: str
    catalog: str
    schema: str
    description: str
    updated_at: int | None


@per_viewer(ttl=30)
def all() -> tuple[SavedQuery, ...]:
    """Every saved query that the viewer may see, the last changed first."""

    def some(client: Any) -> list[Any]:
        found = []
        for one in client.queries.list(page_size=100):
            found.append(one)
            if len(found) >= MOST:
                break
        return found

    own = me().user_name
    found = [_saved(one, own) for one in workspace.call(some, "the saved queries")]
    return tuple(sorted(found, key=lambda query: -(query.updated_at or 0)))


def get(query_id: str) -> SavedQuery:
    """One saved query."""
    found = workspace.call(lambda client: client.queries.get(query_id), f"query {query_id}")
    return _saved(found, me().user_name)


def save(
    name: str, text: str, *, warehouse_id: str | None, catalog: str | None, schema: str | None, query_id: str | None
) -> SavedQuery:
    """Keep a query under a name: a new one, or `query_id` changed. It runs as whoever opens it, never as its owner."""
    from databricks.sdk.service import sql as api

    fields: dict[str, Any] = {
        "display_name": name,
        "query_text": text,
        "warehouse_id": warehouse_id,
        "catalog": catalog,
        "schema": schema,
    }
    given = {key: value for key, value in fields.items() if value is not None}

    def keep(client: Any) -> Any:
        if query_id is None:
            fresh = api.CreateQueryRequestQuery(**given, run_as_mode=api.RunAsMode.VIEWER)
            return client.queries.create(query=fresh, auto_resolve_display_name=True)
        return client.queries.update(query_id, ",".join(given), query=api.UpdateQueryRequestQuery(**given))

    found = workspace.call(keep, f"query {query_id or name}")
    audit("query.save", f"query/{found.id}", "ok", sql=text)
    all.refresh()
    return _saved(found, me().user_name)


def rename(query_id: str, name: str) -> None:
    """Give a saved query another name."""
    from databricks.sdk.service import sql as api

    change = api.UpdateQueryRequestQuery(display_name=name)
    workspace.call(lambda client: client.queries.update(query_id, "display_name", query=change), f"query {query_id}")
    audit("query.rename", f"query/{query_id}", "ok")
    all.refresh()


def delete(query_id: str) -> None:
    """Move a saved query to the workspace's trash, where Databricks keeps it for thirty days."""
    workspace.call(lambda client: client.queries.delete(query_id), f"query {query_id}")
    audit("query.delete", f"query/{query_id}", "ok")
    all.refresh()


def _saved(one: Any, own: str) -> SavedQuery:
    return SavedQuery(
        id=one.id or "",
        name=one.display_name or "Untitled",
        text=one.query_text or "",
        owner=one.owner_user_name or "",
        mine=one.owner_user_name == own,
        warehouse_id=one.warehouse_id or "",
        catalog=one.catalog or "",
        schema=one.schema or "",
        description=one.description or "",
        updated_at=_epoch_ms(one.update_time),
    )


def _epoch_ms(text: str | None) -> int | None:
    if not text:
        return None
    try:
        return int(datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * 1000)
    except ValueError:
        return None
