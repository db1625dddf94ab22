"""What the log, the audit stream and the metrics say when a service is away, and under which name."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.portal_process import Portal, connect_variables, start_portal
from tests.sandbox_client import SandboxClient
from tests.wire.warehouse_client import page

TOKEN = "t" * 32
TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = f"00-{TRACE}-b7ad6b7169203331-01"


@pytest.fixture
def audit_file(tmp_path: Path) -> Path:
    return tmp_path / "audit.log"


@pytest.fixture
def portal(sandbox: SandboxClient, audit_file: Path) -> Iterator[Portal]:
    """Quiet: only warnings."""
    variables = connect_variables(
        sandbox, PORTAL_METRICS_TOKEN=TOKEN, PORTAL_LOG_LEVEL="WARNING", PORTAL_AUDIT_LOG=str(audit_file)
    )
    running = start_portal(variables, "--workers", "1", "--threads", "8")
    yield running
    running.stop()


def lines(portal: Portal, event: str) -> list[dict[str, Any]]:
    return [one for one in map(json.loads, re.findall(r"(?m)^\{.*\}$", portal.log)) if one["event"] == event]


def sample(portal: Portal, name: str) -> list[str]:
    text = portal.get("metrics", headers={"Authorization": f"Bearer {TOKEN}"}).text
    return [line for line in text.splitlines() if line.startswith(name)]


def test_a_failing_service_leaves_a_line_with_its_cause_attempts_and_their_request_id(
    portal: Portal, sandbox: SandboxClient
):
    token = sandbox.session("analyst-west")
    portal.page("identity", token)
    sandbox.fault("workspace", "jobs/runs/list", status=503, body={"error_code": "TEMPORARILY_UNAVAILABLE"})
    shown = portal.get("jobs", token, headers={"X-Request-Id": "of-the-proxy-0001"})
    assert shown.headers["X-Request-Id"] == "of-the-proxy-0001"
    assert "Service unreachable" in portal.page("", token, headers={"Referer": portal.url})
    found = [one for one in lines(portal, "unreachable") if one["cause"] == "HTTP 503"]
    assert found
    line = found[-1]
    assert (line["service"], line["operation"]) == ("Databricks", "GET jobs/runs")
    assert line["host"] == "localhost"
    assert line["status"] == 503
    assert line["attempt"] >= 1
    assert line["elapsed"] >= 0
    assert len(line["request_id"]) >= 12
    (counted,) = [one for one in sample(portal, "portal_unreachable_total") if "HTTP 503" in one]
    assert 'operation="GET jobs/runs"' in counted
    (outcome,) = [
        one for one in sample(portal, "portal_page_answers_total") if 'page="/"' in one and "unreachable" in one
    ]
    assert 'service="Databricks"' in outcome


def test_a_request_id_and_a_trace_go_on_to_both_services_and_bad_ones_do_not(portal: Portal, sandbox: SandboxClient):
    token = sandbox.session("analyst-east")
    headers = {"X-Request-Id": "req-12345678", "traceparent": PARENT}
    portal.page("identity", token, headers=headers)
    traces = sandbox.control("GET", "/traces")["traces"]
    for where in ("connect", "workspace"):
        mine = [one for one in traces if one["where"] == where and one["X-Request-Id"] == "req-12345678"]
        assert mine, where
        assert all(TRACE in one["traceparent"] for one in mine)
        assert not any(one["traceparent"] == PARENT for one in mine), "a hop has an id of its own"
    for bad in ("short", "x" * 65, "a b c d e f", "<script>alert(1)</script>"):
        answer = portal.get("healthz", headers={"X-Request-Id": bad, "traceparent": "00-" + "0" * 32 + "-1-01"})
        assert answer.headers["X-Request-Id"] != bad


def test_the_audit_stream_is_a_file_of_its_own_whatever_the_logs_level(
    portal: Portal, sandbox: SandboxClient, audit_file: Path
):
    viewer = page(portal, sandbox)
    statement = viewer.statement("SELECT * FROM range(25)")
    assert viewer.download(statement, "csv").status_code == 200
    found = [json.loads(line) for line in audit_file.read_text(encoding="utf-8").splitlines()]
    assert {"session.seen", "download.begin", "download"} <= {one["event"] for one in found}
    assert all(one["schema"] == 1 for one in found)
    assert audit_file.stat().st_mode & 0o077 == 0
    assert '"portal.audit"' not in portal.log
    # A rotation moves it away; the next event makes a new one.
    audit_file.rename(audit_file.with_suffix(".1"))
    assert viewer.download(statement, "csv").status_code == 200
    assert "download.begin" in audit_file.read_text(encoding="utf-8")


def test_a_download_that_its_client_cuts_leaves_its_end(portal: Portal, sandbox: SandboxClient, audit_file: Path):
    viewer = page(portal, sandbox)
    statement = viewer.statement("SELECT id, repeat('x', 200) AS text FROM range(400000)")
    answer = portal.post(f"results/{statement}/download/csv", viewer.token, json={}, stream=True)
    assert answer.status_code == 200
    next(answer.iter_content(65536))
    answer.close()
    deadline = time.monotonic() + 20
    ends: list[dict[str, Any]] = []
    while not ends and time.monotonic() < deadline:
        found = [json.loads(line) for line in audit_file.read_text(encoding="utf-8").splitlines()]
        ends = [one for one in found if one["event"] == "download"]
        time.sleep(0.1)
    assert [one["outcome"] for one in ends] == ["stopped"]
    assert ends[0]["bytes"] > 0


def test_a_place_that_cannot_be_written_ends_the_start(sandbox: SandboxClient):
    with pytest.raises(RuntimeError) as caught:
        start_portal(connect_variables(sandbox, PORTAL_AUDIT_LOG="/proc/nowhere/audit.log"), "--workers", "1")
    assert "PORTAL_AUDIT_LOG is '/proc/nowhere/audit.log': it cannot be written" in str(caught.value)
    assert "Traceback" not in str(caught.value)


def test_what_an_operator_looks_at_is_there(portal: Portal, sandbox: SandboxClient):
    token = sandbox.session("analyst-west")
    assert portal.get("", token).status_code == 200
    portal.page("", token)
    time.sleep(2.5)
    text = "\n".join(sample(portal, "portal_"))
    for name in (
        'portal_build_info{commit="', 'version="', "portal_threads 8.0", "portal_sessions 1.0", "portal_cache_up 1.0",
        "portal_downloads_under_way 0.0", "portal_statements_under_way", "portal_process_resident_bytes{pid=",
        "portal_process_open_fds{pid=", "portal_process_threads{pid=", "portal_queue_seconds_count",
        'portal_call_seconds_bucket{api="jobs/runs"', 'portal_page_answers_total{outcome="ok",page="/",service=""}',
        'portal_page_seconds_bucket{kind="document"',
    ):  # fmt: skip
        assert name in text, name
