"""A service that stalls, dribbles, refuses or is not there holds nobody for longer than was said, and is told apart."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest
import requests
import trustme

from portal.viewer import context
from portal.viewer.errors import Busy, SignInToConnect, Unreachable
from portal.viewer.transport import PIECE, careful
from portal.viewer.upstream import cause, deadline
from portal.viewer.upstream.admission import Admission, wait
from portal.viewer.upstream.breaker import AREAS, FAILED, SILENT, breaker
from portal.viewer.upstream.pauses import Pauses
from portal.viewer.upstream.resolver import Resolver
from portal.viewer.upstream.trouble import CALM, REMEMBERED, RETRIED, Trouble

Serve = Callable[[socket.socket], None]
SECONDS = 0.6
LATE = 3.0
"""By when a call has ended that has `SECONDS`, on a machine that is busy: its peers go on for five."""


@contextmanager
def serving(serve: Serve) -> Iterator[int]:
    """A peer of which each connection is served so, until the test ends."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(20)

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=_quietly, args=(serve, connection), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.close()


def _quietly(serve: Serve, connection: socket.socket) -> None:
    with connection, suppress(OSError):
        serve(connection)


def silent(connection: socket.socket) -> None:
    time.sleep(5)


def dribbled(first: bytes) -> Serve:
    """A byte of the head every 50 ms; or what is given, and then the body like that."""

    def serve(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(first)
        for _ in range(100):
            connection.sendall(b"x")
            time.sleep(0.05)

    return serve


def answering(status: int, *headers: str) -> Serve:
    def serve(connection: socket.socket) -> None:
        while connection.recv(65536):
            lines = [f"HTTP/1.1 {status} Word", "Content-Length: 2", *headers, "", "{}"]
            connection.sendall("\r\n".join(lines).encode())

    return serve


def session(service: str = "Databricks") -> requests.Session:
    return careful(requests.Session(), service, seconds=SECONDS)


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    breaker.reset()
    yield
    breaker.reset()


@pytest.mark.parametrize(
    "serve",
    [
        silent,
        dribbled(b"HTTP/1.1 200 OK\r\nX-Slow: "),
        dribbled(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"),
        dribbled(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"),
    ],
    ids=["silent", "head", "body", "body without a length"],
)
def test_a_call_ends_at_its_deadline_however_slowly_its_peer_sends(serve: Serve):
    with serving(serve) as port:
        began = time.monotonic()
        with pytest.raises(Unreachable) as caught:
            session().get(f"http://127.0.0.1:{port}/api/2.0/x")
        assert SECONDS * 0.8 < time.monotonic() - began < LATE
    assert caught.value.cause in {"total time-out", "read time-out"}


def test_a_silent_tls_peer_too():
    with serving(silent) as port:
        began = time.monotonic()
        with pytest.raises(Unreachable):
            session().get(f"https://127.0.0.1:{port}/")
        assert time.monotonic() - began < LATE


def test_a_connection_that_was_in_time_goes_back_to_the_pool_unharmed():
    connections: list[socket.socket] = []

    def counted(connection: socket.socket) -> None:
        connections.append(connection)
        answering(200)(connection)

    with serving(counted) as port:
        one = session()
        assert one.get(f"http://127.0.0.1:{port}/").text == "{}"
        time.sleep(SECONDS + 0.3)
        with deadline.within(5):
            assert one.get(f"http://127.0.0.1:{port}/").text == "{}"
    assert len(connections) == 1


def test_an_outer_deadline_is_never_extended():
    with deadline.within(0.2) as outer, deadline.within(10) as inner:
        assert inner is outer
    with deadline.within(10), deadline.within(0.2) as inner:
        assert inner.left < 0.3


def test_causes_are_told_apart(tmp_path: Path):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    refused = _cause(lambda: session().get(f"http://127.0.0.1:{port}/"))
    unknown = _cause(lambda: session().get("http://no-such-host.invalid/"))
    assert (refused, unknown) == ("refused", "DNS")

    authority = trustme.CA()
    trusted = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(trusted))
    from datetime import UTC, datetime, timedelta

    expired = authority.issue_cert("127.0.0.1", not_after=datetime.now(UTC) - timedelta(days=1))
    assert _cause(lambda: _over_tls(expired, str(trusted))) == "TLS: expired"
    assert _cause(lambda: _over_tls(authority.issue_cert("localhost"), str(trusted))) == "TLS: wrong name"
    assert _cause(lambda: _over_tls(trustme.CA().issue_cert("127.0.0.1"), str(trusted))) == "TLS: unknown issuer"


def _cause(ask: Callable[[], object]) -> str:
    breaker.reset()
    with pytest.raises(Unreachable) as caught:
        ask()
    return caught.value.cause


def _over_tls(certificate: trustme.LeafCert, trusted: str) -> None:
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(server)

    def serve(connection: socket.socket) -> None:
        with server.wrap_socket(connection, server_side=True):
            pass

    with serving(serve) as port:
        session().get(f"https://127.0.0.1:{port}/", verify=trusted)


def test_a_service_that_does_not_answer_is_left_alone_and_found_again():
    with serving(silent) as port:
        for _ in range(SILENT):
            with pytest.raises(Unreachable):
                session().get(f"http://127.0.0.1:{port}/api/2.0/x")
    with serving(answering(200)) as port:
        began = time.monotonic()
        with pytest.raises(Unreachable) as caught:
            session().get(f"http://127.0.0.1:{port}/api/2.0/x")
        assert time.monotonic() - began < 0.1
        assert caught.value.cause == "left alone"
        assert breaker.state() == {"Databricks": "open"}
        # What does not need it goes on.
        assert session("Connect").get(f"http://127.0.0.1:{port}/").status_code == 200
        time.sleep(1.1)
        assert session().get(f"http://127.0.0.1:{port}/api/2.0/x").status_code == 200
        assert breaker.state().get("Databricks", "closed") == "closed"


def test_calls_that_wait_say_that_connect_is_away_before_their_time_is_over(monkeypatch):
    monkeypatch.setattr("portal.viewer.upstream.breaker.LONG", 0.2)
    for service, left_alone in (("Connect", True), ("Databricks", False)):
        with breaker.waiting(service), breaker.waiting(service):
            assert not breaker.enter(service, "/x")
            time.sleep(0.25)
            assert breaker.enter(service, "/x") is left_alone, "one finds out whether it does again"
            if left_alone:
                assert breaker.state() == {service: "open"}
                with pytest.raises(Unreachable):
                    breaker.enter(service, "/x")
                breaker.answered(service, "/x", 200)
            assert not breaker.enter(service, "/x")


def test_an_exchange_that_nobody_answers_counts_for_all_and_one_that_is_refused_does_not(monkeypatch):
    monkeypatch.setattr("portal.viewer.upstream.breaker.LONG", 0.2)
    breaker.silent("Connect", 0.1)
    assert not breaker.enter("Connect", "/x")
    breaker.answered("Connect", "/x", 200)
    breaker.silent("Connect", 0.3)
    assert not breaker.enter("Connect", "/x"), "others were answered meanwhile"
    breaker.answered("Connect", "/x", 200)
    time.sleep(0.25)
    breaker.silent("Connect", 0.3)
    assert breaker.enter("Connect", "/x"), "the next one finds out"
    with pytest.raises(Unreachable):
        breaker.enter("Connect", "/x")
    breaker.silent("Databricks", 0.3)
    assert not breaker.enter("Databricks", "/x")


def test_the_head_of_an_answer_whose_body_does_not_come_says_nothing_of_connect(monkeypatch):
    monkeypatch.setattr("portal.viewer.upstream.breaker.LONG", 0.4)
    with serving(dribbled(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")) as port, ExitStack() as others:
        for _ in range(2):
            others.enter_context(breaker.waiting("Connect"))
        asking = threading.Thread(target=_cause, args=(lambda: session("Connect").get(f"http://127.0.0.1:{port}/"),))
        time.sleep(0.25)
        asking.start()
        time.sleep(0.3)
        assert breaker.enter("Connect", "/x"), "others have waited for long, and nobody was answered"
        asking.join()


def test_a_path_that_fails_is_left_alone_and_its_neighbours_are_not():
    with serving(answering(503)) as port:
        for _ in range(FAILED):
            assert session().get(f"http://127.0.0.1:{port}/api/2.1/jobs/list").status_code == 503
        with pytest.raises(Unreachable):
            session().get(f"http://127.0.0.1:{port}/api/2.1/jobs/list")
        assert session().get(f"http://127.0.0.1:{port}/api/2.0/sql/warehouses").status_code == 503


def test_a_service_of_which_every_area_fails_is_left_alone_as_a_whole_until_one_answers():
    areas = ("jobs", "sql", "alerts")
    assert len(areas) == AREAS
    with serving(answering(503)) as failing, serving(answering(200)) as well:

        def get(port: int, path: str) -> int:
            return session().get(f"http://127.0.0.1:{port}/api/2.0/{path}").status_code

        for number in range(FAILED * 2):
            assert get(failing, f"unity-catalog/tables/broken.a.t{number}") == 503, "its neighbours may be well"
        for area in areas[1:]:
            assert get(well, "clusters/list") == 200, "the service is there: what failed before says nothing of it"
            assert get(failing, f"{area}/list") == 503
        assert get(well, "clusters/list") == 200
        for area in areas:
            assert get(failing, f"{area}/list") == 503
        with pytest.raises(Unreachable) as caught:
            get(failing, "another/list")
        assert caught.value.cause == "left alone"
        time.sleep(1.1)
        assert get(well, "clusters/list") == 200, "the probe"
        assert get(failing, "another/list") == 503


def paced(first: bytes, *more: bytes) -> Serve:
    """A body of 2 MiB or so: the head and what comes with it, then each of these at once; then silence, or the end."""

    def serve(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(first)
        for piece in more:
            connection.sendall(piece)
            time.sleep(0.2)

    return serve


def test_of_a_large_body_each_piece_has_its_time():
    storage = careful(requests.Session(), "result storage", seconds=10, pace=SECONDS)
    body = b"x" * (8 * PIECE)
    head = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body)
    with serving(paced(head, *(body[at : at + PIECE] for at in range(0, len(body), PIECE)))) as port:
        # It takes longer than a piece may, and is whole.
        began = time.monotonic()
        assert storage.get(f"http://127.0.0.1:{port}/").content == body
        assert time.monotonic() - began > SECONDS
    for serve in (dribbled(head), dribbled(head + body[: PIECE + 1])):
        with serving(serve) as port:
            began = time.monotonic()
            with pytest.raises(Unreachable) as caught:
                storage.get(f"http://127.0.0.1:{port}/")
            assert caught.value.cause == "read time-out"
            assert time.monotonic() - began < LATE
    with serving(paced(head, body[:PIECE])) as port, pytest.raises(requests.exceptions.ChunkedEncodingError):
        storage.get(f"http://127.0.0.1:{port}/")


def test_who_waited_for_a_connection_in_vain_does_not_wait_as_long_again(monkeypatch):
    monkeypatch.setattr("portal.viewer.upstream.breaker.LONG", 0.2)
    took: list[float] = []

    def ask(one: requests.Session, port: int) -> None:
        began = time.monotonic()
        with suppress(Unreachable):
            one.get(f"http://127.0.0.1:{port}/", timeout=SECONDS)
        took.append(time.monotonic() - began)

    def all_of(serve: Serve) -> list[float]:
        took.clear()
        breaker.reset()
        one = careful(requests.Session(), "result storage", pool_size=2, seconds=10, pace=5)
        with serving(serve) as port:
            many = [threading.Thread(target=ask, args=(one, port)) for _ in range(4)]
            for each in many:
                each.start()
                time.sleep(0.02)
            for each in many:
                each.join()
        return sorted(took)

    assert all(seconds < SECONDS + 0.4 for seconds in all_of(silent)), "two connections, four calls"
    head = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % (4 * PIECE)
    slow = all_of(paced(head, *(b"x" * PIECE for _ in range(4))))
    assert slow[-1] > 1.5 * slow[0], "what comes is waited for"


def test_a_request_waits_for_a_silent_service_once():
    context.begin(SignInToConnect())
    try:
        with serving(silent) as port:
            with pytest.raises(Unreachable):
                session().get(f"http://127.0.0.1:{port}/a")
            breaker.reset()
            began = time.monotonic()
            with pytest.raises(Unreachable) as caught:
                session().get(f"http://127.0.0.1:{port}/b")
            assert caught.value.cause == "left alone"
            assert time.monotonic() - began < SECONDS / 2
        with serving(answering(200)) as port:
            # Another service, and another request.
            assert session("Connect").get(f"http://127.0.0.1:{port}/").status_code == 200
            context.begin(SignInToConnect())
            assert session().get(f"http://127.0.0.1:{port}/").status_code == 200
    finally:
        context.end()


def test_answers_of_5xx_are_asked_for_again_for_so_long_in_a_request(monkeypatch: pytest.MonkeyPatch):
    now = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    met = Trouble()
    assert not met.failed("Databricks")
    now += RETRIED - 0.1
    assert not met.failed("Databricks")
    assert not met.failed("Connect"), "each service for itself"
    now += 0.2
    assert met.failed("Databricks"), "whichever call it is"
    now += CALM + 1
    assert not met.failed("Databricks"), "what goes on for minutes may ask again"
    met.waited("Databricks")
    assert met.is_silent("Databricks")
    now += REMEMBERED
    assert not met.is_silent("Databricks")


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429])
def test_refusals_open_no_circuit(status: int):
    with serving(answering(status)) as port:
        for _ in range(FAILED * 2):
            assert session().get(f"http://127.0.0.1:{port}/api/2.0/x").status_code == status


def test_a_pause_is_heeded_for_its_session_and_api_alone():
    pauses = Pauses()
    pauses.told("ann", "Databricks", "jobs/list", 20.0)
    with pytest.raises(Busy) as caught:
        pauses.heed("ann", "Databricks", "jobs/list")
    assert 19 < caught.value.retry_after <= 20
    pauses.heed("ann", "Databricks", "sql/warehouses")
    pauses.heed("bob", "Databricks", "jobs/list")
    pauses.told("ann", "Databricks", "jobs/list", 86_400.0)
    with pytest.raises(Busy) as caught:
        pauses.heed("ann", "Databricks", "jobs/list")
    assert caught.value.retry_after <= 60


def test_some_threads_never_wait_for_a_service():
    admission = Admission(6)
    inside, go = threading.Barrier(4), threading.Event()
    refused: list[str] = []

    def request(service: str) -> None:
        admission.begin()
        try:
            with wait(service), wait(service):
                inside.wait(5)
                go.wait(5)
        finally:
            admission.end()

    threads = [threading.Thread(target=request, args=(name,)) for name in ("a", "a", "a")]
    for thread in threads:
        thread.start()
    inside.wait(5)
    admission.begin()
    for name in ("a",):
        try:
            with wait(name):
                pass
        except Busy:
            refused.append(name)
    with wait("b"):
        assert admission.waiting == 4
    admission.end()
    go.set()
    for thread in threads:
        thread.join(5)
    assert refused == ["a"]
    assert admission.waiting == 0


def test_a_place_that_is_free_in_a_moment_is_waited_for_unless_a_service_stalls():
    admission = Admission(3)
    inside = threading.Event()

    def request(seconds: float) -> None:
        admission.begin()
        with wait("a"):
            inside.set()
            time.sleep(seconds)
        admission.end()

    def refused(after: float, seconds: float) -> bool:
        inside.clear()
        other = threading.Thread(target=request, args=(seconds,))
        other.start()
        assert inside.wait(5)
        time.sleep(after)
        admission.begin()
        began = time.monotonic()
        try:
            with wait("a"):
                return False
        except Busy:
            # Nobody waits for what has stood still for a while.
            assert time.monotonic() - began < (0.1 if after > 1 else 1)
            return True
        finally:
            admission.end()
            other.join(5)

    assert not refused(after=0, seconds=0.1)
    assert refused(after=0, seconds=1.0)
    assert refused(after=1.2, seconds=1.6)


def test_nobody_is_turned_away_where_the_number_of_threads_is_not_known():
    admission = Admission(None)
    admission.begin()
    with wait("a"):
        assert admission.most is None
    admission.end()


def test_a_name_server_that_hangs_holds_nobody_and_the_last_answer_is_remembered(monkeypatch: pytest.MonkeyPatch):
    resolver = Resolver()
    found = resolver.resolve("localhost", 5)
    assert "127.0.0.1" in found
    hang = threading.Event()
    monkeypatch.setattr("portal.viewer.upstream.resolver.FRESH", 0.0)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: hang.wait(10) and [])
    began = time.monotonic()
    assert resolver.resolve("localhost", 0.2) == found
    with pytest.raises(socket.gaierror):
        resolver.resolve("elsewhere.invalid", 0.2)
    assert time.monotonic() - began < 1
    hang.set()


def test_every_cause_is_one_of_the_bounded_list():
    for error in (ValueError(), TimeoutError(), ConnectionResetError(), requests.ConnectionError("x"), OSError()):
        assert cause.of(error) in cause.CAUSES
    assert context.request_id() == "-"
