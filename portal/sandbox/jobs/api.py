"""The table of routes of Jobs 2.2 and 2.1, and those that read. What changes is in `changes`."""

from __future__ import annotations

import html
from typing import Literal

from pydantic import Field

from portal.sandbox import acl, errors, paging
from portal.sandbox.jobs import changes, permissions, sqltasks, states, views
from portal.sandbox.jobs.model import Run
from portal.sandbox.jobs.store import LEVELS, Store
from portal.sandbox.routing import Call, Flag, Json, Query, Route, get, post, table
from portal.sandbox.world import World

MAX_JOBS, MAX_RUNS = 100, 24
"""jobs/list takes 1 to 100; runs/list "greater than 0 and less than 25", 0 meaning the most."""


class Pages(Query):
    limit: int = Field(20, ge=1, le=MAX_JOBS)
    page_token: str | None = None
    offset: int = Field(0, ge=0)
    expand_tasks: Flag = False


class Jobs(Pages):
    name: str | None = None


class Runs(Pages):
    limit: int = Field(20, ge=0, le=MAX_RUNS)
    job_id: int | None = None
    active_only: Flag = False
    completed_only: Flag = False
    run_type: Literal["JOB_RUN", "WORKFLOW_RUN", "SUBMIT_RUN"] | None = None
    start_time_from: int | None = None
    start_time_to: int | None = None


class OneJob(Query):
    job_id: int
    page_token: str | None = None
    include_trigger_state: Flag = False


class OneRun(Query):
    run_id: int


class GetRun(OneRun):
    page_token: str | None = None
    include_history: Flag = False
    include_resolved_values: Flag = False


class Export(OneRun):
    views_to_export: str | None = None


def routes(world: World) -> list[Route]:
    reads, does = Reads(world.jobs), changes.Changes(world.jobs)
    of_jobs = table(
        ("/api/2.2/jobs", "/api/2.1/jobs"),
        get("/list", reads.jobs),
        get("/get", reads.job),
        get("/runs/list", reads.runs),
        get("/runs/get", reads.run),
        get("/runs/get-output", reads.output),
        get("/runs/export", reads.export),
        post("/create", does.create),
        post("/update", does.update),
        post("/reset", does.reset),
        post("/delete", does.delete),
        post("/run-now", does.run_now),
        post("/runs/submit", does.submit),
        post("/runs/cancel", does.cancel),
        post("/runs/cancel-all", does.cancel_all),
        post("/runs/repair", does.repair),
        post("/runs/delete", does.delete_run),
    )
    return of_jobs + acl.routes(permissions.PERMISSIONS)


