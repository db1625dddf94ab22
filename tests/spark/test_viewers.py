"""Whose rows a DataFrame has, and what one viewer's session is to another."""

from __future__ import annotations

import gc
import os
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc
import pytest
import requests
from pyspark.sql import functions as F
from pyspark.sql.connect.client import ChannelBuilder
from pyspark.sql.connect.session import SparkSession

from portal.api import acting_as, spark
from portal.databricks.spark import pool
from tests.sandbox_client import SandboxClient
from tests.spark.conftest import Viewers

SESSIONS = int(os.environ.get("SPARK_SESSIONS", "200"))
"""Of each viewer, in the test that nothing crosses."""
USERS = {"analyst-west": "analyst.west@example.com", "analyst-east": "analyst.east@example.com"}


class Stranger(ChannelBuilder):
    """A client that nobody of ours made: any bearer, cluster, user and session id."""

    def __init__(self, sandbox: SandboxClient, **params: str) -> None:
        given = {name.replace("_", "-") if name.startswith("x_") else name: value for name, value in params.items()}
        super().__init__(params=given)
        self.sandbox = sandbox

    def toChannel(self) -> grpc.Channel:
        trusted = grpc.ssl_channel_credentials(Path(self.sandbox.ca_bundle).read_bytes())
        return self._secure_channel(self.sandbox.workspace_host, trusted)


def stranger(sandbox: SandboxClient, viewer: str, **more: str) -> SparkSession:
    session = SparkSession(
        Stranger(sandbox, authorization=f"Bearer dapi-{viewer}", x_databricks_cluster_id=sandbox.cluster_id, **more)
    )
    session.client.set_retry_policies([])
    return session


@pytest.mark.parametrize("name", ["west", "east"])
def test_a_dataframe_has_its_viewers_rows_and_masks(viewer_of: Viewers, name: str) -> None:
    with acting_as(viewer_of(f"analyst-{name}")), spark() as session:
        orders = session.table("main.sales.orders")
        regions = orders.groupBy("region").count().toArrow().to_pylist()
        masked = orders.select("customer_email").limit(50).toArrow()["customer_email"].to_pylist()
        who = session.sql("SELECT current_user() AS me").toArrow().to_pylist()
        trips = session.sql("SELECT count(*) AS n FROM samples.nyctaxi.trips").toArrow().to_pylist()
    assert [one["region"] for one in regions] == [name]
    assert all(one.startswith("***@") for one in masked)
    assert who == [{"me": f"analyst.{name}@example.com"}]
    assert trips[0]["n"] > 20_000


def test_who_may_see_all_sees_all(viewer_of: Viewers) -> None:
    with acting_as(viewer_of("engineer")), spark() as session:
        found = session.table("main.sales.orders").groupBy("region").count().toArrow()
        emails = session.table("main.sales.orders").select("customer_email").limit(5).toArrow().to_pylist()
    assert set(found["region"].to_pylist()) == {"east", "north", "south", "west"}
    assert not any("***" in one["customer_email"] for one in emails)


def test_two_viewers_in_eight_threads_never_cross(viewer_of: Viewers) -> None:
    """Two viewers, `SESSIONS` each; afterwards there are as many threads, channels and sessions as before."""
    viewers = {name: viewer_of(name) for name in USERS}

    def once(number: int) -> tuple[str, str]:
        name = list(USERS)[number % 2]
        with acting_as(viewers[name]), spark() as session:
            asked = session.range(1).select(F.current_user().alias("me"))
            row = asked.toArrow().to_pylist()[0]
            assert SparkSession.active() is session
            if number % 10 < 2:  # of each viewer, every tenth
                mine = session.table("main.sales.orders").select(F.min("region"), F.max("region"))
                assert set(mine.toArrow().to_pylist()[0].values()) == {name[-4:]}
                mine.createOrReplaceTempView(name.replace("-", "_"))
                assert [one.name for one in session.catalog.listTables() if one.isTemporary] == [name.replace("-", "_")]
        return name, row["me"]

    with ThreadPoolExecutor(8) as workers:
        list(workers.map(once, range(16)))  # threads of gRPC's and pyspark's own are there now
        before = threading.active_count(), _channels()
        found = Counter(workers.map(once, range(2 * SESSIONS)))
        after = threading.active_count(), _channels()
    assert found == dict.fromkeys(USERS.items(), SESSIONS)
    assert after[0] <= before[0] + 2
    assert after[1] <= before[1] + 2
    assert len(pool) == 0


