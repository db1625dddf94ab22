"""One statement on its way: its state, its result, and how it is stopped."""

from __future__ import annotations

import asyncio
import secrets
import threading
import time
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from portal.sandbox.sql.errors import SqlError
from portal.sandbox.sql.parameters import Parameter
from portal.sandbox.sql.results import Chunk, Result
from portal.sandbox.sql.session import SqlSession
from portal.sandbox.world import QueryRecord, Warehouse

PENDING, RUNNING, SUCCEEDED, FAILED, CANCELED, CLOSED = (
    "PENDING",
    "RUNNING",
    "SUCCEEDED",
    "FAILED",
    "CANCELED",
    "CLOSED",
)
ENDED = (SUCCEEDED, FAILED, CANCELED, CLOSED)
_INTERRUPT_EVERY = 0.02
"""Seconds between interrupts until the worker has heard one: DuckDB forgets an interrupt that comes between queries."""


def new_id() -> str:
    """A statement id as Databricks makes them: a UUID of version 1 whose high bits of time come first, so that ids sort
    by time (`01f0c1a2-…`). Drivers check version and variant."""
    ticks = int(time.time() * 10_000_000) + 0x01B21DD213814000
    text = f"01f{(ticks >> 32) & 0xFFFFF:05x}{(ticks >> 16) & 0xFFFF:04x}1{(ticks >> 4) & 0xFFF:03x}"
    return str(uuid.UUID(hex=text + secrets.token_hex(8), version=1))


class Canceled(Exception):
    """Raised in the worker when the statement has been stopped."""


@dataclass(eq=False)
class Execution:
    """A statement. Its coroutine methods belong to the event loop; `check` and `interruptible` to the worker thread."""

    id: str
    session: SqlSession
    warehouse: Warehouse
    text: str
    parameters: Sequence[Parameter]
    row_limit: int | None
    byte_limit: int | None
    size_limit: int | None
    record: QueryRecord
    state: str = PENDING
    error: SqlError | None = None
    result: Result | None = None
    modified_rows: int | None = None
    on_chunk: Callable[[Result, Chunk], None] | None = None
    ended_at: float | None = None
    """By the world's clock."""
    _done: asyncio.Event = field(default_factory=asyncio.Event)
    _stop: threading.Event = field(default_factory=threading.Event)
    _interrupt: Callable[[], None] | None = None
    _settled: threading.Event = field(default_factory=threading.Event)
    _task: asyncio.Task[None] | None = None

    @property
    def person_key(self) -> str:
        return self.session.person.key

    async def wait(self, timeout: float | None) -> bool:
        """Until it has ended, or for so many seconds; whether it has ended."""
        if self._done.is_set():
            return True
        try:
            await asyncio.wait_for(self._done.wait(), timeout)
        except TimeoutError:
            return False
        return True

    def ended(self, state: str, at: float) -> None:
        self.state = state
        self.ended_at = at
        self._done.set()

    def cancel(self) -> bool:
        """Ask it to stop; False if it had ended. DuckDB stops within a few milliseconds."""
        if self.state in ENDED:
            return False
        self._repeat_interrupt()
        return True

    def stop(self) -> None:
        """One attempt to stop it, from any thread."""
        self._stop.set()
        if self._interrupt is not None:
            self._interrupt()

    def _repeat_interrupt(self) -> None:
        if self._done.is_set():
            return
        self.stop()
        asyncio.get_running_loop().call_later(_INTERRUPT_EVERY, self._repeat_interrupt)

    def close(self) -> None:
        """Forget the result; a running statement is stopped."""
        self.cancel()
        if self.result is not None:
            self.result.close()
            self.result = None
        if self.state == SUCCEEDED:
            self.state = CLOSED

    # The worker's side

    @property
    def settled(self) -> bool:
        """Whether no thread works on it: it has ended, or has not begun."""
        return self._settled.is_set()

    @property
    def stopping(self) -> bool:
        return self._stop.is_set()

    def check(self) -> None:
        if self._stop.is_set():
            raise Canceled

    def interruptible(self, interrupt: Callable[[], None] | None) -> None:
        """How to stop what runs from now on; None when nothing does."""
        self._interrupt = interrupt
        self.check()
