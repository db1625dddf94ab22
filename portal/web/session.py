"""The viewer's own session: end it, or begin again. Plain routes, so that they work whatever a page is doing."""

from __future__ import annotations

from flask import Flask, Response, jsonify

from portal.viewer import context
from portal.viewer.errors import PortalError


def install(server: Flask, prefix: str) -> None:
    """POST `session/end` and POST `session/continue`; both answer JSON."""

    @server.post(f"{prefix}session/end")
    def end_session() -> Response:
        everywhere = context.current().end_session()
        return jsonify(ended=True, everywhere=everywhere)

    @server.post(f"{prefix}session/continue")
    def continue_session() -> Response:
        context.current().resume_session()
        return jsonify(ended=False)

    @server.errorhandler(PortalError)
    def refused(error: PortalError) -> tuple[Response, int]:
        """A plain route's state: the same words as in a page, as JSON."""
        context.tally().state = error.kind
        body = jsonify(error=error.kind, title=error.title, message=error.message, request_id=context.request_id())
        return body, int(error.status)
