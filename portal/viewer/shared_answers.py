"""Answers for the portal's other processes: in the shared cache, sealed under the credential that they were asked with.

A viewer's next request may reach any process, and each would ask Databricks all over again. What one has been told,
another takes from here, for the rest of the answer's time.

The name of an entry and the key of its seal are derived from the Databricks credential (HKDF-SHA256), so an answer is
found and opened by whoever holds that very credential, which is to say by who may ask for it: not by a later session,
not by another viewer, not by the cache's keeper. Host, kind and arguments are in the name, the name is bound into the
seal (AES-GCM), and the end of its time lies inside: entries cannot be swapped, nor brought back when they are over.
Values are JSON that is checked against the type that the read declares (pydantic), never pickle.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import struct
import threading
import time
import zlib
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Generic, TypeVar

import pyarrow as pa
import structlog
from cachetools import LRUCache, TTLCache
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pydantic import PlainSerializer, PlainValidator, TypeAdapter

from portal import counters
from portal.cache import SharedCache
from portal.viewer.context import current
from portal.viewer.seal import Box

T = TypeVar("T")
Key = tuple[Hashable, ...]
"""(workspace, viewer id, kind, arguments …), as `per_viewer` keeps answers."""

log = structlog.get_logger("portal.viewer.shared_answers")

LARGEST = 256 * 1024
"""Bytes of one answer: larger ones are asked for again. A page's glance is a few kB."""
LONGEST = 600.0
"""Seconds: no answer is shared for longer, and what was dropped is remembered as long."""
_VERSION = b"portal-answers-1"
_TIMES = struct.Struct("!dd")


def _to_ipc(table: pa.Table) -> str:
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return base64.b64encode(sink.getvalue()).decode()


def _of_ipc(text: str) -> pa.Table:
    return pa.ipc.open_stream(base64.b64decode(text, validate=True)).read_all()


if TYPE_CHECKING:
    ArrowTable = Annotated[pa.Table, PlainValidator(_of_ipc), PlainSerializer(_to_ipc)]
else:
    # pyarrow is imported when there are rows (`portal.patches.imports`); the type itself is asked for nothing.
    ArrowTable = Annotated[Any, PlainValidator(_of_ipc), PlainSerializer(_to_ipc)]
"""How a dataclass that is shared names a field that holds an Arrow table."""


class Codec(Generic[T]):
    """JSON of values of one type, and back; made of the type when it is first needed."""

    def __init__(self, hint: Any) -> None:
        self._hint = hint

    @functools.cached_property
    def _adapter(self) -> TypeAdapter[T]:
        return TypeAdapter(ArrowTable if self._hint is pa.Table else self._hint)

    def dump(self, value: T) -> bytes:
        """JSON, squeezed: the runs of a list of jobs take a tenth."""
        return zlib.compress(self._adapter.dump_json(value), 1)

    def load(self, raw: bytes) -> T:
        return self._adapter.validate_json(zlib.decompress(raw))


TABLE: Codec[pa.Table] = Codec(ArrowTable)


@dataclass(frozen=True, slots=True)
class Found(Generic[T]):
    """An answer that was asked for at `asked`, and is good until `until` (epoch seconds)."""

    value: T
    asked: float
    until: float


class _Seal:
    """The names of one credential's entries, and the box that closes and opens them."""

    def __init__(self, access_token: str) -> None:
        derived = HKDF(SHA256(), 64, salt=None, info=_VERSION).derive(access_token.encode())
        self._naming, self.box = derived[:32], Box(derived[32:])

    def name(self, key: Key) -> str:
        return "answer-" + hashlib.blake2b(repr(key).encode(), key=self._naming, digest_size=16).hexdigest()


class SharedAnswers:
    """A viewer's answers in the shared cache. Every call is made as the viewer whose answers they are."""

    def __init__(self, cache: SharedCache | None) -> None:
        """`cache` is where they are kept; None: nowhere."""
        self._cache = cache
        self._seals: LRUCache[bytes, _Seal] = LRUCache(10_000)
        self._dropped: TTLCache[Key, float] = TTLCache(10_000, LONGEST)
        self._lock = threading.Lock()

    def find(self, key: Key, codec: Codec[T]) -> Found[T] | None:
        """What another process was told; None where there is nothing that this viewer can open."""
        if self._cache is None:
            return None
        seal = self._seal()
        name = seal.name(key)
        sealed = self._cache.get(name)
        found = None if sealed is None else _read(seal.box.open(sealed, name), codec)
        counters.cache("shared answers", hit=found is not None)
        return found if found is not None and found.asked > self._dropped_at(key) else None

    def put(self, key: Key, value: T, codec: Codec[T], asked: float, ttl: float) -> None:
        """Let other processes have what was asked for at `asked`, for so many seconds; not if it is too large."""
        if self._cache is None or asked <= self._dropped_at(key):
            return
        ttl = min(ttl, LONGEST)
        try:
            plain = _TIMES.pack(asked, asked + ttl) + codec.dump(value)
        except ValueError as error:  # the read says that it returns something else
            log.warning("answer cannot be shared", kind=str(key[2]), error=type(error).__name__)
            return
        left = asked + ttl - time.time()
        if len(plain) > LARGEST or left < 1:
            return
        seal = self._seal()
        name = seal.name(key)
        self._cache.set(name, seal.box.close(plain, name), left)

    @contextmanager
    def alone(self, key: Key, seconds: float) -> Iterator[bool]:
        """Whether no other process is at work on it for this viewer, for so many seconds at most. Always, where they
        share no cache: a thing done twice is better than one not done."""
        if self._cache is None:
            yield True
            return
        with self._cache.exclusive(self._seal().name(key), seconds) as is_alone:
            yield is_alone

    def drop(self, prefix: Key) -> None:
        """Take nothing any more that was asked for until now and whose key starts so: with a viewer, or a kind."""
        with self._lock:
            self._dropped[prefix] = time.time()

    def _dropped_at(self, key: Key) -> float:
        with self._lock:
            return max(self._dropped.get(key[:2], 0.0), self._dropped.get(key[:3], 0.0))

    def _seal(self) -> _Seal:
        """By a hash: the token itself lives in the vault alone, and goes with the session."""
        token = current().credential().access_token
        digest = hashlib.sha256(token.encode()).digest()
        with self._lock:
            seal = self._seals.get(digest)
            if seal is None:
                seal = self._seals[digest] = _Seal(token)
        return seal


def _read(plain: bytes | None, codec: Codec[T]) -> Found[T] | None:
    if plain is None:
        return None
    asked, until = _TIMES.unpack_from(plain)
    if until <= time.time():
        return None
    try:
        return Found(codec.load(plain[_TIMES.size :]), asked, until)
    except (ValueError, zlib.error):  # another version of the portal put it there
        return None
