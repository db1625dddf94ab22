"""What a failed call of Spark Connect means to the viewer.

gRPC's codes say whose failure it is. What Spark says of a plan comes with an error class, and what the workspace's
gateway says of a cluster is text ("is in unexpected state Pending": the wording that databricks-connect 17.3 itself
looks for, `DatabricksClusterWaitPolicy`).
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import grpc
from pyspark.errors import PySparkException

from portal.settings import settings
from portal.viewer.credential import Viewer
from portal.viewer.errors import (
    Busy,
    ClusterStarting,
    NoSuchThing,
    NotPermitted,
    PortalError,
    SignInToDatabricks,
    TooLarge,
    Unreachable,
)
from portal.viewer.sqlerrors import statement_failed
from portal.viewer.upstream import report

CLUSTER = "the cluster"
MANAGER = 'whoever manages the cluster: it takes "can attach to"'
_STATE = re.compile(r"is in unexpected state (\w+)")
_ABSENT = re.compile(r"[Cc]luster \S+ does not exist")
# A plan, and the server's own stack, stand below the sentence: neither is for a page, nor for a log.
_BELOW = re.compile(r"(SQLSTATE: ?[0-9A-Z]{5}(?:; line \d+ pos \d+)?).*|\n+JVM stacktrace:.*", re.DOTALL)

Code = grpc.StatusCode


def code(error: BaseException | None) -> grpc.StatusCode | None:
    """gRPC's word on a failed call; None where it is none."""
    asked = getattr(error, "code", None)
    return asked() if isinstance(error, grpc.RpcError) and callable(asked) else None


def overdue(seconds: float) -> Unreachable:
    """The session's time is over."""
    return _unreachable("total time-out", f"The cluster took longer than {seconds:.0f} seconds (PORTAL_READ_SECONDS).")


def understood(
    error: Exception, call: grpc.RpcError | None, cluster_id: str, viewer: Viewer, seconds: float
) -> PortalError | None:
    """The state for an exception of pyspark's or gRPC's, by the call that failed last; None for any other."""
    if not isinstance(error, PySparkException | grpc.RpcError) and not _is_closed(error):
        return None
    found, said = code(call), str(call.details() or "") if call is not None else ""
    state = _STATE.search(said)
    if isinstance(error, PySparkException) and error.getCondition() and not state and found in _SPARKS:
        return statement_failed(_sentence(str(error)), error.getSqlState())
    if state:
        return ClusterStarting(f"Cluster {cluster_id} is on its way.", state[1].upper())
    if _ABSENT.search(said) or found is Code.NOT_FOUND:
        return NoSuchThing(f"There is no cluster {cluster_id}, or you may not see it.")
    if found is Code.UNAUTHENTICATED:
        return SignInToDatabricks(viewer.login_url())
    if found is Code.PERMISSION_DENIED:
        return NotPermitted(f"You may not attach to cluster {cluster_id}.", MANAGER)
    if found is Code.RESOURCE_EXHAUSTED:
        large = "larger than max" in said
        return TooLarge("An answer of Spark's is larger than 128 MB.") if large else Busy("Databricks is busy.")
    if found is Code.DEADLINE_EXCEEDED:
        return overdue(seconds)
    if found in (Code.UNAVAILABLE, Code.UNKNOWN, Code.CANCELLED) or _is_closed(error):
        return _unreachable("refused")
    if isinstance(error, PySparkException) and call is not None:
        return statement_failed(_sentence(str(error)), error.getSqlState())
    return None


_SPARKS = (Code.INTERNAL, Code.INVALID_ARGUMENT, Code.FAILED_PRECONDITION, Code.ABORTED)
"""What Spark's own failures come as."""


def _is_closed(error: Exception) -> bool:
    return isinstance(error, ValueError) and "closed channel" in str(error)


def _sentence(text: str) -> str:
    return _BELOW.sub(lambda found: found[1] or "", text)


def _unreachable(cause: str, message: str | None = None) -> Unreachable:
    host = urlsplit(settings().databricks_host or "").hostname
    return report.unreachable(CLUSTER, message, otherwise=cause, operation="spark connect", host=host)
