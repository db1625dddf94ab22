"""The vault's promises, with an exchange whose answers the test decides."""

from __future__ import annotations

import base64
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask

from portal.cache import SharedCache
from portal.settings import Settings
from portal.viewer.credential import Credential, Grant, Viewer
from portal.viewer.errors import NotSetUp, SessionEnded, SignInToDatabricks, StillRunning, Unreachable
from portal.viewer.platforms.connect import Connect
from portal.viewer.process import Process
from portal.viewer.seal import Seal, session_hash
from portal.viewer.upstream.breaker import breaker
from portal.viewer.vault import IDLE_SECONDS, Vault
from tests.viewers import CONNECT

HOUR = 3600.0


class Bank(Connect):
    """Grants `bearer-<n>-<token>`; what goes wrong is set by the test."""

    def __init__(self, lifetime: float | None = HOUR, delay: float = 0.0, integration: str = "guid-1") -> None:
        super().__init__(Settings())
        self.lifetime, self.delay, self.guid = lifetime, delay, integration
        self.granted: list[str] = []
        self.error: Exception | None = None
        self.lock = threading.Lock()

    def integration(self) -> str:
        return self.guid

    def login_url(self) -> str:
        return "https://connect.example.com/__oauth__/integrations/guid-1/login"

    def grant(self, token: str) -> Grant:
        time.sleep(self.delay)
        with self.lock:
            if self.error is not None:
                raise self.error
            self.granted.append(token)
            now = time.time()
            bearer = f"bearer-{len(self.granted)}-{token}"
            return Grant(bearer, None if self.lifetime is None else now + self.lifetime, now, self.guid)


def identify(bearer: str) -> str:
    """The viewer's id is the part of the session token before the slash: a rotated token is the same viewer."""
    return "id-of-" + bearer.split("-", 2)[2].partition("/")[0]


def vault_of(bank: Bank, shared: SharedCache | None = None, binding: str = "host|content", **more) -> Vault:
    return Vault(bank, identify, shared=shared, binding=binding, **more)


def viewer_of(vault: Vault, token: str) -> Viewer:
    return Viewer(CONNECT, session_hash("session", token), token, vault, Process())


@pytest.fixture
def directory(tmp_path: Path) -> SharedCache:
    return SharedCache(Flask("test"), str(tmp_path / "cache"))


