"""Windows of results for the page's grid: plain routes, so that a scroll costs one small answer and no callback.

POST, although they only read: what is asked for stays out of addresses and logs.
"""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, jsonify, request

from portal.results import windows
from portal.results.result import opened
from portal.viewer.errors import NoSuchThing


def install(server: Flask, prefix: str) -> None:
    """POST `results/<id>/rows` {start, stop} and POST `results/<id>/cell` {row, column}."""

    @server.post(f"{prefix}results/<statement_id>/rows")
    def rows(statement_id: str) -> Response:
        asked = _asked("start", "stop")
        return jsonify(windows.window(opened(statement_id), *asked))

    @server.post(f"{prefix}results/<statement_id>/cell")
    def cell(statement_id: str) -> Response:
        asked = _asked("row", "column")
        return jsonify(windows.cell(opened(statement_id), *asked))


def _asked(*names: str) -> tuple[int, ...]:
    """Whole numbers of the request's JSON body."""
    body: Any = request.get_json(silent=True)
    given = [body.get(name) for name in names] if isinstance(body, dict) else []
    found = tuple(value for value in given if isinstance(value, int) and not isinstance(value, bool) and value >= 0)
    if len(found) != len(names):
        raise NoSuchThing("These are no rows.")
    return found
