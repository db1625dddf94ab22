"""A saved query as the editor edits it: what the workspace keeps of it, and what the portal keeps beside it.

The queries API has no etag. A save compares the time of the last change with the one that was seen, and then writes:
between the two another's change can still be lost, which the page says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import TYPE_CHECKING

from portal.databricks import definitions, saved, visualizations
from portal.databricks.definitions import Definition
from portal.databricks.saved import SavedQuery
from portal.databricks.visualizations import Visualization
from portal.viewer.audit import audit
from portal.viewer.errors import PortalError

if TYPE_CHECKING:
    from databricks.sdk.service import sql as api

PARAMETERS = "parameters"
"""Under which the portal's own part of parameters is beside the query."""


class ChangedMeanwhile(PortalError):
    """Somebody saved the query since it was opened."""

    kind = "changed-meanwhile"
    title = "Changed meanwhile"
    status = HTTPStatus.CONFLICT
    tone = "warn"
    lasting = True

    def __init__(self, query: SavedQuery) -> None:
        by = "you, in another place" if query.mine and query.modifier == query.owner else query.modifier or "somebody"
        super().__init__(f"“{query.name}” was changed meanwhile, by {by}.")


@dataclass(frozen=True)
class Opened:
    """`beside` is the portal's: the row limit, the view, the charts. `drawn` are visualizations that people made in
    the workspace. `note` says what could not be read or kept; "" where all was.
    """

    query: SavedQuery
    definitions: tuple[Definition, ...]
    beside: Mapping[str, object]
    drawn: tuple[Visualization, ...]
    note: str = ""


@dataclass(frozen=True)
class Draft:
    """What is to be kept. `beside` may be empty; None of a place means that it is left as it is."""

    name: str
    sql: str
    definitions: Sequence[Definition]
    beside: Mapping[str, object]
    warehouse_id: str | None = None
    catalog: str | None = None
    schema: str | None = None
    description: str | None = None
    tags: Sequence[str] | None = None


def opened(query_id: str) -> Opened:
    """A saved query, as it is now."""
    query = saved.get.refresh(query_id)
    try:
        listed, note = visualizations.of.refresh(query.id), ""
    except PortalError as error:
        listed, note = (), f"Its charts and view could not be read. {error.message}"
    beside = visualizations.read(listed)
    ours = [one for one in listed if visualizations.is_ours(one)]
    if ours and beside is None:
        note = "Its charts and view were kept by another version of the portal, or are damaged: they are left out."
    return _opened(query, beside or {}, visualizations.people(listed), note)


def glanced(query_id: str) -> Opened:
    """The same, as it was a moment ago: for who draws it again and again."""
    query = saved.get(query_id)
    try:
        listed = visualizations.of(query.id)
    except PortalError as error:
        return _opened(query, {}, (), f"Its visualizations could not be read. {error.message}")
    return _opened(query, visualizations.read(listed) or {}, visualizations.people(listed))


def create(draft: Draft, like: str | None = None) -> Opened:
    """A new query in the viewer's own folder; `like` another one, whose description and tags it takes."""
    if like is not None:
        model = saved.get(like)
        draft = replace(draft, description=draft.description or model.description, tags=draft.tags or model.tags)
    return _write(draft, None)


def change(query_id: str, draft: Draft, seen: str | None) -> Opened:
    """Change a query in place. `seen`: the time of its last change when it was opened; None writes over whatever there
    is. Raises `ChangedMeanwhile`.
    """
    if seen is not None:
        _unchanged(query_id, seen, "save")
    return _write(draft, query_id)


def describe_confirmed(token: str, description: str, tags: str) -> None:
    """Description and tags, as a dialog hands them back; raises `ChangedMeanwhile` where the query is not the one that
    the dialog showed.
    """
    asked = saved.confirmed("describe", token)
    _unchanged(asked["query"], asked["updated"], "describe")
    with saved.told(asked, "change"):
        saved.describe(asked["query"], description.strip(), saved.tags_of(tags))


def _unchanged(query_id: str, seen: str, action: str) -> None:
    now = saved.get.refresh(query_id)
    if now.updated != seen:
        audit(f"query.{action}", f"query/{now.id}", "denied", reason=ChangedMeanwhile.kind)
        raise ChangedMeanwhile(now)


def duplicate(query_id: str, name: str) -> Opened:
    """The same query once more, with all that is kept beside it, as the viewer's own."""
    model = opened(query_id)
    query = model.query
    return _write(
        Draft(
            name,
            query.text,
            model.definitions,
            {key: value for key, value in model.beside.items() if key != PARAMETERS},
            query.warehouse_id or None,
            query.catalog or None,
            query.schema or None,
            query.description or None,
            query.tags or None,
        ),
        None,
    )


def _write(draft: Draft, query_id: str | None) -> Opened:
    query = saved.save(
        draft.name,
        draft.sql,
        draft.warehouse_id,
        catalog=draft.catalog,
        schema=draft.schema,
        query_id=query_id,
        parameters=definitions.to_api(draft.definitions),
        description=draft.description,
        tags=draft.tags,
    )
    own = definitions.kept(draft.definitions)
    beside = {**draft.beside, **({PARAMETERS: own} if own else {})}
    try:
        listed = visualizations.of.refresh(query.id) if query_id is not None else ()
        before = visualizations.read(listed)
        if beside != (before or {}):
            visualizations.keep(query.id, beside, listed)
            # Where writing beside it counts as a change of the query, this is what was seen.
            query = saved.get.refresh(query.id)
    except PortalError as error:
        return _opened(query, draft.beside, (), f"Saved without charts and view. {error.message}")
    return _opened(query, beside, visualizations.people(listed))


def _opened(
    query: SavedQuery, beside: Mapping[str, object], drawn: tuple[Visualization, ...], note: str = ""
) -> Opened:
    own = beside.get(PARAMETERS)
    found = definitions.from_api(_parameters(query), own if isinstance(own, Mapping) else None)
    return Opened(query, found, beside, drawn, note)


def _parameters(query: SavedQuery) -> list[api.QueryParameter]:
    from databricks.sdk.service import sql as api

    return [api.QueryParameter.from_dict(dict(one)) for one in query.parameters]