def test_one_session_costs_one_exchange_however_many_ask_at_once():
    bank = Bank(delay=0.05)
    vault = vault_of(bank)
    found: list[Credential] = []
    threads = [
        threading.Thread(target=lambda: found.append(viewer_of(vault, "ann/1").credential())) for _ in range(100)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert bank.granted == ["ann/1"]
    assert {c.access_token for c in found} == {"bearer-1-ann/1"}
    assert len(found) == 100
    assert len(vault._flights) == 0


def test_two_sessions_never_share_a_credential():
    vault = vault_of(Bank())
    ann, bob = viewer_of(vault, "ann/1").credential(), viewer_of(vault, "bob/1").credential()
    assert (ann.viewer_id, bob.viewer_id) == ("id-of-ann", "id-of-bob")
    assert ann.access_token != bob.access_token


def test_a_credential_of_unknown_lifetime_is_used_for_five_minutes(monkeypatch):
    bank = Bank(lifetime=None)
    vault = vault_of(bank)
    viewer = viewer_of(vault, "ann/1")
    start = time.time()
    viewer.credential()
    for minutes, exchanges in ((4, 1), (5.5, 2)):
        monkeypatch.setattr(time, "time", lambda minutes=minutes: start + minutes * 60)
        viewer.credential()
        assert len(bank.granted) == exchanges


def test_it_is_refreshed_ahead_of_its_end_by_one_while_others_go_on_with_it(monkeypatch):
    bank = Bank()
    vault = vault_of(bank)
    viewer = viewer_of(vault, "ann/1")
    old = viewer.credential()
    bank.delay = 0.3
    start = time.time()
    # 100 s before the end, and in use all the time: idleness must not be what ends it.
    vault._entries[viewer.session].used_at = start + HOUR - 101
    monkeypatch.setattr(time, "time", lambda: start + HOUR - 100)
    first = threading.Thread(target=viewer.credential)
    first.start()
    time.sleep(0.1)
    before = time.perf_counter()
    assert viewer.credential() == old
    assert time.perf_counter() - before < 0.1
    first.join()
    assert viewer.credential() != old
    assert len(bank.granted) == 2


def test_a_failing_refresh_leaves_what_is_still_good(monkeypatch):
    bank = Bank()
    vault = vault_of(bank)
    viewer = viewer_of(vault, "ann/1")
    old = viewer.credential()
    start = time.time()
    bank.error = Unreachable("Connect")
    vault._entries[viewer.session].used_at = start + HOUR - 101
    monkeypatch.setattr(time, "time", lambda: start + HOUR - 100)
    assert viewer.credential() == old
    monkeypatch.setattr(time, "time", lambda: start + HOUR)
    with pytest.raises(Unreachable):
        viewer.credential()


def test_sign_in_needed_is_remembered_for_five_seconds_only(monkeypatch):
    bank = Bank()
    bank.error = SignInToDatabricks("https://login")
    vault = vault_of(bank)
    viewer = viewer_of(vault, "new/1")
    with pytest.raises(SignInToDatabricks):
        viewer.credential()
    bank.error = None
    with pytest.raises(SignInToDatabricks):
        viewer.credential()
    assert bank.granted == []
    vault._failures.clear()  # what the five seconds do; the clock of cachetools is not ours to move
    assert viewer.credential().viewer_id == "id-of-new"
    assert vault._failures.ttl == 5.0


def test_a_rejected_credential_is_exchanged_anew_and_a_newer_one_is_not_dropped():
    bank = Bank()
    vault = vault_of(bank)
    viewer = viewer_of(vault, "ann/1")
    first = viewer.credential()
    viewer.reject(first)
    second = viewer.credential()
    viewer.reject(first)
    assert viewer.credential() == second
    assert len(bank.granted) == 2


def test_databricks_refusing_a_new_grant_costs_one_more_exchange_then_the_sign_in_state():
    bank = Bank()
    asked: list[str] = []

    def refuse(bearer: str) -> str:
        asked.append(bearer)
        raise SignInToDatabricks(None)

    vault = Vault(bank, refuse, shared=None, binding="b")
    with pytest.raises(SignInToDatabricks):
        viewer_of(vault, "ann/1").credential()
    assert len(bank.granted) == len(asked) == 2


def test_databricks_away_while_identifying_does_not_cost_another_exchange():
    bank, down = Bank(), [True]

    def flaky(bearer: str) -> str:
        if down[0]:
            raise Unreachable("Databricks")
        return identify(bearer)

    vault = Vault(bank, flaky, shared=None, binding="b")
    viewer = viewer_of(vault, "ann/1")
    with pytest.raises(Unreachable):
        viewer.credential()
    down[0] = False
    assert viewer.credential().viewer_id == "id-of-ann"
    assert len(bank.granted) == 1


def test_a_second_process_takes_the_credential_from_the_shared_cache(directory):
    bank = Bank()
    ours, theirs = vault_of(bank, directory), vault_of(bank, directory)
    assert viewer_of(ours, "ann/1").credential() == viewer_of(theirs, "ann/1").credential()
    assert len(bank.granted) == 1


def test_two_processes_that_need_it_at_once_make_one_exchange(directory):
    bank = Bank(delay=0.3)
    vaults = [vault_of(bank, directory) for _ in range(4)]
    threads = [threading.Thread(target=viewer_of(vault, "ann/1").credential) for vault in vaults]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert bank.granted == ["ann/1"]


def test_who_waited_for_another_process_in_vain_does_not_wait_as_long_again(directory, monkeypatch):
    monkeypatch.setattr("portal.viewer.sealed_copies.IN_VAIN", 0.2)
    monkeypatch.setattr("portal.viewer.upstream.breaker.LONG", 0.2)
    away, there = Bank(delay=0.6), Bank()
    away.error = Unreachable("Connect")
    breaker.reset()
    first, second = vault_of(away, directory), vault_of(there, directory)
    with ThreadPoolExecutor(1) as thread:
        asked = thread.submit(viewer_of(first, "t").credential)
        time.sleep(0.1)
        with pytest.raises(StillRunning):
            viewer_of(second, "t").credential()
        assert isinstance(asked.exception(), Unreachable)
    assert there.granted == []
    assert breaker.state() == {"Connect": "open"}, "the next exchange of this process finds out, as a probe"
    breaker.reset()
    time.sleep(0.01)
    assert viewer_of(second, "t").credential().viewer_id == "id-of-t", "who comes again asks"


def test_a_cache_that_is_slow_is_not_taken_for_an_exchange_of_another_process(directory, monkeypatch):
    slow = directory.exclusive

    @contextmanager
    def exclusive(*args: object):
        time.sleep(0.3)
        with slow(*args) as mine:
            yield mine

    monkeypatch.setattr("portal.viewer.sealed_copies.IN_VAIN", 0.2)
    monkeypatch.setattr(directory, "exclusive", exclusive)
    vault = vault_of(Bank(), directory)
    assert viewer_of(vault, "t").credential().viewer_id == "id-of-t"


def test_a_time_out_stands_a_moment_for_the_rest_of_the_page_and_a_refusal_does_not(monkeypatch):
    monkeypatch.setattr("portal.viewer.vault.FAILED_SECONDS", 0.3)
    for cause, stands in (("total time-out", True), ("refused", False)):
        bank = Bank()
        bank.error = Unreachable("Connect", cause=cause)
        viewer = viewer_of(vault_of(bank), "t")
        with pytest.raises(Unreachable):
            viewer.credential()
        bank.error = None
        if stands:
            with pytest.raises(Unreachable):
                viewer.credential()
            time.sleep(0.35)
        assert viewer.credential().viewer_id == "id-of-t"


@pytest.mark.parametrize("binding", ["other-host|content", "host|other-content"])
def test_an_entry_is_good_for_its_host_and_content_only(directory, binding):
    bank = Bank()
    viewer_of(vault_of(bank, directory), "ann/1").credential()
    viewer_of(vault_of(bank, directory, binding), "ann/1").credential()
    assert len(bank.granted) == 2


def test_an_entry_is_good_for_its_integration_only(directory):
    viewer_of(vault_of(Bank(), directory), "ann/1").credential()
    other = Bank(integration="guid-2")
    viewer_of(vault_of(other, directory), "ann/1").credential()
    assert other.granted == ["ann/1"]


def test_the_cache_at_rest_holds_no_token_no_name_and_opens_for_its_own_token_only(tmp_path, directory):
    credential = viewer_of(vault_of(Bank(), directory), "ann/secret-session").credential()
    files = [path.read_bytes() for path in (tmp_path / "cache").iterdir()]
    assert files
    for secret in (credential.access_token, credential.viewer_id, "ann/secret-session"):
        assert not any(secret.encode() in data for data in files)
        assert not any(base64.b64encode(secret.encode())[:-4] in data for data in files)
    mine, other = Seal("ann/secret-session", "host|content|guid-1"), Seal("bob/session", "host|content|guid-1")
    sealed = directory.get(mine.cache_key)
    assert mine.open(sealed) == credential
    assert other.open(sealed) is None
    assert (tmp_path / "cache").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    "poison", [None, 7, "", "not base64 §", "AAAA", {"a": 1}, ["x"], base64.b64encode(b"x" * 99).decode()]
)
def test_a_poisoned_entry_is_a_miss(directory, poison):
    bank = Bank()
    seal = Seal("ann/1", "host|content|guid-1")
    directory.set(seal.cache_key, poison, 100)
    assert viewer_of(vault_of(bank, directory), "ann/1").credential().access_token == "bearer-1-ann/1"


