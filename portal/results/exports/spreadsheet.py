"""Excel: one sheet, written as it streams by.

xlsxwriter would build the file first and send it then (26 s for a million rows, without a byte on the wire); here rows
become XML by Arrow's text kernels and go out as they come. A cell without an address stands behind the one before it
(ECMA-376 part 1, 18.3.1.4: `r` is optional), which halves the text.

What Excel's numbers, doubles of 15 digits, cannot hold is text: long integers and decimals, dates before March 1900
and after 9999, NaN. Its limits: 1,048,576 rows, 32,767 characters in a cell; what is beyond is left out.

A text cell is never a formula, and what looks like one is told to stay text when someone edits it (`quotePrefix`, which
is what Excel itself writes for text that was typed behind a quote; the quote is not part of it).
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Iterator
from typing import IO, cast
from xml.sax.saxutils import escape

import pyarrow as pa
import pyarrow.compute as pc

from portal.results import values
from portal.results.exports import cells

MOST_ROWS = 1_048_575
"""With the header there is one more."""
MOST_TEXT = 32_767
_DIGITS = 15
_EPOCH_DAYS = 25_569
"""1970-01-01 as Excel counts days."""
_FIRST_DAY = -25_508
"""1900-03-01 in days from 1970: before it Excel counts a day that was not."""
_LAST_DAY = 2_932_897
"""10000-01-01, which Excel's calendar does not reach."""
_DAY_US = 86_400_000_000
_CELL_BYTES = 60
_ZIP_LIMIT = 2**31
_ILLEGAL = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x{fffe}\x{ffff}]"

_PARTS = {
    "[Content_Types].xml": (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        '<Override PartName="/xl/workbook.xml"'
        ' ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
        '<Override PartName="/xl/worksheets/sheet1.xml"'
        ' ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>'
        '<Override PartName="/xl/styles.xml"'
        ' ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/></Types>'
    ),
    "_rels/.rels": (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1"'
        ' Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"'
        ' Target="xl/workbook.xml"/></Relationships>'
    ),
    "xl/workbook.xml": (
        '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
        ' xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships">'
        '<sheets><sheet name="Result" sheetId="1" r:id="rId1"/></sheets></workbook>'
    ),
    "xl/_rels/workbook.xml.rels": (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"'
        ' Target="worksheets/sheet1.xml"/><Relationship Id="rId2"'
        ' Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/>'
        "</Relationships>"
    ),
    # Styles by number: 0 plain, 1 date, 2 time stamp, 3 header, 4 text that looks like a formula.
    "xl/styles.xml": (
        '<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><numFmts count="2">'
        '<numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/>'
        '<numFmt numFmtId="165" formatCode="yyyy\\-mm\\-dd\\ hh:mm:ss.000"/>'
        '</numFmts><fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
        '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
        '<fills count="2"><fill><patternFill patternType="none"/></fill>'
        '<fill><patternFill patternType="gray125"/></fill></fills>'
        '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
        '<cellXfs count="5"><xf/><xf numFmtId="164" applyNumberFormat="1"/><xf numFmtId="165" applyNumberFormat="1"/>'
        '<xf fontId="1" applyFont="1"/><xf quotePrefix="1"/></cellXfs>'
        '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>'
    ),
}
_HEAD = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetViews>'
    '<sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>'
    "</sheetView></sheetViews><sheetData>"
)
_FOOT = "</sheetData></worksheet>"


def write(schema: pa.Schema, rows: Iterable[pa.Table], total: int, safe: bool) -> Iterator[bytes]:
    """The file's bytes."""
    pipe = cells.Pipe()
    left = MOST_ROWS
    # Excel complains of the long form of the archive, so it is used only where the sheet needs it.
    long = min(total, MOST_ROWS) * max(len(schema), 1) * _CELL_BYTES > _ZIP_LIMIT // 2
    with zipfile.ZipFile(cast(IO[bytes], pipe), "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, text in _PARTS.items():
            archive.writestr(name, '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>' + text)
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=long) as sheet:
            sheet.write((_HEAD + _header(schema.names)).encode())
            yield pipe.take()
            for table in rows:
                table = table.slice(0, left)
                left -= table.num_rows
                sheet.write(_rows(table, safe))
                if piece := pipe.take():
                    yield piece
                if not left:
                    break
            sheet.write(_FOOT.encode())
    yield pipe.take()


def _header(names: list[str]) -> str:
    made = (f'<c s="3" t="inlineStr"><is><t xml:space="preserve">{_escaped(name)}</t></is></c>' for name in names)
    return f"<row>{''.join(made)}</row>"


