"""gunicorn, for everyone who runs `gunicorn wsgi:server`. Nothing depends on it: Connect brings its own server."""

import contextlib
import os
import shutil
import socket
import struct
import tempfile
from pathlib import Path

# Two cores: a worker each. The GIL is let go while a worker waits for Databricks, so threads carry the concurrency.
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
worker_class = "gthread"
threads = 16

# Loopback unless told otherwise (PORT is what platforms set): a developer's identity must not be served to a network.
bind = f"127.0.0.1:{os.environ.get('PORT', '8000')}"
# A Databricks App is reached from outside its container, at the port that the platform names.
if _app_port := os.environ.get("DATABRICKS_APP_PORT"):
    bind = f"0.0.0.0:{_app_port}"

# A callback may wait for a warehouse; a download streams, and gthread counts only silence.
timeout = 120
# Longer than a chunk of a download takes, so that a deploy does not cut one.
graceful_timeout = 40
keepalive = 15

# Recycle now and then: allocator fragmentation of large results is given back to the machine. Jitter, so that the
# workers do not all go at once.
max_requests = 20_000
max_requests_jitter = 4_000

# Each worker builds its own clients: sockets and TLS state must not cross a fork.
preload_app = False

# The control socket would be written below the home directory.
control_socket_disable = True

# Our own log has a line a request, without the query string.
accesslog = None
errorlog = "-"

# A header in the other spelling must never pass for Connect's.
header_map = "drop"
forwarded_allow_ips = "127.0.0.1,::1"


def when_ready(server):  # type: ignore[no-untyped-def]
    """A connection that says nothing costs no thread.

    gthread gives each new connection a thread for up to five seconds, so a thousand that say nothing would hold all
    threads for minutes (measured: no answer from /healthz within 60 s). The kernel hands over only those that have
    said something, and ends a read after ten silent seconds. Clients that dribble their headers are for the proxy in
    front: Connect's, like any other, passes on whole requests.
    """
    for listener in server.LISTENERS:
        if hasattr(socket, "TCP_DEFER_ACCEPT") and listener.sock.family in {socket.AF_INET, socket.AF_INET6}:
            listener.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, 10)
            listener.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", 10, 0))


# What workers share belongs in memory, not on a disk.
_memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108

# /metrics adds up what the workers count, in files that each maps into its memory. Only where someone may look, and in
# memory rather than on disk: writing to a mapped file on a full disk would end the worker (SIGBUS).
_counts: Path | None = None
if os.environ.get("PORTAL_METRICS_TOKEN") and "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
    _counts = Path(tempfile.mkdtemp(prefix="portal-metrics-", dir=_memory))
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(_counts)


# Workers of one gunicorn share what they know of sessions: one exchange for all of them, and "End session" ends it in
# each. And what their viewers were told of late. Sealed as always, in a private directory that goes with the arbiter; a
# container may have too little memory for it (Docker gives 64 MB).
_sessions: Path | None = None
if "PORTAL_CACHE_URL" not in os.environ:
    _roomy = _memory if _memory and shutil.disk_usage(_memory).free > 256 * 1024 * 1024 else None
    with contextlib.suppress(OSError):  # no room: each worker then keeps its own, in memory
        _sessions = Path(tempfile.mkdtemp(prefix="portal-sessions-", dir=_roomy))
        os.environ["PORTAL_CACHE_URL"] = str(_sessions)


def child_exit(server, worker):  # type: ignore[no-untyped-def]
    """A worker that is gone has no requests in flight. What it counted stays: totals only grow."""
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        from prometheus_client import multiprocess

        multiprocess.mark_process_dead(worker.pid)


def on_exit(server):  # type: ignore[no-untyped-def]
    """The arbiter ends: its directories go."""
    for folder in (_counts, _sessions):
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)
