"""Run now, cancel and repair: the dialog that the pages of a job and of a run share. No page of its own.

A button asks for a dialog; the server checks, signs, and says what the dialog shows; what is confirmed comes back with
the signed token, and is done as the viewer.
"""

from __future__ import annotations

import time
from typing import Any

import dash
from dash import Input, Output, State, callback
from dash.development.base_component import Component
from dash.exceptions import PreventUpdate

from portal.databricks.jobs import actions, api, definition, detail
from portal.ui import live, runpanel, states
from portal.ui.actions import ASKED, CONFIRMED, DIALOG, OUTCOME, Dialog, Field, GivenConfirmed, outcome
from portal.ui.runpanel import JOB, REGION, STARTED
from portal.viewer.errors import PortalError
from portal.viewer.given import read

TASKS_ASKED = 60
"""With more failed tasks than this, a repair runs them all again without asking which."""
_AFTER = {"run": "Started.", "cancel": "Cancellation requested.", "repair": "The repair has begun."}
_REGIONS = {"run": "job-runs", "cancel": "run", "repair": "run"}
"""What an action changes on its page: drawn anew after it."""


@callback(Output(OUTCOME, "children"), Input(ASKED, "data"), prevent_initial_call=True)
@states.guarded
def ask(asked: dict[str, Any] | None) -> Component | None:
    """A button was pressed: show its dialog, or why there is none."""
    if not asked:
        raise PreventUpdate
    job_id = api.number(str(asked.get("job")), "job")
    run_id = api.number(str(asked["run"]), "run") if asked.get("run") else None
    dialog = _dialog(str(asked.get("action")), job_id, run_id)
    dash.set_props(DIALOG, {"data-dialog": dialog.as_json()})
    return None


def _dialog(action: str, job_id: int, run_id: int | None) -> Dialog:
    if action == "run":
        token = actions.begin("run", job_id)
        job = definition.get(job_id)
        fields = tuple(Field(name, name, default) for name, default in job.parameters)
        text = f"“{job.job.name}” starts now, as {job.run_as or 'whom it runs as'}."
        return Dialog(action, token, "Run now", text, "Run now", legend="Parameters", fields=fields)
    if run_id is None or action not in actions.ACTIONS:
        raise PreventUpdate
    token = actions.begin(action, job_id, run_id)
    known = detail.get(run_id)
    name = known.run.name
    if action == "cancel":
        text = f"The run of “{name}” stops; what its tasks have done so far stays done."
        return Dialog(action, token, "Cancel this run", text, "Cancel the run", "Let it run", danger=True)
    failed = [task.key for task in known.tasks if not task.state.succeeded and not task.state.active and _ran(task)]
    fields = tuple(Field(key, key, True, "check") for key in failed) if len(failed) <= TASKS_ASKED else ()
    text = f"The chosen tasks of “{name}” run again in this run, and those that depend on them."
    return Dialog(action, token, "Repair this run", text, "Repair", legend="Tasks to run again", fields=fields)


def _ran(task: detail.TaskRun) -> bool:
    return task.state.word not in ("EXCLUDED", "DISABLED")


@callback(Output(OUTCOME, "children", allow_duplicate=True), Input(CONFIRMED, "data"), prevent_initial_call=True)
@states.guarded
def do(confirmed: dict[str, Any] | None) -> Component:
    """The dialog was confirmed: do it, and say what came of it."""
    if not confirmed:
        raise PreventUpdate
    given = read(GivenConfirmed, confirmed)
    action, token, values = given.action, given.token, given.values or {}
    try:
        done = _do(action, token, values)
    finally:
        if action in _REGIONS:
            dash.set_props(states.again(_REGIONS[action])[0], {"data": int(time.time() * 1000)})
    if done.state is not None and done.state.word in ("SKIPPED", "MAXIMUM_CONCURRENT_RUNS_REACHED"):
        text = done.state.message or "The run was skipped: the job has as many runs as it may have at a time."
    elif done.state is not None and done.state.word == "QUEUED":
        text = done.state.message or "The run waits in the queue."
    else:
        text = _AFTER[action]
    where = (done.job_id, done.run_id) if action == "run" else None
    if action == "run":
        dash.set_props(STARTED, {"data": {"job": str(done.job_id), "run": str(done.run_id)}})
    elif action == "cancel":
        dash.set_props(states.again(REGION)[0], {"data": int(time.time() * 1000)})
    return outcome([text], where, done.state.word if done.state else None)


@callback(
    Output(REGION, "children"),
    Input(*states.again(REGION)),
    Input(*live.tick(REGION)),
    Input(STARTED, "data"),
    State(JOB, "data"),
    prevent_initial_call=True,
)
@states.guarded
def follow(_again: int, _tick: Any, started: dict[str, Any] | None, job: str | None) -> Component | None:
    """The run that a page's own panel has started (`portal.ui.runpanel`)."""
    if not started or started.get("job") != job:
        return None  # the tab has started one of another page's job, or none
    run_id = api.number(str(started.get("run")), "run")
    try:
        return runpanel.drawn(detail.poll(run_id))
    except PortalError as error:
        if live.is_tick(dash.ctx.triggered_id) and live.passing(error):
            raise PreventUpdate from None
        raise


def _do(action: str, token: str, values: dict[str, Any]) -> actions.Outcome:
    match action:
        case "run":
            return actions.run_now(token, {name: str(value) for name, value in values.items()})
        case "cancel":
            return actions.cancel(token)
        case "repair":
            chosen = [name for name, on in values.items() if on]
            if values and not chosen:
                raise PortalError("No task was chosen, so nothing was done.")
            return actions.repair(token, chosen)
    raise PreventUpdate
