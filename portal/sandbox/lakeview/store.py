"""Every dashboard of the workspace: its draft, what is published of it, who may do what, and its schedules."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from portal.sandbox import errors
from portal.sandbox.acl import Levels, Owned
from portal.sandbox.world import Acl, Person, World, written_moment

LEVELS = Levels(
    {
        "CAN_READ": "Can view the Lakeview dashboard",
        "CAN_RUN": "Can view, attach/detach, and run the Lakeview dashboard",
        "CAN_EDIT": "Can view, attach/detach, run, and edit the Lakeview dashboard",
        "CAN_MANAGE": "Can view, attach/detach, run, edit, and change permissions of the Lakeview dashboard",
    }
)
SUFFIX = ".lvdash.json"
LONGEST_NAME = 255
NAMESPACE = uuid.UUID("4b0fb5a1-0c1e-4f53-9c1f-6f7c1a5d2201")
SCHEDULE = uuid.uuid5(NAMESPACE, "daily").hex
"""Of "Sales overview"."""
SAMPLES = Path(__file__).parent / "samples"


@dataclass
class Published:
    """What is published of a dashboard. The API never gives its content."""

    name: str
    warehouse_id: str
    embed_credentials: bool
    at: float

    def as_dict(self) -> dict[str, Any]:
        return {
            "display_name": self.name,
            "warehouse_id": self.warehouse_id,
            "embed_credentials": self.embed_credentials,
            "revision_create_time": written_moment(self.at),
        }


@dataclass
class Dashboard(Owned):
    id: str
    owner: Person
    name: str
    folder: str
    text: str
    warehouse_id: str
    created: float
    updated: float
    version: int = 1
    shared: Acl = field(default_factory=dict)
    """With whom beside the owner."""
    published: Published | None = None
    reverted_to: str = ""
    """The text that was published last, for `revert`."""
    trashed: bool = False
    schedules: dict[str, dict[str, Any]] = field(default_factory=dict)
    subscriptions: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    """By schedule, by subscription."""

    @property
    def etag(self) -> str:
        return str(80_000_000 + self.version)

    def listed(self) -> dict[str, Any]:
        """A list's entry: no path, no folder, no time of change, no etag, no content."""
        return {
            "dashboard_id": self.id,
            "display_name": self.name,
            "create_time": written_moment(self.created),
            "lifecycle_state": "TRASHED" if self.trashed else "ACTIVE",
            "warehouse_id": self.warehouse_id,
        }

    def as_dict(self) -> dict[str, Any]:
        return {
            **self.listed(),
            "update_time": written_moment(self.updated),
            "etag": self.etag,
            "parent_path": self.folder,
            "path": f"{self.folder}/{self.name}{SUFFIX}",
            "serialized_dashboard": self.text,
        }

    def changed(self, now: float) -> None:
        self.updated = now
        self.version += 1


