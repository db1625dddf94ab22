"""The first picture is plain HTML of a layout, and nothing in it is markup that a value brought along."""

from __future__ import annotations

import re

import dash_bootstrap_components as dbc
from dash import dcc, html

from portal.ui.elements import sent
from portal.ui.first_paint import html_of

ATTRIBUTE = r'[\w-]+="[^"]*"'


def ordered(html: str) -> str:
    """Attributes by name: in which order a component has its props depends on who writes them."""
    return re.sub(r"<(\w+) ([^>]*)>", lambda tag: f"<{tag[1]} {' '.join(sorted(re.findall(ATTRIBUTE, tag[2])))}>", html)


def test_text_and_attributes_are_escaped() -> None:
    node = html.Div(["<img src=x onerror=alert(1)>", html.Span("&", title='"><script>')], className='a" onclick="x')
    assert html_of(node) == (
        '<div class="a&quot; onclick=&quot;x">&lt;img src=x onerror=alert(1)&gt;'
        '<span title="&quot;&gt;&lt;script&gt;">&amp;</span></div>'
    )


def test_ids_stay_out_and_react_names_become_html() -> None:
    node = html.Label("ZIP", id="label", htmlFor="zip", className="form-label", style={"fontSize": 12, "opacity": 1})
    assert ordered(html_of(node)) == '<label class="form-label" style="font-size:12px;opacity:1">ZIP</label>'
    cell = html.Td(7, colSpan=2, **{"aria-label": "seven", "data-x": "1"})
    assert html_of(cell) == html_of(sent(cell))
    assert ordered(html_of(cell)) == '<td aria-label="seven" colspan="2">7</td>'


def test_links_and_fields_look_like_themselves_and_stores_are_not_there() -> None:
    link = html_of(dcc.Link("Trips", href="/x/trips", className="c"))
    assert ordered(link) == '<a class="c" href="/x/trips">Trips</a>'
    assert html_of([None, dcc.Store(id="s", data={"secret": 1}), html.Br(), True, "a"]) == "<br>a"
    field = html_of(dcc.Input(id="zip", value="10103", type="text", className="form-control"))
    assert field.startswith(
        '<div class="dash-input-container dash-input form-control"><input class="dash-input-element"'
    )
    assert 'value="10103"' in field


def test_what_needs_a_script_keeps_its_place() -> None:
    assert html_of(dcc.Graph(style={"height": "20rem"})) == '<div class="picture-other" style="height:20rem"></div>'


def test_components_of_bootstrap_become_what_they_will_be() -> None:
    card = dbc.Card(dbc.CardBody(dbc.Badge("Failed", color="", className="is-bad")))
    assert (
        html_of(card) == '<div class="card"><div class="card-body"><span class="is-bad badge">Failed</span></div></div>'
    )
    button = dbc.Button("Try again", color="secondary", outline=True, size="sm")
    assert html_of(button) == '<button class="btn btn-outline-secondary btn-sm">Try again</button>'
    field = html_of([dbc.Label("ZIP", html_for="zip"), dbc.Input(id="zip", value='"1', type="text")])
    field = ordered(field)
    assert field == '<label class="form-label">ZIP</label><input class="form-control" type="text" value="&quot;1">'
    crumbs = html_of(dbc.Breadcrumb(items=[{"label": "a<b", "href": "/x"}]))
    assert '<li class="breadcrumb-item"><a href="/x">a&lt;b</a></li>' in crumbs
    assert html_of(dbc.Alert("No", color="danger")) == '<div role="alert" class="alert alert-danger show">No</div>'
    assert html_of(dbc.Modal("Later", is_open=False)) == ""
