"""Run now, cancel, repair: as the viewer, once, and written down.

An action has two halves. `begin` is called when its dialog opens; it checks what can be checked and signs what will be
done (viewer, action, job, run) with a token that Databricks will take for one run only. The second half verifies it:
two clicks, or a click and its retry, are one run. Each half that is refused, and each outcome, is an audit event.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from portal.databricks.identity import me
from portal.databricks.jobs import api, definition, detail, latest, model
from portal.settings import settings
from portal.shapes import Json
from portal.viewer.audit import audit
from portal.viewer.dialogs import Stale, check_same, sign, verified
from portal.viewer.errors import NotPermitted, PortalError

ACTIONS = ("run", "cancel", "repair")
_PURPOSE = "job-action"


@dataclass(frozen=True)
class Outcome:
    """What came of it: the run, and its state a moment later (None where it could not be asked)."""

    job_id: int
    run_id: int
    state: model.State | None


def begin(action: str, job_id: int, run_id: int | None = None) -> str:
    """A dialog opens: the token that it hands back. `NotPermitted` where the portal or the job's permissions say no."""
    thing = f"job {job_id}" if run_id is None else f"run {run_id}"
    with _audited(f"job.{action}.dialog", thing, quiet=True):
        _on()
        if definition.access(job_id).may_run(me()) is False:
            owner = definition.access(job_id).owner
            raise NotPermitted(
                f"You may view job {job_id}, and not run, cancel or repair it: that needs Can manage run.",
                f"{owner}, who owns the job" if owner else "whoever manages the job",
            )
        known = detail.get(run_id) if run_id is not None else None
        if known is not None and known.run.job_id != job_id:
            raise api.missing(f"run {run_id} of job {job_id}")
    payload = {
        "action": action,
        "job": str(job_id),
        "run": str(run_id or ""),
        "once": secrets.token_hex(16),
        "repair": str((known.latest_repair if known else None) or ""),
    }
    return sign(_PURPOSE, payload)


def run_now(token: str, parameters: Mapping[str, str]) -> Outcome:
    """Start a run with these job parameters. The same token again answers the same run."""
    with _confirmed("run", token) as asked:
        job_id = int(asked["job"])
        body: Json = {"job_id": job_id, "idempotency_token": asked["once"]}
        defaults = dict(definition.get(job_id).parameters)
        # What was left as it stood is not an override.
        if given := {name: value for name, value in parameters.items() if defaults.get(name) != value}:
            body["job_parameters"] = given
        answer = api.tell("/run-now", f"job {job_id}", body)
        return _outcome(job_id, int(answer["run_id"]))


def cancel(token: str) -> Outcome:
    """Ask for the run to be cancelled; it ends a moment later."""
    with _confirmed("cancel", token) as asked:
        run_id = int(asked["run"])
        api.tell("/runs/cancel", f"run {run_id}", {"run_id": run_id})
        return _outcome(int(asked["job"]), run_id)


def repair(token: str, tasks: Sequence[str] = ()) -> Outcome:
    """Run the named tasks of a finished run again, or all that failed.

    The dialog's token holds the newest repair of then: Databricks refuses a second repair on the strength of it.
    """
    with _confirmed("repair", token) as asked:
        run_id = int(asked["run"])
        body: Json = {"run_id": run_id, "rerun_dependent_tasks": True}
        body |= {"rerun_tasks": list(tasks)} if tasks else {"rerun_all_failed_tasks": True}
        if asked["repair"]:
            body["latest_repair_id"] = int(asked["repair"])
        api.tell("/runs/repair", f"run {run_id}", body)
        return _outcome(int(asked["job"]), run_id)


def _on() -> None:
    if not settings().job_actions:
        raise NotPermitted(
            "Running, cancelling and repairing jobs is switched off in this portal.",
            "the team that runs it (PORTAL_JOB_ACTIONS)",
        )


@contextmanager
def _confirmed(action: str, token: str) -> Iterator[Json]:
    """The second half: what was signed, verified; and its outcome in the audit stream."""
    asked: Json = {}
    with _audited(f"job.{action}", lambda: _thing(asked)):
        _on()
        asked.update(verified(_PURPOSE, token))
        check_same(asked.get("action"), action)
        yield asked


def _thing(asked: Mapping[str, object]) -> str:
    job = f"job {asked.get('job', '?')}"
    return f"{job} run {asked['run']}" if asked.get("run") else job


@contextmanager
def _audited(action: str, thing: str | Callable[[], str], quiet: bool = False) -> Iterator[None]:
    """One event at the end. `quiet`: only if it was refused."""

    def write(outcome: str, **more: str) -> None:
        audit(action, thing if isinstance(thing, str) else thing(), outcome, **more)

    try:
        yield
    except (NotPermitted, Stale) as error:
        write("denied", reason=error.kind)
        raise
    except PortalError as error:
        if not quiet:
            write("failed", reason=error.kind)
        raise
    if not quiet:
        write("ok")


def _outcome(job_id: int, run_id: int) -> Outcome:
    """What the run is now, and what was kept of before is dropped."""
    detail.forget(run_id)
    state = None
    # The action is done: that its consequences cannot be read now must not look like a failure of it.
    with suppress(PortalError):
        latest.of(job_id, anew=True)
        state = detail.get(run_id).run.state
    return Outcome(job_id, run_id, state)
