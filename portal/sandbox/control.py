"""The control plane: /__sandbox__ of the Connect front. Loopback only; JSON in and out; README.md lists it."""

from __future__ import annotations

import re
from dataclasses import asdict, replace
from pathlib import Path
from typing import Protocol

from aiohttp import web

from portal.sandbox import control_page, jobs, lakeview, many_tables, oidc, orders
from portal.sandbox.connect import Connect
from portal.sandbox.faults import Fault, Faults, Handler, RateLimit
from portal.sandbox.routing import Call, Json, Route, Unreadable, delete, get, post, table
from portal.sandbox.spark.server import Spark
from portal.sandbox.weather import Weather
from portal.sandbox.world import Origin, Person, World


class BadControl(ValueError):
    """The control request makes no sense; the text says why. Answered 400."""


class Steered(Protocol):
    """What the control plane steers; `server.Sandbox` is it."""

    world: World
    faults: Faults
    weather: Weather
    connect: Connect
    spark: Spark | None

    def facts(self) -> dict[str, str]: ...

    def content_environment(self) -> dict[str, str]: ...

    async def reset(self) -> None: ...


def routes(sandbox: Steered) -> list[Route]:
    control = Control(sandbox)
    declared = table(
        "/__sandbox__",
        post("/faults", control.add_fault),
        get("/faults", control.faults),
        delete("/faults", control.clear_faults),
        delete("/faults/{id}", control.remove_fault),
        get("/calls", control.calls),
        delete("/calls", control.clear_calls),
        get("/traces", control.traces),
        post("/session", control.session),
        post("/tokens", control.tokens),
        post("/revoke", control.revoke),
        post("/viewers/{key}", control.viewer),
        post("/warehouses/{id}", control.warehouse),
        post("/clusters/{id}", control.cluster),
        post("/spark", control.spark_server),
        post("/clock", control.clock),
        post("/jobs", control.jobs),
        post("/tables", control.tables),
        post("/dashboards", control.dashboards),
        post("/lineage", control.lineage),
        get("/alerts", control.alerts),
        post("/jobs/{id}/runs", control.job_runs),
        post("/rate-limit", control.rate_limit),
        post("/links", control.links),
        post("/weather", control.weather),
        post("/reset", control.reset),
        get("/facts", control.facts),
        get("/state", control.state),
        get("/", control.page),
        get("", control.slash),
    )
    return [replace(route, handler=_guarded(route.handler)) for route in declared]


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
        except Unreadable as error:
            return web.json_response({"error": error.text}, status=400)
        except (BadControl, TypeError, ValueError, re.error, lakeview.BadFolder) as error:
            return web.json_response({"error": f"{type(error).__name__}: {error}"}, status=400)

    return guarded


