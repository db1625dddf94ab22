"""Saved queries, kept by the workspace itself, so that they show in Databricks too, with its permissions.

What changes one is written into the audit stream, refusals too. From a page it has two halves: `begin` when its dialog
opens, which signs what will be done, and `rename_confirmed` or `delete_confirmed` with that token.

Source: Databricks REST API reference, "Queries" 2.0. The list has no search of its own and is in pages of a hundred;
asking for it ten times at once gets one throttled.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from portal.databricks import ids, workspace
from portal.databricks.identity import me
from portal.shapes import Json
from portal.viewer.audit import audit
from portal.viewer.dialogs import Stale, check_same, sign, verified
from portal.viewer.errors import NoSuchThing, NotPermitted, PortalError
from portal.viewer.per_viewer import per_viewer

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient
    from databricks.sdk.service import sql as api

MOST = 2_000
"""Queries that a list goes through: twenty calls."""
LONGEST_NAME = 255
LONGEST_DESCRIPTION = 10_000
MOST_TAGS = 50
_PURPOSE = "saved-query"


@dataclass(frozen=True)
class SavedQuery:
    """`updated_at` is epoch milliseconds; `updated` the same time as Databricks wrote it, which tells versions apart.

    `parameters` are the API's, as its JSON has them.
    """

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
    updated: str = ""
    modifier: str = ""
    tags: tuple[str, ...] = ()
    parameters: tuple[Mapping[str, object], ...] = ()


@per_viewer(ttl=15)
def all() -> tuple[SavedQuery, ...]:
    """The saved queries that the viewer may see, at most `MOST`, the last changed first."""

    def some(client: WorkspaceClient) -> list[api.ListQueryObjectsResponseQuery]:
        found = []
        for one in client.queries.list(page_size=100):
            found.append(one)
            if len(found) >= MOST:
                break
        return found

    own = me().user_name
    found = [_saved(one, own) for one in workspace.call(some, "the saved queries")]
    return tuple(sorted(found, key=lambda query: -(query.updated_at or 0)))


@per_viewer(ttl=15)
def get(query_id: str) -> SavedQuery:
    """One saved query; absent, in the trash and hidden are one answer."""
    checked = ids.saved_query(query_id)
    try:
        found = workspace.call(lambda client: client.queries.get(checked), f"query {checked}")
    except (NotPermitted, NoSuchThing):
        raise _missing(checked) from None
    if workspace.word(found.lifecycle_state) == "TRASHED":
        raise _missing(checked)
    return _saved(found, me().user_name)


def save(
    name: str,
    sql: str,
    warehouse_id: str | None = None,
    *,
    catalog: str | None = None,
    schema: str | None = None,
    query_id: str | None = None,
    parameters: Sequence[api.QueryParameter] | None = None,
    description: str | None = None,
    tags: Sequence[str] | None = None,
) -> SavedQuery:
    """Keep a query under a name: a new one, or `query_id` changed. It runs as whoever opens it, never as its owner.

    What is None stays as it is; `""` and an empty list take away. `parameters` are the SDK's `QueryParameter`s.
    """
    from databricks.sdk.service import sql as api

    fields: dict[str, Any] = {
        "display_name": _named(name),
        "query_text": sql,
        "warehouse_id": warehouse_id,
        "catalog": catalog,
        "schema": schema,
        "parameters": None if parameters is None else [*parameters],
        "description": description,
        "tags": None if tags is None else [*tags],
    }
    given = {key: value for key, value in fields.items() if value is not None}

    def keep(client: WorkspaceClient) -> api.Query:
        if query_id is None:
            fresh = api.CreateQueryRequestQuery(**given, run_as_mode=api.RunAsMode.VIEWER)
            return client.queries.create(query=fresh, auto_resolve_display_name=True)
        return client.queries.update(
            ids.saved_query(query_id), ",".join(given), query=api.UpdateQueryRequestQuery(**given)
        )

    with _audited("save", query_id or "new", sql=sql) as done:
        found = workspace.change(keep, f"query {query_id or name}")
        done["id"] = found.id or ""
    _changed()
    return _saved(found, me().user_name)


def rename(query_id: str, name: str) -> None:
    """Give a saved query another name."""
    from databricks.sdk.service import sql as api

    with _audited("rename", query_id):
        checked, change = ids.saved_query(query_id), api.UpdateQueryRequestQuery(display_name=_named(name))
        workspace.change(
            lambda client: client.queries.update(checked, "display_name", query=change), f"query {checked}"
        )
    _changed()


def describe(query_id: str, description: str, tags: Sequence[str]) -> None:
    """Give a saved query another description and other tags; nothing takes away what was there."""
    from databricks.sdk.service import sql as api

    with _audited("describe", query_id):
        checked = ids.saved_query(query_id)
        change = api.UpdateQueryRequestQuery(description=description[:LONGEST_DESCRIPTION], tags=[*tags])
        workspace.change(
            lambda client: client.queries.update(checked, "description,tags", query=change), f"query {checked}"
        )
    _changed()


def tags_of(text: str) -> tuple[str, ...]:
    """Tags as they are typed, with commas between: each once, at most `MOST_TAGS`."""
    found = dict.fromkeys(" ".join(one.split())[:LONGEST_NAME] for one in text.split(","))
    return tuple(one for one in found if one)[:MOST_TAGS]


def delete(query_id: str) -> None:
    """Move a saved query to the workspace's trash, where Databricks keeps it for thirty days."""
    with _audited("delete", query_id):
        checked = ids.saved_query(query_id)
        workspace.change(lambda client: client.queries.delete(checked), f"query {checked}")
    _changed()


