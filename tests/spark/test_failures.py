"""What a page meets when Spark does not answer with rows."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
from pyspark.sql import functions as F
from pyspark.sql.connect.session import SparkSession

from portal.api import (
    ClusterStarting,
    NoSuchThing,
    NotPermitted,
    PortalError,
    SessionEnded,
    SignInToDatabricks,
    StatementFailed,
    TooLarge,
    Unreachable,
    acting_as,
    spark,
)
from portal.databricks.spark import pool
from portal.settings import settings
from tests.sandbox_client import SandboxClient
from tests.spark.conftest import Viewers

SLEEP = "SELECT java_method('java.lang.Thread', 'sleep', {}L)"


def test_a_bearer_that_is_revoked_in_the_middle_is_replaced(sandbox: SandboxClient, viewer_of: Viewers) -> None:
    with acting_as(viewer_of("analyst-west")), spark() as session:
        session.range(3).createOrReplaceTempView("kept")
        sandbox.control("POST", "/revoke", {"viewer": "analyst-west"})
        assert session.table("kept").count() == 3


def test_a_viewer_who_has_to_sign_in_again_is_told_so(sandbox: SandboxClient, viewer_of: Viewers) -> None:
    viewer = viewer_of("analyst-west")
    with acting_as(viewer), spark() as session:
        assert session.range(3).count() == 3
    sandbox.control("POST", "/revoke", {"viewer": "analyst-west", "oauth_session": True})
    with acting_as(viewer), pytest.raises(SignInToDatabricks) as met, spark() as session:
        session.range(3).count()
    assert met.value.login_url


def test_without_the_right_to_attach(viewer_of: Viewers) -> None:
    with acting_as(viewer_of("analyst-west")), pytest.raises(NotPermitted) as met, spark("1127-093015-engin301") as own:
        own.range(1).count()
    assert "can attach to" in met.value.granted_by


def test_no_such_cluster(viewer_of: Viewers) -> None:
    with acting_as(viewer_of("analyst-west")), pytest.raises(NoSuchThing), spark("1127-093015-nosuch01") as session:
        session.range(1).count()
    with acting_as(viewer_of("analyst-west")), pytest.raises(NoSuchThing), spark("../../clusters") as session:
        session.range(1).count()


def test_a_terminated_cluster_starts_and_says_so(sandbox: SandboxClient, viewer_of: Viewers) -> None:
    where = f"/clusters/{sandbox.cluster_id}"
    sandbox.control("POST", where, {"state": "TERMINATED", "start_seconds": 2})
    viewer = viewer_of("analyst-west")
    with acting_as(viewer), pytest.raises(ClusterStarting) as met, spark() as session:
        session.range(1).count()
    assert met.value.state == "PENDING"
    until = time.monotonic() + 60
    while sandbox.control("POST", where, {})["state"] != "RUNNING":
        assert time.monotonic() < until
        time.sleep(0.2)
    with acting_as(viewer), spark() as session:
        assert session.range(1).count() == 1


def test_ten_million_rows_are_not_collected(viewer_of: Viewers) -> None:
    before = _resident()
    with acting_as(viewer_of("analyst-west")), pytest.raises(TooLarge, match="1,000,000 rows"), spark() as session:
        session.range(10_000_000).toArrow()
    assert _resident() - before < 200, "MB"


def _resident() -> int:
    """MB of this process."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 >> 20


def test_what_spark_refuses_is_shown_in_its_own_words_and_in_no_log(
    viewer_of: Viewers, capfd: pytest.CaptureFixture[str]
) -> None:
    with acting_as(viewer_of("analyst-west")), pytest.raises(StatementFailed) as met, spark() as session:
        session.sql("SELECT\n  secret_name FROM main.sales.orders").toArrow()
    assert met.value.error_class == "UNRESOLVED_COLUMN.WITH_SUGGESTION"
    assert (met.value.sqlstate, met.value.line) == ("42703", 2)
    assert "secret_name" in met.value.message
    assert "JVM" not in met.value.message
    assert "SubqueryAlias" not in met.value.message
    with acting_as(viewer_of("analyst-west")), pytest.raises(PortalError), spark() as session:
        session.range(1).select(F.udf(lambda _: 1 / 0, "int")("id")).toArrow()
    said = "".join(capfd.readouterr())
    assert "secret_name" not in said
    assert "Bearer" not in said


