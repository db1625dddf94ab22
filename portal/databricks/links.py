"""A chunk's rows: by its presigned link out of the cloud's storage, or inline where the API sent them so.

A link is a secret that opens the data for whoever holds it. It is fetched over TLS, without our headers (storage
refuses an Authorization header), without following redirects, and appears in no log and no error.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

import requests
import structlog

from portal.viewer.errors import PortalError, Unreachable
from portal.viewer.transport import careful

if TYPE_CHECKING:
    import pyarrow as pa

    from portal.databricks.statements import Column

STORAGE = "result storage"
READ_SECONDS = 60
BLOCKED_SECONDS = 300.0
"""How long statements go inline after the storage could not be reached: a firewall does not open by the minute."""

log = structlog.get_logger("portal.databricks.links")


class LinkExpired(PortalError):
    """The storage refused a link: it is past its time, and a new one can be asked for."""


_blocked_until = 0.0


def blocked() -> bool:
    """Whether this process has found the storage out of reach a while ago."""
    return time.monotonic() < _blocked_until


@cache
def _session() -> requests.Session:
    session = requests.Session()
    session.trust_env = True
    return careful(session, STORAGE)


def table(data: Any, columns: Sequence[Column]) -> pa.Table:
    """The rows of one answer of the API (an SDK `ResultData`), whichever way they come."""
    if data.external_links:
        import pyarrow as pa

        parts = [_fetch(link.external_link or "", link.http_headers) for link in data.external_links]
        return parts[0] if len(parts) == 1 else pa.concat_tables(parts)
    return _inline(data.data_array or [], columns)


def _fetch(link: str, headers: dict[str, str] | None) -> pa.Table:
    """One file, tried twice; a second failure to get through marks the storage as blocked."""
    global _blocked_until
    try:
        return _fetch_once(link, headers)
    except Unreachable:
        pass
    try:
        return _fetch_once(link, headers)
    except Unreachable:
        _blocked_until = time.monotonic() + BLOCKED_SECONDS
        raise


def _fetch_once(link: str, headers: dict[str, str] | None) -> pa.Table:
    import pyarrow as pa

    if not link.startswith("https://"):
        raise Unreachable(STORAGE, "Databricks answered a result link that is not https.")
    safe = {name: value for name, value in (headers or {}).items() if name.lower() not in {"authorization", "cookie"}}
    try:
        # A bare auth: without one, requests would look into ~/.netrc for the storage's host.
        answer = _session().get(link, headers=safe, timeout=READ_SECONDS, auth=lambda request: request)
        if answer.status_code in {400, 401, 403, 404}:
            raise LinkExpired("The link to this part of the result has expired.")
        answer.raise_for_status()
        with pa.ipc.open_stream(answer.content) as reader:
            return reader.read_all()
    except PortalError:
        raise
    except (requests.RequestException, pa.ArrowException, OSError) as error:
        # Not its text: that holds the link.
        log.warning("result chunk not fetched", error=type(error).__name__)
        raise Unreachable(STORAGE) from None


def arrow_type(column: Column) -> Any:
    """The Arrow type of a column of simple type; text for the others, exact as the API wrote them."""
    import pyarrow as pa

    name = column.type_name
    if name == "DECIMAL" and "(" in column.type_text:
        precision, scale = column.type_text[column.type_text.index("(") + 1 : -1].split(",")
        return pa.decimal128(int(precision), int(scale))
    simple = {
        "BYTE": pa.int8(), "SHORT": pa.int16(), "INT": pa.int32(), "LONG": pa.int64(), "FLOAT": pa.float32(),
        "DOUBLE": pa.float64(), "BOOLEAN": pa.bool_(), "DATE": pa.date32(),
    }  # fmt: skip
    return simple.get(name, pa.string())


def _inline(rows: Sequence[Sequence[str | None]], columns: Sequence[Column]) -> pa.Table:
    """JSON_ARRAY rows, in which every value is text or null."""
    import pyarrow as pa

    arrays = []
    for position, column in enumerate(columns):
        text = pa.array([row[position] for row in rows], pa.string())
        kind = arrow_type(column)
        try:
            arrays.append(text if kind == pa.string() else text.cast(kind))
        except pa.ArrowInvalid:
            arrays.append(text)
    return pa.Table.from_arrays(arrays, names=[column.name for column in columns])


def empty(columns: Sequence[Column]) -> pa.Table:
    """No rows, of these columns."""
    return _inline([], columns)