# From a page's dialog


def begin(action: str, query_id: str) -> tuple[str, SavedQuery]:
    """A dialog opens: the token that it hands back, and the query as it is now, which `updated` tells."""
    found = get.refresh(query_id)
    payload = {
        "action": action, "query": found.id, "name": found.name, "owner": found.owner, "updated": found.updated,
    }  # fmt: skip
    return sign(_PURPOSE, payload), found


def rename_confirmed(token: str, name: str) -> None:
    asked = confirmed("rename", token)
    with told(asked, "rename"):
        rename(asked["query"], name)


def duplicate_confirmed(token: str) -> str:
    """The id of the query that was to be duplicated."""
    return confirmed("duplicate", token)["query"]


def delete_confirmed(token: str) -> None:
    asked = confirmed("delete", token)
    with told(asked, "delete"):
        delete(asked["query"])


@contextmanager
def told(asked: dict[str, str], action: str) -> Iterator[None]:
    """A refusal in words that name the query and its owner: Databricks names an id."""
    try:
        yield
    except NotPermitted:
        owner = f"{asked['owner']}, who owns it" if asked["owner"] else "whoever owns it"
        raise NotPermitted(f"You may not {action} “{asked['name']}”.", owner) from None


def confirmed(action: str, token: str) -> dict[str, str]:
    """What was signed; a refusal is an event."""
    asked: Json = {}
    try:
        asked = verified(_PURPOSE, token)
        check_same(asked.get("action"), action)
    except Stale:
        audit(f"query.{action}", f"query/{asked.get('query', '?')}", "denied", reason=Stale.kind)
        raise
    return asked


@contextmanager
def _audited(action: str, query_id: str, *, sql: str | None = None) -> Iterator[dict[str, str]]:
    """One event at the end: ok, denied or failed. What is put in under "id" is the query's."""
    done = {"id": query_id[:64]}

    def write(outcome: str, reason: str | None = None) -> None:
        audit(f"query.{action}", f"query/{done['id']}", outcome, sql=sql, **({"reason": reason} if reason else {}))

    try:
        yield done
    except PortalError as error:
        # Databricks says "not found" of a query that is not for the viewer.
        write("denied" if isinstance(error, NotPermitted | NoSuchThing) else "failed", error.kind)
        raise
    write("ok")


def _changed() -> None:
    """What is kept of before is dropped; nobody waits for it to be read again."""
    all.drop()
    get.drop()


def _missing(query_id: str) -> NoSuchThing:
    return ids.missing(f"saved query {query_id[:64]}")


def _named(name: str) -> str:
    text = " ".join(name.split())
    if not text:
        raise PortalError("A saved query needs a name, so nothing was done.")
    return text[:LONGEST_NAME]


def _saved(one: api.Query | api.ListQueryObjectsResponseQuery, own: str) -> SavedQuery:
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
        updated_at=workspace.epoch_ms(one.update_time),
        updated=one.update_time or "",
        modifier=one.last_modifier_user_name or "",
        tags=tuple(one.tags or ()),
        parameters=tuple(parameter.as_dict() for parameter in one.parameters or ()),
    )
