"""What is in a tile, as elements: counters, tables, pivots, texts and states. `assets/src/dashboards/elements.js` makes
them in the browser, where text becomes text nodes; charts are figures, which `tile.js` draws.
"""

from __future__ import annotations

from collections.abc import Sequence

from portal.boards import tiles
from portal.boards.counters import Counter
from portal.boards.markdown import Element as Part
from portal.boards.tables import Cell, Table
from portal.charts.formats import Locale
from portal.charts.pivot import Cell as PivotCell
from portal.charts.pivot import Head, Pivot
from portal.ui.attributes import Attributes, aria, data
from portal.ui.elements import Child, Element, element
from portal.ui.icons import icon
from portal.viewer.errors import NotPermitted, PortalError, StatementFailed

_HTML_NAMES = {"colspan": "colSpan", "rowspan": "rowSpan"}
LINE = (120, 28)
"""Width and height of a counter's small line."""


def state(title: str, text: str, hint: str = "", *, symbol: str = "info-circle", tone: str = "idle", code: bool = False,
          link: str = "") -> Element:  # fmt: skip
    """What a tile shows instead of its data: a title, a sentence, and what to do about it."""
    words = [element("P", title, className="tile-state-title")]
    if text and code:
        words.append(element("Pre", text, className="tile-state-text", tabIndex=0, **aria(label="Message")))
    elif text:
        words.append(element("P", text, className="tile-state-text"))
    if hint:
        words.append(element("P", hint, className="tile-state-hint"))
    if link:
        words.append(
            element(
                "A", "Open in Databricks", href=link, target="_blank", rel="noopener noreferrer", className="tile-link"
            )
        )
    shown = [icon(symbol, class_name="tile-state-icon", **data(tone=tone)), element("Div", words)]
    return element("Div", shown, className="tile-state")


def unsupported(reason: str, kind: str, link: str) -> Element:
    return state(f"Not drawn here: {kind}", reason, symbol="slash-circle", link=link)


def empty() -> Element:
    return state("No data", "Its query gives no rows for what is chosen.", symbol="slash-circle")


def failed(error: PortalError, dataset: str) -> Element:
    """A refusal or failure, with the dataset's name."""
    if isinstance(error, NotPermitted):
        hint = f"It can be granted by {error.granted_by}. Dataset: {dataset}."
        return state(error.title, error.message, hint, symbol="shield-lock", tone="warn")
    where = f"Dataset: {dataset}."
    if isinstance(error, StatementFailed) and error.line:
        where = f"Dataset: {dataset}, line {error.line} of the statement."
    return state(error.title, error.message, where, symbol=error.icon, tone=error.tone, code=True)


def counter(found: Counter, title: str) -> Element:
    """The number large, what it is compared with, and the line of its periods."""
    number = found.number
    style = {"--chars": str(max(len(number.text), 4)), **({"color": number.color} if number.color else {})}
    raw = number.value if number.value is not None else ""
    parts: list[Child] = [
        element("Div", number.text, className="counter-value", style=style, **data(part="value", value=raw))
    ]
    if number.target or number.change:
        below: list[Child] = []
        if number.change:
            below.append(
                element(
                    "Span", number.change, className="counter-change", **data(direction=number.direction, part="change")
                )
            )
        if number.target:
            below.append(element("Span", f"{number.target_name}: {number.target}", **data(part="target")))
        parts.append(element("Div", below, className="counter-target"))
    if found.period:
        parts.append(element("Div", found.period, className="counter-period", **data(part="period")))
    if found.line:
        parts.append(_line(found.line, title))
    return element("Div", parts, className="counter")


def _line(values: Sequence[float | None], title: str) -> Element:
    """The periods as a line, oldest first; a gap where there is no value."""
    width, height = LINE
    known = [one for one in values if one is not None]
    low, high = min(known, default=0.0), max(known, default=1.0)
    reach = (high - low) or 1.0
    step = width / max(len(values) - 1, 1)
    path, pen = [], "M"
    for at, one in enumerate(values):
        if one is None:
            pen = "M"
            continue
        path.append(f"{pen}{at * step:.1f},{height - 2 - (one - low) / reach * (height - 4):.1f}")
        pen = "L"
    drawn = element("svg:path", d="".join(path))
    return element(
        "svg:svg", [drawn], viewBox=f"0 0 {width} {height}", preserveAspectRatio="none", className="counter-line",
        role="img", **aria(label=f"{title or 'Value'} over {len(values)} periods"),
    )  # fmt: skip


