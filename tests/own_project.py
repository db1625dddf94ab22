"""A team's project for tests: as `new-portal` writes it, with a page for some groups, run with this clone's package."""

from __future__ import annotations

import os
from pathlib import Path

from portal.new_portal import write
from tests.sandbox_client import ROOT

FARES = '''
"""Fares."""

import dash
from dash import Input, Output, callback, html

from portal.api import query, route
from portal.ui import shell, states

from . import fares_detail  # noqa: F401

dash.register_page(__name__, path="/fares", name="Fares", title=shell.title("Fares"), icon="truck", order=2)


def layout(**_):
    region = states.region("fares", "Fares", states.loading("fares"))
    return html.Div([shell.page_header("Fares"), html.P("a layout for members"), region, html.Div(id="fares-detail")])


def made(name):
    """As a form of portal.ui registers it: the function was written elsewhere."""

    def add(_id):
        return "a form for members"

    add.__module__ = "portal.ui.forms"
    callback(Output(name, "children"), Input(name, "id"))(add)


made("fares-form")


@route("fares/<int:number>/note")
def note(number):
    return {"note": f"a route for members, {number}"}


def plain():
    return "a plain route for members"


# As Flask alone has it, of a function that was written elsewhere.
plain.__module__ = "flask.views"
dash.get_app().server.add_url_rule("/fares-plain", view_func=plain, methods=["POST"])


@callback(Output("fares", "children"), Input(*states.again("fares")))
@states.guarded
def draw(_again):
    return str(query("SELECT count(*) AS fares_of_members FROM samples.nyctaxi.trips").to_pylist())
'''
DETAIL = '''
"""Callbacks of the fares page."""

from dash import Input, Output, callback


@callback(Output("fares-detail", "children"), Input("fares-detail", "id"))
def detail(_id):
    return "a detail for members"
'''
ICON = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><path d="M1 4h9v7H1z"/></svg>'
TOML = """
title = "Sales portal"
pages = ["pages"]
logo = "assets/logo.svg"
favicon = "assets/logo.svg"
css = "assets/own.css"
icons = "assets/icons"
footer = "Questions: the sales team"
hidden_pages = ["jobs"]

[navigation]
"" = ["home", "welcome"]
"Sales" = ["fares"]

[page_groups]
fares = ["west"]

[colours]
accent = "#0b6b5d"
"""


def make(folder: Path, toml: str = TOML) -> Path:
    """Write the project."""
    write(folder, "Sales portal")
    (folder / "portal.toml").write_text(toml)
    (folder / "pages/fares.py").write_text(FARES)
    (folder / "pages/fares_detail.py").write_text(DETAIL)
    (folder / "assets/icons").mkdir()
    (folder / "assets/icons/truck.svg").write_text(ICON)
    return folder


def environment(**more: str) -> dict[str, str]:
    """This process's, with this clone's package where the project's interpreter looks."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("DATABRICKS_", "CONNECT_", "PORTAL_", "POSIT_"))}
    return {**kept, "PYTHONPATH": str(ROOT), **more}