def _escaped(text: str) -> str:
    """XML text; what XML cannot hold as Excel writes it, `_x0001_`, and what looks like that with its first _ so."""
    text = re.sub(r"_(?=x[0-9A-Fa-f]{4}_)", "_x005F_", text[:MOST_TEXT])
    text = re.sub("[\x00-\x08\x0b\x0c\x0d\x0e-\x1f\ufffe\uffff]", lambda found: f"_x{ord(found.group()):04X}_", text)
    return escape(text)


def _rows(table: pa.Table, safe: bool) -> bytes:
    if not table.num_columns or not table.num_rows:
        return b""
    columns = [_column(column.combine_chunks(), safe) for column in table.columns]
    texts = pc.binary_join_element_wise(_long("<row>"), *columns, _long("</row>"), _long(""))
    return cells.glued(texts)


def _column(column: pa.Array | pa.ChunkedArray, safe: bool) -> pa.Array:
    """The XML of a column's cells, as large text: offsets of small text end at 2 GiB."""
    if isinstance(column, pa.ChunkedArray):
        column = pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)
    kind = column.type
    if pa.types.is_boolean(kind):
        return _cells('<c t="b"><v>', pc.if_else(column, "1", "0"), "</v></c>")
    if pa.types.is_integer(kind) or pa.types.is_decimal(kind):
        return _number(cells.as_text(column))
    if pa.types.is_floating(kind):
        finite = pc.is_finite(column)
        number = _cells("<c><v>", pc.cast(column, pa.string()), "</v></c>")
        return number if pc.all(finite, min_count=0).as_py() else _else(finite, number, _text(cells.as_text(column)))
    if pa.types.is_date(kind):
        days = pc.cast(pc.cast(column, pa.date32()), pa.int32())
        return _moment(column, days, pc.cast(pc.add(days, _EPOCH_DAYS), pa.string()), 1)
    if pa.types.is_timestamp(kind):
        micros = pc.cast(pc.cast(column, pa.timestamp("us", kind.tz)), pa.int64())
        days = pc.add(pc.divide(pc.cast(micros, pa.float64(), safe=False), float(_DAY_US)), float(_EPOCH_DAYS))
        return _moment(column, pc.subtract(days, float(_EPOCH_DAYS)), pc.cast(days, pa.string()), 2)
    text = column if values.is_text(kind) else cells.as_text(column)
    return _text(text, cells.risky(text) if safe else None)


def _number(text: pa.Array) -> pa.Array:
    """Numbers as numbers while a double holds all their digits."""
    digits = pc.utf8_length(pc.replace_substring_regex(text, r"^-?0*\.?0*|\.", ""))
    short = pc.less_equal(digits, _DIGITS)
    number = _cells("<c><v>", text, "</v></c>")
    return number if pc.all(short, min_count=0).as_py() else _else(short, number, _text(text))


def _moment(column: pa.Array, days: pa.Array, serial: pa.Array, style: int) -> pa.Array:
    known = pc.and_(pc.greater_equal(days, _FIRST_DAY), pc.less(days, _LAST_DAY))
    drawn = _cells(f'<c s="{style}"><v>', serial, "</v></c>")
    return drawn if pc.all(known, min_count=0).as_py() else _else(known, drawn, _text(cells.as_text(column)))


def _text(text: pa.Array, formulas: pa.Array | None = None) -> pa.Array:
    """`formulas`: where the text looks like one."""
    text = pc.cast(text, pa.large_string())
    if pc.any(pc.greater(pc.utf8_length(text), MOST_TEXT), min_count=0).as_py():
        text = pc.utf8_slice_codeunits(text, 0, MOST_TEXT)
    odd = pc.match_substring_regex(text, _ILLEGAL + r"|\r|_x[0-9A-Fa-f]{4}_")
    if pc.any(odd, min_count=0).as_py():
        plain = [None if value is None else _escaped(value) for value in text.to_pylist()]
        text = pa.array(plain, pa.large_string())
    else:
        for sign, name in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
            text = pc.replace_substring(text, sign, name)
    inside, end = '<is><t xml:space="preserve">', "</t></is></c>"
    plain = _cells(f'<c t="inlineStr">{inside}', text, end)
    if formulas is None or not pc.any(formulas, min_count=0).as_py():
        return plain
    return pc.if_else(formulas, _cells(f'<c s="4" t="inlineStr">{inside}', text, end), plain)


def _cells(before: str, text: pa.Array, after: str) -> pa.Array:
    joined = pc.binary_join_element_wise(_long(before), pc.cast(text, pa.large_string()), _long(after), _long(""))
    return pc.fill_null(joined, _long("<c/>"))


def _long(text: str) -> pa.Scalar:
    return pa.scalar(text, pa.large_string())


def _else(mask: pa.Array, yes: pa.Array, no: pa.Array) -> pa.Array:
    return pc.if_else(pc.fill_null(mask, True), yes, no)
