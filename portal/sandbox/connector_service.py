"""What databricks-sql-connector asks beside its queries: feature flags at connect, and telemetry.

Both are on, as in a real workspace, so that the counters show a client that forgot `enable_telemetry=False`: its events
carry the credential of the first viewer who connected.
"""

from __future__ import annotations

from typing import Any

from pydantic import Field

from portal.sandbox.routing import Body, Call, Json, Route, get, post
from portal.sandbox.world import World

TELEMETRY = "databricks.partnerplatform.clientConfigsFeatureFlags.enableTelemetryForPythonDriver"
TTL_SECONDS = 900


class Events(Body):
    protoLogs: list[Any] = Field(default_factory=list)


async def flags(call: Call) -> Json:
    return {"flags": [{"name": TELEMETRY, "value": "true"}], "ttl_seconds": TTL_SECONDS}


async def telemetry(call: Call[Events]) -> Json:
    """Swallows the events and says how many there were."""
    events = len(call.asked.protoLogs)
    answer = {"errors": [], "numProtoSuccess": events, "numSuccess": events, "numRealtimeSuccess": 0}
    return {**answer, "timestamp": int(call.world.clock.now() * 1000)}


def routes(world: World) -> list[Route]:
    return [
        get("/api/2.0/connector-service/feature-flags/{client}/{version}", flags),
        post("/telemetry-ext", telemetry),
        post("/telemetry-unauth", telemetry),
    ]
