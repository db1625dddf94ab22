"""A job's settings, and who may do what with it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from portal.databricks import principals
from portal.databricks.identity import Me
from portal.databricks.jobs import api, model
from portal.databricks.jobs import tasks as tasks_of
from portal.databricks.jobs.model import Job, Pairs
from portal.databricks.jobs.tasks import Task
from portal.settings import settings
from portal.shapes import Json
from portal.viewer.errors import NoSuchThing, NotPermitted, PortalError
from portal.viewer.per_viewer import per_viewer

PAGES = 50
"""Pages of a hundred tasks, clusters and parameters that are read; Databricks allows a job a thousand tasks."""


@dataclass(frozen=True)
class Definition:
    """A job in full."""

    job: Job
    description: str
    tasks: tuple[Task, ...]
    parameters: Pairs
    """(name, default)."""
    run_as: str
    limits: Pairs
    """(setting, its value in words)."""
    notifications: Pairs
    """(when, who)."""
    clusters: Pairs
    """(name, in words)."""
    next_run: int | None
    """What Databricks itself says of a periodic trigger, epoch ms."""
    url: str
    managed: Pairs = ()
    """Who else changes it: (what, in words), of `deployment` and `edit_mode`."""
    partial: bool = False
    """It has more tasks or parameters than were read."""


@per_viewer(ttl=30)
def get(job_id: int) -> Definition:
    """The job's settings: one call for each hundred tasks. `NoSuchThing` where it is not, or not for this viewer."""
    what = f"job {job_id}"
    body = api.ask("/get", what, job_id=job_id, include_trigger_state=True)
    found = dict(body.get("settings") or {})
    token = body.get("next_page_token")
    for _ in range(PAGES):
        if not token:
            break
        more = api.ask("/get", what, job_id=job_id, page_token=token)
        for name in ("tasks", "job_clusters", "parameters"):
            found[name] = [*(found.get(name) or []), *((more.get("settings") or {}).get(name) or [])]
        token = more.get("next_page_token")
    return _of(body, found, partial=bool(token))


def _of(body: Json, found: Json, partial: bool) -> Definition:
    job = model.job(body)
    run_as = found.get("run_as") or {}
    who = body.get("run_as_user_name") or next((value for value in run_as.values() if value), "")
    parameters = tuple((str(p.get("name", "")), str(p.get("default") or "")) for p in found.get("parameters") or [])
    periodic = (body.get("trigger_state") or {}).get("periodic") or {}
    return Definition(
        job=job,
        description=str(found.get("description") or ""),
        tasks=tasks_of.ordered([tasks_of.task(one) for one in found.get("tasks") or []]),
        parameters=parameters,
        run_as=str(who or ""),
        limits=_limits(found),
        notifications=_notifications(found),
        clusters=tuple(_cluster(one) for one in found.get("job_clusters") or []),
        next_run=model.moment(periodic, "next_run_time"),
        url=f"{settings().databricks_host}/jobs/{job.id}",
        managed=_managed(found),
        partial=partial,
    )


_KEEPERS = {
    "BUNDLE": "By a Databricks Asset Bundle: change it there, and deploy",
    "SYSTEM_MANAGED": "By Databricks",
}
_EDITING = {"UI_LOCKED": "Locked in the workspace's pages", "EDITABLE": "Open in the workspace's pages"}


def _managed(found: Json) -> Pairs:
    rows: list[tuple[str, str]] = []
    deployment = found.get("deployment") or {}
    if kind := str(deployment.get("kind") or ""):
        rows.append(("Managed", _KEEPERS.get(kind) or kind.replace("_", " ").capitalize()))
    if path := deployment.get("metadata_file_path"):
        rows.append(("Deployed from", str(path)))
    if mode := str(found.get("edit_mode") or ""):
        rows.append(("Editing", _EDITING.get(mode) or mode.replace("_", " ").capitalize()))
    return tuple(rows)


def _limits(found: Json) -> Pairs:
    rows: list[tuple[str, str]] = []
    if (limit := found.get("max_concurrent_runs")) is not None:
        rows.append(("At a time", "1 run" if limit == 1 else f"{limit} runs"))
    if (queues := (found.get("queue") or {}).get("enabled")) is not None:
        rows.append(("Beyond that", "runs wait in the queue" if queues else "runs are skipped"))
    if seconds := int(found.get("timeout_seconds") or 0):
        rows.append(("Time limit", f"{seconds:,} s"))
    for rule in (found.get("health") or {}).get("rules") or []:
        metric = str(rule.get("metric", "")).replace("_", " ").lower()
        rows.append(("Warns", f"when {metric} is over {rule.get('value', '?')}"))
    git = found.get("git_source") or {}
    if git:
        ref = next((str(git[name]) for name in ("git_branch", "git_tag", "git_commit") if git.get(name)), "")
        rows.append(("Source", f"{git.get('git_url', '')} {ref}".strip()))
    return tuple(rows)


