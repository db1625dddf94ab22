"""Several processes behind any balancer: one Redis, nothing sticky; and the portal when the cache goes away."""

from __future__ import annotations

import re
import threading
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from portal.cache import CIRCUIT_SECONDS, SharedCache
from portal.sandbox.lakeview.store import NAMESPACE
from tests.portal_process import Portal, connect_variables, start_portal
from tests.redis_server import RedisServer
from tests.sandbox_client import SandboxClient

RUNS = re.compile(r"jobs/\d+/runs/\d+")
CREDENTIALS = "/oauth/integrations/credentials"


def cache_state(portal: Portal) -> str:
    """What health says of the cache: "ok", "warning" or "failed"; the portal serves all the same."""
    answer = portal.get("readyz")
    assert answer.status_code == 200
    return str(answer.json()["checks"]["cache"]["state"])


@pytest.fixture
def redis_server() -> Iterator[RedisServer]:
    server = RedisServer().start()
    yield server
    server.stop()


@pytest.fixture
def two(sandbox: SandboxClient, redis_server: RedisServer) -> Iterator[tuple[Portal, Portal]]:
    variables = connect_variables(sandbox, PORTAL_CACHE_URL=redis_server.url)
    portals = [start_portal(variables, "--workers", "1", "--threads", "8") for _ in range(2)]
    yield portals[0], portals[1]
    for portal in portals:
        portal.stop()


