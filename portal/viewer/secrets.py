"""Nothing secret in a log: known values by what they are, others by how they look.

Two nets. Every token that this process handles is registered and masked by value; and whatever looks like a bearer, a
JWT, a Databricks token or a presigned link is masked by shape, in messages, values and tracebacks alike.
"""

from __future__ import annotations

import re
import threading
from collections import deque
from typing import Any

MASK = "***"
_SHAPES = re.compile(
    r"(?i)(?P<keep>\b(?:bearer|key|basic)\s+)[A-Za-z0-9._~+/=-]{8,}"
    r"|\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+\.?[A-Za-z0-9_-]*"
    r"|\bdapi[A-Za-z0-9-]{8,}"
    r"|(?P<name>\b(?:access_token|subject_token|session[_-]token|refresh_token|client_secret|password)\b[\"']?\s*[:=]\s*[\"']?)"
    r"[^\s\"'&,}]{4,}"
    r"|(?P<link>https://[^\s\"'<>?]+)\?[^\s\"'<>]*(?:sig|signature|x-amz-|x-goog-)[^\s\"'<>]*"
)
_KEPT = 20_000


class _Known:
    """Exact values, the newest of them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._order: deque[str] = deque()
        self._values: set[str] = set()

    def add(self, value: str) -> None:
        if len(value) < 8 or value in self._values:
            return
        with self._lock:
            self._values.add(value)
            self._order.append(value)
            if len(self._order) > _KEPT:
                self._values.discard(self._order.popleft())

    def mask(self, text: str) -> str:
        # A secret is one unbroken word: look the words up instead of searching for thousands of values.
        return re.sub(r"[^\s\"'<>(){}\[\],;&]{8,}", self._word, text)

    def _word(self, match: re.Match[str]) -> str:
        word = match.group()
        if word in self._values:
            return MASK
        # `name=value` and `name: value` are one word without spaces.
        head, sep, tail = word.rpartition("=") if "=" in word[:-1] else word.rpartition(":")
        return f"{head}{sep}{MASK}" if sep and tail in self._values else word


_known = _Known()


def register(value: str) -> None:
    """Mask this exact value from now on."""
    _known.add(value)


def masked(text: str) -> str:
    """The text without anything secret in it."""
    text = _known.mask(text)

    def shape(match: re.Match[str]) -> str:
        kept = match.group("keep") or match.group("name") or ""
        return f"{match.group('link')}?{MASK}" if match.group("link") else f"{kept}{MASK}"

    return _SHAPES.sub(shape, text)


def masked_value(value: Any) -> Any:
    """The same for whatever a log event holds."""
    if isinstance(value, str):
        return masked(value)
    if isinstance(value, dict):
        return {key: masked_value(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [masked_value(item) for item in value]
    return value if isinstance(value, int | float | bool | None) else masked(repr(value))
