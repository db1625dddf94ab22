"""Files between the browser and a volume: a place to choose one and send it, and a button that fetches one.

What they may do is signed for the viewer who is shown them (`portal.databricks.files.tickets`); the browser's half is
`assets/src/parts/files.js`, the portal's `portal.web.files`.
"""

from __future__ import annotations

from dash import dcc, html

from portal.databricks.files import tickets, writing
from portal.ui import states
from portal.ui.attributes import data
from portal.ui.drawing import drawing
from portal.ui.icons import icon
from portal.viewer.errors import PortalError


def upload(
    upload_id: str,
    folder: str,
    *,
    label: str = "Choose a file",
    accept: str = "",
    overwrite: bool = False,
    most_mb: int | None = None,
) -> html.Div:
    """A button, and a place to drop a file on, that sends it to a folder of a volume as whoever looks at it.

    It shows how far it is, can be canceled, and says what was refused and why. When a file is there the store
    `upload_id` holds `{"path", "name", "size", "at"}`: `Input(upload_id, "data")` of a callback. `accept` is as in
    HTML (".csv,.parquet"); the portal writes PORTAL_UPLOAD_MB at most, and no more than `most_mb`. Where there is no
    viewer, or `folder` is no path in a volume, the state stands in its place.
    """
    limit = min(writing.most(), (most_mb or 1 << 20) * 1024 * 1024)
    try:
        ticket = tickets.for_folder(tickets.Folder(folder, overwrite, limit))
    except PortalError as error:
        return html.Div([states.draw(error), dcc.Store(id=upload_id)])
    shown = {"into": upload_id, "ticket": ticket, "label": label, "accept": accept, "most": limit, "folder": folder}
    return html.Div([drawing("upload", shown, "file-upload"), dcc.Store(id=upload_id)])


def download(path: str, label: str = "Download") -> html.Span:
    """A button that fetches a file of a volume to the viewer's disk, as whoever looks at it, as it comes."""
    try:
        ticket = tickets.for_file(path)
    except PortalError as error:
        return html.Span(error.message, className="file-said is-bad")
    name = path.rstrip("/").rpartition("/")[2]
    button = html.Button(
        [icon("download"), html.Span(label, className="ms-1"), html.Span(f" {name}", className="visually-hidden")],
        type="button",
        className="btn btn-sm btn-outline-secondary",
        disable_n_clicks=True,
        **data(file_ticket=ticket, file_name=name),
    )
    return html.Span([button, html.Span(role="status", className="file-said")], className="file-download")
