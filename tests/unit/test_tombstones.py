"""What was said last of a session: by whom it can be said, who hears it, and what a flushed or forged cache changes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from flask import Flask

from portal import counters
from portal.cache import SharedCache
from portal.viewer import signing, tombstones
from portal.viewer.errors import SessionEnded, SignInToConnect, StillRunning, Unreachable
from portal.viewer.seal import Seal
from portal.viewer.tombstones import Tombstones
from portal.viewer.upstream.breaker import breaker
from tests.unit.test_vault import Bank, vault_of, viewer_of
from tests.viewers import DEVELOPER

KEY = "k" * 32
BINDING = "host|content"


@pytest.fixture
def cache(tmp_path: Path) -> SharedCache:
    return SharedCache(Flask("test"), str(tmp_path / "cache"))


def flush(tmp_path: Path) -> None:
    for path in (tmp_path / "cache").iterdir():
        path.unlink()


def suppressed(ask: Callable[[], object]) -> None:
    with suppress(SessionEnded):
        ask()


def forged(entry: str) -> float:
    return counters.FORGED.labels(entry)._value.get()


@pytest.mark.parametrize("value", [1, True, "ended", ["ended"], {"ended": True}, "W3RydWUsMV0.x.y", "x" * 100_000])
def test_whoever_writes_the_cache_cannot_say_that_a_session_ended(cache: SharedCache, value: object):
    tombs = Tombstones(cache, BINDING, KEY)
    for stone in (tombs.of_token("token-of-ann"), tombs.of_viewer("1")):
        before = forged("tombstone")
        cache.set(stone.name, value, 100)
        assert tombs.ended(stone) is None
        assert forged("tombstone") == before + 1


def test_another_tokens_word_says_nothing_of_this_session(cache: SharedCache):
    tombs = Tombstones(cache, BINDING, KEY)
    mine, other = tombs.of_token("token-of-ann"), tombs.of_token("token-of-bob")
    tombs.lay(other)
    word = cache.get(other.name)
    cache.set(mine.name, word, 100)  # moved
    assert tombs.ended(mine) is None
    cache.set(mine.name, signing.sign(other.key, mine.name, [True, time.time()]), 100)  # signed by bob for ann's place
    assert tombs.ended(mine) is None


def test_a_viewers_word_takes_the_signing_key_where_there_is_one(cache: SharedCache):
    stranger, portal = Tombstones(cache, BINDING), Tombstones(cache, BINDING, KEY)
    stranger.lay(stranger.of_viewer("1"))
    assert portal.ended(portal.of_viewer("1")) is None
    assert portal.lay(portal.of_viewer("1"))
    assert Tombstones(cache, BINDING, KEY).ended(portal.of_viewer("1"))
    # Without it there is nothing that could be asked for: then an end is believed.
    flush_of = Tombstones(cache, BINDING)
    flush_of.lay(flush_of.of_viewer("2"))
    assert Tombstones(cache, BINDING).ended(flush_of.of_viewer("2"))


def test_a_session_token_alone_signs_whatever_the_signing_key_is(cache: SharedCache):
    one, other = Tombstones(cache, BINDING, KEY), Tombstones(cache, BINDING, "o" * 32)
    one.lay(one.of_token("token-of-ann"))
    assert other.ended(other.of_token("token-of-ann"))


def test_a_flushed_cache_signs_nobody_in_again(cache: SharedCache, tmp_path: Path):
    bank = Bank()
    ours, theirs = vault_of(bank, cache), vault_of(bank, cache)
    viewer_of(ours, "ann/1").credential()
    assert viewer_of(ours, "ann/1").end_session()
    exchanges = len(bank.granted)
    flush(tmp_path)
    for token in ("ann/1", "ann/2"):
        with pytest.raises(SessionEnded):
            viewer_of(ours, token).credential()
    # What this process knows was put back, for those that do not.
    with pytest.raises(SessionEnded):
        viewer_of(theirs, "ann/1").credential()
    assert len(bank.granted) - exchanges <= 1, "a rotated token is exchanged to learn whose it is, and for nothing else"
    viewer_of(theirs, "ann/1").resume_session()
    assert viewer_of(ours, "ann/1").credential().viewer_id == "id-of-ann"


def test_what_is_missing_is_put_back_without_anyone_asking(cache: SharedCache, tmp_path: Path):
    ours = vault_of(Bank(), cache)
    viewer_of(ours, "ann/1").credential()
    viewer_of(ours, "ann/1").end_session()
    flush(tmp_path)
    ours.sweep()
    theirs = vault_of(Bank(), cache)
    with pytest.raises(SessionEnded):
        viewer_of(theirs, "ann/1").credential()


def test_continue_elsewhere_outlives_what_an_older_word_says(cache: SharedCache):
    one, other = Tombstones(cache, BINDING, KEY), Tombstones(cache, BINDING, KEY)
    stone = one.of_token("token-of-ann")
    one.lay(stone)
    old = cache.get(stone.name)
    assert other.ended(stone)
    other.lift(stone)
    assert one.ended(stone) is None
    cache.set(stone.name, old, 1000)  # brought back by who wrote it down
    assert one.ended(stone) is None
    assert cache.get(stone.name) != old, "the later word is put back"


def test_a_word_is_later_than_what_it_answers_whatever_the_clock_says(cache: SharedCache, monkeypatch):
    one, behind = Tombstones(cache, BINDING, KEY), Tombstones(cache, BINDING, KEY)
    stone = one.of_token("token-of-ann")
    one.lay(stone)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now - 300)
    behind.lift(stone)
    assert one.ended(stone) is None
    one.lay(stone)
    assert behind.ended(stone)


def test_another_process_drops_an_ended_session_that_asks_for_nothing(cache: SharedCache):
    bank = Bank()
    gone: list[str] = []
    ours, theirs = vault_of(bank, cache), vault_of(bank, cache, forget=gone.append)
    for vault in (ours, theirs):
        viewer_of(vault, "ann/1").credential()
    viewer_of(theirs, "bob/1").credential()
    theirs.listen()
    assert len(theirs) == 2
    viewer_of(ours, "ann/1").end_session()
    theirs.listen()
    assert len(theirs) == 1
    assert gone == ["id-of-ann"]
    theirs.listen()
    assert gone == ["id-of-ann"], "heard once"


def test_an_exchange_under_way_as_a_session_ends_elsewhere_keeps_nothing(cache: SharedCache):
    bank = Bank(delay=0.5)
    ours, theirs = vault_of(Bank(), cache), vault_of(bank, cache)
    met: list[Exception] = []

    def ask() -> None:
        try:
            viewer_of(theirs, "ann/1").credential()
        except SessionEnded as error:
            met.append(error)

    under_way = threading.Thread(target=ask)
    # A stranger's lock would not be waited for; this test is about an exchange that runs, so it takes the lock itself.
    under_way.start()
    time.sleep(0.2)
    ours._tombs.lay(ours._stone(viewer_of(ours, "ann/1")))
    under_way.join()
    assert len(met) == 1
    assert len(theirs) == 0


def test_a_developers_session_ends_in_every_process_too(cache: SharedCache):
    class Local(Bank):
        own_token = False

    bank = Local()
    ours, theirs = vault_of(bank, cache), vault_of(bank, cache)
    for vault in (ours, theirs):
        viewer_of(vault, "developer").credential()
    assert len(bank.granted) == 2, "a constant token seals nothing"
    assert viewer_of(ours, "developer").end_session()
    theirs.listen()
    for vault in (ours, theirs, vault_of(bank, cache)):
        with pytest.raises(SessionEnded):
            viewer_of(vault, "developer").credential()
    viewer_of(theirs, "developer").resume_session()
    assert viewer_of(ours, "developer").credential()
    assert DEVELOPER.own_token is False


def test_a_strangers_end_is_kept_nowhere_else_and_pushes_nothing_out(
    cache: SharedCache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    few = 50  # of what a stranger can have remembered; the bound itself takes seconds to fill
    monkeypatch.setattr(tombstones, "MOST_UNVOUCHED", few)
    bank = Bank()
    vault = vault_of(bank, cache)
    viewer_of(vault, "ann/1").credential()
    viewer_of(vault, "ann/1").end_session()
    laid = len(list((tmp_path / "cache").iterdir()))
    bank.error = SignInToConnect("Connect does not know this session.")
    for number in range(few + 10):
        viewer_of(vault, f"forged/{number}").end_session()
    assert len(list((tmp_path / "cache").iterdir())) == laid
    bank.error = None
    flush(tmp_path)
    with pytest.raises(SessionEnded):
        viewer_of(vault, "ann/1").credential()


def test_with_connect_away_a_session_that_nobody_knows_ends_all_the_same(cache: SharedCache):
    bank = Bank()
    bank.error = Unreachable("Connect")
    assert viewer_of(vault_of(bank, cache), "ann/1").end_session()
    bank.error = None
    with pytest.raises(SessionEnded):
        viewer_of(vault_of(bank, cache), "ann/1").credential()


def test_a_strangers_lock_is_not_waited_for(cache: SharedCache):
    seal = Seal("ann/1", "host|content|guid-1")
    before = forged("lock")
    for mark in ("", "x" * 50, Seal("bob/1", "host|content|guid-1").mark()):
        with cache.exclusive(seal.cache_key, 15, mark):
            started = time.perf_counter()
            assert viewer_of(vault_of(Bank(), cache), "ann/1").credential()
            assert time.perf_counter() - started < 1
            cache.delete(seal.cache_key)
    assert forged("lock") == before + 3


def test_a_lock_of_the_session_itself_is_waited_for_and_not_for_long(cache: SharedCache, monkeypatch):
    monkeypatch.setattr("portal.viewer.sealed_copies.LOCK_SECONDS", 1)
    seal = Seal("ann/1", "host|content|guid-1")
    with cache.exclusive(seal.cache_key, 15, seal.mark()):
        viewer = viewer_of(vault_of(Bank(), cache), "ann/1")
        started = time.perf_counter()
        with pytest.raises(StillRunning):
            viewer.credential()
        assert 1 <= time.perf_counter() - started < 3
        breaker.reset()
        time.sleep(1.1)  # a mark tells its age in whole seconds: older than LOCK_SECONDS is now two of them
        assert viewer.credential(), "whose lock it is has been at it for longer than anybody may"


def test_an_exchange_that_hangs_does_not_hold_up_the_end_of_a_known_session(cache: SharedCache, monkeypatch):
    bank = Bank()
    ours, theirs = vault_of(bank, cache), vault_of(bank, cache)
    viewer = viewer_of(ours, "ann/1")
    viewer_of(theirs, "ann/1").credential()
    viewer.credential()
    bank.delay = 1.5
    start = time.time()
    ours._entries[viewer.session].used_at = start + 3500
    with monkeypatch.context() as later:
        later.setattr(time, "time", lambda: start + 3500)  # due for a new one: one request asks for it
        refreshing = threading.Thread(target=lambda: suppressed(viewer.credential))
        refreshing.start()
        time.sleep(0.3)
    ending = threading.Thread(target=viewer.end_session)
    ending.start()
    time.sleep(0.3)
    theirs.listen()
    assert len(theirs) == 0, "the other process has heard while this one waits"
    ending.join()
    refreshing.join()
    assert len(ours) == 0
