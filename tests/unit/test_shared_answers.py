"""Answers that other processes take over: found and opened by who holds the credential, and by nobody else."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pytest
from flask import Flask

from portal.cache import SharedCache
from portal.viewer import acting_as, per_viewer
from portal.viewer.credential import Credential, Viewer
from portal.viewer.errors import NotPermitted
from portal.viewer.per_viewer import memory
from portal.viewer.process import Process
from portal.viewer.shared_answers import TABLE, ArrowTable, Codec, SharedAnswers
from tests.viewers import CONNECT

WORKSPACE = "https://workspace.example.com"
KEY = (WORKSPACE, "id-of-ann", "kind", "x")
TEXT = Codec[str](str)


class Bearer:
    """A broker whose sessions are called "viewer" or "viewer/bearer"."""

    def credential(self, viewer: Viewer) -> Credential:
        name = viewer.session.partition("/")[0]
        return Credential(f"bearer-of-{viewer.session}", f"id-of-{name}", 0.0, None, "connect")


def person(session: str, process: Process | None = None) -> Viewer:
    return Viewer(CONNECT, session, f"token-of-{session}", Bearer(), process or Process())  # type: ignore[arg-type]


@pytest.fixture
def cache(tmp_path: Path) -> SharedCache:
    return SharedCache(Flask("test"), str(tmp_path))


@pytest.fixture
def two(cache: SharedCache) -> tuple[SharedAnswers, SharedAnswers]:
    """Those of two processes."""
    return SharedAnswers(cache), SharedAnswers(cache)


def test_another_process_finds_it_as_the_same_viewer_only(two):
    here, there = two
    with acting_as(person("ann")):
        here.put(KEY, "secret", TEXT, time.time(), 60)
        found = there.find(KEY, TEXT)
        assert found is not None
        assert found.value == "secret"
        assert found.until - found.asked == 60
        assert there.find((*KEY[:3], "y"), TEXT) is None
    for other in ("bob", "ann/newer"):
        with acting_as(person(other)):
            assert there.find(KEY, TEXT) is None


def test_nothing_of_it_can_be_read_at_rest(two, tmp_path: Path):
    with acting_as(person("ann")):
        two[0].put(KEY, "the secret", TEXT, time.time(), 60)
    files = list(tmp_path.iterdir())
    assert len(files) == 1
    at_rest = files[0].name.encode() + files[0].read_bytes()
    for plain in (b"secret", b"ann", b"kind", b"bearer"):
        assert plain not in at_rest


def test_entries_cannot_be_swapped_changed_or_kept_alive(two, cache: SharedCache):
    here, there = two
    stored: dict[str, str] = {}
    remember = cache.set
    cache.set = lambda key, value, ttl: remember(key, stored.setdefault(key, value), ttl)  # type: ignore[method-assign]
    with acting_as(person("ann")):
        here.put(KEY, "one", TEXT, time.time(), 60)
        here.put((*KEY[:3], "y"), "two", TEXT, time.time(), 3)
        (first, one), (second, two_) = stored.items()
        remember(first, two_, 60)
        assert there.find(KEY, TEXT) is None
        for broken in (one[:-4] + "AAAA", "", "not base64!", 7, ["x"], "AAAA"):
            remember(first, broken, 60)
            assert there.find(KEY, TEXT) is None
        # The cache's keeper prolongs it; its end is inside.
        remember(second, two_, 600)
        assert there.find((*KEY[:3], "y"), TEXT) is not None
        time.sleep(3.1)
        assert there.find((*KEY[:3], "y"), TEXT) is None


def test_what_was_asked_before_a_drop_is_not_taken(two):
    here, there = two
    with acting_as(person("ann")):
        for prefix in (KEY[:2], KEY[:3]):
            here.put(KEY, "before", TEXT, time.time(), 60)
            there.drop(prefix)
            assert there.find(KEY, TEXT) is None
            here.put(KEY, "after", TEXT, time.time(), 60)
            assert there.find(KEY, TEXT) is not None
        asked = time.time()
        here.drop(KEY[:2])
        here.put(KEY, "on its way meanwhile", TEXT, asked, 60)
        found = there.find(KEY, TEXT)
        assert found is not None
        assert found.value == "after"


def test_what_is_large_or_of_another_shape_is_asked_for_again(two):
    here, there = two
    with acting_as(person("ann")):
        here.put(KEY, secrets.token_hex(300_000), TEXT, time.time(), 60)
        assert there.find(KEY, TEXT) is None
        here.put(KEY, "text", TEXT, time.time(), 60)
        assert there.find(KEY, Codec[int](int)) is None
        here.put(KEY, object(), Codec(object), time.time(), 60)
        assert there.find(KEY, TEXT) is not None  # not put: what was there is still there


@dataclass(frozen=True, slots=True)
class Glance:
    rows: ArrowTable
    hours: tuple[int, ...]
    by_id: dict[int, str]
    note: str | None = None


def test_tables_and_dataclasses_come_back_as_they_were(two):
    here, there = two
    table = pa.table({"id": pa.array([2**63 - 1, None], pa.int64()), "at": pa.array([0, 1], pa.timestamp("us", "UTC"))})
    glance = Glance(table, (1, 2), {10**18 + 1: "é 🙂"})
    with acting_as(person("ann")):
        here.put(KEY, table, TABLE, time.time(), 60)
        found = there.find(KEY, TABLE)
        assert found is not None
        assert found.value.equals(table)
        codec: Codec[Glance] = Codec(Glance)
        here.put(KEY, glance, codec, time.time(), 60)
        again = there.find(KEY, codec)
        assert again is not None
        assert again.value == glance


@pytest.fixture
def process(cache: SharedCache) -> Iterator[Process]:
    yield Process(cache)
    memory.drop()


def another_process() -> None:
    """What this process keeps in memory is gone, as in one that has just started."""
    memory._entries.clear()


def test_a_shared_read_is_made_once_for_all_processes(process):
    calls: list[str] = []

    @per_viewer(ttl=60, shared=True)
    def glance(of: str) -> tuple[str, ...]:
        calls.append(of)
        return (of, str(len(calls)))

    with acting_as(person("ann", process)):
        assert glance("x") == ("x", "1")
        another_process()
        assert glance("x") == ("x", "1")
        assert glance.peek("x") == ("x", "1")
        assert glance.refresh("x") == ("x", "2")
        another_process()
        assert glance("x") == ("x", "2")
    with acting_as(person("bob", process)):
        assert glance("x") == ("x", "3")


def test_it_is_not_kept_longer_for_having_been_handed_over(process):
    calls: list[int] = []

    @per_viewer(ttl=5, shared=True)
    def brief() -> int:
        calls.append(1)
        return len(calls)

    with acting_as(person("ann", process)):
        assert brief() == 1
        time.sleep(1)
        another_process()
        assert brief() == 1
        time.sleep(4.1)
        assert brief() == 2


def test_a_denied_call_is_not_answered_from_elsewhere(process):
    denied = False

    @per_viewer(ttl=60, shared=True)
    def glance(of: str) -> str:
        if denied:
            raise NotPermitted("no")
        return of

    with acting_as(person("ann", process)):
        assert glance("x") == "x"
        denied = True
        with pytest.raises(NotPermitted):
            glance("y")
        with pytest.raises(NotPermitted):
            glance("x")