_EVENTS = {
    "on_start": "When it starts",
    "on_success": "When it succeeds",
    "on_failure": "When it fails",
    "on_duration_warning_threshold_exceeded": "When it takes too long",
    "on_streaming_backlog_exceeded": "When a stream falls behind",
}


def _notifications(found: Json) -> Pairs:
    rows: list[tuple[str, str]] = []
    for name, value in (found.get("email_notifications") or {}).items():
        if isinstance(value, list) and value:
            rows.append((_EVENTS.get(name, name.replace("_", " ").capitalize()), ", ".join(map(str, value))))
    for name, value in (found.get("webhook_notifications") or {}).items():
        if isinstance(value, list) and value:
            ids = ", ".join(f"destination {hook.get('id', '')}" for hook in value)
            rows.append((_EVENTS.get(name, name.replace("_", " ").capitalize()), ids))
    return tuple(rows)


def _cluster(body: Json) -> tuple[str, str]:
    new = body.get("new_cluster") or {}
    scale = new.get("autoscale") or {}
    size = f"{scale.get('min_workers', '?')}–{scale.get('max_workers', '?')}" if scale else new.get("num_workers")
    workers = None if size is None else f"{size} workers"
    parts = [new.get("node_type_id"), workers, new.get("spark_version")]
    return str(body.get("job_cluster_key", "")), ", ".join(str(part) for part in parts if part)


# Who may


RUN = ("CAN_MANAGE_RUN", "CAN_MANAGE", "IS_OWNER")
_WORDS = {
    "CAN_VIEW": "Can view",
    "CAN_MANAGE_RUN": "Can manage run",
    "CAN_MANAGE": "Can manage",
    "IS_OWNER": "Is owner",
}


@dataclass(frozen=True, slots=True)
class Grant:
    """A permission. `who` is a user, group or service principal; `level` the API's word."""

    who: str
    kind: str
    level: str
    inherited: bool

    @property
    def level_words(self) -> str:
        return _WORDS.get(self.level) or self.level.replace("_", " ").capitalize()


@dataclass(frozen=True)
class Access:
    """`grants` is None where the viewer may not read them: then only Databricks knows what they may."""

    grants: tuple[Grant, ...] | None

    @property
    def owner(self) -> str:
        return next((grant.who for grant in self.grants or () if grant.level == "IS_OWNER"), "")

    def may_run(self, me: Me) -> bool | None:
        """Whether the viewer may run, cancel and repair; None where it cannot be known here."""
        if self.grants is None:
            return None
        name = me.user_name.casefold()
        mine = {("user", name), ("service_principal", name), ("group", "users")}
        mine |= {("group", group.casefold()) for group in me.groups}
        return any((grant.kind, grant.who.casefold()) in mine for grant in self.grants if grant.level in RUN)


@per_viewer(ttl=30)
def access(job_id: int) -> Access:
    """The job's permissions, most powerful first."""
    try:
        body = api.permissions(job_id)
    except (NotPermitted, NoSuchThing):
        return Access(None)
    grants: list[Grant] = []
    for entry in body.get("access_control_list") or []:
        kind = next((k for k in ("user", "group", "service_principal") if entry.get(f"{k}_name")), "user")
        who = str(entry.get(f"{kind}_name") or entry.get("display_name") or "")
        if kind == "service_principal":
            principals.told(who, str(entry.get("display_name") or ""))
        for one in entry.get("all_permissions") or []:
            level = str(one.get("permission_level") or "")
            grants.append(Grant(who, kind, level, bool(one.get("inherited"))))
    order = list(_WORDS)[::-1]
    grants.sort(key=lambda g: (order.index(g.level) if g.level in order else 9, g.kind, g.who))
    return Access(tuple(grants))


def allowed(job_id: int, me: Callable[[], Me]) -> bool:
    """Whether to offer actions: unless it is known that the viewer may not."""
    if not settings().job_actions:
        return False
    try:
        return access(job_id).may_run(me()) is not False
    except PortalError:
        return False
