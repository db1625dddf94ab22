"""Jobs of the workspace, as the viewer: `from portal.api import jobs`.

    jobs.panel(job_id)             a button with the signed dialog, and the run followed to its output: the usual way
    jobs.run(job_id, parameters)   start a run from a callback of your own; its id
    jobs.status(run_id)            how a run stands: `.state.word`, `.state.active`, `.state.succeeded`, `.duration()` …
    jobs.output(run_id)            what its tasks wrote, by the task's key
    jobs.cancel(run_id)            ask for it to be canceled

What acts is on the record as a click on the job's own page is, and PORTAL_JOB_ACTIONS switches it off.
"""

from __future__ import annotations

from collections.abc import Mapping

from portal.databricks import workspace
from portal.databricks.jobs import actions, detail
from portal.databricks.jobs.model import Run
from portal.databricks.jobs.output import Output
from portal.databricks.jobs.output import output as _output
from portal.ui.runpanel import panel
from portal.viewer.errors import PortalError

__all__ = ["Output", "Run", "cancel", "output", "panel", "run", "status"]


def run(job_id: int, parameters: Mapping[str, str] | None = None) -> int:
    """Start a run of a job with these job parameters; its id.

    Raises `NotPermitted` where the viewer may not run it, `NoSuchThing` where they may not see it. Call it once a
    click: a second call is a second run (the dialog of `panel` holds a token that is good for one).
    """
    return actions.run_now(actions.begin("run", job_id), parameters or {}).run_id


def status(run_id: int) -> Run:
    """How a run stands now. `.state.word` is Databricks' own: PENDING, RUNNING, SUCCESS, FAILED, CANCELED, …"""
    return detail.poll(run_id).run


def output(run_id: int) -> dict[str, Output | PortalError]:
    """What each task of a run wrote, by its key: `.texts`, `.error`, `.trace`; the state where it cannot be read."""
    tasks = detail.get(run_id).tasks
    return dict(
        zip((task.key for task in tasks), workspace.each(lambda task: _output(task.id), list(tasks)), strict=True)
    )


def cancel(run_id: int) -> None:
    """Ask for a run to be canceled; it ends a moment later, as CANCELED."""
    found = detail.get(run_id).run
    actions.cancel(actions.begin("cancel", found.job_id, run_id))
