"""The viewer's own session: end it, or begin again. Plain routes, so that they work whatever a page is doing."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from portal.viewer import context

routes = Blueprint("session", __name__)
"""POST `session/end` and POST `session/continue`; both answer JSON."""


@routes.post("/session/end")
def end_session() -> Response:
    everywhere = context.current().end_session()
    return jsonify(ended=True, everywhere=everywhere)


@routes.post("/session/continue")
def continue_session() -> Response:
    context.current().resume_session()
    return jsonify(ended=False)