class Reads:
    def __init__(self, store: Store) -> None:
        self.store = store

    @property
    def now(self) -> float:
        return self.store.world.clock.now()

    async def jobs(self, call: Call[Jobs]) -> Json:
        asked, person = call.asked, call.person
        page = paging.walk(
            self.store.by_creation(),
            lambda job: (job.created, job.id),
            lambda job: (
                (not asked.name or job.name.lower() == asked.name.lower()) and LEVELS.may(job.acl, person, "CAN_VIEW")
            ),
            asked.limit,
            asked.page_token,
            ("jobs", asked.name, person.id),
            asked.offset,
        )
        return page.answer("jobs", lambda job: views.base_job(job, asked.expand_tasks), has_more=bool(page.next_token))

    async def job(self, call: Call[OneJob]) -> Json:
        job = self.store.job(call.asked.job_id, call.person)
        start = _element(call.asked.page_token)
        body = views.full_job(job, start)
        if body.get("has_more"):
            body["next_page_token"] = _element_token(start + views.MAX_ELEMENTS)
        if call.asked.include_trigger_state and job.settings.get("trigger"):
            body["trigger_state"] = {"file_arrival": {"using_file_events": False}}
        return body

    async def runs(self, call: Call[Runs]) -> Json:
        sqltasks.catch_up(self.store)
        asked, person, now = call.asked, call.person, self.now
        active, kind = asked.active_only, asked.run_type
        if active and asked.completed_only:
            raise errors.invalid_parameter("active_only and completed_only cannot both be true.")
        runs = self.store.job(asked.job_id, person).runs if asked.job_id is not None else self.store.by_start
        since, until = asked.start_time_from or 0, asked.start_time_to or now * 1000
        visible: dict[int | None, bool] = {}

        def wanted(run: Run) -> bool:
            if run.start > now or not since <= views.ms(run.start) <= until:
                return False
            if kind and kind != ("JOB_RUN" if run.job else "SUBMIT_RUN"):
                return False
            key = run.job.id if run.job else -run.id
            if key not in visible:
                visible[key] = LEVELS.may(self.store.acl_of(run), person, "CAN_VIEW")
            if not visible[key]:
                return False
            if not (active or asked.completed_only):
                return True
            return (not self.store.surely_over(run, now) and self.store.state(run, now).active) == active

        page = paging.walk(
            runs,
            lambda run: (run.start, run.id),
            wanted,
            asked.limit or MAX_RUNS,
            asked.page_token,
            ("runs", asked.model_dump(exclude={"limit", "page_token", "offset", "expand_tasks"}), person.id),
            asked.offset,
        )
        return page.answer(
            "runs",
            lambda run: views.base_run(self.store, run, now, asked.expand_tasks),
            has_more=page.next_token is not None,
        )

    async def run(self, call: Call[GetRun]) -> Json:
        asked = call.asked
        run, task = self.store.find(asked.run_id, call.person)
        self.store.planned(run)
        start = _element(asked.page_token)
        resolved = asked.include_resolved_values
        if task is not None:
            body = views.task_run(self.store, run, task, self.now, start, resolved)
        else:
            body = views.full_run(self.store, run, self.now, start, asked.include_history, resolved)
        if body.get("has_more"):
            body["next_page_token"] = _element_token(start + views.MAX_ELEMENTS)
        return body

    async def output(self, call: Call[OneRun]) -> Json:
        run, task = self.store.find(call.asked.run_id, call.person)
        tasks = self.store.planned(run).current(self.now)
        if task is None:
            if len(tasks) != 1:
                raise errors.invalid_parameter(
                    "Retrieving the output of runs with multiple tasks is not supported. "
                    "Please retrieve the output of each individual task run instead."
                )
            task = tasks[0]
        return views.output(self.store, run, task, self.now)

    async def export(self, call: Call[Export]) -> Json:
        """The notebook of a task run as a page. Only notebook tasks can be exported."""
        run, task = self.store.find(call.asked.run_id, call.person)
        tasks = self.store.planned(run).current(self.now)
        if task is None:
            if len(tasks) != 1:
                raise errors.invalid_parameter("Exporting runs with multiple tasks is not supported: export each task.")
            task = tasks[0]
        if "notebook_task" not in task.spec:
            raise errors.invalid_parameter("Only notebook runs can be exported.")
        state = states.task_state(run, task, self.now)
        if state.active:
            raise errors.invalid_parameter(f"Run {task.id} has not finished: its views cannot be exported.")
        name = task.spec["notebook_task"]["notebook_path"].rsplit("/", 1)[-1]
        page = (
            f"<!DOCTYPE html><html><head><meta charset='utf-8'><title>{html.escape(name)}</title></head>"
            f"<body><h1>{html.escape(name)}</h1><pre># Databricks notebook source\n"
            f"print('{html.escape(task.key)}')</pre><pre>{state.result}</pre></body></html>"
        )
        return {"views": [{"content": page, "name": name, "type": "NOTEBOOK"}]}


def _element_token(start: int) -> str:
    return paging.position("elements", start)


def _element(token: str | None) -> int:
    return paging.positioned("elements", token) if token else 0