def table(found: Table, title: str, locale: Locale, words: str = "", page: int = 0) -> Element:
    """A page of a table's rows, with search and pages where it has them."""
    places = found.matching(words)
    total = found.rows.num_rows if places is None else len(places)
    size = max(1, min(found.page_size, 1_000))
    pages = max(1, -(-total // size))
    page = min(max(page, 0), pages - 1)
    shown = (
        range(page * size, min((page + 1) * size, total)) if places is None else places[page * size : (page + 1) * size]
    )
    lines = list(found.cells(list(shown), locale))
    aligned = [cell.align for cell in lines[0]] if lines else ["left"] * len(found.columns)
    head = [
        _column(column.title, column.description, align) for column, align in zip(found.columns, aligned, strict=True)
    ]
    if found.has_row_numbers:
        head.insert(0, element("Th", "#", scope="col", role="columnheader", className="tile-number"))
    rows = []
    for at, cells in enumerate(lines):
        made = [_cell(cell) for cell in cells]
        if found.has_row_numbers:
            made.insert(0, element("Td", f"{page * size + at + 1:,}", role="rowheader", className="tile-number"))
        rows.append(element("Tr", made, role="row"))
    grid = element(
        "Table",
        [
            element("Thead", element("Tr", head, role="row"), role="rowgroup"),
            element("Tbody", rows, role="rowgroup"),
        ],
        className="table tile-table", role="grid",
        **aria(label=title or "Table", rowcount=str(total + 1), colcount=str(len(head))),
    )  # fmt: skip
    parts: list[Child] = []
    if found.searched:
        parts.append(
            element("Input", type="search", className="form-control form-control-sm tile-search", value=words,
                    placeholder="Search", **aria(label=f"Search {title or 'the table'}"), **data(tile_search="1"))
        )  # fmt: skip
    parts.append(
        element("Div", grid, className="tile-scroll", tabIndex=0, role="group", **aria(label=title or "Table"))
    )
    if pages > 1 or words:
        parts.append(_pages(page, pages, total))
    return element("Div", parts, className="tile-list")


def _column(title: str, description: str, align: str) -> Element:
    """A heading, where the values below it stand."""
    style = {"textAlign": align} if align != "left" else {}
    return element("Th", title, scope="col", role="columnheader", title=description or None, style=style)


def _pages(page: int, pages: int, total: int) -> Element:
    def step(symbol: str, text: str, to: int, off: bool) -> Element:
        label = aria(label=text)
        return element("Button", icon(symbol), type="button", className="btn btn-sm btn-outline-secondary",
                       disabled=off, **label, **data(tile_page=str(to)))  # fmt: skip

    where = f"Page {page + 1:,} of {pages:,} ({total:,} rows)"
    return element(
        "Div",
        [
            step("chevron-left", "Previous page", page - 1, page == 0),
            element("Span", where, className="tile-pages-where", role="status"),
            step("chevron-right", "Next page", page + 1, page >= pages - 1),
        ],
        className="tile-pages",
    )


def _cell(cell: Cell) -> Element:
    inside: Child = cell.text
    if cell.image:
        inside = element("Img", src=cell.image, alt=cell.text, className="tile-image")
    if cell.href:
        inside = element("A", inside, href=cell.href, target="_blank", rel="noopener noreferrer")
    style = {
        "color": cell.color,
        "backgroundColor": cell.background,
        "textAlign": cell.align if cell.align != "left" else "",
    }
    kept = {name: value for name, value in style.items() if value}
    null = {"className": "is-null"} if cell.value is None else {}
    return element("Td", inside, role="gridcell", style=kept, title=cell.tooltip or None, **null)


def pivot(found: Pivot, title: str) -> Element:
    """A table with headings over and beside it."""
    levels = max(1, len(found.head))
    head = []
    for level, line in enumerate(found.head or ((),)):
        cells = [_head(one, over=True) for one in line]
        if level == 0:
            corner = [
                element("Th", name, scope="col", role="columnheader", rowSpan=levels, className="pivot-corner")
                for name in found.corner
            ]
            cells = corner + cells
        head.append(element("Tr", cells, role="row"))
    body = []
    for one in found.lines:
        cells = [_head(head_, over=False) for head_ in one.heads]
        cells += [_number(cell) for cell in one.cells]
        body.append(element("Tr", cells, role="row", className="is-total" if one.is_total else ""))
    grid = element(
        "Table",
        [element("Thead", head, role="rowgroup"), element("Tbody", body, role="rowgroup")],
        className="table tile-table tile-pivot", role="grid", **aria(label=title or "Pivot"),
    )  # fmt: skip
    scroll = element("Div", grid, className="tile-scroll", tabIndex=0, role="group", **aria(label=title or "Pivot"))
    return element("Div", scroll, className="tile-list")


def _head(one: Head, *, over: bool) -> Element:
    spans = {"colSpan": one.span, "rowSpan": one.depth} if over else {"rowSpan": one.span, "colSpan": one.depth}
    kept = {name: value for name, value in spans.items() if value > 1}
    total = {"className": "is-total"} if one.is_total else {}
    role = "columnheader" if over else "rowheader"
    return element("Th", one.text, scope=("col" if over else "row"), role=role, **kept, **total)


def _number(cell: PivotCell) -> Element:
    style = {name: value for name, value in (("color", cell.color), ("backgroundColor", cell.background)) if value}
    raw = {} if cell.value is None else data(value=cell.value)
    return element("Td", cell.text, role="gridcell", style=style, className="is-total" if cell.is_total else "", **raw)


def text(found: tiles.Text) -> Element:
    """A text's Markdown."""
    return element("Div", [*map(_part, found.parts), *_notes(found.notes)], className="tile-text")


def _part(part: Part | str) -> Child:
    if isinstance(part, str):
        return part
    attributes: Attributes = {_HTML_NAMES.get(name, name): value for name, value in part.attributes}
    if part.tag == "a":
        attributes["target"] = "_blank"
    tag = "".join(word.capitalize() for word in part.tag.split("-"))
    return element(tag, [_part(one) for one in part.parts] or None, **attributes)


def _notes(notes: Sequence[str]) -> list[Element]:
    return [element("P", " ".join(notes), className="tile-note")] if notes else []
