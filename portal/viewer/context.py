"""Whose request this is: context variables, set on every request and never inherited from the one before.

A thread serves one viewer after another. `begin` is called on *every* request, with the reason why where there is no
viewer, and `end` at its teardown, so nothing of one request is left for the next. Threads that a page starts, and
streamed bodies (which outlive the request's own context), are handed the viewer and enter it with `acting_as`.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

from portal.viewer.errors import PortalError, SignInToConnect

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
    """The last state that was drawn instead of data."""


_viewer: ContextVar[Viewer | PortalError | None] = ContextVar("portal_viewer", default=None)
_request_id: ContextVar[str] = ContextVar("portal_request_id", default="-")
_anew: ContextVar[bool] = ContextVar("portal_anew", default=False)
_only_kept: ContextVar[bool] = ContextVar("portal_only_kept", default=False)
_tally: ContextVar[Tally | None] = ContextVar("portal_tally", default=None)


def begin(who: Viewer | PortalError) -> None:
    """Start a request as this viewer, or with the reason why there is none."""
    _request_id.set(secrets.token_hex(6))
    _tally.set(Tally())
    _viewer.set(who)


def end() -> None:
    """Back to nobody. Sets rather than resets: a teardown may run in another context than the request did."""
    _viewer.set(None)
    _tally.set(None)
    _request_id.set("-")


def current() -> Viewer:
    """The viewer of this request or thread; raises the state that they should see where there is none."""
    who = _viewer.get()
    if who is None:
        raise SignInToConnect
    if isinstance(who, PortalError):
        raise who.with_traceback(None)
    return who


def current_or_none() -> Viewer | None:
    """The viewer, or None where there is none."""
    who = _viewer.get()
    return None if isinstance(who, PortalError) else who


@contextmanager
def acting_as(viewer: Viewer) -> Iterator[None]:
    """Be this viewer in a thread or generator that outlives, or runs beside, the request."""
    token = _viewer.set(viewer)
    try:
        yield
    finally:
        _viewer.reset(token)


@contextmanager
def reading_anew(anew: bool = True) -> Iterator[None]:
    """Inside, what is kept per viewer is asked for anew, and the answer kept: the viewer pressed "Refresh"."""
    token = _anew.set(anew)
    try:
        yield
    finally:
        _anew.reset(token)


def is_anew() -> bool:
    """Whether what is kept is to be bypassed."""
    return _anew.get()


class NotKept(BaseException):
    """Inside `only_kept`: the answer is not at hand. No failure, so that nothing that handles failures takes it."""


@contextmanager
def only_kept() -> Iterator[None]:
    """Inside, what is kept is returned, and `NotKept` raised where somebody would have to be asked or waited for."""
    token = _only_kept.set(True)
    try:
        yield
    finally:
        _only_kept.reset(token)


def about_to_ask() -> None:
    """Said by whatever is about to ask Connect or Databricks, or to wait for who does; raises inside `only_kept`."""
    if _only_kept.get():
        raise NotKept


def is_only_kept() -> bool:
    """Whether this is inside `only_kept`: then nothing waits, and threads are of no use."""
    return _only_kept.get()


def request_id() -> str:
    """The id that this request has in the log and in every state; "-" outside a request."""
    return _request_id.get()


def tally() -> Tally:
    """What this request has cost so far (a throw-away one outside a request)."""
    return _tally.get() or Tally()
