"""DataFrames: Spark, as the viewer. Needs `portal[spark]`; see docs/databricks-connect.md."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pyspark.sql.connect.session import SparkSession


def spark(cluster_id: str | None = None) -> AbstractContextManager[SparkSession]:
    """A Spark session that is the current viewer; it ends with the `with`.

    On the cluster of DATABRICKS_CLUSTER_ID unless another is named. Raises the state to show: `NotPermitted` without
    *can attach to*, `ClusterStarting`, `Unreachable`, `StatementFailed`, `TooLarge` for more than a million rows
    collected, `NotSetUp` where databricks-connect is not there. A DataFrame is worth nothing after the `with`: collect
    inside (`toArrow()`).

        with spark() as session:
            rows = session.table("samples.nyctaxi.trips").groupBy("pickup_zip").count().toArrow()
    """
    from portal.databricks.spark import spark as opened  # with all that a session needs

    return opened(cluster_id)
