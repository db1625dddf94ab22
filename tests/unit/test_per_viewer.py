"""What is kept for a viewer is theirs, bounded, and made once."""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path

import pyarrow as pa
import pytest
from flask import Flask

from portal.cache import SharedCache
from portal.viewer import acting_as, per_viewer
from portal.viewer.context import reading_anew
from portal.viewer.credential import Credential, Viewer
from portal.viewer.errors import NotPermitted, SignInToConnect
from portal.viewer.per_viewer import MAX_BYTES, Memory, forget, memory, size_of
from portal.viewer.process import Process
from tests.viewers import CONNECT


class OneCredential:
    """A broker that knows its viewers by their session."""

    def credential(self, viewer: Viewer) -> Credential:
        return Credential("bearer", f"id-of-{viewer.session}", 0.0, None, "connect")


def person(name: str) -> Viewer:
    return Viewer(CONNECT, name, f"token-of-{name}", OneCredential(), Process())  # type: ignore[arg-type]


@pytest.fixture(autouse=True)
def _empty() -> None:
    for name in ("ann", "bob"):
        forget(Process(), f"id-of-{name}")


def test_it_runs_once_for_a_viewer_and_once_more_for_another():
    calls: list[str] = []

    @per_viewer(ttl=60)
    def secret(of: str) -> str:
        calls.append(of)
        return f"{of}-{len(calls)}"

    with acting_as(person("ann")):
        assert secret("x") == secret("x") == "x-1"
    with acting_as(person("bob")):
        assert secret("x") == "x-2"
    with acting_as(person("ann")):
        assert secret("x") == "x-1"
        assert secret("y") == "y-3"


def test_it_refuses_to_run_for_nobody():
    @per_viewer(ttl=60)
    def secret() -> str:
        raise AssertionError("ran for nobody")

    with pytest.raises(SignInToConnect):
        secret()


def test_none_is_kept_and_refresh_bypasses():
    calls: list[int] = []

    @per_viewer(ttl=60)
    def nothing() -> None:
        calls.append(1)

    with acting_as(person("ann")):
        nothing()
        nothing()
        assert len(calls) == 1
        nothing.refresh()
        assert len(calls) == 2


def test_it_is_forgotten_after_its_time():
    calls: list[int] = []

    @per_viewer(ttl=0.05)
    def brief() -> int:
        calls.append(1)
        return len(calls)

    with acting_as(person("ann")):
        assert brief() == 1
        time.sleep(0.06)
        assert brief() == 2


