"""What databricks-sql-connector asks beside its queries: feature flags at connect, and telemetry.

Both are on, as in a real workspace, so that the counters show a client that forgot `enable_telemetry=False`: its events
carry the credential of the first viewer who connected.
"""

from __future__ import annotations

import json
import time

from aiohttp import web

from portal.sandbox.world import World

TELEMETRY = "databricks.partnerplatform.clientConfigsFeatureFlags.enableTelemetryForPythonDriver"
TTL_SECONDS = 900


def routes(world: World) -> list[web.RouteDef]:
    async def flags(request: web.Request) -> web.Response:
        return web.json_response({"flags": [{"name": TELEMETRY, "value": "true"}], "ttl_seconds": TTL_SECONDS})

    async def telemetry(request: web.Request) -> web.Response:
        """Swallows the events and says how many there were."""
        try:
            body = json.loads(await request.text())
            events = len(body.get("protoLogs", []))
        except (ValueError, AttributeError):
            events = 0
        answer = {"errors": [], "numProtoSuccess": events, "numSuccess": events, "numRealtimeSuccess": 0}
        return web.json_response({**answer, "timestamp": int(time.time() * 1000)})

    return [
        web.get("/api/2.0/connector-service/feature-flags/{client}/{version}", flags),
        web.post("/telemetry-ext", telemetry),
        web.post("/telemetry-unauth", telemetry),
    ]
