"""Large bodies of answers, sent piece by piece.

Over TLS, asyncio encrypts what it is given in one piece: 16 MB at once cost three times the CPU of the same in pieces
(2.7 ms a MB against 0.9, measured on loopback), and nothing reaches the client before all is encrypted.
"""

from __future__ import annotations

import io

_LARGE = 256 * 1024


def of(data: bytes | memoryview) -> bytes | io.BytesIO:
    """A body for `web.Response`: bytes as they are if they are few, else a file that aiohttp sends in pieces."""
    if len(data) < _LARGE:
        return bytes(data)
    return io.BytesIO(data)
