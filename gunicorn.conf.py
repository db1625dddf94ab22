"""gunicorn, for everyone who runs `gunicorn wsgi:server`. Nothing depends on it: Connect brings its own server."""

import os

# Two cores: a worker each. The GIL is let go while a worker waits for Databricks, so threads carry the concurrency.
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
worker_class = "gthread"
threads = 16

# Loopback unless told otherwise (PORT is what platforms set): a developer's identity must not be served to a network.
bind = f"127.0.0.1:{os.environ.get('PORT', '8000')}"

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
