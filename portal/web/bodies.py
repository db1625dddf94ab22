"""How much of a request is read, and the one way to read it.

Where no viewer is known, `guard` lets `STRANGERS_BODY` bytes through at most; a viewer's may have `MAX_BODY`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar
from urllib.parse import parse_qsl

from flask import Flask, request
from flask.json.provider import DefaultJSONProvider
from pydantic_core import from_json

from portal.viewer.errors import NotUnderstood, TooLarge
from portal.viewer.given import Given, read, read_json

MAX_BODY = 8 * 1024 * 1024
STRANGERS_BODY = 64 * 1024
MAX_FORM = 2 * 1024 * 1024
"""A form's percent signs cost a hundred times what its bytes do."""
MOST_FIELDS = 20
FORM = "application/x-www-form-urlencoded"

G = TypeVar("G", bound=Given)


class Json(DefaultJSONProvider):
    """Bodies that the portal does not read itself: 200 levels at most, numbers of 4,300 digits, no NaN."""

    def loads(self, s: str | bytes, **kwargs: object) -> object:
        """JSON as Python has it; ValueError, which Flask answers with 400, for what is none."""
        return from_json(s, allow_inf_nan=False)


def install(server: Flask) -> None:
    """Bound what is read of any request."""
    server.json = Json(server)
    server.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    server.config["MAX_FORM_MEMORY_SIZE"] = STRANGERS_BODY
    server.config["MAX_FORM_PARTS"] = MOST_FIELDS


def body(kind: type[G]) -> G:
    """The request's JSON, as `kind`; raises `NotUnderstood`."""
    if not request.is_json and request.content_length != 0 and request.mimetype:
        raise NotUnderstood("This takes JSON (application/json).")
    return read_json(kind, request.get_data())


def form_or_body(kind: type[G], typed: Callable[[dict[str, str]], dict[str, object]]) -> G:
    """The same where a form may send it too; `typed` makes of a form's texts what JSON would have said."""
    if request.mimetype != FORM:
        return body(kind)
    if (request.content_length or 0) > MAX_FORM:
        raise TooLarge(f"This form is larger than the {MAX_FORM // 1024**2} MB that are read of one.")
    request.max_content_length = MAX_FORM
    try:
        fields = parse_qsl(request.get_data().decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS)
        given = typed(dict(fields))
    except ValueError:
        raise NotUnderstood("This form is not one that the portal has.") from None
    return read(kind, given)
