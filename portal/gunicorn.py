"""gunicorn's configuration, for everyone who runs `gunicorn wsgi:server`: a project's `gunicorn.conf.py` takes it.

Nothing depends on it: Connect brings its own server.
"""

from __future__ import annotations

import contextlib
import os
import resource
import secrets
import shutil
import socket
import struct
import sys
from pathlib import Path
from typing import Any

from portal import scratch
from portal.settings import SettingsError, load

try:
    _settings = load()
except SettingsError as error:
    # Before any worker starts: one sentence for each, and no traceback.
    print(error, file=sys.stderr)
    sys.exit(3)

# Two cores: a worker each. The GIL is let go while a worker waits for Databricks, so threads carry the concurrency.
workers = _settings.workers or 2
# gthread, whose threads never wait for a client that dribbles.
worker_class = "portal.web.worker.Worker"
threads = 16

# Loopback unless told otherwise (PORT is what platforms set): a developer's identity must not be served to a network.
bind = f"127.0.0.1:{_settings.port or 8000}"
# A Databricks App is reached from outside its container, at the port that the platform names.
if _settings.app_port:
    bind = f"0.0.0.0:{_settings.app_port}"

# A callback may wait for a warehouse; a download streams, and gthread counts only silence.
timeout = 120
# Longer than a chunk of a download takes, so that a deploy does not cut one.
graceful_timeout = 40
keepalive = 15

# A connection is a descriptor: as many as this process may open, with some left for Databricks, files and the cache.
_soft, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
_descriptors = 8192 if _hard == resource.RLIM_INFINITY else min(_hard, 8192)
if _soft != resource.RLIM_INFINITY and _soft < _descriptors:
    resource.setrlimit(resource.RLIMIT_NOFILE, (_descriptors, _hard))
worker_connections = max(128, min(2000, _descriptors - 512))

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


def _read_again() -> None:
    """SIGHUP reads the configuration again, perhaps of another version."""
    for name in ("portal.gunicorn", "portal.settings", "portal.setting_values"):
        sys.modules.pop(name, None)


def on_reload(server: object) -> None:
    _read_again()


def when_ready(server: Any) -> None:
    """A connection that says nothing reaches no worker, and one that takes nothing holds a thread for two minutes.

    The kernel hands over only those that have said something, ends a read after ten silent seconds, and a write after
    a hundred and twenty in which the client took nothing (a browser whose download is paused).
    """
    _read_again()
    for listener in server.LISTENERS:
        if hasattr(socket, "TCP_DEFER_ACCEPT") and listener.sock.family in {socket.AF_INET, socket.AF_INET6}:
            listener.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, 10)
            listener.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", 10, 0))
            listener.sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", 120, 0))


# What workers share belongs in memory, not on a disk: in directories that go with this process (`portal.scratch`).
_memory = Path("/dev/shm") if os.access("/dev/shm", os.W_OK) else None  # noqa: S108
if _memory:
    scratch.sweep(_memory)  # of those who had no time to: killed, or switched off
for _name in ("PROMETHEUS_MULTIPROC_DIR", "PORTAL_CACHE_URL"):
    # This file is read again on SIGHUP, and by the successor on SIGUSR2, who must not lean on what goes with us.
    if scratch.is_ours(os.environ.get(_name, "")):
        del os.environ[_name]

# /metrics adds up what the workers count, in files that each maps into its memory. Only where someone may look, and in
# memory rather than on disk: writing to a mapped file on a full disk would end the worker (SIGBUS).
if _settings.metrics_token and "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(scratch.mine("metrics") or scratch.make("metrics", _memory))

# Workers of one gunicorn share what they know of sessions: one exchange for all of them, and "End session" ends it in
# each. And what their viewers were told of late. Sealed as always, in a private directory that goes with the arbiter; a
# container may have too little memory for it (Docker gives 64 MB).
if not os.environ.get("PORTAL_CACHE_URL"):
    _roomy = _memory if _memory and shutil.disk_usage(_memory).free > 256 * 1024 * 1024 else None
    with contextlib.suppress(OSError):  # no room: each worker then keeps its own, in memory
        os.environ["PORTAL_CACHE_URL"] = str(scratch.mine("sessions") or scratch.make("sessions", _roomy))
    # What one worker signs, the other checks. Where a cache is shared with other machines, only a key that they all
    # have would do, and the team sets it.
    if not os.environ.get("PORTAL_SIGNING_KEY"):
        os.environ["PORTAL_SIGNING_KEY"] = secrets.token_hex(32)


def post_request(worker: object, req: Any, environ: object, resp: object) -> None:
    """A connection that is kept open keeps its last request: without the headers, which hold the viewer's token."""
    req.headers[:] = [header for header in req.headers if header[0] == "CONNECTION"]


def post_fork(server: object, worker: Any) -> None:
    """The portal lets all but two of a worker's threads wait for other services; a sync worker has one request."""
    # What the arbiter has imported is as old as the arbiter: after SIGHUP a worker starts with what is there now.
    if not worker.cfg.preload_app:
        for name in [name for name in sys.modules if name.partition(".")[0] == "portal"]:
            del sys.modules[name]
    if worker.cfg.threads > 2:
        os.environ["PORTAL_THREADS_OF_SERVER"] = str(worker.cfg.threads)


def child_exit(server: object, worker: Any) -> None:
    """What a worker counted stays when it goes, and its files do not."""
    if folder := os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        from portal import worker_counts

        worker_counts.fold(Path(folder), worker.pid)
