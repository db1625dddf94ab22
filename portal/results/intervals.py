"""Intervals, which the Statement API gives as text: how long they are."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc


def lengths(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Of `-1 02:03:04.5` in microseconds, of `1-6` in months; NULL for what is no interval."""
    pattern = r"^(?P<sign>-?)(?P<high>\d+)(?:-(?P<months>\d+)| (?P<h>\d+):(?P<m>\d+):(?P<s>\d+(?:\.\d{1,6})?)\d*)$"
    parts = pc.extract_regex(column, pattern)

    def part(name: str, kind: pa.DataType) -> pa.Array:
        text = pc.struct_field(parts, name)
        return pc.fill_null(pc.if_else(pc.equal(text, ""), None, text).cast(kind), 0)

    months = pc.struct_field(parts, "months")
    high = part("high", pa.int64())
    seconds = pc.add(pc.multiply(part("h", pa.int64()), 3_600), pc.multiply(part("m", pa.int64()), 60))
    micros = pc.add(pc.multiply(seconds, 1_000_000), pc.cast(pc.multiply(part("s", pa.float64()), 1e6), pa.int64()))
    length = pc.if_else(
        pc.not_equal(months, ""),
        pc.add(pc.multiply(high, 12), part("months", pa.int64())),
        pc.add(pc.multiply(high, 86_400_000_000), micros),
    )
    signed = pc.if_else(pc.equal(pc.struct_field(parts, "sign"), "-"), pc.negate(length), length)
    return pc.if_else(column.is_valid(), signed, None)
