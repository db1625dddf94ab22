"""Whose request this is: one context variable, set on every request and never inherited from the one before.

A thread serves one viewer after another. `begin` is called on *every* request, with the reason why where there is no
viewer, and `end` at its teardown, so nothing of one request is left for the next. Threads that a page starts, and
streamed bodies (which outlive the request's own context), are handed the viewer and enter it with `acting_as`.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from portal.viewer.errors import PortalError, SignInToConnect
from portal.viewer.upstream.trouble import Trouble

if TYPE_CHECKING:
    from portal.viewer.credential import Viewer


@dataclass
class Tally:
    """What one request cost, for its log line. Durations in seconds."""

    calls: int = 0
    call_seconds: float = 0.0
    exchanges: int = 0
    hits: int = 0
    state: str = ""
    """The last state that was drawn instead of data, …"""
    service: str = ""
    """… and the service that it names, if any."""
    began: float = field(default_factory=time.monotonic)
    trouble: Trouble = field(default_factory=Trouble)
    refused: bool = False
    """Whether the page, or what was asked of it, is for members of groups that the viewer is not in."""


@dataclass(frozen=True, slots=True)
class RequestState:
    """All that one request, or a thread on behalf of one, goes by."""

    who: Viewer | PortalError | None = None
    """The viewer, or why there is none; None outside a request."""
    request_id: str = "-"
    parent: str = ""
    """The request's `traceparent`: see `portal.viewer.trace`."""
    tally: Tally | None = None
    anew: bool = False
    only_kept: bool = False


_ids = random.Random()  # noqa: S311
"""An id is no secret: the system, which would let go of the GIL for each, is asked once in a process. Not `random`
itself, which a page may seed.
"""
os.register_at_fork(after_in_child=_ids.seed)

_met = False
_NOBODY = RequestState()
_state: ContextVar[RequestState] = ContextVar("portal_request", default=_NOBODY)


def begin(who: Viewer | PortalError, request_id: str | None = None, parent: str | None = None) -> None:
    """Start a request as this viewer, or with the reason why there is none; by the id and trace that it came with."""
    global _met
    _met = _met or not isinstance(who, PortalError)
    _state.set(RequestState(who, request_id or f"{_ids.getrandbits(48):012x}", parent or "", Tally()))


def anyone_yet() -> bool:
    """Whether this process has had a viewer."""
    return _met


def end() -> None:
    """Back to nobody. Sets rather than resets: a teardown may run in another context than the request did."""
    _state.set(_NOBODY)


@contextmanager
def _changed(**changes: Any) -> Iterator[None]:
    token = _state.set(replace(_state.get(), **changes))
    try:
        yield
    finally:
        _state.reset(token)


def refuse(reason: PortalError) -> None:
    """From here on this request has no viewer, for this reason."""
    _state.set(replace(_state.get(), who=reason))


def current() -> Viewer:
    """The viewer of this request or thread; raises the state that they should see where there is none."""
    who = _state.get().who
    if who is None:
        raise SignInToConnect
    if isinstance(who, PortalError):
        raise who.with_traceback(None)
    return who


def current_or_none() -> Viewer | None:
    """The viewer, or None where there is none."""
    who = _state.get().who
    return None if isinstance(who, PortalError) else who


def is_outside() -> bool:
    """Whether this is no request, nor a thread on behalf of one: nobody has said who it is."""
    return _state.get().who is None


def acting_as(viewer: Viewer) -> AbstractContextManager[None]:
    """Be this viewer in a thread or generator that outlives, or runs beside, the request."""
    return _changed(who=viewer)


def reading_anew(anew: bool = True) -> AbstractContextManager[None]:
    """Inside, what is kept per viewer is asked for anew, and the answer kept: the viewer pressed "Refresh"."""
    return _changed(anew=anew)


def is_anew() -> bool:
    """Whether what is kept is to be bypassed."""
    return _state.get().anew


class NotKept(BaseException):
    """Inside `only_kept`: the answer is not at hand. No failure, so that nothing that handles failures takes it."""


def only_kept() -> AbstractContextManager[None]:
    """Inside, what is kept is returned, and `NotKept` raised where somebody would have to be asked or waited for."""
    return _changed(only_kept=True)


def about_to_ask() -> None:
    """Said by whatever is about to ask Connect or Databricks, or to wait for who does; raises inside `only_kept`."""
    if _state.get().only_kept:
        raise NotKept


def is_only_kept() -> bool:
    """Whether this is inside `only_kept`: then nothing waits, and threads are of no use."""
    return _state.get().only_kept


def request_id() -> str:
    """The id that this request has in the log and in every state; "-" outside a request."""
    return _state.get().request_id


def parent() -> str:
    """The `traceparent` that this request came with; "" for none."""
    return _state.get().parent


def tally() -> Tally:
    """What this request has cost so far (a throw-away one outside a request)."""
    return _state.get().tally or Tally()
