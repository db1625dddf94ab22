"""The control plane: /__sandbox__ of the Connect front. Loopback only; JSON in and out; README.md lists it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from aiohttp import web

from portal.sandbox import control_page, many_tables, oidc
from portal.sandbox.faults import Fault, Handler, RateLimit
from portal.sandbox.world import Person

if TYPE_CHECKING:
    from portal.sandbox.server import Sandbox

WAREHOUSE_STATES = ("RUNNING", "STOPPED", "STARTING", "STOPPING", "DELETED")


class BadControl(ValueError):
    """The control request makes no sense; the text says why. Answered 400."""


def routes(sandbox: Sandbox) -> list[web.RouteDef]:
    control = Control(sandbox)
    base = "/__sandbox__"
    table: list[tuple[str, str, Handler]] = [
        ("POST", "/faults", control.add_fault),
        ("GET", "/faults", control.faults),
        ("DELETE", "/faults", control.clear_faults),
        ("DELETE", "/faults/{id}", control.remove_fault),
        ("GET", "/calls", control.calls),
        ("DELETE", "/calls", control.clear_calls),
        ("POST", "/session", control.session),
        ("POST", "/tokens", control.tokens),
        ("POST", "/revoke", control.revoke),
        ("POST", "/viewers/{key}", control.viewer),
        ("POST", "/warehouses/{id}", control.warehouse),
        ("POST", "/clock", control.clock),
        ("POST", "/jobs", control.jobs),
        ("POST", "/tables", control.tables),
        ("POST", "/jobs/{id}/runs", control.job_runs),
        ("POST", "/rate-limit", control.rate_limit),
        ("POST", "/links", control.links),
        ("POST", "/reset", control.reset),
        ("GET", "/facts", control.facts),
        ("GET", "/state", control.state),
        ("GET", "/", control.page),
        ("GET", "", control.slash),
    ]
    return [web.route(method, base + path, _guarded(handler)) for method, path, handler in table]


def _guarded(handler: Handler) -> Handler:
    async def guarded(request: web.Request) -> web.StreamResponse:
        if request.remote not in ("127.0.0.1", "::1"):
            return web.json_response({"error": "the control plane answers on loopback only"}, status=403)
        # A page of another site must not steer the sandbox of a developer who visits it.
        site = request.headers.get("Sec-Fetch-Site", "none")
        if request.method != "GET" and site not in ("same-origin", "none"):
            return web.json_response({"error": "the control plane takes no requests of other sites"}, status=403)
        try:
            return await handler(request)
        except (BadControl, TypeError, ValueError, KeyError, re.error) as error:
            return web.json_response({"error": f"{type(error).__name__}: {error}"}, status=400)

    return guarded


async def _body(request: web.Request) -> dict[str, Any]:
    body = await request.json() if request.can_read_body else {}
    if not isinstance(body, dict):
        raise BadControl("the body must be a JSON object")
    return body


class Control:
    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.world = sandbox.world
        self.room = sandbox.faults

    def person(self, key: Any) -> Person:
        if key not in self.world.people:
            raise BadControl(f"there is no viewer {key!r}: {', '.join(self.world.people)}")
        return self.world.people[key]

    async def add_fault(self, request: web.Request) -> web.Response:
        return web.json_response({"id": self.room.add(Fault(**await _body(request)))})

    async def faults(self, request: web.Request) -> web.Response:
        return web.json_response({"faults": [fault.as_dict() for fault in self.room.faults]})

    async def clear_faults(self, request: web.Request) -> web.Response:
        self.room.clear()
        return web.json_response({})

    async def remove_fault(self, request: web.Request) -> web.Response:
        return web.json_response({"removed": self.room.remove(request.match_info["id"])})

    async def calls(self, request: web.Request) -> web.Response:
        return web.json_response({"calls": self.room.counted()})

    async def clear_calls(self, request: web.Request) -> web.Response:
        self.room.calls.clear()
        self.room.cookies.clear()
        return web.json_response({})

    async def session(self, request: web.Request) -> web.Response:
        """A fresh user session token of a viewer for the content (or for another `content` guid)."""
        body = await _body(request)
        connect = self.sandbox.connect
        content = body.get("content", connect.content_guid)
        session = connect.user_session(self.person(body.get("viewer")), content, fresh=True)
        return web.json_response({"token": session.token, "expires_at": session.expires_at})

    async def tokens(self, request: web.Request) -> web.Response:
        """How credentials are issued from now on. What is not named stays as it is."""
        body = await _body(request)
        connect, tokens = self.sandbox.connect, self.world.tokens
        if "lifetime" in body:
            tokens.lifetime = float(body["lifetime"])
        if "session_lifetime" in body:
            connect.session_lifetime = float(body["session_lifetime"])
            connect.forget_user_sessions()
        if "omit_expires_in" in body:
            connect.omit_expires_in = bool(body["omit_expires_in"])
        if "rotate" in body:
            if body["rotate"] not in ("never", "every-request"):
                raise BadControl("rotate is 'never' or 'every-request'")
            connect.rotate = body["rotate"]
        if "jwt" in body:
            tokens.mint = oidc.minter(self.world) if body["jwt"] else None
        return web.json_response(
            {
                "lifetime": tokens.lifetime,
                "session_lifetime": connect.session_lifetime,
                "omit_expires_in": connect.omit_expires_in,
                "rotate": connect.rotate,
                "jwt": tokens.mint is not None,
            }
        )

    async def revoke(self, request: web.Request) -> web.Response:
        """A viewer's Databricks tokens are revoked; with `oauth_session` their consent too (true: it is gone, the
        exchange says 219; "stale": its refresh token no longer works, 220)."""
        body = await _body(request)
        person = self.person(body.get("viewer"))
        connect = self.sandbox.connect
        revoked = self.world.tokens.revoke(person)
        how = body.get("oauth_session")
        for session in [one for one in connect.oauth_sessions.values() if one.person == person]:
            if how == "stale":
                session.stale = True
            elif how:
                del connect.oauth_sessions[session.guid]
        return web.json_response({"revoked": revoked})

    async def viewer(self, request: web.Request) -> web.Response:
        """`signed_in`: whether the viewer has completed the integration's login."""
        person = self.person(request.match_info["key"])
        connect = self.sandbox.connect
        integration = connect.integrations[connect.integration_guid]
        body = await _body(request)
        if "signed_in" in body:
            session = connect.oauth_session(person, integration.guid)
            if body["signed_in"]:
                connect.sign_in_to(integration, person)
            elif session is not None:
                del connect.oauth_sessions[session.guid]
        session = connect.oauth_session(person, integration.guid)
        return web.json_response({"viewer": person.key, "signed_in": session is not None and not session.stale})

    async def warehouse(self, request: web.Request) -> web.Response:
        warehouse = self.world.warehouses.get(request.match_info["id"])
        if warehouse is None:
            raise BadControl(f"there is no warehouse {request.match_info['id']}")
        body = await _body(request)
        if "start_seconds" in body:
            warehouse.start_seconds = float(body["start_seconds"])
        if "state" in body:
            if body["state"] not in WAREHOUSE_STATES:
                raise BadControl(f"state is one of {', '.join(WAREHOUSE_STATES)}")
            warehouse.state = body["state"]
            if warehouse.state == "STARTING":
                warehouse.start()
        return web.json_response({"state": warehouse.state, "start_seconds": warehouse.start_seconds})

    async def clock(self, request: web.Request) -> web.Response:
        self.world.clock.offset = float((await _body(request)).get("offset", 0.0))
        return web.json_response({"offset": self.world.clock.offset, "now": self.world.clock.now()})

    async def jobs(self, request: web.Request) -> web.Response:
        """More jobs: `count` of them with `runs` past runs and `tasks` tasks each; until /reset."""
        body = await _body(request)
        numbers = {name: int(body.get(name, default)) for name, default in (("count", 1), ("runs", 3), ("tasks", 1))}
        if not (1 <= numbers["count"] <= 20_000 and 0 <= numbers["runs"] <= 10_000 and 1 <= numbers["tasks"] <= 1000):
            raise BadControl("count is 1 to 20,000, runs 0 to 10,000, tasks 1 to 1,000")
        if numbers["count"] * numbers["runs"] > 200_000:
            raise BadControl("at most 200,000 runs at once")
        first = self.world.jobs.many(**numbers, name=str(body.get("name", "Load job")))
        return web.json_response({"job_id": first, "jobs": len(self.world.jobs.jobs)})

    async def job_runs(self, request: web.Request) -> web.Response:
        """More past runs of a job."""
        job = self.world.jobs.jobs.get(int(request.match_info["id"]))
        if job is None:
            raise BadControl(f"there is no job {request.match_info['id']}")
        self.world.jobs.more_runs(job, int((await _body(request)).get("count", 1)))
        return web.json_response({"runs": len(job.runs)})

    async def tables(self, request: web.Request) -> web.Response:
        """A schema `main.<schema>` of `count` tables; it stays until the sandbox ends."""
        body = await _body(request)
        count = int(body.get("count", 5000))
        if not 1 <= count <= 20_000:
            raise BadControl("count is 1 to 20,000")
        if self.world.engine is None:
            raise BadControl("there is no SQL engine")
        return web.json_response({"tables": many_tables.add(self.world, str(body.get("schema", "many")), count)})

    async def rate_limit(self, request: web.Request) -> web.Response:
        """At most `per_second` requests of a `route` (of `where`, the workspace unless said); null removes it."""
        body = await _body(request)
        where = body.get("where", "workspace")
        self.room.limits = [one for one in self.room.limits if (one.route, one.where) != (body["route"], where)]
        if body.get("per_second") is not None:
            self.room.limits.append(RateLimit(body["route"], float(body["per_second"]), where))
        return web.json_response({"limits": len(self.room.limits)})

    async def links(self, request: web.Request) -> web.Response:
        self.world.link_lifetime = float((await _body(request))["lifetime"])
        return web.json_response({"lifetime": self.world.link_lifetime})

    async def reset(self, request: web.Request) -> web.Response:
        await self.sandbox.reset()
        return web.json_response({})

    async def state(self, request: web.Request) -> web.Response:
        """What is in force and what was called, for the page."""
        connect = self.sandbox.connect
        integration = connect.integrations.get(connect.integration_guid)
        viewers = []
        for person in self.world.people.values():
            session = connect.oauth_session(person, integration.guid) if integration else None
            viewers.append({"viewer": person.key, "signed_in": session is not None and not session.stale})
        limits = [{"where": one.where, "route": one.route, "status": 429} for one in self.room.limits]
        return web.json_response(
            {
                "faults": [fault.as_dict() for fault in self.room.faults] + limits,
                "viewers": viewers,
                "warehouses": [
                    {"id": w.id, "name": w.name, "state": w.state, "start_seconds": w.start_seconds}
                    for w in self.world.warehouses.values()
                ],
                "clock_offset": self.world.clock.offset,
                "calls": self.room.counted(),
            }
        )

    async def page(self, request: web.Request) -> web.Response:
        facts = self.sandbox.facts()
        return control_page.render(facts["warehouse_id"], facts["content_url"])

    async def slash(self, request: web.Request) -> web.Response:
        return web.Response(status=302, headers={"Location": "/__sandbox__/"})

    async def facts(self, request: web.Request) -> web.Response:
        return web.json_response({**self.sandbox.facts(), "content_environment": self.sandbox.content_environment()})
