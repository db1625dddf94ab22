"""AI/BI dashboards of the workspace, as the viewer may see them: their list, their drafts, what is published of them.

Source: Databricks REST API reference, "Lakeview" 1.0. A list has neither path nor time of change, no object has an
owner, and what is published has no content: what can be read of a dashboard is its draft. A list has no search.
"""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from portal.databricks import ids, workspace
from portal.databricks.jobs import schedule
from portal.viewer.errors import NoSuchThing, NotPermitted, PortalError
from portal.viewer.per_viewer import per_viewer

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient
    from databricks.sdk.service import dashboards as api

MOST = 2_000
"""Dashboards that a list goes through: twenty calls."""


@dataclass(frozen=True)
class Listed:
    """A dashboard in a list. `created_at` is epoch milliseconds."""

    id: str
    name: str
    created_at: int | None


@dataclass(frozen=True)
class Facts:
    """What only `get` knows of a listed dashboard: its folder, and when it was changed (epoch milliseconds)."""

    folder: str
    changed_at: int | None


@dataclass(frozen=True)
class Dashboard:
    """A draft. `text` is its definition, a stranger's JSON; `warehouse_id` "" where it names none."""

    id: str
    name: str
    text: str
    warehouse_id: str
    etag: str
    facts: Facts


@dataclass(frozen=True)
class Published:
    """What is published. `embedded`: in Databricks with its publisher's rights. `at` is epoch milliseconds."""

    warehouse_id: str
    embedded: bool
    at: int | None


class Changed(PortalError):
    """Somebody else has changed the draft since it was read: nothing was done."""

    kind = "changed"
    title = "Changed meanwhile"
    status = HTTPStatus.CONFLICT

    def __init__(self) -> None:
        super().__init__("Somebody has changed this dashboard meanwhile, and nothing was done. Open the dialog again.")


@dataclass(frozen=True)
class Schedule:
    """When Databricks refreshes what is published, as a Quartz cron expression in a Java time zone."""

    name: str
    cron: str
    zone: str
    paused: bool

    @property
    def words(self) -> str:
        """One sentence without a full stop."""
        return schedule.Schedule("cron", self.paused, self.cron, self.zone).words


@per_viewer(ttl=60)
def all() -> tuple[Listed, ...]:
    """The dashboards that the viewer may see, by name, at most `MOST` of them."""

    def some(client: WorkspaceClient) -> list[api.Dashboard]:
        found = []
        for one in client.lakeview.list(page_size=100):
            found.append(one)
            if len(found) >= MOST:
                break
        return found

    listed = {one.dashboard_id: one for one in workspace.call(some, "the dashboards") if one.dashboard_id}
    found = [
        Listed(id, one.display_name or "Untitled", workspace.epoch_ms(one.create_time))
        for id, one in listed.items()
        if workspace.word(one.lifecycle_state) != "TRASHED"
    ]
    return tuple(sorted(found, key=lambda one: (one.name.casefold(), one.id)))


@per_viewer(ttl=30)
def get(dashboard_id: str) -> Dashboard:
    """One dashboard; absent, in the trash and hidden are one answer."""
    checked = ids.dashboard(dashboard_id)
    found = _asked(checked)
    if workspace.word(found.lifecycle_state) == "TRASHED":
        raise NoSuchThing(f"The dashboard {found.display_name or checked} is in the trash of Databricks.")
    return Dashboard(
        id=checked,
        name=found.display_name or "Untitled",
        text=found.serialized_dashboard or "{}",
        warehouse_id=found.warehouse_id or "",
        etag=found.etag or "",
        facts=_facts(found),
    )


@per_viewer(ttl=600)
def facts(dashboard_id: str) -> Facts:
    """What `get` knows beside the content, kept for longer."""
    return _facts(_asked(ids.dashboard(dashboard_id)))


@per_viewer(ttl=60)
def published(dashboard_id: str) -> Published | None:
    """What is published of a dashboard; None where nothing is, or the viewer may not know."""
    try:
        return publication(dashboard_id)
    except (NotPermitted, NoSuchThing):
        return None


def publication(dashboard_id: str) -> Published:
    """What is published, asked for now; raises `NoSuchThing` where nothing is, and `NotPermitted`."""
    checked = ids.dashboard(dashboard_id)
    found = workspace.call(lambda client: client.lakeview.get_published(checked), f"dashboard {checked}")
    return Published(
        found.warehouse_id or "", bool(found.embed_credentials), workspace.epoch_ms(found.revision_create_time)
    )


@per_viewer(ttl=300)
def schedules(dashboard_id: str) -> tuple[Schedule, ...]:
    """When it is refreshed and sent by Databricks."""
    checked = ids.dashboard(dashboard_id)
    found = workspace.call(lambda client: list(client.lakeview.list_schedules(checked)), f"dashboard {checked}")
    return tuple(
        Schedule(
            one.display_name or "",
            one.cron_schedule.quartz_cron_expression or "",
            one.cron_schedule.timezone_id or "",
            workspace.word(one.pause_status) == "PAUSED",
        )
        for one in found
        if one.cron_schedule
    )


def replace(dashboard_id: str, etag: str, text: str) -> None:
    """Put another definition in the place of the draft that has this etag; raises `Changed` where it has another."""
    from databricks.sdk.errors import ResourceConflict
    from databricks.sdk.service import dashboards as api

    checked = ids.dashboard(dashboard_id)
    draft = api.Dashboard(etag=etag, serialized_dashboard=text)

    def send(client: WorkspaceClient) -> None:
        try:
            client.lakeview.update(checked, draft)
        except ResourceConflict:
            raise Changed from None

    workspace.change(send, f"dashboard {checked}")
    get.drop()
    facts.drop()


def publish(dashboard_id: str, warehouse_id: str) -> None:
    """Publish the draft, so that whoever looks at it there does so with their own rights: never with the viewer's."""
    checked = ids.dashboard(dashboard_id)
    workspace.change(
        lambda client: client.lakeview.publish(
            checked, embed_credentials=False, **({"warehouse_id": warehouse_id} if warehouse_id else {})
        ),
        f"dashboard {checked}",
    )
    published.drop()


def _asked(checked: str) -> api.Dashboard:
    try:
        return workspace.call(lambda client: client.lakeview.get(checked), f"dashboard {checked}")
    except (NotPermitted, NoSuchThing):
        raise ids.missing(f"dashboard {checked}") from None


def _facts(found: api.Dashboard) -> Facts:
    parent = found.parent_path or (found.path or "").rpartition("/")[0]
    return Facts(str(parent).removeprefix("/Workspace"), workspace.epoch_ms(found.update_time))
