"""Edit a table. Acts as: the viewer, whose UPDATE is on the record; only changed rows go, and a row that somebody
else has changed meanwhile is told. Needs PORTAL_SQL_MODE=full, and a table with a key and a version:

    CREATE TABLE main.analyst_west.targets (id BIGINT, region STRING, target DOUBLE, version BIGINT)
"""

import dash
from dash import html

from portal.api import edit_table, fields, shell

dash.register_page(
    __name__, path="/cookbook/edit-table", name="Edit a table", title=shell.title("Edit a table"), bundles=("grid",)
)

table = edit_table(
    "cookbook-targets",
    "main.analyst_west.targets",
    key="id",
    columns=[
        fields.choice("region", "Region", ("west", "east", "north", "south"), required=True),
        fields.number("target", "Target", required=True, least=0),
    ],
    version="version",
)


def layout(**_):
    return html.Div([shell.page_header("Edit a table", "Change a cell, then save."), table.layout()])
