"""The two halves of a change: what a dialog's token holds, and what is written of each into the audit stream."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from portal.shapes import Json
from portal.viewer.audit import audit
from portal.viewer.dialogs import Stale, check_same, sign, verified
from portal.viewer.errors import NoSuchThing, NotPermitted, PortalError

_PURPOSE = "watch"


def token(action: str, **payload: object) -> str:
    """What the second half may do, for this viewer and a few minutes."""
    return sign(_PURPOSE, {"action": action, **payload})


@contextmanager
def confirmed(action: str, given: str) -> Iterator[Json]:
    """What was signed for this action. The end of what is done inside is an event."""
    asked: Json = {}
    try:
        asked.update(verified(_PURPOSE, given))
        check_same(asked.get("action"), action)
        yield asked
    except Stale:
        _write(action, _thing(asked), "denied", reason=Stale.kind)
        raise
    except PortalError as error:
        _write(action, _thing(asked), _outcome(error), reason=error.kind)
        raise
    _write(action, _thing(asked), "ok")


@contextmanager
def beginning(action: str, thing: str) -> Iterator[None]:
    """The first half: only a refusal is an event."""
    try:
        yield
    except PortalError as error:
        if isinstance(error, NotPermitted):
            _write(action, thing, "denied", reason=error.kind)
        raise


def _write(action: str, thing: str, outcome: str, reason: str | None = None) -> None:
    room, _, what = action.partition(".")
    more = {"reason": reason} if reason else {}
    if room == "alert":
        audit(f"alert.{what}", thing, outcome, **more)
    else:
        audit(f"schedule.{what}", thing, outcome, **more)


def _thing(asked: Mapping[str, object]) -> str:
    parts = [f"{kind}/{str(asked[kind])[:64]}" for kind in ("query", "alert") if asked.get(kind)]
    if asked.get("job"):
        parts.append(f"job {asked['job']}")
    return " ".join(parts) or "?"


def _outcome(error: PortalError) -> str:
    return "denied" if isinstance(error, NotPermitted | NoSuchThing) else "failed"
