"""How past and saved queries are listed: their text, what came of them, and what one can do with them.

Links carry SQL in their fragment, which no server sees; opening one runs nothing (`assets/src/warehouse/link.js`
reads it).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from urllib.parse import quote

import dash
import humanize
from dash import dcc, html
from dash.development.base_component import Component

from portal.databricks.history import SINCE, STATES, Page, Past
from portal.databricks.saved import SavedQuery
from portal.databricks.workspace import PRODUCT
from portal.ui import actions, badges, pager, stars, states, when
from portal.ui.attributes import Attributes, aria, data
from portal.ui.elements import Child, Children
from portal.ui.icons import icon

ASKED, CONFIRMED, DIALOG, OUTCOME = "query-asked", "query-confirmed", "query-dialog", "query-outcome"
REGION = "query-region"
SHOWN = 400
"""Characters of a query's text in a list."""
LONGEST_LINK = 30_000
"""Characters of a fragment; a longer text is opened in Databricks."""
PAGE = 50
_STATES = {
    "FINISHED": "Succeeded",
    "FAILED": "Failed",
    "CANCELED": "Canceled",
    "RUNNING": "Running",
    "QUEUED": "Queued",
}
_SINCE = {"hour": "The last hour", "day": "The last day", "week": "The last week", "month": "The last 30 days"}
_BADGES = {"FINISHED": "SUCCEEDED", "STARTED": "RUNNING", "COMPILING": "RUNNING", "COMPILED": "RUNNING"}


def parts(region: str) -> list[Component]:
    """What a page with dialogs has in its layout; `region` is drawn anew after what they did."""
    return [dcc.Store(id=REGION, data=region), *actions.dialog_parts(ASKED, CONFIRMED, DIALOG, OUTCOME)]


def editor_link(sql: str, warehouse_id: str = "", where: str = "") -> str | None:
    """The editor with this text; None where the text is too long for an address."""
    fields = {"sql": sql, "schema": where, "warehouse": warehouse_id}
    fragment = "&".join(f"{name}={quote(value, safe='')}" for name, value in fields.items() if value)
    return f"{dash.get_relative_path('/warehouse')}#{fragment}" if len(fragment) <= LONGEST_LINK else None


def _open(link: str | None, name: str) -> Component:
    if link is None:
        text = "Its text is too long for a link: open it in Databricks."
        return html.Span("Too long to open here", title=text, className="cell-note")
    return dcc.Link(
        [icon("terminal"), html.Span("Open"), html.Span(f" {name}", className="visually-hidden")],
        href=link,
        className="btn btn-outline-secondary btn-sm action",
    )


def _sql(text: str, below: Sequence[Child] = ()) -> Component:
    shown = " ".join(text[:SHOWN].split())
    cut = shown + ("…" if len(text) > SHOWN else "")
    return html.Div([html.Code(cut or "(no text)", title=text[:2000], className="query-text"), *below])


# History


def history_filters(view: Mapping[str, str]) -> html.Div:
    """State and time; the text is in the toolbar."""
    return html.Div(
        [
            _select("state", "State", view.get("state", ""), {name: _STATES[name] for name in STATES}),
            _select("since", "Started", view.get("since", ""), {name: _SINCE[name] for name in SINCE}, "Any time"),
        ],
        className="jobs-selects",
    )


def _select(name: str, label: str, chosen: str, values: Mapping[str, str], any_: str = "Any") -> html.Div:
    options = [html.Option(any_, value=""), *(html.Option(text, value=value) for value, text in values.items())]
    select = html.Select(options, id=f"queries-{name}", className="form-select form-select-sm", disable_n_clicks=True)
    return html.Div(
        [html.Label(label, htmlFor=f"queries-{name}", className="form-label"), select],
        className="jobs-select",
        **data(param=name, chosen=chosen),
    )


