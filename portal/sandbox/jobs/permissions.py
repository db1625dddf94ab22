"""Permissions of jobs: /api/2.0/permissions/jobs/<id>, as the SDK's jobs API calls it."""

from __future__ import annotations

from typing import Any

from portal.sandbox import acl, errors
from portal.sandbox.jobs.model import Job
from portal.sandbox.jobs.store import LEVELS, Store
from portal.sandbox.routing import Call


def _job(call: Call[Any], needed: str) -> Job:
    store: Store = call.world.jobs
    text = call.path["id"]
    if not text.isdigit():
        raise errors.invalid_parameter(f"Invalid job id: {text}")
    return store.job(int(text), call.person, needed)


PERMISSIONS = acl.Kind("jobs", "job", LEVELS, _job, "CAN_VIEW", "CAN_MANAGE", one_owner=True, folder="/jobs/")
