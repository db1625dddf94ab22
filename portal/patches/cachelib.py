"""cachelib 0.17: the Redis client of a backend, for what cachelib itself has not (locks)."""

from __future__ import annotations

from typing import Any


def redis_client(backend: Any) -> Any:
    """The client that a `RedisCache` writes with."""
    return backend._write_client
