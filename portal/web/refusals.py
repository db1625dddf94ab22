"""What is answered where a request is refused: a state's own words as JSON, with the request id; never a stack trace.

A callback's refusal (a rate, a size, a cross-site request) would be invisible: Dash draws nothing for a status that is
not 200. It carries what the page's live region should show, and `assets/src/patches.js` hands that to Dash.
"""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from dash.exceptions import DependencyException
from flask import Flask, Response, request
from plotly.io.json import to_json_plotly
from werkzeug.exceptions import HTTPException, InternalServerError, RequestEntityTooLarge

from portal.viewer import context
from portal.viewer.errors import Busy, NoSuchThing, NotUnderstood, PortalError, TooLarge
from portal.web.routing import CALLBACK, matched


def install(server: Flask, shown: Callable[[PortalError], dict[str, object]]) -> None:
    """Answer for `PortalError`, for what Flask and Dash refuse, and for faults of ours.

    `shown` gives the properties to set, by component, where the refusal is a callback's.
    """

    @server.errorhandler(PortalError)
    def refused(error: PortalError) -> tuple[Response, int]:
        return _answer(error, int(error.status))

    @server.errorhandler(HTTPException)
    def http(error: HTTPException) -> HTTPException | tuple[Response, int]:
        status = error.code or int(HTTPStatus.INTERNAL_SERVER_ERROR)
        if status < HTTPStatus.BAD_REQUEST:
            return error  # a redirect
        answer, _ = _answer(_state(error, status), status)
        if "Allow" in (headers := dict(error.get_headers())):
            answer.headers["Allow"] = headers["Allow"]
        return answer, status

    @server.errorhandler(DependencyException)
    def nosuch(error: Exception) -> tuple[Response, int]:
        return _answer(NoSuchThing("There is no such file."), int(HTTPStatus.NOT_FOUND))

    def _answer(error: PortalError, status: int) -> tuple[Response, int]:
        met = context.tally()
        met.state, met.service = error.kind, getattr(error, "service", "")
        said: dict[str, object] = {"error": error.kind, "title": error.title, "message": error.message}
        said["request_id"] = context.request_id()
        if request.method == "POST" and matched() == CALLBACK:
            said |= {"multi": True, "response": {}, "sideUpdate": shown(error)}
        answer = Response(to_json_plotly(said), mimetype="application/json")
        if isinstance(error, Busy):
            answer.headers["Retry-After"] = str(max(1, round(error.retry_after)))
        return answer, status


def _state(error: HTTPException, status: int) -> PortalError:
    if isinstance(error, InternalServerError):
        return PortalError("The portal could not do this. The team that runs it finds the cause under the request id.")
    if isinstance(error, RequestEntityTooLarge):
        return TooLarge("What was sent is larger than the portal reads.")
    says = error.description or HTTPStatus(status).phrase
    return NoSuchThing("There is no such thing here.") if status == HTTPStatus.NOT_FOUND else NotUnderstood(says)
