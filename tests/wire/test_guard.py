"""Text that two readers of SQL read differently: the workspace does what its own lexer reads, and the portal knows."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from tests.portal_process import Portal, connect_variables, start_portal
from tests.sandbox_client import SandboxClient
from tests.wire.warehouse_client import Page, page

TABLE = "main.sales.loot"
# What each of them hides is an INSERT to Spark's lexer, and part of a string or of a comment to others.
HOSTILE = {
    "a comment that goes on": f"""WITH x AS (SELECT 1 AS a) -- \\
, y AS (SELECT 1 FROM x WHERE 'q' = '
INSERT INTO {TABLE} -- ')
SELECT a FROM x""",
    "a hint that does not nest": f"""WITH x AS (SELECT 1 AS a) /* /*+ */ INSERT INTO {TABLE} /* */ -- */
SELECT a FROM x""",
    "a raw string": f"WITH x AS (SELECT 1 AS a, r'\\' AS b) INSERT INTO {TABLE} -- ' AS c)\nSELECT a FROM x",
    "plain": f"WITH x AS (SELECT 1 AS a) INSERT INTO {TABLE} SELECT a FROM x",
}


@pytest.fixture(scope="module")
def portal(sandbox_process: SandboxClient) -> Iterator[Portal]:
    running = start_portal(connect_variables(sandbox_process), "--workers", "1", "--threads", "8")
    yield running
    running.stop()


def rows(viewer: Page) -> int:
    statement = viewer.statement(f"SELECT count(*) AS n FROM {TABLE}")
    return int(viewer.rows(statement, 0, 1)[0][0])


@pytest.mark.parametrize("name", HOSTILE)
def test_what_would_write_is_refused_though_another_lexer_reads_no_write(
    portal: Portal, sandbox: SandboxClient, name: str
):
    viewer = page(portal, sandbox)
    viewer.statement(f"CREATE TABLE {TABLE} (a INT)")
    viewer.statement(HOSTILE[name])
    assert rows(viewer) == 1, "the workspace reads no INSERT in it: then this shows nothing"
    drawn = viewer.run(HOSTILE[name])
    assert "Not run" in drawn
    harmless = viewer.statement("SELECT 1 AS a")
    for answer in (
        viewer.download(harmless, "csv", sql=HOSTILE[name], whole=True),
        viewer.post(f"results/{harmless}/view", {"view": {"sort": [{"column": 0}]}, "again": {"sql": HOSTILE[name]}}),
    ):
        assert answer.status_code in {200, 422}, answer.text
    time.sleep(0.5)
    assert rows(viewer) == 1


def test_a_parser_at_its_worst_holds_up_nobody(portal: Portal, sandbox: SandboxClient):
    viewer = page(portal, sandbox)
    for sql in (
        "SELECT " + "STRUCT(" * 24 + "1" + ")" * 24,
        "SELECT " + "(" * 100_000 + "1" + ")" * 100_000,
        "SELECT " + "a," * 900_000 + "a",
        "SELECT 1 " + "/*" * 500_000,
        "SELECT a FROM t WHERE a IN (" + "1," * 900_000 + "1)",
        "SELECT " + "'a' || " * 200_000 + "'a'",
    ):
        for path, body in (("sql/format", {"sql": sql}), ("catalog/search", {"text": sql})):
            started = time.monotonic()
            answer = viewer.post(path, body)
            assert answer.status_code < 500, (sql[:40], path, answer.text[:200])
            assert time.monotonic() - started < 5, (sql[:40], path)
        assert viewer.portal.get("healthz").status_code == 200
