"""What a job's cluster is chosen from: runtimes, node types, zones. A job's cluster comes and goes with its run; those
that people attach to are there where Spark is (`--spark`)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from portal.sandbox import acl, errors
from portal.sandbox.routing import Body, Call, Json, Query, Route, get, post, table
from portal.sandbox.world import Acl, Person, World

RUNTIMES = (
    ("17.3.x-scala2.13", "17.3 LTS (includes Apache Spark 4.0.0, Scala 2.13)"),
    ("16.4.x-scala2.12", "16.4 LTS (includes Apache Spark 3.5.2, Scala 2.12)"),
    ("16.4.x-cpu-ml-scala2.12", "16.4 LTS ML (includes Apache Spark 3.5.2, Scala 2.12)"),
    ("16.4.x-photon-scala2.12", "16.4 LTS Photon (includes Apache Spark 3.5.2, Scala 2.12)"),
    ("15.4.x-scala2.12", "15.4 LTS (includes Apache Spark 3.5.0, Scala 2.12)"),
)
NODES = (("i3.xlarge", 31_232, 4, 1, 950), ("i3.2xlarge", 62_464, 8, 1, 1900), ("m5d.large", 8192, 2, 1, 75),
         ("r5.large", 16_384, 2, 0, 0))  # fmt: skip
"""Id, memory in MB, cores, local disks, GB of each."""


LEVELS = acl.Levels(
    {
        "CAN_ATTACH_TO": "Can attach to the cluster",
        "CAN_RESTART": "Can restart the cluster",
        "CAN_MANAGE": "Can manage the cluster",
    }
)


@dataclass
class Cluster:
    """A cluster that people attach to. `state` is Databricks' word: RUNNING, PENDING, TERMINATED."""

    id: str
    name: str
    state: str = "RUNNING"
    start_seconds: float = 3.0
    acl: Acl = field(default_factory=dict)
    _starting: asyncio.TimerHandle | None = field(default=None, repr=False)

    def start(self) -> None:
        """PENDING from now on, and RUNNING after its time."""
        self.become("PENDING")
        self._starting = asyncio.get_running_loop().call_later(self.start_seconds, self.become, "RUNNING")

    def become(self, state: str) -> None:
        """Be in a state at once; a start under way ends without an effect."""
        if self._starting is not None:
            self._starting.cancel()
            self._starting = None
        self.state = state


SHARED = "1127-093015-sh4red01"
"""The cluster that everyone may attach to."""


def seeded() -> dict[str, Cluster]:
    """Those of a workspace with Spark."""
    shared: Acl = {("group", "users"): "CAN_ATTACH_TO", ("group", "engineers"): "CAN_MANAGE"}
    listed = (
        Cluster(SHARED, "Shared Analytics", acl=shared),
        Cluster("1127-093015-engin301", "Engineering", acl={("group", "engineers"): "CAN_MANAGE"}),
    )
    return {cluster.id: cluster for cluster in listed}


def reset(world: World) -> None:
    """Every cluster as it was seeded, where there are any."""
    for cluster in world.clusters.values():
        cluster.become("RUNNING")
    world.clusters = seeded() if world.clusters else {}


class Listed(Query):
    page_size: int | None = None
    page_token: str | None = None


class One(Query):
    cluster_id: str


class Start(Body):
    cluster_id: str = ""


def attachable(world: World, id: str, person: Person, needed: str = "CAN_ATTACH_TO") -> Cluster:
    """The cluster of this id; ApiError for none that the person may attach to."""
    cluster: Cluster | None = world.clusters.get(id)
    if cluster is None:
        raise errors.ApiError(400, "INVALID_PARAMETER_VALUE", f"Cluster {id} does not exist")
    LEVELS.require(cluster.acl, person, needed, f"cluster {id}")
    return cluster


def routes(world: World) -> list[Route]:
    return table(
        ("/api/2.1/clusters", "/api/2.0/clusters"),
        get("/get", read),
        post("/start", start),
        get("/spark-versions", runtimes),
        get("/list-node-types", nodes),
        get("/list-zones", zones),
        get("/list", listed),
    )


async def runtimes(call: Call) -> Json:
    return {"versions": [{"key": key, "name": name} for key, name in RUNTIMES]}


async def nodes(call: Call) -> Json:
    return {"node_types": [_node(*one) for one in NODES]}


def _node(id: str, memory: int, cores: int, disks: int, gigabytes: int) -> Json:
    instance = {
        "instance_type_id": id,
        "local_disks": disks,
        "local_disk_size_gb": gigabytes,
        "local_nvme_disks": 0,
        "local_nvme_disk_size_gb": 0,
    }
    return {
        "node_type_id": id,
        "instance_type_id": id,
        "memory_mb": memory,
        "num_cores": float(cores),
        "num_gpus": 0,
        "description": id,
        "category": "Storage Optimized" if disks else "Memory Optimized",
        "is_deprecated": False,
        "is_hidden": False,
        "is_graviton": False,
        "support_ebs_volumes": not disks,
        "photon_worker_capable": True,
        "photon_driver_capable": True,
        "node_instance_type": instance,
        "node_info": {"status": []},
    }


async def zones(call: Call) -> Json:
    return {"zones": ["us-west-2a", "us-west-2b", "us-west-2c"], "default_zone": "us-west-2a"}


def _info(cluster: Cluster) -> Json:
    """ClusterDetails, as list and get answer it."""
    found: Json = {
        "cluster_id": cluster.id,
        "cluster_name": cluster.name,
        "spark_version": "17.3.x-scala2.13",
        "node_type_id": NODES[0][0],
        "num_workers": 1,
        "autotermination_minutes": 120,
        "creator_user_name": "engineer@example.com",
        "cluster_source": "UI",
        "data_security_mode": "USER_ISOLATION",
        "state": cluster.state,
        "state_message": "",
    }
    if cluster.state == "TERMINATED":
        found["termination_reason"] = {"code": "INACTIVITY", "type": "SUCCESS"}
    return found


async def listed(call: Call[Listed]) -> Json:
    seen = [one for one in call.world.clusters.values() if LEVELS.may(one.acl, call.person, "CAN_ATTACH_TO")]
    return {"clusters": [_info(one) for one in seen]} if seen else {}


async def read(call: Call[One]) -> Json:
    return _info(attachable(call.world, call.asked.cluster_id, call.person))


async def start(call: Call[Start]) -> Json:
    cluster = attachable(call.world, call.asked.cluster_id, call.person, "CAN_RESTART")
    if cluster.state != "TERMINATED":
        text = f"Cluster {cluster.id} is in unexpected state {cluster.state.title()}."
        raise errors.ApiError(400, "INVALID_STATE", text)
    cluster.start()
    return {}
