"""Model serving endpoints: a question and its answer, as the viewer."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portal.databricks import ids, workspace
from portal.viewer.audit import audited
from portal.viewer.errors import NotUnderstood, TooLarge

MOST = 16 * 1024 * 1024
"""Bytes of a request: what an endpoint takes (docs.databricks.com, "Model Serving limits")."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")


@dataclass(frozen=True)
class Answer:
    """`predictions`: one for each row that was asked about, of a model. `body`: all that the endpoint answered, such as
    the `choices` of a chat model."""

    predictions: tuple[Any, ...]
    body: dict[str, Any]


def query(
    endpoint: str,
    *,
    records: Sequence[Mapping[str, object]] | None = None,
    inputs: object = None,
    messages: Sequence[Mapping[str, str]] | None = None,
    **more: object,
) -> Answer:
    """Ask an endpoint, as the current viewer, who needs *Can query* on it.

    One of `records` (rows by column name), `inputs` (what a model without columns takes) and `messages` (of a chat:
    `role` and `content`); `more` are further members of the request, such as `max_tokens`. What is sent is JSON, 16 MB
    at most (`TooLarge`). The answer comes within PORTAL_CALL_SECONDS, or the state says that Databricks does not
    answer: a model that takes longer, or that has to be started first, belongs into a job.

    >>> query("taxi-fare", records=[{"trip_distance": 2}]).predictions
    (10.0,)
    """
    if not _NAME.fullmatch(endpoint):
        raise ids.missing(f"serving endpoint {endpoint[:64]}")
    asked: dict[str, object] = {"dataframe_records": records, "inputs": inputs, "messages": messages}
    body = {name: value for name, value in asked.items() if value is not None} | more
    try:
        size = len(json.dumps(body))
    except (TypeError, ValueError):
        raise NotUnderstood("What an endpoint is asked must be JSON: numbers, texts, lists and objects.") from None
    if size > MOST:
        raise TooLarge(f"This question has {size:,} bytes, more than the {MOST:,} that an endpoint takes.")
    with audited("serving.query", f"endpoint/{endpoint}", bytes=size):
        answer: dict[str, Any] = workspace.call(
            lambda w: w.api_client.do("POST", f"/serving-endpoints/{endpoint}/invocations", body=body),  # type: ignore[arg-type,return-value]
            f"the serving endpoint {endpoint}",
        )
    return Answer(tuple(answer.get("predictions") or ()), answer)