def history(page: Page, view: Mapping[str, str], host: str | None) -> list[Child]:
    """A page of the viewer's statements."""
    body: list[Child] = [html.P(_looked(page, view), className="grid-note", role="status")]
    if page.items:
        rows = [_past(one, host) for one in page.items]
        body.append(grid("History", ("Statement", "State", "Started", "Took", "Rows", "Read", ""), rows))
    elif any(view.get(name) for name in ("q", "state", "since", "page")):
        hint = "Search further back, or empty a filter." if page.following else "Empty a filter to see more."
        body.append(states.empty("No statements match", hint))
    else:
        body.append(states.empty("No history yet", "What you run, here or in Databricks, is listed here."))
    further = "Search further back" if view.get("q") else "Older"
    steps: list[Component] = []
    if view.get("page"):
        steps.append(pager.back("Newest", page=""))
    if page.following:
        steps.append(pager.on(further, page=page.following))
    if steps:
        body.append(pager.steps(steps, "Pages of the history"))
    return body


def _looked(page: Page, view: Mapping[str, str]) -> list[Child]:
    count = len(page.items)
    noun = "statement" if count == 1 else "statements"
    if not view.get("q"):
        return [f"{count:,} {noun}, the newest first"]
    reach: list[Child] = [", back to ", when.ago(page.back_to)] if page.back_to else []
    return [f"{count:,} {noun} among {page.looked:,} searched", *reach]


def _past(one: Past, host: str | None) -> list[Child]:
    meta: list[Child] = [html.Span(_client(one.client))]
    if host:
        link = f"{host}/sql/history?uiQueryProfileVisible=true&queryId={quote(one.id, safe='')}"
        meta.append(html.A("In Databricks", href=link, target="_blank", rel="noopener noreferrer"))
    below: list[Child] = [html.Div(meta, className="query-meta")]
    if one.error:
        below.insert(0, html.Div(one.error[:SHOWN], title=one.error[:2000], className="query-error"))
    start = " ".join(one.text.split())[:40]
    save = _ask("save", one.id, "Save", "save", start)
    return [
        _sql(one.text, below),
        badges.draw(badges.run(_BADGES.get(one.state, one.state))),
        when.ago(one.started_at),
        when.duration(one.duration),
        "–" if one.rows is None else f"{one.rows:,}",
        html.Span("from cache", className="catalog-mark") if one.from_cache else _bytes(one.read_bytes),
        html.Span([_open(editor_link(one.text, one.warehouse_id), start), save], className="query-acts"),
    ]


def _client(text: str) -> str:
    """Which tool ran it. An SDK gives all of its user agent, which begins with the tool's name; the connector, its own
    name and the tool's in brackets.
    """
    if text.startswith(f"{PRODUCT}/") or f"({PRODUCT}/" in text or f"({PRODUCT})" in text:
        return "This portal"
    name = text.partition("/")[0] if " databricks-sdk-" in text else text
    return "A program" if name == "unknown" else name or "Unknown client"


def _bytes(count: int | None) -> str:
    return "–" if count is None else humanize.naturalsize(count, binary=True)


# Saved


