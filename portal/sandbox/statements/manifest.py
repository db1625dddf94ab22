"""Manifest and chunks of a result, in the API's words."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from typing import Any

from portal.sandbox.sql.arrow import Column
from portal.sandbox.sql.execution import Execution
from portal.sandbox.sql.presigned import Presigned
from portal.sandbox.sql.results import Chunk, Result
from portal.sandbox.statements import formats

INLINE_LIMIT = 26_214_400
EXTERNAL_LIMIT = 100 * 1024**3
INLINE, EXTERNAL_LINKS = "INLINE", "EXTERNAL_LINKS"


def schema(columns: Sequence[Column]) -> dict[str, Any]:
    listed = []
    for position, column in enumerate(columns):
        described: dict[str, Any] = {
            "name": column.name,
            "type_text": column.type.text,
            "type_name": column.type.api_name,
            "position": position,
        }
        if column.type.name == "DECIMAL":
            described |= {"type_precision": column.type.precision, "type_scale": column.type.scale}
        if column.type.name == "INTERVAL":
            described["type_interval_type"] = column.type.interval
        listed.append(described)
    return {"column_count": len(listed), "columns": listed} if listed else {"column_count": 0}


def manifest(result: Result, format_: str, disposition: str) -> dict[str, Any]:
    """Byte counts are told only for EXTERNAL_LINKS, as in the real API."""
    sized = disposition == EXTERNAL_LINKS
    chunks = [
        {"chunk_index": chunk.index, "row_offset": chunk.row_offset, "row_count": chunk.row_count}
        | ({"byte_count": chunk.byte_count} if sized else {})
        for chunk in result.chunks
    ]
    found: dict[str, Any] = {
        "format": format_,
        "schema": schema(result.columns),
        "total_chunk_count": len(chunks),
        "total_row_count": result.row_count,
        "truncated": result.truncated,
    }
    if chunks:
        found["chunks"] = chunks
    if sized:
        found["total_byte_count"] = result.byte_count
    return found


def next_chunk(one: Execution, chunk: Chunk, row_offset: int | None = None) -> dict[str, Any]:
    assert one.result is not None
    following = chunk.index + 1
    if following >= len(one.result.chunks):
        return {}
    offset = one.result.chunks[following].row_offset
    path = f"/api/2.0/sql/statements/{one.id}/result/chunks/{following}?row_offset={offset}"
    return {"next_chunk_index": following, "next_chunk_internal_link": path}


def inline_chunk(one: Execution, index: int) -> dict[str, Any]:
    """A chunk's rows as an array of arrays of text. Runs in a thread."""
    result = one.result
    assert result is not None
    if not result.chunks:
        return {}
    chunk = result.chunks[index]
    place = {"chunk_index": chunk.index, "row_offset": chunk.row_offset, "row_count": chunk.row_count}
    rows = [row for batch in chunk.batches() for row in formats.rows(batch, result.columns)]
    return {**place, **next_chunk(one, chunk), "data_array": rows}


def linked_chunk(one: Execution, index: int, format_: str, presigned: Presigned) -> dict[str, Any]:
    """A chunk as a fresh link to its file."""
    result = one.result
    assert result is not None
    if not result.chunks:
        return {}
    chunk = result.chunks[index]
    suffix, content_type, write = formats.FILES[format_]
    link = presigned.sign(f"{one.id}_{chunk.index}.{suffix}", _producer(result, chunk, write), content_type)
    expiration = datetime.datetime.fromtimestamp(link.expires_at, datetime.UTC)
    described = {
        "chunk_index": chunk.index,
        "row_offset": chunk.row_offset,
        "row_count": chunk.row_count,
        "byte_count": chunk.byte_count,
        **next_chunk(one, chunk),
        "external_link": link.url,
        "expiration": f"{expiration:%Y-%m-%dT%H:%M:%S}.{expiration.microsecond // 1000:03d}Z",
    }
    return {"external_links": [described]}


def _producer(
    result: Result, chunk: Chunk, write: Callable[[Result, Chunk], bytes | memoryview]
) -> Callable[[], bytes | memoryview]:
    return lambda: write(result, chunk)
