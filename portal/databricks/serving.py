"""Model serving endpoints: a question and its answer, as the viewer.

A model may take far longer than a call of the workspace. A question is asked in a thread of its own, with a deadline of
its own; the page's request waits for it as it waits for a read: some seconds, then `StillRunning` says that it goes on,
and the page's next look, which asks the same, finds the answer.
"""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial

from portal.databricks import ids, workspace
from portal.settings import settings
from portal.shapes import Json
from portal.viewer.audit import audited
from portal.viewer.context import current, is_only_kept
from portal.viewer.errors import Busy, NotUnderstood, TooLarge, Unreachable
from portal.viewer.per_viewer import memory
from portal.viewer.upstream import admission, cause

MOST = 16 * 1024 * 1024
"""Bytes of a request: what an endpoint takes (docs.databricks.com, "Model Serving limits")."""
ASKED = 16
"""Questions of a process at a time."""
ASKED_BY_ONE = 4
"""… of which one viewer's."""
AWAITED_SECONDS = 30.0
"""For which an answer that came after its request had gone is kept for the one that comes for it."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")

_lock = threading.Lock()
_asking: Counter[str] = Counter()


@dataclass(frozen=True)
class Answer:
    """`predictions`: one for each row that was asked about, of a model. `body`: all that the endpoint answered, such as
    the `choices` of a chat model."""

    predictions: tuple[object, ...]
    body: Json


def query(
    endpoint: str,
    *,
    records: Sequence[Mapping[str, object]] | None = None,
    inputs: object = None,
    messages: Sequence[Mapping[str, str]] | None = None,
    seconds: float | None = None,
    **more: object,
) -> Answer:
    """Ask an endpoint, as the current viewer, who needs *Can query* on it.

    One of `records` (rows by column name), `inputs` (what a model without columns takes) and `messages` (of a chat:
    `role` and `content`); `more` are further members of the request, such as `max_tokens`. What is sent is JSON, 16 MB
    at most (`TooLarge`). The answer comes within `seconds`, PORTAL_SERVING_SECONDS at most and by default, or
    `Unreachable` says that the endpoint does not answer. In a request it comes within five seconds, or `StillRunning`
    has the page ask again: the same question of the same viewer is then the one that is under way.

    >>> query("taxi-fare", records=[{"trip_distance": 2}]).predictions
    (10.0,)
    """
    if not _NAME.fullmatch(endpoint):
        raise ids.missing(f"serving endpoint {endpoint[:64]}")
    asked: dict[str, object] = {"dataframe_records": records, "inputs": inputs, "messages": messages}
    body = {name: value for name, value in asked.items() if value is not None} | more
    try:
        written = json.dumps(body)
    except (TypeError, ValueError):
        raise NotUnderstood("What an endpoint is asked must be JSON: numbers, texts, lists and objects.") from None
    if len(written) > MOST:
        raise TooLarge(f"This question has {len(written):,} bytes, more than the {MOST:,} that an endpoint takes.")
    most = settings().serving_seconds
    ask = partial(_ask, endpoint, body, len(written), most if seconds is None else max(0.1, min(seconds, most)))
    if not admission.is_request() or is_only_kept():
        return ask()
    digest = hashlib.sha256(written.encode()).hexdigest()
    key = (settings().databricks_host, current().id, "serving", endpoint, digest, seconds)
    answer = memory.get(key, AWAITED_SECONDS, ask, pool=_pool())
    memory.pop(key)
    return answer


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(ASKED, thread_name_prefix="serving")


def _ask(endpoint: str, body: dict[str, object], size: int, seconds: float) -> Answer:
    with _one_more(), audited("serving.query", f"endpoint/{endpoint}", bytes=size):
        try:
            answer: Json = workspace.call(
                lambda w: w.api_client.do("POST", f"/serving-endpoints/{endpoint}/invocations", body=body),  # type: ignore[arg-type,return-value]
                f"the serving endpoint {endpoint}",
                seconds,
            )
        except Unreachable as error:
            if error.cause not in cause.TOO_LATE:
                raise
            says = f"The serving endpoint {endpoint} has not answered within {seconds:g} seconds."
            raise Unreachable(error.service, says, cause=error.cause) from None
    return Answer(tuple(answer.get("predictions") or ()), answer)


@contextmanager
def _one_more() -> Iterator[None]:
    """One question of this viewer; raises `Busy` where they ask too many at a time."""
    who = current().id
    with _lock:
        if _asking[who] >= ASKED_BY_ONE:
            raise Busy("Your pages are asking many models at a time.", retry_after=2.0)
        _asking[who] += 1
    try:
        yield
    finally:
        with _lock:
            _asking[who] -= 1
            if not _asking[who]:
                del _asking[who]
