"""Errors as Databricks words them, each with an HTTP status: those of its REST API (`{"error_code", "message",
"details"}`), of its directory and of its token endpoint. Connect's are in `connect/errors.py`."""

from __future__ import annotations

import secrets
import time
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


class Refusal(Exception):
    """Raised by a handler of any place; the place's middleware (`routing.worded`) answers it with its `response`."""

    def response(self) -> web.Response:
        raise NotImplementedError


class ApiError(Refusal):
    """The workspace's.

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


class ScimError(Refusal):
    """The directory's, in the shape of RFC 7644; `kind` is its `scimType`."""

    def __init__(self, status: int, detail: str, kind: str | None = None) -> None:
        super().__init__(detail)
        self.status, self.detail, self.kind = status, detail, kind

    def response(self) -> web.Response:
        schemas = ["urn:ietf:params:scim:api:messages:2.0:Error"]
        body = {"schemas": schemas, "detail": self.detail, "status": str(self.status)}
        return web.json_response({**body, "scimType": self.kind} if self.kind else body, status=self.status)


class OAuthError(Refusal):
    """The token endpoint's, in the shape of RFC 6749."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error, self.description = error, description

    def response(self) -> web.Response:
        body = {"error": self.error, "error_description": self.description, "request_id": f"{time.time_ns():x}"}
        return web.json_response(body, status=400)


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
