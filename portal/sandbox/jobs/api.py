"""The routes that read: jobs/list, jobs/get, runs/list, runs/get, get-output, export. What changes is in `changes`."""

from __future__ import annotations

import html
from typing import Any

from aiohttp import web

from portal.sandbox import errors, paging
from portal.sandbox.jobs import changes, states, views
from portal.sandbox.jobs.model import Run
from portal.sandbox.jobs.store import Store, level
from portal.sandbox.world import World

MAX_JOBS, MAX_RUNS = 100, 24
"""jobs/list takes 1 to 100; runs/list "greater than 0 and less than 25", 0 meaning the most."""


def routes(world: World) -> list[web.RouteDef]:
    store: Store = world.jobs
    reads = Reads(store)
    found: list[web.RouteDef] = []
    for version in ("2.2", "2.1"):
        base = f"/api/{version}/jobs"
        found += [
            web.get(f"{base}/list", reads.list),
            web.get(f"{base}/get", reads.get),
            web.get(f"{base}/runs/list", reads.list_runs),
            web.get(f"{base}/runs/get", reads.get_run),
            web.get(f"{base}/runs/get-output", reads.get_output),
            web.get(f"{base}/runs/export", reads.export),
        ]
    return found + changes.routes(store)


class Reads:
    def __init__(self, store: Store) -> None:
        self.store = store

    @property
    def now(self) -> float:
        return self.store.world.clock.now()

    async def list(self, request: web.Request) -> web.Response:
        person = request["person"]
        limit = errors.number(request, "limit", 20)
        if limit is None or not 1 <= limit <= MAX_JOBS:
            raise errors.invalid_parameter(f"limit must be between 1 and {MAX_JOBS}, got {limit}.")
        name = request.query.get("name")
        expand = errors.flag(request, "expand_tasks")
        jobs = [job for job in self.store.newest_first() if level(job.acl, person) >= 0]
        if name:
            jobs = [job for job in jobs if job.name.lower() == name.lower()]
        page = paging.page(
            jobs,
            lambda job: (-job.created, -job.id),
            limit,
            request.query.get("page_token"),
            ("jobs", name, person.id),
            _offset(request),
        )
        body: dict[str, Any] = {"has_more": page.next_token is not None}
        if page.items:
            body["jobs"] = [views.base_job(job, expand) for job in page.items]
        return _answer(body, page)

    async def get(self, request: web.Request) -> web.Response:
        job = self.store.job(_id(request, "job_id"), request["person"])
        start = _element(request)
        body = views.full_job(job, start)
        if body.get("has_more"):
            body["next_page_token"] = _element_token(start + views.MAX_ELEMENTS)
        if errors.flag(request, "include_trigger_state") and job.settings.get("trigger"):
            body["trigger_state"] = {"file_arrival": {"using_file_events": False}}
        return web.json_response(body)

    async def list_runs(self, request: web.Request) -> web.Response:
        person, now = request["person"], self.now
        limit = errors.number(request, "limit", 20)
        if limit is None or not 0 <= limit <= MAX_RUNS:
            raise errors.invalid_parameter(f"limit must be greater than 0 and less than 25, got {limit}.")
        active, completed = errors.flag(request, "active_only"), errors.flag(request, "completed_only")
        if active and completed:
            raise errors.invalid_parameter("active_only and completed_only cannot both be true.")
        job_id = errors.number(request, "job_id")
        runs = self.store.job(job_id, person).runs if job_id is not None else self.store.by_start
        since, until = errors.number(request, "start_time_from"), errors.number(request, "start_time_to")
        kind = request.query.get("run_type")
        visible: dict[int | None, bool] = {}

        def wanted(run: Run) -> bool:
            if run.start > now or (since and views.ms(run.start) < since) or (until and views.ms(run.start) > until):
                return False
            if kind and kind != ("JOB_RUN" if run.job else "SUBMIT_RUN"):
                return False
            key = run.job.id if run.job else -run.id
            if key not in visible:
                visible[key] = level(self.store.acl_of(run), person) >= 0
            if not visible[key]:
                return False
            if not (active or completed):
                return True
            return (not self.store.surely_over(run, now) and self.store.state(run, now).active) == active

        page = paging.walk(
            runs,
            lambda run: (run.start, run.id),
            wanted,
            limit or MAX_RUNS,
            request.query.get("page_token"),
            ("runs", job_id, active, completed, since, until, kind, person.id),
            _offset(request),
        )
        expand = errors.flag(request, "expand_tasks")
        body: dict[str, Any] = {"has_more": page.next_token is not None}
        if page.items:
            body["runs"] = [views.base_run(self.store, run, now, expand) for run in page.items]
        return _answer(body, page)

    async def get_run(self, request: web.Request) -> web.Response:
        run, task = self.store.find(_id(request, "run_id"), request["person"])
        self.store.planned(run)
        start = _element(request)
        if task is not None:
            body = views.task_run(self.store, run, task, self.now, start)
        else:
            history = errors.flag(request, "include_history")
            resolved = errors.flag(request, "include_resolved_values")
            body = views.full_run(self.store, run, self.now, start, history, resolved)
        if body.get("has_more"):
            body["next_page_token"] = _element_token(start + views.MAX_ELEMENTS)
        return web.json_response(body)

    async def get_output(self, request: web.Request) -> web.Response:
        run, task = self.store.find(_id(request, "run_id"), request["person"])
        tasks = self.store.planned(run).current(self.now)
        if task is None:
            if len(tasks) != 1:
                raise errors.invalid_parameter(
                    "Retrieving the output of runs with multiple tasks is not supported. "
                    "Please retrieve the output of each individual task run instead."
                )
            task = tasks[0]
        return web.json_response(views.output(self.store, run, task, self.now))

    async def export(self, request: web.Request) -> web.Response:
        """The notebook of a task run as a page. Only notebook tasks can be exported."""
        run, task = self.store.find(_id(request, "run_id"), request["person"])
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
        return web.json_response({"views": [{"content": page, "name": name, "type": "NOTEBOOK"}]})


def _answer(body: dict[str, Any], page: paging.Page[Any]) -> web.Response:
    if page.next_token:
        body["next_page_token"] = page.next_token
    if page.prev_token:
        body["prev_page_token"] = page.prev_token
    return web.json_response(body)


def _id(request: web.Request, name: str) -> int:
    value = errors.number(request, name)
    if value is None:
        raise errors.invalid_parameter(f"Missing required field: {name}")
    return value


def _offset(request: web.Request) -> int:
    return max(0, errors.number(request, "offset", 0) or 0)


def _element_token(start: int) -> str:
    return paging.position("elements", start)


def _element(request: web.Request) -> int:
    token = request.query.get("page_token")
    return paging.positioned("elements", token) if token else 0
