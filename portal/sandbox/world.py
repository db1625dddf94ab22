"""What the pretend Connect and the pretend workspace both know: people, tokens, the clock, warehouses.

One `World` a process. Everything in it is deterministic from its seed, except the clock, which moves.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any


def written_time(seconds: float) -> str:
    """A time of the clock as the APIs write it, to the second."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def written_moment(seconds: float) -> str:
    """The same to the millisecond."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


@dataclass(frozen=True)
class Person:
    """Someone the sandbox knows, in Connect and in Databricks alike."""

    key: str
    """Role, and user name in Connect: `analyst-west`."""
    id: str
    """Databricks' SCIM id, decimal digits."""
    user_name: str
    display_name: str
    groups: tuple[str, ...]
    entitlements: tuple[str, ...] = ("workspace-access", "databricks-sql-access")
    region: str | None = None
    """Row filter of `main.sales.orders`: only this region's rows; None sees all."""
    signed_in: bool = True
    """Whether an OAuth session with the integration exists when the sandbox starts."""
    connect_guid: str = ""


PEOPLE: tuple[Person, ...] = (
    Person("analyst-west", "4001000000000001", "analyst.west@example.com", "Analyst West",
           ("users", "analysts", "west"), region="west", connect_guid="00000000-0000-4000-8000-00000000a001"),
    Person("analyst-east", "4001000000000002", "analyst.east@example.com", "Analyst East",
           ("users", "analysts", "east"), region="east", connect_guid="00000000-0000-4000-8000-00000000a002"),
    Person("engineer", "4001000000000003", "engineer@example.com", "Engineer", ("users", "engineers", "pii-readers"),
           entitlements=("workspace-access", "databricks-sql-access", "allow-cluster-create"),
           connect_guid="00000000-0000-4000-8000-00000000a003"),
    Person("newcomer", "4001000000000004", "newcomer@example.com", "Newcomer", ("users",),
           signed_in=False, connect_guid="00000000-0000-4000-8000-00000000a004"),
)  # fmt: skip


@dataclass(frozen=True)
class ServicePrincipal:
    """An identity for jobs and tools. Where the APIs name a principal they give its `application_id`, without a word
    of its display name, which only the directory and access control lists know."""

    id: str
    """Databricks' SCIM id, decimal digits."""
    application_id: str
    display_name: str
    groups: tuple[str, ...] = ("users",)


SERVICE_PRINCIPALS: tuple[ServicePrincipal, ...] = (
    ServicePrincipal("4001000000000099", "0c5f7e0a-8f7e-4a51-9a55-5e7a3c1d0099", "Portal service"),
    ServicePrincipal("4001000000000098", "7d1f3c52-6b1e-4d0a-9c35-2f8b6a4e0098", "Nightly loader"),
    ServicePrincipal(
        "4001000000000097", "b2a90e44-13c7-4f6e-8d21-90c5e7d10097", "CI deployments", ("users", "engineers")
    ),
)


def crowd(count: int) -> tuple[Person, ...]:
    """So many more analysts of the west: `analyst-001`, `analyst-002`, …, as load tests need them."""
    west = PEOPLE[0]
    return tuple(
        replace(
            west, key=f"analyst-{n:03}", id=f"400200000000{n:04}", user_name=f"analyst.{n:03}@example.com",
            display_name=f"Analyst {n:03}", connect_guid=f"00000000-0000-4000-8000-00000001{n:04}",
        )
        for n in range(1, count + 1)
    )  # fmt: skip


class Clock:
    """Wall clock with an offset that the control plane can move."""

    def __init__(self) -> None:
        self.offset = 0.0
        self.drift = 0.0
        """Seconds that the weather puts it ahead; see `weather`."""

    def now(self) -> float:
        """Seconds since the epoch."""
        return time.time() + self.offset + self.drift


Acl = dict[tuple[str, str], str]
"""(kind of principal, name) -> level; see `acl`."""


@dataclass
class AccessToken:
    """A Databricks credential that the pretend identity provider issued."""

    value: str
    person: Person
    expires_at: float
    revoked: bool = False


class Tokens:
    """Databricks bearer tokens. Personal ones never expire: `dapi-<role>` for scripts and developers."""

    def __init__(self, clock: Clock, people: Iterable[Person]) -> None:
        self._clock = clock
        self._tokens: dict[str, AccessToken] = {}
        self.lifetime = 3600.0
        self.mint: Callable[[Person, float], str] | None = None
        """Makes the bearer of (person, expires at) in place of an opaque one, as the JWTs of Databricks OAuth."""
        for person in people:
            self._tokens[f"dapi-{person.key}"] = AccessToken(f"dapi-{person.key}", person, float("inf"))

    def issue(self, person: Person) -> AccessToken:
        """A new opaque bearer that lives `lifetime` seconds."""
        expires_at = self._clock.now() + self.lifetime
        value = self.mint(person, expires_at) if self.mint else secrets.token_urlsafe(40)
        token = AccessToken(value, person, expires_at)
        self._tokens[token.value] = token
        return token

    def find(self, bearer: str) -> AccessToken | None:
        """The token as issued, be it expired or revoked; None if it never was."""
        return self._tokens.get(bearer)

    def person(self, bearer: str) -> Person | None:
        """Whose token this is; None if unknown, expired or revoked."""
        token = self._tokens.get(bearer)
        if token is None or token.revoked or token.expires_at <= self._clock.now():
            return None
        return token.person

    def revoke(self, person: Person) -> int:
        """Revoke every token of one person but the personal one; how many were live."""
        live = [
            t for t in self._tokens.values() if t.person == person and not t.revoked and t.expires_at != float("inf")
        ]
        for token in live:
            token.revoked = True
        return len(live)


