"""Errors as Connect answers them: `{"code", "error", "payload"}`.

The codes of the credential exchange are the ones that clients tell apart (design/field-notes.md); the sentences and
the HTTP statuses are ours where Connect's could not be verified: see README.md.
"""

from __future__ import annotations

from typing import Any

from aiohttp import web


class ConnectError(Exception):
    def __init__(self, status: int, code: int, error: str, payload: Any = None, retry_after: int | None = None) -> None:
        super().__init__(error)
        self.status, self.code, self.error, self.payload, self.retry_after = status, code, error, payload, retry_after

    def response(self) -> web.Response:
        body = {"code": self.code, "error": self.error, "payload": self.payload}
        headers = {"Retry-After": str(self.retry_after)} if self.retry_after is not None else {}
        return web.json_response(body, status=self.status, headers=headers)


def not_found() -> ConnectError:
    return ConnectError(404, 4, "The requested object does not exist.")


def forbidden() -> ConnectError:
    return ConnectError(403, 22, "You don't have permission to perform this operation.")


def bad_request(text: str, code: int = 3) -> ConnectError:
    return ConnectError(400, code, text)


def unauthorized() -> ConnectError:
    return ConnectError(
        401, 30, "We couldn't log you in with the provided credentials. Please ask your administrator for assistance."
    )


EXCHANGE = {
    212: (400, "No OAuth integration is associated with this content."),
    215: (400, "The subject token was not issued for this content."),
    216: (400, "The subject token is not valid."),
    217: (400, "The subject token has expired."),
    218: (400, "The viewer's OAuth session has no refresh token."),
    219: (400, "No OAuth session was found for the viewer."),
    220: (400, "The viewer's OAuth session has expired."),
    235: (400, "The viewer must log in to the OAuth integration."),
    238: (400, "The OAuth integration's authentication type does not match the subject token type."),
    241: (500, "The OAuth credentials could not be retrieved."),
    256: (400, "The audience is not an OAuth integration associated with this content."),
    257: (400, "Several OAuth integrations are associated with this content: an audience is required."),
    277: (429, "Too many credential exchanges."),
}
"""Code -> (HTTP status, sentence)."""


def exchange(code: int) -> ConnectError:
    status, text = EXCHANGE[code]
    return ConnectError(status, code, text, retry_after=1 if code == 277 else None)


def default_answer(request: web.Request, status: int) -> web.Response:
    """What a fault of this status says. The exchange's 429 carries its own code."""
    if status == 429 and request.path.endswith("/oauth/integrations/credentials"):
        return exchange(277).response()
    if status in (502, 503, 504):
        text = f"<html><head><title>{status}</title></head><body><h1>{status} Service Unavailable</h1></body></html>"
        return web.Response(text=text, status=status, content_type="text/html")
    known = {401: unauthorized(), 403: forbidden(), 404: not_found()}
    error = known.get(status) or ConnectError(status, 0, "An internal error has occurred.")
    return error.response()
