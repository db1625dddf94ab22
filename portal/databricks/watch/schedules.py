"""A saved query on a schedule: a job of one SQL task, which the workspace keeps and runs as the viewer.

It is found again by its name, which ends with the query's id: Databricks lists jobs by exact name only. Its tag
`portal-query` holds the id as well. Source: Databricks REST API reference, "Jobs" 2.2.
"""

from __future__ import annotations

from dataclasses import dataclass

from portal.databricks import ids, saved, warehouses
from portal.databricks.identity import me
from portal.databricks.jobs import api, latest, model
from portal.databricks.jobs.model import Job, Run
from portal.databricks.watch import confirm
from portal.databricks.watch.times import Plan
from portal.settings import settings
from portal.shapes import Json
from portal.viewer.errors import AlreadyThere, Conflict, NotPermitted, PortalError
from portal.viewer.per_viewer import per_viewer

TAG = "portal-query"
MOST = 25
"""Schedules of one query that are looked at: one call."""
SHOWN = 5
"""Of these, those of which the last runs are asked."""


@dataclass(frozen=True)
class Scheduled:
    """A job that runs a saved query, and its newest runs where they could be read."""

    job: Job
    runs: tuple[Run, ...] | None


def on() -> bool:
    """Whether this portal lets viewers schedule at all."""
    return settings().job_actions


def name_of(query_id: str) -> str:
    """The name of the jobs of a query."""
    return f"Scheduled query {query_id}"


@per_viewer(ttl=15)
def jobs(query_id: str) -> tuple[Job, ...]:
    """The jobs that run this query on a schedule, as far as the viewer may see them."""
    checked = ids.saved_query(query_id)
    body = api.ask("/list", "the schedules of this query", name=name_of(checked), limit=MOST)
    found = [model.job(one) for one in body.get("jobs") or ()]
    return tuple(job for job in found if (TAG, checked) in job.tags)


def of(query_id: str) -> tuple[Scheduled, ...]:
    """Its schedules with their last runs: a call, and one for each of the first `SHOWN`."""
    found = jobs(query_id)
    runs = latest.of_each([job.id for job in found[:SHOWN]])
    return tuple(
        Scheduled(job, some if not isinstance(some := runs.get(job.id), PortalError) else None) for job in found
    )


def begin(query_id: str) -> tuple[str, saved.SavedQuery]:
    """A dialog for a new schedule opens."""
    with confirm.beginning("schedule.create", f"query/{query_id[:64]}"):
        _allowed()
        found = saved.get.refresh(ids.saved_query(query_id))
    return confirm.token("schedule.plan", query=found.id), found


def planned(token: str, plan: Plan) -> str:
    """The first dialog's schedule is known and shown: the token that creates exactly it."""
    with confirm.confirmed("schedule.plan", token) as asked:
        _allowed()
        return confirm.token("schedule.create", query=asked["query"], cron=plan.cron, zone=plan.zone)


def create(token: str) -> Job:
    """Make the job, as the viewer."""
    with confirm.confirmed("schedule.create", token) as asked:
        _allowed()
        found = saved.get(str(asked["query"]))
        _not_twice(found.id, str(asked["cron"]), str(asked["zone"]))
        task = {"query": {"query_id": found.id}, "warehouse_id": found.warehouse_id or warehouses.default_id()}
        body: Json = {
            "name": name_of(found.id),
            "description": f"Runs the saved query “{found.name}”; scheduled in the data portal.",
            "tags": {TAG: found.id},
            "tasks": [{"task_key": "query", "sql_task": task}],
            "schedule": {
                "quartz_cron_expression": asked["cron"], "timezone_id": asked["zone"], "pause_status": "UNPAUSED",
            },
            "max_concurrent_runs": 1,
        }  # fmt: skip
        made = api.tell("/create", f"a job for query {found.id}", body)
        asked["job"] = made.get("job_id")
        jobs.drop()
        return model.job({"job_id": made.get("job_id"), "settings": body})


def _not_twice(query_id: str, cron: str, zone: str) -> None:
    """Creating a job takes no idempotency token: what a second tab sends, or who heard no answer, is looked up."""
    own = me().user_name.casefold()
    for job in jobs.refresh(query_id):
        if job.owner.casefold() == own and any(
            (one.kind, one.detail, one.zone) == ("cron", cron, zone) for one in job.schedules
        ):
            raise AlreadyThere(f"You have this schedule of the query already (job {job.id}): no second one was made.")


def begin_change(action: str, job_id: int) -> tuple[str, Job]:
    """A dialog to pause, resume or delete opens. The job must be one that was made for a query."""
    event = f"schedule.{action}"
    with confirm.beginning(event, f"job {job_id}"):
        _allowed()
        body = api.ask("/get", f"job {job_id}", job_id=job_id)
        job = model.job(body)
        query_id = dict(job.tags).get(TAG)
        if not query_id:
            raise NotPermitted(
                f"Job {job_id} was not made for a saved query, and is not changed here.", "whoever manages the job"
            )
    return confirm.token(event, query=query_id, job=str(job_id), schedule=_schedule(body)), job


def _schedule(body: Json) -> Json:
    return (body.get("settings") or {}).get("schedule") or {}


def change(action: str, token: str) -> None:
    """Pause, resume or delete, as the viewer."""
    with confirm.confirmed(f"schedule.{action}", token) as asked:
        _allowed()
        job_id = int(asked["job"])
        if action == "delete":
            api.tell("/delete", f"job {job_id}", {"job_id": job_id})
        else:
            if _schedule(api.ask("/get", f"job {job_id}", job_id=job_id)) != asked["schedule"]:
                jobs.drop()
                raise Conflict("Somebody else has changed this schedule meanwhile, so nothing was done. Look again.")
            schedule = {**asked["schedule"], "pause_status": "PAUSED" if action == "pause" else "UNPAUSED"}
            api.tell("/update", f"job {job_id}", {"job_id": job_id, "new_settings": {"schedule": schedule}})
        jobs.drop()


def _allowed() -> None:
    if not on():
        raise NotPermitted("Scheduling is switched off in this portal.", "the team that runs it (PORTAL_JOB_ACTIONS)")
