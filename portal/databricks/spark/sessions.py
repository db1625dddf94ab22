"""Sessions of Spark: each one viewer's, of one `with`, for so many seconds at most, and of so many at a time.

Nothing is kept between two uses: a session costs some milliseconds, while one that is kept would have to be closed when
its viewer's session ends, renewed with their credential, and told apart from everybody else's. What a page forgets to
close is closed by the sweep, when its time is over.
"""

from __future__ import annotations

import importlib.util
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from portal.databricks import ids
from portal.patches import imports
from portal.patches.spark import CLIENT, active, silence
from portal.settings import settings
from portal.viewer.audit import audited
from portal.viewer.context import about_to_ask, current, tally
from portal.viewer.credential import Viewer
from portal.viewer.errors import Busy, NotSetUp, PortalError, SessionEnded
from portal.viewer.upstream import admission

if TYPE_CHECKING:
    from pyspark.sql.connect.session import SparkSession

    from portal.databricks.spark.line import Line

CLUSTER = "the cluster"
PYTHON = (3, 12)
"""What databricks-connect 17.3 is made for, and the clusters of runtime 17.3 run."""
PER_VIEWER = 8
IN_ALL = 32
"""Sessions of a process that are open at a time: each holds a thread that waits."""


class _Pool:
    """The open sessions, by viewer."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: dict[Line, str] = {}

    def __len__(self) -> int:
        return len(self._open)

    def add(self, line: Line) -> None:
        """Raises `Busy` where there are enough."""
        with self._lock:
            theirs = sum(1 for owner in self._open.values() if owner == line.viewer_id)
            if theirs >= PER_VIEWER or len(self._open) >= IN_ALL:
                raise Busy("As many Spark sessions are open as may be at a time.", retry_after=2.0)
            self._open[line] = line.viewer_id

    def close(self, line: Line, why: PortalError | None = None) -> None:
        """End a session; a call that is under way meets `why`."""
        with self._lock:
            known = self._open.pop(line, None)
        if known is not None:
            line.close(why)

    def forget(self, viewer_id: str) -> None:
        """A viewer's session ended: so do their sessions of Spark."""
        self._close_all([line for line, owner in list(self._open.items()) if owner == viewer_id], SessionEnded())

    def sweep(self) -> None:
        """Close what somebody forgot to."""
        now = time.monotonic()
        self._close_all([line for line in list(self._open) if line.until < now], None)

    def _close_all(self, lines: list[Line], why: PortalError | None) -> None:
        # Each is a round trip, and nobody waits for its answer.
        for line in lines:
            threading.Thread(target=self.close, args=(line, why), name="close-spark", daemon=True).start()


pool = _Pool()


@contextmanager
def spark(cluster_id: str | None = None) -> Iterator[SparkSession]:
    """A Spark session that is the current viewer, on the cluster of DATABRICKS_CLUSTER_ID or on this one.

    It ends with the `with`, and no later than PORTAL_READ_SECONDS after it began. What fails inside is raised as the
    state to show: `NotPermitted` without *can attach to*, `ClusterStarting`, `Unreachable`, `StatementFailed` with
    Spark's own words, `TooLarge` for more rows than a page may collect, and the others of `portal.viewer.errors`.
    """
    cluster = ids.cluster(cluster_id or _default())
    _check()
    about_to_ask()
    viewer = current()
    silence()
    with audited("page.dataframe", f"cluster/{cluster}", read=True), admission.wait(CLUSTER):
        line, session = _opened(viewer, cluster)
        started = time.perf_counter()
        try:
            with active(session):
                yield session
        except Exception as error:
            state = line.understood(error)
            if state is None:
                raise
            raise state from None
        finally:
            pool.close(line)
            cost = tally()
            cost.calls += 1
            cost.call_seconds += time.perf_counter() - started


def _opened(viewer: Viewer, cluster: str) -> tuple[Line, SparkSession]:
    """A session, registered; nothing has been asked of the cluster yet."""
    # Held while pandas is imported, which wants it too, it would be waited for by the thread that warms up.
    imports.need(*sorted(imports.LATE))
    from portal.databricks.spark.line import Line, connect

    line = Line(viewer, cluster, settings().read_seconds)
    pool.add(line)
    try:
        return line, connect(line)
    except BaseException:
        pool.close(line)
        raise


def _default() -> str:
    cluster_id = settings().cluster_id
    if cluster_id is None:
        raise NotSetUp("DATABRICKS_CLUSTER_ID", "DATABRICKS_CLUSTER_ID is not set: pages have no cluster to attach to.")
    return cluster_id


def _check() -> None:
    """Refuse with a sentence where databricks-connect is not there or not meant for this Python."""
    if settings().databricks_host is None:
        raise NotSetUp("DATABRICKS_HOST", "DATABRICKS_HOST is not set: the portal does not know its workspace.")
    if sys.version_info[:2] != PYTHON:
        here = f"{sys.version_info[0]}.{sys.version_info[1]}"
        raise NotSetUp("portal[spark]", f"DataFrames need Python 3.12, and this portal runs on Python {here}.")
    if importlib.util.find_spec(CLIENT) is None:
        raise NotSetUp(
            "portal[spark]", "databricks-connect is not installed: requirements-spark.txt brings it, with all the rest."
        )