def test_a_pickle_in_the_cache_runs_nothing(tmp_path, directory):
    import pickle
    import struct

    mark = tmp_path / "executed"

    class Payload:
        def __reduce__(self):
            return (Path.touch, (mark,))

    viewer_of(vault_of(Bank(), directory), "ann/1").credential()
    (file,) = [path for path in (tmp_path / "cache").iterdir() if "lock" not in path.name]
    file.write_bytes(struct.pack("I", int(time.time()) + 1000) + pickle.dumps(Payload()))
    bank = Bank()
    viewer_of(vault_of(bank, directory), "ann/1").credential()
    assert bank.granted == ["ann/1"]
    assert not mark.exists()
    pickle.loads(pickle.dumps(Payload()))
    assert mark.exists(), "the payload would have shown"


def test_swapping_two_entries_opens_neither(directory):
    bank = Bank()
    vault = vault_of(bank, directory)
    viewer_of(vault, "ann/1").credential()
    viewer_of(vault, "bob/1").credential()
    a, b = Seal("ann/1", "host|content|guid-1"), Seal("bob/1", "host|content|guid-1")
    kept_a, kept_b = directory.get(a.cache_key), directory.get(b.cache_key)
    directory.set(a.cache_key, kept_b, 100)
    directory.set(b.cache_key, kept_a, 100)
    fresh = vault_of(bank, directory)
    assert viewer_of(fresh, "ann/1").credential().viewer_id == "id-of-ann"
    assert viewer_of(fresh, "bob/1").credential().viewer_id == "id-of-bob"
    assert len(bank.granted) == 4


