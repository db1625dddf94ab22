"""Tombstones: sessions and viewers who said "End session", until they choose "Continue".

What was said last of a session counts: "ended", or "goes on". It lies in the shared cache, signed, and in the memory of
each process that said or heard it.

- A session's word is signed with a key derived from its token: only who holds the token can say it, and only who holds
  it can tell whether it was said. A viewer's word (their token may rotate; their session has ended all the same) is
  signed with PORTAL_SIGNING_KEY. Without that variable no two processes have a secret in common that a viewer's new
  token could be checked with: then a viewer's word is believed unsigned, and whoever writes the cache can say it.
- A word that does not verify is ignored, and counted.
- A word that is missing says nothing: what this process said or heard stays so, and is put back. A cache that was
  flushed signs nobody in again.

Clocks of several machines may differ: a word is always later than the one that it answers.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from cachetools import TTLCache

from portal import counters
from portal.cache import SharedCache
from portal.viewer import signing
from portal.viewer.seal import session_hash

SECONDS = 8 * 3600.0
MOST = 10_000
MOST_UNVOUCHED = 2_000
BELL = "tomb-bell"
_UNSIGNED = bytes(32)


@dataclass(frozen=True, slots=True)
class Stone:
    """Where a word lies, and what signs it. Holds no token."""

    name: str
    key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Word:
    """What was said, when (seconds since the epoch), and the text that lies in the shared cache for it."""

    ended: bool
    at: float
    text: str
    everywhere: bool
    """Whether other processes can hear it."""


class Tombstones:
    """`binding` is what they hold for: host and content. `signing_key` is PORTAL_SIGNING_KEY."""

    def __init__(self, shared: SharedCache | None, binding: str, signing_key: str | None = None) -> None:
        self._shared = shared
        self._binding = binding
        self._key = signing.derived(signing_key, f"tomb|{binding}") if signing_key else _UNSIGNED
        self._heard: object = None
        self._lock = threading.Lock()
        self._words: TTLCache[str, Word] = TTLCache(MOST, SECONDS)
        # Of tokens that may be anyone's: as many as a stranger sends must not push out what viewers said, nor be put
        # back into the shared cache.
        self._unvouched: TTLCache[str, Word] = TTLCache(MOST_UNVOUCHED, SECONDS)

    def of_token(self, token: str, *, secret: bool = True) -> Stone:
        """A session's stone. `secret`: whether its token is one; a constant signs nothing."""
        key = signing.derived(token, f"tomb|{self._binding}") if secret else self._key
        return Stone("tomb-" + session_hash("tomb", self._binding, token), key)

    def of_viewer(self, viewer_id: str) -> Stone:
        """A viewer's stone, whatever their token."""
        return Stone("tomb-" + session_hash("tomb-viewer", self._binding, viewer_id), self._key)

    @property
    def shared(self) -> bool:
        """Whether there is a cache by which other processes hear of it."""
        return self._shared is not None

    def lay_here(self, stone: Stone) -> None:
        """It ended, as far as this process goes: nobody knows yet whether the token is anyone's."""
        word = self._word(stone, ended=True)
        with self._lock:
            (self._words if stone.name in self._words else self._unvouched)[stone.name] = word

    def lay(self, stone: Stone) -> bool:
        """It ended; whether every process hears of it."""
        return self._say(stone, ended=True).everywhere

    def lift(self, stone: Stone) -> None:
        """It goes on: said even if nobody here knows of an end, for whoever does."""
        self._say(stone, ended=False)

    def ended(self, stone: Stone) -> Word | None:
        """The word that ended it; None where it goes on, or nobody has said anything."""
        word = self.last(stone)
        return word if word is not None and word.ended else None

    def last(self, stone: Stone) -> Word | None:
        """What was said last, of what this process knows and what lies in the shared cache."""
        with self._lock:
            ours = self._words.get(stone.name)
            here = ours or self._unvouched.get(stone.name)
        there = self._read(stone)
        if there is not None and (here is None or there.at >= here.at):
            with self._lock:
                (self._words if ours is not None else self._unvouched)[stone.name] = there
            return there
        return here if ours is None else self._put(stone.name, ours)

    def ended_of(self, stones: Sequence[Stone]) -> set[str]:
        """The names of those that ended, as far as the shared cache has a word of them: many, in one call."""
        texts = self._shared.get_many([stone.name for stone in stones]) if self._shared is not None else []
        said = [stone for stone, text in zip(stones, texts, strict=False) if text is not None]
        words = {stone.name: self.last(stone) for stone in said}
        return {name for name, word in words.items() if word is not None and word.ended}

    def ring(self) -> None:
        """Something has ended: the other processes look for what concerns them."""
        if self._shared is not None:
            self._shared.set(BELL, os.urandom(8).hex(), SECONDS)

    def rung(self) -> bool:
        """Whether another process has rung since this was asked last."""
        heard = self._shared.get(BELL) if self._shared is not None else None
        rung, self._heard = heard is not None and heard != self._heard, heard
        return rung

    def keep(self) -> None:
        """Put back what is missing in the shared cache: other processes than this one are to hear it too."""
        if self._shared is None:
            return
        with self._lock:
            words = dict(self._words)
        for (name, word), text in zip(words.items(), self._shared.get_many(list(words)), strict=True):
            if text is None:
                self._put(name, word)

    def _say(self, stone: Stone, *, ended: bool) -> Word:
        return self._put(stone.name, self._word(stone, ended))

    def _word(self, stone: Stone, ended: bool) -> Word:
        before = self.last(stone)
        at = max(time.time(), before.at + 0.001 if before else 0.0)
        return Word(ended, at, signing.sign(stone.key, stone.name, [ended, at]), everywhere=False)

    def _put(self, name: str, word: Word) -> Word:
        left = word.at + SECONDS - time.time()
        told = self._shared is not None and left > 0 and self._shared.set(name, word.text, left)
        word = replace(word, everywhere=told)
        with self._lock:
            self._words[name] = word
        return word

    def _read(self, stone: Stone) -> Word | None:
        text = self._shared.get(stone.name) if self._shared is not None else None
        if text is None:
            return None
        match signing.verified([stone.key], stone.name, text):
            case [bool() as ended, float() as at]:
                return Word(ended, at, str(text), everywhere=True) if at + SECONDS > time.time() else None
        counters.forged("tombstone")
        return None