class Dashboards:
    """`world.dashboards`."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.all: dict[str, Dashboard] = {}
        self.reset()

    def reset(self) -> None:
        """The samples: published by the engineer, for all, one with the engineer's credentials embedded; the last
        change of one is not published."""
        self.all.clear()
        day = self.world.clock.now() // 3600 * 3600 - 30 * 86400
        for index, path in enumerate(sorted(SAMPLES.glob(f"*{SUFFIX}"))):
            made = self.seed(path.name.removesuffix(SUFFIX), path.read_text(), at=day + index * 86400)
            made.published = publish(made, made.warehouse_id, made.name == "Bakery", made.created)
            if made.name == "Older editor":
                made.changed(made.created + 3600)
            if made.name == "Sales overview":
                made.schedules[SCHEDULE] = _daily(made)

    def seed(self, name: str, text: str, *, at: float | None = None) -> Dashboard:
        """A published dashboard of the engineer's that everyone may read; another of its name is replaced."""
        now = self.world.clock.now() if at is None else at
        engineer = self.world.people["engineer"]
        warehouse = next(iter(self.world.warehouses))
        id = uuid.uuid5(NAMESPACE, name).hex
        made = Dashboard(id, engineer, name, "/Shared/Dashboards", normal(text), warehouse, now, now)
        made.shared = {("group", "users"): "CAN_READ"}
        publish(made, warehouse, False, now)
        self.all[id] = made
        return made

    def find(self, id: str, person: Person, needed: str = "CAN_READ") -> Dashboard:
        """What one may not see is answered as if it were not there."""
        found = self.all.get(id)
        if found is None or not LEVELS.may(found.acl, person, "CAN_READ"):
            raise errors.not_found(f"Unable to find dashboard [{id}]")
        LEVELS.require(found.acl, person, needed, f"dashboard {id}")
        return found

    def create(self, name: str, folder: str, text: str, warehouse_id: str, person: Person) -> Dashboard:
        self.free(folder, name)
        now = self.world.clock.now()
        made = Dashboard(uuid.uuid4().hex, person, name, folder, text, warehouse_id, now, now)
        self.all[made.id] = made
        return made

    def free(self, folder: str, name: str, but: str = "") -> None:
        """A name is used once in a folder."""
        for one in self.all.values():
            if (one.folder, one.name) == (folder, name) and not one.trashed and one.id != but:
                raise errors.ApiError(409, "RESOURCE_ALREADY_EXISTS", f"Node named '{name}{SUFFIX}' already exists")


def publish(dashboard: Dashboard, warehouse_id: str, embed: bool, now: float) -> Published:
    dashboard.published = Published(dashboard.name, warehouse_id, embed, now)
    dashboard.reverted_to = dashboard.text
    return dashboard.published


def _daily(dashboard: Dashboard) -> dict[str, Any]:
    """Every morning at eight."""
    at = written_moment(dashboard.created)
    return {
        "cron_schedule": {"quartz_cron_expression": "0 0 8 * * ?", "timezone_id": "UTC"}, "display_name": "Daily",
        "pause_status": "UNPAUSED", "schedule_id": SCHEDULE, "dashboard_id": dashboard.id, "create_time": at,
        "update_time": at, "etag": "1",
    }  # fmt: skip


def named(name: str) -> str:
    if not name.strip() or len(name) > LONGEST_NAME or "/" in name:
        raise errors.invalid_parameter("display_name must be 1 to 255 characters long and have no '/'.")
    return name.strip()


def folder_of(path: str) -> str:
    """As the API gives it: from the root, without `/Workspace` and without a slash at its end."""
    if not path.startswith("/"):
        raise errors.invalid_parameter("parent_path must be absolute.")
    return (path.removeprefix("/Workspace").rstrip("/")) or "/"


def checked(text: str, catalog: str = "", schema: str = "") -> str:
    """A content that a request brings: a JSON object as text, or INVALID_PARAMETER_VALUE."""
    try:
        if not isinstance(json.loads(text), dict):
            raise ValueError("it is no JSON object")
    except (ValueError, RecursionError) as error:
        raise errors.invalid_parameter(f"Failed to parse serialized dashboard: {error}") from None
    return normal(text, catalog, schema)


def normal(text: str, catalog: str = "", schema: str = "") -> str:
    """As the workspace keeps it: pages have a type, datasets the place that was asked for, a line feed ends it.

    Source: databricks/cli, `libs/testserver/dashboards.go`, which was verified against a workspace.
    """
    try:
        content = json.loads(text)
    except (ValueError, RecursionError):
        return text
    changed = False
    for page in _listed(content, "pages"):
        if "pageType" not in page:
            page["pageType"], changed = "PAGE_TYPE_CANVAS", True
    for dataset in _listed(content, "datasets"):
        for key, value in (("catalog", catalog), ("schema", schema)):
            if value:
                dataset[key], changed = value, True
    result = json.dumps(content, ensure_ascii=False) if changed else text
    return result if result.endswith("\n") else result + "\n"


def _listed(content: Any, name: str) -> list[dict[str, Any]]:
    found = content.get(name) if isinstance(content, dict) else None
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
