"""The statements of a page: each once, a few at a time, kept for their viewer.

What ran is known by its key (`portal.boards.queries.Planned`) and its warehouse, for `KEPT_SECONDS`: in this process,
and sealed in the shared cache, since the next request may reach another one. Only a statement's id is kept; its rows
are Databricks' and the chunk store's, which ask for the viewer's rights anew (`portal.results.result`).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from cachetools import TTLCache

from portal.databricks import workspace
from portal.databricks.statements import Statement
from portal.results import result as results
from portal.results import runs
from portal.settings import settings
from portal.viewer.context import current
from portal.viewer.errors import Busy, NoSuchThing, PortalError
from portal.viewer.shared_answers import Codec

if TYPE_CHECKING:
    from portal.boards.queries import Planned

KEPT_SECONDS = 300.0
AT_ONCE = 5
"""Statements of a page at a time, unless the viewer may have fewer."""
WAIT_SECONDS = 1.2
"""How long one request waits for what runs."""
SOON = 0.25
"""What has come is handed on after so many seconds, although more is on its way."""
SUBMIT_SECONDS = 30.0
"""For so long at most a process leaves to another what that one submits: whoever may write to the cache holds locks."""
_KIND = "portal.dashboards.running"
_GONE = frozenset({"CANCELED", "CLOSED"})


@dataclass(frozen=True)
class Started:
    """A statement that stands for a key. `as_of` is epoch milliseconds; `anew` marks the "Refresh" that made it."""

    id: str
    as_of: int
    anew: str = ""


@dataclass(frozen=True)
class Outcome:
    """Where a planned statement stands: done with rows or an error, or under way (`statement` None: not yet)."""

    planned: Planned
    statement: Statement | None = None
    as_of: int = 0
    error: PortalError | None = None

    @property
    def done(self) -> bool:
        return self.error is not None or (self.statement is not None and self.statement.ended)


@dataclass
class _Mine:
    """What is known of one viewer's statements in this process; `wanted` are the pages that wait for each."""

    started: TTLCache[str, Started] = field(default_factory=lambda: TTLCache(2_000, KEPT_SECONDS))
    ended: TTLCache[str, Statement] = field(default_factory=lambda: TTLCache(2_000, KEPT_SECONDS))
    wanted: TTLCache[str, set[str]] = field(default_factory=lambda: TTLCache(2_000, 3_600))
    dead: TTLCache[str, bool] = field(default_factory=lambda: TTLCache(2_000, 2 * KEPT_SECONDS))
    """Ids of statements whose results are gone, or that were stopped: they stand for nothing any more."""
    left: TTLCache[str, float] = field(default_factory=lambda: TTLCache(2_000, 2 * SUBMIT_SECONDS))
    """Since when (monotonic) a statement is left to another process."""
    lock: threading.Lock = field(default_factory=threading.Lock)
    turn: threading.Lock = field(default_factory=threading.Lock)
    """Held while statements are submitted: two requests must not run one twice."""


_viewers: TTLCache[str, _Mine] = TTLCache(5_000, 3_600)
_lock = threading.Lock()
_CODEC: Codec[Started] = Codec(Started)


def _mine() -> _Mine:
    viewer_id = current().id
    with _lock:
        found = _viewers.get(viewer_id)
        if found is None:
            found = _viewers[viewer_id] = _Mine()
        return found


def forget(viewer_id: str) -> None:
    """A session ended."""
    with _lock:
        _viewers.pop(viewer_id, None)


