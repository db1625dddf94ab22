"""A dashboard as its viewer may have it: its definition, whether the draft is newer than what is published, and which
warehouse runs it for them.

Databricks shares a dashboard with its publisher's rights by default; here everyone sees with their own. So a viewer of
it often lacks its warehouse, or its tables: the first is known from the list of warehouses, the second only once a
statement is refused.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from hashlib import sha256
from typing import Protocol

from cachetools import LRUCache

from portal.boards import definition
from portal.boards.definition import Board
from portal.databricks import dashboards, warehouses
from portal.databricks.dashboards import Dashboard, Published
from portal.databricks.warehouses import Warehouse
from portal.settings import settings
from portal.ui.boards.frame import databricks_link
from portal.viewer.errors import NotPermitted, PortalError

_GRACE = 2_000
"""Milliseconds by which a publication may look older than the draft that it was made of."""

_boards: LRUCache[bytes, Board] = LRUCache(32)
_lock = threading.Lock()


@dataclass(frozen=True)
class Chosen:
    """The warehouse that runs a dashboard for a viewer. `instead_of` is the id of its own, which they may not use."""

    id: str
    name: str
    instead_of: str = ""


class Shown(Protocol):
    """What tiles are drawn of: a dashboard, or what people drew of a saved query (`portal.dashboards.of_query`).

    `etag` changes with it, `link` opens it in Databricks, `own_warehouse` is the id of the one that its author chose.
    """

    @property
    def board(self) -> Board: ...
    @property
    def etag(self) -> str: ...
    @property
    def link(self) -> str: ...
    @property
    def own_warehouse(self) -> str: ...


@dataclass(frozen=True)
class Opened:
    dashboard: Dashboard
    board: Board
    published: Published | None

    @property
    def has_unpublished_changes(self) -> bool:
        """Whether what is drawn, the draft, was changed after its publication."""
        changed = self.dashboard.facts.changed_at
        at = self.published.at if self.published else None
        return bool(changed and at and changed > at + _GRACE)

    @property
    def etag(self) -> str:
        return self.dashboard.etag

    @property
    def link(self) -> str:
        return databricks_link(self.dashboard.id)

    @property
    def own_warehouse(self) -> str:
        """The published one, else the draft's."""
        return (self.published.warehouse_id if self.published else "") or self.dashboard.warehouse_id


def opened(dashboard_id: str) -> Opened:
    """As the current viewer; raises `NoSuchThing`, or `NoDashboard` for a content that is none."""
    found = dashboards.get(dashboard_id)
    return Opened(found, board_of(found.text), dashboards.published(dashboard_id))


def board_of(text: str) -> Board:
    """A definition, read once for the same text: whoever has the text may have what it says."""
    digest = sha256(text.encode("utf-8", "surrogatepass")).digest()
    with _lock:
        known = _boards.get(digest)
    if known is None:
        known = definition.read(text)
        with _lock:
            _boards[digest] = known
    return known


def warehouse(found: Shown) -> Chosen:
    """Its own, else one that the viewer may use: the portal's own, a running one, any.

    Raises `NotPermitted` where there is none.
    """
    own = found.own_warehouse
    usable = {one.id: one for one in _usable()}
    if own and (own in usable or not usable):
        return Chosen(own, usable[own].name if own in usable else own)
    if not usable:
        raise NotPermitted(
            "There is no SQL warehouse that you may use, and a dashboard needs one to run.",
            "an administrator of the Databricks workspace, or whoever manages a warehouse",
        )
    portals = settings().warehouse_id or ""
    first = usable.get(portals) or max(usable.values(), key=lambda one: one.running)
    return Chosen(first.id, first.name, own)


def _usable() -> tuple[Warehouse, ...]:
    """The warehouses that the viewer may use; none where they cannot be listed."""
    try:
        return warehouses.all()
    except PortalError:
        return ()
