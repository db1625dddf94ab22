"""Downloads of whole results: a plain route, streamed under the viewer's own credential.

POST, so that the SQL that may have to run again stays out of addresses and logs. A body that fails half-way ends
without its last chunk, which a browser takes for a broken download, never for a whole file.
"""

from __future__ import annotations

import socket
from contextlib import suppress
from functools import partial

from flask import Blueprint, Response, jsonify, request
from pydantic_core import from_json

from portal import viewer
from portal.results.download import start
from portal.results.rerun_context import GivenRerun
from portal.results.result import opened
from portal.results.shown import Shown
from portal.results.tickets import Ticket
from portal.results.views import GivenView, view_of
from portal.viewer.given import Given, Short
from portal.web.bodies import body, form_or_body


class GivenDownload(GivenRerun):
    """`whole`: all rows of its SQL, run once more. `view`: only what it shows; `arranged` is the statement by which the
    warehouse has made that. `ticket` is the page's."""

    whole: bool = False
    view: GivenView | None = None
    arranged: Short | None = None
    ticket: Short | None = None


class GivenProgress(Given):
    stop: bool = False


routes = Blueprint("downloads", __name__)
"""POST `results/<id>/download/<format>`, form or JSON: `whole`, `view`, `arranged`, `ticket`, and the members of a
`RerunContext`.

POST `downloads/<ticket>` answers `{state, rows, bytes, expected, ran_again}` of it; `{stop: true}` ends it.
"""


@routes.post("/results/<statement_id>/download/<extension>")
def download(statement_id: str, extension: str) -> Response:
    given = form_or_body(GivenDownload, _typed)
    shown = None
    if given.view is not None and not given.whole:
        shown = Shown(view_of(given.view, opened(statement_id).columns), given.arranged)
    found = start(
        statement_id,
        extension,
        given.context(),
        whole=given.whole,
        shown=shown,
        ticket=given.ticket,
        hang_up=partial(hang_up, request.environ.get("gunicorn.socket")),
    )
    headers = {
        "Content-Disposition": f'attachment; filename="{found.name}"',
        "Content-Type": found.format.content_type,
        # Compressing would hold pieces back, and three of the four formats are compressed themselves.
        "Content-Encoding": "identity",
        "X-Portal-Ran-Again": "1" if found.ran_again else "0",
    }
    if found.estimate is not None:
        headers["X-Portal-Estimate"] = str(found.estimate)
    return Response(found.body, headers=headers)


@routes.post("/downloads/<ticket>")
def progress(ticket: str) -> Response:
    mine = Ticket(viewer.current(), ticket)
    if body(GivenProgress).stop:
        mine.stop()
    return jsonify(mine.look() or {"state": None})


def _typed(fields: dict[str, str]) -> dict[str, object]:
    """A form's texts as JSON would have them."""
    found: dict[str, object] = {
        name: text for name, text in fields.items() if name not in {"whole", "params", "limit", "view"}
    }
    found["whole"] = fields.get("whole") in {"1", "true", "True"}
    for name in ("params", "view"):
        if fields.get(name):
            found[name] = from_json(fields[name])
    if fields.get("limit"):
        found["limit"] = int(fields["limit"][:20])
    return found


def hang_up(connection: object) -> None:
    """Break the connection of an answer that is under way, which another thread may be writing to.

    gunicorn says which it is. Other servers do not: there a download ends with its next piece.
    """
    if isinstance(connection, socket.socket):
        with suppress(OSError):
            connection.shutdown(socket.SHUT_RDWR)
