"""OpenTelemetry by its standard variables: one trace from a request to its exchange, statement and chunk."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest

from tests.portal_process import Portal, connect_variables, start_portal
from tests.sandbox_client import SandboxClient
from tests.wire.otlp_receiver import Receiver, Span
from tests.wire.warehouse_client import page

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
HEADERS = {"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"}
SECRET_SQL = "SELECT id, 'needle-in-the-sql' AS needle FROM range(30000)"


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    running = Receiver().start()
    yield running
    running.stop()


@pytest.fixture(scope="module")
def portal(receiver: Receiver, sandbox_process: SandboxClient) -> Iterator[Portal]:
    variables = connect_variables(
        sandbox_process,
        OTEL_EXPORTER_OTLP_ENDPOINT=f"http://127.0.0.1:{receiver.port}",
        OTEL_BSP_SCHEDULE_DELAY="200",
        NO_PROXY="127.0.0.1,localhost",
    )
    running = start_portal(variables, "--workers", "1", "--threads", "8")
    yield running
    running.stop()


def spans(receiver: Receiver, enough: Callable[[list[Span]], bool]) -> list[Span]:
    deadline = time.monotonic() + 15
    while True:
        found = [one for one in receiver.spans if one.trace == TRACE]
        if enough(found) or time.monotonic() > deadline:
            return found
        time.sleep(0.1)


def test_one_trace_from_the_request_to_exchange_statement_and_chunk(
    portal: Portal, receiver: Receiver, sandbox: SandboxClient
):
    viewer = page(portal, sandbox)
    statement = viewer.statement(SECRET_SQL)
    answer = portal.post(
        f"results/{statement}/rows", viewer.token, json={"start": 0, "stop": 50, "view": None}, headers=HEADERS
    )
    assert answer.status_code == 200, answer.text
    portal.page("trips", viewer.token, headers=HEADERS)
    wanted = (
        "Connect oauth/integrations/credentials",
        "Databricks sql/statements",
        "result storage chunk",
        "Databricks read",
    )
    found = spans(receiver, lambda many: {one.name for one in many} >= set(wanted))
    assert {one.name for one in found} >= set(wanted), sorted({one.name for one in found})
    by_id = {one.id: one for one in found}

    def top(span: Span) -> Span:
        while span.parent in by_id:
            span = by_id[span.parent]
        return span

    for name in wanted[:3]:
        (first, *_) = [one for one in found if one.name == name]
        root = top(first)
        assert root.name == "POST /results/<statement_id>/rows", (name, root.name)
        assert root.parent == HEADERS["traceparent"].split("-")[2]
        assert root.attributes["http.response.status_code"] == "200"
    assert {one.service for one in found} == {"data-portal"}


def test_no_viewer_sql_or_token_is_in_it(portal: Portal, receiver: Receiver, sandbox: SandboxClient):
    viewer = page(portal, sandbox)
    statement = viewer.statement(SECRET_SQL)
    viewer.rows(statement, 0, 10)
    portal.page("", viewer.token)
    spans(receiver, lambda many: len(many) > 3)
    time.sleep(1)
    raw = bytes(receiver.raw)
    assert raw
    for needle in ("needle", "engineer", "Engineer", viewer.token, sandbox.api_key, "dapi-", statement, "SELECT"):
        assert needle.encode() not in raw, needle
    traces = sandbox.control("GET", "/traces")["traces"]
    ours = {one.trace for one in receiver.spans}
    assert any(one["traceparent"] and one["traceparent"].split("-")[1] in ours for one in traces)


def test_without_the_variables_nothing_is_collected_and_a_collector_that_is_away_harms_nobody(sandbox: SandboxClient):
    running = start_portal(
        connect_variables(sandbox, OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:9", OTEL_BSP_SCHEDULE_DELAY="100"),
        "--workers", "1",
    )  # fmt: skip
    try:
        before = time.monotonic()
        assert "Analyst West" in running.page("identity", sandbox.session("analyst-west"))
        assert time.monotonic() - before < 10
    finally:
        running.stop()
