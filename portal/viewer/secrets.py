"""Nothing secret in a log: known values by their digests, others by how they look.

Two nets. Every token that this process handles is registered and masked wherever it stands; and whatever looks like a
bearer, a JWT, a Databricks token or a presigned link is masked by shape, in messages, values and tracebacks alike.

What is kept of a token is a digest under a key that this process made up: its memory gives no token away through here,
and a log cannot be compared with it elsewhere. What anybody may send (session tokens that nobody has vouched for yet)
has a pool of its own, so that a flood of forged ones pushes no viewer's out.

A text is a stranger's as often as not, so each pattern reads it once, from left to right: none looks again at what it
has passed, and nothing behind `LONGEST` characters is looked at or handed on.
"""

from __future__ import annotations

import os
import re
import threading
from collections import OrderedDict
from hashlib import blake2b
from itertools import islice

MASK = "***"
LONGEST = 16_000
"""Characters of a text that a log gets; the rest is told as a number."""
DEEPEST = 6
MOST_ITEMS = 200
"""Of a structure that a log event holds: levels, and items of each."""
_VIEWERS, _STRANGERS = 20_000, 2_000
_SHORTEST = 8
_TRIED = 8
"""Places in a word behind which a value may begin."""

_WORD = re.compile(r"[^\s\"'<>(){}\[\],;&]{8,}")
# Each takes all that it has looked at, or has looked at a few characters only: linear, whatever it meets.
_LINK = re.compile(r"(?i)https?://[^\s\"'<>]+")
_SIGNED = re.compile(r"(?i)sig|x-amz-|x-goog-")
_SHAPES = re.compile(
    r"(?i)(?P<keep>\b(?:bearer|key|basic)\s{1,8})[A-Za-z0-9._~+/=-]{8,}"
    r"|\beyJ[A-Za-z0-9_.-]{8,}"
    r"|\bdapi[A-Za-z0-9-]{8,}"
    r"|(?P<name>\b(?:access_token|subject_token|session[_-]token|refresh_token|client_secret|password)\b"
    r"[\"']?\s{0,8}[:=]\s{0,8}[\"']?)[^\s\"'&,}]{4,}"
)
_SEPARATOR = re.compile(r"[=:?]")
_NUMBERS = (int, float)


class _Known:
    """Digests of exact values, the newest of them."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._digests: OrderedDict[bytes, None] = OrderedDict()

    def __contains__(self, digest: bytes) -> bool:
        return digest in self._digests

    def __len__(self) -> int:
        return len(self._digests)

    def add(self, digest: bytes) -> None:
        with self._lock:
            self._digests[digest] = None
            self._digests.move_to_end(digest)
            if len(self._digests) > self._most:
                self._digests.popitem(last=False)

    def drop(self, digest: bytes) -> None:
        with self._lock:
            self._digests.pop(digest, None)


_KEY = os.urandom(32)
_viewers = _Known(_VIEWERS)
_strangers = _Known(_STRANGERS)


def _digest(value: str) -> bytes:
    return blake2b(value.encode(errors="surrogatepass"), key=_KEY, digest_size=16).digest()


def register(value: str) -> None:
    """Mask this exact value from now on: a setting's, or one that Connect or Databricks has vouched for."""
    if len(value) >= _SHORTEST:
        digest = _digest(value)
        _viewers.add(digest)
        _strangers.drop(digest)


def register_stranger(value: str) -> None:
    """Mask this value, which anybody may have sent, while it is among the newest of its kind."""
    if len(value) >= _SHORTEST:
        digest = _digest(value)
        if digest not in _viewers:
            _strangers.add(digest)


def _is_known(value: str) -> bool:
    if len(value) < _SHORTEST:
        return False
    digest = _digest(value)
    return digest in _viewers or digest in _strangers


def _word(match: re.Match[str]) -> str:
    # A secret is one unbroken word: look the words up instead of searching for thousands of values.
    word = match.group()
    if _is_known(word):
        return MASK
    bare = word.rstrip(".:!?")
    if bare != word and _is_known(bare):
        return MASK + word[len(bare) :]
    # `name=value`, `name: value` and `https://host/?name=value` are one word without spaces.
    start = 0
    for _ in range(_TRIED):
        found = _SEPARATOR.search(word, start)
        if found is None:
            break
        start = found.end()
        if _is_known(bare[start:]):
            return word[:start] + MASK + word[len(bare) :]
    return word


def _link(match: re.Match[str]) -> str:
    address, mark, query = match.group().partition("?")
    return f"{address}?{MASK}" if mark and _SIGNED.search(query) else match.group()


def _shape(match: re.Match[str]) -> str:
    return f"{match.group('keep') or match.group('name') or ''}{MASK}"


def masked(text: str) -> str:
    """The text without anything secret in it, and without an end that no reader of a log gets to."""
    if len(text) <= LONGEST:
        return _masked(text)
    # The cut goes through no word: half a secret would not be known as one.
    kept = text[:LONGEST]
    kept = kept[: max(kept.rfind(sign) for sign in " \n\t\"'") + 1]
    return f"{_masked(kept)}… (and {len(text) - len(kept):,} characters more)"


def _masked(text: str) -> str:
    if len(text) < _SHORTEST:
        return text  # no shape is shorter, either
    return _SHAPES.sub(_shape, _LINK.sub(_link, _WORD.sub(_word, text)))


def masked_value(value: object, _depth: int = 0) -> object:
    """The same for whatever a log event holds."""
    if isinstance(value, str):
        return masked(value)
    if value is None or isinstance(value, _NUMBERS):
        return value
    if isinstance(value, dict | list | tuple):
        if _depth >= DEEPEST:
            return "…"
        left = len(value) - MOST_ITEMS
        more = f"… ({left:,} more)"
        if isinstance(value, dict):
            items = islice(value.items(), MOST_ITEMS)
            shown = {masked(str(key)): masked_value(item, _depth + 1) for key, item in items}
            return {**shown, more: ""} if left > 0 else shown
        listed = [masked_value(item, _depth + 1) for item in value[:MOST_ITEMS]]
        return [*listed, more] if left > 0 else listed
    return masked(repr(value))
