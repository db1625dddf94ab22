"""The workspace's word on a call of Spark Connect: whose it is, and whether they may attach to that cluster.

The gateway asks it by the path, the bearer and the cluster of each call, over HTTP/1.1: so credentials, faults, weather
and counters are those of every other call of the workspace.
"""

from __future__ import annotations

from portal.sandbox import clusters, errors
from portal.sandbox.routing import Call, Json, Route, post
from portal.sandbox.spark.rows import Rows
from portal.sandbox.world import World

SERVICE = "/spark.connect.SparkConnectService/"


def routes(world: World, rows: Rows) -> list[Route]:
    async def admitted(call: Call) -> Json:
        """The user name; a refusal as the real gateway words it."""
        id = call.request.headers.get("x-databricks-cluster-id")
        if not id:
            raise errors.invalid_parameter("Missing x-databricks-cluster-id or x-databricks-session-id header.")
        cluster = clusters.attachable(world, id, call.person)
        if cluster.state == "TERMINATED":
            cluster.start()  # as an attempt to attach does
        if cluster.state != "RUNNING":
            text = f"The cluster {id} is in unexpected state {cluster.state.title()}."
            raise errors.ApiError(400, "INVALID_STATE", text)
        await rows.ready(call.person)
        return {"user": call.person.user_name}

    return [post(SERVICE + "{method}", admitted)]