def test_two_portals_and_one_redis_cost_one_exchange(two, sandbox: SandboxClient, redis_server: RedisServer):
    token = sandbox.session("analyst-west")
    sandbox.clear_calls()
    pages: list[str] = []
    threads = [threading.Thread(target=lambda n=n: pages.append(two[n % 2].page("identity", token))) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(pages) == 8
    assert all("Analyst West" in page for page in pages)
    assert sandbox.count("connect", CREDENTIALS) == 1
    at_rest = redis_server.content()
    assert at_rest
    for secret in (token, "analyst", "4001000000000001"):
        assert secret.encode() not in at_rest


def test_what_one_portal_was_told_the_other_need_not_ask(two, sandbox: SandboxClient, redis_server: RedisServer):
    token = sandbox.session("analyst-west")
    shown = {path: two[0].page(path, token) for path in ("", "trips", "jobs")}
    two[1].settle()
    time.sleep(1)  # what the pages began in the background has ended
    sandbox.clear_calls()
    for path, page in shown.items():
        again = two[1].page(path, token)
        assert set(RUNS.findall(again)) == set(RUNS.findall(page))
    # The identity came with the exchange, in the other portal, and is asked for once; so is what Home shows of this
    # minute: what fired, and what runs. Nothing else is.
    asked = {call.route: call.count for call in sandbox.calls()}
    of_this_minute = {asked.pop(f"/api/2.0/{api}", 0) for api in ("alerts", "sql/history/queries")}
    assert of_this_minute <= {0, 1}
    assert sum(asked.values()) <= 2, asked
    at_rest = redis_server.content()
    for secret in (token, "analyst", "nyctaxi", "tpep_pickup", "run_page_url"):
        assert secret.encode() not in at_rest
    # Another viewer of the second portal is told nothing of it.
    two[1].page("jobs", sandbox.session("engineer"))
    assert sandbox.count("workspace", "/jobs/list", "engineer") >= 1


def test_a_dashboards_statement_that_two_portals_want_at_once_runs_once(two, sandbox: SandboxClient):
    token = sandbox.session("analyst-west")
    where = f"dashboards/{uuid.uuid5(NAMESPACE, 'Sales overview').hex}/tiles"
    wanted = ["revenue", "orders_count", "by_product"]
    body = {"page": "overview", "widgets": wanted, "at": int(time.time() // 60)}
    for portal in two:
        assert "Analyst West" in portal.page("identity", token)
        assert portal.post(where, token, json={**body, "widgets": []}).status_code == 200
    sandbox.clear_calls()
    sandbox.fault(route="^/api/2.0/sql/statements$", delay=0.5)
    together = threading.Barrier(2)
    found: list[dict[str, dict[str, object]]] = [{}, {}]

    def look(number: int) -> None:
        together.wait(60)
        deadline = time.monotonic() + 60
        while len(found[number]) < len(wanted) and time.monotonic() < deadline:
            known = {name: tile["key"] for name, tile in found[number].items()}
            answer = two[number].post(where, token, json={**body, "known": known, "look": f"page-{number}"})
            assert answer.status_code == 200, answer.text
            found[number] |= answer.json()["tiles"]

    threads = [threading.Thread(target=look, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ids = [{name: tile.get("statement") for name, tile in one.items()} for one in found]
    assert set(ids[0]) == set(wanted)
    assert ids[0] == ids[1]
    submitted = sum(one.count for one in sandbox.calls("workspace") if one.route == "/api/2.0/sql/statements")
    assert submitted == len(set(ids[0].values()))


def test_a_session_ended_in_one_is_ended_in_the_other(two, sandbox: SandboxClient):
    token = sandbox.session("analyst-west")
    assert "Analyst West" in two[0].page("identity", token)
    assert "Analyst West" in two[1].page("identity", token)
    assert two[0].post("session/end", token).json() == {"ended": True, "everywhere": True}
    time.sleep(2.1)
    assert "Session ended" in two[1].page("identity", token)
    assert two[1].post("session/continue", token).status_code == 200
    assert "Analyst West" in two[0].page("identity", token)


def test_redis_killed_and_back_is_not_noticed_by_viewers(two, sandbox: SandboxClient, redis_server: RedisServer):
    token = sandbox.session("analyst-west")
    assert "Analyst West" in two[0].page("identity", token)
    redis_server.stop()
    slowest = 0.0
    for _ in range(10):
        before = time.perf_counter()
        assert "Analyst West" in two[0].page("identity", token)
        slowest = max(slowest, time.perf_counter() - before)
    assert slowest < 3
    assert "Analyst East" in two[1].page("identity", sandbox.session("analyst-east"))
    assert cache_state(two[0]) != "ok"
    redis_server.start()
    time.sleep(CIRCUIT_SECONDS + 0.2)
    assert cache_state(two[0]) == "ok"
    assert "Engineer" in two[0].page("identity", sandbox.session("engineer"))
    assert redis_server.content()


def test_an_unreachable_cache_raises_nothing_and_costs_its_time_out_once(redis_server: RedisServer):
    cache = SharedCache(Flask("test"), redis_server.url)
    assert cache.set("key", {"a": 1}, 60)
    assert cache.get("key") == {"a": 1}
    redis_server.stop()
    before = time.perf_counter()
    for _ in range(100):
        assert cache.get("key") is None
        assert cache.set("key", 1, 60) is False
        cache.delete("key")
        with cache.exclusive("key", 5) as mine:
            assert mine
    assert time.perf_counter() - before < 2
    assert not cache.healthy


def test_one_of_many_holds_the_lock_and_a_dead_holder_frees_it(redis_server: RedisServer, tmp_path: Path):
    for url in (redis_server.url, str(tmp_path / "cache")):
        one, other = SharedCache(Flask("a"), url), SharedCache(Flask("b"), url)
        with one.exclusive("x", 5) as first, other.exclusive("x", 5) as second:
            assert (first, second) == (True, False)
        with other.exclusive("x", 5) as again:
            assert again
    with one.exclusive("y", 0.3):
        pass
    held = SharedCache(Flask("c"), redis_server.url)
    lock = held.exclusive("z", 0.3)
    lock.__enter__()
    time.sleep(0.4)
    with SharedCache(Flask("d"), redis_server.url).exclusive("z", 5) as mine:
        assert mine


def test_what_expired_is_swept_from_a_directory(tmp_path: Path):
    cache = SharedCache(Flask("test"), str(tmp_path / "cache"))
    cache.set("short", 1, 1)
    cache.set("long", 2, 100)
    time.sleep(2.1)
    cache._sweeping.acquire()
    cache._sweep_now()
    assert cache.get("long") == 2
    assert len(list((tmp_path / "cache").iterdir())) == 1


def test_a_full_or_read_only_directory_is_survived(sandbox: SandboxClient, tmp_path: Path):
    # A device with no room, for root too.
    portal = start_portal(connect_variables(sandbox, PORTAL_CACHE_URL="/proc/1/cache"), "--workers", "1")
    try:
        token = sandbox.session("analyst-west")
        sandbox.clear_calls()
        for _ in range(3):
            assert "Analyst West" in portal.page("identity", token)
        assert sandbox.count("connect", CREDENTIALS) == 1
        assert cache_state(portal) != "ok"
    finally:
        portal.stop()
