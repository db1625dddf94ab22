"""Upload to and download from a volume. Acts as: the viewer, by their READ VOLUME and WRITE VOLUME; a gigabyte goes
in parts, and through no memory."""

import dash
from dash import Input, Output, callback, html

from portal.api import files, shell, states

dash.register_page(__name__, path="/cookbook/volume-files", name="Files", title=shell.title("Files"))

FOLDER = "/Volumes/main/sales/landing"


def layout(**_):
    return html.Div(
        [
            shell.page_header("Files", FOLDER),
            files.upload("volume-new", FOLDER),
            states.region("volume-files", "Files", states.loading("files")),
        ]
    )


@callback(Output("volume-files", "children"), Input(*states.again("volume-files")), Input("volume-new", "data"))
@states.guarded
def draw(_again, _new):
    shown = [html.Li([f"{one.name} ", files.download(one.path)]) for one in files.list(FOLDER) if not one.is_directory]
    return html.Ul(shown) if shown else states.empty("No files", "Nothing is here yet.")