def _channels() -> int:
    gc.collect()
    return sum(1 for one in gc.get_objects() if type(one) is grpc._channel.Channel)


def test_a_session_is_closed_to_everybody_else(sandbox: SandboxClient, viewer_of: Viewers) -> None:
    """By its id, and with their name as the user, another viewer gets a session of their own: without its views."""
    with acting_as(viewer_of("analyst-west")), spark() as session:
        session.table("main.sales.orders").createOrReplaceTempView("mine")
        assert session.table("mine").count() > 0
        theirs = stranger(sandbox, "analyst-east", session_id=session.session_id, user_id=USERS["analyst-west"])
        with pytest.raises(Exception, match="TABLE_OR_VIEW_NOT_FOUND"):
            theirs.table("mine").count()
        assert theirs.sql("SELECT current_user()").toArrow()[0].to_pylist() == [USERS["analyst-east"]]
        theirs.client.release_session()
        assert session.table("mine").count() > 0, "nor can they end it"
        theirs.client.close()


def test_the_active_session_is_this_one_here_and_none_elsewhere(viewer_of: Viewers) -> None:
    with acting_as(viewer_of("analyst-west")):
        with spark() as session:
            assert SparkSession.getActiveSession() is session
            elsewhere: list[object] = []
            other = threading.Thread(target=lambda: elsewhere.append(SparkSession.getActiveSession()))
            other.start()
            other.join()
            assert elsewhere == [None]
        assert SparkSession.getActiveSession() is None


def test_nobody_is_let_in_without_a_bearer_or_a_cluster(sandbox: SandboxClient) -> None:
    for params, word in (
        ({}, "UNAUTHENTICATED"),
        ({"authorization": "Bearer made-up", "x_databricks_cluster_id": sandbox.cluster_id}, "UNAUTHENTICATED"),
        ({"authorization": "Bearer dapi-engineer"}, "Missing x-databricks-cluster-id"),
        ({"authorization": "Bearer dapi-engineer", "x_databricks_cluster_id": "nosuch"}, "does not exist"),
    ):
        session = SparkSession(Stranger(sandbox, **params))
        session.client.set_retry_policies([])
        with pytest.raises(Exception, match=word):
            session.range(1).count()
        session.client.close()


def test_the_same_port_still_speaks_http(sandbox: SandboxClient) -> None:
    where = f"{sandbox.workspace_url}/.well-known/databricks-config"
    assert requests.get(where, verify=sandbox.ca_bundle, timeout=30).status_code == 200


def test_a_pipeline_with_udfs(viewer_of: Viewers) -> None:
    with acting_as(viewer_of("analyst-east")), spark() as session:

        @F.udf("string")
        def band(amount: float) -> str:
            return "large" if amount > 500 else "small"

        @F.pandas_udf("double")
        def taxed(amount):  # type: ignore[no-untyped-def]
            return amount * 1.1

        rates = session.createDataFrame([("east", 1.0), ("west", 2.0)], ["region", "rate"])
        found = (
            session.table("main.sales.orders")
            .withColumn("amount", F.col("amount").cast("double"))
            .withColumn("band", band("amount"))
            .join(rates, "region")
            .groupBy("region", "band")
            .agg(F.count("*").alias("n"), F.round(F.sum(taxed("amount")), 2).alias("total"))
            .orderBy("band")
            .toArrow()
            .to_pylist()
        )
    assert [(one["region"], one["band"]) for one in found] == [("east", "large"), ("east", "small")]
    assert all(one["n"] > 0 and one["total"] > 0 for one in found)
