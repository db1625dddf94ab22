"""Files of a volume, up and down; a model; Genie, which this workspace may not have."""

import dash
from dash import Input, Output, callback, html

from portal.api import files, serving, shell, states, workspace

dash.register_page(__name__, path="/files", name="Files", title=shell.title("Files"), icon="folder2", order=11)

RAW = "/Volumes/main/sales/landing"


def layout(**_):
    return html.Div(
        [
            shell.page_header("Files"),
            files.upload("files-up", RAW),
            states.region("files", "Files", states.loading("files")),
            states.region("serving", "Serving", states.loading("serving")),
            states.region("genie", "Genie", states.loading("genie")),
        ]
    )


@callback(Output("files", "children"), Input(*states.again("files")), Input("files-up", "data"))
@states.guarded
def draw(_again, _new):
    return html.Ul(
        [html.Li([one.name, " ", files.download(one.path)]) for one in files.list(RAW) if not one.is_directory]
    )


@callback(Output("serving", "children"), Input(*states.again("serving")))
@states.guarded
def serve(_again):
    return f"Two miles: ${serving.query('taxi-fare', inputs=[2]).predictions[0]:.2f}"


@callback(Output("genie", "children"), Input(*states.again("genie")))
@states.guarded
def genie(_again):
    return str(workspace("Genie").genie.list_spaces())
