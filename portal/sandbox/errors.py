"""Errors as the Databricks REST API words them: `{"error_code", "message", "details"}` with an HTTP status."""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Mapping
from typing import Any

from aiohttp import web

CODES = {
    400: "INVALID_PARAMETER_VALUE",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "RESOURCE_DOES_NOT_EXIST",
    409: "RESOURCE_CONFLICT",
    429: "REQUEST_LIMIT_EXCEEDED",
    500: "INTERNAL_ERROR",
    501: "NOT_IMPLEMENTED",
    503: "TEMPORARILY_UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}
"""The usual word for a status, where a fault names none."""

MESSAGES = {
    401: "Credential was not sent or was of an unsupported type for this API.",
    403: "Invalid access token.",
    429: "Current request has been rejected due to exceeding the rate limit. Please retry your request later.",
    500: "An internal error occurred.",
    503: "The service is temporarily unavailable. Please retry your request later.",
}


class ApiError(Exception):
    """Raised by a handler of the workspace; the middleware answers it.

    `error_code` is Databricks' word, or the HTTP status as text where Databricks sends that (401 and 403 of the
    gateway). `details` are google.rpc objects; a RequestInfo is added to every answer, as the real one has.
    """

    def __init__(
        self,
        status: int,
        error_code: str,
        message: str,
        *,
        details: list[dict[str, Any]] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.error_code = error_code
        self.message = message
        self.details = details or []
        self.headers = dict(headers or {})

    def response(self) -> web.Response:
        request_id = str(uuid.uuid4())
        info = {"@type": "type.googleapis.com/google.rpc.RequestInfo", "request_id": request_id, "serving_data": ""}
        body = {"error_code": self.error_code, "message": self.message, "details": [*self.details, info]}
        return web.json_response(body, status=self.status, headers={**self.headers, "x-request-id": request_id})


def error_info(reason: str, domain: str = "databricks.com", **metadata: str) -> dict[str, Any]:
    """A google.rpc.ErrorInfo for `details`."""
    return {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": reason,
        "domain": domain,
        "metadata": metadata,
    }


def invalid_parameter(message: str) -> ApiError:
    return ApiError(400, "INVALID_PARAMETER_VALUE", message)


def malformed(message: str) -> ApiError:
    return ApiError(400, "MALFORMED_REQUEST", message)


def not_found(message: str, error_code: str = "RESOURCE_DOES_NOT_EXIST") -> ApiError:
    return ApiError(404, error_code, message)


def permission_denied(message: str) -> ApiError:
    return ApiError(403, "PERMISSION_DENIED", message)


def unauthenticated(status: int, message: str) -> ApiError:
    """The gateway's own refusal: the status as its code, a request id in the text."""
    return ApiError(status, str(status), f"{message} [ReqId: {secrets.token_hex(16)}]")


def default(status: int) -> ApiError:
    """What a fault of this status says when it brings no body."""
    message = MESSAGES.get(status, "The request failed.")
    headers = {"Retry-After": "1"} if status == 429 else {}
    if status in (401, 403):
        return unauthenticated(status, message)
    return ApiError(status, CODES.get(status, "UNKNOWN"), message, headers=headers)


async def json_body(request: web.Request) -> dict[str, Any]:
    """The request's JSON object; an empty body counts as `{}`, anything else is MALFORMED_REQUEST."""
    text = await request.text()
    if not text.strip():
        return {}
    try:
        body = await request.json()
    except ValueError as error:
        raise malformed(f"Could not parse request object: {error}") from None
    if not isinstance(body, dict):
        raise malformed("Could not parse request object: Expected 'START_OBJECT'.")
    return body


def flag(request: web.Request, name: str, default: bool = False) -> bool:
    """A boolean query parameter: `true` or `false` in any case (the SDK sends lower case)."""
    value = request.query.get(name)
    if value is None or value == "":
        return default
    if value.lower() not in ("true", "false"):
        raise invalid_parameter(f"Invalid value for parameter '{name}': expected a boolean, got '{value}'.")
    return value.lower() == "true"


def number(request: web.Request, name: str, default: int | None = None) -> int | None:
    """An integer query parameter."""
    value = request.query.get(name)
    if value is None or value == "":
        return default
    try:
        return int(value)
    except ValueError:
        raise invalid_parameter(f"Invalid value for parameter '{name}': expected an integer, got '{value}'.") from None
