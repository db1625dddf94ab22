"""Targets: a small table that viewers edit and add to, as themselves."""

import dash
from dash import html

from portal.api import edit_table, fields, form, me, shell, write

dash.register_page(
    __name__, path="/targets", name="Targets", title=shell.title("Targets"), icon="table", order=7, bundles=("grid",)
)

TABLE = "main.analyst_west.targets"
REGION = fields.choice("region", "Region", ("west", "east", "north", "south"), required=True)
TARGET = fields.number("target", "Target", required=True, least=0)

targets = edit_table("targets", TABLE, key="id", columns=[REGION, TARGET], version="version")
new = form("target-new", [fields.whole("id", "Id", required=True, least=1), REGION, TARGET], submit="Add")


def layout(**_):
    return html.Div([shell.page_header("Targets", "Edit a cell, then save."), targets.layout(), new.layout()])


@new.submitted
def add(values):
    write(f"INSERT INTO {TABLE} VALUES (:id, :region, :target, 1, :who)", {**values, "who": me().user_name})
    return f"Added {values['id']}. Refresh to see it above."
