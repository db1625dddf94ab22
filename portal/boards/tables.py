"""A table: its columns as their author wants them written, and its rows, cell by cell."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal
from urllib.parse import quote, urlsplit

import nh3
import pyarrow as pa
import pyarrow.compute as pc

from portal.boards import colours, formats, given
from portal.boards.encodings import Reader
from portal.charts import columns
from portal.charts.columns import Value
from portal.charts.formats import Format, Locale, text
from portal.charts.model import Rule
from portal.charts.palette import colour
from portal.charts.rules import matched
from portal.results.values import is_number
from portal.results.values import text as plain_text

MOST_COLUMNS = 500
UNDRAWN = "HTML without a text: it is not drawn here."
_FIELD = re.compile(r"\{\{\s*([^{}]{1,200}?)\s*\}\}")
_SCHEMES = frozenset({"http", "https", "mailto"})
_PICTURE = re.compile(r"data:image/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/=\s]{1,200000}")
_BASE64 = re.compile(r"[A-Za-z0-9+/=\s]{40,200000}")


@dataclass(frozen=True)
class Column:
    """`link`, `link_text`, `image` and `tooltip` are templates. `others` are rules on other columns of the row."""

    field: str
    title: str
    kind: Literal["", "text", "number", "time", "boolean", "json", "link", "image"] = ""
    align: Literal["", "left", "center", "right"] = ""
    format: Format | None = None
    pattern: str = ""
    visible: bool = True
    searched: bool = True
    has_markup: bool = False
    link: str = ""
    link_text: str = ""
    image: str = ""
    tooltip: str = ""
    words: tuple[str, str] = ("false", "true")
    color: str = ""
    rules: tuple[Rule, ...] = ()
    others: tuple[tuple[str, Rule], ...] = ()
    description: str = ""


@dataclass(frozen=True)
class Cell:
    """`value` is the raw value as text, None for NULL. `href` is an address that may be opened, `image` a picture that
    is in the text itself (`data:`): nothing else is fetched."""

    text: str
    value: str | None
    href: str = ""
    image: str = ""
    tooltip: str = ""
    color: str = ""
    background: str = ""
    align: str = "left"


@dataclass(frozen=True)
class Table:
    """`columns` are those to be shown. `rows` are in order; `matching` and `cells` read them."""

    columns: tuple[Column, ...]
    rows: pa.Table
    page_size: int
    has_row_numbers: bool
    palette: tuple[str, ...] = ()
    searched: tuple[str, ...] = ()

    def matching(self, words: str) -> list[int] | None:
        """The rows that hold a text in one of the searched columns, in any case; None: all of them."""
        if not words.strip():
            return None
        mask = None
        for name in self.searched:
            at = self.rows.schema.get_all_field_indices(name)
            if not at:
                continue
            found = pc.match_substring(_texts(self.rows.column(at[0])), words.strip(), ignore_case=True)
            found = pc.fill_null(found, False)
            mask = found if mask is None else pc.or_(mask, found)
        return [] if mask is None else pc.indices_nonzero(mask).to_pylist()

    def cells(self, places: Sequence[int], locale: Locale) -> Iterator[tuple[Cell, ...]]:
        """The cells of rows, by their places."""
        some = self.rows.take(pa.array(places, pa.int64()))
        listed = {
            name: columns.items(some.column(at)) for at, name in reversed(list(enumerate(self.rows.column_names)))
        }
        numeric = {
            name for name in listed if is_number(self.rows.schema.field(self.rows.column_names.index(name)).type)
        }
        for at in range(len(places)):
            row = {name: values[at] for name, values in listed.items()}
            yield tuple(_cell(one, row, locale, one.field in numeric, self.palette) for one in self.columns)


def read(reader: Reader, rows: pa.Table) -> Table:
    """A table widget of either version over its rows."""
    spec, palette = reader.widget.spec, reader.palette
    listed = list(given.nodes(reader.encodings, "columns", MOST_COLUMNS))
    listed.sort(key=lambda one: given.number(one, "order") or 0.0)
    read_ = [column(one, palette) for one in listed]
    return made(
        [one for one in read_ if one.field] or [Column(name, name) for name in rows.column_names[:MOST_COLUMNS]],
        _ordered(reader, listed, rows),
        given.whole(spec, "rowsPerPage", given.whole(spec, "itemsPerPage", 25, 1, 1_000), 1, 1_000),
        given.flag(spec, "withRowNumber") or given.flag(spec, "displayRowNumbers"),
        palette,
        says_search=any("allowSearch" in one or one.get("useForSearch") for one in listed),
    )


def made(
    listed: Sequence[Column], rows: pa.Table, page_size: int, row_numbers: bool, palette: tuple[str, ...],
    says_search: bool,
) -> Table:  # fmt: skip
    shown = tuple(one for one in listed if one.visible)
    searched = tuple(one.field for one in listed if one.searched) if says_search else tuple(one.field for one in shown)
    return Table(shown, rows, page_size, row_numbers, palette, searched)


def column(of: Mapping[str, object], palette: tuple[str, ...]) -> Column:
    """A column as either editor describes it."""
    kinds: dict[str, Any] = {
        "string": "text", "number": "number", "datetime": "time", "boolean": "boolean", "json": "json", "link": "link",
        "image": "image",
    }  # fmt: skip
    display = given.text(of, "displayAs") or given.text(of, "displayType")
    kind = kinds.get(display, "")
    align = given.text(of, "alignContent") or given.text(of, "contentAlignment") or given.text(of, "align")
    words = [one for one in given.items(of, "booleanValues", 2) if isinstance(one, str)]
    link = given.text(given.node(of, "link"), "templatedURL", longest=5_000) or given.text(
        given.node(of, "actions", "click"), "urlTemplate", longest=5_000
    )
    tooltip = given.text(given.node(of, "tooltip"), "templatedText") or given.text(
        given.node(of, "actions", "hover"), "tooltipTemplate"
    )
    cell_format = given.node(of, "cellFormat")
    default = given.node(cell_format, "default")
    name = given.text(of, "fieldName") or given.text(of, "name")
    return Column(
        field=name,
        title=given.text(of, "title") or given.text(of, "displayName") or name,
        kind=kind,
        align=align if align in {"left", "center", "right"} else "",  # type: ignore[arg-type]
        format=formats.of_column(of),
        pattern=given.text(of, "dateTimeFormat") if kind == "time" else "",
        visible=given.flag(of, "visible", True),
        searched=given.flag(of, "allowSearch") or given.flag(of, "useForSearch"),
        has_markup=given.flag(of, "allowHTML"),
        link=link or (given.text(of, "linkUrlTemplate", longest=5_000) if kind == "link" else ""),
        link_text=given.text(of, "linkTextTemplate") if kind == "link" else "",
        image=given.text(of, "imageUrlTemplate", longest=5_000) if kind == "image" else "",
        tooltip=tooltip,
        words=(words[0], words[1]) if len(words) == 2 else ("false", "true"),
        color=colours.read(default.get("foregroundColor"), palette),
        rules=colours.rules(given.node(of, "style"), palette),
        others=tuple(_older_rules(cell_format, palette)),
        description=given.text(of, "description"),
    )


def _older_rules(cell_format: Mapping[str, object], palette: tuple[str, ...]) -> Iterator[tuple[str, Rule]]:
    for one in given.nodes(cell_format, "rules", 50):
        condition, shown = given.node(one, "if"), given.node(one, "value")
        value = given.value(condition, "literal")
        if value is not None:
            color = colours.read(shown.get("foregroundColor"), palette)
            background = colours.read(shown.get("backgroundColor"), palette)
            yield given.text(condition, "column"), Rule(given.text(condition, "fn"), value, color, background)


def _ordered(reader: Reader, listed: Sequence[Mapping[str, object]], rows: pa.Table) -> pa.Table:
    """`rowOrder`: by columns of the table."""
    keys: list[tuple[str, Literal["ascending", "descending"]]] = []
    for one in given.nodes(reader.encodings, "rowOrder", 20):
        at = given.whole(given.node(one, "field"), "index", -1, -1, MOST_COLUMNS)
        name = given.text(listed[at], "fieldName") if 0 <= at < len(listed) else ""
        if rows.column_names.count(name) == 1 and name not in [key for key, _ in keys]:
            descending = given.text(one, "by").endswith("-reversed")
            keys.append((name, "descending" if descending else "ascending"))
    try:
        return rows.sort_by(keys) if keys else rows
    except pa.ArrowException:
        return rows  # a type that has no order


def _texts(found: pa.ChunkedArray) -> pa.ChunkedArray:
    try:
        return found.cast(pa.string())
    except pa.ArrowException:
        return pa.chunked_array([[plain_text(one) for one in columns.items(found)]], pa.string())


def _cell(one: Column, row: Mapping[str, Value], locale: Locale, is_numeric: bool, palette: tuple[str, ...]) -> Cell:
    value = row.get(one.field)
    raw = plain_text(value)
    rule = matched(one.rules, value) or next(
        (found for name, found in one.others if matched([found], row.get(name)) is not None), None
    )
    image = _picture(_filled(one.image or "{{ @ }}", value, row)) if one.kind == "image" else ""
    href = address(one.link, value, row) if one.link else ""
    shown = _shown(one, value, raw, locale)
    if one.kind == "link" and one.link_text:
        shown = _filled(one.link_text, value, row) or shown
    if one.kind == "image" and not image:
        href = href or address(one.image or "{{ @ }}", value, row)
    return Cell(
        text=shown,
        value=raw,
        href=href,
        image=image,
        tooltip=_filled(one.tooltip, value, row) or (UNDRAWN if raw and not shown else ""),
        color=colour((rule.color if rule else "") or one.color, palette),
        background=colour(rule.background if rule else "", palette),
        align=one.align or ("right" if is_numeric else "left"),
    )


def _shown(one: Column, value: Value, raw: str | None, locale: Locale) -> str:
    if value is None:
        return text(None)
    if isinstance(value, bool):
        return one.words[value]
    if one.pattern and isinstance(value, date):
        return formats.moment(value, one.pattern)
    if one.kind == "text" and one.format is None and not isinstance(value, date):
        shown = raw or ""
    else:
        shown = text(value, one.format, locale)
    if one.has_markup and "<" in shown:
        return without_markup(shown)
    return shown


def without_markup(markup: str) -> str:
    """The text of a piece of HTML."""
    return html.unescape(nh3.clean(markup[:10_000], tags=set(), clean_content_tags={"script", "style"})).strip()


def _filled(template: str, value: Value, row: Mapping[str, Value], quoted: bool = False) -> str:
    """A template with `{{ @ }}`, the value, and `{{ column }}`, another one of the row."""

    def part(found: re.Match[str]) -> str:
        one = value if found[1] in {"@", "@formatted"} else row.get(found[1])
        shown = plain_text(one) or ""
        return quote(shown, safe="/:@!$'()*,;~-._") if quoted else shown

    return _FIELD.sub(part, template)[:10_000]


def address(template: str, value: Value, row: Mapping[str, Value]) -> str:
    """Where a cell leads, or "": another site's page or an e-mail address, never a script or a place on this site.

    >>> address("https://example.com/{{ @ }}?q={{ name }}", 7, {"name": "a&b"})
    'https://example.com/7?q=a%26b'
    >>> address("{{ @ }}", "javascript:alert(1)", {})
    ''
    """
    is_whole = _FIELD.fullmatch(template.strip()) is not None
    made = _filled(template, value, row, quoted=not is_whole).strip()
    fixed = _FIELD.split(template, maxsplit=1)[0]
    if any(ord(one) < 33 or one in '\\"<>`' for one in made):
        return ""
    try:
        parts, beginning = urlsplit(made), urlsplit(fixed)
        host = parts.hostname
    except ValueError:
        return ""
    if parts.scheme.lower() not in _SCHEMES or (parts.scheme.lower() != "mailto" and not host):
        return ""
    # A value may fill a path or a query; the site is the template's where that names one.
    if not is_whole and beginning.scheme and parts.netloc != beginning.netloc:
        return ""
    return made


def _picture(found: str) -> str:
    if _PICTURE.fullmatch(found):
        return found
    return f"data:image/png;base64,{found}" if _BASE64.fullmatch(found) and found.lstrip().startswith("iVBOR") else ""
