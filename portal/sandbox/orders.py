"""What the control plane is asked: the bodies of its requests."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import ConfigDict, Field

from portal.sandbox.routing import Body


class Order(Body):
    """A body of the control plane: unlike the products', it knows all its names."""

    model_config = ConfigDict(extra="forbid")


class AnyOrder(Body):
    """Read by the room that it is for."""


class Session(Order):
    viewer: str
    content: str | None = None


class Issuing(Order):
    lifetime: float | None = None
    session_lifetime: float | None = None
    omit_expires_in: bool | None = None
    rotate: Literal["never", "every-request"] | None = None
    jwt: bool | None = None


class Revoke(Order):
    viewer: str
    oauth_session: bool | Literal["stale"] = False


class Viewer(Order):
    signed_in: bool | None = None


class ChangedWarehouse(Order):
    state: Literal["RUNNING", "STOPPED", "STARTING", "STOPPING", "DELETED"] | None = None
    start_seconds: float | None = None
    settings: dict[str, Any] | None = None


class ChangedCluster(Order):
    state: Literal["RUNNING", "PENDING", "TERMINATED"] | None = None
    start_seconds: float | None = None


class SparkServer(Order):
    running: bool


class ClockOffset(Order):
    offset: float = 0.0


class MoreJobs(Order):
    count: int = Field(1, ge=1, le=20_000)
    runs: int = Field(3, ge=0, le=10_000)
    tasks: int = Field(1, ge=1, le=1000)
    name: str = "Load job"


class MoreRuns(Order):
    count: int = Field(1, ge=1)


class MoreTables(Order):
    schema_: str = Field("many", alias="schema")
    count: int = Field(5000, ge=1, le=20_000)


class Access(Order):
    table: str = Field(pattern=r"^[^.]+\.[^.]+\.[^.]+$")
    sources: list[str] = Field(default_factory=list, max_length=2000)
    targets: list[str] = Field(default_factory=list, max_length=2000)
    job: int | None = None


class Folder(Order):
    folder: str = ""


class Limit(Order):
    route: str
    where: str = "workspace"
    per_second: float | None = None


class Links(Order):
    lifetime: float
