"""cachelib 0.17: the Redis client of a backend, for what cachelib itself has not (locks)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cachelib import RedisCache
    from redis import Redis


def redis_client(backend: RedisCache) -> Redis:
    """The client that a `RedisCache` writes with."""
    return backend._write_client