def saved(queries: Sequence[SavedQuery], view: Mapping[str, str], most: int) -> list[Child]:
    """The saved queries in which every word is found: name, owner, text, description, tags."""
    words = view.get("q", "").lower().split()
    mine_only = view.get("whose") == "mine"
    found = [one for one in queries if (one.mine or not mine_only) and all(word in _searched(one) for word in words)]
    pages = max(1, -(-len(found) // PAGE))
    page = min(pager.page_of(view), pages)
    noun = "saved query" if len(found) == 1 else "saved queries"
    note = f"{len(found):,} {noun}" + (f", among the oldest {most:,}" if len(queries) >= most else "")
    body: list[Child] = [html.P(note, className="grid-note", role="status")]
    if found:
        rows = [_kept(one) for one in found[(page - 1) * PAGE : page * PAGE]]
        body.append(grid("Saved queries", ("Query", "Owner", "Changed", ""), rows))
    elif words or mine_only:
        body.append(states.empty("No queries match", "Try fewer words, or show everyone's."))
    else:
        body.append(states.empty("No saved queries", "Save one from the warehouse page or from your history."))
    if pages > 1:
        body.append(pager.numbered(page, pages, "Pages of saved queries"))
    return body


def _searched(one: SavedQuery) -> str:
    return "\n".join((one.name, one.owner, one.text, one.description, *one.tags)).lower()


def query_path(query_id: str) -> str:
    return dash.get_relative_path(f"/queries/{quote(query_id, safe='')}")


def _kept(one: SavedQuery) -> list[Child]:
    name = dcc.Link(html.Bdi(one.name), href=query_path(one.id), className="query-name")
    tags = [html.Span(tag, className="catalog-mark") for tag in one.tags]
    below = [html.Div(tags, className="query-meta")] if tags else []
    starred = html.Span([stars.button("query", one.id, one.name), name], className="starred")
    return [
        html.Div([starred, _sql(one.text, below)]),
        "You" if one.mine else one.owner,
        when.ago(one.updated_at),
        html.Span(acts(one), className="query-acts"),
    ]


def acts(one: SavedQuery, described: bool = False) -> list[Component]:
    """Open, copy a link to it, rename, duplicate, delete; and where there is room, its description. Whether one may,
    Databricks knows when it is asked to.
    """
    return [
        _open(f"{dash.get_relative_path('/warehouse')}?query={quote(one.id, safe='')}", one.name),
        _button("Copy link", "clipboard", one.name, data(copy_href=query_path(one.id), copied="Link copied")),
        _ask("rename", one.id, "Rename", "tag", one.name),
        *([_ask("describe", one.id, "Description and tags", "info-circle", one.name)] if described else []),
        _ask("duplicate", one.id, "Duplicate", "plus-lg", one.name),
        _ask("delete", one.id, "Delete", "trash", one.name),
    ]


def _ask(action: str, thing: str, text: str, symbol: str, name: str) -> Component:
    asked = json.dumps({"action": action, "id": thing})
    return _button(text, symbol, name, data(ask=asked, ask_into=ASKED))


def _button(text: str, symbol: str, name: str, attributes: Attributes) -> Component:
    """Says its action to everyone, and of what to who does not see the row."""
    return html.Button(
        [icon(symbol), html.Span(text), html.Span(f" {name}", className="visually-hidden")],
        type="button",
        className="btn btn-outline-secondary btn-sm action",
        disable_n_clicks=True,
        **attributes,
    )


def dialog(action: str, token: str, title: str, text: str, confirm: str, name: str | None, danger: bool) -> str:
    """What `assets/src/parts/dialog.js` shows, with the token that it hands back; a `name` is asked for where one is
    given."""
    fields = [] if name is None else [{"name": "name", "label": "Name", "value": name, "kind": "text"}]
    return json.dumps(
        {
            "action": action, "token": token, "title": title, "text": text, "confirm": confirm, "leave": "Close",
            "legend": "", "fields": fields, "danger": danger, "into": CONFIRMED,
        }
    )  # fmt: skip


def description(token: str, found: SavedQuery) -> str:
    """The dialog of a query's description and tags."""
    fields = (
        actions.Field("description", "Description", found.description, "area"),
        actions.Field("tags", "Tags, with commas between", ", ".join(found.tags)),
    )
    said = f"They are kept with “{found.name}” in Databricks, for everyone who may see it."
    return actions.Dialog(
        "describe", token, "Description and tags", said, "Save", fields=fields, into=CONFIRMED
    ).as_json()


def grid(label: str, columns: Sequence[str], rows: Sequence[Sequence[Children]]) -> Component:
    """A list of queries or the like: a column without a name is for actions."""
    head = html.Tr([_heading(name) for name in columns], role="row")
    # A narrow window shows a row as a card, and the columns' names in it (assets/queries.css).
    body = [
        html.Tr(
            [html.Td(cell, role="gridcell", **data(label=name)) for name, cell in zip(columns, row, strict=True)],
            role="row",
        )
        for row in rows
    ]
    table = html.Table(
        [html.Thead(head, role="rowgroup"), html.Tbody(body, role="rowgroup")],
        role="grid",
        className="table table-hover small-grid query-grid",
        disable_n_clicks=True,
        **aria(label=label, rowcount=str(len(rows) + 1), colcount=str(len(columns))),
    )
    return html.Div(table, className="grid grid-small", tabIndex=-1)


def _heading(name: str) -> Component:
    shown = name or html.Span("Actions", className="visually-hidden")
    return html.Th(shown, scope="col", role="columnheader")
