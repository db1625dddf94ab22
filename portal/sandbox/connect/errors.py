"""Errors as Connect answers them: `{"code", "error", "payload"}`.

Codes below 200, their sentences and statuses are those of the "API error codes" table of Connect's API reference
(https://docs.posit.co/connect/api/, read in its 2023.09 specification). Of the exchange's codes 212 and 215 are
documented (https://docs.posit.co/connect/admin/integrations/oauth-integrations/troubleshooting/); the others are what
clients tell apart, with sentences of ours.
"""

from __future__ import annotations

from typing import Any

from aiohttp import web

from portal.sandbox.errors import Refusal
from portal.sandbox.routing import Unreadable


class ConnectError(Refusal):
    def __init__(self, status: int, code: int, error: str, payload: Any = None, retry_after: int | None = None) -> None:
        super().__init__(error)
        self.status, self.code, self.error, self.payload, self.retry_after = status, code, error, payload, retry_after

    def response(self) -> web.Response:
        body = {"code": self.code, "error": self.error, "payload": self.payload}
        headers = {"Retry-After": str(self.retry_after)} if self.retry_after is not None else {}
        return web.json_response(body, status=self.status, headers=headers)


TABLE = {
    1: (500, "An internal failure occurred."),
    2: (404, "The requested method or endpoint is not supported."),
    4: (404, "The requested object does not exist."),
    5: (400, "Application name must be between 3 and 64 alphanumeric characters, dashes, and underscores."),
    9: (404, "The requested user could not be found."),
    12: (400, "A required parameter is missing."),
    19: (403, "You don't have permission to access this item."),
    21: (403, "You don't have permission to change this item."),
    22: (403, "You don't have permission to perform this operation."),
    24: (401, "The requested operation requires authentication."),
    25: (400, "The parameter is invalid."),
    26: (409, "An object with that name already exists."),
    28: (404, "No application bundle to deploy."),
    30: (401, "We couldn't log you in with the provided credentials. Please ask your administrator for assistance."),
    75: (400, "You may not delete the active bundle for an application"),
    87: (400, "The request body cannot be parsed"),
    108: (409, "Environment changes contain a prohibited variable"),
    117: (400, "Unknown access type."),
    121: (400, "The request JSON is invalid."),
    122: (400, "Application title must be between 3 and 1024 characters."),
    135: (400, "Unable to extract the bundle."),
    141: (404, "Task lookup failures can indicate that a load balancer is not using sticky sessions or a client is not "
          "including the session cookie. Details: https://docs.posit.co/connect/admin/load-balancing/"),
    149: (409, "Environment changes contain a duplicated variable name."),
    152: (400, "The principal type must be 'user' or 'group'."),
    153: (404, "The requested group could not be found."),
    154: (409, "The requested user is already in the content permission list."),
    155: (409, "The requested group is already in the content permission list."),
    212: (400, "No OAuth integrations have been associated with this content item."),
    215: (400, "Invalid subject_token"),
    216: (400, "Invalid subject_token_type"),
    217: (400, "Invalid grant_type"),
    218: (400, "No refresh token found. The viewer must log in to the OAuth integration."),
    219: (400, "No OAuth session was found for the viewer."),
    220: (400, "The viewer's OAuth session has expired."),
    235: (400, "The viewer must log in to the OAuth integration."),
    238: (400, "The OAuth integration does not support this auth flow."),
    241: (500, "The OAuth credentials could not be retrieved."),
    256: (400, "The audience is not an OAuth integration associated with this content item."),
    257: (400, "Several OAuth integrations are associated with this content item: an audience is required."),
    277: (429, "Too many credential exchanges."),
}  # fmt: skip
"""Code -> (HTTP status, sentence)."""


def error(code: int, text: str | None = None, payload: Any = None) -> ConnectError:
    """The error of a code, with the table's sentence unless another is given."""
    status, sentence = TABLE[code]
    return ConnectError(status, code, text or sentence, payload, retry_after=1 if status == 429 else None)


def nobody(request: web.Request) -> ConnectError:
    """The request has no credential, or one that is not known."""
    return error(30 if "Authorization" in request.headers else 24)


def unreadable(unread: Unreadable) -> ConnectError:
    """What a route does not read: no JSON at all, a parameter that is missing, or one that is not understood."""
    code = {"json": 121, "missing": 12}.get(unread.kind, 25)
    return error(code, None if unread.kind == "json" else unread.text)


def default_answer(request: web.Request, status: int) -> web.Response:
    """What a fault of this status says. The exchange's 429 carries its own code."""
    if status == 429 and request.path.endswith("/oauth/integrations/credentials"):
        return error(277).response()
    if status in (502, 503, 504):
        text = f"<html><head><title>{status}</title></head><body><h1>{status} Service Unavailable</h1></body></html>"
        return web.Response(text=text, status=status, content_type="text/html")
    code = {401: 30, 403: 22, 404: 4}.get(status, 1)
    answer = ConnectError(status, code, TABLE[code][1])
    return answer.response()