def test_concurrent_callers_share_one_call_and_its_error():
    calls: list[int] = []
    together = threading.Barrier(20)

    @per_viewer(ttl=60)
    def slow() -> int:
        calls.append(1)
        time.sleep(1)
        raise NotPermitted("no")

    outcomes: list[str] = []

    def ask() -> None:
        with acting_as(person("ann")):
            together.wait(10)
            try:
                slow()
            except NotPermitted as error:
                outcomes.append(str(error))

    threads = [threading.Thread(target=ask) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes == ["no"] * 20
    assert len(calls) == 1


def test_a_denied_call_drops_what_the_viewer_has_of_the_same_kind():
    denied = False

    @per_viewer(ttl=60)
    def table(name: str) -> str:
        if denied:
            raise NotPermitted("no longer")
        return name

    with acting_as(person("ann")), acting_as(person("ann")):
        assert table("a") == "a"
        denied = True
        assert table("a") == "a"
        with pytest.raises(NotPermitted):
            table("b")
        with pytest.raises(NotPermitted):
            table("a")


def test_what_was_being_made_when_the_session_ended_is_not_kept():
    started, go_on = threading.Event(), threading.Event()
    calls: list[int] = []

    @per_viewer(ttl=60)
    def slow() -> int:
        calls.append(1)
        if len(calls) == 1:
            started.set()
            go_on.wait(5)
        return len(calls)

    def ask() -> None:
        with acting_as(person("ann")):
            slow()

    thread = threading.Thread(target=ask)
    thread.start()
    started.wait(5)
    forget(Process(), "id-of-ann")
    go_on.set()
    thread.join()
    with acting_as(person("ann")):
        assert slow() == 2


def test_a_value_that_holds_itself_is_measured_in_a_moment_and_not_kept():
    endless: list[object] = ["x"]
    endless.append(endless)
    began = time.monotonic()
    assert size_of(endless) > MAX_BYTES
    assert time.monotonic() - began < 2


def test_it_is_bounded_in_bytes():
    store = Memory(max_bytes=1_000_000)
    for number in range(200):
        store.get(("host", "id", "kind", number), 60, lambda: "x" * 20_000)
    assert store.nbytes <= 1_000_000
    assert store.get(("host", "id", "kind", 199), 60, lambda: "made again") != "made again"
    assert store.peek(("host", "id", "kind", 0)) is None
    assert store.get(("host", "id", "kind", 0), 60, lambda: "made again") == "made again"


def test_what_went_is_not_held_by_what_is_read_without_the_lock():
    store = Memory(max_bytes=1_000_000)
    for number in range(200):
        store.put(("host", "ann", number), "x" * 20_000, 60)
        store.put(("host", "bob", number), "x", 0.01)
    store.drop("host", "ann")
    time.sleep(0.02)
    store.sweep()
    store.put(("host", "cat"), "y", 60)
    store.put(("host", "cat"), "too large" * 100_000, 60)
    assert not store.nbytes
    assert not store._entries.plain


def test_another_process_answers_where_nobody_is_to_be_asked(tmp_path: Path):
    cache = SharedCache(Flask("test"), str(tmp_path))
    there, here = (
        Viewer(CONNECT, "ann", "token-of-ann", OneCredential(), Process(cache))  # type: ignore[arg-type]
        for _ in range(2)
    )

    @per_viewer(ttl=60, shared=True)
    def name(of: str) -> str:
        return f"{of} by name"

    with acting_as(there):
        assert name("x") == "x by name"
    forget(Process(), "id-of-ann")
    with acting_as(here):
        assert name.peek("x") is None
        assert name.recall("y") is None
        assert name.recall("x") == name.peek("x") == "x by name"
        assert name.peek_each(["x", "y"]) == {"x": "x by name"}


def test_sizes_of_what_pages_keep():
    table = pa.table({"a": range(10_000)})
    assert 80_000 <= size_of(table) <= 90_000
    assert size_of(["x" * 1000] * 10) > 1000
    assert memory.nbytes >= 0


def test_equal_arguments_of_other_types_are_other_arguments():
    @per_viewer(ttl=60)
    def kind(value: object) -> str:
        return type(value).__name__

    with acting_as(person("ann")):
        assert [kind(value) for value in (1, True, 1.0, "1", (1,), (True,))] == [
            "int", "bool", "float", "str", "tuple", "tuple",
        ]  # fmt: skip


def test_reading_anew_bypasses_what_is_kept_and_keeps_the_answer():
    calls: list[int] = []

    @per_viewer(ttl=60)
    def count() -> int:
        calls.append(1)
        return len(calls)

    with acting_as(person("ann")):
        assert count() == 1
        with reading_anew():
            assert count() == 2
        assert count() == 2


def test_looking_up_does_not_disturb_who_goes_through_what_is_kept():
    kept = Memory()
    for number in range(2000):
        kept.put(("host", "ann", number), number, 60)
    over = time.monotonic() + 1.0

    def read() -> None:
        while time.monotonic() < over:
            for number in range(2000):
                kept.get(("host", "ann", number), 60, lambda: 0)

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    readers = [threading.Thread(target=read) for _ in range(3)]
    try:
        for reader in readers:
            reader.start()
        while time.monotonic() < over:
            kept.sweep()
            kept.drop("host", "bob")
    finally:
        sys.setswitchinterval(before)
        for reader in readers:
            reader.join()
