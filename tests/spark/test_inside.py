"""What of databricks-connect's inside the portal leans on."""

from __future__ import annotations

import logging

from pyspark.sql.connect.session import SparkSession

from portal.patches import spark as patch


def test_where_a_thread_keeps_its_session() -> None:
    first, second = SparkSession("sc://localhost:1"), SparkSession("sc://localhost:1")
    with patch.active(first):
        with patch.active(second):
            assert SparkSession.getActiveSession() is second
        assert SparkSession.getActiveSession() is first
    assert SparkSession.getActiveSession() is None
    assert SparkSession._default_session is None


def test_loggers_that_write_plans() -> None:
    from pyspark.errors.exceptions import connect  # noqa: F401  (makes them)

    patch.silence()
    for name in patch.LOGGERS:
        assert logging.getLogger(name).disabled