class Control:
    def __init__(self, sandbox: Steered) -> None:
        self.sandbox = sandbox
        self.world = sandbox.world
        self.room = sandbox.faults

    def person(self, key: str) -> Person:
        if key not in self.world.people:
            raise BadControl(f"there is no viewer {key!r}: {', '.join(self.world.people)}")
        return self.world.people[key]

    async def add_fault(self, call: Call[orders.AnyOrder]) -> Json:
        return {"id": self.room.add(Fault(**call.asked.sent()))}

    async def faults(self, call: Call) -> Json:
        return {"faults": [fault.as_dict() for fault in self.room.faults]}

    async def clear_faults(self, call: Call) -> Json:
        self.room.clear()
        return {}

    async def remove_fault(self, call: Call) -> Json:
        return {"removed": self.room.remove(call.path["id"])}

    async def calls(self, call: Call) -> Json:
        return {"calls": self.room.counted()}

    async def traces(self, call: Call) -> Json:
        return {"traces": list(self.room.traces)}

    async def clear_calls(self, call: Call) -> Json:
        self.room.calls.clear()
        self.room.cookies.clear()
        return {}

    async def session(self, call: Call[orders.Session]) -> Json:
        """A fresh user session token of a viewer for the content (or for another `content` guid)."""
        connect = self.sandbox.connect
        content = call.asked.content or connect.content_guid
        session = connect.user_session(self.person(call.asked.viewer), content, fresh=True)
        return {"token": session.token, "expires_at": session.expires_at}

    async def tokens(self, call: Call[orders.Issuing]) -> Json:
        """How credentials are issued from now on. What is not named stays as it is."""
        asked, connect, tokens = call.asked, self.sandbox.connect, self.world.tokens
        if asked.lifetime is not None:
            tokens.lifetime = asked.lifetime
        if asked.session_lifetime is not None:
            connect.session_lifetime = asked.session_lifetime
            connect.forget_user_sessions()
        if asked.omit_expires_in is not None:
            connect.omit_expires_in = asked.omit_expires_in
        if asked.rotate is not None:
            connect.rotate = asked.rotate
        if asked.jwt is not None:
            tokens.mint = oidc.minter(self.world) if asked.jwt else None
        return {
            "lifetime": tokens.lifetime,
            "session_lifetime": connect.session_lifetime,
            "omit_expires_in": connect.omit_expires_in,
            "rotate": connect.rotate,
            "jwt": tokens.mint is not None,
        }

    async def revoke(self, call: Call[orders.Revoke]) -> Json:
        """A viewer's Databricks tokens are revoked; with `oauth_session` their consent too (true: it is gone, the
        exchange says 219; "stale": its refresh token no longer works, 220)."""
        person, connect, how = self.person(call.asked.viewer), self.sandbox.connect, call.asked.oauth_session
        revoked = self.world.tokens.revoke(person)
        for session in [one for one in connect.oauth_sessions.values() if one.person == person]:
            if how == "stale":
                session.stale = True
            elif how:
                del connect.oauth_sessions[session.guid]
        return {"revoked": revoked}

    async def viewer(self, call: Call[orders.Viewer]) -> Json:
        """`signed_in`: whether the viewer has completed the integration's login."""
        person, connect = self.person(call.path["key"]), self.sandbox.connect
        integration = connect.integrations[connect.integration_guid]
        session = connect.oauth_session(person, integration.guid)
        if call.asked.signed_in:
            connect.sign_in_to(integration, person)
        elif call.asked.signed_in is False and session is not None:
            del connect.oauth_sessions[session.guid]
        session = connect.oauth_session(person, integration.guid)
        return {"viewer": person.key, "signed_in": session is not None and not session.stale}

    async def warehouse(self, call: Call[orders.ChangedWarehouse]) -> Json:
        asked, warehouse = call.asked, self.world.warehouses.get(call.path["id"])
        if warehouse is None:
            raise BadControl(f"there is no warehouse {call.path['id']}")
        if asked.start_seconds is not None:
            warehouse.start_seconds = asked.start_seconds
        if asked.settings is not None:
            warehouse.settings = {name.upper(): str(value) for name, value in asked.settings.items()}
        if asked.state is not None:
            warehouse.become(asked.state)
            if warehouse.state == "STARTING":
                warehouse.start()
        return {"state": warehouse.state, "start_seconds": warehouse.start_seconds}

    async def cluster(self, call: Call[orders.ChangedCluster]) -> Json:
        asked, cluster = call.asked, self.world.clusters.get(call.path["id"])
        if cluster is None:
            raise BadControl(f"there is no cluster {call.path['id']}")
        if asked.start_seconds is not None:
            cluster.start_seconds = asked.start_seconds
        if asked.state is not None:
            cluster.become(asked.state)
        return {"state": cluster.state, "start_seconds": cluster.start_seconds}

    async def spark_server(self, call: Call[orders.SparkServer]) -> Json:
        """Spark's server breaks down, or is there again."""
        if (spark := self.sandbox.spark) is None:
            raise BadControl("there is no Spark: start with --spark")
        await (spark.start_server() if call.asked.running else spark.stop_server())
        return {"running": call.asked.running}

    async def clock(self, call: Call[orders.ClockOffset]) -> Json:
        self.world.clock.offset = call.asked.offset
        return {"offset": self.world.clock.offset, "now": self.world.clock.now()}

    async def jobs(self, call: Call[orders.MoreJobs]) -> Json:
        """More jobs: `count` of them with `runs` past runs and `tasks` tasks each; until /reset."""
        asked = call.asked
        if asked.count * asked.runs > 200_000:
            raise BadControl("at most 200,000 runs at once")
        store = self.world.jobs
        first = jobs.many(store, count=asked.count, runs=asked.runs, tasks=asked.tasks, name=asked.name)
        return {"job_id": first, "jobs": len(store.jobs)}

    async def job_runs(self, call: Call[orders.MoreRuns]) -> Json:
        """More past runs of a job."""
        job = self.world.jobs.jobs.get(int(call.path["id"]))
        if job is None:
            raise BadControl(f"there is no job {call.path['id']}")
        jobs.more_runs(self.world.jobs, job, call.asked.count)
        return {"runs": len(job.runs)}

    async def tables(self, call: Call[orders.MoreTables]) -> Json:
        """A schema `main.<schema>` of `count` tables, until /reset."""
        return {"tables": many_tables.add(self.world, call.asked.schema_, call.asked.count)}

    async def lineage(self, call: Call[orders.Access]) -> Json:
        """A table made of `sources`, and `targets` made of it, by a `job` or by nobody that is known; until /reset."""
        asked, lineage = call.asked, self.world.lineage
        origin = Origin("JOB", str(asked.job)) if asked.job is not None else None
        now = self.world.clock.now()
        if asked.sources:
            lineage.add(asked.sources, asked.table, origin, now)
        for target in asked.targets:
            lineage.add([asked.table], target, origin, now)
        up, down = lineage.beside(asked.table)
        return {"upstream": len(up), "downstream": len(down)}

    async def alerts(self, call: Call) -> Json:
        """What subscribers of alerts would have been sent."""
        await self.world.alerts.catch_up()
        return {"sent": self.world.alerts.sent}

    async def dashboards(self, call: Call[orders.Folder]) -> Json:
        """The `folder` of this machine whose *.sql are run as the engineer, and whose *.lvdash.json are added."""
        folder = Path(call.asked.folder).expanduser()
        if not folder.is_absolute():
            raise BadControl("folder must be an absolute path")
        return {"dashboards": await lakeview.add(self.world, folder)}

    async def rate_limit(self, call: Call[orders.Limit]) -> Json:
        """At most `per_second` requests of a `route` (of `where`, the workspace unless said); null removes it."""
        asked = call.asked
        self.room.limits = [one for one in self.room.limits if (one.route, one.where) != (asked.route, asked.where)]
        if asked.per_second is not None:
            self.room.limits.append(RateLimit(asked.route, asked.per_second, asked.where))
        return {"limits": len(self.room.limits)}

    async def links(self, call: Call[orders.Links]) -> Json:
        self.world.link_lifetime = call.asked.lifetime
        return {"lifetime": self.world.link_lifetime}

    async def weather(self, call: Call[orders.AnyOrder]) -> Json:
        """The climate: by `name`, and single members over it."""
        return asdict(self.sandbox.weather.change(call.asked.sent()))

    async def reset(self, call: Call) -> Json:
        await self.sandbox.reset()
        return {}

    async def state(self, call: Call) -> Json:
        """What is in force and what was called, for the page."""
        connect = self.sandbox.connect
        integration = connect.integrations.get(connect.integration_guid)
        viewers = []
        for person in self.world.people.values():
            session = connect.oauth_session(person, integration.guid) if integration else None
            viewers.append({"viewer": person.key, "signed_in": session is not None and not session.stale})
        limits = [{"where": one.where, "route": one.route, "status": 429} for one in self.room.limits]
        return {
            "faults": [fault.as_dict() for fault in self.room.faults] + limits,
            "viewers": viewers,
            "warehouses": [
                {"id": w.id, "name": w.name, "state": w.state, "start_seconds": w.start_seconds}
                for w in self.world.warehouses.values()
            ],
            "clock_offset": self.world.clock.offset,
            "calls": self.room.counted(),
        }

    async def page(self, call: Call) -> web.Response:
        facts = self.sandbox.facts()
        return control_page.render(facts["warehouse_id"], facts["content_url"])

    async def slash(self, call: Call) -> web.Response:
        return web.Response(status=302, headers={"Location": "/__sandbox__/"})

    async def facts(self, call: Call) -> Json:
        return {**self.sandbox.facts(), "content_environment": self.sandbox.content_environment()}
