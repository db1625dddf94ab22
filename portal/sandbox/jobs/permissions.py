"""Permissions of jobs: /api/2.0/permissions/jobs/<id>, as the SDK's jobs API calls it."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from portal.sandbox import errors
from portal.sandbox.jobs.model import Job
from portal.sandbox.jobs.store import LEVELS, Store

DESCRIPTIONS = {
    "CAN_VIEW": "Can view the job's settings and its runs",
    "CAN_MANAGE_RUN": "Can view, run, cancel and repair",
    "CAN_MANAGE": "Can change the job and its permissions",
    "IS_OWNER": "Is owner of the job",
}
Acl = dict[tuple[str, str], str]


def parse(listed: list[dict[str, Any]]) -> Acl:
    """JobAccessControlRequest objects as (kind, name) -> level."""
    acl: Acl = {}
    for one in listed:
        level = one.get("permission_level")
        if level not in LEVELS:
            raise errors.invalid_parameter(f"Invalid permission level: {level!r}.")
        if one.get("group_name"):
            acl[("group", one["group_name"])] = level
        elif one.get("user_name") or one.get("service_principal_name"):
            acl[("user", one.get("user_name") or one["service_principal_name"])] = level
        else:
            raise errors.invalid_parameter("An access control entry needs user_name or group_name.")
    return acl


def as_dict(job: Job) -> dict[str, Any]:
    listed: list[dict[str, Any]] = []
    for (kind, name), level in sorted(job.acl.items()):
        inherited = name == "admins"
        permission: dict[str, Any] = {"permission_level": level, "inherited": inherited}
        if inherited:
            permission["inherited_from_object"] = ["/jobs/"]
        listed.append({f"{kind}_name": name, "all_permissions": [permission]})
    return {"object_id": f"/jobs/{job.id}", "object_type": "job", "access_control_list": listed}


def routes(store: Store) -> list[web.RouteDef]:
    def job_of(request: web.Request, needed: str) -> Job:
        text = request.match_info["id"]
        if not text.isdigit():
            raise errors.invalid_parameter(f"Invalid job id: {text}")
        return store.job(int(text), request["person"], needed)

    async def get(request: web.Request) -> web.Response:
        return web.json_response(as_dict(job_of(request, "CAN_VIEW")))

    async def levels(request: web.Request) -> web.Response:
        job_of(request, "CAN_VIEW")
        listed = [{"permission_level": level, "description": DESCRIPTIONS[level]} for level in LEVELS]
        return web.json_response({"permission_levels": listed})

    async def change(request: web.Request) -> web.Response:
        """PUT sets the whole list, PATCH adds to it. There is always exactly one owner."""
        job = job_of(request, "CAN_MANAGE")
        given = parse((await errors.json_body(request)).get("access_control_list") or [])
        acl = dict(job.acl) if request.method == "PATCH" else {("group", "admins"): "CAN_MANAGE"}
        new_owner = next((who for who, level in given.items() if level == "IS_OWNER"), None)
        if new_owner is not None:
            acl = {who: level for who, level in acl.items() if level != "IS_OWNER"}
        elif "IS_OWNER" not in acl.values():
            raise errors.invalid_parameter("The job must have exactly one owner.")
        job.acl = {**acl, **given}
        return web.json_response(as_dict(job))

    path = "/api/2.0/permissions/jobs/{id}"
    return [
        web.get(path, get),
        web.get(path + "/permissionLevels", levels),
        web.put(path, change),
        web.patch(path, change),
    ]
