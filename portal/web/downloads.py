"""Downloads of whole results: a plain route, streamed under the viewer's own credential.

POST, so that the SQL that may have to run again stays out of addresses and logs. A body that fails half-way ends
without its last chunk, which a browser takes for a broken download, never for a whole file.
"""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, jsonify, request

from portal import viewer
from portal.results.again import given_again
from portal.results.download import start
from portal.results.tickets import Ticket


def install(server: Flask, prefix: str) -> None:
    """POST `results/<id>/download/<format>`, form or JSON: `whole`, `ticket`, and what `portal.results.again` knows.

    POST `downloads/<ticket>` answers `{state, rows, bytes, expected, ran_again}` of it; `{stop: true}` ends it.
    """

    @server.post(f"{prefix}results/<statement_id>/download/<extension>")
    def download(statement_id: str, extension: str) -> Response:
        given = _given()
        found = start(
            statement_id,
            extension,
            given_again(given),
            whole=str(given.get("whole")) in {"1", "true", "True"},
            ticket=given.get("ticket"),
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

    @server.post(f"{prefix}downloads/<ticket>")
    def progress(ticket: str) -> Response:
        mine = Ticket(viewer.current().id, ticket)
        if _given().get("stop") is True:
            mine.stop()
        return jsonify(mine.look() or {"state": None})


def _given() -> dict[str, Any]:
    body = request.get_json(silent=True)
    return body if isinstance(body, dict) else dict(request.form)