def test_idle_credentials_die(monkeypatch):
    bank = Bank(lifetime=10 * HOUR)
    vault = vault_of(bank)
    viewer = viewer_of(vault, "ann/1")
    viewer.credential()
    start = time.time()
    monkeypatch.setattr(time, "time", lambda: start + IDLE_SECONDS + 1)
    vault.sweep()
    assert len(vault) == 0
    viewer.credential()
    assert len(bank.granted) == 2


def test_ending_a_session_forgets_it_and_continue_begins_again():
    forgotten: list[str] = []
    bank = Bank()
    vault = vault_of(bank, forget=forgotten.append)
    viewer = viewer_of(vault, "ann/1")
    viewer.credential()
    assert viewer.end_session() is False, "with memory only, other processes do not hear of it"
    assert forgotten == ["id-of-ann"]
    with pytest.raises(SessionEnded):
        viewer.credential()
    assert len(bank.granted) == 1
    viewer.resume_session()
    assert viewer.credential().viewer_id == "id-of-ann"


def test_a_rotated_token_of_an_ended_viewer_is_ended_too():
    vault = vault_of(Bank())
    viewer_of(vault, "ann/1").credential()
    viewer_of(vault, "ann/1").end_session()
    rotated = viewer_of(vault, "ann/2")
    with pytest.raises(SessionEnded):
        rotated.credential()
    assert viewer_of(vault, "bob/1").credential().viewer_id == "id-of-bob"
    rotated.resume_session()
    assert rotated.credential().viewer_id == "id-of-ann"


def test_nobody_finds_the_credential_of_an_ended_viewer_while_that_is_found_out(monkeypatch):
    bank = Bank()
    vault = vault_of(bank)
    viewer_of(vault, "ann/1").credential()
    viewer_of(vault, "ann/1").end_session()
    rotated = viewer_of(vault, "ann/2")
    found: list[object] = []
    look = vault._refuse_ended

    def looking(*stones: object) -> None:
        found.append(vault.known(rotated))
        look(*stones)

    monkeypatch.setattr(vault, "_refuse_ended", looking)
    with pytest.raises(SessionEnded):
        rotated.credential()
    assert found == [None, None], "once before the exchange, and once after it"


