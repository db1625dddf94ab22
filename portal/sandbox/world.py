"""What the pretend Connect and the pretend workspace both know: people, tokens, the clock, warehouses.

One `World` a process. Everything in it is deterministic from its seed, except the clock, which moves.
"""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any


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

    def now(self) -> float:
        """Seconds since the epoch."""
        return time.time() + self.offset


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
    usable_by: frozenset[str] = frozenset({"users"})
    """Groups that may use it."""
    _starting: asyncio.Task[None] | None = field(default=None, repr=False)

    def may_use(self, person: Person) -> bool:
        return bool(self.usable_by & set(person.groups))

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
        self.state = "STOPPED"


def _warehouses() -> dict[str, Warehouse]:
    listed = (
        Warehouse("5ab0000000000001", "Shared Endpoint", "Small", serverless=True),
        Warehouse("5ab0000000000002", "Nightly Loads", "Medium", serverless=False, state="STOPPED", start_seconds=12.0),
        Warehouse("5ab0000000000003", "Engineering", "X-Large", serverless=True, usable_by=frozenset({"engineers"})),
    )
    return {warehouse.id: warehouse for warehouse in listed}


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


@dataclass
class World:
    """The whole pretend place. `engine` is the SQL engine of `portal.sandbox.sql` once it is set up."""

    clock: Clock = field(default_factory=Clock)
    people: dict[str, Person] = field(default_factory=lambda: {p.key: p for p in PEOPLE})
    warehouses: dict[str, Warehouse] = field(default_factory=_warehouses)
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
            kept.name, kept.size, kept.state = fresh.name, fresh.size, fresh.state
            kept.start_seconds, kept.usable_by = fresh.start_seconds, fresh.usable_by
