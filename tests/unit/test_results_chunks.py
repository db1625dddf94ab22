"""The chunk store: bounded in memory and on disk, sealed, one fetch at a time, and gone when it should be."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pytest

from portal.results import chunks
from portal.results.chunks import Store

MB = 1024 * 1024


def table(number: int, megabytes: float = 1) -> pa.Table:
    rows = int(megabytes * MB / 8)
    return pa.table({"n": pa.array([number] * rows, pa.int64()), "secret": pa.nulls(rows, pa.string())})


def never() -> pa.Table:
    raise AssertionError("fetched again")


def made(number: int, megabytes: float = 1) -> Callable[[], pa.Table]:
    return lambda: table(number, megabytes)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    kept = Store(4 * MB, 8 * MB, tmp_path)
    yield kept
    kept.close()


def files(tmp_path: Path) -> list[Path]:
    return list(tmp_path.glob("portal-own-chunks-*/*"))


def test_a_chunk_is_fetched_once(store: Store):
    first = store.get(("v", "s", 0), made(1))
    assert store.get(("v", "s", 0), never) is first


def test_memory_is_bounded_and_what_left_it_comes_back_from_disk(store: Store, tmp_path: Path):
    for index in range(8):
        store.get(("v", "s", index), made(index))
        assert store.in_memory <= 4 * MB
    assert files(tmp_path)
    for index in range(8):
        assert store.get(("v", "s", index), never)["n"][0].as_py() == index


def test_disk_is_bounded_too(tmp_path: Path):
    store = Store(1 * MB, 1 * MB, tmp_path)
    noise = [pa.table({"b": pa.array([bytes(range(256)) * 2048 for _ in range(1)], pa.binary())}) for _ in range(8)]
    for index, one in enumerate(noise):
        store.get(("v", "s", index), lambda one=one: one)
    assert store.on_disk <= 1 * MB
    assert sum(path.stat().st_size for path in files(tmp_path)) == store.on_disk
    store.close()


def test_files_are_sealed_private_and_open_only_in_their_own_place(store: Store, tmp_path: Path):
    for index in range(8):
        text = pa.table({"t": pa.array([f"needle-{index}"] * 60_000)})
        store.get(("v", "s", index), lambda text=text: text)
    written = files(tmp_path)
    assert written
    for path in written:
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.parent.stat().st_mode & 0o777 == 0o700
        assert b"needle" not in path.read_bytes()
        assert b"ARROW" not in path.read_bytes()
    # Two files swapped by whoever can write to the directory: neither opens, both are fetched again.
    filed = [key for key, entry in store._entries.items() if entry.file and entry.table is None]
    one, two = filed[:2]
    store._entries[one].file, store._entries[two].file = store._entries[two].file, store._entries[one].file
    assert store.get(one, made(77))["n"][0].as_py() == 77


def test_concurrent_callers_share_one_fetch(store: Store):
    calls = []

    def slow() -> pa.Table:
        calls.append(1)
        time.sleep(0.1)
        return table(1)

    threads = [threading.Thread(target=store.get, args=(("v", "s", 0), slow)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(calls) == 1


def test_a_failed_fetch_is_everyones_error_and_not_kept(store: Store):
    def fails() -> pa.Table:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        store.get(("v", "s", 0), fails)
    assert store.get(("v", "s", 0), made(3))["n"][0].as_py() == 3


def test_dropping_a_viewer_leaves_others(store: Store, tmp_path: Path):
    for index in range(6):
        store.get(("one", "s", index), made(index))
    store.get(("two", "s", 0), made(9))
    store.drop("one")
    assert not any(store.has(("one", "s", index)) for index in range(6))
    assert store.get(("two", "s", 0), never)["n"][0].as_py() == 9
    assert sum(path.stat().st_size for path in files(tmp_path)) == store.on_disk


def test_a_chunk_that_arrives_after_its_viewer_was_dropped_is_not_kept(store: Store):
    def fetch() -> pa.Table:
        store.drop("v")
        return table(1)

    store.get(("v", "s", 0), fetch)
    assert not store.has(("v", "s", 0))


@pytest.mark.parametrize(("idle", "age"), [(901, 901), (10, 3601)])
def test_what_idles_or_is_old_is_swept(store: Store, tmp_path: Path, idle: float, age: float):
    for index in range(6):
        store.get(("v", "s", index), made(index))
    now = time.monotonic()
    for entry in store._entries.values():
        entry.used_at, entry.made_at = now - idle, now - age
    store.sweep()
    assert store.in_memory == store.on_disk == 0
    assert not files(tmp_path)


def test_closing_removes_the_directory_and_the_next_store_removes_what_a_killed_process_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    import os

    left = tmp_path / "portal-chunks-dead"
    left.mkdir()
    (left / "aa").write_bytes(b"noise")
    os.utime(left, (1, 1))
    alive = Store(1 * MB, 8 * MB, tmp_path)
    for index in range(3):
        alive.get(("v", "s", index), made(index))
    assert not left.exists()
    other = Store(1 * MB, 8 * MB, tmp_path)
    for index in range(3):
        other.get(("v", "s", index), made(index))
    assert alive._folder.exists(), "a living process's directory was taken for a dead one's"
    other.close()
    alive.close()
    assert not list(tmp_path.iterdir())


def test_a_full_disk_costs_a_fetch_not_an_error(store: Store, monkeypatch: pytest.MonkeyPatch):
    def full(*_: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(chunks.os, "open", full)
    monkeypatch.setattr(Store, "_directory", full)
    for index in range(8):
        store.get(("v", "s", index), made(index))
    assert store.get(("v", "s", 0), made(5))["n"][0].as_py() == 5