def test_the_pages_own_mistakes_stay_its_own(viewer_of: Viewers) -> None:
    with acting_as(viewer_of("analyst-west")), pytest.raises(ZeroDivisionError), spark() as session:
        assert session.range(1 // 0).count()


def test_a_session_takes_no_longer_than_it_may(viewer_of: Viewers, monkeypatch: pytest.MonkeyPatch) -> None:
    viewer = viewer_of("analyst-west")
    monkeypatch.setenv("PORTAL_READ_SECONDS", "6")
    settings.cache_clear()
    started = time.monotonic()
    with acting_as(viewer), pytest.raises(Unreachable, match="longer than 6 seconds"), spark() as session:
        session.sql(SLEEP.format(60_000)).toArrow()
    assert time.monotonic() - started < 20


def test_the_end_of_a_viewers_session_ends_theirs_of_spark(viewer_of: Viewers) -> None:
    viewer = viewer_of("analyst-west")
    threading.Timer(2.0, pool.forget, (viewer.id,)).start()
    with acting_as(viewer), pytest.raises(SessionEnded), spark() as session:
        session.sql(SLEEP.format(60_000)).toArrow()


def test_a_page_that_forgets_to_close(viewer_of: Viewers, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is closed when its time is over; meanwhile a viewer has as many as they may, and is told so."""
    viewer = viewer_of("analyst-west")
    with acting_as(viewer):
        forgotten = [spark() for _ in range(8)]
        for one in forgotten:
            one.__enter__()
        with pytest.raises(PortalError, match="As many Spark sessions"), spark():
            pass
        left = SparkSession.active()
    with acting_as(viewer_of("analyst-east")), pytest.raises(SessionEnded, match="another viewer's"):
        left.range(1).count()
    del left
    for line in list(pool._open):
        line.until = 0.0
    pool.sweep()
    until = time.monotonic() + 30
    while len(pool):
        assert time.monotonic() < until
        time.sleep(0.05)
    del forgotten, one
    assert SparkSession.getActiveSession() is None
    with acting_as(viewer), spark() as session:
        assert session.range(1).count() == 1


def test_faults_of_the_gateway(sandbox: SandboxClient, viewer_of: Viewers) -> None:
    viewer = viewer_of("analyst-west")
    sandbox.fault("workspace", "SparkConnectService", status=503)
    with acting_as(viewer), pytest.raises(Unreachable), spark() as session:
        session.range(1).count()
    sandbox.clear_faults()
    sandbox.fault("workspace", "SparkConnectService", status=503, count=1)
    with acting_as(viewer), spark() as session:
        assert session.range(1).count() == 1, "what passes soon is not noticed"


def test_the_server_is_gone_and_back(sandbox: SandboxClient, viewer_of: Viewers) -> None:
    viewer = viewer_of("analyst-west")
    with acting_as(viewer), spark() as session:
        assert session.range(1).count() == 1
    sandbox.http.post(sandbox.control_url + "/spark", json={"running": False}, timeout=60)
    started = time.monotonic()
    with acting_as(viewer), pytest.raises(Unreachable), spark() as session:
        session.range(1).count()
    assert time.monotonic() - started < 20
    answer = sandbox.http.post(sandbox.control_url + "/spark", json={"running": True}, timeout=180)
    assert answer.status_code == 200
    with acting_as(viewer), spark() as session:
        assert session.range(1).count() == 1
