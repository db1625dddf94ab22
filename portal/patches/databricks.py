"""databricks-sdk 0.156 and the SQL connector 4.9: where their calls pass through, and what they write for no one."""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar

if TYPE_CHECKING:
    import requests
    from databricks.sdk.core import ApiClient

T = TypeVar("T")


def session_of(api: ApiClient) -> requests.Session:
    """The one session that a client's calls go out by."""
    return api._api_client._session


def watch(api: ApiClient, checked: Callable[[str], str]) -> None:
    """Whoever asks through this client, and whatever they put into the path: `checked` sees it first."""
    ask = api.do

    def do(method: str, path: str | None = None, *given: Any, **named: Any) -> Any:
        return ask(method, checked(path) if path is not None else None, *given, **named)

    api.do = do  # type: ignore[method-assign]


def connection_of(body: BinaryIO) -> object:
    """What a streamed answer (`_StreamingResponse`) is read from; None where that is over."""
    response: requests.Response = body._response  # type: ignore[attr-defined]
    return response.raw.connection


def going_out_by(service: T, other: Callable[[ApiClient], object]) -> T:
    """A copy of an SDK's service, and of those inside it, whose calls go out by `other(its ApiClient)`.

    Services hold the client that they were made with, `w.settings` and the like other services; making them anew would
    cost a client of their own, with connections of its own.
    """
    from databricks.sdk.core import ApiClient

    made = copy.copy(service)
    for name, value in vars(made).items():
        if isinstance(value, ApiClient):
            setattr(made, name, other(value))
        elif type(value).__module__.startswith("databricks.sdk.") and _holds_a_client(value, ApiClient):
            setattr(made, name, going_out_by(value, other))
    return made


def _holds_a_client(value: object, kind: type) -> bool:
    inside = getattr(value, "__dict__", {}).values()
    return any(
        isinstance(one, kind)
        or (type(one).__module__.startswith("databricks.sdk.") and one is not value and _holds_a_client(one, kind))
        for one in inside
    )


@cache
def unprinted() -> None:
    """The connector writes each request and answer as text for a log that is off, rows and all: a quarter of a read.

    `thrift_backend.make_request`: `unsafe_logger.debug("…".format(response))`.
    """
    from databricks.sql.thrift_api.TCLIService import ttypes

    for kind in (ttypes.TRowSet, ttypes.TExecuteStatementReq):
        kind.__repr__ = object.__repr__
