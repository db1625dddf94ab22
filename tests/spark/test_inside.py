"""What of databricks-connect's inside the portal leans on."""

from __future__ import annotations

import logging
import subprocess
import sys

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


COLLECTED = """
import gc, threading
from pyspark.sql.connect.client.reattach import ExecutePlanResponseReattachableIterator as Calls
from pyspark.sql.connect.session import SparkSession
{quietly}
session = SparkSession("sc://localhost:1")
Calls._lock.acquire()
def collect():
    global session
    del session
    gc.collect()
other = threading.Thread(target=collect, daemon=True)
other.start()
other.join({seconds})
print("stuck" if other.is_alive() else "gone")
Calls._lock.release()
"""
QUIETLY = "import portal.databricks.spark.line"


def test_a_session_that_is_collected_waits_for_no_other() -> None:
    """As the library has it, a thread that collects one waits while another closes: of that the patch is the end."""
    assert _collected("", 5) == "stuck", "the library does so no longer: the patch can go"
    assert _collected(QUIETLY, 60) == "gone"


def _collected(quietly: str, seconds: float) -> str:
    code = COLLECTED.format(quietly=quietly, seconds=seconds)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout.strip()
