"""A chunk's rows: by its presigned link out of the cloud's storage, or inline where the API sent them so.

A link is a secret that opens the data for whoever holds it. It is fetched over TLS, without our headers (storage
refuses an Authorization header), without following redirects, and appears in no log and no error.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import requests
import structlog

from portal.viewer.errors import PortalError, Unreachable
from portal.viewer.transport import careful
from portal.viewer.upstream import cause, report

if TYPE_CHECKING:
    import pyarrow as pa
    from databricks.sdk.service import sql as api

    from portal.databricks.statements import Column

STORAGE = "result storage"
READ_SECONDS = 5
"""Of silence, or of what is as good as silence."""
CHUNK_SECONDS = 60.0
"""Of a whole chunk, 16 MiB or so."""
BLOCKED_SECONDS = 300.0
"""How long statements go inline after the storage could not be reached: a firewall does not open by the minute."""

log = structlog.get_logger("portal.databricks.links")


class LinkExpired(PortalError):
    """The storage refused a link: it is past its time, and a new one can be asked for."""


_blocked_until = 0.0
_late = 0
"""Files in a row that did not come in time."""


def blocked() -> bool:
    """Whether this process has found the storage out of reach a while ago."""
    return time.monotonic() < _blocked_until


@cache
def storage() -> requests.Session:
    """The session by which signed links are followed."""
    session = requests.Session()
    session.trust_env = True
    return careful(session, STORAGE, seconds=CHUNK_SECONDS, pace=READ_SECONDS)


def table(data: api.ResultData, columns: Sequence[Column]) -> pa.Table:
    """The rows of one answer of the API (an SDK `ResultData`), whichever way they come."""
    if data.external_links:
        import pyarrow as pa

        parts = [_fetch(link.external_link or "", link.http_headers) for link in data.external_links]
        return parts[0] if len(parts) == 1 else pa.concat_tables(parts)
    return _inline(data.data_array or [], columns)


def _fetch(link: str, headers: dict[str, str] | None) -> pa.Table:
    """One file, tried twice where the first try failed at once; a second failure marks the storage as blocked."""
    global _blocked_until, _late
    try:
        table = _fetch_once(link, headers)
        _late = 0
        return table
    except Unreachable as error:
        if "time-out" in error.cause or error.cause == "left alone":
            # Twice as long says no more, and once says little of a firewall.
            _late += 1
            if _late > 1:
                _blocked_until = time.monotonic() + BLOCKED_SECONDS
            raise
    try:
        return _fetch_once(link, headers)
    except Unreachable:
        _blocked_until = time.monotonic() + BLOCKED_SECONDS
        raise


def _fetch_once(link: str, headers: dict[str, str] | None) -> pa.Table:
    import pyarrow as pa

    if not link.startswith("https://"):
        said = "Databricks answered a result link that is not https."
        raise report.unreachable(STORAGE, said, otherwise="not its API", operation="GET chunk")
    safe = {name: value for name, value in (headers or {}).items() if name.lower() not in {"authorization", "cookie"}}
    try:
        # A bare auth: without one, requests would look into ~/.netrc for the storage's host.
        answer = storage().get(link, headers=safe, timeout=READ_SECONDS, auth=lambda request: request)
        if answer.status_code in {400, 401, 403, 404}:
            raise LinkExpired("The link to this part of the result has expired.")
        answer.raise_for_status()
        with pa.ipc.open_stream(answer.content) as reader:
            return reader.read_all()
    except PortalError:
        raise
    except (requests.RequestException, pa.ArrowException, OSError) as error:
        # Not its text: that holds the link.
        why = "not its API" if isinstance(error, pa.ArrowException) else cause.of(error)
        raise report.unreachable(STORAGE, otherwise=why, operation="GET chunk", host=urlsplit(link).hostname) from None


def arrow_type(column: Column) -> pa.DataType:
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