@dataclass
class Warehouse:
    """A SQL warehouse. `state` is Databricks' word: RUNNING, STOPPED, STARTING, STOPPING, DELETED."""

    id: str
    name: str
    size: str
    serverless: bool
    state: str = "RUNNING"
    start_seconds: float = 3.0
    creator: str = "engineer@example.com"
    acl: Acl = field(default_factory=lambda: _shared_with("users"))
    settings: dict[str, str] = field(default_factory=dict)
    """SQL configuration that its sessions start with: `TIMEZONE`, `ANSI_MODE` …"""
    _starting: asyncio.Task[None] | None = field(default=None, repr=False)

    def start(self) -> asyncio.Task[None]:
        """Begin starting (a no-op when running); the task ends when it runs. Call from the event loop."""
        if self._starting is None or self._starting.done():
            self._starting = asyncio.get_running_loop().create_task(self._start())
        return self._starting

    async def _start(self) -> None:
        if self.state == "RUNNING":
            return
        self.state = "STARTING"
        await asyncio.sleep(self.start_seconds)
        if self.state == "STARTING":
            self.state = "RUNNING"

    def stop(self) -> None:
        self.become("STOPPED")

    def become(self, state: str) -> None:
        """Be in a state at once; a start under way ends without an effect, however long it had to go."""
        if self._starting is not None:
            self._starting.cancel()
            self._starting = None
        self.state = state


def _shared_with(*groups: str) -> Acl:
    """The list of a warehouse of the engineers' that these groups may use."""
    owned: Acl = {("user", "engineer@example.com"): "IS_OWNER", ("group", "admins"): "CAN_MANAGE"}
    return {**owned, **{("group", name): "CAN_USE" for name in groups}, ("group", "engineers"): "CAN_MANAGE"}


def _warehouses() -> dict[str, Warehouse]:
    listed = (
        Warehouse("5ab0000000000001", "Shared Endpoint", "Small", serverless=True),
        Warehouse("5ab0000000000002", "Nightly Loads", "Medium", serverless=False, state="STOPPED", start_seconds=12.0),
        Warehouse("5ab0000000000003", "Engineering", "X-Large", serverless=True, acl=_shared_with()),
    )
    return {warehouse.id: warehouse for warehouse in listed}


@dataclass(frozen=True)
class Origin:
    """What of the workspace ran a statement, beside its person."""

    kind: str
    """JOB, DBSQL_QUERY, DASHBOARD_V3 or ALERT: `entity_type` of `system.access.table_lineage`."""
    id: str
    run_id: str = ""


@dataclass
class QueryRecord:
    """One statement for the query history API, whichever door it came through."""

    query_id: str
    person: Person
    warehouse_id: str
    text: str
    statement_type: str
    status: str
    """QUEUED, RUNNING, FINISHED, FAILED, CANCELED."""
    started_at: float
    ended_at: float | None = None
    rows_produced: int | None = None
    read_bytes: int | None = None
    from_cache: bool = False
    error: str | None = None
    client: str = ""
    tags: dict[str, str] = field(default_factory=dict)
    origin: Origin | None = None
    place: tuple[str, str] = ("main", "default")
    """Current catalog and schema when it began."""


@dataclass
class World:
    """The whole pretend place. `engine` is the SQL engine of `portal.sandbox.sql` once it is set up."""

    clock: Clock = field(default_factory=Clock)
    people: dict[str, Person] = field(default_factory=lambda: {p.key: p for p in PEOPLE})
    warehouses: dict[str, Warehouse] = field(default_factory=_warehouses)
    clusters: dict[str, Any] = field(default_factory=dict)
    """`portal.sandbox.clusters.Cluster` by id; empty where there is no Spark behind them."""
    history: list[QueryRecord] = field(default_factory=list)
    workspace_id: str = "6051921418418893"
    workspace_url: str = ""
    """`https://localhost:<port>`, once bound."""
    tokens: Tokens = field(init=False)
    engine: Any = None
    jobs: Any = None
    """`portal.sandbox.jobs.Store`."""
    queries: Any = None
    """`portal.sandbox.queries.Saved`."""
    dashboards: Any = None
    """`portal.sandbox.lakeview.Dashboards`."""
    files: Any = None
    """`portal.sandbox.dbfs.Files`."""
    volumes: Any = None
    """`portal.sandbox.volumes.Store`."""
    serving: Any = None
    """`portal.sandbox.serving.Endpoints`."""
    folders: Any = None
    """`portal.sandbox.folders.Folders`."""
    lineage: Any = None
    """`portal.sandbox.lineage.Lineage`."""
    alerts: Any = None
    """`portal.sandbox.alerts.Alerts`."""
    connect: Any = None
    """`portal.sandbox.connect.Connect`."""
    storage_url: str = ""
    """`https://localhost:<port>` of presigned links, once bound."""
    link_lifetime: float = 900.0
    """Seconds that a presigned link is good for."""

    def __post_init__(self) -> None:
        self.tokens = Tokens(self.clock, self.people.values())

    def reset_warehouses(self) -> None:
        """Every warehouse as it was seeded, in place: others may hold the object."""
        seeded = _warehouses()
        for id in [id for id in self.warehouses if id not in seeded]:
            del self.warehouses[id]
        for id, fresh in seeded.items():
            kept = self.warehouses.setdefault(id, fresh)
            kept.name, kept.size = fresh.name, fresh.size
            kept.become(fresh.state)
            kept.start_seconds, kept.acl = fresh.start_seconds, fresh.acl
            kept.settings = dict(fresh.settings)