def test_the_credential_that_an_end_asks_for_serves_nobody(monkeypatch):
    """A process that has not met the session learns whose it is; whoever asks meanwhile is refused."""
    bank = Bank()
    vault = vault_of(bank)
    viewer = viewer_of(vault, "ann/1")
    keep, met = vault._keep, []

    def kept(*given: object) -> object:
        credential = keep(*given)
        with pytest.raises(SessionEnded):
            viewer.credential()
        met.append(credential)
        return credential

    monkeypatch.setattr(vault, "_keep", kept)
    viewer.end_session()
    assert met


def test_an_ended_session_is_ended_in_every_process_that_shares_the_cache(directory, monkeypatch):
    bank = Bank()
    ours, theirs = vault_of(bank, directory), vault_of(bank, directory)
    viewer_of(ours, "ann/1").credential()
    viewer_of(theirs, "ann/1").credential()
    assert viewer_of(ours, "ann/1").end_session() is True
    start = time.time()
    monkeypatch.setattr(time, "time", lambda: start + 3)
    with pytest.raises(SessionEnded):
        viewer_of(theirs, "ann/1").credential()
    viewer_of(theirs, "ann/1").resume_session()
    assert viewer_of(ours, "ann/1").credential().viewer_id == "id-of-ann"


def test_nothing_secret_in_a_repr_or_an_exception(directory):
    vault = vault_of(Bank(), directory)
    viewer = viewer_of(vault, "ann/secret-session")
    credential = viewer.credential()
    for thing in (viewer, credential, vault, Bank().grant("x/secret-session")):
        assert "secret-session" not in repr(thing)
        assert "bearer-" not in repr(thing)


def test_a_cache_that_cannot_be_written_is_survived(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    shared = SharedCache(Flask("test"), str(blocked / "cache"))
    bank = Bank()
    vault = vault_of(bank, shared)
    viewer = viewer_of(vault, "ann/1")
    assert viewer.credential() == viewer.credential()
    assert len(bank.granted) == 1
    assert shared.ping() is False


def test_not_set_up_is_not_remembered():
    bank = Bank()
    bank.error = NotSetUp("X", "x")
    vault = vault_of(bank)
    with pytest.raises(NotSetUp):
        viewer_of(vault, "ann/1").credential()
    bank.error = None
    assert viewer_of(vault, "ann/1").credential()


def test_what_is_sealed_is_json_of_six_fields(directory):
    seal = Seal("t/1", "b")
    credential = Credential("bearer", "id", 1.0, None, "connect", None)
    plain = seal._box.open(seal.close(credential), seal._place)
    assert plain is not None
    assert json.loads(plain)[1] == "id"
    assert seal.open(seal.close(credential)) == credential


def test_what_waits_for_a_bearer_gets_it_once_before_anybody_knows_whose_it_is():
    told: list[str] = []
    heard_before_identity: list[list[str]] = []

    def identify_late(bearer: str) -> str:
        heard_before_identity.append(list(told))
        # Another thread of the page, which comes while Databricks is asked.
        if "ann" in bearer:
            vault.upon_bearer(ann, lambda bearer: told.append(f"late {bearer}"))
        return identify(bearer)

    vault = Vault(Bank(), identify_late, shared=None, binding="host|content")
    ann, ben = viewer_of(vault, "ann/1"), viewer_of(vault, "ben/1")
    vault.upon_bearer(ann, told.append)
    ben.credential()
    assert told[:1] != ["bearer-1-ben/1"], "another session's bearer is nobody else's"
    told.clear()
    heard_before_identity.clear()
    ann.credential()
    assert heard_before_identity == [["bearer-2-ann/1"]]
    assert told == ["bearer-2-ann/1", "late bearer-2-ann/1"]
    ann.credential()
    assert len(told) == 2
    assert not vault._grants._unnamed


def test_so_many_things_wait_for_a_bearer_and_no_more():
    vault = vault_of(Bank())
    ann = viewer_of(vault, "ann/1")
    told: list[str] = []
    for _ in range(100):
        vault.upon_bearer(ann, told.append)
    ann.credential()
    assert len(told) == 4