@dataclass(frozen=True)
class Look:
    """A page that looks: `id` is its own mark, `anew` that of its last "Refresh" ("" for none)."""

    id: str
    warehouse_id: str
    anew: str = ""

    def follow(self, planned: Sequence[Planned], wait: float = WAIT_SECONDS) -> list[Outcome]:
        """Submit what is not there yet, the first ones first, and wait a little; where each stands.

        A refusal of one is its `error`. `Busy` is nobody's: what cannot run yet waits for its turn.
        """
        mine = _mine()
        begun = time.monotonic()
        found = {one.key: Outcome(one) for one in planned}
        with mine.lock:
            for key in found:
                mine.wanted.setdefault(key, set()).add(self.id)
        before = -1
        while True:
            self._look(mine, found)
            with mine.turn:
                self._fill(mine, found)
            done = sum(one.done for one in found.values())
            spent = time.monotonic() - begun
            if done == len(found) or spent >= wait or (done and spent >= SOON and done == before):
                break
            before = done
            time.sleep(min(0.03 + spent / 8, 0.2))
        return [found[one.key] for one in planned]

    def _key(self, planned: Planned) -> str:
        return f"{planned.key}@{self.warehouse_id}"

    def _look(self, mine: _Mine, found: dict[str, Outcome]) -> None:
        """Ask after what runs."""
        running: list[tuple[str, Started]] = []
        for key, outcome in found.items():
            if outcome.done:
                continue
            started = self._started(mine, outcome.planned)
            if started is None:
                continue
            with mine.lock:
                ended = mine.ended.get(started.id)
            if ended is not None:
                found[key] = replace(outcome, statement=ended, as_of=started.as_of, error=ended.error)
            else:
                running.append((key, started))
        answers = workspace.each(lambda one: runs.status(one[1].id), running)
        for (key, started), answer in zip(running, answers, strict=True):
            if isinstance(answer, NoSuchThing) or (isinstance(answer, Statement) and answer.state in _GONE):
                _bury(mine, started)
                found[key] = Outcome(found[key].planned)
            elif isinstance(answer, PortalError):
                # To ask failed, not the statement: the next look asks again, unless it will not pass by itself.
                found[key] = replace(found[key], error=answer if answer.lasting else None, as_of=started.as_of)
            else:
                if answer.ended:
                    results.learned(answer)
                    with mine.lock:
                        mine.ended[started.id] = answer
                found[key] = replace(found[key], statement=answer, as_of=started.as_of, error=answer.error)

    def _fill(self, mine: _Mine, found: dict[str, Outcome]) -> None:
        """Submit as many as there is room for."""
        most = min(AT_ONCE, settings().statements_per_viewer)
        running = sum(one.statement is not None and not one.done for one in found.values())
        for key, outcome in found.items():
            if outcome.done or outcome.statement is not None:
                continue
            if running >= most:
                return
            try:
                found[key] = self._submitted(mine, outcome)
            except Busy:
                return
            running += found[key].statement is not None

    def _submitted(self, mine: _Mine, outcome: Outcome) -> Outcome:
        """As it was where another request of this viewer has begun it, here or in another process: the next look finds
        what that one has kept."""
        planned = outcome.planned
        answers = current().process.answers
        with answers.alone(self._shared_key(planned), SUBMIT_SECONDS) as is_alone:
            if not is_alone and self._leaves(mine, planned):
                return outcome
            if self._started(mine, planned) is not None:
                return outcome
            try:
                statement = runs.submit(
                    planned.text,
                    params=planned.parameters,
                    warehouse_id=self.warehouse_id,
                    catalog=planned.catalog,
                    schema=planned.schema,
                    row_limit=planned.row_limit,
                    page=planned.page,
                )
            except Busy:
                raise
            except PortalError as error:
                return replace(outcome, error=error, as_of=int(time.time() * 1000))
            as_of = int(time.time() * 1000)
            self._keep(mine, planned, Started(statement.id, as_of, self.anew))
            return replace(outcome, statement=statement, as_of=as_of, error=statement.error)

    def _leaves(self, mine: _Mine, planned: Planned) -> bool:
        with mine.lock:
            since = mine.left.setdefault(self._key(planned), time.monotonic())
        return time.monotonic() - since < SUBMIT_SECONDS

    # What is kept

    def _shared_key(self, planned: Planned) -> tuple[Hashable, ...]:
        return (settings().databricks_host, current().id, _KIND, self._key(planned))

    def _started(self, mine: _Mine, planned: Planned) -> Started | None:
        key = self._key(planned)
        with mine.lock:
            known = mine.started.get(key)
        if known is None or not self._is_new(known):
            shared = current().process.answers.find(self._shared_key(planned), _CODEC)
            known = shared.value if shared is not None else None
            if known is not None and self._is_new(known):
                with mine.lock:
                    mine.started[key] = known
        with mine.lock:
            return known if known is not None and self._is_new(known) and known.id not in mine.dead else None

    def _is_new(self, started: Started) -> bool:
        return not self.anew or started.anew == self.anew

    def _keep(self, mine: _Mine, planned: Planned, started: Started) -> None:
        with mine.lock:
            mine.started[self._key(planned)] = started
        now = time.time()
        current().process.answers.put(self._shared_key(planned), started, _CODEC, now, KEPT_SECONDS)

    def stop(self, planned: Sequence[Planned], *, leaving: bool) -> int:
        """Cancel what runs of these; of a page that is left only what no other page of the viewer waits for."""
        mine = _mine()
        wanted: list[Started] = []
        for one in planned:
            with mine.lock:
                pages = mine.wanted.get(one.key, set())
                pages.discard(self.id)
            started = self._started(mine, one)
            if started is None or started.id in mine.ended or (leaving and pages):
                continue
            wanted.append(started)
            _bury(mine, started)
        workspace.each(lambda one: runs.cancel(one.id), wanted)
        return len(wanted)


def _bury(mine: _Mine, started: Started) -> None:
    with mine.lock:
        mine.dead[started.id] = True
        mine.ended.pop(started.id, None)
