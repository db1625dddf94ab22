"""What the API's answers lack, and what they hold that no client of today knows.

Always: a member that GET never returns, and members of tomorrow beside those of today. For a job with a quirk (see
`seed.QUIRKS`) more: "bare" leaves out what the API leaves out when nobody set it, "creator gone" whose creator was
deleted, "newer" has words that are not in the clients' enumerations.
"""

from __future__ import annotations

from typing import Any

from portal.sandbox.jobs.model import Job, Run

Json = dict[str, Any]

UNSET = ("max_concurrent_runs", "timeout_seconds", "email_notifications", "queue", "performance_target", "run_as")
"""Of a job's settings: what has a default."""
UNSET_OF_TASKS = ("run_if", "timeout_seconds", "email_notifications")
ZEROS = ("setup_duration", "execution_duration", "cleanup_duration", "queue_duration", "attempt_number")


def of_job(body: Json, job: Job) -> Json:
    """A job as jobs/get and jobs/list give it. Its settings are changed in place: they must be the answer's own."""
    settings = body["settings"]
    trigger = settings.get("trigger") or {}
    if "table_update" in trigger:
        update = {name: value for name, value in trigger["table_update"].items() if name != "condition"}
        settings["trigger"] = {**trigger, "table_update": update}
    if "creator gone" in job.quirks:
        body.pop("creator_user_name", None)
    if "bare" in job.quirks:
        for name in UNSET:
            settings.pop(name, None)
        if "tasks" in settings:
            settings["tasks"] = [_without(task, UNSET_OF_TASKS) for task in settings["tasks"]]
    if "newer" in job.quirks:
        body["lifecycle"] = {"stage": "ADOPTED"}
        settings["performance_target"] = "COST_CAPPED"
        settings["carbon_budget"] = {"grams": 120}
    return body


def of_run(body: Json, run: Run) -> Json:
    """A run as runs/get and runs/list give it, or (of the same shape) a task's run."""
    quirks = run.job.quirks if run.job else frozenset()
    if "creator gone" in quirks:
        body.pop("creator_user_name", None)
    if "bare" in quirks:
        for name in (*ZEROS, "original_attempt_run_id"):
            if not body.get(name) or name == "original_attempt_run_id":
                body.pop(name, None)
        if not body["state"].get("state_message"):
            body["state"].pop("state_message", None)
        if run.number % 2:
            del body["status"]
    if "newer" in quirks:
        body["trigger"] = "VOLUME_UPDATE" if body.get("trigger") == "FILE_ARRIVAL" else body.get("trigger")
        body["effective_carbon_budget"] = {"grams": 120}
        details = body.get("status", {}).get("termination_details")
        if details and run.number % 3 == 0:
            details["code"] = "CARBON_BUDGET_EXCEEDED"
        if run.number % 5 == 0 and body["state"].get("result_state") == "SUCCESS":
            body["state"]["result_state"] = "SUCCESS_WITH_WARNINGS"
    return body


def of_task(body: Json, run: Run) -> Json:
    """A task's run within a run."""
    quirks = run.job.quirks if run.job else frozenset()
    if "bare" in quirks:
        for name in (*UNSET_OF_TASKS, *(name for name in ("end_time", *ZEROS) if not body.get(name))):
            body.pop(name, None)
    if "newer" in quirks:
        body["run_if"] = "MOST_DONE"
    return body


def _without(body: Json, names: tuple[str, ...]) -> Json:
    return {name: value for name, value in body.items() if name not in names}
