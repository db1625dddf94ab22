"""Rows of a result as a Thrift client takes them: Arrow batches in the answer, or links to Arrow files (CloudFetch)."""

from __future__ import annotations

import functools

from databricks.sql.thrift_api.TCLIService import ttypes

from portal.sandbox.sql.presigned import Presigned
from portal.sandbox.sql.results import Result
from portal.sandbox.thrift.packing import INLINE_BYTES, Packer
from portal.sandbox.thrift.schema import metadata

TYPE = "application/octet-stream"
DEFAULT_ROWS, DEFAULT_BYTES = 100_000, 100 * 1024 * 1024


class Rows:
    """A cursor over one result; the operation's `FetchResults` advance it."""

    def __init__(self, result: Result, packer: Packer, presigned: Presigned) -> None:
        self.result = result
        self._packer = packer
        self._presigned = presigned
        wanted = packer.wanted
        self.by_links = wanted.links and result.byte_count > INLINE_BYTES and bool(result.columns)
        self._schema = packer.schema(result)
        self.next_row = 0

    def metadata(self) -> ttypes.TGetResultSetMetadataResp:
        kinds = ttypes.TSparkRowSetType
        return metadata(
            self.result,
            self._packer.wanted.native,
            resultFormat=kinds.URL_BASED_SET if self.by_links else kinds.ARROW_BASED_SET,
            lz4Compressed=self._packer.lz4,
            arrowSchema=self._schema.serialize().to_pybytes(),
        )

    def fetch(self, max_rows: int | None, max_bytes: int | None, orientation: int) -> ttypes.TFetchResultsResp:
        """The next rows, or with FETCH_FIRST the first ones again. Runs in a thread: it copies and compresses."""
        if orientation == ttypes.TFetchOrientation.FETCH_FIRST:
            self.next_row = 0
        limits = max(max_rows or DEFAULT_ROWS, 1), max(max_bytes or DEFAULT_BYTES, 1)
        start = self.next_row
        row_set = self._links(start, limits[1]) if self.by_links else self._batches(start, *limits)
        return ttypes.TFetchResultsResp(
            status=ttypes.TStatus(statusCode=ttypes.TStatusCode.SUCCESS_STATUS),
            hasMoreRows=self.next_row < self.result.row_count,
            results=row_set,
            resultSetMetadata=self.metadata(),
        )

    def _batches(self, start: int, max_rows: int, max_bytes: int) -> ttypes.TRowSet:
        taken: list[ttypes.TSparkArrowBatch] = []
        rows = size = 0
        for batch in self.result.batches(start):
            batch = self._packer.as_wanted(batch.slice(0, max_rows - rows), self.result)
            written = batch.serialize()
            if taken and size + written.size > max_bytes:
                break
            taken.append(ttypes.TSparkArrowBatch(batch=self._packer.batch(written), rowCount=batch.num_rows))
            rows += batch.num_rows
            size += written.size
            if rows >= max_rows or size >= max_bytes:
                break
        self.next_row = start + rows
        return ttypes.TRowSet(startRowOffset=start, rows=[], arrowBatches=taken)

    def _links(self, start: int, max_bytes: int) -> ttypes.TRowSet:
        links: list[ttypes.TSparkArrowResultLink] = []
        size = 0
        for chunk in self.result.chunks:
            if chunk.row_offset < start:
                continue
            if links and size + chunk.byte_count > max_bytes:
                break
            link = self._presigned.sign(
                f"{chunk.index}.arrows", functools.partial(self._packer.file, self.result, chunk), TYPE
            )
            links.append(
                ttypes.TSparkArrowResultLink(
                    fileLink=link.url,
                    expiryTime=int(link.expires_at * 1000),
                    startRowOffset=chunk.row_offset,
                    rowCount=chunk.row_count,
                    bytesNum=chunk.byte_count,
                    httpHeaders={},
                )
            )
            size += chunk.byte_count
            self.next_row = chunk.row_offset + chunk.row_count
        return ttypes.TRowSet(startRowOffset=start, rows=[], arrowBatches=[], resultLinks=links)
